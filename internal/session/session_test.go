package session

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// fakeTarget answers after 50 ms in the fake time of a bubble.
type fakeTarget struct {
	fail    atomic.Pointer[runner.Failure]
	explode atomic.Bool
	takes   atomic.Int64 // nanoseconds; 0: 50 ms
}

func (t *fakeTarget) NewInvoker(int) (runner.Invoker, error) { return t, nil }
func (t *fakeTarget) Close() error                           { return nil }

func (t *fakeTarget) Invoke(ctx context.Context, _ uint64, r *runner.Result) {
	r.Reset()
	d := time.Duration(t.takes.Load())
	if d == 0 {
		d = 50 * time.Millisecond
	}
	wait(ctx, d)
	if t.explode.Load() {
		panic("a bug in the target")
	}
	if f := t.fail.Load(); f != nil {
		r.Failure = *f
	}
	r.BytesIn, r.BytesOut = 100, 40
}

// fakePoller publishes each whole period 3 s after its end.
type fakePoller struct {
	since   time.Time
	period  time.Duration
	problem *cwmetrics.Problem
	blocked atomic.Bool // Poll waits until its context ends
	invoked float64     // in each period
	cpu     float64     // share of all cores; 0: 66 %
	polled  atomic.Int64
	scaler  *fakeScaler // of what is described every ten seconds; nil: nothing is
	last    cwmetrics.Sample
}

func (p *fakePoller) Wait() time.Duration { return time.Second }

func (p *fakePoller) Poll(ctx context.Context) (cwmetrics.Sample, error) {
	p.polled.Add(1)
	if p.blocked.Load() {
		<-ctx.Done()
		return cwmetrics.Sample{}, ctx.Err()
	}
	now := time.Now()
	s := cwmetrics.Sample{At: now, Period: p.period, Problem: p.problem}
	if p.problem != nil {
		return s, ctx.Err()
	}
	share := cmp.Or(p.cpu, 66)
	if p.scaler != nil {
		if s.Endpoint, s.Described = p.last.Endpoint, p.last.Described; now.Sub(s.Described) >= 10*time.Second {
			s.Endpoint, s.Described = p.scaler.describe(), now
		}
		p.last = s
	}
	for at := p.since.Truncate(p.period); at.Add(p.period + 3*time.Second).Before(now); at = at.Add(p.period) {
		s.Points = append(s.Points, cwmetrics.Point{
			At: at, Period: p.period, Complete: true,
			CPU:         &cwmetrics.Utilization{Average: 48 * share, Maximum: 48 * share, Minimum: 48 * share, Samples: 1, Units: 48, Share: &share},
			Model:       &cwmetrics.Latency{Mean: 45 * time.Millisecond, Samples: 100},
			Overhead:    &cwmetrics.Latency{Mean: 4 * time.Millisecond, Samples: 100},
			Invocations: &p.invoked,
		})
	}
	return s, ctx.Err()
}

// memory is a Journal that keeps copies of what it was given.
type memory struct{ write []func(Journal) error }

func (m *memory) Delta(d *runner.Delta) error {
	c := *d
	for i, h := range d.Hist {
		if h != nil {
			c.Hist[i] = h.Clone()
		}
	}
	c.Errors = slices.Clone(d.Errors)
	m.write = append(m.write, func(j Journal) error { return j.Delta(&c) })
	return nil
}

func (m *memory) Sample(s cwmetrics.Sample) error {
	m.write = append(m.write, func(j Journal) error { return j.Sample(s) })
	return nil
}

func (m *memory) Event(e Event) error {
	m.write = append(m.write, func(j Journal) error { return j.Event(e) })
	return nil
}

func poolOf(t runner.Target, requests uint64) func(func(*runner.Delta)) (runner.Load, error) {
	return func(sink func(*runner.Delta)) (runner.Load, error) {
		return runner.NewPool(runner.Config{Target: t, Sink: sink, Requests: requests})
	}
}

func variantInfo() TargetInfo {
	return TargetInfo{Name: "e", Variant: "v", Endpoint: cwmetrics.Endpoint{Name: "e", Status: "InService", Variants: []cwmetrics.Variant{
		{Name: "v", InstanceType: "ml.m5.12xlarge", Instances: 1, Desired: 1, Hardware: cwmetrics.Hardware{VCPUs: 48}},
	}}}
}

