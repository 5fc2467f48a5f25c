package runner

import (
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// sleeper waits by a timer of the system's: those of Go's runtime, whose poller counts in milliseconds, are up to one late.
//
// The timer is a file that becomes readable at the moment, so a goroutine that reads it waits as one that reads a connection does:
// no thread is blocked, and none has to be watched, which costs more than the wait itself.
type sleeper struct {
	start  time.Time
	origin int64       // CLOCK_MONOTONIC, which is also that of time.Now, at start
	blind  atomic.Bool // the system has no such timer, or it goes by another clock than ours: a test's

	mu    sync.Mutex // one waits at a time: a leader that left may be reading still
	timer *os.File   // nil before the first wait
	fd    int
	fired [8]byte
}

func newSleeper(start time.Time) *sleeper {
	return &sleeper{start: start, origin: monotonicAt(start)}
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

// wait until a moment since start. It may come back a little early or late.
func (s *sleeper) wait(at time.Duration) {
	before := time.Since(s.start)
	if s.blind.Load() || !s.read(at) || time.Since(s.start) == before {
		s.blind.Store(true)
		time.Sleep(at - before)
	}
}

// read sets the timer and reads it, and says whether it could. The moment is an absolute one: what happens between looking at the
// clock and the call costs nothing.
func (s *sleeper) read(at time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer == nil {
		fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
		if err != nil {
			return false
		}
		s.fd, s.timer = fd, os.NewFile(uintptr(fd), "timer")
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, s.origin+int64(at)))} // 0 would be never
	if unix.TimerfdSettime(s.fd, unix.TFD_TIMER_ABSTIME, &spec, nil) != nil {
		return false
	}
	_, err := s.timer.Read(s.fired[:])
	return err == nil
}

// close ends the wait in hand, and lets the timer go.
func (s *sleeper) close() {
	if s.timer != nil {
		s.timer.Close()
	}
}
