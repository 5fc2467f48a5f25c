package sizing

import (
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

const ms = time.Millisecond

var (
	start = time.Date(2026, 3, 1, 14, 3, 0, 0, time.UTC)
	// m5 is the endpoint of most tests: 48 vCPUs, no GPU.
	m5 = Facts{VCPUs: 48, InstanceType: "ml.m5.12xlarge", CloudWatch: true}
)

// minute is a steady, judgeable minute number n with a CPU share, successes and failures a second, and a ModelLatency.
func minute(n int, cpu, tps, failed float64, model time.Duration) Period {
	from := start.Add(time.Duration(n) * time.Minute)
	w := runner.Window{
		From: from.Unix(), To: from.Unix() + 60, Length: time.Minute, Plans: 1, MeanInFlight: 8, Users: 12,
		Counts: runner.Counts{Sent: uint64(60 * (tps + failed)), OK: uint64(60 * tps), Failed: uint64(60 * failed)},
		Client: runner.Client{CPUPercent: 5, Cores: 4, RTT: 2 * ms},
	}
	w.Stats[runner.Response] = runner.Stats{Count: w.OK, Mean: model + 7*ms, P50: model, P99: 2 * model}
	if failed > 0 {
		w.Errors = []runner.ErrorCount{{Failure: runner.Failure{Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 503}, Count: w.Failed}}
	}
	invoked := float64(w.Sent)
	return Period{Client: w, Server: &Server{
		From: from, Period: time.Minute, Instances: 1,
		CPU: new(cpu), CPUMax: new(cpu), CPUSum: new(cpu * 48), Memory: new(20.),
		Model: &Latency{Mean: model, P99: new(2 * model)}, Overhead: &Latency{Mean: 4 * ms},
		Invocations: &invoked, Errors4XX: new(0.), Errors5XX: new(60 * failed),
	}}
}

// quietMinute is minute 0 at 16/s and 8 % CPU.
func quietMinute() Period { return minute(0, 8, 16, 0, 58*ms) }

// lastTen is a whole steady ten seconds without a complaint.
func lastTen() runner.Window {
	from := start.Add(5 * time.Minute).Unix()
	w := runner.Window{From: from, To: from + 10, Length: 10 * time.Second, Plans: 1, Counts: runner.Counts{Sent: 1000, OK: 1000}}
	w.Plan.Users, w.Users, w.MeanInFlight = 20, 20, 8
	w.Client = runner.Client{CPUPercent: 5, Cores: 4}
	return w
}

func with[T any](v T, change func(*T)) T { change(&v); return v }

// flat are the figures of requests that all took d.
func flat(d time.Duration) runner.Stats {
	return runner.Stats{Count: 1000, Min: d, Mean: d, P50: d, P90: d, P95: d, P99: d, P999: d, Max: d}
}

// waiting makes w one of an open loop whose arrivals wait d for one of its users, who are all there.
func waiting(w *runner.Window, d time.Duration) {
	w.Plan.Loop, w.Plan.Users = runner.Open, w.Users
	w.Stats[runner.PoolWait] = flat(d)
}

func failing(w *runner.Window, n uint64, f runner.Failure) {
	w.OK -= n
	w.Failed += n
	w.Errors = append(w.Errors, runner.ErrorCount{Failure: f, Count: n})
}

// ids of findings, the verdict first.
func ids(found []Finding) string {
	var all []string
	for _, f := range found {
		all = append(all, f.ID)
	}
	return strings.Join(all, " ")
}

var (
	components  = with(m5, func(f *Facts) { f.Components = true })
	twoVariants = with(m5, func(f *Facts) { f.Variants = 2 })
)

var onGPU = Facts{VCPUs: 4, GPUs: 1, InstanceType: "ml.g5.xlarge", CloudWatch: true}

// serverCases are what CloudWatch and the client say, and the findings that it must lead to.
var serverCases = []struct {
	name    string
	facts   Facts
	periods []Period
	want    string
}{
	{"no points yet", m5, nil, ""},
	{"one user", m5, []Period{quietMinute()}, "oversized"},
	{"half full", m5, []Period{quietMinute(), minute(1, 45, 90, 0, 60*ms)}, "headroom"},
	{"two thirds", m5, []Period{quietMinute(), minute(1, 67, 135, 0, 60*ms)}, "right-sized"},
	{"three quarters", m5, []Period{quietMinute(), minute(1, 75, 150, 0, 60*ms)}, "tight"},
	{"91 % and still quick", m5, []Period{quietMinute(), minute(1, 91, 186, 0, 61*ms)}, "undersized"},
	{"band edges belong to the upper band", m5, []Period{minute(1, 30, 60, 0, 60*ms)}, "headroom"},
	{"99 %", m5, []Period{minute(1, 99, 202, 0, 235*ms)}, "cpu-saturated"},
	{"88 % and slow", m5, []Period{quietMinute(), minute(1, 88, 180, 0, 75*ms)}, "cpu-saturated"},
	{"88 % and slow, but never seen quiet", m5, []Period{minute(1, 88, 180, 0, 75*ms)}, "undersized"},
	{"88 % and refusing", m5, []Period{minute(1, 88, 180, 1, 60*ms)}, "cpu-saturated"},
	{"refusing at low CPU", m5, []Period{quietMinute(), minute(1, 25, 50, 2, 60*ms)}, "container"},
	{"twice as slow at low CPU", m5, []Period{quietMinute(), minute(1, 40, 50, 0, 130*ms)}, "container"},
	{"slow tail at low CPU", m5, []Period{quietMinute(), with(minute(1, 40, 50, 0, 60*ms), func(p *Period) {
		p.Server.Model.P99 = new(400 * ms)
	})}, "container"},
	{"slow at low CPU, but never seen quiet", m5, []Period{minute(1, 40, 50, 0, 130*ms)}, "headroom"},
	{"time-outs at low CPU", m5, []Period{with(minute(1, 20, 50, 0, 60*ms), func(p *Period) {
		failing(&p.Client, 30, runner.Failure{Class: runner.Timeout})
	})}, "container"},
	{"errors without CloudWatch's count", m5, []Period{with(minute(1, 40, 50, 1, 60*ms), func(p *Period) {
		p.Server.Errors5XX = nil
	})}, "container"},
	{"the model's own 4xx are no 5xx", m5, []Period{with(minute(1, 40, 50, 0, 60*ms), func(p *Period) {
		failing(&p.Client, 20, runner.Failure{Class: runner.ModelError, OriginalStatus: 400})
		p.Server.Errors5XX = nil
	})}, "headroom"},
	{"throttled", m5, []Period{with(minute(1, 40, 50, 0, 60*ms), func(p *Period) {
		failing(&p.Client, 60, runner.Failure{Class: runner.Throttled})
	})}, "throttled"},
	{"throttled after CPU", m5, []Period{with(minute(1, 97, 50, 0, 60*ms), func(p *Period) {
		failing(&p.Client, 60, runner.Failure{Class: runner.Throttled})
	})}, "cpu-saturated throttled"},
	{"out of memory", m5, []Period{with(minute(1, 97, 50, 2, 60*ms), func(p *Period) {
		p.Server.Memory = new(93.)
	})}, "memory cpu-saturated"},
	{"much memory and no harm", m5, []Period{with(minute(1, 65, 50, 0, 60*ms), func(p *Period) {
		p.Server.Memory = new(93.)
	})}, "right-sized"},
	{"uneven", m5, []Period{with(minute(1, 65, 500, 0, 60*ms), func(p *Period) {
		p.Server.Instances, p.Server.CPUMax = 5, new(92.)
	})}, "imbalance"},
	{"one instance cannot be uneven", m5, []Period{with(minute(1, 65, 500, 0, 60*ms), func(p *Period) {
		p.Server.CPUMax = new(92.)
	})}, "right-sized"},
	{"overhead", m5, []Period{with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Server.Overhead.Mean = 30 * ms
		p.Client.Stats[runner.Response].Mean = 95 * ms
	})}, "overhead"},
	{"the network", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Client.Stats[runner.Response].Mean = 90 * ms
	})}, "client-network"},
	{"the network, but never seen quiet", m5, []Period{with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Client.Stats[runner.Response].Mean = 90 * ms
	})}, "right-sized"},
	{"the network of a far client", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Client.Stats[runner.Response].Mean = 90 * ms
		p.Client.Client.RTT = 12 * ms
	})}, "right-sized"},
	{"the network, without a round trip to compare with", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Client.Stats[runner.Response].Mean = 90 * ms
		p.Client.Client.RTT = 0
	})}, "right-sized"},
	{"too few users", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		waiting(&p.Client, 40*ms)
	})}, "client-pool"},
	{"too few users, but never seen quiet", m5, []Period{with(minute(1, 65, 100, 0, 60*ms), func(p *Period) { waiting(&p.Client, 40*ms) })}, "client-pool"},
	{"too few users, and the model not known", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		waiting(&p.Client, 40*ms)
		p.Server.Model = nil
	})}, "client-pool"},
	{"users that are still starting", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		waiting(&p.Client, 40*ms)
		p.Client.Plan.Users++
	})}, "right-sized"},
	{"users that wait for a slow endpoint", m5, []Period{quietMinute(), with(minute(1, 65, 100, 0, 90*ms), func(p *Period) {
		waiting(&p.Client, 40*ms)
	})}, "right-sized"},
	{"a GPU is not sized by CPU", onGPU, []Period{with(minute(1, 20, 50, 0, 60*ms), func(p *Period) {
		p.Server.GPU = new(50.)
	})}, "no-sizing"},
	{"a busy GPU is not a container limit", onGPU, []Period{with(minute(1, 20, 50, 1, 60*ms), func(p *Period) {
		p.Server.GPU = new(85.)
	})}, "no-sizing"},
	{"an unknown GPU is not a container limit", onGPU, []Period{minute(1, 20, 50, 1, 60*ms)}, "no-sizing"},
	{"an idle GPU is", onGPU, []Period{with(minute(1, 20, 50, 1, 60*ms), func(p *Period) {
		p.Server.GPU = new(30.)
	})}, "container"},
	{"serverless", Facts{Serverless: true, CloudWatch: true}, nil, "no-sizing"},
	{"serverless with cold starts", Facts{Serverless: true, CloudWatch: true}, []Period{with(minute(1, 0, 10, 0, 60*ms), func(p *Period) {
		p.Server.CPU, p.Server.CPUMax, p.Server.CPUSum = nil, nil, nil
		p.Server.Overhead.Mean = 400 * ms
		p.Client.Stats[runner.Response].Mean = 470 * ms
	})}, "overhead"},
	{"neuron refusing", with(m5, func(f *Facts) { f.Neuron = true }), []Period{minute(1, 20, 50, 1, 60*ms)}, "no-sizing"},
	{"burstable", with(m5, func(f *Facts) { f.Burstable = true }), []Period{quietMinute()}, "no-sizing"},
	{"burstable and full", with(m5, func(f *Facts) { f.Burstable = true }), []Period{minute(1, 99, 202, 0, 235*ms)}, "no-sizing"},
	{"burstable and slow", with(m5, func(f *Facts) { f.Burstable = true }), []Period{quietMinute(), minute(1, 20, 50, 1, 130*ms)}, "no-sizing"},
	{"burstable and out of memory", with(m5, func(f *Facts) { f.Burstable = true }), []Period{with(minute(1, 97, 50, 2, 60*ms), func(p *Period) {
		p.Server.Memory = new(93.)
	})}, "memory"},
	{"components at any CPU", components, []Period{quietMinute()}, "no-sizing"},
	{"components, full", components, []Period{minute(1, 99, 202, 0, 235*ms)}, "no-sizing"},
	{"components, slow at low CPU", components, []Period{quietMinute(), minute(1, 20, 50, 1, 130*ms)}, "no-sizing"},
	{"components, beyond ModelLatency", components, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Client.Stats[runner.Response].Mean = 90 * ms
	})}, "no-sizing"},
	{"one variant of those the load may reach", with(m5, func(f *Facts) { f.Variants = 1 }), []Period{minute(1, 99, 202, 0, 235*ms)}, "cpu-saturated"},
	{"several variants", twoVariants, []Period{quietMinute(), minute(1, 67, 135, 0, 60*ms)}, "no-sizing"},
	{"several variants, full", twoVariants, []Period{quietMinute(), minute(1, 99, 202, 0, 235*ms)}, "no-sizing"},
	{"several variants, slow at low CPU", twoVariants, []Period{quietMinute(), minute(1, 20, 50, 1, 130*ms)}, "no-sizing"},
	{"several variants, out of memory", twoVariants, []Period{with(minute(1, 97, 50, 2, 60*ms), func(p *Period) {
		p.Server.Memory = new(93.)
	})}, "no-sizing"},
	{"several variants, beyond ModelLatency", twoVariants, []Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
		p.Client.Stats[runner.Response].Mean = 90 * ms
	})}, "no-sizing"},
	{"unknown type", Facts{CloudWatch: true}, []Period{with(quietMinute(), func(p *Period) { p.Server.CPU = nil })}, "no-sizing"},
	{"without CloudWatch nothing is waited for", Facts{Serverless: true}, nil, ""},
	{"CPU not published", m5, []Period{with(quietMinute(), func(p *Period) { p.Server.CPU = nil })}, ""},
}