// users of a run that lasts d.
func users(n int, d time.Duration) Config {
	return Config{Info: Info{
		Started: time.Now(), Target: variantInfo(), Duration: d, Period: 10 * time.Second,
		Plan: runner.Plan{Users: n, SpawnRate: 100}, Payload: Payload{Distinct: 1},
	}}
}

// conducted runs cfg in a bubble to its end, with steer beside it, and returns the last State.
func conducted(t *testing.T, make func() Config, steer func(*Session)) (out State) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := make()
		if cfg.NewLoad == nil {
			cfg.NewLoad = poolOf(&fakeTarget{}, 0)
		}
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if steer != nil {
			go steer(s)
		}
		if err := s.Run(t.Context()); err != nil {
			t.Logf("run: %v", err)
		}
		s.State(&out)
		if c := out.Load.Total; c.Sent != c.OK+c.Failed+uint64(out.Load.InFlight) {
			t.Errorf("sent %d, ok %d, failed %d, in flight %d", c.Sent, c.OK, c.Failed, out.Load.InFlight)
		}
		if out.Phase != Done || out.Ended.IsZero() {
			t.Errorf("phase %s, ended %v", out.Phase, out.Ended)
		}
	})
	return out
}

func logged(st *State, part string) bool {
	return slices.ContainsFunc(st.Events, func(e Event) bool { return strings.Contains(e.Text, part) })
}

func texts(st *State) string {
	var all []string
	for _, e := range st.Events {
		all = append(all, e.Text)
	}
	return strings.Join(all, "\n")
}

func TestARunEndsWhenItsTimeIsUp(t *testing.T) {
	st := conducted(t, func() Config { return users(10, 20*time.Second) }, nil)
	if st.Reason != EndDuration || st.Load.InFlight != 0 {
		t.Errorf("reason %s, in flight %d", st.Reason, st.Load.InFlight)
	}
	if tps := st.Load.Run.TPS(); tps < 195 || tps > 201 {
		t.Errorf("10 users at 50 ms make 200/s, got %.1f", tps)
	}
	if st.Elapsed < 20*time.Second || st.Elapsed > 20*time.Second+tick {
		t.Errorf("elapsed %v", st.Elapsed)
	}
}

func TestStages(t *testing.T) {
	stages := []Stage{{10 * time.Second, 50}, {10 * time.Second, 50}, {5 * time.Second, 0}}
	st := conducted(t, func() Config {
		cfg := users(0, 0)
		cfg.Info.Stages = stages
		return cfg
	}, nil)
	if st.Reason != EndDuration {
		t.Errorf("reason %s", st.Reason)
	}
	at := func(second int) int { return st.Load.Seconds[second].Users }
	if at(4) < 20 || at(4) > 30 || at(12) != 50 || at(18) != 50 || at(22) > 30 {
		t.Errorf("users after 5, 13, 19, 23 s: %d %d %d %d", at(4), at(12), at(18), at(22))
	}
	const most = 1000 + 50/10 // each user may have one answer more within the ten seconds
	if st.Load.Steady.TPS() < 990 || st.Load.Steady.TPS() > most {
		t.Errorf("steady is the hold alone, 1000/s, got %.0f/s", st.Load.Steady.TPS())
	}
	for _, c := range []struct {
		after time.Duration
		stage int
		left  time.Duration
	}{
		{0, 0, 10 * time.Second},
		{9 * time.Second, 0, time.Second},
		{10 * time.Second, 1, 10 * time.Second},
		{24 * time.Second, 2, time.Second},
		{25 * time.Second, 3, 0},
	} {
		if i, left := stageAt(stages, c.after); i != c.stage || left != c.left {
			t.Errorf("after %v: stage %d, %v left, want %d, %v", c.after, i, left, c.stage, c.left)
		}
	}
}

func TestKeysTakeTheLoadOver(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(0, 0)
		cfg.Info.Stages = []Stage{{time.Minute, 100}}
		return cfg
	}, func(s *Session) {
		time.Sleep(5 * time.Second)
		_ = s.Do(Command{Verb: SetUsers, Count: 40})
		time.Sleep(2 * time.Second)
		_ = s.Do(Command{Verb: Step, Count: -1})
		time.Sleep(2 * time.Second)
		_ = s.Do(Command{Verb: Step, Count: -10})
		time.Sleep(70 * time.Second)
		_ = s.Do(Command{Verb: Stop})
	})
	if st.Reason != EndStopped {
		t.Errorf("the stages went on: ended by %s", st.Reason)
	}
	for _, want := range []string{"by hand from here", "40 users -> 36 users, reached in", "36 users -> 12 users, reached in"} {
		if !logged(&st, want) {
			t.Errorf("the log lacks %q:\n%s", want, texts(&st))
		}
	}
}

