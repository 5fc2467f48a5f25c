package runner

import (
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// sleeper waits in the system itself: timers of Go's runtime, whose poller counts in milliseconds, are up to one late.
type sleeper struct {
	start  time.Time
	origin int64       // CLOCK_MONOTONIC, which is also that of time.Now, at start
	blind  atomic.Bool // the system does not sleep, or does so by another clock than ours: a test's
}

// newWait returns what sleeps until a moment since start. It may come back a little early or late.
func newWait(start time.Time) func(time.Duration) {
	s := &sleeper{start: start, origin: monotonicAt(start)}
	return s.wait
}

// monotonicAt is CLOCK_MONOTONIC at a moment, in nanoseconds, if anything a little more: the least of some readings.
func monotonicAt(start time.Time) int64 {
	least := int64(math.MaxInt64)
	for range 16 {
		before := time.Since(start)
		var now unix.Timespec
		if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) == nil {
			least = min(least, now.Nano()-int64(before))
		}
	}
	return least
}

// wait blocks its thread, so that the runtime gives the thread's place to another one meanwhile. The moment is an absolute one:
// what happens between looking at the clock and the call costs nothing.
//
// Threads are let sleep 50 us longer than they ask unless they ask for less. Their slack is set before each sleep because a
// goroutine does not know its thread, and left as it is: what else these threads sleep for is the runtime's own, and does no worse.
func (s *sleeper) wait(at time.Duration) {
	before := time.Since(s.start)
	if s.blind.Load() {
		time.Sleep(at - before)
		return
	}
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // refused: 50 us late
	until := unix.NsecToTimespec(s.origin + int64(at))
	err := unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &until, nil)
	if err != nil && err != unix.EINTR || time.Since(s.start) == before {
		s.blind.Store(true)
	}
}
