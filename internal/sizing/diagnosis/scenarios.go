package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

var scenarios = slices.Concat(healthy, ofTheClient, ofTheHardware, ofTheContainer, ofTheWay, unjudged)

// atShare is an open load at which all is well, somewhere between two shares of the cores.
func atShare(low, high float64) func(*draw) test {
	return func(d *draw) test {
		p := d.full()
		return d.calmly(p, d.rate(rateAt(&p, d.between(low, high))))
	}
}

// calmly is a load that half of the tests begin with one user.
func (d *draw) calmly(p model.Profile, load runner.Plan) test {
	if d.maybe() {
		return d.on(p, d.quiet(), d.held(load))
	}
	return d.on(p, d.held(load))
}

// usersFor are so many as keep the cores busy to a share.
func (d *draw) usersFor(p *model.Profile, share float64) runner.Plan {
	rate := rateAt(p, share)
	busy := busyAt(p, rate)
	way := (time.Duration(p.RTT.Median) + time.Duration(p.Overhead.Median)).Seconds()
	return users(int(math.Round(busy + rate*way)))
}

var healthy = []scenario{
	{"open, hardly busy", "oversized", atShare(6, 25)},
	{"open, half busy", "headroom", atShare(34, 56)},
	{"open, as it should be", "right-sized", atShare(62.5, 67.5)},
	{"open, nearly full", "tight", atShare(72.5, 77.5)},
	{"open, full but quick", "undersized", func(d *draw) test {
		p := d.endpoint(d.whole(16, 32), 1, 32)
		p.Hardware.VCPUs = p.Workers
		return d.calmly(p, d.rate(rateAt(&p, d.between(81, 84))))
	}},
	{"a few users", "oversized", func(d *draw) test {
		p := d.full()
		return d.calmly(p, d.usersFor(&p, d.between(6, 20)))
	}},
	{"five instances, half busy", "headroom", func(d *draw) test {
		p := d.full()
		n := d.whole(2, 5)
		t := d.calmly(p, d.rate(float64(n)*rateAt(&p, d.between(34, 54))))
		t.config.Instances = n
		t.config.Routing = []model.Routing{model.Random, model.LeastOutstanding}[d.IntN(2)]
		return t
	}},
	{"two cores, half busy", "headroom", func(d *draw) test {
		p := d.endpoint(2, 1, 2)
		return d.on(p, d.quiet(), d.held(d.rate(rateAt(&p, d.between(36, 54)))))
	}},
	{"two cores, nearly full", "tight", func(d *draw) test {
		p := d.endpoint(2, 1, 2)
		return d.on(p, d.quiet(), d.held(d.rate(rateAt(&p, d.between(72.5, 77)))))
	}},
	{"times that differ much", "headroom", func(d *draw) test {
		p := d.full()
		p.Service = model.Lognormal{Median: model.Duration(float64(p.Service.Median) / 2), Sigma: d.between(1, 1.4)}
		return d.calmly(p, d.rate(rateAt(&p, d.between(35, 52))))
	}},
	{"requests that wait elsewhere, not for a worker", "oversized", func(d *draw) test {
		p := d.endpoint(d.whole(60, 120), 1, d.whole(8, 16))
		p.Contention, p.CPU.PerWorker = 0, d.between(2, 8)
		return d.on(p, d.held(users(d.whole(8, 30))))
	}},
}

// judged makes a test of a healthy load whose client is as change says.
func judged(change func(d *draw, c *runner.Client)) func(*draw) test {
	return func(d *draw) test {
		p := d.full()
		t := d.calmly(p, d.rate(rateAt(&p, d.between(34, 55))))
		own := t.config.Client(0)
		change(d, &own)
		t.config.Client = func(int64) runner.Client { return own }
		return t
	}
}

// delayed makes a test of a healthy load whose answers take so many milliseconds more on their way, on average, than in its quiet time.
func (d *draw) delayed(p model.Profile, more float64) test {
	quiet := d.quiet()
	t := d.on(p, quiet, d.held(d.rate(rateAt(&p, d.between(20, 58)))))
	t.config.Answer = func(at time.Duration, r *rand.Rand) (time.Duration, runner.Failure) {
		if at < quiet.span+time.Second {
			return 0, runner.Failure{}
		}
		return time.Duration(more * (.5 + .5*r.ExpFloat64()) * float64(time.Millisecond)), runner.Failure{}
	}
	return t
}

// leastLate is how many milliseconds on the way are the client's limit for certain.
func leastLate(p *model.Profile) float64 { return max(13, 320*serviceMean(p)) }

