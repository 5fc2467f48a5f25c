package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// live brings users up and down in one load, and looks for what stays behind.
func (b *bench) live(ctx context.Context) ([]*table, error) {
	client := ownClients()[0]
	t := &table{
		title:   fmt.Sprintf("0 -> %d -> 0 users of %s, %d times, live", b.o.many, client, b.o.cycles),
		columns: []string{"after", "goroutines", "files", "server's connections", "heap MB"},
	}
	var first, last liveState
	why := b.tooFewFiles()
	if why != "" {
		t.note("Left out: %s", why)
	} else if err := b.cycles(ctx, client, t, &first, &last); err != nil {
		return nil, err
	}
	b.goals = append(b.goals, liveGoal(b.o, client, first, last, why == ""))
	return []*table{t}, nil
}

// liveState is what a client had, and the server of it, at no users.
type liveState struct {
	moment
	open int // connections, as the server sees them
}

func (b *bench) cycles(ctx context.Context, client string, t *table, first, last *liveState) error {
	j := b.job(client, slow, false, b.o.many)
	j.Cycles, j.Spawn = b.o.cycles, float64(b.o.many)
	cmd := exec.CommandContext(ctx, b.self, j.args()...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = b.follow(ctx, t, json.NewDecoder(out), in, first, last)
	in.Close() // it ends, also when it would go on
	return errors.Join(err, cmd.Wait())
}

// follow reads what the client says and has it go on.
func (b *bench) follow(ctx context.Context, t *table, lines *json.Decoder, in io.Writer, first, last *liveState) error {
	for range 1 + 2*b.o.cycles {
		var s liveState
		if err := lines.Decode(&s.moment); err != nil {
			return err
		}
		if err := b.meet(ctx, t, &s); err != nil {
			return err
		}
		if !s.Up {
			*last = s
			if s.Cycle <= 1 { // memory that a load of this size needs once stays with the process
				*first = s
			}
		}
		if _, err := fmt.Fprintln(in); err != nil {
			return err
		}
	}
	return nil
}

// meet looks at the server's side of s and adds what is to be seen.
func (b *bench) meet(ctx context.Context, t *table, s *liveState) error {
	if s.Up {
		st, err := b.server.take(slow)
		if s.open = st.Open; err == nil && s.open < b.o.many {
			t.note("Only %d connections in cycle %d.", s.open, s.Cycle)
		}
		return err
	}
	s.open = b.server.empty(ctx)
	b.say("live, after %d of %d: %d goroutines, %d files, %d connections", s.Cycle, b.o.cycles, s.Goroutines, s.Files, s.open)
	t.add(fmt.Sprint(s.Cycle), fmt.Sprint(s.Goroutines), fmt.Sprint(s.Files), fmt.Sprint(s.open), number(megabytes(s.Heap)))
	return nil
}

func megabytes(n uint64) float64 { return float64(n) / (1 << 20) }

// heapSlack is what a heap may differ by between two collections, in bytes.
const heapSlack = 2 << 20

// liveGoal compares the last state with the first full one: nothing more than there, some heap apart.
func liveGoal(o *options, client string, first, last liveState, known bool) goal {
	return goal{
		name: fmt.Sprintf("0 -> %d -> 0 users of %s, %d times", o.many, client, o.cycles),
		want: "nothing stays",
		got: fmt.Sprintf("%+d goroutines, %+d files, %d connections, heap %s to %s MB", last.Goroutines-first.Goroutines,
			last.Files-first.Files, last.open, number(megabytes(first.Heap)), number(megabytes(last.Heap))),
		known: known,
		met: last.Goroutines <= first.Goroutines && last.Files <= first.Files && last.open == 0 &&
			last.Heap <= first.Heap+first.Heap/10+heapSlack,
	}
}