func TestAPauseIsLeftOut(t *testing.T) {
	st := conducted(t, func() Config { return users(10, 20*time.Second) }, func(s *Session) {
		time.Sleep(10 * time.Second)
		_ = s.Do(Command{Verb: Pause})
		time.Sleep(30 * time.Second)
		var st State
		if s.State(&st); st.Phase != Paused {
			t.Errorf("phase %s", st.Phase)
		}
		_ = s.Do(Command{Verb: Pause})
	})
	if wall := st.Ended.Sub(st.Info.Started); wall < 49*time.Second || wall > 51*time.Second {
		t.Errorf("the run took %v", wall)
	}
	if tps := st.Load.Run.TPS(); tps < 190 || tps > 201 {
		t.Errorf("%.1f/s", tps)
	}
}

func TestWarmupIsCountedAndLeftOut(t *testing.T) {
	target := &fakeTarget{}
	st := conducted(t, func() Config {
		cfg := users(10, 20*time.Second)
		cfg.Info.Warmup = 5 * time.Second
		cfg.NewLoad = poolOf(target, 0)
		target.takes.Store(int64(500 * time.Millisecond))
		return cfg
	}, func(*Session) {
		time.Sleep(4 * time.Second)
		target.takes.Store(0)
	})
	if p := st.Load.Run.Stats[runner.Response].Max; p > 60*time.Millisecond {
		t.Errorf("the slow warm-up is in the figures: max %v", p)
	}
	if st.Load.Total.Sent <= st.Load.Run.Sent {
		t.Errorf("total %d, run %d: warm-up is not counted", st.Load.Total.Sent, st.Load.Run.Sent)
	}
}

func TestAbortRuleEndsTheRun(t *testing.T) {
	target := &fakeTarget{}
	st := conducted(t, func() Config {
		cfg := users(10, time.Minute)
		cfg.Info.AbortOn = []string{"errors>50% for 10s"}
		cfg.NewLoad = poolOf(target, 0)
		return cfg
	}, func(*Session) {
		time.Sleep(5 * time.Second)
		target.fail.Store(&runner.Failure{Class: runner.ModelError, HTTPStatus: 424, Message: "Received server error (503)"})
	})
	if st.Reason != EndAborted || st.Elapsed > 20*time.Second {
		t.Errorf("reason %s after %v", st.Reason, st.Elapsed)
	}
	if !logged(&st, "first model_error 424: Received server error (503)") {
		t.Errorf("log:\n%s", texts(&st))
	}
}

func TestRequestLimit(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(3, 0)
		cfg.NewLoad = poolOf(&fakeTarget{}, 100)
		return cfg
	}, nil)
	if st.Reason != EndRequests || st.Load.Total.Sent != 100 || st.Load.Total.OK != 100 {
		t.Errorf("%s after %+v", st.Reason, st.Load.Total)
	}
}

func TestWatchSendsNothingUntilAsked(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(5, 0)
		cfg.Info.Watch = true
		return cfg
	}, func(s *Session) {
		time.Sleep(20 * time.Second)
		var st State
		if s.State(&st); st.Phase != Watch || st.Load.Total.Sent != 0 {
			t.Errorf("phase %s, sent %d", st.Phase, st.Load.Total.Sent)
		}
		_ = s.Do(Command{Verb: Step, Count: 1})
		time.Sleep(10 * time.Second)
		if s.State(&st); st.Phase != Run || st.Load.Users != 1 {
			t.Errorf("phase %s, users %d", st.Phase, st.Load.Users)
		}
		_ = s.Do(Command{Verb: Stop})
	})
	if st.Load.Total.Sent < 190 || st.Load.Total.Sent > 201 {
		t.Errorf("sent %d", st.Load.Total.Sent)
	}
}

func TestNoPayloadNoLoad(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(1, 0)
		cfg.Info.Watch, cfg.NoLoad = true, "a payload is needed"
		return cfg
	}, func(s *Session) {
		_ = s.Do(Command{Verb: Step, Count: 1})
		time.Sleep(3 * time.Second)
		_ = s.Do(Command{Verb: Stop})
	})
	if st.Load.Total.Sent != 0 || !logged(&st, "a payload is needed") {
		t.Errorf("sent %d, log:\n%s", st.Load.Total.Sent, texts(&st))
	}
}

