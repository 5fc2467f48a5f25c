package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// fakeScaler has the instances that are asked of it after boot, and is Updating until then.
type fakeScaler struct {
	copies  bool // of a component are asked of it, not instances
	boot    time.Duration
	refuses error // what is asked
	fails   error // what was asked, after boot

	mu      sync.Mutex
	asked   []int
	desired int
	ready   time.Time
}

var errUpdating = errors.New("is being updated already\nwait until it is InService")

func (f *fakeScaler) Scale(_ context.Context, n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuses != nil {
		return f.refuses
	}
	if time.Now().Before(f.ready) {
		return errUpdating
	}
	f.asked, f.desired, f.ready = append(f.asked, n), n, time.Now().Add(f.boot)
	return nil
}

func (f *fakeScaler) Await(ctx context.Context, n int) error {
	f.mu.Lock()
	left := time.Until(f.ready)
	f.mu.Unlock()
	if !wait(ctx, left) {
		return ctx.Err()
	}
	return f.fails
}

// describe the endpoint as it is now, as a poll would.
func (f *fakeScaler) describe() *cwmetrics.Endpoint {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := variantInfo().Endpoint
	if f.copies {
		e.Component = llama()
	}
	now, _, _ := e.Count("v")
	switch {
	case f.desired == 0:
	case time.Now().Before(f.ready):
		e.Status = "Updating"
		if f.copies {
			e.Status, e.Component.Status = "InService", "Updating"
		}
		return e.Counted("v", now, f.desired)
	case f.fails == nil:
		return e.Counted("v", f.desired, f.desired)
	case f.copies:
		e.Component.Status = "Failed"
		return e.Counted("v", now, f.desired)
	}
	return &e
}

// scalable is a run of 10 users whose endpoint is described and can be scaled.
func scalable(f *fakeScaler, d time.Duration) Config {
	cfg := users(10, d)
	cfg.Info.CloudWatch, cfg.Settle = true, time.Minute
	cfg.Info.SLOs = []string{"p99<200ms"}
	cfg.Poller = &fakePoller{since: time.Now(), period: 10 * time.Second, invoked: 2000, scaler: f}
	cfg.Scaler = f
	return cfg
}

func after(d time.Duration, c Command) func(*Session) {
	return func(s *Session) {
		time.Sleep(d)
		_ = s.Do(c)
	}
}

// settings are the segments in which anything was sent, by how many instances there were.
func settings(st *State) (all []string) {
	for _, w := range append(slices.Clone(st.Load.Segments), st.Load.Segment) {
		n, changing := st.Instances(&w)
		text := sizing.Instance.Count(n)
		switch {
		case w.Sent == 0:
			continue
		case changing:
			text += " changing"
		case w.Warmup:
			text += " cold"
		}
		all = append(all, text)
	}
	return all
}

// A change that the run itself asked for makes it no other run: the settings are told apart, what lies between them is not judged.
func TestScalingUnderLoad(t *testing.T) {
	journal := &memory{}
	var info Info
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{boot: 31 * time.Second}, 90*time.Second)
		cfg.Info.Cold, cfg.Journal = 5*time.Second, journal
		info = cfg.Info
		return cfg
	}, after(25*time.Second, Command{Verb: SetInstances, Count: 5}))
	for _, want := range []string{"1 -> 5 instances asked", "InService after 31 s: 5 instances", "warm-up of 5s is over"} {
		if !logged(&st, want) {
			t.Errorf("the log lacks %q:\n%s", want, texts(&st))
		}
	}
	if len(st.Moved) > 0 || logged(&st, "endpoint is") {
		t.Errorf("moved %v, log:\n%s", st.Moved, texts(&st))
	}
	if got, want := settings(&st), []string{"1 instance", "1 instance changing", "5 instances cold", "5 instances"}; !slices.Equal(got, want) {
		t.Errorf("settings %q, want %q", got, want)
	}
	over := st.Scalings[0].Over
	for _, p := range st.Periods {
		if p.Server == nil {
			continue
		}
		from, to := p.Server.From, p.Server.From.Add(p.Server.Period)
		if between := from.Before(over) && to.After(st.Scalings[0].Asked); p.Server.Scaling != between {
			t.Errorf("the period from %v is between two settings: %v, said %v", from, between, p.Server.Scaling)
		}
	}
	if len(st.Findings) == 0 || !st.Findings[0].From.After(over) {
		t.Errorf("judged %+v, in service at %v", st.Findings, over)
	}
	if before, owed := st.Owed(); before != 1 || !owed {
		t.Errorf("owed: %v to %d", owed, before)
	}
	if v := st.Endpoint.Variant("v"); v.Instances != 5 || v.Desired != 5 {
		t.Errorf("%d -> %d instances", v.Instances, v.Desired)
	}
	replays(t, info, journal, st)
}

