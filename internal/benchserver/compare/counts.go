package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sagetop/internal/benchserver"
	"sagetop/runner"
)

// everyKind is the mix of the count. IdleClose has a load of its own: a client that sends at once may meet the end of the connection
// on the way, and nobody can tell that from a failure.
func everyKind() benchserver.Mix {
	m := benchserver.Mix{benchserver.Success: 6000, benchserver.Never: 1}
	for k := range benchserver.NumKinds {
		switch {
		case k == benchserver.IdleClose || m[k] > 0:
		case k <= benchserver.Denied:
			m[k] = 300
		default:
			m[k] = 100
		}
	}
	return m
}

// tally is how often each outcome was seen: class, status and code, without message.
type tally map[runner.Failure]uint64

func (t tally) total() (n uint64) {
	for _, c := range t {
		n += c
	}
	return n
}

func (t tally) add(o tally) {
	for f, n := range o {
		t[f] += n
	}
}

// served is what the server did, in the client's words.
func served(kinds [benchserver.NumKinds]uint64) tally {
	t := tally{}
	for k, n := range kinds {
		if n > 0 {
			t[benchserver.Kind(k).Outcome()] += n
		}
	}
	return t
}

// counted is what the client says.
func counted(r *report) tally {
	t := tally{}
	if r.Counts.OK > 0 {
		t[runner.Failure{}] = r.Counts.OK
	}
	for _, e := range r.Errors {
		f := e.Failure
		f.Message = ""
		t[f] += e.Count
	}
	return t
}

// countJobs are the loads whose outcomes are counted on both sides: n requests of the mix and a hundredth of that with idle
// connections, half of them over TLS.
func (b *bench) countJobs(client string, n uint64) (jobs []*job) {
	for _, secure := range []bool{false, true} {
		mix, idle := b.job(client, mixed, secure, manyClients), b.job(client, idling, secure, manyClients)
		mix.Requests, mix.Timeout = max(1, n/2), 5*time.Second
		idle.Requests, idle.Timeout, idle.Think = max(1, n/200), 10*time.Second, 20*time.Millisecond
		jobs = append(jobs, mix, idle)
	}
	return jobs
}

// counts compares what clients count with what the server did.
func (b *bench) counts(ctx context.Context) ([]*table, error) {
	t := &table{title: "Outcomes counted by the client and by the server", columns: []string{"client", "outcome", "server", "client", ""}}
	for _, client := range ownClients() {
		n := b.o.requests
		if client == sdk { // it takes some minutes for a million
			n = max(1, n/10)
		}
		b.say("counting %d outcomes of %s", n, client)
		did, said := tally{}, tally{}
		for _, j := range b.countJobs(client, n) {
			if err := b.count(ctx, j, did, said); err != nil {
				return nil, err
			}
		}
		off := compareTallies(t, client, did, said)
		b.goals = append(b.goals, goal{
			name: fmt.Sprintf("outcomes of %s, %d requests", client, did.total()),
			want: "equal", got: fmt.Sprintf("%d off", off), known: true, met: off == 0 && did.total() == said.total(),
		})
	}
	return []*table{t}, nil
}

// count adds one load's outcomes to did and said.
func (b *bench) count(ctx context.Context, j *job, did, said tally) error {
	if _, err := b.server.take(j.Endpoint); err != nil {
		return err
	}
	r, _, err := b.own(ctx, j)
	if err != nil {
		return err
	}
	st, err := b.server.take(j.Endpoint)
	if err != nil {
		return err
	}
	did.add(served(st.Kinds))
	said.add(counted(&r))
	return nil
}

// compareTallies adds a row for each outcome, and returns by how many requests they differ.
func compareTallies(t *table, client string, did, said tally) (off uint64) {
	all := maps.Clone(did)
	maps.Copy(all, said)
	for _, f := range slices.SortedFunc(maps.Keys(all), func(a, b runner.Failure) int { return strings.Compare(words(a), words(b)) }) {
		verdict := ""
		if a, b := did[f], said[f]; a != b {
			verdict = "DIFFER"
			off += max(a, b) - min(a, b)
		}
		t.add(client, words(f), fmt.Sprint(did[f]), fmt.Sprint(said[f]), verdict)
	}
	return off
}

func words(f runner.Failure) string {
	w := f.Class.String()
	if f.HTTPStatus > 0 {
		w += fmt.Sprintf(" %d", f.HTTPStatus)
	}
	return strings.TrimSpace(w + " " + f.Code)
}
