package model

import (
	"math"
	"math/rand/v2"
	"time"
)

// instance is the service model of one instance. Time is a parameter, counted since the start of the simulation, and never goes
// back: so the same code runs on the wall clock and, for tests, in event time.
//
// Because the queue of the workers is first come first served, the finish of a request is known when it is admitted: the heap free holds when each
// worker is free next, starts holds the future starts of those that wait. Nothing has to run when a service begins or ends, so a
// request costs its caller one timer.
type instance struct {
	number  int // over the whole life of the variant
	profile *Profile
	rng     *rand.Rand
	ready   time.Duration // since when it is in service
	left    time.Duration // when it was taken away; forever until then
	warm    bool          // it never was cold
	first   int           // how many requests still pay Warmup.First

	free     []time.Duration // a min-heap
	starts   fifo
	restart  span          // of a worker that ran out of memory
	occupied time.Duration // until when any worker is, of the requests known so far

	engine *engine // instead of workers

	stalls    []span // not yet over, oldest first
	nextStall time.Duration

	drift   float64 // relative to the median speed; 0 at first
	drifted time.Duration
}

type span struct{ from, to time.Duration }

const forever = time.Duration(math.MaxInt64)

// newInstance makes an instance that is in service from ready on.
func newInstance(p *Profile, number int, ready time.Duration, warm bool, seed uint64) *instance {
	in := &instance{
		number: number, profile: p, ready: ready, left: forever, warm: warm,
		rng:  NewRand(seed, uint64(number)),
		free: make([]time.Duration, p.Workers),
	}
	if !warm {
		in.first = p.Workers
	}
	in.nextStall = forever
	if p.Stall.Every > 0 {
		in.nextStall = ready + in.exponential(p.Stall.Every)
	}
	in.drifted = ready
	if p.LLM.Batch > 0 {
		in.engine = &engine{}
	}
	return in
}

// service is what admit decides about a request.
type service struct {
	outcome       Outcome       // as far as the container goes
	start, finish time.Duration // of the work, when it is Served
	outstanding   int           // requests in the instance, this one included unless it is Refused
}

// admit takes a request at time t, which is not before that of any earlier one. An engine takes it in by itself.
func (in *instance) admit(t time.Duration) service {
	n := in.outstanding(t)
	if in.full(t) {
		return service{outcome: Refused, outstanding: n}
	}
	s := service{outstanding: n + 1}
	if in.exhausted(t, n+1) {
		s.outcome = Crashed
		in.kill(t)
		return s
	}
	if in.engine != nil {
		return s
	}
	s.start = max(t, in.free[0])
	s.finish = in.through(s.start, in.work(s.start, in.busy(s.start)+1))
	in.occupy(s.finish)
	if s.start > t {
		in.starts.push(s.start)
	}
	return s
}

// full: one more request would have to wait at t, and there is no place to.
func (in *instance) full(t time.Duration) bool {
	if in.engine != nil {
		return in.engine.outstanding() >= in.profile.LLM.Batch+in.profile.Backlog // what is free of the batch is taken next
	}
	return in.free[0] > t && in.starts.len() >= in.profile.Backlog
}

// exhausted: n requests need more memory than there is.
func (in *instance) exhausted(t time.Duration, n int) bool {
	m := &in.profile.Memory
	return m.PerRequest > 0 && m.Idle+m.PerWorker*float64(in.busy(t))+m.PerRequest*float64(n) > 100
}

// kill takes a worker away until it has restarted; one at a time, as the operating system does it.
func (in *instance) kill(t time.Duration) {
	if in.engine != nil || t < in.restart.to {
		return
	}
	from := max(t, in.free[0])
	in.restart = span{from, from + time.Duration(in.profile.Memory.Restart)}
	in.occupy(in.restart.to)
}

// settle forgets what lies before t.
func (in *instance) settle(t time.Duration) {
	for in.starts.len() > 0 && in.starts.first() <= t {
		in.starts.pop()
	}
	for len(in.stalls) > 0 && in.stalls[0].to <= t {
		in.stalls = in.stalls[1:]
	}
}

// outstanding is how many requests wait or are served at t.
func (in *instance) outstanding(t time.Duration) int {
	if in.engine != nil {
		return in.engine.outstanding()
	}
	in.settle(t)
	return in.starts.len() + in.busy(t)
}

