package sizing

import (
	"testing"

	"sagetop/runner"
)

func TestForeign(t *testing.T) {
	const ours = 6000 // 2 % of them and 20 are let go
	for _, c := range []struct {
		name        string
		invocations float64
		failed      uint64
		class       runner.Class
		extra       float64
	}{
		{"all ours", 6000, 0, runner.OK, 0},
		{"a few more", 6140, 0, runner.OK, 0},
		{"others too", 6141, 0, runner.OK, 141},
		{"a few less", 5860, 0, runner.OK, 0},
		{"ours went elsewhere", 5859, 0, runner.OK, -141},
		{"nothing of ours", 0, 0, runner.OK, -6000},
		{"failures of the container are counted", 5859, 3000, runner.ModelError, -141},
		{"a quota's refusals may be", 6000, 3000, runner.Throttled, 0},
		{"and may not", 2860, 3000, runner.Throttled, 0},
		{"but no more than those may be missing", 2859, 3000, runner.Throttled, -141},
		{"no connection, no invocation", 3000, 3000, runner.Connect, 0},
		{"refusals do not hide others' requests", 6141, 3000, runner.Throttled, 141},
	} {
		p := minute(0, 65, ours/60, 0, 60*ms)
		if c.failed > 0 {
			failing(&p.Client, c.failed, runner.Failure{Class: c.class})
		}
		p.Server.Invocations = &c.invocations
		if extra, known := p.Foreign(); extra != c.extra || !known {
			t.Errorf("%s: %v %v, want %v", c.name, extra, known, c.extra)
		}
	}
	for name, change := range map[string]func(*Period){
		"no point":       func(p *Period) { p.Server = nil },
		"no count":       func(p *Period) { p.Server.Invocations = nil },
		"half published": func(p *Period) { p.Server.Partial, p.Server.Invocations = true, new(1.) },
	} {
		p := with(minute(0, 65, 100, 0, 60*ms), change)
		if extra, known := p.Foreign(); extra != 0 || known {
			t.Errorf("%s: %v %v", name, extra, known)
		}
	}
}

func TestAPeriodWithoutACountOfInvocationsIsJudged(t *testing.T) {
	p := with(minute(0, 65, 130, 0, 60*ms), func(p *Period) { p.Server.Invocations = nil })
	if got := ids(Diagnose(m5, runner.Window{}, []Period{p})); got != "right-sized" {
		t.Errorf("%q", got)
	}
	if _, ok := TPSAt(m5, []Period{p}, 65); !ok {
		t.Error("TPSAt does not read it")
	}
}
