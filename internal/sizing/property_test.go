package sizing

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// anyPeriod has any field missing and any figure anywhere, also where none should be.
func anyPeriod(r *rand.Rand, n int) Period {
	p := Period{Client: anyWindow(r)}
	if r.IntN(6) == 0 {
		return p
	}
	maybe := func(top float64) *float64 {
		if r.IntN(3) == 0 {
			return nil
		}
		return new(top * (r.Float64()*1.3 - .05))
	}
	lat := func() *Latency {
		if r.IntN(4) == 0 {
			return nil
		}
		l := &Latency{Mean: time.Duration(r.IntN(500)) * ms}
		if r.IntN(2) == 0 {
			l.P99, l.Min = new(2*l.Mean), new(l.Mean/2)
		}
		return l
	}
	invocations := maybe(6000)
	if r.IntN(3) > 0 {
		invocations = new(float64(p.Client.Ended()))
	}
	p.Server = &Server{
		From: start.Add(time.Duration(n) * time.Minute), Period: []time.Duration{0, 10 * time.Second, time.Minute, 5 * time.Minute}[r.IntN(4)],
		Partial: r.IntN(5) == 0, Instances: r.IntN(4),
		CPU: maybe(100), CPUMax: maybe(100), CPUSum: maybe(4800), Memory: maybe(100), GPU: maybe(100), Model: lat(), Overhead: lat(),
		Invocations: invocations, Errors4XX: maybe(100), Errors5XX: maybe(100),
	}
	return p
}

func anyWindow(r *rand.Rand) runner.Window {
	w := runner.Window{
		Length: time.Duration(r.IntN(70)) * time.Second, Plans: []int{0, 1, 1, 1, 2}[r.IntN(5)], Ramp: r.IntN(9) == 0, Warmup: r.IntN(9) == 0, Paused: r.IntN(9) == 0,
		Counts:       runner.Counts{Sent: r.Uint64N(5000), OK: r.Uint64N(5000) * r.Uint64N(2), Failed: r.Uint64N(100) * r.Uint64N(2), Unsent: r.Uint64N(50)},
		MeanInFlight: r.Float64() * 4, InFlight: r.IntN(9), Users: r.IntN(9), Due: r.IntN(5) * r.IntN(20),
		Client: runner.Client{CPUPercent: r.Float64() * 110, Cores: float64(r.IntN(9)) / 4, Throttled: max(0, r.Float64()*120-100), SchedP99: time.Duration(r.IntN(30)) * ms, RTT: time.Duration(r.IntN(5)*r.IntN(20)) * ms},
		Plan:   runner.Plan{Loop: runner.Loop(r.IntN(2)), Users: r.IntN(9)},
	}
	for m := range w.Stats {
		if d := time.Duration(r.IntN(300)) * ms; r.IntN(2) == 0 {
			w.Stats[m] = runner.Stats{Count: w.OK, Mean: d, P50: d, P90: d, P95: 3 * d / 2, P99: 2 * d, P999: 5 * d / 2, Max: 3 * d}
		}
	}
	for c := range runner.NumClasses {
		if w.Failed > 0 && r.IntN(8) == 0 {
			w.Errors = append(w.Errors, runner.ErrorCount{Failure: runner.Failure{Class: c, OriginalStatus: 100 * r.IntN(6)}, Count: w.Failed})
		}
	}
	return w
}

// checkFinding holds for every finding, whatever the figures were.
func checkFinding(t *testing.T, f Finding) {
	t.Helper()
	if f.ID == "" || f.Title == "" || f.Evidence == "" || f.Advice == "" {
		t.Fatalf("something is not said: %+v", f)
	}
	for _, odd := range []string{"NaN", "Inf", "%!", "\n", "; ;", "  "} {
		if strings.Contains(f.Evidence+"|"+f.Advice, odd) {
			t.Fatalf("%q in %+v", odd, f)
		}
	}
	if f.ID != "no-sizing" && f.From.IsZero() {
		t.Fatalf("no time: %+v", f)
	}
}

func TestAnyFiguresAtAll(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(30_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := Facts{VCPUs: 48 * r.IntN(2), GPUs: r.IntN(2) * r.IntN(2), Serverless: r.IntN(9) == 0, Neuron: r.IntN(9) == 0, Burstable: r.IntN(9) == 0, Variants: r.IntN(12) / 5, Components: r.IntN(9) == 0, CloudWatch: r.IntN(4) > 0, Over: r.IntN(4) == 0, Alone: time.Duration(r.IntN(2)*r.IntN(300)) * ms}
		var periods []Period
		for n := range r.IntN(5) {
			periods = append(periods, anyPeriod(r, n))
		}
		ten := anyWindow(r)
		for i, found := range Diagnose(f, ten, periods) {
			checkFinding(t, found)
			if found.ID == "client-pool" {
				checkPool(t, &ten, periods)
			}
			if seen[found.ID]++; i > 0 && strings.Contains("oversized headroom right-sized tight undersized no-sizing", found.ID) {
				t.Fatalf("seed %d: %s beside another finding", seed, found.ID)
			}
		}
		checkNumbers(t, f, periods)
	}
	for _, c := range checks {
		if seen[c.id] == 0 {
			t.Errorf("no figures led to %s", c.id)
		}
	}
}

// checkPool holds whenever users are too few: some window has an open loop that has started all of them, and no time-outs.
func checkPool(t *testing.T, ten *runner.Window, periods []Period) {
	t.Helper()
	could := func(w *runner.Window) bool {
		return w.Plan.Loop == runner.Open && w.Users >= w.Plan.Users && !slices.ContainsFunc(w.Errors, func(e runner.ErrorCount) bool { return e.Class == runner.Timeout })
	}
	if !could(ten) && !slices.ContainsFunc(periods, func(p Period) bool { return could(&p.Client) }) {
		t.Fatalf("too few users in %+v and %+v", ten, periods)
	}
}