var ofTheClient = []scenario{
	{"client out of CPU", "client-cpu", judged(func(d *draw, c *runner.Client) {
		c.CPUPercent, c.SchedP99 = d.between(87, 100), time.Duration(d.millis(11, 90))
	})},
	{"client out of its CPU quota", "client-cpu", judged(func(d *draw, c *runner.Client) {
		c.CPUPercent, c.Throttled, c.SchedP99 = d.between(40, 80), d.between(12, 100), time.Duration(d.millis(11, 90))
	})},
	{"client beside busy neighbours", "client-cpu", judged(func(d *draw, c *runner.Client) {
		c.CPUPercent, c.MachinePercent, c.SchedP99 = d.between(10, 60), d.between(88, 100), time.Duration(d.millis(11, 90))
	})},
	{"client busy, but never late", "headroom", judged(func(d *draw, c *runner.Client) {
		c.CPUPercent, c.SchedP99 = d.between(86, 100), time.Duration(d.millis(.1, 6))
	})},
	{"a link that fills up under load", "client-network", func(d *draw) test {
		p := d.full()
		return d.delayed(p, leastLate(&p)*d.between(1, 4))
	}},
	{"a far client whose link is known to be full", "client-network", func(d *draw) test {
		p := d.full()
		more := leastLate(&p) * d.between(1, 4)
		p.RTT.Median = model.Duration(more * d.between(.4, .9) * float64(time.Millisecond))
		t := d.delayed(p, more)
		own := t.config.Client(0)
		own.LinkPercent = d.between(87, 100)
		t.config.Client = func(int64) runner.Client { return own }
		return t
	}},
	{"a full link that keeps nothing waiting", "headroom", judged(func(d *draw, c *runner.Client) { c.LinkPercent = d.between(86, 100) })},
	{"too few users for the rate", "client-pool", func(d *draw) test {
		p := d.full()
		plan := d.rate(rateAt(&p, d.between(35, 58)))
		plan.Users = max(1, int(d.between(.4, .8)*busyAt(&p, plan.Rate)))
		return d.calmly(p, plan)
	}},
	{"users that a full endpoint keeps busy", "cpu-saturated", func(d *draw) test {
		p := d.full()
		p.Backlog = 5000
		plan := d.rate(d.between(1.15, 1.5) * capacity(&p))
		plan.Users = p.Workers * d.whole(3, 6)
		return d.calmly(p, plan)
	}},
	{"payloads that SageMaker refuses", "bad-input", refusing(runner.Failure{Class: runner.Validation, HTTPStatus: 400, Code: "ValidationError"})},
	{"payloads that the model refuses", "bad-input", refusing(runner.Failure{Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 422, Code: "ModelError"})},
}

// refusing is a healthy load of which a share is refused.
func refusing(f runner.Failure) func(*draw) test {
	return func(d *draw) test {
		p := d.full()
		t := d.calmly(p, d.rate(rateAt(&p, d.between(20, 75))))
		share := d.between(.025, .5)
		t.config.Answer = func(_ time.Duration, r *rand.Rand) (time.Duration, runner.Failure) {
			if r.Float64() < share {
				return 0, f
			}
			return 0, runner.Failure{}
		}
		return t
	}
}

// tight is a full endpoint whose memory is used up by requests in it, once about as many wait as work.
func (d *draw) tight() model.Profile {
	p := d.full()
	p.Memory = model.Memory{Idle: d.between(45, 70), PerWorker: d.between(0, .5), Restart: model.Duration(20 * time.Second)}
	p.Memory.PerRequest = (100 - p.Memory.Idle - p.Memory.PerWorker*float64(p.Workers)) / (float64(p.Workers) * d.between(1.5, 3))
	return p
}