func TestServerFindings(t *testing.T) {
	for _, c := range serverCases {
		if got := ids(Diagnose(c.facts, runner.Window{}, c.periods)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNeverJudged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Period)
		says   string // "": nothing yet
	}{
		{"two plans", func(p *Period) { p.Client.Plans = 2 }, "2 settings of the load in one period"},
		{"a ramp", func(p *Period) { p.Client.Ramp = true }, "the load was on its way to what was asked for"},
		{"warm-up", func(p *Period) { p.Client.Warmup = true }, "the load was warm-up"},
		{"a pause", func(p *Period) { p.Client.Paused = true }, "the load was paused"},
		{"nothing answered", func(p *Period) { p.Client.OK = 0 }, ""},
		{"half a minute of load", func(p *Period) { p.Client.Length = 30 * time.Second }, "the load filled 30 of 60 s"},
		{"no server point", func(p *Period) { p.Server = nil }, ""},
		{"between two counts", func(p *Period) { p.Server.Scaling = true }, "instances came or went"},
		{"half published", func(p *Period) { p.Server.Partial = true }, ""},
		{"others' requests", func(p *Period) { p.Server.Invocations = new(float64(p.Client.Ended()) + 300) }, "others sent requests too: CloudWatch counts 12420, ours are 12120"},
		{"requests elsewhere", func(p *Period) { p.Server.Invocations = new(float64(p.Client.Ended()) / 2) }, "some of ours went elsewhere: CloudWatch counts 6060, ours are 12120"},
	} {
		p := with(minute(1, 99, 202, 0, 336*ms), c.change)
		switch found := Diagnose(m5, runner.Window{}, []Period{p}); {
		case c.says == "" && len(found) > 0:
			t.Errorf("%s: %+v", c.name, found)
		case c.says != "" && (ids(found) != notJudgedID || found[0].Evidence != c.says || !found[0].From.Equal(p.Server.From)):
			t.Errorf("%s: %+v, want that it is not judged, for %q", c.name, found, c.says)
		}
		if got := ids(Diagnose(m5, runner.Window{}, []Period{minute(0, 65, 130, 0, 60*ms), p})); got != "right-sized" {
			t.Errorf("%s: %q, want the verdict on the minute before", c.name, got)
		}
	}
	scaled := with(minute(1, 40, 200, 0, 60*ms), func(p *Period) { p.Server.Instances = 5 })
	if got := ids(Diagnose(m5, runner.Window{}, []Period{minute(0, 65, 130, 0, 60*ms), scaled})); got != "right-sized" {
		t.Errorf("instances came: %q, want the verdict on the minute before", got)
	}
}

