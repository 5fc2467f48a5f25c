package runner

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewPoolNeedsATarget(t *testing.T) {
	if _, err := NewPool(Config{}); !errors.Is(err, ErrConfig) {
		t.Fatalf("got %v", err)
	}
}

func TestApplyRefusesWhatCannotBeRun(t *testing.T) {
	p, _ := newLoad(t, &fakeTarget{}, nil)
	for _, plan := range []Plan{{Users: -1}, {Users: MaxUsers + 1}, {Loop: Open, Rate: -1, Users: 1}, {Loop: Open, Rate: 2e6}, {Loop: Open, Rate: math.Inf(1)}, {ThinkMin: 2, ThinkMax: 1}, {Loop: 7}} {
		if err := p.Apply(plan); !errors.Is(err, ErrPlan) {
			t.Errorf("%+v: %v", plan, err)
		}
	}
	stop(t, p)
}

func TestStopBeforeAnyPlan(t *testing.T) {
	p, r := newLoad(t, &fakeTarget{}, nil)
	stop(t, p)
	<-p.Done()
	stop(t, p)
	if err := p.Apply(Plan{Users: 1}); !errors.Is(err, ErrEnded) {
		t.Errorf("a plan after the end: %v", err)
	}
	var s Snapshot
	p.Snapshot(&s)
	if s.State != Stopped || len(r.all()) != 0 {
		t.Errorf("state %v, %d deltas", s.State, len(r.all()))
	}
}

// TestPoolFollowsItsStates is the transition table in the comment of Pool.
func TestPoolFollowsItsStates(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, _ := newLoad(t, &fakeTarget{}, nil)
		state := func() State {
			var s Snapshot
			p.Snapshot(&s)
			return s.State
		}
		if state() != Idle {
			t.Error("not idle at first")
		}
		apply(t, p, Plan{Users: 1})
		if state() != Running {
			t.Error("not running after a plan")
		}
		wait(30 * time.Millisecond)
		go stop(t, p)
		wait(time.Millisecond)
		if state() != Draining {
			t.Error("not draining while a request is in flight")
		}
		<-p.Done()
		if state() != Stopped {
			t.Error("not stopped when done")
		}
	})
}

func snapshot(v Viewer) *Snapshot {
	s := new(Snapshot)
	v.Snapshot(s)
	return s
}

func TestPauseKeepsUsersAndSendsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 10})
		wait(2 * time.Second)
		apply(t, p, Plan{Users: 10, Paused: true})
		wait(time.Second)
		sent := len(target.requests())
		wait(20 * time.Second)
		if n := len(target.requests()); n != sent || target.open.Load() != 10 {
			t.Errorf("%d requests in the pause, %d users", n-sent, target.open.Load())
		}
		apply(t, p, Plan{Users: 10})
		wait(2 * time.Second)
		if len(target.requests()) == sent || len(target.users()) != 10 {
			t.Error("did not go on with the same users")
		}
		stop(t, p)
		checkTape(t, r.all())
		if s := snapshot(p); s.Run.Length != 4*time.Second || s.Measured != 4*time.Second {
			t.Errorf("measured %v and %v", s.Run.Length, s.Measured)
		}
	})
}

func TestStopWhilePaused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 10, Paused: true})
		wait(2 * time.Second)
		stop(t, p)
		if target.open.Load() != 0 || len(target.requests()) != 0 {
			t.Errorf("%d users left, %d requests", target.open.Load(), len(target.requests()))
		}
		checkTape(t, r.all())
	})
}

func TestNobodyIsALoadToo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{}, nil)
		apply(t, p, Plan{})
		wait(5 * time.Second)
		stop(t, p)
		if n := len(r.all()); n != 6 {
			t.Errorf("%d deltas of 5 s that touch 6 seconds", n)
		}
		checkTape(t, r.all())
	})
}

func TestRequestLimitIsExact(t *testing.T) {
	for _, limit := range []uint64{1, 7, 1000} {
		bubble(t, func(t *testing.T) {
			target := &fakeTarget{}
			p, r := newLoad(t, target, func(c *Config) { c.Requests = limit })
			apply(t, p, Plan{Users: 50})
			<-p.Done()
			sent := target.requests()
			if uint64(len(sent)) != limit {
				t.Errorf("%d of %d sent", len(sent), limit)
			}
			for n := range limit {
				if sent[n] != 1 {
					t.Errorf("request %d was sent %d times", n, sent[n])
				}
			}
			checkTape(t, r.all())
			if s := snapshot(p); s.Err != nil || s.Total.OK != limit || s.State != Stopped {
				t.Errorf("err %v, %+v, %v", s.Err, s.Total, s.State)
			}
		})
	}
}

