package simulator

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

// variant is a production variant: instances behind a router, and what CloudWatch will say of them.
type variant struct {
	name         string
	instanceType string
	initial      int
	weight       float64
	routing      Routing
	profile      Profile
	boot         time.Duration // Profile.Boot in the simulation's time
	seed         uint64

	mu      sync.Mutex
	now     time.Duration // of the latest event: time never goes back
	rng     *rand.Rand
	made    int         // instances ever, for their numbers
	all     []*instance // booting, in service, and gone within memory
	serving []*instance // of all, those in service at now
	next    time.Duration
	meter   meter
}

func newVariant(c *EndpointConfig, cl clock, scale float64, seed uint64) *variant {
	v := &variant{
		name: c.Variant, instanceType: c.InstanceType, initial: c.Instances, weight: c.Weight, routing: c.Routing,
		profile: *c.Profile, boot: time.Duration(float64(c.Profile.Boot) / scale), seed: seed,
		rng:   newRand(seed, 0),
		meter: newMeter(cl, c),
	}
	for range c.Instances {
		v.add(0, !c.Profile.Warmup.Initial)
	}
	v.refresh(0)
	return v
}

// outcome of a request in a container.
type outcome uint8

const (
	served outcome = iota
	refused
	timedOut
)

// admission is the whole future of a request, known when it arrives.
type admission struct {
	outcome  outcome
	model    time.Duration // as ModelLatency
	overhead time.Duration // as OverheadLatency
	total    time.Duration // until the caller has the answer
}

// admit takes a request that arrives at t and books everything about it.
func (v *variant) admit(t time.Duration) admission {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	in := v.route(t)
	s := in.admit(t)
	a := v.answer(t, s)
	v.meter.concurrent(t, s.outstanding)
	if !s.refused {
		v.meter.busy(in, s.start, s.finish)
	}
	v.meter.answered(t+a.total, in, a, len(v.serving))
	return a
}

// answer is what the caller of s gets to see.
func (v *variant) answer(t time.Duration, s service) admission {
	a := admission{model: s.finish - t, overhead: v.profile.Overhead.sample(v.rng)}
	switch {
	case s.refused:
		a.outcome, a.model = refused, time.Duration(v.profile.RefuseAfter)
	case a.model > time.Duration(v.profile.Timeout):
		a.outcome, a.model = timedOut, time.Duration(v.profile.Timeout)
	}
	a.total = a.model + a.overhead + v.profile.RTT.sample(v.rng)
	return a
}

// reject books a request that ended at t without having reached an instance.
func (v *variant) reject(t time.Duration, k errorKind) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	v.meter.rejected(t, k, len(v.serving))
}

// advance moves the variant's time to t, if that is later, and returns it.
func (v *variant) advance(t time.Duration) time.Duration {
	v.now = max(v.now, t)
	if v.now >= v.next {
		v.refresh(v.now)
	}
	v.meter.advance(v.now)
	return v.now
}

// refresh finds who is in service at t, and until when that holds.
func (v *variant) refresh(t time.Duration) {
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

// route picks the instance for a request at t. There is one: the oldest never leaves.
func (v *variant) route(t time.Duration) *instance {
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

// scale sets how many instances are wanted at t. New ones boot first; the newest leave at once, after the requests they have.
func (v *variant) scale(t time.Duration, n int) {
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

// staying are the instances that nobody has taken away, oldest first.
func (v *variant) staying() []*instance {
	var out []*instance
	for _, in := range v.all {
		if in.left == forever {
			out = append(out, in)
		}
	}
	return out
}

func (v *variant) add(ready time.Duration, warm bool) {
	v.made++
	v.all = append(v.all, newInstance(&v.profile, v.made, ready, warm, v.seed))
}

// counts of the instances in service and of those wanted, at t.
func (v *variant) counts(t time.Duration) (current, desired int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advance(t)
	return len(v.serving), len(v.staying())
}

// instanceID looks like an EC2 instance's.
func instanceID(seed uint64, number int) string {
	return fmt.Sprintf("i-%08x%08x", uint32(seed), number)
}
