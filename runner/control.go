package runner

import (
	"runtime/debug"
	"time"
)

// control follows the course of the latest Plan: it sleeps until the number of users changes next.
func (p *Pool) control() {
	timer := time.NewTimer(forever)
	defer timer.Stop()
	for {
		wait := p.follow()
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-p.kick:
		case <-p.draining:
			return
		}
	}
}

// follow brings users to the number that is wished for now, and says how long that number stands.
func (p *Pool) follow() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != Running {
		return forever
	}
	elapsed := time.Since(p.start) - p.applied
	users, next, more := p.course.at(elapsed)
	p.resize(users)
	if !more {
		return forever
	}
	return next - elapsed
}

// resize starts the users that are lacking and tells the highest numbered ones to leave. It is called with p.mu held.
func (p *Pool) resize(users int) {
	before := int(p.wanted.Swap(int64(users)))
	for i := users; i < before; i++ {
		if u := p.slots[i]; u != nil {
			u.nudge()
		}
	}
	for i := before; i < users; i++ {
		if i == len(p.slots) {
			p.slots = append(p.slots, nil)
		}
		if p.slots[i] == nil { // else it has not left yet and now stays
			p.hire(i)
		}
	}
}

// grow starts one more user for o's arrivals, or keeps one that was about to leave, unless there are as many as the plan allows.
func (p *Pool) grow(o *order) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.order != o || p.course.to >= o.plan.Users {
		return
	}
	p.course = steadily(p.course.to + 1)
	p.resize(p.course.to)
}

func (p *Pool) hire(number int) {
	p.starting.Add(1)
	u := newUser(p, number)
	p.slots[number] = u
	p.live++
	p.users.Go(u.live)
}

// dismiss frees the number of a user who leaves, and says whether it does: not when it is wanted again by now, unless the load ends.
func (p *Pool) dismiss(u *user) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == Running && u.wanted() {
		p.starting.Add(1)
		return false
	}
	p.vacate(u)
	return true
}

// bury frees the number of a user who could not leave by itself: one that did not start, or panicked.
func (p *Pool) bury(u *user) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slots[u.number] == u {
		p.vacate(u)
	}
}

func (p *Pool) vacate(u *user) {
	p.slots[u.number] = nil
	p.live--
}

// rescue ends the load when what it is deferred in has panicked.
func (p *Pool) rescue() {
	if v := recover(); v != nil {
		p.fail(&PanicError{Value: v, Stack: debug.Stack()})
	}
}
