package model

import (
	"errors"
	"fmt"
	"time"
)

// ErrProfile is wrapped by every error about a Profile that cannot be simulated.
var ErrProfile = errors.New("bad profile")

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
// fields are taken as they are, so start from Default, Fast or a Named one.
type Profile struct {
	Name     string   `json:"name"`
	Hardware Hardware `json:"hardware"`

	// The container: Workers serve one request each, further requests wait in a FIFO of at most Backlog. A request that finds it
	// full is refused after RefuseAfter; one that is not answered within Timeout ends with a time-out (its worker works on), and a
	// stream that has not ended within StreamTimeout breaks.
	Workers       int      `json:"workers"`
	Backlog       int      `json:"backlog"`
	RefuseAfter   Duration `json:"refuse_after"`
	Timeout       Duration `json:"timeout"`
	StreamTimeout Duration `json:"stream_timeout"`

	// A service takes Service x (1 + Contention x^2), x being the share of workers busy when it starts, itself included; and, from
	// half of the vCPUs busy on, up to 1 + Hyperthreading as long when all are: the second thread of a core slows the first.
	Service        Lognormal `json:"service"`
	Contention     float64   `json:"contention"`
	Hyperthreading float64   `json:"hyperthreading"`

	Straggler float64 `json:"straggler"` // the oldest instance takes 1 + Straggler as long as the others

	LLM LLM `json:"llm"` // when it has a batch, instead of workers

	Warmup   Warmup   `json:"warmup"`
	Stall    Stall    `json:"stall"`
	Drift    Drift    `json:"drift"`
	Throttle Throttle `json:"throttle"`

	RTT      Lognormal `json:"rtt"`      // the network, both ways
	Overhead Lognormal `json:"overhead"` // what SageMaker adds: OverheadLatency
	Boot     Duration  `json:"boot"`     // from the wish for an instance until it is in service; Config.TimeScale divides it

	CPU    CPU      `json:"cpu"`
	GPU    GPU      `json:"gpu"`
	Memory Memory   `json:"memory"`
	Disk   Gauge    `json:"disk"` // percent of the instance's disk
	Answer Response `json:"answer"`
}

// Hardware is what an instance is made of, as price lists tell it. A price of 0 is the simulation's own.
type Hardware struct {
	InstanceType string  `json:"instance_type"`
	VCPUs        int     `json:"vcpus"`
	GPUs         int     `json:"gpus"`
	MemoryGiB    float64 `json:"memory_gib"`
	PriceUSD     float64 `json:"price_usd"` // an hour
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

// Throttle is what SageMaker lets through to each instance in service: TPS requests a second, and up to Burst at once. TPS 0:
// everything.
type Throttle struct {
	TPS   float64 `json:"tps"`
	Burst int     `json:"burst"`
}

// CPU is the utilisation of an instance in percent, summed over its vCPUs: Idle + PerWorker x busy workers + PerTPS x answers a
// second, with a relative Noise (standard deviation), never above 100 x vCPUs. With an LLM each sequence of the batch is a worker.
type CPU struct {
	Idle      float64 `json:"idle"`
	PerWorker float64 `json:"per_worker"`
	PerTPS    float64 `json:"per_tps"`
	Noise     float64 `json:"noise"`
}

// GPU is the utilisation of an instance in percent, summed over its GPUs: Idle + Active while anything is at work + PerWorker x busy
// workers, never above 100 x GPUs. As in life it tells how long the GPUs had something to do, not how much more they could.
type GPU struct {
	Idle      float64 `json:"idle"`
	Active    float64 `json:"active"`
	PerWorker float64 `json:"per_worker"`
	Memory    Gauge   `json:"memory"` // summed over the GPUs, too
}

// Memory of an instance in percent: Idle + PerWorker x busy workers + PerRequest x requests in the container, those that wait
// included. A request that would take it above 100 fails, and with it the worker that is free next, which is back after Restart.
type Memory struct {
	Idle       float64  `json:"idle"`
	PerWorker  float64  `json:"per_worker"`
	PerRequest float64  `json:"per_request"`
	Restart    Duration `json:"restart"`
}

// Gauge is a utilisation in percent: Idle + PerWorker x busy workers.
type Gauge struct {
	Idle      float64 `json:"idle"`
	PerWorker float64 `json:"per_worker"`
}

// Response is what the model says to every request. A stream brings Chunk for each token of an LLM and then Last; without Chunk it
// brings Body in a few parts.
type Response struct {
	ContentType       string `json:"content_type"`
	Body              string `json:"body"`
	StreamContentType string `json:"stream_content_type"`
	Chunk             string `json:"chunk"`
	Last              string `json:"last"`
}
