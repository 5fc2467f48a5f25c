package runner

import (
	"slices"
	"testing"
	"time"
)

// newCrew is arrivals every millisecond, and users who got free at 0.
func newCrew(t *testing.T, n int) (*arrivals, []*user) {
	t.Helper()
	p, err := NewPool(Config{Target: &fakeTarget{}})
	if err != nil {
		t.Fatal(err)
	}
	crew := make([]*user, n)
	for i := range crew {
		crew[i] = newUser(p, i)
	}
	return newArrivals(newSequence(rateCourse{from: 1000, to: 1000}, Plan{}, 0, 1, 1), 0), crew
}

// followers from the top.
func (a *arrivals) followers() (list []int) {
	for u := a.top; u != nil; u = u.below {
		list = append(list, u.number)
	}
	return list
}

func woken(u *user) bool {
	select {
	case <-u.wake:
		return true
	default:
		return false
	}
}

// TestTheLeadIsHandedOn is the state table in the comment of arrivals.
func TestTheLeadIsHandedOn(t *testing.T) {
	const ms = time.Millisecond
	a, crew := newCrew(t, 5)
	for _, u := range crew {
		if _, ok := a.enter(u); ok {
			t.Error("an arrival before one was due")
		}
	}
	check := func(what string, leader *user, followers ...int) {
		t.Helper()
		if a.leader != leader || !slices.Equal(a.followers(), followers) {
			t.Errorf("%s: %v follow", what, a.followers())
		}
	}
	check("all are free", crew[0], 4, 3, 2, 1)
	if _, at := a.take(ms - 1); at != ms || a.leader != crew[0] {
		t.Errorf("too early: due at %v", at)
	}
	if got, at := a.take(ms); at != ms || got != (arrival{due: ms, nextDue: 2 * ms}) || !woken(crew[4]) {
		t.Errorf("%+v at %v", got, at)
	}
	check("the leader took an arrival", crew[4], 3, 2, 1)
	a.leave(crew[2])
	check("one in the middle leaves", crew[4], 3, 1)
	if !a.leads(crew[4]) || a.leads(crew[3]) {
		t.Error("who leads does not know it")
	}
	a.leave(crew[4])
	check("the leader leaves", crew[3], 1)
	crew[0].freed = 1500 * time.Microsecond
	a.enter(crew[0])
	check("one gets free while the leader is not awake", crew[0], 3, 1)
	crew[4].freed = 2500 * time.Microsecond
	if got, ok := a.enter(crew[4]); !ok || got != (arrival{due: 2 * ms, nextDue: 3 * ms}) {
		t.Errorf("overdue: %+v", got)
	}
	check("one gets free when an arrival is overdue", crew[0], 3, 1)
	for range 3 {
		a.take(time.Hour)
	}
	check("all are busy", nil)
	crew[1].freed = 10 * ms
	if got, ok := a.enter(crew[1]); !ok || got != (arrival{due: 6 * ms, wait: 4 * ms, alone: true, nextDue: 7 * ms}) {
		t.Errorf("nobody was free: %+v", got)
	}
}

func TestClosedArrivalsLetAllGo(t *testing.T) {
	a, crew := newCrew(t, 4)
	for _, u := range crew[:3] {
		a.enter(u)
	}
	a.close(time.Now())
	for _, u := range crew[:3] {
		if !woken(u) || u.above != nil || u.below != nil {
			t.Errorf("user %d was not let go", u.number)
		}
		a.leave(u)
	}
	crew[3].freed = time.Hour
	if _, ok := a.enter(crew[3]); ok || a.leader != nil || a.top != nil {
		t.Error("somebody entered")
	}
	if got, at := a.take(time.Hour); at != forever || got != (arrival{}) {
		t.Error("an arrival was given out")
	}
}

func TestDueCountsWhatWasTakenAndWhatWaits(t *testing.T) {
	a, crew := newCrew(t, 1)
	if n := a.dueBy(3500 * time.Microsecond); n != 3 {
		t.Errorf("%d due", n)
	}
	a.enter(crew[0])
	for at := time.Millisecond; at <= 10*time.Millisecond; at += time.Millisecond {
		a.take(at)
		a.leader = crew[0]
	}
	if n := a.dueBy(10 * time.Millisecond); n != 10 {
		t.Errorf("%d due, 10 were taken", n)
	}
	if n := a.dueBy(12 * time.Millisecond); n != 12 {
		t.Errorf("%d due", n)
	}
}

func TestArrivalsDoNotAllocate(t *testing.T) {
	for _, poisson := range []bool{false, true} {
		a, crew := newCrew(t, 3)
		a.coming.poisson = poisson
		for _, u := range crew {
			a.enter(u)
		}
		now := time.Duration(0)
		if n := testing.AllocsPerRun(1000, func() {
			now += 10 * time.Millisecond
			u := a.leader
			_, at := a.take(now)
			woken(a.leader)
			u.freed = at
			for ok := true; ok; {
				_, ok = a.enter(u)
			}
			a.dueBy(now)
		}); n != 0 {
			t.Errorf("%v allocations, Poisson %v", n, poisson)
		}
	}
}
