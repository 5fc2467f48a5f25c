// Package model is how a simulated endpoint behaves and what its metrics say of that: queues and workers on instances behind a router,
// in any time that its caller counts. It knows no wire and never waits, so hours of load take a test seconds.
package model

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrProfile is wrapped by every error about a Profile that cannot be simulated.
var ErrProfile = errors.New("bad profile")

// Limits of a Profile, so that a file with a typing error in it cannot eat the machine.
const (
	maxWorkers  = 1024
	maxBacklog  = 100_000
	longestWork = time.Hour   // of one service, whatever the distributions draw
	leastStalls = time.Second // the least mean gap between stalls
)

// Duration is a time.Duration that JSON spells as Go does: "52.7ms".
type Duration time.Duration

func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes d as Go does: "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%w: duration %q: write it as 52.7ms or 1m30s", ErrProfile, text)
	}
	*d = Duration(v)
	return nil
}

// Profile is the service model of one instance: what its container, its hardware and the way to it do with a request. Its zero
// fields are taken as they are, so start from Default or Fast.
type Profile struct {
	Name string `json:"name"`

	// The container: Workers serve one request each, further requests wait in a FIFO of at most Backlog. A request that finds it
	// full is refused after RefuseAfter; one that is not answered within Timeout ends with a time-out (its worker works on).
	Workers     int      `json:"workers"`
	Backlog     int      `json:"backlog"`
	RefuseAfter Duration `json:"refuse_after"`
	Timeout     Duration `json:"timeout"`

	// A service takes Service x (1 + Contention x^2), x being the share of workers busy when it starts, itself included.
	Service    Lognormal `json:"service"`
	Contention float64   `json:"contention"`

	Warmup Warmup `json:"warmup"`
	Stall  Stall  `json:"stall"`
	Drift  Drift  `json:"drift"`

	RTT      Lognormal `json:"rtt"`      // the network, both ways
	Overhead Lognormal `json:"overhead"` // what SageMaker adds: OverheadLatency
	Boot     Duration  `json:"boot"`     // from the wish for an instance until it is in service; Config.TimeScale divides it

	CPU    CPU      `json:"cpu"`
	Memory Gauge    `json:"memory"` // percent of the instance's memory
	Disk   Gauge    `json:"disk"`   // percent of the instance's disk
	Answer Response `json:"answer"`
}

// Lognormal is a distribution of durations: Median x e^(Sigma N). Median 0 is always 0.
type Lognormal struct {
	Median Duration `json:"median"`
	Sigma  float64  `json:"sigma"`
}

// Warmup makes a new instance slow: services take 1 + Factor e^(-age/Decay) as long, and the first requests, one for each worker,
// First longer.
type Warmup struct {
	Factor  float64  `json:"factor"`
	Decay   Duration `json:"decay"`
	First   Duration `json:"first"`
	Initial bool     `json:"initial"` // the instances that are there from the start are cold, too
}

// Stall stops a whole instance for an exponential time of the given Mean, after exponential gaps of mean Every. Every 0: never.
type Stall struct {
	Every Duration `json:"every"`
	Mean  Duration `json:"mean"`
}

// Drift lets the speed of an instance wander: an AR(1) process of standard deviation SD (a share) and time constant Tau.
type Drift struct {
	SD  float64  `json:"sd"`
	Tau Duration `json:"tau"`
}

// CPU is the utilisation of an instance in percent, summed over its VCPUs: Idle + PerWorker x busy workers + PerTPS x answers a
// second, with a relative Noise (standard deviation), never above 100 x VCPUs.
type CPU struct {
	VCPUs     int     `json:"vcpus"`
	Idle      float64 `json:"idle"`
	PerWorker float64 `json:"per_worker"`
	PerTPS    float64 `json:"per_tps"`
	Noise     float64 `json:"noise"`
}

// Gauge is a utilisation in percent: Idle + PerWorker x busy workers.
type Gauge struct {
	Idle      float64 `json:"idle"`
	PerWorker float64 `json:"per_worker"`
}

// Response is what the model says to every request.
type Response struct {
	ContentType string `json:"content_type"`
	Body        string `json:"body"`
}

