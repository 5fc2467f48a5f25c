package cwmetrics

import "time"

const (
	minGap = 5 * time.Second  // between two polls, unless the period is shorter
	maxGap = 30 * time.Second // while a point is overdue
	// aimParts of a period, and a second at least, is how exactly the lateness of points is narrowed down.
	aimParts = 20
)

// schedule says when the next poll makes sense. It learns how late points show up: least is the least lateness at which one was
// there, and absent the most, below least, at which one was not. Polls aim between the two until they lie close together. Points
// that come later than that are asked for again every gap.
type schedule struct {
	period   time.Duration
	interval time.Duration // as the caller wished; 0: from the period
	newest   time.Time     // start of the newest period that has come; zero: none yet
	least    time.Duration
	absent   time.Duration
	known    bool // least is
}

// seen takes note of what a poll at now found: newest is the start of the newest period, zero when there was none.
func (s *schedule) seen(now, newest time.Time) {
	if newest.After(s.newest) {
		s.newest = newest
		if late := now.Sub(newest.Add(s.period)); !s.known || late < s.least {
			s.least, s.known = late, true
		}
		if s.absent >= s.least {
			s.absent = 0
		}
	}
	if s.newest.IsZero() {
		return
	}
	if late := now.Sub(s.newest.Add(2 * s.period)); s.known && late > s.absent && late < s.least {
		s.absent = late
	}
}

// due is when the point after newest should be there, zero while that cannot be known.
func (s *schedule) due(newest time.Time, period time.Duration) time.Time {
	if newest.IsZero() || !s.known {
		return time.Time{}
	}
	aim := s.least
	if s.least-s.absent > s.aimWithin() {
		aim = (s.least + s.absent) / 2
	}
	return newest.Add(2*period + aim)
}

func (s *schedule) aimWithin() time.Duration { return max(time.Second, s.period/aimParts) }

// next is when to poll after one at now.
func (s *schedule) next(now time.Time) time.Time {
	if s.interval > 0 {
		return now.Add(s.interval)
	}
	if due := s.due(s.newest, s.period); due.After(now) {
		return later(due, now.Add(min(minGap, s.period)))
	}
	return now.Add(s.gap())
}

// gap between polls for a point that is overdue.
func (s *schedule) gap() time.Duration {
	if s.interval > 0 {
		return s.interval
	}
	return min(s.period, max(minGap, min(maxGap, s.period/4)))
}

// backoff is how long to wait after the nth failed call in a row: twice as long each time.
func backoff(n int, gap time.Duration) time.Duration {
	for range min(n, 10) {
		gap *= 2
	}
	return min(gap, maxBackoff)
}

const (
	maxBackoff  = 2 * time.Minute
	deniedEvery = 3 * time.Minute // a permission may be granted while the load runs
)

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