func TestSettleWaitsForTheLastPoints(t *testing.T) {
	var ended time.Time
	st := conducted(t, func() Config {
		cfg := users(10, 25*time.Second)
		cfg.Info.CloudWatch = true
		cfg.Poller = &fakePoller{since: time.Now(), period: 10 * time.Second, invoked: 2000}
		cfg.Settle = time.Minute
		ended = cfg.Info.Started.Add(25 * time.Second)
		return cfg
	}, nil)
	if len(st.Periods) == 0 || st.Periods[len(st.Periods)-1].Server == nil {
		t.Fatalf("periods: %+v", st.Periods)
	}
	if len(st.Findings) == 0 || st.Findings[0].ID != "right-sized" {
		t.Errorf("findings: %+v", st.Findings)
	}
	if waited := st.Ended.Sub(ended); waited > 15*time.Second {
		t.Errorf("settled %v after the end", waited)
	}
	if len(st.Moved) > 0 {
		t.Errorf("moved: %v", st.Moved)
	}
}

func TestSettleEndsAtItsLimitOrWhenSkipped(t *testing.T) {
	for name, c := range map[string]struct {
		steer func(*Session)
		most  time.Duration
	}{
		"limit":   {nil, 61 * time.Second},
		"skipped": {func(s *Session) { time.Sleep(30 * time.Second); _ = s.Do(Command{Verb: SkipSettle}) }, 11 * time.Second},
		"q":       {func(s *Session) { time.Sleep(30 * time.Second); _ = s.Do(Command{Verb: Stop}) }, 11 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var over time.Time
			st := conducted(t, func() Config {
				cfg := users(10, 20*time.Second)
				cfg.Info.CloudWatch, cfg.Settle = true, time.Minute
				p := &fakePoller{period: 10 * time.Second}
				p.blocked.Store(true)
				cfg.Poller = p
				over = time.Now().Add(20 * time.Second)
				return cfg
			}, c.steer)
			if took := st.Ended.Sub(over); took > c.most || took < 9*time.Second {
				t.Errorf("settled for %v", took)
			}
		})
	}
}

// TestUsersAreJudgedBesideTheEndpoint: five users at 50 ms carry 100/s of the 300/s asked for.
func TestUsersAreJudgedBesideTheEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		poller  *fakePoller
		verdict string
		invalid bool
	}{
		"an endpoint that is full":     {&fakePoller{invoked: 1000, cpu: 99}, "cpu-saturated", false},
		"an endpoint that has room":    {&fakePoller{invoked: 1000}, "client-pool", true},
		"a CloudWatch without points":  {&fakePoller{problem: &cwmetrics.Problem{Message: "no answer"}}, "client-pool", true},
		"no permission for CloudWatch": {&fakePoller{problem: &cwmetrics.Problem{Permission: "cloudwatch:GetMetricData"}}, "client-pool", true},
	} {
		t.Run(name, func(t *testing.T) {
			early := c.poller.problem != nil && c.poller.problem.Permission != ""
			st := conducted(t, func() Config {
				cfg := users(5, 45*time.Second)
				cfg.Info.Plan.Loop, cfg.Info.Plan.Rate = runner.Open, 300
				cfg.Info.CloudWatch, cfg.Poller = true, c.poller
				c.poller.since, c.poller.period = time.Now(), 10*time.Second
				return cfg
			}, func(s *Session) {
				time.Sleep(11500 * time.Millisecond)
				var st State
				if s.State(&st); (st.Invalid != nil) != early {
					t.Errorf("before any point: %+v", st.Invalid)
				}
			})
			if len(st.Findings) == 0 || st.Findings[0].ID != c.verdict || (st.Invalid != nil) != c.invalid {
				t.Errorf("invalid: %v, findings: %+v", st.Invalid, st.Findings)
			}
			if !logged(&st, c.verdict+": ") {
				t.Errorf("the log lacks %s:\n%s", c.verdict, texts(&st))
			}
		})
	}
}

