package sizing

import (
	"math"
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// held is a target of 1000/s that nine instances bore for three minutes, at a CPU share of 56 %.
func held() (Trial, []Period) {
	var periods []Period
	for i := range 3 {
		p := minute(i, 56, 1000, 0, 60*ms)
		p.Server.Instances = 9
		periods = append(periods, p)
	}
	w := periods[0].Client
	w.To, w.Length = w.From+180, 3*time.Minute
	w.Sent, w.OK = 3*w.Sent, 3*w.OK
	w.Stats[runner.Response].Count = w.OK
	return Trial{
		TPS: 1000, For: 3 * time.Minute, From: w.From, To: w.To, Held: &w, Instances: 9,
		Projected: &Projection{TPS: 130, CPU: 65, Idle: 2, Needed: 8, Instances: 9},
	}, periods
}

// What was projected stands beside what was measured.
func TestProve(t *testing.T) {
	trial, periods := held()
	p := Prove(judged(t, "p99<200ms", "errors<1%"), periods, trial)
	if p.Verdict != Pass || p.Why != "" || len(p.Rules) != 2 || p.Rules[0].String() != "p99<200ms is 120 ms" || p.Rules[1].String() != "errors<1% is 0%" {
		t.Errorf("%+v", p)
	}
	if p.Periods != 3 || *p.CPU != 56 || math.Abs(p.PerInst-1000./9) > 1e-9 {
		t.Errorf("measured %+v", p)
	}
	if cpu, tps := 2+63*(1000./9)/130, 130*54./63; math.Abs(p.Projected-cpu) > 1e-9 || math.Abs(p.Expected-tps) > 1e-9 {
		t.Errorf("projected CPU %.2f, want %.2f; expected %.2f/s, want %.2f", p.Projected, cpu, p.Expected, tps)
	}
}

func TestProveVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Trial, []Period)
		want   Verdict
		why    string
	}{
		"never held":       {func(tr *Trial, _ []Period) { tr.Held = nil }, Unknown, "1000/s were held for 0s of 3m0s"},
		"too short":        {func(tr *Trial, _ []Period) { tr.Held.Length = 2 * time.Minute }, Unknown, "1000/s were held for 2m0s of 3m0s"},
		"instances moved":  {func(tr *Trial, _ []Period) { tr.Changing = true }, Unknown, "instances came or went"},
		"too few":          {func(tr *Trial, _ []Period) { tr.Held.Stats[runner.Response].Count = 9 }, Unknown, "too few samples to judge p99<200ms"},
		"an SLO":           {func(tr *Trial, _ []Period) { tr.Held.Stats[runner.Response].P99 = 230 * ms }, Fail, "p99<200ms is 230 ms"},
		"failures":         {func(tr *Trial, _ []Period) { tr.Held.OK, tr.Held.Failed = 170_000, 10_000 }, Fail, "94% of the requests that were due succeeded"},
		"never sent":       {func(tr *Trial, _ []Period) { tr.Held.Unsent = 5000 }, Fail, "97% of the requests that were due succeeded"},
		"still on the way": {func(tr *Trial, _ []Period) { tr.Held.Sent, tr.Held.InFlight = 185_000, 5000 }, Pass, ""},
		"hot":              {hot, Fail, "CPU 68%, and 9 instances were to stay within 65%"},
		"hot with fewer than planned": {func(tr *Trial, ps []Period) {
			hot(tr, ps)
			tr.Instances = 7
		}, Pass, ""},
		"hot, not projected": {func(tr *Trial, ps []Period) {
			hot(tr, ps)
			tr.Projected = nil
		}, Pass, ""},
		"CPU not known": {func(_ *Trial, ps []Period) {
			for i := range ps {
				ps[i].Server = nil
			}
		}, Pass, "CPU is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			trial, periods := held()
			c.change(&trial, periods)
			if p := Prove(judged(t, "p99<200ms"), periods, trial); p.Verdict != c.want || !strings.HasPrefix(p.Why, c.why) || (c.why == "") != (p.Why == "") {
				t.Errorf("%v: %q, want %v: %q", p.Verdict, p.Why, c.want, c.why)
			}
		})
	}
}

func hot(_ *Trial, periods []Period) {
	for i := range periods {
		*periods[i].Server.CPU = 68
	}
}

// What the plan projects is what its own figures say.
func TestProjectionIsThePlans(t *testing.T) {
	f := judged(t, "p99<200ms")
	s := Size(f, reference(), Ask{TPS: 1000})
	p := s.Projection(f)
	if math.Abs(p.CPUAt(1000./9)-s.CPUAtTarget()) > 1e-9 || p.Instances != 9 || p.Needed != 8 || p.Type != "ml.m5.12xlarge" {
		t.Errorf("%+v has CPU %.2f for the target, the plan %.2f", p, p.CPUAt(1000./9), s.CPUAtTarget())
	}
	if tps := p.TPSAt(p.CPUAt(100)); math.Abs(tps-100) > 1e-9 || p.TPSAt(-1) != 0 {
		t.Errorf("there and back: %v", tps)
	}
}
