package runner

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestUsersFollowThePlan(t *testing.T) {
	steps := []struct {
		name string
		plan Plan
		at   []time.Duration // after the plan was applied
		want []int
	}{
		{"at once", Plan{Users: 3}, []time.Duration{0, time.Second}, []int{3, 3}},
		{"spawn rate", Plan{Users: 8, SpawnRate: 2}, []time.Duration{0, 499 * time.Millisecond, 500 * time.Millisecond, 1900 * time.Millisecond, 3 * time.Second}, []int{4, 4, 5, 7, 8}},
		{"ramp up", Plan{Users: 18, Ramp: 10 * time.Second}, []time.Duration{0, time.Second, 9999 * time.Millisecond, 10 * time.Second}, []int{8, 9, 17, 18}},
		{"ramp down", Plan{Users: 8, Ramp: 10 * time.Second}, []time.Duration{999 * time.Millisecond, time.Second, 10 * time.Second}, []int{18, 17, 8}},
		{"to nobody", Plan{Users: 0, SpawnRate: 4}, []time.Duration{0, 250 * time.Millisecond, 2 * time.Second}, []int{7, 6, 0}},
	}
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 0 }}
		p, r := newLoad(t, target, nil)
		for _, step := range steps {
			step.plan.ThinkMin, step.plan.ThinkMax = 10*time.Millisecond, 10*time.Millisecond
			apply(t, p, step.plan)
			var passed time.Duration
			for i, at := range step.at {
				wait(at - passed)
				passed = at
				if got := int(target.open.Load()); got != step.want[i] {
					t.Errorf("%s, after %v: %d users, want %d", step.name, at, got, step.want[i])
				}
			}
		}
		stop(t, p)
		checkTape(t, r.all())
	})
}

func TestLatestPlanWins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 100, Ramp: 100 * time.Second})
		wait(20*time.Second + time.Millisecond)
		apply(t, p, Plan{Users: 5})
		wait(time.Second)
		if n := target.open.Load(); n != 5 {
			t.Errorf("%d users", n)
		}
		if slices.Max(target.users()) != 19 {
			t.Errorf("user %d came up", slices.Max(target.users()))
		}
		stop(t, p)
		checkTape(t, r.all())
	})
}

func TestHighestUsersLeaveFirstAndNumbersAreUsedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		busy := make(map[int]bool)
		target := &fakeTarget{}
		p, _ := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 4})
		wait(time.Second)
		apply(t, p, Plan{Users: 2})
		wait(time.Second)
		target.mu.Lock()
		target.during = func(user int, _ uint64) {
			target.mu.Lock()
			defer target.mu.Unlock()
			busy[user] = true
		}
		target.mu.Unlock()
		wait(time.Second)
		target.mu.Lock()
		if !reflect.DeepEqual(busy, map[int]bool{0: true, 1: true}) {
			t.Errorf("still sending: %v", busy)
		}
		target.mu.Unlock()
		apply(t, p, Plan{Users: 4})
		wait(time.Second)
		if got, want := target.users()[4:], []int{2, 3}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("new users are %v, want %v", got, want)
		}
		stop(t, p)
	})
}

func TestAUserFinishesItsRequestBeforeItLeaves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 5 * time.Second }}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 2})
		wait(time.Second)
		apply(t, p, Plan{Users: 0})
		wait(3 * time.Second)
		if target.open.Load() != 2 {
			t.Fatal("left in the middle of a request")
		}
		wait(2 * time.Second)
		if target.open.Load() != 0 {
			t.Fatal("did not leave after the request")
		}
		stop(t, p)
		checkTape(t, r.all())
		s := snapshot(r.replay(LedgerConfig{}))
		if s.Total.OK != 2 || s.Segments[0].OK != 2 || s.Segment.Sent != 0 {
			t.Errorf("total %+v, first segment %+v, second %+v", s.Total, s.Segments[0].Counts, s.Segment.Counts)
		}
	})
}

func TestAUserWantedAgainKeepsItsInvoker(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 5 * time.Second }}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 3})
		wait(time.Second)
		apply(t, p, Plan{Users: 0})
		wait(time.Second)
		apply(t, p, Plan{Users: 3})
		wait(10 * time.Second)
		if got := target.users(); len(got) != 3 {
			t.Errorf("invokers were made for %v", got)
		}
		stop(t, p)
		checkTape(t, r.all())
	})
}

// slowCloser takes a second to close an Invoker.
type slowCloser struct{ *fakeTarget }

func (t slowCloser) NewInvoker(user int) (Invoker, error) {
	i, err := t.fakeTarget.NewInvoker(user)
	return slowInvoker{i}, err
}

