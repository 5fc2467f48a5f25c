package runner

import "time"

// fine is how long before an arrival the leader turns from Go's timers, which can be interrupted, to the system's, which are exact.
const fine = 2 * time.Millisecond

// meet waits for an arrival under o and takes it. It says no when the order changed or u is to leave.
func (u *user) meet(o *order) (a arrival, ok bool) {
	if a, ok = o.arrivals.enter(u); !ok {
		a, ok = u.queue(o.arrivals)
	}
	if ok && a.alone {
		u.reinforce(o, a)
	}
	return a, ok
}

// queue follows until u leads, and then waits for an arrival.
func (u *user) queue(list *arrivals) (a arrival, ok bool) {
	if u.follow(list) {
		a, ok = u.lead(list)
	}
	if !ok {
		list.leave(u)
	}
	return a, ok
}

// follow waits until u leads.
func (u *user) follow(list *arrivals) bool {
	for !list.leads(u) {
		if list.closed.Load() || !u.wanted() {
			return false
		}
		<-u.wake
	}
	return true
}

// lead waits for the moment at which an arrival is due, never less, and takes it. It is the leader's.
func (u *user) lead(list *arrivals) (arrival, bool) {
	for u.wanted() && !list.closed.Load() {
		now := u.pool.elapsed()
		a, at := list.take(now)
		switch left := at - now; {
		case left <= 0:
			return a, true
		case left <= fine:
			u.pool.wait(at)
		default:
			u.doze(left - fine) // not for long when list was just closed: that woke u
		}
	}
	return arrival{}, false
}

// doze waits for d, or until there is something to look at.
func (u *user) doze(d time.Duration) {
	u.setTimer(d)
	defer u.timer.Stop()
	select {
	case <-u.timer.C:
	case <-u.wake:
	}
}

// reinforce sees to it that somebody waits for the next arrival when all users are busy. While one is starting, another one starts
// only if that arrival is overdue, too.
func (u *user) reinforce(o *order, taken arrival) {
	p := u.pool
	if p.wanted.Load() >= int64(o.plan.Users) {
		return
	}
	if p.starting.Load() == 0 || taken.nextDue <= p.elapsed() {
		p.grow(o)
	}
}
