package runner

import (
	"math"
	"sort"
	"time"
)

// course is how the number of users goes from what it was to what a Plan wishes: a pure function of the time since the Plan was
// applied.
//
//	ramp > 0   linear: the k-th of n changes after k/n of the ramp, so the last one comes at its end
//	rate > 0   the first change at once, the next ones 1/rate seconds apart
//	neither    all at once
type course struct {
	from, to int
	ramp     time.Duration
	rate     float64 // users a second
}

func newCourse(from int, p Plan) course {
	return course{from: from, to: p.Users, ramp: p.Ramp, rate: p.SpawnRate}
}

// open is the course of an open loop: the users there are, but not more than wished for and, when something arrives, not nobody.
// Further ones start when arrivals need them.
func (c course) open(rates rateCourse) course {
	users := c.from
	if rates.some() {
		users = max(users, 1)
	}
	return steadily(min(users, c.to))
}

// steadily is the course of a number of users that stands.
func steadily(users int) course { return course{from: users, to: users} }

// changes is how many users come or go.
func (c course) changes() int { return max(c.to-c.from, c.from-c.to) }

// change is when the k-th of them does, k from 1.
func (c course) change(k int) time.Duration {
	switch {
	case c.ramp > 0:
		return time.Duration(math.Round(float64(c.ramp) * (float64(k) / float64(c.changes()))))
	case c.rate > 0:
		return seconds(float64(k-1) / c.rate)
	}
	return 0
}

// seconds is s as a Duration, at most the longest there is.
func seconds(s float64) time.Duration {
	ns := math.Round(s * float64(time.Second))
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}

// at is the number of users wished for at elapsed, and when it changes next; ok is false when it does not change any more.
func (c course) at(elapsed time.Duration) (users int, next time.Duration, ok bool) {
	n := c.changes()
	made := sort.Search(n, func(i int) bool { return c.change(i+1) > elapsed })
	users = c.from + made
	if c.to < c.from {
		users = c.from - made
	}
	if made < n {
		return users, c.change(made + 1), true
	}
	return users, 0, false
}

// length is how long it takes.
func (c course) length() time.Duration {
	if n := c.changes(); n > 0 {
		return c.change(n)
	}
	return 0
}
