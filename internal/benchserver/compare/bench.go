package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sagetop/internal/benchserver"
)

// Endpoints of the server.
const (
	fast    = "fast"    // answers at once
	steady  = "steady"  // after 20 ms
	slow    = "slow"    // after 1 s
	stalled = "stalled" // as steady, and all answers are held for 1 s in every 10 s
	mixed   = "mixed"   // every kind of outcome but for the one below
	idling  = "idling"  // closes idle connections behind the client's back
)

const (
	steadyService = 20 * time.Millisecond
	stallEvery    = 10 * time.Second
	stallFor      = time.Second
	mixSeed       = 20261
)

func endpoints() map[string]benchserver.Behaviour {
	return map[string]benchserver.Behaviour{
		fast:    {},
		steady:  {Service: steadyService},
		slow:    {Service: time.Second},
		stalled: {Service: steadyService, Stall: benchserver.Stall{Every: stallEvery, For: stallFor}},
		mixed:   {Mix: everyKind(), Seed: mixSeed},
		idling:  {Mix: benchserver.Mix{benchserver.Success: 1, benchserver.IdleClose: 1}, Seed: mixSeed},
	}
}

// bench is one comparison.
type bench struct {
	o        *options
	self     string // program
	dir      string // of files for the others, gone at the end
	server   *remote
	request  *request
	others   []contender
	progress io.Writer
	goals    []goal
}

// experiment makes a table of its own and adds to the goals.
type experiment struct {
	name string
	run  func(*bench, context.Context) ([]*table, error)
}

func experiments() []experiment {
	return []experiment{
		{"load", (*bench).load},
		{"memory", (*bench).memory},
		{"stall", (*bench).stall},
		{"added", (*bench).added},
		{"counts", (*bench).counts},
		{"live", (*bench).live},
	}
}

func experimentNames() (names []string) {
	for _, e := range experiments() {
		names = append(names, e.name)
	}
	return names
}

// compare does everything and prints the tables as they come.
func compare(ctx context.Context, o *options, out, progress io.Writer) error {
	dir, err := os.MkdirTemp("", "sagetop-compare")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{o: o, dir: dir, progress: progress}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer b.server.close()

	fmt.Fprintf(out, "# Comparison of %s\n\n%s\n", time.Now().UTC().Format(time.DateOnly), machine(ctx))
	for _, c := range b.others {
		if c.missing != "" {
			fmt.Fprintf(out, "\n%s left out: %s\n", c.name, c.missing)
		}
	}
	for _, e := range experiments() {
		if !o.wants(e.name) {
			continue
		}
		tables, err := e.run(b, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		for _, t := range tables {
			t.write(out)
		}
	}
	goalTable(b.goals).write(out)
	return ctx.Err()
}

// prepare starts the server and writes what the other programs need.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.server, err = startServer(ctx, b.self, benchserver.Config{Endpoints: endpoints()}); err != nil {
		return err
	}
	if err = os.WriteFile(b.caFile(), b.server.CA, 0o600); err == nil {
		b.request, err = capture(ctx)
	}
	if err == nil {
		err = errors.Join(b.writeWrkScript(fast), b.writeWrkScript(steady))
	}
	if err == nil {
		b.others, err = b.contenders(ctx)
	}
	if err != nil {
		b.server.close()
	}
	return err
}

func (b *bench) caFile() string { return filepath.Join(b.dir, "ca.pem") }

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }

// job of one of our clients against the server.
func (b *bench) job(client, endpoint string, secure bool, users int) *job {
	return &job{Client: client, URL: b.server.url(secure), CA: b.caFile(), Endpoint: endpoint, Users: users}
}

// own runs a client of ours in a process of its own.
func (b *bench) own(ctx context.Context, j *job) (r report, u usage, err error) {
	u, err = measure(exec.CommandContext(ctx, b.self, j.args()...), nil)
	if err != nil {
		return r, u, err
	}
	if err := json.Unmarshal(u.Out, &r); err != nil {
		return r, u, fmt.Errorf("what the client %s said: %w", j.Client, err)
	}
	return r, u, nil
}

// forgive leaves out what one program could not do, and says so; any other error ends the comparison.
func (b *bench) forgive(ctx context.Context, err error) error {
	if errors.Is(err, errProgram) && ctx.Err() == nil {
		b.say("%v", err)
		return nil
	}
	return err
}