var ofTheHardware = []scenario{
	{"memory, at a rate", "memory", func(d *draw) test {
		p := d.tight()
		return d.calmly(p, d.rate(d.between(1.15, 1.6)*capacity(&p)))
	}},
	{"memory, with users", "memory", func(d *draw) test {
		p := d.tight()
		return d.calmly(p, users(p.Workers*d.whole(4, 7)))
	}},
	{"all cores, with users", "cpu-saturated", func(d *draw) test {
		p := d.full()
		n := d.whole(1, 3)
		t := d.calmly(p, users(n*p.Workers*d.whole(3, 6)))
		t.config.Instances, t.config.Routing = n, model.LeastOutstanding
		return t
	}},
	{"all cores, at a rate", "cpu-saturated", func(d *draw) test {
		p := d.full()
		return d.calmly(p, d.rate(d.between(1.12, 1.8)*capacity(&p)))
	}},
	{"nearly all cores, and slower", "cpu-saturated", func(d *draw) test {
		workers := d.whole(2, 4)
		p := d.endpoint(workers, 1, workers)
		p.CPU.PerWorker = 99
		load := d.rate(rateAt(&p, d.between(89, 92)))
		load.Poisson = true // evenly spaced requests hardly wait
		return d.on(p, d.quiet(), d.held(load))
	}},
	{"second threads that slow the first", "cpu-saturated", func(d *draw) test {
		p := d.full()
		p.Hyperthreading = d.between(.3, .6)
		return d.calmly(p, users(p.Workers*d.whole(2, 5)))
	}},
	{"one GPU, with more and more users", "gpu-saturated", func(d *draw) test {
		p := d.onGPU()
		return d.on(p, d.quiet(), d.held(users(2*p.Workers)), d.held(users(p.Workers*d.whole(3, 5))))
	}},
	{"one GPU, beyond its rate", "gpu-saturated", func(d *draw) test {
		p := d.onGPU()
		return d.on(p, d.held(d.rate(d.between(1.3, 2)*capacity(&p))))
	}},
	{"an LLM beyond its rate", "gpu-saturated", func(d *draw) test {
		p, carries := d.llm()
		long := d.held(d.rate(d.between(1.4, 2) * carries))
		long.span += d.span(3, 4) // few requests, and long ones
		t := d.on(p, d.quiet(), long)
		t.config.Stream = d.maybe()
		return t
	}},
	{"an LLM with one user", "no-sizing", func(d *draw) test {
		p, _ := d.llm()
		return d.on(p, d.quiet(), d.held(users(1)))
	}},
	{"an LLM with room", "no-sizing", func(d *draw) test {
		p, carries := d.llm()
		t := d.on(p, d.quiet(), d.held(d.rate(d.between(.3, .6)*carries)))
		t.config.Stream = d.maybe()
		return t
	}},
	{"a GPU with room", "no-sizing", func(d *draw) test {
		p := d.onGPU()
		return d.calmly(p, d.rate(d.between(.2, .55)*capacity(&p)))
	}},
	{"one slow instance, near its limit", "imbalance", straggling(func(d *draw, slow *model.Profile) float64 { return rateAt(slow, d.between(91, 96)) })},
	{"one slow instance, beyond its limit", "imbalance", straggling(func(d *draw, slow *model.Profile) float64 { return d.between(1.02, 1.2) * capacity(slow) })},
}

// straggling is a rate spread at random over several instances, one of which is slower. What each gets is so much as bears the slow one.
func straggling(bears func(d *draw, slow *model.Profile) float64) func(*draw) test {
	return func(d *draw) test {
		workers := d.whole(8, 16)
		p := d.endpoint(workers, 1, workers)
		p.CPU.PerWorker, p.Straggler = 99, d.between(.6, 1.2) // so that the others have room
		slow := p
		slow.Service.Median = model.Duration(float64(p.Service.Median) * (1 + p.Straggler))
		n := d.whole(2, 6)
		t := d.calmly(p, d.rate(float64(n)*bears(d, &slow)))
		t.config.Instances = n
		return t
	}
}

// onGPU is an endpoint that batches on one GPU: a full batch slows it.
func (d *draw) onGPU() model.Profile {
	batch := d.whole(4, 24)
	p := d.endpoint(batch, 1, d.whole(4, 8))
	p.Hardware.InstanceType, p.Hardware.GPUs = "ml.g5.xlarge", 1
	p.Service.Sigma, p.Contention = d.between(.05, .3), d.between(.6, 2)
	active := d.between(55, 75)
	p.GPU = model.GPU{Active: active, PerWorker: (d.between(94, 99) - active) / float64(batch)}
	p.CPU = model.CPU{Idle: 10, PerWorker: d.between(.1, .5) * 100 * float64(p.Hardware.VCPUs) / float64(batch), PerTPS: .1, Noise: .01}
	return p
}

// llm is one, and the rate that it carries.
func (d *draw) llm() (p model.Profile, carries float64) {
	p, _ = model.Named("llm-stream")
	l := &p.LLM
	l.Batch, l.Iteration = d.whole(12, 48), d.millis(10, 30)
	l.Prompt.Median, l.Output.Median = d.whole(100, 400), d.whole(40, 150)
	p.Backlog = d.whole(60, 300)
	mean := func(t model.Tokens) float64 { return float64(t.Median) * math.Exp(t.Sigma*t.Sigma/2) }
	decode := time.Duration(l.Iteration).Seconds() + float64(l.Batch)*time.Duration(l.PerSequence).Seconds()
	return p, 1 / (mean(l.Output)*decode/float64(l.Batch) + mean(l.Prompt)*time.Duration(l.PerPrefillToken).Seconds())
}

