package model

import "time"

// bucket is what lets requests through: it holds as many as may come at once, and is filled as fast as they may come.
type bucket struct {
	held   float64
	filled time.Duration // when it last was
	used   bool          // it is full at first
}

// take lets a request at t through to one of so many instances, or not.
func (b *bucket) take(t time.Duration, limit Throttle, instances int) bool {
	if limit.TPS == 0 {
		return true
	}
	n := float64(instances)
	most := n * float64(limit.Burst)
	if !b.used {
		b.held, b.used = most, true
	}
	b.held = min(b.held+(t-b.filled).Seconds()*limit.TPS*n, most)
	b.filled = t
	if b.held < 1 {
		return false
	}
	b.held--
	return true
}
