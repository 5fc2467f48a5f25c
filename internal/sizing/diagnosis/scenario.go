package main

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing"
	"sagetop/internal/sizing/trial"
	"sagetop/runner"
)

// scenario is a family of load tests with one verdict that is right, by how they are made. Each seed draws another endpoint, load and
// client of the family.
type scenario struct {
	name, want string
	draw       func(d *draw) test
}

// test is one load test: one request, then the steps one after another.
type test struct {
	config trial.Config
	steps  []step
	known  func(*sizing.Facts)  // what is known of the endpoint beside its hardware
	lacks  func(*sizing.Server) // what CloudWatch does not publish
}

// step is a Plan in force.
type step struct {
	plan runner.Plan
	span time.Duration
}

// try draws the test of a seed and returns the verdict at its end; one without an id when there is none.
func (s *scenario) try(seed uint64) (sizing.Finding, error) {
	number := nameHash(s.name)
	d := &draw{Rand: model.NewRand(seed, number), seed: seed<<32 | number}
	d.period = []time.Duration{10 * time.Second, time.Minute}[seed%2]
	d.late = d.span(.3, 1.5)
	return s.draw(d).verdict()
}

func (t test) verdict() (none sizing.Finding, err error) {
	tr, err := trial.New(t.config)
	if err != nil {
		return none, err
	}
	if err := tr.Try(); err != nil {
		return none, err
	}
	for _, s := range t.steps {
		if err := tr.Apply(s.plan); err != nil {
			return none, err
		}
		for range int(s.span / time.Second) {
			if err := tr.Next(); err != nil {
				return none, err
			}
		}
	}
	facts := tr.Facts()
	if t.known != nil {
		t.known(&facts)
	}
	for i := range tr.Periods {
		if s := tr.Periods[i].Server; s != nil && t.lacks != nil {
			t.lacks(s)
		}
	}
	found := sizing.Diagnose(facts, tr.Load.Ten, tr.Periods)
	if len(found) == 0 {
		return none, nil
	}
	return found[0], nil
}

// nameHash keeps a scenario's tests the same whatever others there are.
func nameHash(name string) uint64 {
	h := fnv.New32()
	h.Write([]byte(name))
	return uint64(h.Sum32())
}

// draw is the chance of one test, and the periods of its CloudWatch: of 10 s for even seeds, of a minute for odd ones.
type draw struct {
	*rand.Rand
	seed         uint64
	period, late time.Duration
}

func (d *draw) between(low, high float64) float64 { return low + (high-low)*d.Float64() }

func (d *draw) whole(low, high int) int { return low + d.IntN(high-low+1) }

func (d *draw) millis(low, high float64) model.Duration {
	return model.Duration(d.between(low, high) * float64(time.Millisecond))
}

// span is a time in periods.
func (d *draw) span(low, high float64) time.Duration {
	return time.Duration(d.between(low, high) * float64(d.period)).Truncate(time.Second)
}

// maybe is true in half of the tests.
func (d *draw) maybe() bool { return d.IntN(2) == 0 }

// on makes a test of p: its CloudWatch, and a client with nothing to complain of.
func (d *draw) on(p model.Profile, steps ...step) test {
	own := runner.Client{
		CPUPercent: d.between(3, 70), Cores: float64(d.whole(1, 8)), SchedP99: time.Duration(d.millis(.05, 3)), RTT: time.Duration(p.RTT.Median),
	}
	return test{
		config: trial.Config{
			Profile: p, Seed: d.seed, Period: d.period, Late: d.late,
			Client: func(int64) runner.Client { return own },
		},
		steps: steps,
	}
}

// quiet is one user for a while, so that a whole period of that is known.
func (d *draw) quiet() step { return step{runner.Plan{Users: 1}, d.span(2.1, 3)} }

// held is a load for as long as CloudWatch needs to have whole periods of it.
func (d *draw) held(p runner.Plan) step { return step{p, d.late + d.span(3.1, 4)} }

func users(n int) runner.Plan { return runner.Plan{Users: max(n, 1)} }

// rate is an open loop that has users enough.
func (d *draw) rate(perSecond float64) runner.Plan {
	return runner.Plan{Loop: runner.Open, Users: 2000, Rate: perSecond, Poisson: d.IntN(4) > 0}
}
