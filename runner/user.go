package runner

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// user is one goroutine that sends requests through an Invoker of its own.
type user struct {
	pool   *Pool
	number int
	shard  *shard
	wake   chan struct{} // look again: at wanted, and at whether it leads
	result Result
	timer  *time.Timer // nil until the first
	random *rand.Rand
	freed  time.Duration // since the pool's start: when its last request ended, or it started
	pause  pause

	above, below *user // of arrivals alone
}

func newUser(p *Pool, number int) *user {
	return &user{pool: p, number: number, shard: p.rec.shard(number), wake: make(chan struct{}, 1)}
}

// wanted says whether u stays: those with the highest numbers leave first.
func (u *user) wanted() bool { return int64(u.number) < u.pool.wanted.Load() }

// nudge has a user who waits look again at what it waits for.
func (u *user) nudge() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// live is a user's life. One who is wanted again after it closed its Invoker begins anew.
func (u *user) live() {
	defer u.pool.bury(u)
	defer u.pool.rescue()
	for again := true; again; again = !u.pool.dismiss(u) {
		invoker, err := u.start()
		if err != nil {
			u.pool.fail(fmt.Errorf("runner: user %d could not start: %w", u.number, err))
			return
		}
		u.work(invoker)
		_ = invoker.Close() // its requests have all been answered: nothing is lost with the connection
	}
}

func (u *user) start() (Invoker, error) {
	defer u.pool.starting.Add(-1)
	invoker, err := u.pool.cfg.Target.NewInvoker(u.number)
	u.freed, u.pause = u.pool.elapsed(), pause{}
	return invoker, err
}

// work sends one request after the other until the user is to leave.
func (u *user) work(invoker Invoker) {
	for u.wanted() {
		o := u.shard.current()
		if !u.think(o) {
			continue
		}
		a, ok := u.admit(o)
		if !ok {
			continue
		}
		n, v := u.shard.begin(o)
		switch {
		case v == exhausted:
			u.pool.fail(nil)
			return
		case o.quit:
			return
		case v == stale:
			continue
		case v == hold:
			u.rest(o)
			continue
		}
		if !u.send(invoker, o, n, a) {
			return
		}
		u.pause = pause{due: o.plan.Loop == Closed}
	}
}

// admit waits until u may send under o: for an arrival, for its turn, or for neither. It says no when the order changed meanwhile
// or u is to leave.
func (u *user) admit(o *order) (a arrival, ok bool) {
	if !o.sends() {
		return a, true // begin says so again
	}
	if o.arrivals != nil {
		if a, ok = u.meet(o); !ok {
			return a, false
		}
	}
	return a, o.turns == nil || u.await(o)
}

// send sends request n, and says whether it had an outcome: an aborted one stays in flight for good.
func (u *user) send(invoker Invoker, o *order, n uint64, a arrival) bool {
	p := u.pool
	if o.arrivals != nil && n+1 == p.cfg.Requests {
		p.fail(nil) // it was the last one: do not wait for an arrival to find that out
	}
	u.result.Reset()
	sent := p.elapsed()
	invoker.Invoke(p.ctx, n, &u.result)
	u.freed = p.elapsed()
	if p.ctx.Err() != nil {
		return false
	}
	left, ended := sent+u.result.Before, u.freed-u.result.After
	t := times{response: ended - left}
	if o.arrivals != nil {
		t = times{response: ended - a.due, service: ended - left, lag: left - a.due, wait: a.wait}
	}
	if f := u.result.Failure; f.Class != OK && p.rec.seen.first(f) {
		u.result.sample = sampled(invoker, n, p.start.Add(u.freed), t.response)
	}
	u.shard.end(o, &u.result, t)
	return true
}

// rest waits for another order than o, or to leave.
func (u *user) rest(o *order) {
	for u.wanted() {
		select {
		case <-o.changed:
			return
		case <-u.wake:
		}
	}
}

// await waits for the user's turn to send under o, and says whether it came: not when another order did, or it is to leave.
func (u *user) await(o *order) bool {
	now := time.Now()
	wait := o.turns.take(now).Sub(now)
	return wait <= 0 || u.sleep(wait, o)
}

// sleep says whether d passed under o and with the user still wanted.
func (u *user) sleep(d time.Duration, o *order) bool {
	u.setTimer(d)
	defer u.timer.Stop()
	for u.wanted() {
		select {
		case <-u.timer.C:
			return true
		case <-o.changed:
			return false
		case <-u.wake:
		}
	}
	return false
}

func (u *user) setTimer(d time.Duration) {
	if u.timer == nil {
		u.timer = time.NewTimer(d)
		return
	}
	u.timer.Reset(d)
}