// TestAVerdictOfAnEarlierLoadSaysSo: 10 users were judged, and then there were 40 of whom CloudWatch has said nothing by the end.
func TestAVerdictOfAnEarlierLoadSaysSo(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(10, 40*time.Second)
		cfg.Info.SLOs = []string{"p99<60ms"}
		cfg.Info.CloudWatch, cfg.Poller = true, &fakePoller{since: time.Now(), period: 10 * time.Second, invoked: 2000}
		return cfg
	}, func(s *Session) {
		var st State
		time.Sleep(25500 * time.Millisecond)
		if s.State(&st); len(st.Findings) != 1 || st.Findings[0].Evidence != "CPU 66% (3168/4800) at 200 ok/s" || st.Findings[0].Severity != sizing.Info {
			t.Errorf("one load so far: %+v", st.Findings)
		}
		_ = s.Do(Command{Verb: SetUsers, Count: 40})
		time.Sleep(13 * time.Second)
		if s.State(&st); len(st.Findings) != 1 || st.Findings[0].Severity == sizing.Info || !strings.HasSuffix(st.Findings[0].Evidence, "; of 10 users, before 40 users") {
			t.Errorf("another load: %+v", st.Findings)
		}
	})
	if len(st.Findings) != 1 || st.Findings[0].ID != "right-sized" || !strings.HasPrefix(st.Findings[0].Advice, "The load since, 40 users, is not judged: ") {
		t.Errorf("%+v", st.Findings)
	}
}

// TestPointsFromBeforeTheLoad are shown as long as there is no load, and are none of its figures.
func TestPointsFromBeforeTheLoad(t *testing.T) {
	var began time.Time
	st := conducted(t, func() Config {
		cfg := users(10, 0)
		cfg.Info.Watch, cfg.Info.CloudWatch, cfg.Settle = true, true, time.Minute
		cfg.Poller = &fakePoller{since: time.Now(), period: 10 * time.Second, invoked: 2000}
		return cfg
	}, func(s *Session) {
		time.Sleep(44500 * time.Millisecond)
		var st State
		if s.State(&st); len(st.Points) != 4 {
			t.Errorf("%d points while watching", len(st.Points))
		}
		began = time.Now().Truncate(time.Second)
		_ = s.Do(Command{Verb: SetUsers, Count: 10})
		time.Sleep(5 * time.Second)
		if s.State(&st); len(st.Points) != 0 {
			t.Errorf("%d points of a load that none can be of yet", len(st.Points))
		}
		time.Sleep(30 * time.Second)
		_ = s.Do(Command{Verb: Stop})
	})
	if len(st.Points) != 3 || !st.Points[0].End().After(began) || st.Points[0].At.After(began) {
		t.Errorf("a load from %v: %+v", began, st.Points)
	}
	if len(st.Findings) != 1 || st.Findings[0].ID != "right-sized" || !st.Findings[0].From.After(began) || len(st.Moved) > 0 {
		t.Errorf("findings %+v, moved %v", st.Findings, st.Moved)
	}
}

func TestForeignTrafficIsNoticed(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(10, 25*time.Second)
		cfg.Info.CloudWatch, cfg.Settle = true, time.Minute
		cfg.Poller = &fakePoller{since: time.Now(), period: 10 * time.Second, invoked: 3000}
		return cfg
	}, nil)
	if len(st.Moved) != 1 || !strings.Contains(st.Moved[0], "other traffic: 3000 invocations") {
		t.Errorf("moved: %v", st.Moved)
	}
}

func TestCloudWatchTroubleLeavesTheLoadAlone(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(10, 20*time.Second)
		cfg.Info.CloudWatch, cfg.Settle = true, time.Minute
		cfg.Poller = &fakePoller{problem: &cwmetrics.Problem{Permission: "cloudwatch:GetMetricData", Message: "grant cloudwatch:GetMetricData"}}
		return cfg
	}, nil)
	if tps := st.Load.Run.TPS(); tps < 195 {
		t.Errorf("%.1f/s", tps)
	}
	if n := strings.Count(texts(&st), "grant cloudwatch:GetMetricData"); n != 1 {
		t.Errorf("said %d times:\n%s", n, texts(&st))
	}
	if wall := st.Ended.Sub(st.Info.Started); wall > 21*time.Second {
		t.Errorf("waited for points that never come: %v", wall)
	}
}

// renewable are credentials that are good again at their third reading.
type renewable struct {
	target *fakeTarget
	reads  int
}

func (r *renewable) Refresh(context.Context) (time.Time, error) {
	if r.reads++; r.reads < 3 {
		return time.Time{}, errors.New("still expired")
	}
	r.target.fail.Store(nil)
	return time.Now().Add(time.Hour), nil
}

