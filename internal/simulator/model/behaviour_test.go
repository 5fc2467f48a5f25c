package model

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// loaded is a variant of one instance without any chance in it, whose periods begin with the simulation.
func loaded(change func(*Profile)) *Variant {
	c := config(1, 1)
	c.Clock.Origin = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	c.Profile = Fast()
	c.Profile.CPU.Noise = 0
	change(&c.Profile)
	return NewVariant(c)
}

// point is a metric's summary of the first minute.
func point(t *testing.T, v *Variant, namespace, name string) Summary {
	t.Helper()
	r := v.Record(2*time.Minute, 0, time.Minute)
	points := FindMetric(namespace, name).Points(&r, "")
	if len(points) != 1 {
		t.Fatalf("%s has %d points, want 1", name, len(points))
	}
	return points[0].Summary
}

func wantStatistic(t *testing.T, v *Variant, namespace, name, statistic string, want float64) {
	t.Helper()
	s := point(t, v, namespace, name)
	if got := s.Statistic(statistic); math.Abs(got-want) > 1e-6*max(want, 1) {
		t.Errorf("%s of %s = %v, want %v", statistic, name, got, want)
	}
}

// Up to half of the vCPUs a thread has a core of its own; from there on the others slow it.
func TestHyperthreading(t *testing.T) {
	p := Fast()
	p.Workers, p.Contention, p.Hyperthreading = 12, 0, 0.5
	p.Hardware.VCPUs, p.CPU.PerWorker = 48, 400
	p.Service = Lognormal{Median: Duration(100 * time.Millisecond)}
	in := newInstance(&p, 1, 0, true, 1)
	for busy, want := range map[int]time.Duration{1: 100, 6: 100, 9: 125, 12: 150} {
		if got := in.work(0, busy); got != want*time.Millisecond {
			t.Errorf("with %d of 12 workers busy a service takes %v, want %v ms", busy, got, want)
		}
	}
}

// One instance of several is slower than the others: the oldest.
func TestStraggler(t *testing.T) {
	p := Fast()
	p.Contention, p.Straggler, p.Service = 0, 0.5, Lognormal{Median: Duration(100 * time.Millisecond)}
	for number, want := range map[int]time.Duration{1: 150, 2: 100, 3: 100} {
		if got := newInstance(&p, number, 0, true, 1).work(0, 1); got != want*time.Millisecond {
			t.Errorf("instance %d takes %v, want %v ms", number, got, want)
		}
	}
}

// Each request takes 10 % of the memory, 20 % is left: the third fails and takes a worker with it, one of two.
func TestMemoryRunsOut(t *testing.T) {
	v := loaded(func(p *Profile) {
		p.Workers, p.Service, p.Contention = 2, Lognormal{Median: Duration(30 * time.Second)}, 0
		p.Memory = Memory{Idle: 75, PerRequest: 10, Restart: Duration(20 * time.Second)}
		p.RefuseAfter = Duration(time.Millisecond)
	})
	for i, want := range []Outcome{Served, Served, Crashed, Crashed} {
		if a := v.Admit(0); a.Outcome != want {
			t.Errorf("request %d: Outcome %v, want %v", i, a.Outcome, want)
		}
	}
	if a := v.Admit(30 * time.Second); a.Model != 30*time.Second { // by the worker that was not killed
		t.Errorf("after both: %v, want 30s", a.Model)
	}
	if a := v.Admit(30 * time.Second); a.Model != 50*time.Second { // 20 s of restart, 30 s of work
		t.Errorf("during the restart: %v, want 50s", a.Model)
	}
	wantStatistic(t, v, invocationMetrics, "Invocation5XXErrors", "Sum", 2)
	wantStatistic(t, v, invocationMetrics, "InvocationModelErrors", "Sum", 2)
	wantStatistic(t, v, utilizationMetrics, "MemoryUtilization", "Average", 75+10*2)
}

// The bucket holds a burst and is filled at the rate, for every instance.
func TestThrottle(t *testing.T) {
	v := loaded(func(p *Profile) { p.Throttle = Throttle{TPS: 10, Burst: 5} })
	passed := func(t time.Duration, n int) int {
		served := 0
		for range n {
			if v.Admit(t).Outcome == Served {
				served++
			}
		}
		return served
	}
	if n := passed(0, 20); n != 5 {
		t.Errorf("%d of a first burst pass, want 5", n)
	}
	if n := passed(300*time.Millisecond, 20); n != 3 {
		t.Errorf("%d pass 0.3 s later, want 3", n)
	}
	v.Scale(time.Second, 2)
	if n := passed(10*time.Second, 20); n != 10 {
		t.Errorf("%d of a burst to two instances pass, want 10", n)
	}
	wantStatistic(t, v, invocationMetrics, "Invocation4XXErrors", "Sum", 42)
	wantStatistic(t, v, invocationMetrics, "Invocations", "Sum", 60)
}

