package runner

import (
	"reflect"
	"sync"
	"testing"
	"time"
)

// sends are the moments, since the first, at which each user sent while act ran on a load that first got plan. Answers take no time.
func sends(t *testing.T, plan Plan, act func(p *Pool)) map[int][]time.Duration {
	t.Helper()
	var mu sync.Mutex
	begun, list := time.Now(), make(map[int][]time.Duration)
	target := &fakeTarget{takes: func(int, uint64) time.Duration { return 0 }, during: func(user int, _ uint64) {
		mu.Lock()
		defer mu.Unlock()
		list[user] = append(list[user], time.Since(begun))
	}}
	p, _ := newLoad(t, target, nil)
	apply(t, p, plan)
	act(p)
	stop(t, p)
	return list
}

// TestAPauseInHandIsFinished: users who began to think at different moments keep their distance, whatever else changes.
func TestAPauseInHandIsFinished(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	calm := Plan{Users: 3, ThinkMin: 10 * s, ThinkMax: 10 * s, SpawnRate: 0.5} // they begin at 0, 2 and 4 s
	with := func(change func(*Plan)) Plan {
		p := calm
		change(&p)
		return p
	}
	for _, c := range []struct {
		name   string
		change Plan // at 15 s: 5, 7 and 9 s are left
		want   map[int][]time.Duration
	}{
		{"a user more", with(func(p *Plan) { p.Users = 4 }), map[int][]time.Duration{
			0: {0, 10 * s, 20 * s}, 1: {2 * s, 12 * s, 22 * s}, 2: {4 * s, 14 * s, 24 * s}, 3: {15 * s, 25 * s},
		}},
		{"a user less", with(func(p *Plan) { p.Users = 2 }), map[int][]time.Duration{
			0: {0, 10 * s, 20 * s}, 1: {2 * s, 12 * s, 22 * s}, 2: {4 * s, 14 * s},
		}},
		{"a ramp", with(func(p *Plan) { p.Users, p.Ramp = 4, 8*s }), map[int][]time.Duration{
			0: {0, 10 * s, 20 * s}, 1: {2 * s, 12 * s, 22 * s}, 2: {4 * s, 14 * s, 24 * s}, 3: {23 * s},
		}},
		{"half the think time, so half of what is left", with(func(p *Plan) { p.ThinkMin, p.ThinkMax = 5*s, 5*s }), map[int][]time.Duration{
			0: {0, 10 * s, 17500 * ms, 22500 * ms}, 1: {2 * s, 12 * s, 18500 * ms, 23500 * ms}, 2: {4 * s, 14 * s, 19500 * ms, 24500 * ms},
		}},
		{"twice the think time", with(func(p *Plan) { p.ThinkMin, p.ThinkMax = 20*s, 20*s }), map[int][]time.Duration{
			0: {0, 10 * s, 25 * s}, 1: {2 * s, 12 * s}, 2: {4 * s, 14 * s},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				got := sends(t, calm, func(p *Pool) {
					wait(15 * s)
					apply(t, p, c.change)
					wait(10500 * ms)
				})
				if !reflect.DeepEqual(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		})
	}
}

// TestARandomPauseInHandIsFinished, and is not drawn again.
func TestARandomPauseInHandIsFinished(t *testing.T) {
	plan := Plan{Users: 20, ThinkMax: 10 * time.Second}
	bubble(t, func(t *testing.T) {
		left := sends(t, plan, func(*Pool) { wait(time.Minute) })
		changed := sends(t, plan, func(p *Pool) {
			for range 60 {
				wait(time.Second)
				apply(t, p, plan)
			}
		})
		if !reflect.DeepEqual(left, changed) {
			t.Errorf("left alone: %v\nchanged each second: %v", left, changed)
		}
	})
}

// TestAThinkTimeStandsStillInAPause of the load, so that users who go on do not all send at once.
func TestAThinkTimeStandsStillInAPause(t *testing.T) {
	const s = time.Second
	plan := Plan{Users: 2, ThinkMin: 10 * s, ThinkMax: 10 * s, SpawnRate: 0.5} // they begin at 0 and 2 s
	paused := plan
	paused.Paused = true
	bubble(t, func(t *testing.T) {
		got := sends(t, plan, func(p *Pool) {
			wait(5 * s)
			apply(t, p, paused)
			wait(time.Minute)
			apply(t, p, plan)
			wait(8 * s)
		})
		if want := map[int][]time.Duration{0: {0, 70 * s}, 1: {2 * s, 72 * s}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestNobodyThinksWhoNeedNot: a pause ends with the think time, and there is none in an open loop.
func TestNobodyThinksWhoNeedNot(t *testing.T) {
	const s = time.Second
	bubble(t, func(t *testing.T) {
		for name, next := range map[string]Plan{
			"next to none": {Users: 1, ThinkMax: time.Millisecond},
			"an open loop": {Loop: Open, Users: 1, Rate: 1},
		} {
			got := sends(t, Plan{Users: 1, ThinkMin: time.Hour, ThinkMax: time.Hour}, func(p *Pool) {
				wait(s)
				apply(t, p, next)
				wait(s)
				apply(t, p, Plan{Users: 1, Paused: true})
			})
			if len(got[0]) < 2 || got[0][1] > 2*s {
				t.Errorf("%s: sent at %v", name, got[0])
			}
		}
	})
}

// TestAPauseIsOfTheThinkTimeInForce when the answer came.
func TestAPauseIsOfTheThinkTimeInForce(t *testing.T) {
	const s = time.Second
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 3 * s }}
		p, _ := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 5})
		wait(s)
		apply(t, p, Plan{Users: 5, ThinkMin: time.Hour, ThinkMax: time.Hour})
		wait(time.Minute)
		stop(t, p)
		if n := len(target.requests()); n != 5 {
			t.Errorf("%d requests, want 5", n)
		}
	})
}
