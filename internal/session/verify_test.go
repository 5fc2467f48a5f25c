package session

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// projected are 8 instances of 100/s each at 66 %, and one to spare.
var projected = sizing.Projection{TPS: 100, CPU: 66, Needed: 2, Instances: 3, Type: "ml.m5.12xlarge"}

// verified is a run that is to prove 200/s, answered in 50 ms, for half a minute.
func verified(f *fakeScaler, slo string) Config {
	cfg := scalable(f, 0)
	cfg.Info.SLOs = []string{slo}
	cfg.Info.Plan = runner.Plan{Loop: runner.Open, Rate: 200, Users: 64}
	cfg.Info.Verify = &Verification{Run: "last", TPS: 200, For: 25 * time.Second, Settle: 2 * time.Second, Projected: &projected}
	cfg.NewLoad = func(sink func(*runner.Delta)) (runner.Load, error) {
		return &scheduled{sink: sink, stopped: make(chan struct{}), done: make(chan struct{})}, nil
	}
	return cfg
}

// The load settles, and is then held for whole periods of CloudWatch.
func TestVerify(t *testing.T) {
	journal := &memory{}
	var info Info
	st := conducted(t, func() Config {
		cfg := verified(&fakeScaler{}, "p99<200ms")
		cfg.Journal = journal
		info = cfg.Info
		return cfg
	}, nil)
	if st.Reason != EndDuration || !logged(&st, "verifying 200/s for 30s from ") {
		t.Errorf("%s, log:\n%s", st.Reason, texts(&st))
	}
	if v := st.Verify; !v.From.Equal(info.Started.Add(10*time.Second)) || v.For != 30*time.Second || st.Total != 41*time.Second {
		t.Errorf("%+v of %v", v, st.Total)
	}
	p := st.Proof()
	if p.Verdict != sizing.Pass || p.Why != "" || p.Periods != 3 || p.CPU == nil || *p.CPU != 66 {
		t.Errorf("%+v", p)
	}
	if math.Abs(p.PerInst-200) > .1 || p.Projected != 132 || p.Expected != 100 {
		t.Errorf("one instance gave %.1f where %.1f were expected, at a CPU of %.0f projected", p.PerInst, p.Expected, p.Projected)
	}
	replays(t, info, journal, st)
}

// With other instances first.
func TestVerifyWithInstances(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := verified(&fakeScaler{boot: 31 * time.Second}, "p99<200ms")
		cfg.Info.Instances, cfg.Info.Verify.Settle = 3, 20*time.Second
		cfg.Poller.(*fakePoller).since = time.Now().Add(40 * time.Second) // nobody invokes it before
		return cfg
	}, nil)
	if v, p := st.Verify, st.Proof(); v.From.Sub(st.Info.Started) != 60*time.Second || p.Verdict != sizing.Pass || math.Abs(p.PerInst-200./3) > .1 {
		t.Errorf("%+v, %+v; log:\n%s", v, p, texts(&st))
	}
}

func TestVerifyFails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		steer  func(*Session)
		want   sizing.Verdict
		why    string
	}{
		"an SLO":          {func(c *Config) { c.Info.SLOs = []string{"p99<40ms"} }, nil, sizing.Fail, "p99<40ms is 50 ms"},
		"too short":       {nil, after(20500*time.Millisecond, Command{Verb: Stop}), sizing.Unknown, "200/s were held for "},
		"by hand":         {nil, after(24500*time.Millisecond, Command{Verb: NewSegment}), sizing.Unknown, "200/s were held for "},
		"before it":       {nil, after(2*time.Second, Command{Verb: Stop}), sizing.Unknown, "200/s were held for 0s of 30s"},
		"other requests":  {func(c *Config) { c.Poller.(*fakePoller).invoked = 3000 }, nil, sizing.Unknown, "other traffic: 3000 invocations"},
		"a person scales": {nil, after(21500*time.Millisecond, Command{Verb: SetInstances, Count: 2}), sizing.Unknown, "200/s were held for "},
	} {
		t.Run(name, func(t *testing.T) {
			st := conducted(t, func() Config {
				cfg := verified(&fakeScaler{}, "p99<200ms")
				if c.change != nil {
					c.change(&cfg)
				}
				return cfg
			}, c.steer)
			if p := st.Proof(); p.Verdict != c.want || !strings.HasPrefix(p.Why, c.why) {
				t.Errorf("%v: %q, want %v: %q; log:\n%s", p.Verdict, p.Why, c.want, c.why, texts(&st))
			}
		})
	}
}

// midway is a run in whose middle a verification with n instances begins, as what has found the target begins it.
func midway(t *testing.T, f *fakeScaler, n int) (st State, failed error) {
	synctest.Test(t, func(t *testing.T) {
		cfg := verified(f, "p99<200ms")
		v := *cfg.Info.Verify
		cfg.Info.Verify = nil
		cfg.Info.Target.Endpoint = *f.describe()
		cfg.Info.Stages, cfg.Info.Cold = []Stage{{time.Hour, 50}}, 10*time.Second
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s.life = t.Context()
		s.begin()
		time.Sleep(15 * time.Second)
		s.verify(v, n)
		s.loop(t.Context())
		s.State(&st)
		failed = s.err
	})
	return st, failed
}

// The load goes on as it is until the instances have come, and those are cold for longer than the load takes to settle.
func TestVerifyMidway(t *testing.T) {
	st, _ := midway(t, &fakeScaler{boot: 20 * time.Second}, 3)
	p := st.Proof()
	if p.Verdict != sizing.Pass || st.Reason != EndDuration || math.Abs(p.PerInst-200./3) > .1 {
		t.Errorf("%s: %+v; log:\n%s", st.Reason, p, texts(&st))
	}
	if from := st.Verify.From.Sub(st.Info.Started); from != 50*time.Second {
		t.Errorf("from %v on", from)
	}
	for _, second := range st.Load.Seconds[:30] {
		if second.Sent != 50 {
			t.Errorf("%d sent in second %d, before the instances came", second.Sent, second.Second)
		}
	}
}

// Without its instances, or copies, there is nothing to verify.
func TestVerifyWithoutItsInstances(t *testing.T) {
	for name, c := range map[string]struct {
		copies bool
		n      int
		why    string
	}{
		"refused by AWS": {false, 3, "a quota"},
		"refused here":   {false, MaxInstances + 1, "the target is not verified without its instances"},
		"copies":         {true, MaxInstances + 1, "the target is not verified without its copies"},
	} {
		st, err := midway(t, &fakeScaler{refuses: errors.New("a quota"), copies: c.copies}, c.n)
		if p := st.Proof(); st.Reason != EndFailed || p != nil || err == nil || err.Error() != c.why {
			t.Errorf("%s: %s, %+v, %v; log:\n%s", name, st.Reason, p, err, texts(&st))
		}
	}
}
