package session

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// counting is CloudWatch of a bearing load whose endpoint scales: it publishes what was answered in each period, and the CPU that came
// to, 3 s after its end.
type counting struct {
	load   *bearing
	scaler *fakeScaler
	each   func(n int) float64 // answers a second that one of n instances bears
	period time.Duration

	mu   sync.Mutex
	from map[int64]cwmetrics.Point // by the period's start
}

func (c *counting) Wait() time.Duration { return time.Second }

// count a second, and bear the next as the instances of then can.
func (c *counting) count(d *runner.Delta, _ int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Unix(d.Second, 0).Truncate(c.period)
	p, seen := c.from[at.Unix()]
	if !seen {
		p = cwmetrics.Point{At: at, Period: c.period, Complete: true, CPU: &cwmetrics.Utilization{Units: 48, Share: new(0.)}, Invocations: new(0.)}
	}
	*p.Invocations += float64(d.OK)
	*p.CPU.Share += 97 * float64(d.OK) / c.load.bears / c.period.Seconds()
	c.from[at.Unix()] = p
	n := c.instances()
	c.load.bears = float64(n) * c.each(n)
}

func (c *counting) instances() int { return c.scaler.describe().Variants[0].Instances }

func (c *counting) Poll(ctx context.Context) (cwmetrics.Sample, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	s := cwmetrics.Sample{At: now, Period: c.period, Endpoint: c.scaler.describe(), Described: now}
	for _, p := range c.from {
		if p.End().Add(3 * time.Second).Before(now) {
			p.Invocations, p.CPU = new(*p.Invocations), &cwmetrics.Utilization{Units: 48, Share: new(*p.CPU.Share), Average: 48 * *p.CPU.Share}
			s.Points = append(s.Points, p)
		}
	}
	slices.SortFunc(s.Points, func(a, b cwmetrics.Point) int { return a.At.Compare(b.At) })
	return s, ctx.Err()
}

// proven is a search on an endpoint of 200/s an instance that goes on to 1000/s for two minutes.
func proven(t *testing.T, f *fakeScaler, change func(*Config, *counting), steer func(*Session)) (State, *memory) {
	t.Helper()
	l := &bearing{bears: 200}
	return searchOf(t, l, func(cfg *Config) {
		cw := &counting{load: l, scaler: f, each: func(int) float64 { return 200 }, period: 10 * time.Second, from: map[int64]cwmetrics.Point{}}
		l.spoil = cw.count
		cfg.Info.CloudWatch, cfg.Poller, cfg.Scaler = true, cw, f
		cfg.Info.Sizing.TPS, cfg.Info.Cold, cfg.Info.CPUHold = 1000, 12*time.Second, time.Minute
		cfg.Info.Prove = &Prove{For: 2 * time.Minute, Settle: 15 * time.Second, Consent: Agreed}
		if change != nil {
			change(cfg, cw)
		}
	}, steer)
}

// phases that a replay shows, one after the other.
func (m *memory) phases(t *testing.T, info *Info) (all []Phase) {
	t.Helper()
	book, err := NewBook(*info)
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range m.write {
		if err := write(book); err != nil {
			t.Fatal(err)
		}
		if p := book.phaseOf(&book.load); len(all) == 0 || all[len(all)-1] != p {
			all = append(all, p)
		}
	}
	return all
}