// GPUUtilization says how long there was something to do, however much at once.
func TestGPUIsADutyCycle(t *testing.T) {
	v := loaded(func(p *Profile) {
		p.Hardware.GPUs = 2
		p.Workers, p.Service, p.Contention = 4, Lognormal{Median: Duration(12 * time.Second)}, 0
		p.GPU = GPU{Idle: 2, Active: 150, PerWorker: 5, Memory: Gauge{Idle: 80, PerWorker: 10}}
	})
	v.Admit(0)
	v.Admit(6 * time.Second) // 18 s with something to do, 24 s of work
	wantStatistic(t, v, utilizationMetrics, "GPUUtilization", "Average", 2+150*18./60+5*24./60)
	wantStatistic(t, v, utilizationMetrics, "GPUMemoryUtilization", "Average", 80+10*24./60)
	without := loaded(func(p *Profile) { p.GPU.Idle = 10 })
	r := without.Record(2*time.Minute, 0, time.Minute)
	if points := FindMetric(utilizationMetrics, "GPUUtilization").Points(&r, ""); len(points) > 0 {
		t.Errorf("an instance without a GPU publishes %v", points)
	}
}

// A stream's first chunk has metrics of its own, an answer in one piece has none of them.
func TestStreamMetrics(t *testing.T) {
	v := loaded(func(p *Profile) {
		llm := tiny()
		p.LLM, p.Backlog = llm.LLM, 10
		p.LLM.Batch = 1
		p.Overhead = Lognormal{Median: Duration(4 * time.Millisecond)}
		p.StreamTimeout = Duration(550 * time.Millisecond)
	})
	v.Admit(0)  // until 500 ms: two iterations read the prompt, the second of them and three more bring tokens
	v.Stream(0) // its turn comes at 500 ms, and it would bring its first token at 700: too late
	v.Stream(10 * time.Second)
	v.Stream(20 * time.Second)
	v.Stream(20*time.Second + 400*time.Millisecond) // begins after 300 ms and ends with the iteration in which its time is over
	wantStatistic(t, v, invocationMetrics, "Invocations", "Sum", 5)
	wantStatistic(t, v, invocationMetrics, "Invocation5XXErrors", "Sum", 1)
	wantStatistic(t, v, invocationMetrics, "FirstChunkModelLatency", "SampleCount", 3)
	wantStatistic(t, v, invocationMetrics, "FirstChunkModelLatency", "Minimum", 200_000)
	wantStatistic(t, v, invocationMetrics, "FirstChunkLatency", "Minimum", 204_000)
	wantStatistic(t, v, invocationMetrics, "FirstChunkOverheadLatency", "Maximum", 4_000)
	wantStatistic(t, v, invocationMetrics, "MidStreamErrors", "SampleCount", 4)
	wantStatistic(t, v, invocationMetrics, "MidStreamErrors", "Sum", 0)
}

func TestMidStreamError(t *testing.T) {
	v := loaded(func(p *Profile) {
		llm := tiny()
		p.LLM = llm.LLM
		p.StreamTimeout = Duration(350 * time.Millisecond)
	})
	v.Stream(0)
	wantStatistic(t, v, invocationMetrics, "MidStreamErrors", "Sum", 1)
	wantStatistic(t, v, invocationMetrics, "Invocation5XXErrors", "Sum", 0) // its status had been sent
}

func TestReadyProfiles(t *testing.T) {
	for _, name := range Names() {
		p, ok := Named(name)
		if !ok || p.Name != name {
			t.Errorf("profile %q is named %q", name, p.Name)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := Named("none"); ok {
		t.Error("there is a profile none")
	}
}

// What cannot be simulated is refused by name, with its value and what it may be.
func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*Profile){
		"workers 0, must be 1 to 1024":                              func(p *Profile) { p.Workers = 0 },
		"backlog -1, must be 0 to 100000":                           func(p *Profile) { p.Backlog = -1 },
		"timeout 0s, must be 1ms to 24h0m0s":                        func(p *Profile) { p.Timeout = 0 },
		"service.sigma NaN, must be 0 to 3":                         func(p *Profile) { p.Service.Sigma = math.NaN() },
		"hyperthreading 1.5, must be 0 to 1":                        func(p *Profile) { p.Hyperthreading = 1.5 },
		"hardware.vcpus 0, must be 1 to 1024":                       func(p *Profile) { p.Hardware.VCPUs = 0 },
		"stall.every 1ms, must be 0, or at least 1s and stall.mean": func(p *Profile) { p.Stall.Every = Duration(time.Millisecond) },
		"llm.chunk 0, must be 1 to 1000000 with llm.batch":          func(p *Profile) { p.LLM.Batch, p.LLM.Iteration = 1, Duration(time.Second) },
		"llm.iteration 0s, must be 100µs to 24h0m0s with llm.batch": func(p *Profile) { p.LLM.Batch = 1 },
		"throttle.burst 0, must be 1 to 1000000 with throttle.tps":  func(p *Profile) { p.Throttle.TPS = 1 },
		`answer.chunk "", must not be empty with llm.batch`:         func(p *Profile) { p.LLM = tiny().LLM },
		"memory.restart -1s, must be 0s to 24h0m0s":                 func(p *Profile) { p.Memory.Restart = Duration(-time.Second) },
		"llm.prompt.median 0, must be 1 to 1000000 with llm.batch":  func(p *Profile) { p.LLM = tiny().LLM; p.LLM.Prompt.Median = 0 },
		"llm.output.median 1000001, must be 0 to 1000000":           func(p *Profile) { p.LLM.Output.Median = maxTokens + 1 },
		"gpu.memory.per_worker -2, must be 0 to 1e+06":              func(p *Profile) { p.GPU.Memory.PerWorker = -2 },
	} {
		p := Default()
		change(&p)
		if err := p.Validate(); !errors.Is(err, ErrProfile) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
