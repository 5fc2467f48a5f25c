package runner

import (
	"slices"
	"testing"
	"time"
)

// queue is the slow and obvious open loop that the pool's is held against: arrival k goes to the user that gets free first.
type queue struct {
	stats      [NumMeasures]Stats
	sent       int
	due        int
	lastSentAt time.Duration
}

// queueOf serves the arrivals of s by users of which each takes as long as takes says of a request sent at that moment. It stops at
// end: what was sent until then is answered.
func queueOf(s sequence, users int, end time.Duration, takes func(at time.Duration) time.Duration) (q queue) {
	free := make([]time.Duration, users)
	var hist Hists
	for m := range hist {
		hist[m] = new(Hist)
	}
	for ; s.next <= end; s.advance() {
		slices.Sort(free)
		at := max(s.next, free[0])
		if at > end {
			q.due++
			continue
		}
		q.sent++
		q.lastSentAt = at
		free[0] = at + takes(at)
		hist[Response].Record(free[0] - s.next)
		hist[Service].Record(free[0] - at)
		hist[SendLag].Record(at - s.next)
		hist[PoolWait].Record(at - s.next)
	}
	for m, h := range hist {
		q.stats[m] = h.Stats()
	}
	return q
}

func (q *queue) check(t *testing.T, name string, s *Snapshot) {
	t.Helper()
	if s.Run.Stats != q.stats {
		for m, want := range q.stats {
			if got := s.Run.Stats[m]; got != want {
				t.Errorf("%s, %v:\n got %+v\nwant %+v", name, Measure(m), got, want)
			}
		}
	}
	if s.Total.Sent != uint64(q.sent) || s.Total.OK != uint64(q.sent) || s.Total.Unsent != uint64(q.due) {
		t.Errorf("%s: %+v, want %d sent and %d unsent", name, s.Total, q.sent, q.due)
	}
}

func fixed(d time.Duration) func(time.Duration) time.Duration {
	return func(time.Duration) time.Duration { return d }
}

// stalls takes 3 ms, but nothing is answered from 0.5 s to 1.5 s.
func stalls(at time.Duration) time.Duration {
	if begin, end := 500*time.Millisecond, 1500*time.Millisecond; at >= begin && at < end {
		return end - at
	}
	return 3 * time.Millisecond
}

// sooner by d is when these answers come: who gets free at the very moment of an arrival may wait for it, or not yet.
func sooner(takes func(time.Duration) time.Duration, d time.Duration) func(time.Duration) time.Duration {
	return func(at time.Duration) time.Duration { return takes(at) - d }
}

// TestOpenLoopIsExact in every figure, against the queue.
func TestOpenLoopIsExact(t *testing.T) {
	const ms = time.Millisecond
	end := 2500*ms + 1
	for _, c := range []struct {
		name  string
		plan  Plan
		takes func(time.Duration) time.Duration
		users int // live in the end
	}{
		{"alone", Plan{Rate: 100, Users: 10}, fixed(9 * ms), 2},
		{"one user", Plan{Rate: 100, Users: 1}, fixed(9 * ms), 1},
		{"five at once", Plan{Rate: 1000, Users: 50}, fixed(4500 * time.Microsecond), 6},
		{"too few users", Plan{Rate: 1000, Users: 5}, fixed(10 * ms), 5},
		{"a stall with users for all", Plan{Rate: 100, Users: 200}, sooner(stalls, ms), 101},
		{"a stall with few users", Plan{Rate: 100, Users: 5}, stalls, 5},
		{"Poisson", Plan{Rate: 300, Users: 200, Poisson: true}, fixed(20 * ms), 0},
		{"Poisson with few users", Plan{Rate: 300, Users: 7, Poisson: true}, fixed(20 * ms), 7},
		{"ramp up", Plan{Rate: 900, Users: 7, Ramp: 2 * time.Second}, fixed(10 * ms), 7},
		{"nobody", Plan{Rate: 100}, nil, 0},
	} {
		bubble(t, func(t *testing.T) {
			begun := time.Now()
			target := &fakeTarget{takes: func(int, uint64) time.Duration { return c.takes(time.Since(begun)) }}
			p, r := newLoad(t, target, nil)
			c.plan.Loop = Open
			apply(t, p, c.plan)
			wait(end)
			if n := snapshot(p).Users; c.users > 0 && n != c.users || n > c.plan.Users {
				t.Errorf("%s: %d users", c.name, n)
			}
			stop(t, p)
			checkTape(t, r.all())
			s := snapshot(p)
			q := queue{due: 250}
			if c.plan.Users > 0 {
				q = queueOf(newSequence(newRateCourse(0, c.plan), c.plan, 0, 1, 1), c.plan.Users, end, c.takes)
			}
			q.check(t, c.name, s)
			if again := snapshot(r.replay(LedgerConfig{})); again.Run.Stats != s.Run.Stats || again.Total != s.Total {
				t.Errorf("%s: the replay shows other figures", c.name)
			}
		})
	}
}

// TestAStallIsATriangle says what the oracle must say of it, too: the answers of one stalled second, by their scheduled moments, took
// from all of it to nothing.
func TestAStallIsATriangle(t *testing.T) {
	plan := Plan{Rate: 100, Users: 200, Loop: Open}
	q := queueOf(newSequence(newRateCourse(0, plan), plan, 0, 1, 1), 200, 2*time.Second, stalls)
	sum := 100 * 3 * time.Millisecond // 49 before, 51 after
	for k := 1; k <= 100; k++ {
		sum += time.Duration(k) * 10 * time.Millisecond
	}
	if st := q.stats[Response]; st.Max != time.Second || st.Count != 200 || st.Mean != sum/200 || q.stats[PoolWait].Max != time.Microsecond {
		t.Errorf("%+v, want a mean of %v", st, sum/200)
	}
}
