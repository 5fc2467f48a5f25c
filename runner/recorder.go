package runner

import (
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// maxShards bounds what a cut has to merge. At 100,000 requests a second a shard's lock is then held for well under 1 % of the time.
const maxShards = 16

// recorder counts requests where they happen.
//
// Recording and cutting exclude each other by a shard's lock: begin and end hold it for some ten nanoseconds of counting, and take
// holds it while it moves the shard's counts and sets out, which are then merged without any lock. A user always uses the same
// shard, so in each shard, and so in their sum, sent = ok + failed + in flight holds at every cut, although shards are cut one
// after the other. Publishing an order takes the same locks: once publish has returned, nothing begins under an older one.
type recorder struct {
	shards []shard
	budget budget
	sets   setPool
	seen   sighted
	limits Limits
}

func newRecorder(requests uint64, limits Limits) *recorder {
	r := &recorder{shards: make([]shard, min(4*runtime.GOMAXPROCS(0), maxShards)), limits: limits, seen: sighted{kinds: errorTable{limit: maxFailures}}}
	r.budget.limit = requests
	for i := range r.shards {
		r.shards[i].sets, r.shards[i].budget, r.shards[i].limits = &r.sets, &r.budget, &r.limits
	}
	return r
}

// shard of a user.
func (r *recorder) shard(user int) *shard { return &r.shards[user%len(r.shards)] }

// publish puts o in force.
func (r *recorder) publish(o *order) {
	for i := range r.shards {
		r.shards[i].publish(o)
	}
}

// giveUp counts what was due in a segment and not sent as unsent, when another order is in force.
func (r *recorder) giveUp(segment int, due uint64) {
	var begun uint64
	for i := range r.shards {
		begun += r.shards[i].begun(segment)
	}
	r.shards[0].giveUp(segment, due-begun)
}

// inFlight is how many requests have no outcome now.
func (r *recorder) inFlight() int {
	var n int
	for i := range r.shards {
		n += r.shards[i].inFlight()
	}
	return n
}

// take appends to parts what each shard has recorded since the last time. Their sets belong to the caller, who gives them back.
func (r *recorder) take(parts []account) (_ []account, net dialled) {
	for i := range r.shards {
		parts = r.shards[i].take(parts, &net)
	}
	return parts, net
}

// shard is a part of the users' counts. Shards lie side by side and are written by different cores all the time, so each fills two
// cache lines: processors fetch lines in pairs.
type shard struct {
	mu       sync.Mutex
	order    atomic.Pointer[order]
	accounts []account // by segment, oldest first; the last is that of the order in force
	net      dialled
	sets     *setPool
	budget   *budget
	limits   *Limits
	_        [128 - (8+8+24+40+8+8+8)%128]byte
}

// dialled is what is known of connections.
type dialled struct {
	opened int           // since the last cut
	rtt    time.Duration // least, since the start
	local  netip.Addr    // of one of the newest
}

func (d *dialled) merge(o dialled) {
	d.opened += o.opened
	d.rtt = leastRTT(d.rtt, o.rtt)
	if o.local.IsValid() {
		d.local = o.local
	}
}

// account is what a shard knows of one segment.
type account struct {
	order    *order
	inFlight int
	begun    uint64 // requests, since the segment began
	due      uint64 // arrivals that are neither sent nor given up; of the cutter alone
	busy     bool   // something happened since the last cut
	Counts          // since the last cut
	set      *set
}

// succeeded counts a success beside its times.
func (a *account) succeeded(r *Result, took time.Duration, limits *Limits) {
	a.OK++
	a.Chunks += r.Parts()
	a.Tokens += uint64(r.Tokens)
	if limits.met(r, took) {
		a.Good++
	}
}

func (s *shard) publish(o *order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order.Store(o)
	if n := len(s.accounts); n == 0 || s.accounts[n-1].order.segment != o.segment {
		s.accounts = append(s.accounts, account{order: o})
	}
}

// verdict on a user who is about to send.
type verdict uint8

const (
	send      verdict = iota
	hold              // nothing is to be sent under the order
	stale             // another order is in force
	exhausted         // all requests of the load were sent
)

// begin counts a request as sent under o, if that is the order in force, and gives it its number.
func (s *shard) begin(o *order) (n uint64, v verdict) {
	s.mu.Lock()
	switch {
	case o != s.order.Load():
		v = stale
	case !o.sends():
		v = hold
	case !s.budget.take(&n):
		v = exhausted
	default:
		a := &s.accounts[len(s.accounts)-1]
		a.Sent++
		a.begun++
		a.inFlight++
		a.busy = true
	}
	s.mu.Unlock()
	return n, v
}

// end counts the outcome of a request that began under o.
func (s *shard) end(o *order, r *Result, t times) {
	s.mu.Lock()
	a := s.account(o.segment)
	a.inFlight--
	a.busy = true
	a.BytesIn += r.BytesIn
	a.BytesOut += r.BytesOut
	if a.set == nil {
		a.set = s.sets.get()
	}
	if r.Failure.Class == OK {
		a.succeeded(r, t.response, s.limits)
		a.set.succeeded(r, t.response)
	} else {
		a.Failed++
		a.set.record(FailureLat, t.response)
		a.set.errors.add(&ErrorCount{Failure: r.Failure, Count: 1, Sample: r.sample})
	}
	if o.plan.Loop == Open {
		a.set.scheduled(r, t)
	}
	if r.Opened {
		s.net.opened++
		s.net.rtt = leastRTT(s.net.rtt, r.Connect)
		s.net.local = r.Local
	}
	s.mu.Unlock()
}

// current is the order in force: by the time it is looked at, maybe the one before.
func (s *shard) current() *order { return s.order.Load() }

// begun is how many requests a segment had, while the shard has an account of it.
func (s *shard) begun(segment int) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account(segment).begun
}

func (s *shard) giveUp(segment int, arrivals uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.account(segment); arrivals > 0 {
		a.Unsent += arrivals
		a.busy = true
	}
}

// account of a segment that is in force, just was, or has something in flight: nearly always the last one.
func (s *shard) account(segment int) *account {
	i := len(s.accounts) - 1
	for s.accounts[i].order.segment != segment {
		i--
	}
	return &s.accounts[i]
}

func (s *shard) inFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	for i := range s.accounts {
		n += s.accounts[i].inFlight
	}
	return n
}

// take appends the shard's accounts, and begins new ones. A segment that is no longer in force gets none when nothing of it is in
// flight; and none has a set until something ends in it.
func (s *shard) take(parts []account, net *dialled) []account {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts = append(parts, s.accounts...)
	keep := s.accounts[:0]
	for i, a := range s.accounts {
		if a.inFlight > 0 || i == len(s.accounts)-1 {
			keep = append(keep, account{order: a.order, inFlight: a.inFlight, begun: a.begun})
		}
	}
	clear(s.accounts[len(keep):])
	s.accounts = keep
	net.merge(s.net)
	s.net.opened = 0
	return parts
}

// budget hands out the numbers of requests, from 0.
type budget struct {
	limit uint64 // 0: none
	next  atomic.Uint64
}

// take writes the next number to n, unless all are given out.
func (b *budget) take(n *uint64) bool {
	if b.limit == 0 {
		*n = b.next.Add(1) - 1
		return true
	}
	for {
		*n = b.next.Load()
		if *n >= b.limit {
			return false
		}
		if b.next.CompareAndSwap(*n, *n+1) {
			return true
		}
	}
}