// Default is DistilBERT on one ml.m5.12xlarge: 48 vCPUs, 12 workers of 4 threads each, about 200 answers a second at most.
func Default() Profile {
	return Profile{
		Name:    "distilbert-ml.m5.12xlarge",
		Workers: 12, Backlog: 100,
		RefuseAfter: Duration(250 * time.Millisecond),
		Timeout:     Duration(time.Minute),
		Service:     Lognormal{Median: Duration(52700 * time.Microsecond), Sigma: 0.35},
		Contention:  0.06,
		Warmup:      Warmup{Factor: 1, Decay: Duration(15 * time.Second), First: Duration(time.Second)},
		Stall:       Stall{Every: Duration(time.Minute), Mean: Duration(80 * time.Millisecond)},
		Drift:       Drift{SD: 0.015, Tau: Duration(10 * time.Minute)},
		RTT:         Lognormal{Median: Duration(1200 * time.Microsecond), Sigma: 0.3},
		Overhead:    Lognormal{Median: Duration(4 * time.Millisecond), Sigma: 0.45},
		Boot:        Duration(5 * time.Minute),
		CPU:         CPU{VCPUs: 48, Idle: 24, PerWorker: 100 * 4 * 0.97, PerTPS: 0.6, Noise: 0.01},
		Memory:      Gauge{Idle: 18, PerWorker: 0.05},
		Disk:        Gauge{Idle: 21},
		Answer:      Response{ContentType: "application/json", Body: `[{"label":"POSITIVE","score":0.9998761415481567}]`},
	}
}

// Fast is Default without any delay: every request is answered at once and new instances are there at once. For tests of clients.
func Fast() Profile {
	p := Default()
	p.Name = "fast"
	p.Service, p.RTT, p.Overhead = Lognormal{}, Lognormal{}, Lognormal{}
	p.Warmup, p.Stall, p.Drift = Warmup{}, Stall{}, Drift{}
	p.RefuseAfter, p.Boot = 0, 0
	return p
}

// Validate says what is wrong with p, or nil.
func (p *Profile) Validate() error {
	if p.Workers < 1 || p.Workers > maxWorkers {
		return fmt.Errorf("%w: workers %d, must be 1 to %d", ErrProfile, p.Workers, maxWorkers)
	}
	if p.Backlog < 0 || p.Backlog > maxBacklog {
		return fmt.Errorf("%w: backlog %d, must be 0 to %d", ErrProfile, p.Backlog, maxBacklog)
	}
	if p.CPU.VCPUs < 1 {
		return fmt.Errorf("%w: cpu.vcpus %d, must be 1 or more", ErrProfile, p.CPU.VCPUs)
	}
	if p.Timeout <= 0 {
		return fmt.Errorf("%w: timeout %v, must be above 0", ErrProfile, p.Timeout)
	}
	if every := p.Stall.Every; every != 0 && (every < Duration(leastStalls) || every < p.Stall.Mean) {
		return fmt.Errorf("%w: stall.every %v, must be 0, or at least %v and stall.mean", ErrProfile, every, leastStalls)
	}
	if err := p.validateDurations(); err != nil {
		return err
	}
	return p.validateNumbers()
}

// longest is the most that any duration of a profile may be: far beyond use, and far below where sums of them overflow.
const longest = Duration(24 * time.Hour)

func (p *Profile) validateDurations() error {
	for _, d := range []struct {
		name  string
		value Duration
	}{
		{"refuse_after", p.RefuseAfter},
		{"timeout", p.Timeout},
		{"service.median", p.Service.Median},
		{"rtt.median", p.RTT.Median},
		{"overhead.median", p.Overhead.Median},
		{"warmup.decay", p.Warmup.Decay},
		{"warmup.first", p.Warmup.First},
		{"stall.every", p.Stall.Every},
		{"stall.mean", p.Stall.Mean},
		{"drift.tau", p.Drift.Tau},
		{"boot", p.Boot},
	} {
		if d.value < 0 || d.value > longest {
			return fmt.Errorf("%w: %s %v, must be 0 to %v", ErrProfile, d.name, d.value, longest)
		}
	}
	return nil
}

func (p *Profile) validateNumbers() error {
	for _, n := range []struct {
		name       string
		value, max float64
	}{
		{"service.sigma", p.Service.Sigma, 3},
		{"rtt.sigma", p.RTT.Sigma, 3},
		{"overhead.sigma", p.Overhead.Sigma, 3},
		{"contention", p.Contention, 100},
		{"warmup.factor", p.Warmup.Factor, 100},
		{"drift.sd", p.Drift.SD, 0.2},
		{"cpu.idle", p.CPU.Idle, math.MaxInt32},
		{"cpu.per_worker", p.CPU.PerWorker, math.MaxInt32},
		{"cpu.per_tps", p.CPU.PerTPS, math.MaxInt32},
		{"cpu.noise", p.CPU.Noise, 1},
		{"memory.idle", p.Memory.Idle, 100},
		{"memory.per_worker", p.Memory.PerWorker, 100},
		{"disk.idle", p.Disk.Idle, 100},
		{"disk.per_worker", p.Disk.PerWorker, 100},
	} {
		if !(n.value >= 0 && n.value <= n.max) { // also refuses NaN
			return fmt.Errorf("%w: %s %v, must be 0 to %v", ErrProfile, n.name, n.value, n.max)
		}
	}
	return nil
}
