package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Routing is how a variant spreads requests over its instances, in SageMaker's words.
type Routing string

// The routing strategies.
const (
	Random           Routing = "RANDOM"
	LeastOutstanding Routing = "LEAST_OUTSTANDING_REQUESTS"
)

// Config of a variant. Nothing in it has a default.
type Config struct {
	Profile         Profile
	Instances       int           // at the start
	Start           time.Duration // when those are in service
	Routing         Routing
	Seed            uint64 // the same seed and the same requests at the same times have the same future
	Clock           Clock
	TimeScale       float64       // boots take Profile.Boot / TimeScale
	PublishEvery    time.Duration // of the utilisation
	EnhancedMetrics bool          // PublishEvery holds for all metrics
}

// Variant is a production variant: instances behind a router, and what CloudWatch will say of them. Time is a parameter of all its
// methods, counted since Clock.Origin.
type Variant struct {
	routing Routing
	profile Profile
	boot    time.Duration // Profile.Boot in the simulation's time
	start   time.Duration
	seed    uint64

	mu      sync.Mutex
	now     time.Duration // of the latest event: time never goes back
	rng     *rand.Rand
	made    int         // instances ever, for their numbers
	all     []*instance // booting, in service, and gone within memory
	serving []*instance // of all, those in service at now
	next    time.Duration
	bucket  bucket
	meter   meter
}

// NewVariant makes a variant whose first instances are in service at Start. What starts later than the simulation has just booted.
func NewVariant(c Config) *Variant {
	v := &Variant{
		routing: c.Routing, profile: c.Profile, boot: time.Duration(float64(c.Profile.Boot) / c.TimeScale), start: c.Start, seed: c.Seed,
		rng:   NewRand(c.Seed, 0),
		meter: newMeter(&c),
	}
	for range c.Instances {
		v.add(c.Start, c.Start == 0 && !c.Profile.Warmup.Initial)
	}
	v.refresh(0)
	return v
}

// Profile of the instances.
func (v *Variant) Profile() Profile { return v.profile }

// Outcome of a request.
type Outcome uint8

// The outcomes.
const (
	Served     Outcome = iota
	Refused            // the container's queue was full
	Crashed            // a worker of the container ran out of memory
	TimedOut           // the container did not answer in time
	Broken             // a stream that had begun did not end in time
	Throttled          // SageMaker let it not through to an instance
	NoCapacity         // there was no instance
)

// Admission is the future of a request, known when it arrives: the whole of it, or, with a Generation, what that does not tell.
type Admission struct {
	Outcome    Outcome
	Instance   int           // its number; 0 when it reached none
	Model      time.Duration // as ModelLatency
	Overhead   time.Duration // as OverheadLatency
	Total      time.Duration // until the caller has the answer
	Generation *Generation   // of an LLM that took the request in
	stream     bool
}

// Admit takes a request that arrives at t and is answered in one piece, and books everything about it.
func (v *Variant) Admit(t time.Duration) Admission { return v.admit(t, false) }

// Stream takes a request that arrives at t and is answered in a stream.
func (v *Variant) Stream(t time.Duration) Admission { return v.admit(t, true) }

func (v *Variant) admit(t time.Duration, stream bool) Admission {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	if len(v.serving) == 0 {
		return v.turnedAway(t, NoCapacity)
	}
	if !v.bucket.take(t, v.profile.Throttle, len(v.serving)) {
		return v.turnedAway(t, Throttled)
	}
	in := v.route(t)
	s := in.admit(t)
	a := Admission{Outcome: s.outcome, Instance: in.number, Overhead: v.profile.Overhead.sample(v.rng), stream: stream}
	way := v.profile.RTT.sample(v.rng)
	v.meter.concurrent(t, s.outstanding)
	if in.engine != nil && s.outcome == Served {
		v.generate(t, in, &a, way)
		return a
	}
	v.answer(t, s, &a)
	a.Total = a.Model + a.Overhead + way
	if s.outcome == Served {
		v.meter.served(in, t, s)
	}
	if stream && a.Outcome == Served {
		v.meter.begun(t+a.Total, a.Model, a.Overhead)
	}
	v.meter.answered(t+a.Total, in, a, len(v.serving))
	return a
}