// A search goes on by itself: what one instance bears, so many of them as the target takes, and whether that is so.
func TestProve(t *testing.T) {
	f := &fakeScaler{boot: 30 * time.Second}
	st, m := proven(t, f, func(cfg *Config, _ *counting) { cfg.Info.Restore = true }, nil)
	p := st.Proof()
	if st.Reason != EndDuration || st.Search.Result.Outcome != sizing.Held || p == nil || p.Verdict != sizing.Pass || p.Why != "" {
		t.Fatalf("%s: %s, %+v; log:\n%s", st.Reason, &st.Search.Result, p, texts(&st))
	}
	if got, want := m.phases(t, &st.Info), []Phase{Run, Finding, Resting, Verifying, Drain, Restore, Done}; !slices.Equal(got, want) {
		t.Errorf("phases %v, want %v", got, want)
	}
	if !slices.Equal(f.asked, []int{9, 1}) {
		t.Errorf("asked for %v instances", f.asked)
	}
	if p.CPU == nil || math.Abs(*p.CPU-p.Projected) > 1 || math.Abs(*p.CPU-97*1000/9/200.) > 1 || math.Abs(p.PerInst-1000/9.) > 1 {
		t.Errorf("%+v", p)
	}
	if size := st.Size(); size.Needed != 8 || size.Spared != 9 || size.Each.About {
		t.Errorf("planned %+v", size)
	}
	if slo, run := st.SLOs[0], st.Load.Run; slo.Pass != sizing.Pass || run.Plans != 1 || run.Plan.Rate != 1000 || run.Length < 2*time.Minute {
		t.Errorf("SLO %+v over %v of %+v", slo, run.Length, run.Plan)
	}
	if st.Elapsed > 12*time.Minute {
		t.Errorf("it took %v", st.Elapsed)
	}
	if st.Invalid != nil || len(st.Moved) > 0 || logged(&st, "SLO p99<200ms fails") {
		t.Errorf("invalid %v, moved %v; log:\n%s", st.Invalid, st.Moved, texts(&st))
	}
	replays(t, st.Info, m, st)
}

// The load rests while it waits for an answer, and nothing is changed without one.
func TestProveAsks(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	open := func(s *Session) (st State) {
		for !st.Proposal.Open() {
			time.Sleep(time.Second)
			s.State(&st)
		}
		return st
	}
	answers := func(c Command) func(*Session) {
		return func(s *Session) {
			st := open(s)
			if p := st.Load.Plan; st.Phase != Resting || p.Rate < 15 || p.Rate > 19 || !p.Warmup || st.Proposal.From != 1 || st.Proposal.To != 9 {
				t.Errorf("%s at %+v: %+v", st.Phase, p, st.Proposal)
			}
			time.Sleep(time.Minute)
			if c.Verb != "" {
				_ = s.Do(c)
			}
		}
	}
	for _, c := range []struct {
		name    string
		consent Consent
		steer   func(*Session)
		asked   []int
		refused string
		ended   string
	}{
		{"yes", ToBeAsked, answers(Command{Verb: SetInstances, Count: 9}), []int{9}, "", EndDuration},
		{"another number", ToBeAsked, answers(Command{Verb: SetInstances, Count: 12}), []int{12}, "", EndDuration},
		{"no", ToBeAsked, answers(Command{Verb: Decline}), nil, "that was declined", EndFound},
		{"no answer", ToBeAsked, answers(Command{}), nil, "nobody answered within 10m0s", EndFound},
		{"nobody there", NoConsent, nil, nil, "it takes 1 -> 9 instances, and there was nobody to ask", EndFound},
		{"stopped", ToBeAsked, answers(Command{Verb: Stop}), nil, "", EndStopped},
		{"by hand", ToBeAsked, func(s *Session) {
			answers(Command{Verb: SetUsers, Count: 3})(s)
			time.Sleep(10 * time.Second)
			_ = s.Do(Command{Verb: Decline})
			time.Sleep(time.Minute)
			_ = s.Do(Command{Verb: Stop})
		}, nil, "the load was changed by hand", EndStopped},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fakeScaler{boot: 30 * time.Second}
			st, _ := proven(t, f, func(cfg *Config, _ *counting) { cfg.Info.Prove.Consent = c.consent }, c.steer)
			if st.Reason != c.ended || st.Proposal.Refused != c.refused || !slices.Equal(f.asked, c.asked) {
				t.Errorf("%s: %+v, asked for %v; log:\n%s", st.Reason, st.Proposal, f.asked, texts(&st))
			}
			if p := st.Proof(); (p != nil) != (c.asked != nil) || p != nil && p.Verdict != sizing.Pass {
				t.Errorf("%+v", p)
			}
		})
	}
}