func checkNumbers(t *testing.T, f Facts, periods []Period) {
	t.Helper()
	if e, ok := TPSAt(f, periods, 65); ok && !(e.TPS >= 0 && (e.About || e.Low <= e.TPS && e.TPS <= e.High) && len(e.From) > 0) || !ok && e.TPS != 0 {
		t.Fatalf("TPSAt %+v %v of %+v", e, ok, periods)
	}
	for i := range periods {
		s := NewSplit(&periods[i])
		if s.Hidden == "" && (s.NetClient < 0 || s.NetClient+s.Overhead+s.Model != s.Total) {
			t.Fatalf("%+v", s)
		}
		if s.Hidden != "" && s != (Split{Hidden: s.Hidden}) {
			t.Fatalf("hidden and shown: %+v", s)
		}
	}
}

func TestSplit(t *testing.T) {
	shown := NewSplit(new(minute(0, 67, 135, 0, 58*ms)))
	if want := (Split{NetClient: 3 * ms, Overhead: 4 * ms, Model: 58 * ms, Total: 65 * ms}); shown != want {
		t.Errorf("%+v, want %+v", shown, want)
	}
	for says, change := range map[string]func(*Period){
		"settings changed":         func(p *Period) { p.Client.Plans = 2 },
		"no successes":             func(p *Period) { p.Client.OK = 0 },
		"2% failed: ModelLatency":  func(p *Period) { failing(&p.Client, 162, runner.Failure{Class: runner.Internal}) },
		"no latencies":             func(p *Period) { p.Server = nil },
		"CloudWatch has no":        func(p *Period) { p.Server.Overhead = nil },
		"for this period yet":      func(p *Period) { p.Server.Model = nil },
		"did not run for all":      func(p *Period) { p.Client.Length = 20 * time.Second },
		"exceed the client's":      func(p *Period) { p.Server.Model.Mean = 62 * ms },
		"not all published yet":    func(p *Period) { p.Server.Overhead.Mean = 62 * ms },
		"means exceed the client'": func(p *Period) { p.Client.Stats[runner.Response].Mean = ms },
	} {
		if got := NewSplit(new(with(minute(0, 67, 135, 0, 58*ms), change))); !strings.Contains(got.Hidden, says) || got.Total != 0 {
			t.Errorf("%s: %+v", says, got)
		}
	}
	if got := NewSplit(new(with(minute(0, 67, 135, 0, 58*ms), func(p *Period) { failing(&p.Client, 81, runner.Failure{Class: runner.Internal}) }))); got.Hidden != "" {
		t.Errorf("1 %% failed: %+v", got)
	}
}

func TestTPSAt(t *testing.T) {
	idle := with(minute(0, 5, 0, 0, 0), func(p *Period) { p.Server.Invocations, p.Server.Model = nil, nil })
	five := with(minute(1, 60, 600, 0, 60*ms), func(p *Period) { p.Server.Instances = 5 })
	for _, c := range []struct {
		name    string
		periods []Period
		tps     float64
		about   bool
		ok      bool
	}{
		{"nothing", nil, 0, false, false},
		{"on the spot", []Period{minute(0, 65, 130, 0, ms)}, 130, false, true},
		{"by a line from 0", []Period{minute(0, 60, 120, 0, ms)}, 130, false, true},
		{"by a line from the idle endpoint", []Period{idle, minute(0, 55, 100, 0, ms)}, 120, false, true},
		{"each of five", []Period{five}, 130, false, true},
		{"the mean of those near", []Period{minute(0, 65, 130, 0, ms), minute(1, 65, 140, 0, ms), minute(2, 20, 90, 0, ms)}, 135, false, true},
		{"from far away", []Period{minute(0, 26, 50, 0, ms), minute(1, 13, 20, 0, ms)}, 125, true, true},
		{"not from a saturated one", []Period{minute(0, 99, 200, 0, ms)}, 0, false, false},
		{"not from an idle one", []Period{minute(0, 8, 16, 0, ms)}, 0, false, false},
		{"not from one with others' requests", []Period{with(minute(0, 65, 130, 0, ms), func(p *Period) { p.Server.Invocations = new(9000.) })}, 0, false, false},
		{"not from one that saw half of ours", []Period{with(minute(0, 65, 130, 0, ms), func(p *Period) { p.Server.Invocations = new(3900.) })}, 0, false, false},
		{"not from one that fails", []Period{minute(0, 65, 130, 3, ms)}, 0, false, false},
		{"not without instances", []Period{with(five, func(p *Period) { s := *p.Server; s.Instances = 0; p.Server = &s })}, 0, false, false},
	} {
		e, ok := TPSAt(m5, c.periods, 65)
		if ok != c.ok || e.About != c.about || e.TPS < c.tps-1e-9 || e.TPS > c.tps+1e-9 {
			t.Errorf("%s: %v about %v ok %v, want %v %v %v", c.name, e.TPS, e.About, ok, c.tps, c.about, c.ok)
		}
	}
}

func TestTPSAtOfWhatCannotBeSized(t *testing.T) {
	for _, f := range []Facts{components, twoVariants, onGPU, {}, with(m5, func(f *Facts) { f.Burstable = true })} {
		if e, ok := TPSAt(f, []Period{minute(0, 65, 130, 0, ms)}, 65); ok || e.TPS != 0 {
			t.Errorf("%+v: %v %v", f, e.TPS, ok)
		}
	}
}
