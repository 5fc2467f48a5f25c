package runner

import (
	"net/netip"
	"slices"
	"time"
)

// cutter turns what was recorded into Deltas. Its buffers are used again each second.
type cutter struct {
	measure    func(*Client) // nil once it panicked
	local      netip.Addr    // of the newest connection
	seq        uint64
	sinkBroken bool
	taken      []account
	parts      []account // taken, one a segment
	deltas     []Delta
}

// cutSeconds cuts each second when it is over, and the last, shorter one when all users have left. Then the load is done.
func (p *Pool) cutSeconds() {
	defer close(p.done)
	defer p.finish()
	timer := time.NewTimer(p.untilSecondEnds())
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			p.cut(false)
			timer.Reset(p.untilSecondEnds())
		case <-p.left:
			p.cut(true)
			return
		}
	}
}

func (p *Pool) untilSecondEnds() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Since(p.start)
	return p.calendar.begins(p.calendar.second(now)+1) - now
}

func (p *Pool) finish() {
	p.mu.Lock()
	p.state = Stopped
	p.mu.Unlock()
	p.abort()
	p.sleeper.close()
	if p.cfg.Ledger == nil && p.ledger != nil {
		p.ledger.Close()
	}
}

// cut delivers the Deltas of all seconds that are over, and with last those of the one that is not.
func (p *Pool) cut(last bool) {
	defer p.rescue()
	c := &p.cutter
	client := p.measureClient()
	agendas, users, net, arrived := p.take(last)
	client.Opened, client.RTT, p.cutter.local = net.opened, net.rtt, net.local
	c.join(agendas, &p.rec.sets)
	c.owe(arrived)
	c.fill(agendas, Delta{Worker: p.cfg.Worker, Users: users, Client: client})
	if n := len(c.deltas); last && n > 0 {
		c.deltas[n-1].Last = true
	}
	for i := range c.deltas {
		p.deliver(&c.deltas[i])
	}
	c.release(&p.rec.sets)
}

// measureClient gives a measurement that panicked up: what requests had must not be lost to it.
func (p *Pool) measureClient() (client Client) {
	measure := p.cutter.measure
	if measure == nil {
		return Client{}
	}
	defer p.rescue()
	p.cutter.measure = nil
	measure(&client)
	p.cutter.measure = measure
	return client
}

// arrived is how many arrivals an order has had.
type arrived struct {
	order *order
	n     uint64
}

// take moves out what was recorded. What it reads under p.mu belongs together: neither orders nor users change meanwhile. Arrivals
// are counted last, so that whatever was sent had arrived.
func (p *Pool) take(last bool) (list []agenda, users int, net dialled, due arrived) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Since(p.start)
	p.cutter.taken, net = p.rec.take(p.cutter.taken[:0])
	if a := p.order.arrivals; a != nil {
		due = arrived{p.order, a.dueBy(time.Since(p.start))}
	}
	return p.calendar.agendas(now, last), p.live, net, due
}

// deliver hands d to the Ledger and to Sink. One that panicked ends the load and gets nothing more.
func (p *Pool) deliver(d *Delta) {
	c := &p.cutter
	c.seq++
	d.Seq = c.seq
	if p.ledger != nil {
		if err := p.ledger.Add(d); err != nil {
			p.fail(err)
		}
	}
	if p.cfg.Sink == nil || c.sinkBroken {
		return
	}
	defer p.rescue()
	c.sinkBroken = true
	p.cfg.Sink(d)
	c.sinkBroken = false
}

// owe notes how many arrivals of the order in force are due and not sent.
func (c *cutter) owe(due arrived) {
	if due.order != nil {
		p := c.part(due.order)
		p.due = due.n - p.begun
	}
}

// part is the account of o's segment over all shards.
func (c *cutter) part(o *order) *account {
	for i := range c.parts {
		if c.parts[i].order.segment == o.segment {
			return &c.parts[i]
		}
	}
	c.parts = append(c.parts, account{order: o})
	return &c.parts[len(c.parts)-1]
}

// join merges the shards' accounts into one a segment, oldest first, and adds those of segments that only had time.
func (c *cutter) join(list []agenda, sets *setPool) {
	c.parts = c.parts[:0]
	for i := range c.taken {
		c.part(c.taken[i].order).merge(&c.taken[i], sets)
	}
	clear(c.taken)
	for _, a := range list {
		for _, s := range a.stints {
			c.part(s.order)
		}
	}
	slices.SortFunc(c.parts, func(a, b account) int { return a.order.segment - b.order.segment })
}

// merge adds a shard's account, and gives its set back.
func (p *account) merge(a *account, sets *setPool) {
	p.inFlight += a.inFlight
	p.begun += a.begun
	p.busy = p.busy || a.busy
	p.Counts.Add(a.Counts)
	if a.set == nil {
		return
	}
	if p.set == nil {
		p.set = sets.get()
	}
	p.set.merge(a.set)
	sets.put(a.set)
}

// fill makes the Deltas of the listed seconds. Where the cutter came late, so that there are several, what was recorded counts in
// the first of them in which its segment was in force; the others follow without anything, so that seconds have no gaps.
func (c *cutter) fill(list []agenda, common Delta) {
	c.deltas = c.deltas[:0]
	for k, a := range list {
		first := len(c.deltas)
		for i := range c.parts {
			common.Late = k < len(list)-1
			c.add(&c.parts[i], a, k == len(list)-1, common)
		}
		if n := len(c.deltas); n > first {
			c.deltas[n-1].Final = true
			c.deltas[n-1].Client = common.Client
			common.Client = Client{}
		}
	}
}

// add makes the Delta of one segment's second, if there is anything to say.
func (c *cutter) add(p *account, a agenda, last bool, d Delta) {
	s, inForce := a.stint(p.order.segment)
	counts := p.busy && (inForce || last || p.order.segment < a.newest())
	if !counts && !inForce {
		return
	}
	d.Client = Client{}
	d.Second, d.Segment, d.Plan, d.InFlight = a.second, p.order.segment, p.order.plan, p.inFlight
	d.Due = int(p.due)
	d.Covered, d.Draining, d.Ramp = s.covered, s.draining, s.ramp
	if counts {
		p.busy = false
		d.Counts = p.Counts
		if p.set != nil {
			d.Hist, d.Errors = p.set.filled(), p.set.errors.within(a.second)
		}
	}
	c.deltas = append(c.deltas, d)
}

// release gives the sets back that the Deltas pointed to.
func (c *cutter) release(sets *setPool) {
	clear(c.deltas)
	for i := range c.parts {
		if s := c.parts[i].set; s != nil {
			sets.put(s)
		}
	}
	clear(c.parts)
}