func TestOnlyALoadShowsWhatIsQuiet(t *testing.T) {
	before := with(minute(0, 8, 0, 0, 40*ms), func(p *Period) { p.Client.MeanInFlight, p.Server.Invocations = 0, new(12.) })
	if got := ids(Diagnose(m5, runner.Window{}, []Period{before, minute(1, 45, 100, 0, 130*ms)})); got != "headroom" {
		t.Errorf("compared with others' requests before the load: %q", got)
	}
}

func TestWording(t *testing.T) {
	saturated := with(minute(3, 99.4, 202, 495, 336*ms), func(p *Period) { p.Server.CPUSum = new(4771.) })
	for _, c := range []struct {
		name             string
		periods          []Period
		evidence, advice string
	}{
		{
			"saturated",
			[]Period{quietMinute(), minute(1, 67, 135, 0, 60*ms), minute(2, 72, 150, 0, 60*ms), saturated},
			"CPU 99% (4771/4800) at 202 ok/s; ModelLatency 5.8x the quiet 58 ms; 71% fail, 5xx",
			"Add instances or return to 135/s.",
		}, {
			"saturated from the start",
			[]Period{saturated},
			"CPU 99% (4771/4800) at 202 ok/s; 71% fail, 5xx", "Add instances or lower the load.",
		}, {
			"right",
			[]Period{minute(0, 67, 135.2, 0, 60*ms)},
			"CPU 67% (3216/4800) at 135 ok/s", "Keep this load per instance: 60-70% leaves room for a surge.",
		}, {
			"little",
			[]Period{minute(0, 8.3, 9.5, 0, 60*ms)},
			"CPU 8.3% (398/4800) at 9.5 ok/s", "Smaller or fewer instances would carry this load.",
		}, {
			"threads",
			[]Period{quietMinute(), with(minute(1, 8.5, 16, 0, 580*ms), func(p *Period) { p.Server.CPUSum = new(408.) })},
			"CPU 8.5% (408/4800) at 16 ok/s; about 4 busy threads an instance; ModelLatency 10.0x the quiet 58 ms",
			"Raise the container's workers or threads: the hardware has room.",
		},
	} {
		found := Diagnose(m5, runner.Window{}, c.periods)
		if len(found) == 0 || found[0].Evidence != c.evidence || found[0].Advice != c.advice {
			t.Errorf("%s:\n%+v\nwant %s\nand  %s", c.name, found, c.evidence, c.advice)
		}
	}
}

