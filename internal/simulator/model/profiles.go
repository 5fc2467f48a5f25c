package model

import "time"

// Default is DistilBERT on one ml.m5.12xlarge: 48 vCPUs, 12 workers of 4 threads each, about 200 answers a second at most.
func Default() Profile {
	return Profile{
		Name:     "distilbert-m5",
		Hardware: Hardware{InstanceType: "ml.m5.12xlarge", VCPUs: 48, MemoryGiB: 192},
		Workers:  12, Backlog: 100,
		RefuseAfter:   Duration(250 * time.Millisecond),
		Timeout:       Duration(time.Minute),
		StreamTimeout: Duration(8 * time.Minute),
		Service:       Lognormal{Median: Duration(52700 * time.Microsecond), Sigma: 0.35},
		Contention:    0.06,
		Warmup:        Warmup{Factor: 1, Decay: Duration(15 * time.Second), First: Duration(time.Second)},
		Stall:         Stall{Every: Duration(time.Minute), Mean: Duration(80 * time.Millisecond)},
		Drift:         Drift{SD: 0.015, Tau: Duration(10 * time.Minute)},
		RTT:           Lognormal{Median: Duration(1200 * time.Microsecond), Sigma: 0.3},
		Overhead:      Lognormal{Median: Duration(4 * time.Millisecond), Sigma: 0.45},
		Boot:          Duration(5 * time.Minute),
		CPU:           CPU{Idle: 24, PerWorker: 100 * 4 * 0.97, PerTPS: 0.6, Noise: 0.01},
		Memory:        Memory{Idle: 18, PerWorker: 0.05, Restart: Duration(20 * time.Second)},
		Disk:          Gauge{Idle: 21},
		Answer:        Response{ContentType: "application/json", Body: `[{"label":"POSITIVE","score":0.9998761415481567}]`},
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

// Named are the ready profiles, each with what it is there to show.
var named = []struct {
	name   string
	change func(*Profile) // of Default
}{
	{"distilbert-m5", func(*Profile) {}},
	{"hyperthreaded", func(p *Profile) { p.Hyperthreading = 0.54 }},
	{"heavy-tail", func(p *Profile) { p.Service = Lognormal{Median: Duration(27300 * time.Microsecond), Sigma: 1.2} }},
	{"bad-container", func(p *Profile) { p.Workers = 1 }},
	{"memory-tight", func(p *Profile) {
		p.Memory = Memory{Idle: 58, PerWorker: 1, PerRequest: 0.5, Restart: Duration(20 * time.Second)}
	}},
	{"throttled", func(p *Profile) { p.Throttle = Throttle{TPS: 120, Burst: 60} }},
	{"gpu-small", gpuSmall},
	{"llm-stream", llmStream},
}

// gpuSmall batches up to 8 requests on one GPU: its workers are the places of the batch, and contention is what a full one costs.
func gpuSmall(p *Profile) {
	p.Hardware = Hardware{InstanceType: "ml.g4dn.xlarge", VCPUs: 4, GPUs: 1, MemoryGiB: 16}
	p.Workers, p.Backlog = 8, 64
	p.Service = Lognormal{Median: Duration(20 * time.Millisecond), Sigma: 0.15}
	p.Contention = 1.2
	p.CPU = CPU{Idle: 8, PerWorker: 15, PerTPS: 0.3, Noise: 0.01}
	p.GPU = GPU{Active: 68, PerWorker: 4, Memory: Gauge{Idle: 42, PerWorker: 2.5}}
	p.Memory = Memory{Idle: 35, PerWorker: 0.5, Restart: Duration(20 * time.Second)}
}

// llmStream generates text on one GPU by continuous batching.
func llmStream(p *Profile) {
	p.Hardware = Hardware{InstanceType: "ml.g5.2xlarge", VCPUs: 8, GPUs: 1, MemoryGiB: 32}
	p.Workers, p.Backlog = 1, 200
	p.LLM = LLM{
		Batch: 48, Chunk: 512,
		Iteration: Duration(25 * time.Millisecond), PerSequence: Duration(200 * time.Microsecond), PerPrefillToken: Duration(100 * time.Microsecond),
		Prompt: Tokens{Median: 400, Sigma: 0.8}, Output: Tokens{Median: 200, Sigma: 0.6},
	}
	p.Stall, p.Drift = Stall{}, Drift{}
	p.CPU = CPU{Idle: 20, PerWorker: 1.5, PerTPS: 0.5, Noise: 0.01}
	p.GPU = GPU{Active: 90, PerWorker: 0.2, Memory: Gauge{Idle: 88, PerWorker: 0.1}}
	p.Memory = Memory{Idle: 30, PerWorker: 0.05, Restart: Duration(20 * time.Second)}
	p.Answer = Response{
		ContentType: "application/json", Body: `{"generated_text":" I am super happy, too."}`,
		StreamContentType: "text/event-stream",
		Chunk:             "data: {\"token\":{\"text\":\" happy\"}}\n\n",
		Last:              "data: [DONE]\n\n",
	}
}

// Named is the ready profile of that name.
func Named(name string) (Profile, bool) {
	for _, n := range named {
		if n.name == name {
			p := Default()
			p.Name = name
			n.change(&p)
			return p, true
		}
	}
	return Profile{}, false
}

// Names of the ready profiles.
func Names() []string {
	out := make([]string, len(named))
	for i, n := range named {
		out[i] = n.name
	}
	return out
}