// llama has one copy of four cores.
func llama() *cwmetrics.Component {
	return &cwmetrics.Component{Name: "llama", Status: "InService", Variant: "v", Copies: 1, Desired: 1, Cores: 4, Neighbours: []cwmetrics.Neighbour{{Name: "phi", Copies: 3}}}
}

// Copies of a component are scaled as instances are, and told apart from them in every word.
func TestCopiesUnderLoad(t *testing.T) {
	journal := &memory{}
	var info Info
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{copies: true, boot: 31 * time.Second}, 90*time.Second)
		cfg.Info.Target.Endpoint.Component = llama()
		cfg.Info.Restore, cfg.Journal = true, journal
		info = cfg.Info
		return cfg
	}, after(25*time.Second, Command{Verb: SetInstances, Count: 5}))
	for _, want := range []string{"1 -> 5 copies asked", "InService after 31 s: 5 copies", "the load is over: back to 1 copy", "5 -> 1 copy asked: as before the run"} {
		if !logged(&st, want) {
			t.Errorf("the log lacks %q:\n%s", want, texts(&st))
		}
	}
	if logged(&st, "instance") || len(st.Moved) > 0 {
		t.Errorf("moved %v, log:\n%s", st.Moved, texts(&st))
	}
	if f := st.Facts; !f.Copies || f.Components || f.Instances != 5 || f.VCPUs != 4 || f.PerInstance != 12 {
		t.Errorf("facts %+v", f)
	}
	if v := st.Endpoint.Variant("v"); v.Instances != 1 {
		t.Errorf("%d instances, want the 1 that there was", v.Instances)
	}
	if c := st.Endpoint.Component; c.Status != "InService" || c.Copies != 5 || len(c.Neighbours) != 1 {
		t.Errorf("%+v", c)
	}
	replays(t, info, journal, st)
}

// Copies that never come are missing of the component: the endpoint below it is InService all the while.
func TestCopiesThatFail(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{copies: true, boot: 5 * time.Second, fails: errors.New("no room")}, 60*time.Second)
		cfg.Info.Target.Endpoint.Component = llama()
		return cfg
	}, after(15*time.Second, Command{Verb: SetInstances, Count: 5}))
	if !logged(&st, "1 -> 5 copies failed: no room") || !logged(&st, "llama is Failed on an endpoint that is InService, 1 -> 5 copies") {
		t.Errorf("log:\n%s", texts(&st))
	}
}

// TestOthersScale: the first whole period of the load began with one instance and ended with three, so it is of neither.
func TestOthersScale(t *testing.T) {
	f := &fakeScaler{boot: 5 * time.Second}
	st := conducted(t, func() Config {
		time.Sleep(25 * time.Second) // into a period
		cfg := scalable(f, 40*time.Second)
		cfg.Info.Period = 30 * time.Second
		cfg.Poller = &fakePoller{since: time.Now(), period: cfg.Info.Period, invoked: 6000, scaler: f}
		return cfg
	}, func(*Session) {
		time.Sleep(15 * time.Second)
		_ = f.Scale(t.Context(), 3)
	})
	if !slices.Contains(st.Moved, "instances changed from 1 to 3") {
		t.Errorf("moved: %v", st.Moved)
	}
	if len(st.Periods) != 1 || st.Periods[0].Server == nil || len(st.Findings) != 1 || st.Findings[0].Evidence != "instances came or went" {
		t.Errorf("periods %+v, judged %+v", st.Periods, st.Findings)
	}
}

