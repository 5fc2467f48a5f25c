package model

import (
	"encoding/json"
	"fmt"
	"time"
)

// Limits of a Profile, so that a file with a typing error in it cannot eat the machine.
const (
	maxWorkers  = 1024
	maxBacklog  = 100_000
	maxTokens   = 1_000_000
	maxPercent  = 1_000_000
	longest     = Duration(24 * time.Hour) // of any duration: far beyond use, and far below where sums of them overflow
	longestWork = time.Hour                // of one service, whatever the distributions draw
	leastStalls = Duration(time.Second)    // the least mean gap between stalls
)

// Parameter is a number of a Profile, or a yes or no: how JSON names it, what it is, and what it may be.
type Parameter struct {
	Name     string
	Unit     string // empty: a duration as Go writes it, or a bare number
	Value    any    // int, float64, Duration or bool
	Min, Max any    // of the same type
	ok       bool   // within them
	accepts  func(json []byte) bool
}

// Range in words.
func (p Parameter) Range() string {
	if _, ok := p.Value.(bool); ok {
		return "true or false"
	}
	return fmt.Sprintf("%v to %v", p.Min, p.Max)
}

// Wanted is the range, with the kind of value where the range alone does not say it.
func (p Parameter) Wanted() string {
	switch p.Value.(type) {
	case Duration:
		return "a time such as 250ms, " + p.Range()
	case int:
		return "a whole number, " + p.Range()
	}
	return p.Range()
}

// Accepts says whether a value in JSON is of the right kind and within the range.
func (p Parameter) Accepts(value []byte) bool { return p.accepts(value) }

func limited[T int | float64 | Duration](name, unit string, v, least, most T) Parameter {
	within := func(v T) bool { return v >= least && v <= most } // not so for NaN
	return Parameter{name, unit, v, least, most, within(v), func(value []byte) bool {
		var v *T
		return json.Unmarshal(value, &v) == nil && v != nil && within(*v)
	}}
}

func either(name string, v bool) Parameter {
	return Parameter{name, "", v, false, true, true, func(value []byte) bool {
		var v *bool
		return json.Unmarshal(value, &v) == nil && v != nil
	}}
}

