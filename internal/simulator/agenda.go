package simulator

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// agenda is what happens by itself: endpoints that come into service or are gone, alarms that are evaluated. It happens in event time:
// whoever asks anything of the Server first lets happen what was due by then, so an answer does not depend on who asked before.
type agenda struct {
	next   atomic.Int64 // when the first entry is due, so that a request that finds nothing due takes no lock
	events []event      // guarded by Server.changes
}

type event struct {
	at time.Duration
	do func(at time.Duration)
}

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// when lets do happen at the time at.
func (a *agenda) when(at time.Duration, do func(at time.Duration)) {
	a.events = append(a.events, event{at, do})
	a.next.Store(min(a.next.Load(), int64(at)))
}

// run lets happen what is due at now, in order; of the same time, what was entered first. Until all of it has happened, next is not
// later than now, so that whoever comes meanwhile waits for it.
func (a *agenda) run(now time.Duration) {
	for {
		first, next := -1, never
		for i, e := range a.events {
			if e.at < next {
				first, next = i, e.at
			}
		}
		if next > now {
			a.next.Store(int64(next))
			return
		}
		do := a.events[first].do
		a.events = slices.Delete(a.events, first, first+1)
		do(next)
	}
}

// catchUp lets happen what is due.
func (s *Server) catchUp() {
	if int64(s.now()) >= s.agenda.next.Load() {
		s.change()
		s.changes.Unlock()
	}
}

// change begins a change of what exists, at the time it returns; the caller unlocks s.changes when it is done.
func (s *Server) change() time.Duration {
	s.changes.Lock()
	now := s.now()
	s.agenda.run(now)
	return now
}

// tick lets things happen also while nobody asks, until ctx is done.
func (s *Server) tick(ctx context.Context) {
	for wait(ctx, 200*time.Millisecond) {
		s.catchUp()
	}
}

// scaled is d in the time of the endpoint's slow processes.
func (s *Server) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.config.TimeScale)
}
