package sizing

import (
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// oneWorker is a minute of 12 users on a container that serves one request of 60 ms at a time, on 4 of 48 cores.
func oneWorker(n int) Period {
	return with(minute(n, 8.6, 16.7, 0, 720*ms), func(p *Period) {
		p.Client.MeanInFlight = 12
		p.Server.Model.Min = new(400 * ms)
	})
}

// A container with one worker is never busy on many cores, however long requests wait for it: its overload is not taken for its quiet
// time, and a request that was tried alone shows it.
func TestLowCPUIsNotAlwaysQuiet(t *testing.T) {
	tried := with(m5, func(f *Facts) { f.Alone = 66 * ms })
	for _, c := range []struct {
		name    string
		facts   Facts
		periods []Period
		want    string
	}{
		{"tried alone before", tried, []Period{oneWorker(1)}, "container"},
		{"one user before", m5, []Period{with(quietMinute(), func(p *Period) { p.Client.MeanInFlight = 1 }), oneWorker(1)}, "container"},
		{"fewer users before, who waited too", tried, []Period{with(oneWorker(0), func(p *Period) { p.Server.Model.Min = new(100 * ms) }), oneWorker(1)}, "container"},
		{"never seen quiet", m5, []Period{oneWorker(1)}, "oversized"},
		{"a first request that was slow", with(m5, func(f *Facts) { f.Alone = time.Second }), []Period{oneWorker(1)}, "oversized"},
	} {
		found := Diagnose(c.facts, runner.Window{}, c.periods)
		if ids(found) != c.want {
			t.Errorf("%s: %+v, want %s", c.name, found, c.want)
		}
		if c.want == "oversized" && (found[0].Advice[:7] != "Whether" || !strings.Contains(found[0].Evidence, "about 12 requests at once in an instance, about 4 of its cores busy")) {
			t.Errorf("%s: fewer instances are advised: %+v", c.name, found)
		}
	}
	evidence := Diagnose(tried, runner.Window{}, []Period{oneWorker(1)})[0].Evidence
	if want := "; all take over 400 ms in the container, one alone took 66 ms"; !strings.HasSuffix(evidence, want) {
		t.Errorf("%q, want it to end %q", evidence, want)
	}
}

// TestWhereWaitingBegins: it takes enough requests, the quickest of which was slower than one alone, and a mean that is much slower.
func TestWhereWaitingBegins(t *testing.T) {
	for _, c := range []struct {
		ok        float64
		min, mean time.Duration
		want      string
	}{
		{100, 60 * ms, 120 * ms, "container"},
		{99, 60 * ms, 120 * ms, "headroom"},
		{100, 59 * ms, 120 * ms, "headroom"},
		{100, 60 * ms, 119 * ms, "headroom"},
	} {
		p := with(minute(1, 40, 2, 0, 60*ms), func(p *Period) {
			p.Client.OK, p.Server.Invocations = uint64(c.ok), &c.ok
			p.Server.Model = &Latency{Mean: c.mean, Min: &c.min}
		})
		if got := ids(Diagnose(with(m5, func(f *Facts) { f.Alone = 60 * ms }), runner.Window{}, []Period{p})); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// Users whom a container with one worker keeps busy are not too few.
func TestUsersThatWaitForAWorker(t *testing.T) {
	p := with(oneWorker(1), func(p *Period) { waiting(&p.Client, time.Second) })
	for alone, want := range map[time.Duration]string{66 * ms: "container", 0: "client-pool"} {
		if got := ids(Diagnose(with(m5, func(f *Facts) { f.Alone = alone }), runner.Window{}, []Period{p})); got != want {
			t.Errorf("alone %v: %s, want %s", alone, got, want)
		}
	}
}

// On an instance with GPUs its CPU says nothing about whether requests wait.
func TestLowCPUOfAGPUInstanceIsNotQuiet(t *testing.T) {
	slow := with(minute(1, 10, 50, 0, 200*ms), func(p *Period) { p.Server.GPU = new(40.) })
	for inFlight, want := range map[float64]string{1: "container", 3: noSizing} {
		before := with(quietMinute(), func(p *Period) { p.Client.MeanInFlight = inFlight })
		if got := ids(Diagnose(onGPU, runner.Window{}, []Period{before, slow})); got != want {
			t.Errorf("%v in flight before: %s, want %s", inFlight, got, want)
		}
	}
}

// GPUs that are busy and slow are not at their end while more load brings more answers.
func TestBusyGPUsThatStillGrow(t *testing.T) {
	alone, before, now := quietMinute(), minute(1, 8, 60, 0, 90*ms), minute(2, 10, 100, 0, 120*ms)
	alone.Client.MeanInFlight, before.Client.MeanInFlight, now.Client.MeanInFlight = 1, 5, 12
	now.Server.GPU = new(97.)
	if got := ids(Diagnose(onGPU, runner.Window{}, []Period{alone, before, now})); got != noSizing {
		t.Errorf("from 60/s to 100/s: %s", got)
	}
	before.Client.OK = now.Client.OK
	before.Server.Invocations = now.Server.Invocations
	found := Diagnose(onGPU, runner.Window{}, []Period{alone, before, now})
	if want := "GPU 97% at 100 ok/s; ModelLatency 2.1x the quiet 58 ms; at 100 ok/s with 5 in flight, no more with 12"; ids(found) != "gpu-saturated" || found[0].Evidence != want {
		t.Errorf("%+v, want %s", found, want)
	}
}