// Parameters of p, in the order of its fields.
func (p *Profile) Parameters() []Parameter {
	percent := func(name string, v, most float64) Parameter { return limited(name, "percent", v, 0, most) }
	share := func(name string, v, most float64) Parameter { return limited(name, "", v, 0, most) }
	span := func(name string, v Duration) Parameter { return limited(name, "", v, 0, longest) }
	return []Parameter{
		limited("hardware.vcpus", "", p.Hardware.VCPUs, 1, 1024),
		limited("hardware.gpus", "", p.Hardware.GPUs, 0, 64),
		limited("hardware.memory_gib", "GiB", p.Hardware.MemoryGiB, 0, 65536),
		limited("hardware.price_usd", "USD an hour", p.Hardware.PriceUSD, 0, 10000),
		limited("workers", "", p.Workers, 1, maxWorkers),
		limited("backlog", "requests", p.Backlog, 0, maxBacklog),
		span("refuse_after", p.RefuseAfter),
		limited("timeout", "", p.Timeout, Duration(time.Millisecond), longest),
		limited("stream_timeout", "", p.StreamTimeout, Duration(time.Millisecond), longest),
		span("service.median", p.Service.Median),
		share("service.sigma", p.Service.Sigma, 3),
		share("contention", p.Contention, 100),
		share("hyperthreading", p.Hyperthreading, 1),
		share("straggler", p.Straggler, 10),
		limited("llm.batch", "sequences", p.LLM.Batch, 0, maxWorkers),
		limited("llm.chunk", "tokens", p.LLM.Chunk, 0, maxTokens),
		span("llm.iteration", p.LLM.Iteration),
		span("llm.per_sequence", p.LLM.PerSequence),
		span("llm.per_prefill_token", p.LLM.PerPrefillToken),
		limited("llm.prompt.median", "tokens", p.LLM.Prompt.Median, 0, maxTokens),
		share("llm.prompt.sigma", p.LLM.Prompt.Sigma, 3),
		limited("llm.output.median", "tokens", p.LLM.Output.Median, 0, maxTokens),
		share("llm.output.sigma", p.LLM.Output.Sigma, 3),
		share("warmup.factor", p.Warmup.Factor, 100),
		span("warmup.decay", p.Warmup.Decay),
		span("warmup.first", p.Warmup.First),
		either("warmup.initial", p.Warmup.Initial),
		span("stall.every", p.Stall.Every),
		span("stall.mean", p.Stall.Mean),
		share("drift.sd", p.Drift.SD, 0.2),
		span("drift.tau", p.Drift.Tau),
		limited("throttle.tps", "requests a second", p.Throttle.TPS, 0, 1e6),
		limited("throttle.burst", "requests", p.Throttle.Burst, 0, 1_000_000),
		span("rtt.median", p.RTT.Median),
		share("rtt.sigma", p.RTT.Sigma, 3),
		span("overhead.median", p.Overhead.Median),
		share("overhead.sigma", p.Overhead.Sigma, 3),
		span("boot", p.Boot),
		percent("cpu.idle", p.CPU.Idle, maxPercent),
		percent("cpu.per_worker", p.CPU.PerWorker, maxPercent),
		percent("cpu.per_tps", p.CPU.PerTPS, maxPercent),
		share("cpu.noise", p.CPU.Noise, 1),
		percent("gpu.idle", p.GPU.Idle, maxPercent),
		percent("gpu.active", p.GPU.Active, maxPercent),
		percent("gpu.per_worker", p.GPU.PerWorker, maxPercent),
		percent("gpu.memory.idle", p.GPU.Memory.Idle, maxPercent),
		percent("gpu.memory.per_worker", p.GPU.Memory.PerWorker, maxPercent),
		percent("memory.idle", p.Memory.Idle, 100),
		percent("memory.per_worker", p.Memory.PerWorker, 100),
		percent("memory.per_request", p.Memory.PerRequest, 100),
		span("memory.restart", p.Memory.Restart),
		percent("disk.idle", p.Disk.Idle, 100),
		percent("disk.per_worker", p.Disk.PerWorker, 100),
	}
}

// Validate says what is wrong with p, or nil.
func (p *Profile) Validate() error {
	for _, q := range p.Parameters() {
		if !q.ok {
			return fmt.Errorf("%w: %s %v, must be %s", ErrProfile, q.Name, q.Value, q.Range())
		}
	}
	if every := p.Stall.Every; every != 0 && (every < leastStalls || every < p.Stall.Mean) {
		return fmt.Errorf("%w: stall.every %v, must be 0, or at least %v and stall.mean", ErrProfile, every, leastStalls)
	}
	if p.Throttle.TPS > 0 && p.Throttle.Burst < 1 {
		return fmt.Errorf("%w: throttle.burst %d, must be 1 to 1000000 with throttle.tps", ErrProfile, p.Throttle.Burst)
	}
	if err := p.LLM.validate(); err != nil {
		return err
	}
	if p.LLM.Batch > 0 && p.Answer.Chunk == "" {
		return fmt.Errorf("%w: answer.chunk %q, must not be empty with llm.batch", ErrProfile, p.Answer.Chunk)
	}
	return nil
}

// validate says what an engine cannot do with.
func (l *LLM) validate() error {
	switch {
	case l.Batch == 0:
		return nil
	case l.Iteration < Duration(100*time.Microsecond):
		return fmt.Errorf("%w: llm.iteration %v, must be 100µs to %v with llm.batch", ErrProfile, l.Iteration, longest)
	case l.Chunk < 1:
		return fmt.Errorf("%w: llm.chunk %d, must be 1 to %d with llm.batch", ErrProfile, l.Chunk, maxTokens)
	case l.Prompt.Median < 1:
		return fmt.Errorf("%w: llm.prompt.median %d, must be 1 to %d with llm.batch", ErrProfile, l.Prompt.Median, maxTokens)
	case l.Output.Median < 1:
		return fmt.Errorf("%w: llm.output.median %d, must be 1 to %d with llm.batch", ErrProfile, l.Output.Median, maxTokens)
	}
	return nil
}
