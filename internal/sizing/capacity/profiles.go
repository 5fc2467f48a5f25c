package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"sagetop/internal/simulator/model"
)

// subject is an endpoint and an SLO, and what is true of the two.
type subject struct {
	name      string
	profile   model.Profile
	instances int
	slo       string        // one or several, as they are typed
	limit     time.Duration // on the p99
	alpha     float64       // share of bad requests that it allows
	errors    float64       // share of failures that slo allows; 0: says nothing of them

	capacity float64 // requests a second
	atCPU    float64 // requests a second of one instance at 65 % CPU; 0: it has none below its capacity
}

func ready(name string, limit time.Duration) subject {
	p, _ := model.Named(name)
	return subjectOf(name, p, 1, limit)
}

func subjectOf(name string, p model.Profile, instances int, limit time.Duration) subject {
	return subject{name: name, profile: p, instances: instances, slo: fmt.Sprintf("p99<%v", limit), limit: limit, alpha: .01}
}

// tuning is what the search's constants were chosen on.
func tuning() []subject {
	return []subject{
		ready("distilbert-m5", 200*time.Millisecond),
		ready("hyperthreaded", 250*time.Millisecond),
		ready("heavy-tail", 700*time.Millisecond),
		ready("gpu-small", 100*time.Millisecond),
		ready("memory-tight", 300*time.Millisecond),
		ready("bad-container", 400*time.Millisecond),
		subjectOf("noisy", noisy(), 1, 200*time.Millisecond),
	}
}

// others are what the constants of the search were not chosen on, nor its figures are averaged over: two SLOs, either of which may be the
// first to break, and text generation, of which only a few requests a second come.
func others() []subject {
	const backlog, failures = 15, .002
	p := model.Default()
	p.Backlog = backlog
	two := subjectOf("short queue", p, 1, 200*time.Millisecond)
	two.slo, two.errors = two.slo+", errors<0.2%", failures
	return []subject{two, ready("llm-stream", 40*time.Second)}
}

// noisy is the default with three times as many stalls.
func noisy() model.Profile {
	p := model.Default()
	p.Stall.Every /= 3
	return p
}

// holdOut are so many endpoints drawn at random, which nothing was tuned on.
func holdOut(n int) []subject {
	rng := rand.New(rand.NewPCG(2026, 2))
	between := func(low, high float64) float64 { return low * math.Pow(high/low, rng.Float64()) }
	list := make([]subject, n)
	for i := range list {
		p := model.Default()
		p.Workers = int(between(3, 32))
		p.Backlog = int(between(20, 400))
		p.Hardware.VCPUs = 4 * p.Workers
		median, sigma := between(25, 150), between(.1, 1)
		p.Service = model.Lognormal{Median: model.Duration(median * float64(time.Millisecond)), Sigma: sigma}
		p.Contention = between(.02, 1)
		p.Hyperthreading = []float64{0, between(.2, .8)}[rng.IntN(2)]
		p.Stall = model.Stall{Every: model.Duration(between(20, 200) * float64(time.Second)), Mean: model.Duration(between(30, 200) * float64(time.Millisecond))}
		p.Drift = model.Drift{SD: between(.005, .015), Tau: model.Duration(between(200, 1500) * float64(time.Second))}
		tail := median * math.Exp(2.326*sigma) * (1 + p.Contention)
		limit := time.Duration(math.Ceil(tail*between(1.3, 3)/10)) * 10 * time.Millisecond
		name := fmt.Sprintf("%d x %.0f ms", p.Workers, median)
		list[i] = subjectOf(name, p, 1+rng.IntN(2)*rng.IntN(3), limit)
	}
	return list
}
