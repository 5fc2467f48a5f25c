package main

import (
	"math"
	"strings"
	"time"

	"sagetop/internal/sizing"
	"sagetop/internal/sizing/trial"
	"sagetop/runner"
)

// way to find a capacity.
type way struct {
	name  string
	find  func(*subject, uint64) found
	fewer int // as many times fewer runs: what is far off needs no more to show it
}

var ways = []way{
	{"search", search, 1},
	{"bisection by rate", bisection, 4},
	{"stairs of users", stairs, 4},
}

// found is what a way says of an endpoint, and what it did to it.
type found struct {
	rate    float64       // 0: none
	after   time.Duration // until it had been held for long enough
	atCPU   float64       // successes a second of one instance at 65 % CPU; 0: not told
	about   bool
	seconds []runner.Second
}

// What CloudWatch and the reaction to a second take in life.
const (
	late = 90 * time.Second
	lag  = 100 * time.Millisecond
)

const users = 2048 // at most: enough for what is tried here

func (s *subject) trial(seed uint64) *trial.Trial {
	t, err := trial.New(trial.Config{
		Profile: s.profile, Instances: s.instances, Seed: seed, SLO: s.limit, Late: late, Lag: lag,
	})
	must(err)
	return t
}

// must is for what only a mistake in this program can bring.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// search is the product's.
func search(s *subject, seed uint64) found {
	const most = 2 * time.Hour
	var rules []sizing.Rule
	for text := range strings.SplitSeq(s.slo, ", ") {
		rule, err := sizing.ParseSLO(text)
		must(err)
		rules = append(rules, rule)
	}
	finder, err := sizing.NewSearch(sizing.SearchConfig{Rules: rules, MaxUsers: users})
	must(err)
	var f found
	t := s.trial(seed)
	must(t.Search(finder, most, func() {
		if res := finder.Result(nil); res.Verified && res.Rate != f.rate {
			f.rate, f.after = res.Rate, time.Duration(len(t.Load.Seconds))*time.Second
		}
	}))
	f.seconds = t.Load.Seconds
	pass(t, late)
	res := finder.Result(t.Periods)
	f.atCPU, f.about = res.AtCPU, res.About
	return f
}

func pass(t *trial.Trial, d time.Duration) {
	for range int(d / time.Second) {
		must(t.Next())
	}
}

// offer plan for so many seconds, of which the first five do not count.
func offer(t *trial.Trial, plan runner.Plan, seconds int) (bad, tps float64) {
	const settle = 5
	must(t.Apply(plan))
	pass(t, settle*time.Second)
	before := t.Load.Segment
	pass(t, time.Duration(seconds-settle)*time.Second)
	w := &t.Load.Segment
	return float64(w.Over-before.Over) / float64(w.Ended()-before.Ended()), float64(w.OK-before.OK) / float64(seconds-settle)
}

// bisection doubles the rate of arrivals until it fails, then halves the bracket, a minute each.
func bisection(s *subject, seed uint64) found {
	const first, step, closeEnough = 4., 60, 1.045
	t := s.trial(seed)
	low, high := 0., 0.
	for high == 0 || high > closeEnough*low && high > first/100 {
		rate := max(2*low, first)
		if high > 0 {
			rate = (low + high) / 2
		}
		if bad, _ := offer(t, runner.Plan{Loop: runner.Open, Users: users, Rate: rate, Poisson: true}, step); bad > s.alpha {
			high = rate
		} else {
			low = rate
		}
	}
	return said(t, low)
}

// stairs add users for as long as the SLO holds, 90 s each: four steps to as many as the endpoint has workers.
func stairs(s *subject, seed uint64) found {
	const steps, length = 4, 90
	t := s.trial(seed)
	step, last := int(math.Ceil(float64(s.profile.Workers*s.instances)/steps)), 0.
	for users := step; ; users += step {
		bad, tps := offer(t, runner.Plan{Users: users}, length)
		if bad > s.alpha {
			return said(t, last)
		}
		last = tps
	}
}

func said(t *trial.Trial, rate float64) found {
	return found{rate: rate, after: time.Duration(len(t.Load.Seconds)) * time.Second, seconds: t.Load.Seconds}
}