type slowInvoker struct{ Invoker }

func (i slowInvoker) Close() error {
	time.Sleep(time.Second)
	return i.Invoker.Close()
}

func TestAUserWantedAgainWhileItClosesBeginsAnew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{}
		p, r := newLoad(t, slowCloser{target}, nil)
		apply(t, p, Plan{Users: 3})
		wait(time.Second)
		apply(t, p, Plan{Users: 0})
		wait(500 * time.Millisecond)
		apply(t, p, Plan{Users: 3})
		wait(2 * time.Second)
		if n := target.open.Load(); n != 3 || len(target.users()) != 6 || snapshot(p).Users != 3 {
			t.Errorf("%d users, invokers were made for %v", n, target.users())
		}
		stop(t, p)
		checkTape(t, r.all())
	})
}

func TestAPlanGoesOnFromThePresentNumber(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{}
		p, _ := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 100, Ramp: 100 * time.Second})
		wait(20*time.Second + time.Millisecond)
		apply(t, p, Plan{Users: 60, SpawnRate: 2})
		wait(1001 * time.Millisecond)
		if n := target.open.Load(); n != 23 {
			t.Errorf("%d users, want the 20 there were and 3 more", n)
		}
		stop(t, p)
	})
}

func TestThinkTime(t *testing.T) {
	count := func(t *testing.T, plan Plan, d time.Duration) int {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 0 }}
		p, _ := newLoad(t, target, nil)
		apply(t, p, plan)
		wait(d)
		stop(t, p)
		return len(target.requests())
	}
	bubble(t, func(t *testing.T) {
		if n := count(t, Plan{Users: 3, ThinkMin: time.Second, ThinkMax: time.Second}, 10500*time.Millisecond); n != 33 {
			t.Errorf("%d requests, want 33", n)
		}
		n := count(t, Plan{Users: 50, ThinkMin: time.Second, ThinkMax: 3 * time.Second}, 100*time.Second)
		if want := 50 * 50; n < want*97/100 || n > want*103/100 {
			t.Errorf("%d requests at a mean think time of 2 s, want about %d", n, want)
		}
		if again := count(t, Plan{Users: 50, ThinkMin: time.Second, ThinkMax: 3 * time.Second}, 100*time.Second); again != n {
			t.Errorf("%d requests the second time, %d the first", again, n)
		}
	})
}

// TestAPlanInterruptsThinking of those who are to leave, and of those who are to think for another time. Nobody sends for that.
func TestAPlanInterruptsThinking(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{}
		p, _ := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 2, ThinkMin: time.Hour, ThinkMax: time.Hour})
		wait(time.Second)
		apply(t, p, Plan{Users: 2, ThinkMin: 2 * time.Hour, ThinkMax: 2 * time.Hour})
		wait(time.Second)
		if n := len(target.requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
		apply(t, p, Plan{Users: 2, ThinkMin: time.Second, ThinkMax: time.Second})
		wait(time.Second)
		if n := len(target.requests()); n != 4 {
			t.Errorf("%d requests, want 4", n)
		}
		apply(t, p, Plan{Users: 1, Paused: true})
		wait(time.Second)
		if n := target.open.Load(); n != 1 {
			t.Errorf("%d users", n)
		}
		begun := time.Now()
		stop(t, p)
		if time.Since(begun) > time.Second {
			t.Error("stopping waited for a think time")
		}
	})
}

func TestRampMarksTheSecondsThatItTouches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, &fakeTarget{}, nil)
		apply(t, p, Plan{Users: 4})
		wait(2 * time.Second)
		apply(t, p, Plan{Users: 8, Ramp: 2 * time.Second})
		wait(4 * time.Second)
		stop(t, p)
		got := ""
		for _, d := range r.all() {
			got += fmt.Sprintf("%d:%v ", d.Segment, d.Ramp)
		}
		// Seconds begin 137 ms before the load's own.
		want := "1:false 1:false 1:false 2:true 2:true 2:true 2:false 2:false "
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestTenThousandUsersComeAndGo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 900 * time.Millisecond }}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: MaxUsers})
		wait(time.Second)
		if n := target.open.Load(); n != MaxUsers {
			t.Fatalf("%d users", n)
		}
		apply(t, p, Plan{Users: 10, Ramp: 2 * time.Second})
		wait(4 * time.Second)
		if n := target.open.Load(); n != 10 {
			t.Fatalf("%d users", n)
		}
		stop(t, p)
		checkTape(t, r.all())
		if target.open.Load() != 0 { // and synctest fails when a goroutine is left
			t.Error("an invoker was not closed")
		}
	})
}
