package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"sagetop/runner"
)

// moment is what a client has at one moment of its cycles.
type moment struct {
	Cycle      int    `json:"cycle"` // 0: before the first
	Up         bool   `json:"up"`    // all users are there; else none
	Users      int    `json:"users"`
	Goroutines int    `json:"goroutines"`
	Files      int    `json:"files"` // open ones; -1 where the system does not say
	Heap       uint64 `json:"heap"`  // bytes after a collection, at no users
}

// settleWithin bounds the wait for users to come or go: 10,000 handshakes over TLS take some seconds.
const settleWithin = 60 * time.Second

// cycle brings users from 0 to all and back, Cycles times in one live load, and calls tell before, and after each way.
func (j *job) cycle(ctx context.Context, tell func(moment) error) error {
	target, err := j.target()
	if err != nil {
		return err
	}
	pool, err := runner.NewPool(runner.Config{Target: target})
	if err != nil {
		return err
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		_ = pool.Stop(ending) // the way there has already failed, or nobody is left to be aborted
	}()
	// One user first: what a process needs once is no leak.
	if err := errors.Join(j.resize(ctx, pool, 1, 0, nil), j.resize(ctx, pool, 0, 0, nil)); err != nil {
		return err
	}
	before := now(pool, 0)
	if err := tell(before); err != nil {
		return err
	}
	for n := 1; n <= j.Cycles; n++ {
		for _, users := range []int{j.Users, 0} {
			if err := j.resize(ctx, pool, users, n, &before); err != nil {
				return err
			}
			m := now(pool, n)
			m.Up = users > 0
			if err := tell(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// resize applies a plan of so many users and waits until they are there with their connections; at none, until what they had is
// gone, or will not go.
func (j *job) resize(ctx context.Context, pool *runner.Pool, users, cycle int, before *moment) error {
	plan := j.plan()
	plan.Users = users
	if err := pool.Apply(plan); err != nil {
		return err
	}
	reached := func() bool {
		m := look(pool, cycle)
		switch {
		case m.Users != users:
			return false
		case before == nil || m.Files < 0:
			return true
		case users == 0:
			return m.Goroutines <= before.Goroutines && m.Files <= before.Files
		}
		return m.Files >= before.Files+users*max(1, j.Ends)
	}
	if !until(ctx, settleWithin, reached) && users > 0 {
		return fmt.Errorf("%d of %d users after %v", look(pool, cycle).Users, users, settleWithin)
	}
	return ctx.Err()
}

// until asks again and again, and says whether ok came true in time.
func until(ctx context.Context, within time.Duration, ok func() bool) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(within)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func look(pool *runner.Pool, cycle int) moment {
	var s runner.Snapshot
	pool.Snapshot(&s)
	return moment{Cycle: cycle, Users: s.Users, Goroutines: runtime.NumGoroutine(), Files: openFiles()}
}

// now is look with the heap that is in use.
func now(pool *runner.Pool, cycle int) moment {
	m := look(pool, cycle)
	var mem runtime.MemStats
	for range 2 { // what pools keep goes with the second
		runtime.GC()
	}
	runtime.ReadMemStats(&mem)
	m.Heap = mem.HeapAlloc
	return m
}

func openFiles() int {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return -1
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return -1
	}
	return len(names) - 1 // without dir
}

// cycleAloud writes each moment as a line, and goes on when one is read: so that its parent can look at the server meanwhile.
func (j *job) cycleAloud(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	return j.cycle(ctx, func(m moment) error {
		if err := json.NewEncoder(out).Encode(m); err != nil {
			return err
		}
		if !lines.Scan() {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
}
