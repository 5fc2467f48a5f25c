package main

import (
	"math"
	"time"

	"sagetop/internal/simulator/model"
)

// endpoint draws one whose workers, of so many threads each, run on so many vCPUs. It carries 30 to 150 a second on an instance.
func (d *draw) endpoint(workers, threads, vcpus int) model.Profile {
	p := model.Default()
	p.Hardware = model.Hardware{InstanceType: "ml.m5.4xlarge", VCPUs: vcpus, MemoryGiB: 64}
	p.Workers, p.Backlog = workers, d.whole(60, 150)
	p.RefuseAfter = d.millis(5, 300)
	carries := 30 * math.Pow(5, d.Float64())
	p.Service = model.Lognormal{Median: model.Duration(float64(workers) / carries * float64(time.Second)), Sigma: d.between(.1, .6)}
	p.Contention = d.between(0, .12)
	p.RTT.Median, p.Overhead.Median = d.millis(.4, 2), d.millis(2, 6)
	p.CPU = model.CPU{Idle: d.between(.2, .8) * float64(vcpus), PerWorker: 100 * float64(threads) * d.between(.93, .99), PerTPS: d.between(.1, .5), Noise: .01}
	p.Memory = model.Memory{Idle: d.between(10, 60), PerWorker: .05}
	return p
}

// full is an endpoint whose workers use all of its cores when they are busy.
func (d *draw) full() model.Profile {
	workers, threads := d.whole(6, 16), d.whole(1, 4)
	return d.endpoint(workers, threads, workers*threads)
}

// narrow is one whose few workers leave most of its cores idle.
func (d *draw) narrow() model.Profile {
	workers, threads := d.whole(1, 4), d.whole(1, 4)
	return d.endpoint(workers, threads, workers*threads*d.whole(2, 12))
}

// serviceMean of a request that meets no other, in seconds.
func serviceMean(p *model.Profile) float64 {
	return time.Duration(p.Service.Median).Seconds() * math.Exp(p.Service.Sigma*p.Service.Sigma/2)
}

// slowed is how much longer a service takes when that many workers are busy on average.
func slowed(p *model.Profile, busy float64) float64 {
	x := min((busy+1)/float64(p.Workers), 1)
	threads := min((busy+1)*p.CPU.PerWorker/(100*float64(p.Hardware.VCPUs)), 1)
	return (1 + p.Contention*x*x) * (1 + p.Hyperthreading*max(2*threads-1, 0))
}

// busyAt is how many workers are busy at a rate, at most all.
func busyAt(p *model.Profile, rate float64) float64 {
	busy := rate * serviceMean(p)
	for range 50 {
		busy = min(rate*serviceMean(p)*slowed(p, busy), float64(p.Workers))
	}
	return busy
}

// capacity of an instance: the rate at which all workers are busy.
func capacity(p *model.Profile) float64 {
	return float64(p.Workers) / (serviceMean(p) * slowed(p, float64(p.Workers)))
}

// rateAt is that of an instance at a share of all its cores, in percent.
func rateAt(p *model.Profile, share float64) float64 {
	low, high := 0., capacity(p)
	for range 50 {
		rate := (low + high) / 2
		if cpu := p.CPU.Idle + p.CPU.PerWorker*busyAt(p, rate) + p.CPU.PerTPS*rate; cpu < share*float64(p.Hardware.VCPUs) {
			low = rate
		} else {
			high = rate
		}
	}
	return low
}
