package runner

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// TestDueIsWhatWaits at the end of each second, and what waits in the end is unsent.
func TestDueIsWhatWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{takes: func(int, uint64) time.Duration { return 10 * time.Millisecond }}, nil)
		apply(t, p, Plan{Loop: Open, Rate: 1000, Users: 5})
		wait(2 * time.Second)
		apply(t, p, Plan{Users: 5})
		wait(time.Second)
		stop(t, p)
		// Seconds end 862.999989 ms after the load began, and each second after that: a request starts per user and 10 ms.
		want := []struct{ sent, due, unsent uint64 }{{432, 430, 0}, {500, 930, 0}, {68, 0, 1000}}
		for i, w := range want {
			d := r.all()[i]
			if d.Sent != w.sent || uint64(d.Due) != w.due || d.Unsent != w.unsent || d.Segment != 1 {
				t.Errorf("second %d: %d sent, %d due, %d unsent, want %+v", i, d.Sent, d.Due, d.Unsent, w)
			}
		}
		s := snapshot(p)
		if s.Seconds[1].Due != 930 || s.Seconds[2].Due != 0 || s.Segments[0].Unsent != 1000 || s.Segment.Unsent != 0 {
			t.Errorf("due %d, then %d; %d unsent", s.Seconds[1].Due, s.Seconds[2].Due, s.Segments[0].Unsent)
		}
		checkTape(t, r.all())
	})
}

func TestFailuresAreMeasuredFromTheSchedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{
			takes: func(int, uint64) time.Duration { return 20 * time.Millisecond },
			fails: func(uint64) Failure { return Failure{Class: ModelError} },
		}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Loop: Open, Rate: 100, Users: 1})
		wait(105 * time.Millisecond)
		stop(t, p)
		checkTape(t, r.all())
		st := snapshot(p).Run.Stats
		if st[FailureLat].Count != 5 || st[FailureLat].Max != 60*time.Millisecond || st[SendLag].Max != 40*time.Millisecond || st[PoolWait].Max != 40*time.Millisecond {
			t.Errorf("failures %+v, lag %+v, wait %+v", st[FailureLat], st[SendLag], st[PoolWait])
		}
		if st[Service].Count+st[Response].Count != 0 {
			t.Error("a failure counts as a success")
		}
	})
}

func TestTheRateLimitIsSendLagButNoPoolWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{takes: func(int, uint64) time.Duration { return time.Millisecond }}, func(c *Config) { c.MaxRate = 10 })
		apply(t, p, Plan{Loop: Open, Rate: 100, Users: 500})
		wait(2001 * time.Millisecond)
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(p)
		if s.Total.Sent != 20 || s.Total.Unsent != 180 {
			t.Errorf("%+v at 10/s of 100/s for 2 s", s.Total)
		}
		// The k-th is due after k x 10 ms, and sent after 10 ms + (k-1) x 100 ms.
		if lag, wait := s.Run.Stats[SendLag], s.Run.Stats[PoolWait]; lag.Max != 19*90*time.Millisecond || wait.Max != time.Microsecond {
			t.Errorf("lag %+v, wait %+v", lag, wait)
		}
	})
}

func TestRequestLimitEndsAnOpenLoop(t *testing.T) {
	for _, c := range []struct {
		limit  uint64
		plan   Plan
		after  time.Duration
		unsent uint64
	}{
		{3, Plan{Rate: 1, Users: 5}, 3*time.Second + 10*time.Millisecond, 0},
		{100, Plan{Rate: 1000, Users: 5}, 205 * time.Millisecond, 95}, // the last is sent after 195 ms
	} {
		bubble(t, func(t *testing.T) {
			target := &fakeTarget{takes: func(int, uint64) time.Duration { return 10 * time.Millisecond }}
			p, r := newLoad(t, target, func(cfg *Config) { cfg.Requests = c.limit })
			begun := time.Now()
			c.plan.Loop = Open
			apply(t, p, c.plan)
			<-p.Done()
			if passed := time.Since(begun); passed != c.after {
				t.Errorf("ended after %v, want %v", passed, c.after)
			}
			checkTape(t, r.all())
			if s := snapshot(p); s.Total.OK != c.limit || s.Total.Unsent != c.unsent || s.Err != nil {
				t.Errorf("%+v of %d, err %v", s.Total, c.limit, s.Err)
			}
		})
	}
}