func TestLapsedCredentialsPauseTheLoad(t *testing.T) {
	target := &fakeTarget{}
	creds := &renewable{target: target}
	st := conducted(t, func() Config {
		cfg := users(10, 30*time.Second)
		cfg.NewLoad, cfg.Creds = poolOf(target, 0), creds
		return cfg
	}, func(*Session) {
		time.Sleep(10*time.Second + 30*time.Millisecond)
		target.fail.Store(&runner.Failure{Class: runner.Auth, HTTPStatus: 403, Code: "ExpiredTokenException"})
	})
	if creds.reads != 3 || st.Creds.IsZero() {
		t.Errorf("read %d times, expiry %v", creds.reads, st.Creds)
	}
	if wall := st.Ended.Sub(st.Info.Started); wall < 49*time.Second || wall > 53*time.Second {
		t.Errorf("the run took %v, of which about 20 s are the gap", wall)
	}
	if st.Load.Total.Failed == 0 || st.Load.Total.Failed > 600 {
		t.Errorf("failed %d", st.Load.Total.Failed)
	}
	if !logged(&st, "credentials have expired") || !logged(&st, "credentials are good again") {
		t.Errorf("log:\n%s", texts(&st))
	}
}

func TestEveryEndLeavesWhatWasMeasured(t *testing.T) {
	for verb, reason := range map[Verb]string{
		Stop: EndStopped, Interrupt: EndInterrupt, Hangup: EndHangup, Terminate: EndTerminate, Abort: EndInterrupt,
	} {
		t.Run(string(verb), func(t *testing.T) {
			st := conducted(t, func() Config { return users(10, 0) }, func(s *Session) {
				time.Sleep(10505 * time.Millisecond) // between answers, which come at whole hundredths of a second
				_ = s.Do(Command{Verb: verb})
			})
			if st.Reason != reason || st.Load.Total.OK < 2000 {
				t.Errorf("%s after %+v", st.Reason, st.Load.Total)
			}
			if verb == Abort && st.Load.InFlight != 10 {
				t.Errorf("in flight %d", st.Load.InFlight)
			}
		})
	}
}

func TestASecondInterruptGivesUpTheDrain(t *testing.T) {
	target := &fakeTarget{}
	target.takes.Store(int64(time.Minute))
	st := conducted(t, func() Config {
		cfg := users(4, 0)
		cfg.NewLoad = poolOf(target, 0)
		return cfg
	}, func(s *Session) {
		time.Sleep(5 * time.Second)
		_ = s.Do(Command{Verb: Interrupt})
		time.Sleep(5 * time.Second)
		_ = s.Do(Command{Verb: Interrupt})
	})
	if wall := st.Ended.Sub(st.Info.Started); wall > 12*time.Second {
		t.Errorf("took %v", wall)
	}
	if st.Load.Total.Sent != 4 || st.Load.InFlight != 4 {
		t.Errorf("%+v, in flight %d", st.Load.Total, st.Load.InFlight)
	}
}

func TestAPanicUnderLoadLeavesWhatWasMeasured(t *testing.T) {
	target := &fakeTarget{}
	st := conducted(t, func() Config {
		cfg := users(10, time.Minute)
		cfg.NewLoad = poolOf(target, 0)
		return cfg
	}, func(*Session) {
		time.Sleep(10500 * time.Millisecond)
		target.explode.Store(true)
	})
	if st.Reason != EndFailed || st.Load.Total.OK < 2000 {
		t.Errorf("%s after %+v", st.Reason, st.Load.Total)
	}
	var p *runner.PanicError
	if !errors.As(st.Err, &p) {
		t.Errorf("error %v", st.Err)
	}
}

func TestAPanicInThePollerLeavesTheLoadAlone(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(10, 20*time.Second)
		cfg.Poller, cfg.Info.CloudWatch = panicPoller{}, true
		return cfg
	}, nil)
	if st.Reason != EndDuration || st.Load.Run.TPS() < 195 || !logged(&st, "a bug in the poller") || st.Sample.Problem == nil {
		t.Errorf("%s after %+v\n%s", st.Reason, st.Load.Total, texts(&st))
	}
}

type panicPoller struct{}

func (panicPoller) Wait() time.Duration { return time.Second }
func (panicPoller) Poll(context.Context) (cwmetrics.Sample, error) {
	time.Sleep(5 * time.Second)
	panic("a bug in the poller")
}

