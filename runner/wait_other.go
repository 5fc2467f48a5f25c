//go:build !linux

package runner

import "time"

// sleeper waits by Go's own timers.
type sleeper struct{ start time.Time }

func newSleeper(start time.Time) *sleeper { return &sleeper{start} }

// wait until a moment since start. It may come back a little early or late.
func (s *sleeper) wait(at time.Duration) { time.Sleep(at - time.Since(s.start)) }

func (s *sleeper) close() {}
