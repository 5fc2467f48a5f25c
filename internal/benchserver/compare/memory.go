package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// memory measures what many users cost against 20 ms answers, with our default client.
func (b *bench) memory(ctx context.Context) ([]*table, error) {
	client := ownClients()[0]
	t := &table{
		title:   fmt.Sprintf("Memory of %s at %d users and 20 ms, MB resident at most", client, b.o.many),
		columns: []string{"", "MB", "connections", "req/s"},
	}
	if why := b.tooFewFiles(); why != "" {
		t.note("Left out: %s", why)
		b.goals = append(b.goals, b.memoryGoal(client, "", nil))
		return []*table{t}, nil
	}
	for _, secure := range []bool{false, true} {
		if err := b.memoryOf(ctx, t, client, secure); err != nil {
			return nil, err
		}
	}
	return []*table{t}, nil
}

func (b *bench) memoryOf(ctx context.Context, t *table, client string, secure bool) error {
	var peak, conns, rate series
	for round := range b.o.rounds {
		b.say("round %d of %d: memory at %d users, TLS %v", round+1, b.o.rounds, b.o.many, secure)
		j := b.job(client, steady, secure, b.o.many)
		j.Spawn = 3000 // a handshake for each, on the same cores
		j.For = b.o.each() + time.Duration(float64(b.o.many)/j.Spawn*float64(time.Second))
		before, err := b.server.take(steady)
		if err != nil {
			return err
		}
		_, u, err := b.own(ctx, j)
		if err != nil {
			return err
		}
		after, err := b.server.take(steady)
		if err != nil {
			return err
		}
		peak = append(peak, u.Peak)
		conns = append(conns, float64(after.Opened-before.Opened))
		rate = append(rate, float64(after.Requests)/j.For.Seconds())
	}
	name := map[bool]string{false: "plain", true: "TLS"}[secure]
	t.add(name, peak.text(), conns.text(), rate.text())
	if least := conns.known(); least[0] < float64(b.o.many) {
		t.note("%s: not all users were connected in time, so their memory is not known.", name)
		peak = nil
	}
	b.goals = append(b.goals, b.memoryGoal(client, name, peak))
	return nil
}

func (b *bench) memoryGoal(client, how string, peak series) goal {
	return atMost(fmt.Sprintf("memory of %s at %d users, %s", client, b.o.many, how), "MB", peak.median(), 200, peak.text())
}

// tooFewFiles says why so many connections cannot be open, or nothing. Go raises the soft limit of each process to the hard one.
func (b *bench) tooFewFiles() string {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return ""
	}
	if need := uint64(b.o.many + 100); uint64(limit.Max) < need {
		return fmt.Sprintf("%d open files are needed, %d are the most: raise the hard limit, or give a smaller -many", need, limit.Max)
	}
	return ""
}