var ofTheContainer = []scenario{
	{"few workers, after a quiet time", "container", func(d *draw) test {
		p := d.narrow()
		return d.on(p, d.quiet(), d.held(users(p.Workers*d.whole(3, 10))))
	}},
	{"few workers, users at once", "container", func(d *draw) test {
		p := d.narrow()
		return d.on(p, d.held(users(p.Workers*d.whole(4, 12))))
	}},
	{"one worker, users at once", "container", func(d *draw) test {
		p := d.endpoint(1, d.whole(1, 4), d.whole(16, 96))
		return d.on(p, d.held(users(d.whole(5, 40))))
	}},
	{"few workers, beyond their rate", "container", func(d *draw) test {
		p := d.narrow()
		return d.calmly(p, d.rate(d.between(1.4, 2.5)*capacity(&p)))
	}},
	{"few workers that keep all users busy", "container", func(d *draw) test {
		p := d.narrow()
		p.Backlog = 5000
		plan := d.rate(d.between(1.4, 2.5) * capacity(&p))
		plan.Users = p.Workers * d.whole(5, 12)
		return d.calmly(p, plan)
	}},
	{"few workers, and time-outs", "container", func(d *draw) test {
		p := d.narrow()
		p.Backlog, p.Timeout = 5000, model.Duration(2*time.Second)
		return d.calmly(p, d.rate(d.between(1.4, 2.5)*capacity(&p)))
	}},
	{"few workers on several instances", "container", func(d *draw) test {
		p := d.narrow()
		n := d.whole(2, 4)
		t := d.on(p, d.quiet(), d.held(users(n*p.Workers*d.whole(3, 8))))
		t.config.Instances, t.config.Routing = n, model.LeastOutstanding
		return t
	}},
	{"workers that starve the GPU", "container", func(d *draw) test {
		p := d.onGPU()
		p.Workers = 1
		p.GPU = model.GPU{Active: d.between(20, 60)}
		p.CPU.PerWorker = 100
		return d.on(p, d.quiet(), d.held(users(d.whole(4, 12))))
	}},
}

var ofTheWay = []scenario{
	{"above the limit, with room", "throttled", throttled(15, 65)},
	{"above the limit, nearly full", "throttled", throttled(65, 80)},
	{"SageMaker's overhead", "overhead", func(d *draw) test {
		p := d.full()
		p.Overhead.Median = max(d.millis(25, 120), model.Duration(.6*float64(p.Service.Median)))
		return d.calmly(p, d.rate(rateAt(&p, d.between(10, 75))))
	}},
	{"serverless with cold starts", "overhead", func(d *draw) test {
		p := d.full()
		p.Overhead = model.Lognormal{Median: max(d.millis(50, 300), p.Service.Median), Sigma: d.between(.5, 1.2)}
		return serverless(d.calmly(p, d.rate(rateAt(&p, d.between(10, 60)))))
	}},
	{"serverless, and warm", "no-sizing", func(d *draw) test {
		p := d.full()
		return serverless(d.calmly(p, d.rate(rateAt(&p, d.between(10, 60)))))
	}},
	{"a far client", "distance", func(d *draw) test {
		p := d.full()
		p.RTT.Median = max(d.millis(30, 250), model.Duration(.6*float64(p.Service.Median)))
		return d.calmly(p, d.rate(rateAt(&p, d.between(10, 80))))
	}},
}

// throttled is a rate of which only so much is let through as keeps the cores busy to a share between two.
func throttled(low, high float64) func(*draw) test {
	return func(d *draw) test {
		p := d.full()
		through := rateAt(&p, d.between(low, high))
		p.Throttle = model.Throttle{TPS: through, Burst: max(1, int(through/2))}
		return d.calmly(p, d.rate(d.between(1.1, 2.5)*through))
	}
}

func serverless(t test) test {
	t.known = func(f *sizing.Facts) {
		*f = sizing.Facts{CloudWatch: true, Serverless: true, Variants: 1, Alone: f.Alone}
	}
	t.lacks = func(s *sizing.Server) {
		s.CPU, s.CPUMax, s.CPUSum, s.Instances = nil, nil, nil, 0
	}
	return t
}

var unjudged = []scenario{
	{"others' requests", "not-judged", func(d *draw) test {
		p := d.full()
		rate := rateAt(&p, d.between(20, 60))
		t := d.on(p, d.held(d.rate(rate)))
		t.config.Foreign = d.between(.15, 1) * max(rate, 20)
		return t
	}},
	{"a load that changes all the time", "not-judged", func(d *draw) test {
		p := d.full()
		var steps []step
		for at := time.Duration(0); at < d.late+4*d.period; at += d.period / 3 {
			steps = append(steps, step{d.rate(rateAt(&p, d.between(20, 80))), d.period / 3})
		}
		return d.on(p, steps...)
	}},
	{"a burstable type", "no-sizing", func(d *draw) test {
		t := atShare(10, 90)(d)
		t.known = func(f *sizing.Facts) { f.Burstable = true }
		return t
	}},
	{"an unknown type", "no-sizing", func(d *draw) test {
		t := atShare(10, 90)(d)
		t.known = func(f *sizing.Facts) { f.VCPUs = 0 }
		t.lacks = func(s *sizing.Server) { s.CPU, s.CPUMax = nil, nil }
		return t
	}},
}