// answer is what the caller of s gets to see.
func (v *Variant) answer(t time.Duration, s service, a *Admission) {
	limit := time.Duration(v.profile.Timeout)
	switch a.Model = s.finish - t; {
	case s.outcome != Served:
		a.Model = time.Duration(v.profile.RefuseAfter)
	case a.Model > limit:
		a.Outcome, a.Model = TimedOut, limit
	}
}

// turnedAway is a request that SageMaker answers by itself.
func (v *Variant) turnedAway(t time.Duration, o Outcome) Admission {
	a := Admission{Outcome: o, Overhead: v.profile.Overhead.sample(v.rng)}
	a.Total = a.Overhead + v.profile.RTT.sample(v.rng)
	v.meter.rejected(t+a.Total, Error4XX, len(v.serving))
	return a
}

// Reject books a request that ended at t without having reached an instance.
func (v *Variant) Reject(t time.Duration, k ErrorKind) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	v.meter.rejected(t, k, len(v.serving))
}

// BreakOff books that a stream that had begun came to an end at t that is not the model's.
func (v *Variant) BreakOff(t time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.meter.traffic.at(v.advance(t)).broken++
}

// advance moves the variant's time to t, if that is later, and returns it.
func (v *Variant) advance(t time.Duration) time.Duration {
	v.now = max(v.now, t)
	if v.now >= v.next {
		v.refresh(v.now)
	}
	if v.profile.LLM.Batch > 0 {
		for _, in := range v.all { // before the meter closes the periods that they act in
			in.engine.advance(v, in, v.now)
		}
	}
	v.meter.advance(v.now)
	return v.now
}

// refresh finds who is in service at t, and until when that holds.
func (v *Variant) refresh(t time.Duration) {
	memory := t - v.meter.memory()
	v.all = slices.DeleteFunc(v.all, func(in *instance) bool { return in.left < memory })
	v.serving, v.next = nil, forever
	for _, in := range v.all {
		switch {
		case in.left <= t:
		case in.ready <= t:
			v.serving = append(v.serving, in)
		default:
			v.next = min(v.next, in.ready)
		}
	}
}

// route picks the instance for a request at t. There is one.
func (v *Variant) route(t time.Duration) *instance {
	if len(v.serving) == 1 {
		return v.serving[0]
	}
	if v.routing == Random {
		return v.serving[v.rng.IntN(len(v.serving))]
	}
	best, least, ties := v.serving[0], v.serving[0].outstanding(t), 1
	for _, in := range v.serving[1:] {
		o := in.outstanding(t)
		switch {
		case o < least:
			best, least, ties = in, o, 1
		case o == least:
			if ties++; v.rng.IntN(ties) == 0 {
				best = in
			}
		}
	}
	return best
}

// Scale sets how many instances are wanted at t. New ones boot first; the newest leave at once, after the requests they have.
func (v *Variant) Scale(t time.Duration, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	staying := v.staying()
	for _, in := range staying[min(n, len(staying)):] {
		in.left = t
	}
	for range n - len(staying) {
		v.add(t+v.boot, false)
	}
	v.refresh(t)
}

// Retire takes all instances away at t. Requests that are on their way to them are still answered.
func (v *Variant) Retire(t time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	for _, in := range v.staying() {
		in.left = t
	}
	v.next = forever
}

// staying are the instances that nobody has taken away, oldest first.
func (v *Variant) staying() []*instance {
	var out []*instance
	for _, in := range v.all {
		if in.left == forever {
			out = append(out, in)
		}
	}
	return out
}

func (v *Variant) add(ready time.Duration, warm bool) {
	v.made++
	v.all = append(v.all, newInstance(&v.profile, v.made, ready, warm, v.seed))
}

// Counts of the instances in service and of those wanted, at t.
func (v *Variant) Counts(t time.Duration) (current, desired int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advance(t)
	return len(v.serving), len(v.staying())
}

// instanceID looks like an EC2 instance's.
func instanceID(seed uint64, number int) string {
	return fmt.Sprintf("i-%08x%08x", uint32(seed), number)
}

// Instances are the ids of those in service at t, oldest first.
func (v *Variant) Instances(t time.Duration) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advance(t)
	ids := make([]string, len(v.serving))
	for i, in := range v.serving {
		ids[i] = instanceID(v.seed, in.number)
	}
	return ids
}