func TestStopDrains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 3 * time.Second }}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 4})
		wait(time.Second)
		for range 3 {
			go stop(t, p)
		}
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(p)
		if s.Total.OK != 4 || s.Total.InFlight() != 0 || s.Run.Length != time.Second || s.Run.TPS() != 4 {
			t.Errorf("%+v in %v", s.Total, s.Run.Length)
		}
		if target.open.Load() != 0 {
			t.Error("an invoker was not closed")
		}
	})
}

func TestStopAbortsWhatItsContextDoesNotWaitFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		slow := func(user int, n uint64) time.Duration {
			if n == 5 {
				return time.Hour
			}
			return 300 * time.Millisecond
		}
		p, r := newLoad(t, &fakeTarget{takes: slow}, nil)
		apply(t, p, Plan{Users: 4})
		wait(10 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		err := p.Stop(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 request") {
			t.Errorf("got %v", err)
		}
		deltas := r.all()
		checkTape(t, deltas)
		if last := deltas[len(deltas)-1]; last.InFlight != 1 || last.Failed != 0 {
			t.Errorf("%d in flight at the end, %d failed", last.InFlight, last.Failed)
		}
		if s := snapshot(p); s.InFlight != 1 || s.Total.Sent != s.Total.OK+1 {
			t.Errorf("%+v", s.Total)
		}
	})
}

func TestStopDoesNotWaitForeverForADeafInvoker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{deaf: make(chan struct{})}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 2})
		wait(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Stop(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if s := snapshot(p); !errors.Is(s.Err, ErrStuck) || s.Total.InFlight() != 2 {
			t.Errorf("err %v, %+v", s.Err, s.Total)
		}
		checkTape(t, r.all())
		close(target.deaf)
	})
}

func TestAUserThatCannotStartEndsTheLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		refused := errors.New("no socket left")
		target := &fakeTarget{refuse: func(user int) error {
			if user == 7 {
				return refused
			}
			return nil
		}}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 10, SpawnRate: 1})
		<-p.Done()
		s := snapshot(p)
		if !errors.Is(s.Err, refused) || !strings.Contains(s.Err.Error(), "user 7") {
			t.Errorf("got %v", s.Err)
		}
		if s.Total.Sent == 0 || s.Total.Sent != s.Total.OK || s.Users != 0 {
			t.Errorf("others did not drain: %+v, %d users", s.Total, s.Users)
		}
		checkTape(t, r.all())
		stop(t, p)
	})
}

func TestAPanicEndsTheLoadAndKeepsWhatWasMeasured(t *testing.T) {
	boom := errors.New("boom")
	panics := map[string]func(*Config){
		"invoker": func(c *Config) {
			c.Target.(*fakeTarget).during = func(_ int, n uint64) {
				if n == 100 {
					panic(boom)
				}
			}
		},
		"new invoker": func(c *Config) {
			c.Target.(*fakeTarget).refuse = func(user int) error {
				if user == 3 {
					panic(boom)
				}
				return nil
			}
		},
		"sink": func(c *Config) {
			inner := c.Sink
			c.Sink = func(d *Delta) {
				if inner(d); d.Seq == 3 {
					panic(boom)
				}
			}
		},
		"client": func(c *Config) {
			calls := 0
			c.MeasureClient = func(*Client) {
				if calls++; calls == 3 {
					panic(boom)
				}
			}
		},
	}
	for name, arm := range panics {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p, _ := newLoad(t, &fakeTarget{}, arm)
				apply(t, p, Plan{Users: 8, SpawnRate: 2})
				<-p.Done()
				s := snapshot(p)
				var caught *PanicError
				if !errors.As(s.Err, &caught) || !errors.Is(s.Err, boom) || !strings.Contains(string(caught.Stack), "pool_test.go") {
					t.Fatalf("got %v", s.Err)
				}
				if s.Total.Sent == 0 || s.Total.InFlight() > 1 || s.State != Stopped || s.Users != 0 {
					t.Errorf("%+v, state %v, %d users", s.Total, s.State, s.Users)
				}
			})
		})
	}
}

func TestPoolMeasuresItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{}, func(c *Config) {
			c.MeasureClient = func(c *Client) { *c = Client{CPUPercent: 12, Cores: 2, SchedP99: time.Millisecond} }
		})
		apply(t, p, Plan{Users: 1})
		wait(1500 * time.Millisecond)
		apply(t, p, Plan{Users: 2})
		wait(1200 * time.Millisecond)
		stop(t, p)
		for _, d := range r.all() {
			if (d.Client.CPUPercent == 12) != d.Final {
				t.Errorf("second %d, final %v: %+v", d.Second, d.Final, d.Client)
			}
		}
		if c := snapshot(p).Run.Client; c.CPUPercent != 12 || c.SchedP99 != time.Millisecond {
			t.Errorf("%+v", c)
		}
	})
}