// TestAReplayShowsTheSame writes everything that the journal got to a fresh Book and compares.
func TestAReplayShowsTheSame(t *testing.T) {
	journal := &memory{}
	target := &fakeTarget{}
	var info Info
	live := conducted(t, func() Config {
		cfg := users(10, 45*time.Second)
		cfg.Info.SLOs = []string{"p99<200ms", "errors<1%"}
		cfg.Info.CloudWatch, cfg.Settle, cfg.Journal = true, time.Minute, journal
		cfg.Poller = &fakePoller{since: time.Now(), period: 10 * time.Second, invoked: 2000}
		cfg.NewLoad = poolOf(target, 0)
		info = cfg.Info
		return cfg
	}, func(s *Session) {
		time.Sleep(12 * time.Second)
		_ = s.Do(Command{Verb: SetUsers, Count: 30})
		time.Sleep(12 * time.Second)
		target.fail.Store(&runner.Failure{Class: runner.Throttled, HTTPStatus: 400})
		time.Sleep(3 * time.Second)
		target.fail.Store(nil)
	})
	replays(t, info, journal, live)
	if live.SLOs[0].Pass != sizing.Pass || live.SLOs[1].Pass != sizing.Fail {
		t.Errorf("SLOs: %+v", live.SLOs)
	}
}

// replays compares what was journaled with what was seen live.
func replays(t *testing.T, info Info, journal *memory, live State) {
	t.Helper()
	book, err := NewBook(info)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range journal.write {
		if err := w(book); err != nil {
			t.Fatal(err)
		}
	}
	book.Close()
	var again State
	book.State(&again)
	again.Load.State, again.Load.Users = live.Load.State, live.Load.Users // gauges of the live pool
	again.Now = live.Now
	for i, f := range reflect.VisibleFields(reflect.TypeFor[State]()) {
		a, b := reflect.ValueOf(again).Field(i).Interface(), reflect.ValueOf(live).Field(i).Interface()
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s differs:\nreplay %+v\nlive   %+v", f.Name, a, b)
		}
	}
}

func TestAHeldKeyIsOneLineOfLog(t *testing.T) {
	st := conducted(t, func() Config { return users(10, 0) }, func(s *Session) {
		time.Sleep(5 * time.Second)
		for range 10 {
			_ = s.Do(Command{Verb: Step, Count: 1})
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(5 * time.Second)
		_ = s.Do(Command{Verb: Stop})
	})
	if n := strings.Count(texts(&st), "->"); n != 1 || !logged(&st, "10 users -> 25 users, reached in") {
		t.Errorf("log:\n%s", texts(&st))
	}
}

func TestADeadPollerDoesNotTouchTheLoad(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(10, 20*time.Second)
		p := &fakePoller{}
		p.blocked.Store(true)
		cfg.Info.CloudWatch, cfg.Poller = true, p
		return cfg
	}, nil)
	if tps := st.Load.Run.TPS(); tps < 195 || st.Reason != EndDuration {
		t.Errorf("%.1f/s, %s", tps, st.Reason)
	}
}

func TestASignalAfterTheLoadStillCounts(t *testing.T) {
	for verb, reason := range map[Verb]string{Interrupt: EndInterrupt, Terminate: EndTerminate, Hangup: EndHangup} {
		t.Run(string(verb), func(t *testing.T) {
			st := conducted(t, func() Config {
				cfg := users(10, 20*time.Second)
				cfg.Info.CloudWatch, cfg.Settle = true, time.Minute
				p := &fakePoller{period: 10 * time.Second}
				p.blocked.Store(true)
				cfg.Poller = p
				return cfg
			}, func(s *Session) {
				time.Sleep(30 * time.Second)
				_ = s.Do(Command{Verb: verb})
			})
			if st.Reason != reason {
				t.Errorf("ended by %s, want %s", st.Reason, reason)
			}
		})
	}
}

func TestDrainsAreHurriedAsAsked(t *testing.T) {
	for name, c := range map[string]struct {
		verbs  []Verb // 5 s apart, the first after 5 s
		reason string
		ends   time.Duration // since the start; requests take 60 s
		lost   int
	}{
		"q":                {[]Verb{Stop}, EndStopped, 60 * time.Second, 0},
		"q, ctrl+c":        {[]Verb{Stop, Interrupt}, EndInterrupt, 60 * time.Second, 0},
		"q, ctrl+c, again": {[]Verb{Stop, Interrupt, Interrupt}, EndInterrupt, 15 * time.Second, 4},
		"q, SIGHUP":        {[]Verb{Stop, Hangup}, EndHangup, 15 * time.Second, 4},
		"SIGTERM":          {[]Verb{Terminate}, EndTerminate, 10 * time.Second, 4},
	} {
		t.Run(name, func(t *testing.T) {
			target := &fakeTarget{}
			target.takes.Store(int64(time.Minute))
			st := conducted(t, func() Config {
				cfg := users(4, 0)
				cfg.NewLoad = poolOf(target, 0)
				return cfg
			}, func(s *Session) {
				for _, v := range c.verbs {
					time.Sleep(5 * time.Second)
					_ = s.Do(Command{Verb: v})
				}
			})
			took := st.Ended.Sub(st.Info.Started)
			if st.Reason != c.reason || st.Load.InFlight != c.lost || took < c.ends-time.Second || took > c.ends+time.Second {
				t.Errorf("ended by %s after %v with %d in flight", st.Reason, took, st.Load.InFlight)
			}
		})
	}
}