// busy is how many workers are at work at t, of the requests known so far.
func (in *instance) busy(t time.Duration) int {
	if in.engine != nil {
		return len(in.engine.running)
	}
	n := 0
	for _, f := range in.free {
		if f > t {
			n++
		}
	}
	if in.restart.from <= t && t < in.restart.to {
		n--
	}
	return n
}

// work is how long the service that starts at start takes while nothing stalls it.
func (in *instance) work(start time.Duration, busy int) time.Duration {
	p := in.profile
	x := float64(busy) / float64(p.Workers)
	factor := (1 + p.Contention*x*x) * in.pace(start)
	if p.Hyperthreading > 0 {
		threads := min(float64(busy)*p.CPU.PerWorker/(100*float64(p.Hardware.VCPUs)), 1)
		factor *= 1 + p.Hyperthreading*max(2*threads-1, 0)
	}
	work := float64(p.Service.sample(in.rng)) * factor
	if in.first > 0 {
		in.first--
		work += float64(p.Warmup.First)
	}
	return time.Duration(min(work, float64(longestWork)))
}

// pace is how much longer than usual everything takes at t, for the drift, while the instance is cold and if it is the straggler.
func (in *instance) pace(t time.Duration) float64 {
	w := in.profile.Warmup
	factor := 1 + in.wander(t)
	if in.number == 1 {
		factor *= 1 + in.profile.Straggler
	}
	if !in.warm && w.Decay > 0 {
		factor *= 1 + w.Factor*math.Exp(-float64(t-in.ready)/float64(w.Decay))
	}
	return max(factor, 0)
}

// wander is the drift at t. The process is stepped at most once a second: it moves in minutes.
func (in *instance) wander(t time.Duration) float64 {
	d := in.profile.Drift
	if elapsed := t - in.drifted; d.Tau > 0 && elapsed >= time.Second {
		keep := math.Exp(-float64(elapsed) / float64(d.Tau))
		in.drift = keep*in.drift + d.SD*math.Sqrt(1-keep*keep)*in.rng.NormFloat64()
		in.drifted = t
	}
	return in.drift
}

// through is when work that starts at start ends: it stands still while the instance stalls.
func (in *instance) through(start, work time.Duration) time.Duration {
	end := start + work
	for i := 0; ; i++ {
		if i == len(in.stalls) && !in.foresee(end) {
			return end
		}
		s := in.stalls[i]
		if s.from >= end {
			return end
		}
		if s.to > start {
			end += s.to - max(s.from, start)
		}
	}
}

// foresee draws the next stall if it begins before end.
func (in *instance) foresee(end time.Duration) bool {
	if in.nextStall >= end {
		return false
	}
	s := span{from: in.nextStall, to: in.nextStall + in.exponential(in.profile.Stall.Mean)}
	in.stalls = append(in.stalls, s)
	in.nextStall = s.to + in.exponential(in.profile.Stall.Every)
	return true
}

// occupy gives the work to the worker that is free first: the root of the heap.
func (in *instance) occupy(until time.Duration) {
	h, i := in.free, 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[child] >= until {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = until
}

// exponential draws a time of the given mean, at least a nanosecond, so that a chain of them always gets on.
func (in *instance) exponential(mean Duration) time.Duration {
	return 1 + time.Duration(in.rng.ExpFloat64()*float64(mean))
}

// sample draws from l, longestWork at most.
func (l Lognormal) sample(rng *rand.Rand) time.Duration {
	if l.Median == 0 {
		return 0
	}
	return time.Duration(min(float64(l.Median)*math.Exp(l.Sigma*rng.NormFloat64()), float64(longestWork)))
}

// fifo is a queue of times in a ring.
type fifo struct {
	ring    []time.Duration // its length is a power of two
	head, n int
}

func (q *fifo) len() int             { return q.n }
func (q *fifo) first() time.Duration { return q.ring[q.head] }

func (q *fifo) pop() {
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
}

func (q *fifo) push(t time.Duration) {
	if q.n == len(q.ring) {
		grown := make([]time.Duration, max(16, 2*q.n))
		for i := range q.n {
			grown[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
		}
		q.ring, q.head = grown, 0
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = t
	q.n++
}

// NewRand is a generator of its own for every (seed, stream).
func NewRand(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }
