package sizing

import (
	"slices"
	"testing"
	"time"

	"sagetop/runner"
)

// edge is where a finding begins: it is there at one value and not at another beside it.
type edge struct {
	name, id string
	is, not  float64
	given    func(v float64) (runner.Window, []Period)
}

func millis(v float64) time.Duration { return time.Duration(v * float64(ms)) }

// onTen is what the last ten seconds look like.
func onTen(change func(w *runner.Window, v float64)) func(float64) (runner.Window, []Period) {
	return func(v float64) (runner.Window, []Period) {
		return with(lastTen(), func(w *runner.Window) { change(w, v) }), nil
	}
}

// after a quiet minute of 58 ms comes one of 60 ms at 65 % CPU and 100/s, changed.
func after(change func(p *Period, v float64)) func(float64) (runner.Window, []Period) {
	return func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) { change(p, v) })}
	}
}

// afterQuick is after for a model that takes d in both minutes.
func afterQuick(d time.Duration, change func(p *Period, v float64)) func(float64) (runner.Window, []Period) {
	return func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{minute(0, 8, 16, 0, d), with(minute(1, 65, 100, 0, d), func(p *Period) { change(p, v) })}
	}
}

// ofFive instances, a minute of 65 % CPU, changed.
func ofFive(change func(p *Period, v float64)) func(float64) (runner.Window, []Period) {
	return func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{with(minute(1, 65, 100, 0, 60*ms), func(p *Period) { p.Server.Instances = 5; change(p, v) })}
	}
}

// busyGPUs are seen at 16 requests in flight and 58 ms, then at 20 with all GPUs busy and a model that is slower, changed.
func busyGPUs(change func(quiet, now *Period, v float64)) func(float64) (runner.Window, []Period) {
	return func(v float64) (runner.Window, []Period) {
		alone, before, now := quietMinute(), minute(1, 8, 100, 0, 58*ms), minute(2, 10, 100, 0, 58*ms)
		alone.Client.MeanInFlight, before.Client.MeanInFlight, now.Client.MeanInFlight = 1, 16, 20
		now.Server.GPU = new(97.)
		change(&before, &now, v)
		if f := before.Client.Stats[runner.FirstByte]; f.Count > 0 {
			alone.Client.Stats[runner.FirstByte] = f
		}
		return runner.Window{}, []Period{alone, before, now}
	}
}

// atLowCPU is change in a period in which the cores are hardly busy.
func atLowCPU(change func(p *Period, v float64)) func(*Period, float64) {
	return func(p *Period, v float64) { p.Server.CPU = new(33.); change(p, v) }
}

// piling is a second minute of 100/s, of which so many more than were answered come to those in flight.
func piling(inFlight float64) func(float64) (runner.Window, []Period) {
	return busyGPUs(func(quiet, now *Period, v float64) {
		setModel(now, 200)
		quiet.Client.Plan.Loop, now.Client.Plan.Loop = runner.Open, runner.Open
		quiet.Client.OK, quiet.Server.Invocations = 60, nil
		now.Client.MeanInFlight, now.Client.Sent = inFlight, now.Client.OK+uint64(v)
	})
}

func setModel(p *Period, v float64) {
	p.Server.Model = &Latency{Mean: millis(v), P99: p.Server.Model.P99}
	p.Client.Stats[runner.Response].Mean = millis(v) + 7*ms
}

