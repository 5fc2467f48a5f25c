package sizing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// reference is the run that the figures of the design are of: the default model at 55, 65 and 75 % CPU, then saturated.
func reference() []Period {
	return []Period{quietMinute(), minute(1, 60, 121, 0, 60*ms), minute(2, 65, 131, 0, 61*ms), minute(3, 70, 141, 0, 62*ms), minute(4, 99, 202, 0, 240*ms)}
}

func rules(t *testing.T, texts ...string) (all []Rule) {
	t.Helper()
	for _, text := range texts {
		r, err := ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func judged(t *testing.T, texts ...string) Facts {
	return with(m5, func(f *Facts) { f.SLOs = rules(t, texts...) })
}

// A thousand a second of the default model: 8, one more, 12 so that 8 are left without a zone.
func TestSizeOfTheReference(t *testing.T) {
	s := Size(judged(t, "p99<200ms", "errors<1%", "tps>=1000"), reference(), Ask{TPS: 1000, Price: 3.5})
	if s.Problem != "" {
		t.Fatal(s.Problem)
	}
	if s.Needed != 8 || s.Spared != 9 || s.ZoneSafe != 12 || s.LostZone() != 4 || s.AtSLO != 8 {
		t.Errorf("%d needed, %d with a spare, %d zone safe (%d lost), %d at the SLO; want 8 9 12 (4) 8", s.Needed, s.Spared, s.ZoneSafe, s.LostZone(), s.AtSLO)
	}
	for what, c := range map[string]struct{ got, want float64 }{
		"TPS at 65 %":                {s.Each.TPS, 131}, // one of its minutes is at 65
		"held":                       {s.Held, 141},
		"failed":                     {s.Failed, 202},
		"peak":                       {s.Peak, 202},
		"CPU of nine":                {s.CPUAtTarget(), 65 * (1000. / 9) / s.Each.TPS},
		"cost an hour":               {s.CostPerHour(9), 31.5},
		"cost a million":             {s.CostPerMillion(9), 31.5 * 1e6 / 3.6e6},
		"InvocationsPerInstance":     {s.Tracking, math.Floor(60 * 141 / 1.9)}, // growth by 10 % for 9 minutes
		"instances that it leads to": {float64(s.Tracked()), 14},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", what, c.got, c.want)
		}
	}
	if len(s.Each.From) != 3 || s.Each.About || s.BySLO || s.Verified {
		t.Errorf("from %d periods, about %v, by the SLO %v, verified %v", len(s.Each.From), s.Each.About, s.BySLO, s.Verified)
	}
	if s.CPU != DefaultCPU || s.Growth != DefaultGrowth {
		t.Errorf("defaults %+v", s.Ask)
	}
}

func TestSizeInterval(t *testing.T) {
	for _, c := range []struct {
		name      string
		rates     []float64
		low, high float64
	}{
		{"one period: as far as minutes differ anyway", []float64{130}, 130 * (1 - .034), 130 * (1 + .034)},
		{"periods that agree were few", []float64{130, 130, 130}, 130 * (1 - .034), 130 * (1 + .034)},
		{"periods that do not", []float64{120, 140}, 130 - 2*math.Sqrt(200), 130 + 2*math.Sqrt(200)},
	} {
		var periods []Period
		for i, r := range c.rates {
			periods = append(periods, minute(i, 65, r, 0, ms))
		}
		e, _ := TPSAt(m5, periods, 65)
		if math.Abs(e.Low-c.low) > 1e-9 || math.Abs(e.High-c.high) > 1e-9 {
			t.Errorf("%s: %v to %v, want %v to %v", c.name, e.Low, e.High, c.low, c.high)
		}
	}
}

// Periods near the share are those within ten points of it, whatever share is asked for.
func TestSizeOfAnotherShare(t *testing.T) {
	s := Size(m5, reference(), Ask{TPS: 1000, CPU: 50})
	if len(s.Each.From) != 1 || s.Each.About || math.Abs(s.Each.TPS-121*50./60) > 1e-9 || s.Needed != 11 {
		t.Errorf("%+v", s)
	}
}

func TestSizeBySLO(t *testing.T) {
	slow := func(n int, cpu, tps float64) Period { return minute(n, cpu, tps, 0, 150*ms) } // p99 300 ms
	periods := []Period{minute(0, 40, 80, 0, 60*ms), slow(1, 60, 120)}
	s := Size(judged(t, "p99<200ms"), periods, Ask{TPS: 1000})
	if !s.BySLO || s.Held != 80 || s.Failed != 120 || s.AtSLO != 13 || s.Needed != 13 {
		t.Errorf("%+v", s)
	}
	if got := strings.Join(s.Caveats, "\n"); !strings.Contains(got, "the SLO failed at 120/s on one instance and held at 80/s") {
		t.Error(got)
	}
	s = Size(judged(t, "p99<200ms"), periods[1:], Ask{TPS: 1000})
	if !strings.Contains(s.Problem, "an SLO failed at 120/s on one instance already") || s.Advice == "" || s.Needed != 0 {
		t.Errorf("%+v", s)
	}
	s = Size(judged(t, "p99<200ms"), []Period{minute(0, 40, 80, 0, 60*ms), slow(1, 67, 135)}, Ask{TPS: 1000})
	if !s.BySLO {
		t.Error("an SLO that failed within the interval of what one instance carries is no limit")
	}
	s = Size(judged(t, "p99<200ms"), append(periods, minute(2, 66, 132, 0, 60*ms)), Ask{TPS: 1000})
	if s.BySLO {
		t.Error("an SLO that held at more is no limit")
	}
	s = Size(judged(t, "p99<200ms"), []Period{minute(0, 66, 132, 0, 60*ms), minute(1, 85, 150, 30, 150*ms)}, Ask{TPS: 1000})
	if s.BySLO || s.Failed != 180 {
		t.Errorf("refused answers count where the SLO failed: %+v", s)
	}
}

// A minute may miss an SLO by chance: what most minutes of a load say counts, and what holds at more load.
func TestWhatOneInstanceBears(t *testing.T) {
	f := judged(t, "p99<200ms", "errors<1%")
	for _, c := range []struct {
		name           string
		loads          []float64 // below 0: missed
		held, failed   float64
		missed, judged int
	}{
		{"nothing", nil, 0, 0, 0, 0},
		{"all", []float64{60, 131}, 131, 0, 0, 2},
		{"none", []float64{-131, -60}, 0, 60, 0, 0},
		{"up to a load", []float64{-150, 60, 131}, 131, 150, 0, 2},
		{"one stall of three alike", []float64{130, -129, 131}, 131, 0, 1, 3},
		{"one stall, at the most of three alike", []float64{130, 129, -131}, 130, 0, 0, 2},
		{"as many that hold as do not", []float64{60, -129, 131}, 60, 129, 0, 1},
		{"one that holds among those that do not", []float64{60, -129, -130, 131, -132}, 60, 129, 0, 1},
		{"a miss below what holds", []float64{-60, 100, 131}, 131, 0, 1, 3},
	} {
		var periods []Period
		for i, load := range c.loads {
			model := 60 * ms
			if load < 0 {
				model = 150 * ms // p99 300 ms
			}
			periods = append(periods, minute(i, math.Abs(load)/2, math.Abs(load), 0, model))
		}
		var s Sizing
		s.bears(f, periods)
		if s.Held != c.held || s.Failed != c.failed || s.Missed != c.missed || s.Judged != c.judged {
			t.Errorf("%s: held %v, failed %v, %d of %d missed; want %v %v %d %d", c.name, s.Held, s.Failed, s.Missed, s.Judged, c.held, c.failed, c.missed, c.judged)
		}
	}
}

func TestJudgeOfOnePeriod(t *testing.T) {
	few := minute(0, 65, 1, 0, 60*ms) // 60 successes: too few for p99
	for _, c := range []struct {
		rules []string
		p     Period
		want  Verdict
	}{
		{nil, minute(0, 65, 130, 0, 60*ms), Unknown},
		{[]string{"tps>=1000"}, minute(0, 65, 130, 0, 60*ms), Unknown},
		{[]string{"p99<200ms", "tps>=1000"}, minute(0, 65, 130, 0, 60*ms), Pass},
		{[]string{"p99<200ms", "p50<1ms"}, minute(0, 65, 130, 0, 60*ms), Fail},
		{[]string{"p99<200ms", "errors<1%"}, few, Unknown},
		{[]string{"p99<200ms", "p50<1ms"}, few, Fail},
		{[]string{"errors<1%"}, minute(0, 65, 130, 2, 60*ms), Fail},
	} {
		f := judged(t, c.rules...)
		if got := f.judge(&c.p); got != c.want {
			t.Errorf("%q: %v, want %v", c.rules, got, c.want)
		}
	}
}

// scaledTo is a minute of 130/s on one instance, then two of 1000/s on so many; the first of those is not judged.
func scaledTo(instances int, cpu float64, model time.Duration) []Period {
	all := []Period{minute(0, 65, 130, 0, 60*ms), minute(1, cpu, 1000, 0, model), minute(2, cpu, 1000, 0, model)}
	all[1].Server.Instances, all[2].Server.Instances = instances, instances
	return all
}

func TestSizeCaveats(t *testing.T) {
	at65 := []Period{minute(0, 65, 130, 0, 60*ms)}
	for _, c := range []struct {
		name    string
		facts   Facts
		periods []Period
		ask     Ask
		says    string
		not     string
	}{
		{"a projection", m5, at65, Ask{TPS: 1000}, "projected, not verified: load 9 instances with 1000/s to know (sagetop verify RUN --target-tps 1000 --instances 9)", "only about right"},
		{"from far away", m5, []Period{minute(0, 26, 50, 0, ms)}, Ask{TPS: 1000}, "only about right: no period within 10 points of 65% CPU; hold 125/s", "?"},
		{"no SLO", m5, at65, Ask{TPS: 1000}, "no SLO on latency or errors was given", "?"},
		{"an SLO of the load alone", judged(t, "tps>=100"), at65, Ask{TPS: 1000}, "no SLO on latency or errors was given", "?"},
		{"an SLO on too few samples", judged(t, "p999<1s"), []Period{minute(0, 65, 10, 0, ms)}, Ask{TPS: 20}, "no period could be judged by the SLO", "?"},
		{"an SLO that held at less", judged(t, "p99<200ms"), []Period{minute(0, 30, 60, 0, 60*ms)}, Ask{TPS: 1000}, "the SLO held at 60/s on one instance at the most: at 130/s it is not proven", "no SLO"},
		{"random routing", m5, at65, Ask{TPS: 1000}, "for RANDOM routing; one that is 1.2x slower than the others costs 15%", "?"},
		{"least outstanding", with(m5, func(f *Facts) { f.Routing = "LEAST_OUTSTANDING_REQUESTS" }), at65, Ask{TPS: 1000}, "about 10% more", "RANDOM"},
		{"another routing", with(m5, func(f *Facts) { f.Routing = "PREFIX_AWARE" }), at65, Ask{TPS: 1000}, "what PREFIX_AWARE routing makes of it is not known", "RANDOM"},
		{"verified", judged(t, "p99<200ms"), scaledTo(8, 66, 60*ms), Ask{TPS: 1000}, "for this model", "projected"},
		{"served by more than planned", m5, scaledTo(12, 50, ms), Ask{TPS: 1000}, "projected", "?"},
		{"served while the SLO failed", judged(t, "p99<200ms"), scaledTo(5, 98, 300*ms), Ask{TPS: 1000}, "projected", "?"},
	} {
		s := Size(c.facts, c.periods, c.ask)
		if got := strings.Join(s.Caveats, "\n"); !strings.Contains(got, c.says) || strings.Contains(got, c.not) || s.Problem != "" {
			t.Errorf("%s: %s%s", c.name, s.Problem, got)
		}
	}
}

// What cannot be sized says why, and which run would tell.
func TestSizeProblems(t *testing.T) {
	for _, c := range []struct {
		name            string
		facts           Facts
		periods         []Period
		problem, advice string
	}{
		{"no points", m5, nil, "no CloudWatch period is whole", "so that CPU is between 55 and 75%"},
		{"without CloudWatch", with(m5, func(f *Facts) { f.CloudWatch = false }), nil, "CloudWatch was not read", "without --no-cloudwatch"},
		{"saturated alone", m5, []Period{minute(0, 99, 202, 0, ms)}, "nearest is CPU 99%", "about 133/s"},
		{"idle alone", m5, []Period{minute(0, 5, 10, 0, ms)}, "nearest is CPU 5%", "about 130/s"},
		{"failing alone", m5, []Period{minute(0, 65, 130, 9, ms)}, "with at most 1% failures is needed", "about 130/s"},
		{"burstable", with(m5, func(f *Facts) { f.Burstable = true }), reference(), "burstable", "full cores"},
		{"components", components, reference(), "inference components", "latency"},
		{"variants", twoVariants, reference(), "several variants", "--variant"},
		{"GPU", onGPU, reference(), "GPUs", "GPUUtilization"},
		{"serverless", with(m5, func(f *Facts) { f.Serverless = true }), nil, "serverless", "latency"},
		{"Neuron", with(m5, func(f *Facts) { f.Neuron = true }), reference(), "Neuron", "latency"},
		{"vCPUs unknown", with(m5, func(f *Facts) { f.VCPUs = 0 }), reference(), "vCPUs", "--vcpus"},
	} {
		s := Size(c.facts, c.periods, Ask{TPS: 1000})
		if !strings.Contains(s.Problem, c.problem) || !strings.Contains(s.Advice, c.advice) || s.Needed != 0 {
			t.Errorf("%s: %q, %q", c.name, s.Problem, s.Advice)
		}
	}
}

// The bound on auto scaling: AWS's half of the most, unless the load may grow faster than instances come.
func TestTracking(t *testing.T) {
	f := judged(t, "p99<200ms")
	for _, c := range []struct {
		growth, want float64
	}{
		{1, 60 * .5 * 202}, // 141/1.09 is more than half of 202
		{30, 60 * 141 / 3.7},
		{1000, 60 * 141. / 91},
	} {
		if s := Size(f, reference(), Ask{TPS: 1000, Growth: c.growth}); s.Tracking != math.Floor(c.want) {
			t.Errorf("growth %v: %v, want %v", c.growth, s.Tracking, math.Floor(c.want))
		}
	}
	if s := Size(m5, []Period{minute(0, 30, 60, 0, ms)}, Ask{TPS: 1000}); s.MaxRate() != s.Each.TPS {
		t.Errorf("MAX_RPS %v of a run that saw no end, want %v", s.MaxRate(), s.Each.TPS)
	}
}

// checkSizing holds for every Sizing, whatever the figures were.
func checkSizing(s *Sizing) error {
	if s.Problem != "" {
		if s.Advice == "" || s.Needed != 0 || len(s.Caveats) != 0 {
			return fmt.Errorf("a problem with figures, or without advice: %+v", s)
		}
		return nil
	}
	least, _ := s.rate()
	left := s.ZoneSafe - s.LostZone()
	switch {
	case s.Needed < 1 || float64(s.Needed)*least < s.TPS*(1-1e-9) && s.Needed < mostInstances:
		return fmt.Errorf("%d of %v/s do not carry %v/s", s.Needed, least, s.TPS)
	case s.Spared < 2 || s.Spared != max(2, s.Needed+1) || s.ZoneSafe < s.Spared:
		return fmt.Errorf("%d needed, %d with a spare, %d zone safe", s.Needed, s.Spared, s.ZoneSafe)
	case left < s.Needed || s.ZoneSafe > s.Spared && (s.ZoneSafe-1)-(s.ZoneSafe-1+2)/3 >= s.Needed:
		return fmt.Errorf("%d left of %d without a zone for %d needed, or one fewer would do", left, s.ZoneSafe, s.Needed)
	case s.Tracking < 1 || s.Tracking > 1 && s.Tracking > 30*s.MaxRate():
		return fmt.Errorf("InvocationsPerInstance %v is more than AWS's half of %v/s", s.Tracking, s.MaxRate())
	case float64(s.Tracked())*s.Tracking < s.TPS*60*(1-1e-9) && s.Tracked() < mostInstances || s.MostTracked() < s.ZoneSafe:
		return fmt.Errorf("%d tracked at %v do not carry %v/s", s.Tracked(), s.Tracking, s.TPS)
	case s.AtSLO > 0 != (s.Held > 0) || s.BySLO && s.Held >= s.Each.TPS:
		return fmt.Errorf("held %v, %d at the SLO, by the SLO %v", s.Held, s.AtSLO, s.BySLO)
	}
	for _, c := range s.Caveats {
		for _, odd := range []string{"NaN", "Inf", "%!", "\n", "  "} {
			if strings.Contains(c, odd) {
				return fmt.Errorf("%q in %q", odd, c)
			}
		}
	}
	return nil
}

func TestSizeOfAnyFigures(t *testing.T) {
	sized := 0
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 2))
		f := judged(t, "p99<200ms", "errors<1%")
		f.CloudWatch = r.IntN(4) > 0
		var periods []Period
		for n := range r.IntN(5) {
			periods = append(periods, anyPeriod(r, n))
			if r.IntN(2) == 0 {
				periods[n] = minute(n, 100*r.Float64(), 300*r.Float64(), 10*r.Float64()*float64(r.IntN(2)), time.Duration(1+r.IntN(200))*ms)
			}
		}
		a := Ask{TPS: math.Pow(10, 7*r.Float64()-1), Growth: 100 * r.Float64(), CPU: LeastCPU + (MostCPU-LeastCPU)*r.Float64()}
		s := Size(f, periods, a)
		if err := checkSizing(&s); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if s.Problem != "" {
			continue
		}
		sized++
		a.TPS *= 2
		if more := Size(f, periods, a); more.Needed < s.Needed || more.ZoneSafe < s.ZoneSafe {
			t.Fatalf("seed %d: %d for %v/s, %d for twice that", seed, s.Needed, a.TPS/2, more.Needed)
		}
	}
	if sized < 2000 {
		t.Errorf("only %d figures could be sized", sized)
	}
}
