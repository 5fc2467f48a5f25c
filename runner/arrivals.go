package runner

import (
	"sync"
	"sync/atomic"
	"time"
)

// arrivals hands the arrivals of one order to free users, in order.
//
// One free user is the leader: it waits for the next arrival, makes the follower that was freed last the leader, and sends the
// request itself. So no request crosses a channel, and those that follow need few users and connections. Where no follower is free
// there is no leader until a user gets free, or starts. What is overdue when a user gets free it takes at once: a leader that has
// yet to be given a core must not hold it up.
//
//	busy --free, an arrival is overdue--> busy
//	busy --free, no leader--> leader --arrival--> busy
//	busy --free, a leader there is--> follower --the leader took an arrival, or left--> leader
//	leader, follower --order changed, or not wanted any more--> gone
type arrivals struct {
	origin time.Duration // since the pool's start: when the order came into force
	closed atomic.Bool   // nothing is handed out any more
	count  sequence      // past what is due; of those who hold the pool's lock

	mu     sync.Mutex
	coming sequence // past what was taken
	leader *user
	awake  bool  // the leader knows that it is
	top    *user // the follower that was freed last; others are below it; none without a leader
}

// arrival that a user has taken. Moments are since the pool's start.
type arrival struct {
	due     time.Duration
	wait    time.Duration // while no user was free
	alone   bool          // nobody waits for the next one
	nextDue time.Duration
}

// newArrivals are those of a sequence that begins at origin.
func newArrivals(s sequence, origin time.Duration) *arrivals {
	return &arrivals{origin: origin, count: s, coming: s}
}

// enter gives u an arrival that was overdue when it got free. When there is none, u is the leader or a follower.
func (a *arrivals) enter(u *user) (taken arrival, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed.Load():
		return arrival{}, false
	case a.next() <= u.freed:
		if taken = a.pass(); taken.alone {
			taken.wait = u.freed - taken.due
		}
		return taken, true
	case a.leader == nil:
		a.leader, a.awake = u, true
	case !a.awake:
		a.push(a.leader)
		a.leader, a.awake = u, true
	default:
		a.push(u)
	}
	return arrival{}, false
}

// push makes u the follower that was freed last.
func (a *arrivals) push(u *user) {
	u.below = a.top
	if a.top != nil {
		a.top.above = u
	}
	a.top = u
}

// take gives the leader the next arrival if it is due by now, and hands the lead on; else it says when that will be.
func (a *arrivals) take(now time.Duration) (taken arrival, at time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed.Load() {
		return arrival{}, forever
	}
	if at = a.next(); at > now {
		return arrival{}, at
	}
	a.promote()
	return a.pass(), at
}

// next is when the next arrival is due.
func (a *arrivals) next() time.Duration { return a.origin + min(a.coming.next, forever-a.origin) }

// pass takes the next arrival out.
func (a *arrivals) pass() arrival {
	due := a.next()
	a.coming.advance()
	return arrival{due: due, alone: a.leader == nil, nextDue: a.next()}
}

// leads says whether u is the leader.
func (a *arrivals) leads(u *user) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leader == u {
		a.awake = true
	}
	return a.leader == u
}

// leave lets a user go that will take no arrival.
func (a *arrivals) leave(u *user) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed.Load():
	case a.leader == u:
		a.promote()
	default:
		a.remove(u)
	}
}

// promote makes the follower that was freed last the leader.
func (a *arrivals) promote() {
	a.leader, a.awake = a.top, false
	if a.leader != nil {
		a.remove(a.leader)
		a.leader.nudge()
	}
}

// remove takes a follower out from among the others.
func (a *arrivals) remove(u *user) {
	if u.above != nil {
		u.above.below = u.below
	} else {
		a.top = u.below
	}
	if u.below != nil {
		u.below.above = u.above
	}
	u.above, u.below = nil, nil
}

// close ends the arrivals: nobody takes any after the moment that it returns. Users who wait look for another order.
func (a *arrivals) close(start time.Time) (now time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed.Store(true)
	now = time.Since(start)
	if a.leader != nil {
		a.leader.nudge()
		a.leader = nil
	}
	for a.top != nil {
		u := a.top
		a.remove(u)
		u.nudge()
	}
	return now
}

// phase is what has passed of a gap by now, up to which dueBy counts.
func (a *arrivals) phase(now time.Duration) float64 {
	a.dueBy(now)
	return a.count.rest(now - a.origin)
}

// dueBy is how many arrivals are due by now, the pool's time. It is called with the pool's lock held, and now never goes back.
func (a *arrivals) dueBy(now time.Duration) uint64 {
	a.mu.Lock()
	if a.count.passed < a.coming.passed {
		a.count = a.coming // all that was taken is due
	}
	a.mu.Unlock()
	a.count.skip(now - a.origin)
	return a.count.passed
}