var clientEdges = []edge{
	{"own CPU", "client-cpu", 85, 84.9, onTen(func(w *runner.Window, v float64) { w.Client.CPUPercent, w.Client.SchedP99 = v, 14*ms })},
	{"own CPU in a period", "client-cpu", 85, 84.9, after(func(p *Period, v float64) { p.Client.Client.CPUPercent, p.Client.Client.SchedP99 = v, 14*ms })},
	{"own quota", "client-cpu", 10, 9.9, onTen(func(w *runner.Window, v float64) { w.Client.Throttled, w.Client.SchedP99 = v, 14*ms })},
	{"wait for a core", "client-cpu", 10, 9.99, onTen(func(w *runner.Window, v float64) { w.Client.CPUPercent, w.Client.SchedP99 = 92, millis(v) })},
	{"wait for a core in a period", "client-cpu", 10, 9.99, after(func(p *Period, v float64) { p.Client.Client.CPUPercent, p.Client.Client.SchedP99 = 92, millis(v) })},
	{"send lag", "client-cpu", 10, 9.99, onTen(func(w *runner.Window, v float64) {
		w.Client.CPUPercent, w.Stats[runner.SendLag], w.Stats[runner.PoolWait] = 92, flat(millis(v+7)), flat(7*ms)
	})},
	{"send lag without a wait", "client-cpu", 10, 9.99, onTen(func(w *runner.Window, v float64) {
		w.Client.CPUPercent, w.Stats[runner.SendLag] = 92, runner.Stats{P99: millis(v), P999: time.Second}
	})},
	{"send lag in a period", "client-cpu", 10, 9.99, after(func(p *Period, v float64) {
		p.Client.Client.CPUPercent, p.Client.Stats[runner.SendLag], p.Client.Stats[runner.PoolWait] = 92, flat(millis(v+7)), flat(7*ms)
	})},
	{"not sent", "client-cpu", 31, 30, onTen(func(w *runner.Window, v float64) {
		w.Client.CPUPercent, w.Plan.Loop, w.Sent, w.Unsent, w.Due = 92, runner.Open, uint64(1000-v), 20, int(v)-20
	})},
	{"not sent in a period", "client-cpu", 186, 185, after(func(p *Period, v float64) {
		p.Client.Client.CPUPercent, p.Client.Plan.Loop, p.Client.Due = 92, runner.Open, int(v)
	})},
	{"wrong input", "bad-input", 100, 99, onTen(func(w *runner.Window, v float64) {
		w.OK = 10_000
		failing(w, uint64(v), runner.Failure{Class: runner.Validation})
	})},
	{"residual of a slow model", "client-network", 14.5, 14.4, after(func(p *Period, v float64) { p.Client.Stats[runner.Response].Mean = 66*ms + millis(v) })},
	{"residual of a quick model", "client-network", 10, 9.9, func(v float64) (runner.Window, []Period) {
		quick := with(minute(1, 65, 100, 0, 20*ms), func(p *Period) { p.Client.Stats[runner.Response].Mean = 26*ms + millis(v) })
		return runner.Window{}, []Period{minute(0, 8, 16, 0, 20*ms), quick}
	}},
	{"residual in round trips", "client-network", 30.1, 30, after(func(p *Period, v float64) {
		p.Client.Client.RTT, p.Client.Stats[runner.Response].Mean = 10*ms, 74*ms+millis(v)
	})},
	{"a full link", "client-network", 85, 84.9, after(func(p *Period, v float64) {
		p.Client.Client.RTT, p.Client.Stats[runner.Response].Mean, p.Client.Client.LinkPercent = 10*ms, 94*ms, v
	})},
	{"residual with a full link", "client-network", 14.5, 14.4, after(func(p *Period, v float64) {
		p.Client.Client.RTT, p.Client.Stats[runner.Response].Mean, p.Client.Client.LinkPercent = 10*ms, 74*ms+millis(v), 99
	})},
	{"wait for a user", "client-pool", 10, 9.99, after(func(p *Period, v float64) { waiting(&p.Client, millis(v)) })},
	{"wait for a user without points", "client-pool", 10, 9.99, onTen(func(w *runner.Window, v float64) { waiting(w, millis(v)) })},
	{"wait for a user of a slow model", "client-pool", 75.3, 75.4, after(func(p *Period, v float64) {
		setModel(p, v)
		waiting(&p.Client, 40*ms)
	})},
	{"wait for a user of a slow model that was quick", "client-pool", 2.9, 3, afterQuick(2*ms, func(p *Period, v float64) {
		setModel(p, v)
		waiting(&p.Client, 40*ms)
		p.Client.MeanInFlight = 1
	})},
	{"users of those allowed", "client-pool", 20, 19, onTen(func(w *runner.Window, v float64) { waiting(w, 40*ms); w.Users = int(v) })},
	{"time-outs of users", "client-pool", 0, 1, onTen(func(w *runner.Window, v float64) {
		waiting(w, 40*ms)
		failing(w, uint64(v), runner.Failure{Class: runner.Timeout})
	})},
	{"arrivals left waiting", "client-pool", 61, 60, after(func(p *Period, v float64) {
		waiting(&p.Client, ms)
		p.Client.InFlight, p.Client.Due = 12, int(v)
	})},
	{"arrivals left waiting without points", "client-pool", 11, 10, onTen(func(w *runner.Window, v float64) { waiting(w, ms); w.InFlight, w.Due = 20, int(v) })},
	{"busy users", "client-pool", 18, 17, onTen(func(w *runner.Window, v float64) { waiting(w, ms); w.InFlight, w.Due = int(v), 300 })},
	{"a long way", "distance", 20, 19.9, onTen(func(w *runner.Window, v float64) { w.Client.RTT, w.Stats[runner.Response] = millis(v), flat(60*ms) })},
	{"a way that is much of the median", "distance", 80, 80.1, onTen(func(w *runner.Window, v float64) { w.Client.RTT, w.Stats[runner.Response] = 20*ms, flat(millis(v)) })},
	{"a way that is much of the median from the send", "distance", 80, 80.1, onTen(func(w *runner.Window, v float64) {
		w.Client.RTT, w.Stats[runner.Response], w.Stats[runner.Service] = 20*ms, flat(time.Second), flat(millis(v))
	})},
	{"busy users on average", "client-pool", 18, 17.9, onTen(func(w *runner.Window, v float64) { waiting(w, ms); w.MeanInFlight, w.Due = v, 300 })},
}