func TestAStepInARampIsFromWhereTheLoadIs(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(0, 0)
		cfg.Info.Stages = []Stage{{100 * time.Second, 200}}
		return cfg
	}, func(s *Session) {
		time.Sleep(20 * time.Second)
		_ = s.Do(Command{Verb: Step, Count: -1})
		time.Sleep(5 * time.Second)
		_ = s.Do(Command{Verb: Stop})
	})
	if n := st.Load.Plan.Users; n < 34 || n > 38 {
		t.Errorf("a step down from 40 users led to %d", n)
	}
}

func TestAPauseHoldsARamp(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(0, 0)
		cfg.Info.Stages = []Stage{{100 * time.Second, 200}}
		return cfg
	}, func(s *Session) {
		time.Sleep(20 * time.Second)
		_ = s.Do(Command{Verb: Pause})
		time.Sleep(50 * time.Second)
		var st State
		if s.State(&st); st.Load.Users < 38 || st.Load.Users > 42 {
			t.Errorf("%d users after the pause, 40 before it", st.Load.Users)
		}
		_ = s.Do(Command{Verb: Pause})
	})
	if took := st.Ended.Sub(st.Info.Started); st.Reason != EndDuration || took < 149*time.Second || took > 152*time.Second {
		t.Errorf("ended by %s after %v", st.Reason, took)
	}
}

func TestLookingOnDilutesNoRate(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := users(0, 0)
		cfg.Info.Watch, cfg.Info.SLOs = true, []string{"tps>=190"}
		return cfg
	}, func(s *Session) {
		time.Sleep(10 * time.Minute)
		_ = s.Do(Command{Verb: SetUsers, Count: 10})
		time.Sleep(time.Minute)
		_ = s.Do(Command{Verb: Stop})
	})
	if mean, steady := st.Load.Run.TPS(), st.Load.Steady.TPS(); mean < 195 || steady < 195 || st.SLOs[0].Pass != sizing.Pass {
		t.Errorf("mean %.1f, steady %.1f, SLO %v", mean, steady, st.SLOs[0].Pass)
	}
}

// hopeless credentials look good to whoever reads them, and are not.
type hopeless struct {
	reads int
	err   error
}

func (h *hopeless) Refresh(context.Context) (time.Time, error) {
	h.reads++
	return time.Time{}, h.err
}

func TestCredentialsThatDoNotComeBack(t *testing.T) {
	for name, err := range map[string]error{"said so": errors.New("still expired"), "the same again": nil} {
		t.Run(name, func(t *testing.T) {
			target, creds := &fakeTarget{}, &hopeless{err: err}
			target.fail.Store(&runner.Failure{Class: runner.Auth, HTTPStatus: 403, Code: "ExpiredTokenException"})
			st := conducted(t, func() Config {
				cfg := users(10, time.Minute)
				cfg.NewLoad, cfg.Creds, cfg.Lapse = poolOf(target, 0), creds, 5*time.Minute
				cfg.Info.SLOs = []string{"errors<1%"}
				return cfg
			}, func(s *Session) {
				select {
				case <-s.Done():
				case <-time.After(10 * time.Minute):
					_ = s.Do(Command{Verb: Stop})
				}
			})
			if took := st.Ended.Sub(st.Info.Started); creds.reads > int(took/refreshEvery)+1 {
				t.Errorf("read %d times in %v", creds.reads, took)
			}
			if err != nil && st.Reason != EndLapsed {
				t.Errorf("ended by %s", st.Reason)
			}
			if !slices.Contains(st.Moved, "the credentials lapsed") {
				t.Errorf("moved: %v", st.Moved)
			}
		})
	}
}