func TestAUserThatCannotStartEndsAnOpenLoop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		refused := errors.New("no socket left")
		target := &fakeTarget{refuse: func(user int) error {
			if user == 3 {
				return refused
			}
			return nil
		}}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Loop: Open, Rate: 100, Users: 50})
		<-p.Done()
		s := snapshot(p)
		if !errors.Is(s.Err, refused) || s.Total.OK != 3 || s.Users != 0 || len(target.users()) != 3 {
			t.Errorf("%v; %+v, %d users", s.Err, s.Total, s.Users)
		}
		checkTape(t, r.all())
	})
}

// TestSlowStartersDoNotPileUp: while one user starts no other does, unless arrivals wait for it.
func TestSlowStartersDoNotPileUp(t *testing.T) {
	for _, c := range []struct {
		takes time.Duration
		users int
	}{{time.Millisecond, 2}, {450 * time.Millisecond, 3}} {
		bubble(t, func(t *testing.T) {
			target := &fakeTarget{takes: func(int, uint64) time.Duration { return c.takes }}
			target.refuse = func(user int) error {
				if user > 0 {
					time.Sleep(time.Second)
				}
				return nil
			}
			p, r := newLoad(t, target, nil)
			apply(t, p, Plan{Loop: Open, Rate: 10, Users: 50})
			wait(999 * time.Millisecond) // the second user starts from 100 ms to 1.1 s; at 550 ms three more arrivals wait
			if n := snapshot(p).Users; n != c.users {
				t.Errorf("%d users, want %d, when requests take %v", n, c.users, c.takes)
			}
			wait(9 * time.Second)
			stop(t, p)
			checkTape(t, r.all())
			if s := snapshot(p); s.Total.OK != 99 || s.Total.Unsent != 0 {
				t.Errorf("%+v", s.Total)
			}
		})
	}
}

func TestANewRateTakesEffectAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{takes: func(int, uint64) time.Duration { return time.Millisecond }}, nil)
		apply(t, p, Plan{Loop: Open, Rate: 0.001, Users: 50})
		wait(500 * time.Second) // half a gap
		apply(t, p, Plan{Loop: Open, Rate: 100, Users: 50})
		wait(996 * time.Millisecond)
		apply(t, p, Plan{Loop: Open, Rate: 0, Users: 50})
		wait(time.Second)
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(p)
		if s.Total.Sent != 100 || s.Segments[1].Sent != 100 || s.Run.Stats[SendLag].Max != time.Microsecond {
			t.Errorf("%+v, lag %+v", s.Total, s.Run.Stats[SendLag])
		}
		if s.Measured != 500*time.Second+996*time.Millisecond {
			t.Errorf("measured %v", s.Measured)
		}
	})
}

func TestARateThatIsChangedOftenHolds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{takes: func(int, uint64) time.Duration { return time.Millisecond }}, nil)
		for range 100 {
			apply(t, p, Plan{Loop: Open, Rate: 10, Users: 50})
			wait(30*time.Millisecond + 1)
		}
		stop(t, p)
		checkTape(t, r.all())
		if s := snapshot(p); s.Total.Sent != 30 || s.Total.Unsent != 0 {
			t.Errorf("%+v in 3 s at 10/s", s.Total)
		}
	})
}

func TestRampsOfTheRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{takes: func(int, uint64) time.Duration { return time.Millisecond }}, nil)
		plan := Plan{Loop: Open, Rate: 100, Users: 50, Ramp: 4 * time.Second}
		apply(t, p, plan)
		wait(2*time.Second + 1) // at 50/s: 50 arrivals
		plan.Paused, plan.Ramp = true, 0
		apply(t, p, plan)
		wait(3 * time.Second)
		plan.Paused, plan.Ramp = false, 2*time.Second
		apply(t, p, plan) // goes on from 50/s: 150 arrivals, then 200 at 100/s
		wait(4*time.Second + 1)
		plan.Rate, plan.Ramp = 0, time.Second
		apply(t, p, plan) // 50 more
		wait(2 * time.Second)
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(p)
		var sent []uint64
		for _, w := range append(slices.Clone(s.Segments), s.Segment) {
			sent = append(sent, w.Sent)
		}
		if !slices.Equal(sent, []uint64{50, 0, 350, 50}) || s.Total.Unsent != 0 {
			t.Errorf("%v sent, %d unsent", sent, s.Total.Unsent)
		}
		if len(s.Segments) == 3 && (!s.Segments[0].Ramp || s.Segments[1].Ramp || !s.Segment.Ramp) {
			t.Error("ramps are marked wrongly")
		}
		// The pause does not count, nor the rate of 0 after the last ramp; the second in which a ramp ends is a ramp's.
		if s.Steady.OK == 0 || s.Steady.Ramp || s.Measured < 7*time.Second || s.Measured > 8*time.Second {
			t.Errorf("steady %+v, measured %v", s.Steady.Counts, s.Measured)
		}
	})
}

func TestPauseEndsArrivals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 50 * time.Millisecond }}
		p, r := newLoad(t, target, nil)
		plan := Plan{Loop: Open, Rate: 100, Users: 2}
		apply(t, p, plan)
		wait(995 * time.Millisecond) // 99 due, 2 each 50 ms from 10 ms on: 40 sent
		plan.Paused = true
		apply(t, p, plan)
		wait(10 * time.Second)
		if n := len(target.requests()); n != 40 || snapshot(p).Users != 2 {
			t.Errorf("%d requests, %d users in the pause", n, snapshot(p).Users)
		}
		plan.Paused = false
		apply(t, p, plan)
		wait(25 * time.Millisecond)
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(p)
		if s.Segments[0].Unsent != 59 || s.Segments[1].Unsent != 0 || s.Segment.Sent != 2 || s.Total.Unsent != 59 || len(target.users()) != 2 {
			t.Errorf("total %+v, pause %+v, after %+v", s.Total, s.Segments[1].Counts, s.Segment.Counts)
		}
		if s.Measured != 1020*time.Millisecond {
			t.Errorf("measured %v", s.Measured)
		}
	})
}

func TestStopWhileWaiting(t *testing.T) {
	for _, plan := range []Plan{{Rate: 0.001, Users: 5}, {Rate: 0, Users: 5}, {Rate: 100, Users: 0}, {Rate: 100, Users: 3, Paused: true}} {
		bubble(t, func(t *testing.T) {
			target := &fakeTarget{}
			p, r := newLoad(t, target, nil)
			plan.Loop = Open
			apply(t, p, Plan{Users: 3})
			wait(time.Second)
			apply(t, p, plan)
			wait(time.Second)
			begun := time.Now()
			stop(t, p)
			if passed := time.Since(begun); passed != 0 || target.open.Load() != 0 {
				t.Errorf("%+v: %v until the end, %d users left", plan, passed, target.open.Load())
			}
			checkTape(t, r.all())
		})
	}
}

func TestLoopsChangeIntoEachOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 10 * time.Millisecond }}
		p, r := newLoad(t, target, nil)
		for _, step := range []struct {
			plan  Plan
			after time.Duration
			users int
		}{
			{Plan{Users: 20}, time.Second, 20},
			{Plan{Loop: Open, Rate: 100, Users: 50}, time.Second, 20},
			{Plan{Loop: Open, Rate: 100, Users: 8}, time.Second, 8},
			{Plan{Loop: Open, Rate: 5000, Users: 30}, time.Second, 30},
			{Plan{Users: 34, SpawnRate: 2}, 1100 * time.Millisecond, 33},
			{Plan{Loop: Open, Rate: 10, Users: 100}, time.Second, 33},
			{Plan{Users: 3, Ramp: 3 * time.Second}, 1015 * time.Millisecond, 23},
			{Plan{Users: 0}, time.Second, 0},
			{Plan{Loop: Open, Rate: 100, Users: 100}, time.Second, 2},
		} {
			apply(t, p, step.plan)
			wait(step.after)
			if n := snapshot(p).Users; n < step.users || n > step.users+1 && step.plan.Loop == Open || n != step.users && step.plan.Loop == Closed {
				t.Errorf("%+v: %d users, want %d", step.plan, n, step.users)
			}
			if open := int(target.open.Load()); open != snapshot(p).Users {
				t.Errorf("%+v: %d invokers of %d users", step.plan, open, snapshot(p).Users)
			}
		}
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(p)
		checkBooks(t, s, uint64(len(target.requests())))
		for _, w := range s.Segments {
			if w.Plan.Loop == Closed && w.Stats[SendLag].Count+w.Stats[Service].Count > 0 {
				t.Errorf("a closed loop with a send lag: %+v", w.Plan)
			}
		}
	})
}

