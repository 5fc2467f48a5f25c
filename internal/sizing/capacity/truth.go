package main

import (
	"math"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/runner"
)

// learn finds the truth about s.
func (s *subject) learn(requests float64) {
	s.capacity = s.truth(requests)
	s.atCPU = s.rateAtCPU()
}

// rateAtCPU is the rate of one instance at which its CPU is at 65 % in the long run, 0 where that lies above its capacity.
func (s *subject) rateAtCPU() float64 {
	const target, length, fine = 65, time.Hour / 2, 1.005
	alone := *s
	alone.instances = 1
	high := s.capacity / float64(s.instances)
	if alone.cpu(high, length) < target {
		return 0
	}
	for low := high / 4; high > fine*low; {
		if rate := (low + high) / 2; alone.cpu(rate, length) > target {
			high = rate
		} else {
			low = rate
		}
	}
	return high
}

// cpu is the mean share of all cores at a rate.
func (s *subject) cpu(rate float64, length time.Duration) float64 {
	t := s.trial(truthSeed)
	must(t.Apply(runner.Plan{Loop: runner.Open, Users: runner.MaxUsers, Rate: rate, Poisson: true}))
	pass(t, length)
	sum, n := 0., 0.
	for i := range t.Periods {
		if server := t.Periods[i].Server; server != nil {
			sum, n = sum+*server.CPU, n+1
		}
	}
	return sum / n
}

// truthSeed is of runs that no way is tried on.
const truthSeed = 1_000_003

// truth is the rate at which the long-run share of bad requests is alpha, with the endpoint's speed wandering through all that it does:
// found roughly by halving, then on the line through what two long runs close by have in logits.
func (s *subject) truth(requests float64) float64 {
	const few, near = 20, .02
	low, high := 0., s.most()
	for rate := .8 * high; high > (1+near)*low; rate = (low + high) / 2 {
		if s.share(rate, requests/few) > s.alpha {
			high = rate
		} else {
			low = rate
		}
	}
	below, above := low*(1-near), high*(1+near)
	from, to := logit(s.share(below, requests)), logit(s.share(above, requests))
	return below * math.Pow(above/below, (logit(s.alpha)-from)/(to-from))
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// most is a rate that no endpoint of its kind can answer.
func (s *subject) most() float64 {
	p := &s.profile
	mean := time.Duration(p.Service.Median).Seconds() * math.Exp(p.Service.Sigma*p.Service.Sigma/2)
	return 1.05 * float64(s.instances*p.Workers) / mean
}

// share of bad requests at a rate of Poisson arrivals, over so many of them. Where failures have an SLO of their own, and are further
// from it, it is theirs, on the scale of alpha.
func (s *subject) share(rate, requests float64) float64 {
	if s.profile.LLM.Batch > 0 {
		return s.generated(rate, requests/10) // each costs many times as much
	}
	const age = time.Hour // after which the speed has wandered off
	v := model.NewVariant(model.Config{
		Profile: s.profile, Instances: s.instances, Routing: model.Random, Seed: truthSeed, TimeScale: 1,
		Clock: model.Clock{Origin: time.Unix(1_700_000_040, 0)}, PublishEvery: model.StandardPeriod,
	})
	rng := model.NewRand(truthSeed, 1<<42)
	bad, failed, n := 0., 0., 0.
	for t := age; n < requests; n++ {
		t += time.Duration(rng.ExpFloat64() / rate * float64(time.Second))
		a := v.Admit(t)
		if a.Outcome != model.Served {
			failed++
		}
		if a.Outcome != model.Served || a.Total > s.limit {
			bad++
		}
	}
	if s.errors > 0 {
		return max(bad, failed*s.alpha/s.errors) / n
	}
	return bad / n
}

// generated is share of an endpoint that generates text: how long an answer takes is only known when the later ones have come.
func (s *subject) generated(rate, requests float64) float64 {
	t := s.trial(truthSeed)
	must(t.Apply(runner.Plan{Loop: runner.Open, Users: runner.MaxUsers, Rate: rate, Poisson: true}))
	pass(t, time.Duration(requests/rate)*time.Second)
	return float64(t.Load.Run.Over) / float64(t.Load.Run.Ended())
}