// What is on its way is shown at once, not when the endpoint is next described.
func TestScalingIsShownAtOnce(t *testing.T) {
	conducted(t, func() Config {
		cfg := scalable(&fakeScaler{boot: 30 * time.Second}, time.Minute)
		cfg.Poller = nil
		return cfg
	}, func(s *Session) {
		after(10*time.Second, Command{Verb: SetInstances, Count: 3})(s)
		time.Sleep(time.Second)
		var st State
		if s.State(&st); st.Endpoint.Variants[0].Instances != 1 || st.Endpoint.Variants[0].Desired != 3 {
			t.Errorf("%+v", st.Endpoint.Variants)
		}
		time.Sleep(30 * time.Second)
		if s.State(&st); st.Endpoint.Variants[0].Instances != 3 || st.Endpoint.Status != "InService" {
			t.Errorf("%+v", st.Endpoint)
		}
	})
}

// Wishes that cannot be are refused in words, and the load goes on as it was.
func TestScalingRefused(t *testing.T) {
	for want, c := range map[string]struct {
		change func(*Config, *fakeScaler)
		counts []int
	}{
		"it has 1 instance already":                                      {nil, []int{1}},
		"0 instances: must be 1 to":                                      {nil, []int{0}},
		"1 -> 5 instances is on its way: one change at a time":           {func(_ *Config, f *fakeScaler) { f.boot = time.Hour }, []int{5, 3}},
		"instances stay as they are: --read-only":                        {func(c *Config, _ *fakeScaler) { c.Info.NoScale = "--read-only" }, []int{5}},
		"1 -> 5 instances refused: permission missing; add it":           {func(_ *Config, f *fakeScaler) { f.refuses = errors.New("permission missing\nadd it") }, []int{5}},
		"1 -> 5 instances failed: it was rolled back: no capacity there": {func(_ *Config, f *fakeScaler) { f.fails = errors.New("it was rolled back: no capacity there") }, []int{5}},
	} {
		t.Run(want, func(t *testing.T) {
			f := &fakeScaler{}
			st := conducted(t, func() Config {
				cfg := scalable(f, 20*time.Second)
				if c.change != nil {
					c.change(&cfg, f)
				}
				return cfg
			}, func(s *Session) {
				for _, n := range c.counts {
					after(5*time.Second, Command{Verb: SetInstances, Count: n})(s)
				}
			})
			if !logged(&st, want) || st.Reason != EndDuration || st.Load.Run.TPS() < 190 {
				t.Errorf("%s at %.0f/s, log:\n%s", st.Reason, st.Load.Run.TPS(), texts(&st))
			}
		})
	}
}

// Instances that were asked for with the run come before its load.
func TestInstancesFirst(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{boot: 40 * time.Second}, 20*time.Second)
		cfg.Info.Instances = 5
		cfg.Poller.(*fakePoller).since = time.Now().Add(40 * time.Second) // nobody invokes it before
		return cfg
	}, func(s *Session) {
		time.Sleep(20 * time.Second)
		var st State
		if s.State(&st); st.Phase != Scale || st.Load.Total.Sent > 0 || st.Load.Users > 0 || st.Elapsed > 0 {
			t.Errorf("%s with %d sent after %v", st.Phase, st.Load.Total.Sent, st.Elapsed)
		}
		_ = s.Do(Command{Verb: Step, Count: 1})
		time.Sleep(30 * time.Second)
		if s.State(&st); st.Phase != Run || st.Load.Users != 10 {
			t.Errorf("%s with %d users", st.Phase, st.Load.Users)
		}
	})
	if got := settings(&st); !slices.Equal(got, []string{"5 instances"}) || st.Elapsed < 20*time.Second || st.Elapsed > 21*time.Second {
		t.Errorf("%q for %v", got, st.Elapsed)
	}
	if len(st.Moved) > 0 || !logged(&st, "the load begins once the instances are in service") {
		t.Errorf("moved %v, log:\n%s", st.Moved, texts(&st))
	}
}

// A run that ends before its instances came has nothing to wait for, and owes them.
func TestStoppedBeforeTheInstances(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{boot: time.Hour}, 20*time.Second)
		cfg.Info.Instances = 5
		cfg.Tried = &runner.Delta{Worker: "local", Seq: 1, Second: time.Now().Unix(), Final: true, Plan: runner.Plan{Users: 1, Warmup: true}, Counts: runner.Counts{Sent: 1, OK: 1}}
		return cfg
	}, after(10*time.Second, Command{Verb: Stop}))
	if _, owed := st.Owed(); !owed || st.Reason != EndStopped || st.Ended.Sub(st.Info.Started) > 11*time.Second {
		t.Errorf("owed: %v, ended by %s after %v", owed, st.Reason, st.Ended.Sub(st.Info.Started))
	}
}

