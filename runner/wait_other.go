//go:build !linux

package runner

import "time"

// newWait returns what sleeps until a moment since start. It may come back a little early or late.
func newWait(start time.Time) func(time.Duration) {
	return func(at time.Duration) { time.Sleep(at - time.Since(start)) }
}