// TestABandOfAnEarlierLoad is not taken for one of the load that came after it.
func TestABandOfAnEarlierLoad(t *testing.T) {
	users := func(n int) runner.Plan { return runner.Plan{Users: n} }
	rate := func(r float64) runner.Plan { return runner.Plan{Loop: runner.Open, Rate: r, Users: 512} }
	over := with(m5, func(f *Facts) { f.Over = true })
	const evidence = "CPU 67% (3216/4800) at 135 ok/s"
	for _, c := range []struct {
		name             string
		facts            Facts
		judged, now      runner.Plan
		severity         Severity
		evidence, advice string
	}{
		{"the same", m5, users(12), users(12), Info, evidence, bands[2].advice},
		{"warmed up since", m5, with(users(12), func(p *runner.Plan) { p.Warmup = true }), users(12), Info, evidence, bands[2].advice},
		{"paused", m5, users(12), with(users(12), func(p *runner.Plan) { p.Paused = true }), Info, evidence, bands[2].advice},
		{"nothing since", m5, users(12), users(0), Info, evidence, bands[2].advice},
		{"more users", m5, users(12), users(48), Advice, evidence + "; of 12 users, before 48 users", "The load since, 48 users, is not judged yet: no whole CloudWatch period."},
		{"one user", m5, users(12), users(1), Advice, evidence + "; of 12 users, before 1 user", "The load since, 1 user, is not judged yet: no whole CloudWatch period."},
		{"more users to the end", over, users(12), users(48), Advice, evidence + "; of 12 users, before 48 users", "The load since, 48 users, is not judged: no whole CloudWatch period."},
		{"a rate", m5, users(12), rate(300), Advice, evidence + "; of 12 users, before 300/s", "The load since, 300/s, is not judged yet: no whole CloudWatch period."},
		{"less of it", m5, rate(135), rate(12.5), Advice, evidence + "; of 135/s, before 12.5/s", "The load since, 12.5/s, is not judged yet: no whole CloudWatch period."},
	} {
		ten := with(lastTen(), func(w *runner.Window) { w.Plan = c.now; w.Plans = 2 })
		found := Diagnose(c.facts, ten, []Period{with(minute(1, 67, 135, 0, 60*ms), func(p *Period) { p.Client.Plan = c.judged })})
		if ids(found) != "right-sized" || found[0].Severity != c.severity || found[0].Evidence != c.evidence || found[0].Advice != c.advice {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
	five := with(m5, func(f *Facts) { f.Instances = 5 })
	one := func(p *Period) { p.Client.Plan, p.Server.Instances = users(240), 1 }
	full := with(minute(1, 99.4, 202, 495, 336*ms), one)
	now := with(lastTen(), func(w *runner.Window) { w.Plan = users(240) })
	if found := Diagnose(five, now, []Period{full}); ids(found) != "cpu-saturated" || found[0].Severity != Advice ||
		!strings.HasSuffix(found[0].Evidence, "; with 1 instance, before 5") || found[0].Advice != "With 5 instances it is not judged yet: no whole CloudWatch period." {
		t.Errorf("fewer instances: %+v", found)
	}
	tight := with(minute(1, 85, 170, 0, 60*ms), func(p *Period) { p.Client.Plan = users(12) })
	ten := with(lastTen(), func(w *runner.Window) { w.Plan = users(48) })
	if found := Diagnose(m5, ten, []Period{tight}); ids(found) != "undersized" || found[0].Severity != Warning {
		t.Errorf("a warning stays one: %+v", found)
	}
}

// The same figures must give the same findings wherever they are read.
func TestFindingsDoNotDependOnTheZone(t *testing.T) {
	full := []Period{quietMinute(), minute(3, 99.4, 202, 495, 336*ms)}
	ten := with(lastTen(), func(w *runner.Window) {
		w.Client.CPUPercent, w.Client.SchedP99 = 92, 14*ms
		failing(w, 100, runner.Failure{Class: runner.Validation})
	})
	here := Diagnose(m5, ten, full)
	for i := range full {
		s := *full[i].Server
		s.From = s.From.In(time.FixedZone("", 5*3600+1800))
		full[i].Server = &s
	}
	there := Diagnose(m5, ten, full)
	if len(here) != 3 || len(there) != len(here) {
		t.Fatalf("%d and %d findings", len(here), len(there))
	}
	for i, f := range here {
		g := there[i]
		if f.Title != g.Title || f.Evidence != g.Evidence || f.Advice != g.Advice || !f.From.Equal(g.From) || !f.To.Equal(g.To) {
			t.Errorf("%+v, and in another zone %+v", f, g)
		}
	}
}

func TestUnsizable(t *testing.T) {
	for reason, f := range map[string]Facts{
		"several variants share the load":                with(components, func(f *Facts) { f.Variants = 2 }),
		"inference components share its instances":       components,
		"a serverless endpoint publishes no":             {Serverless: true},
		"does its work on Neuron chips":                  {Neuron: true},
		"ml.g5.xlarge does its work on GPUs":             onGPU,
		"this instance type is burstable":                {Burstable: true, VCPUs: 2},
		"a container by its URL publishes no":            {Container: true},
		"the vCPUs of this instance type are not known,": {},
	} {
		got, advice := f.Unsizable()
		if !strings.Contains(got, reason) || advice == "" {
			t.Errorf("%+v: %q, %q; want %q", f, got, advice, reason)
		}
	}
	if _, advice := twoVariants.Unsizable(); !strings.Contains(advice, "--variant") {
		t.Errorf("%q does not say how to choose one", advice)
	}
	for _, f := range []Facts{m5, with(m5, func(f *Facts) { f.Variants = 1 })} {
		if got, advice := f.Unsizable(); got != "" || advice != "" {
			t.Errorf("%+v: %q, %q", f, got, advice)
		}
	}
}

// TestRoomIsNoComfortForAMissedSLO: an endpoint that is too slow at low CPU is not advised to have fewer instances, or more load.
func TestRoomIsNoComfortForAMissedSLO(t *testing.T) {
	slo := func(text string) Facts {
		r, err := ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		return with(m5, func(f *Facts) { f.SLOs = []Rule{r} })
	}
	for _, c := range []struct {
		slo      string
		cpu      float64
		severity Severity
		advice   string
	}{
		{"p99<500ms", 9, Warning, "CPU is not why p99<500ms failed: "},
		{"p99<500ms", 69, Warning, "CPU is not why p99<500ms failed: "},
		{"p99<500ms", 79, Advice, "Plan more instances before the load grows."},
		{"p99<5s", 9, Advice, "Smaller or fewer instances would carry this load."},
		{"tps>=1000", 45, Info, "Raise the load to see where it ends."},
	} {
		p := with(minute(0, c.cpu, 17, 0, 1400*ms), func(p *Period) { p.Client.MeanInFlight = 1 })
		found := Diagnose(slo(c.slo), with(lastTen(), func(w *runner.Window) { w.Plan = p.Client.Plan }), []Period{p})
		if len(found) != 1 || found[0].Severity != c.severity || !strings.HasPrefix(found[0].Advice, c.advice) {
			t.Errorf("%s at %.0f%%: %+v", c.slo, c.cpu, found)
		}
	}
}