var serverEdges = []edge{
	{"memory", "memory", 90, 89.9, after(func(p *Period, v float64) { p.Server.Memory, p.Server.Errors5XX = &v, new(60.) })},
	{"5xx", "memory", 30, 29, after(func(p *Period, v float64) { p.Server.Memory, p.Server.Errors5XX = new(95.), &v })},
	{"time-outs", "memory", 30, 29, after(func(p *Period, v float64) {
		p.Server.Memory = new(95.)
		failing(&p.Client, uint64(v), runner.Failure{Class: runner.Timeout})
	})},
	{"full CPU", "cpu-saturated", 95, 94.9, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"high CPU", "cpu-saturated", 85, 84.9, after(func(p *Period, v float64) { p.Server.CPU, p.Server.Errors5XX = &v, new(60.) })},
	{"slower model", "cpu-saturated", 69.6, 69.5, after(func(p *Period, v float64) { p.Server.CPU = new(88.); setModel(p, v) })},
	{"busy GPUs", "gpu-saturated", 90, 89.9, after(func(p *Period, v float64) { p.Server.GPU, p.Server.Errors5XX = &v, new(60.) })},
	{"busy GPUs and 5xx", "gpu-saturated", 30, 29, after(func(p *Period, v float64) { p.Server.GPU, p.Server.Errors5XX = new(95.), &v })},
	{"busy GPUs and a slower model", "gpu-saturated", 75.4, 75.3, busyGPUs(func(_, now *Period, v float64) { setModel(now, v) })},
	{"busy GPUs and later first bytes", "gpu-saturated", 78, 77.9, busyGPUs(func(quiet, now *Period, v float64) {
		quiet.Client.Stats[runner.FirstByte], now.Client.Stats[runner.FirstByte] = flat(60*ms), flat(millis(v))
	})},
	{"as many answers with fewer in flight", "gpu-saturated", 16, 16.1, busyGPUs(func(_, now *Period, v float64) {
		setModel(now, 200)
		now.Client.MeanInFlight = 20 * 16 / v
	})},
	{"as many answers", "gpu-saturated", 95, 94, busyGPUs(func(quiet, now *Period, v float64) {
		setModel(now, 200)
		quiet.Client.OK, quiet.Server.Invocations = uint64(60*v), nil
	})},
	{"arrivals that pile up", "gpu-saturated", 316, 315, piling(200)},
	{"arrivals that pile up by chance", "gpu-saturated", 334, 333, piling(7000)},
	{"throttled", "throttled", 30, 29, after(func(p *Period, v float64) { failing(&p.Client, uint64(v), runner.Failure{Class: runner.Throttled}) })},
	{"hottest", "imbalance", 88, 87.9, ofFive(func(p *Period, v float64) { p.Server.CPUMax = &v })},
	{"hotter than the rest", "imbalance", 93.51, 93.4, ofFive(func(p *Period, v float64) { p.Server.CPU, p.Server.CPUMax = new(85.), &v })},
	{"room on the CPU", "container", 74.9, 75, after(func(p *Period, v float64) { p.Server.CPU, p.Server.Errors5XX = &v, new(60.) })},
	{"twice as slow", "container", 116, 115.9, after(atLowCPU(setModel))},
	{"slower than cores that are as busy explain", "container", 165.8, 165.7, after(setModel)},
	{"twice as slow as a quiet time of few requests may have been", "container", 136, 135.9, func(v float64) (runner.Window, []Period) {
		quiet := with(quietMinute(), func(p *Period) {
			p.Client.Stats[runner.Response].Count, p.Client.Stats[runner.Response].StdDev = 100, 50*ms
		})
		return runner.Window{}, []Period{quiet, with(minute(1, 33, 100, 0, 60*ms), func(p *Period) { setModel(p, v) })}
	}},
	{"ten milliseconds slower", "container", 14, 13.9, afterQuick(4*ms, atLowCPU(setModel))},
	{"a tail ten milliseconds slower", "container", 14, 13.9, afterQuick(2*ms, atLowCPU(func(p *Period, v float64) { p.Server.Model.P99 = new(millis(v)) }))},
	{"slow tail", "container", 348, 347.9, after(atLowCPU(func(p *Period, v float64) { p.Server.Model.P99 = new(millis(v)) }))},
	{"a slower tail than cores that are as busy explain", "container", 662.9, 662.8, after(func(p *Period, v float64) { p.Server.Model.P99 = new(millis(v)) })},
	{"much overhead", "overhead", 20, 19.9, func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{with(minute(1, 65, 100, 0, 30*ms), func(p *Period) { p.Server.Overhead.Mean = millis(v) })}
	}},
	{"mostly overhead", "overhead", 60, 59.9, func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{with(minute(1, 65, 100, 0, 140*ms), func(p *Period) { p.Server.Overhead.Mean = millis(v) })}
	}},
	{"requests for a quiet tail", "container", 100, 99, func(v float64) (runner.Window, []Period) {
		quiet := with(quietMinute(), func(p *Period) { p.Client.OK, p.Server.Invocations = uint64(v), &v })
		return runner.Window{}, []Period{quiet, with(minute(1, 33, 100, 0, 60*ms), func(p *Period) { p.Server.Model.P99 = new(400 * ms) })}
	}},
	{"requests for a tail", "container", 100, 99, func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{quietMinute(), with(minute(1, 33, 100, 0, 60*ms), func(p *Period) {
			p.Client.OK, p.Server.Invocations, p.Server.Model.P99 = uint64(v), &v, new(400*ms)
		})}
	}},
	{"quiet by requests in flight", "container", 1, 1.1, func(v float64) (runner.Window, []Period) {
		quiet := with(minute(0, 40, 16, 0, 58*ms), func(p *Period) { p.Client.MeanInFlight = v })
		return runner.Window{}, []Period{quiet, minute(1, 45, 100, 0, 130*ms)}
	}},
	{"no more in the container than cores are busy", "container", 74, 75, func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{minute(0, 8, v, 0, 62*ms), minute(1, 45, 100, 0, 130*ms)}
	}},
	{"quiet by CPU", "container", 29.9, 30, func(v float64) (runner.Window, []Period) {
		return runner.Window{}, []Period{minute(0, v, 16, 0, 58*ms), minute(1, 45, 100, 0, 130*ms)}
	}},
	{"quiet and without failures", "container", 9, 10, func(v float64) (runner.Window, []Period) {
		quiet := with(minute(0, 8, 15, 0, 58*ms), func(p *Period) { failing(&p.Client, uint64(v), runner.Failure{Class: runner.Validation}) })
		return runner.Window{}, []Period{quiet, minute(1, 45, 100, 0, 130*ms)}
	}},
	{"seconds of a minute", "cpu-saturated", 57, 56, after(func(p *Period, v float64) { p.Server.CPU, p.Client.Length = new(99.), time.Duration(v)*time.Second })},
	{"oversized", "oversized", 29.9, 30, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"headroom from", "headroom", 30, 29.9, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"headroom to", "headroom", 59.9, 60, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"right-sized from", "right-sized", 60, 59.9, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"right-sized to", "right-sized", 69.9, 70, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"tight from", "tight", 70, 69.9, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"tight to", "tight", 79.9, 80, after(func(p *Period, v float64) { p.Server.CPU = &v })},
	{"undersized from", "undersized", 80, 79.9, after(func(p *Period, v float64) { p.Server.CPU = &v })},
}