func TestInstancesFirstThatAreThere(t *testing.T) {
	f := &fakeScaler{}
	st := conducted(t, func() Config {
		cfg := scalable(f, 20*time.Second)
		cfg.Info.Instances = 1
		return cfg
	}, nil)
	if len(f.asked) > 0 || st.Load.Run.TPS() < 190 {
		t.Errorf("asked %v, %.0f/s", f.asked, st.Load.Run.TPS())
	}
}

// Without them there is no run.
func TestInstancesFirstThatDoNotCome(t *testing.T) {
	for name, f := range map[string]*fakeScaler{
		"refused": {refuses: errors.New("quota")}, "rolled back": {boot: time.Minute, fails: errors.New("quota")},
	} {
		t.Run(name, func(t *testing.T) {
			st := conducted(t, func() Config {
				cfg := scalable(f, 20*time.Second)
				cfg.Info.Instances = 5
				return cfg
			}, nil)
			if st.Reason != EndFailed || st.Load.Total.Sent > 0 || !logged(&st, "quota") {
				t.Errorf("%s, sent %d, log:\n%s", st.Reason, st.Load.Total.Sent, texts(&st))
			}
		})
	}
}

// The stages run under the old count; then the last of them goes on until it has been held as long under the new one.
func TestInstancesLast(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{boot: 30 * time.Second}, 0)
		cfg.Info.Plan.Users = 0
		cfg.Info.Stages = []Stage{{10 * time.Second, 20}, {20 * time.Second, 20}}
		cfg.Info.Instances, cfg.Info.ScaleLast, cfg.Info.Cold = 5, true, 15*time.Second
		return cfg
	}, nil)
	if got, want := settings(&st)[1:], []string{"1 instance", "1 instance changing", "5 instances cold", "5 instances"}; !slices.Equal(got, want) {
		t.Errorf("settings %q, want %q behind the ramp", got, want)
	}
	if w := st.Load.Segment; st.Reason != EndDuration || w.Length < 20*time.Second || w.Length > 21*time.Second || w.Plan.Users != 20 {
		t.Errorf("%s after %v with %d users", st.Reason, w.Length, w.Plan.Users)
	}
}

func TestRestore(t *testing.T) {
	for name, c := range map[string]struct {
		boot   time.Duration
		steer  []func(*Session)
		asked  []int
		reason string
		took   time.Duration // from the start to the end
		logs   string
	}{
		"at the end": {
			10 * time.Second,
			[]func(*Session){after(5*time.Second, Command{Verb: SetInstances, Count: 5}), after(25*time.Second, Command{Verb: Stop})},
			[]int{5, 1},
			EndStopped, 30 * time.Second, "5 -> 1 instance asked: as before the run",
		},
		"once it can be": {
			time.Minute,
			[]func(*Session){after(5*time.Second, Command{Verb: SetInstances, Count: 5}), after(5*time.Second, Command{Verb: Interrupt})},
			[]int{5, 1},
			EndInterrupt, 65 * time.Second, "5 -> 1 instance asked",
		},
		"given up": {
			time.Minute,
			[]func(*Session){
				after(5*time.Second, Command{Verb: SetInstances, Count: 5}), after(5*time.Second, Command{Verb: Stop}), after(5*time.Second, Command{Verb: Stop}),
				after(5*time.Second, Command{Verb: Interrupt}),
			},
			[]int{5},
			EndInterrupt, 20 * time.Second, "not put back to 1 instance: the wait for the endpoint was given up",
		},
		"no time for it": {
			time.Minute,
			[]func(*Session){after(5*time.Second, Command{Verb: SetInstances, Count: 5}), after(5*time.Second, Command{Verb: Terminate})},
			[]int{5},
			EndTerminate, 15 * time.Second, "not put back to 1 instance",
		},
		"nothing to put back": {0, []func(*Session){after(10*time.Second, Command{Verb: Interrupt})}, nil, EndInterrupt, 10 * time.Second, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeScaler{boot: c.boot}
			st := conducted(t, func() Config {
				cfg := scalable(f, 0)
				cfg.Info.Restore, cfg.Settle = true, 0
				return cfg
			}, func(s *Session) {
				for _, do := range c.steer {
					do(s)
				}
			})
			took := st.Ended.Sub(st.Info.Started)
			if !slices.Equal(f.asked, c.asked) || st.Reason != c.reason || took < c.took || took > c.took+time.Second || !logged(&st, c.logs) {
				t.Errorf("asked %v, ended by %s after %v, log:\n%s", f.asked, st.Reason, took, texts(&st))
			}
			if _, owed := st.Owed(); owed != (len(c.asked) == 1) {
				t.Errorf("owed: %v", owed)
			}
			if len(st.Moved) > 0 {
				t.Errorf("moved: %v", st.Moved)
			}
		})
	}
}