// What the search found decides how it goes on, and what was measured then is the answer.
func TestProveGoesBy(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for _, c := range []struct {
		name    string
		change  func(*Config, *counting)
		scaler  *fakeScaler
		steer   func(*Session)
		asked   []int
		verdict sizing.Verdict
		why     string // of the verdict, or why it came to none
		ended   string
	}{
		{"a limit", func(cfg *Config, _ *counting) { cfg.Info.Requests = 56_000 }, nil, nil, nil, 0, "nothing is scaled: the limit of 56,000 requests was reached", EndFound},
		{"a number that was given", func(cfg *Config, _ *counting) { cfg.Info.Prove.Instances = 10 }, nil, nil, []int{10}, sizing.Pass, "", EndDuration},
		{"what holds already", func(cfg *Config, _ *counting) {
			cfg.Info.Sizing.TPS, cfg.Info.Prove.Instances, cfg.Info.Prove.Consent = 100, 1, NoConsent
		}, nil, nil, nil, sizing.Pass, "", EndDuration},
		{"less than linear", func(_ *Config, cw *counting) {
			cw.each = func(n int) float64 { return 200 / (1 + .1*float64(n-1)) }
		}, nil, nil, []int{9}, sizing.Fail, "p99<200ms is 300 ms", EndDuration},
		{"no capacity", func(_ *Config, cw *counting) {
			cw.load.spoil = func(d *runner.Delta, at int) {
				if cw.count(d, at); d.Plan.Loop == runner.Open {
					d.Client = runner.Client{CPUPercent: 100, Cores: 1, SchedP99: time.Second}
				}
			}
		}, nil, nil, nil, 0, "there is no capacity to plan by, so nothing is scaled", EndFound},
		{"the client's limit at the target", func(_ *Config, cw *counting) {
			cw.load.spoil = func(d *runner.Delta, at int) {
				if cw.count(d, at); d.Plan.Rate == 1000 {
					d.Client = runner.Client{CPUPercent: 100, Cores: 1, SchedP99: time.Second}
				}
			}
		}, nil, nil, []int{9}, sizing.Unknown, "the client is the bottleneck: CPU", EndDuration},
		{"refused", nil, &fakeScaler{refuses: errors.New("a quota")}, nil, nil, 0, "", EndFailed},
		{"the SLO alone", func(cfg *Config, _ *counting) { cfg.Info.CloudWatch, cfg.Poller = false, nil }, nil, nil, []int{7}, sizing.Pass, "", EndDuration},
		{"a pause", nil, nil, func(s *Session) {
			var st State
			for st.Phase != Verifying || time.Until(st.Verify.From) > -time.Minute {
				time.Sleep(time.Second)
				s.State(&st)
			}
			_ = s.Do(Command{Verb: Find})
			_ = s.Do(Command{Verb: Pause})
			time.Sleep(time.Minute)
			_ = s.Do(Command{Verb: Pause})
		}, []int{9}, sizing.Pass, "", EndDuration},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.scaler
			if f == nil {
				f = &fakeScaler{boot: 30 * time.Second}
			}
			st, _ := proven(t, f, c.change, c.steer)
			why, p := st.Proposal.Refused, st.Proof()
			if p != nil {
				why = p.Why
			}
			if st.Reason != c.ended || why != c.why || !slices.Equal(f.asked, c.asked) || p != nil && p.Verdict != c.verdict || (p == nil) != (c.ended != EndDuration) {
				t.Errorf("%s: %q, %+v, asked for %v; log:\n%s", st.Reason, why, p, f.asked, texts(&st))
			}
		})
	}
}

// What is scaled by hand meanwhile, and then loaded by hand, is nobody's verification.
func TestProveByHandWhileItScales(t *testing.T) {
	f := &fakeScaler{boot: 30 * time.Second}
	st, _ := proven(t, f, nil, func(s *Session) {
		var st State
		for st.Underway() == nil {
			time.Sleep(time.Second)
			s.State(&st)
		}
		_ = s.Do(Command{Verb: SetUsers, Count: 3})
		time.Sleep(time.Minute)
		_ = s.Do(Command{Verb: Stop})
	})
	if st.Verify != nil || st.Proposal.Refused != "the load was changed by hand" || st.Load.Plan.Users != 3 || !logged(&st, "InService after 30 s: 9 instances") {
		t.Errorf("%+v at %+v; log:\n%s", st.Proposal, st.Load.Plan, texts(&st))
	}
}