// TestTheUserFreedLastGoesFirst: of many users that a burst needed, the few that are needed then are always the same.
func TestTheUserFreedLastGoesFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		begun := time.Now()
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return stalls(time.Since(begun)) }}
		var late []int
		target.during = func(user int, _ uint64) {
			if time.Since(begun) > 2*time.Second && !slices.Contains(late, user) {
				target.mu.Lock()
				defer target.mu.Unlock()
				late = append(late, user)
			}
		}
		p, _ := newLoad(t, target, nil)
		apply(t, p, Plan{Loop: Open, Rate: 100, Users: 500})
		wait(10 * time.Second)
		stop(t, p)
		if len(target.users()) < 100 || len(late) > 2 {
			t.Errorf("%d of %d users are in use", len(late), len(target.users()))
		}
	})
}

// TestAnOpenLoopComesAndGoes leaves no goroutine: synctest fails when one is left.
func TestAnOpenLoopComesAndGoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 900 * time.Millisecond }}
		p, r := newLoad(t, target, nil)
		for range 3 {
			apply(t, p, Plan{Loop: Open, Rate: 2000, Users: 1500})
			wait(2 * time.Second)
			if n := target.open.Load(); n != 1500 {
				t.Errorf("%d users", n)
			}
			apply(t, p, Plan{Loop: Open, Rate: 2000, Users: 10})
			wait(2 * time.Second)
			if n := target.open.Load(); n != 10 {
				t.Errorf("%d users, want 10", n)
			}
			apply(t, p, Plan{})
			wait(2 * time.Second)
			if n := target.open.Load(); n != 0 {
				t.Errorf("%d users, want none", n)
			}
		}
		stop(t, p)
		checkTape(t, r.all())
		checkBooks(t, snapshot(p), uint64(len(target.requests())))
	})
}

// TestThinkTimesAreRepeatable from the seed, user by user.
func TestThinkTimesAreRepeatable(t *testing.T) {
	times := func(seed uint64, number int) []time.Duration {
		p, err := NewPool(Config{Target: &fakeTarget{}, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		u := newUser(p, number)
		list := make([]time.Duration, 100)
		for i := range list {
			list[i] = u.thinkTime(Plan{ThinkMin: time.Millisecond, ThinkMax: time.Second})
		}
		return list
	}
	one := times(1, 7)
	if !reflect.DeepEqual(one, times(1, 7)) {
		t.Error("the same seed gives other think times")
	}
	if reflect.DeepEqual(one, times(1, 8)) || reflect.DeepEqual(one, times(2, 7)) {
		t.Error("another user or seed has the same think times")
	}
	if least, most := slices.Min(one), slices.Max(one); least < time.Millisecond || most > time.Second || most-least < 800*time.Millisecond {
		t.Errorf("from %v to %v", least, most)
	}
}

// randomOpenPlan is at a rate that its users sometimes cannot keep up with.
func randomOpenPlan(rng *rand.Rand) Plan {
	p := Plan{Loop: Open, Users: rng.IntN(40), Rate: float64(rng.IntN(500)), Poisson: rng.IntN(2) == 0}
	p.Paused, p.Warmup = rng.IntN(6) == 0, rng.IntN(4) == 0
	if rng.IntN(3) == 0 {
		p.Ramp = time.Duration(rng.Int64N(int64(2 * time.Second)))
	}
	if rng.IntN(8) == 0 {
		p.Rate = 0
	}
	return p
}