func TestWhereFindingsBegin(t *testing.T) {
	for _, e := range slices.Concat(clientEdges, serverEdges) {
		found := func(v float64) bool {
			ten, periods := e.given(v)
			facts := m5
			if e.id == "gpu-saturated" {
				facts = onGPU
			}
			facts.Over = len(periods) == 0 // then none will come
			return slices.ContainsFunc(Diagnose(facts, ten, periods), func(f Finding) bool { return f.ID == e.id })
		}
		if !found(e.is) {
			t.Errorf("%s: %v is not yet %s", e.name, e.is, e.id)
		}
		if found(e.not) {
			t.Errorf("%s: %v is %s", e.name, e.not, e.id)
		}
	}
}

func TestABusyGPUIsNoContainerLimit(t *testing.T) {
	gpu := Facts{VCPUs: 4, GPUs: 1, CloudWatch: true}
	for share, want := range map[float64]string{79.9: "container", 80: "no-sizing"} {
		p := with(minute(1, 20, 50, 1, 60*ms), func(p *Period) { p.Server.GPU = &share })
		if got := ids(Diagnose(gpu, runner.Window{}, []Period{p})); got != want {
			t.Errorf("GPU %v: %q, want %q", share, got, want)
		}
	}
}

func TestWhatTPSAtReadsFrom(t *testing.T) {
	for cpu, want := range map[float64]string{9.9: "no", 10: "about", 54.9: "about", 55: "yes", 75: "yes", 75.1: "about", 94.9: "about", 95: "no"} {
		e, ok := TPSAt(m5, []Period{minute(0, cpu, 2*cpu, 0, ms)}, 65)
		got := map[bool]string{true: "about", false: "yes"}[e.About]
		if !ok {
			got = "no"
		}
		if got != want || ok && (e.TPS < 128 || e.TPS > 132) {
			t.Errorf("CPU %v: %s %v, want %s", cpu, got, e.TPS, want)
		}
	}
}

func TestASplitBearsOnePercentOfFailures(t *testing.T) {
	for failed, hidden := range map[uint64]bool{81: false, 82: true} {
		p := with(minute(0, 67, 135, 0, 58*ms), func(p *Period) { failing(&p.Client, failed, runner.Failure{Class: runner.Internal}) })
		if got := NewSplit(&p); (got.Hidden != "") != hidden {
			t.Errorf("%d of 8100 failed: %+v", failed, got)
		}
	}
}