// The endpoint goes back while CloudWatch's last points are awaited: that is no movement of the run.
func TestRestoreMovesNothing(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{boot: 5 * time.Second}, 60*time.Second)
		cfg.Info.Restore = true
		return cfg
	}, after(5*time.Second, Command{Verb: SetInstances, Count: 2}))
	if len(st.Moved) > 0 || len(st.Scalings) != 2 || !strings.Contains(texts(&st), "waiting up to") {
		t.Errorf("moved %v, scalings %+v, log:\n%s", st.Moved, st.Scalings, texts(&st))
	}
	if last := st.Periods[len(st.Periods)-1]; last.Server == nil || last.Client.Sent == 0 {
		t.Errorf("the last period: %+v", last)
	}
}

// stuckScaler answers after a minute.
type stuckScaler struct{ fakeScaler }

func (f *stuckScaler) Scale(ctx context.Context, n int) error {
	if !wait(ctx, time.Minute) {
		return ctx.Err()
	}
	return f.fakeScaler.Scale(ctx, n)
}

// A run does not end before it is known what it owes.
func TestTheEndWaitsForTheAnswer(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := scalable(&fakeScaler{}, 10*time.Second)
		cfg.Scaler, cfg.Settle = &stuckScaler{}, 0
		return cfg
	}, after(5*time.Second, Command{Verb: SetInstances, Count: 5}))
	if _, owed := st.Owed(); !owed || !logged(&st, "1 -> 5 instances asked") {
		t.Errorf("owed: %v, log:\n%s", owed, texts(&st))
	}
}

// lostScaler takes on what it is asked, if it takes any, and its answer does not come through.
type lostScaler struct {
	fakeScaler
	takes bool
}

func (f *lostScaler) Scale(ctx context.Context, n int) error {
	if f.takes {
		if err := f.fakeScaler.Scale(ctx, n); err != nil {
			return err
		}
	}
	return fmt.Errorf("no answer: %w", context.DeadlineExceeded)
}

func (f *lostScaler) Await(ctx context.Context, n int) error {
	if !f.takes {
		return errors.New("InService with 1 instance, not with the 5 asked for")
	}
	return f.fakeScaler.Await(ctx, n)
}

// Whether instances come of a wish that nobody answered, the endpoint itself knows.
func TestAnUnansweredWishIsAwaited(t *testing.T) {
	for takes, want := range map[bool]string{true: "InService after 40 s: 5 instances", false: "1 -> 5 instances failed: InService with 1 instance"} {
		t.Run(want, func(t *testing.T) {
			st := conducted(t, func() Config {
				cfg := scalable(&fakeScaler{}, 20*time.Second)
				cfg.Scaler, cfg.Poller, cfg.Info.Instances = &lostScaler{fakeScaler{boot: 40 * time.Second}, takes}, nil, 5
				return cfg
			}, nil)
			if !logged(&st, want) || st.Reason != map[bool]string{true: EndDuration, false: EndFailed}[takes] {
				t.Errorf("%s, log:\n%s", st.Reason, texts(&st))
			}
		})
	}
}

func TestScalerIsNeeded(t *testing.T) {
	cfg := users(1, time.Second)
	cfg.NewLoad, cfg.Info.Instances = poolOf(&fakeTarget{}, 0), 5
	if _, err := New(cfg); !errors.Is(err, ErrConfig) {
		t.Errorf("error %v", err)
	}
}
