package cwmetrics

import (
	"math/rand/v2"
	"testing"
	"time"
)

// follow a series whose periods are published late(n) after their end for an hour, and tell of the second half hour how long points
// stood unseen at most and how many polls there were.
func followSeries(s *schedule, late func(n int) time.Duration) (unseen time.Duration, polls int) {
	now := start.Add(s.period / 3)
	seen := -1
	for now.Before(start.Add(time.Hour)) {
		newest := time.Time{}
		for n := seen + 1; !start.Add(time.Duration(n+1) * s.period).Add(late(n)).After(now); n++ {
			published := start.Add(time.Duration(n+1) * s.period).Add(late(n))
			if seen = n; now.Sub(start) > 30*time.Minute {
				unseen = max(unseen, now.Sub(published))
			}
		}
		if seen >= 0 {
			newest = start.Add(time.Duration(seen) * s.period)
		}
		s.seen(now, newest)
		if now.Sub(start) > 30*time.Minute {
			polls++
		}
		now = s.next(now)
	}
	return unseen, polls
}

func TestScheduleFindsTheLateness(t *testing.T) {
	for _, period := range []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute} {
		for _, late := range []time.Duration{0, 1500 * time.Millisecond, 3 * time.Second, 8 * time.Second, 45 * time.Second, 75 * time.Second, 3 * time.Minute} {
			s := &schedule{period: period}
			unseen, polls := followSeries(s, func(int) time.Duration { return late })
			if unseen > s.aimWithin() {
				t.Errorf("every %v, %v late: a point stood unseen for %v", period, late, unseen)
			}
			if once := int(30*time.Minute/period) + 1; polls > once+1 {
				t.Errorf("every %v, %v late: %d polls for %d points", period, late, polls, once)
			}
		}
	}
}

func TestScheduleBearsPointsThatComeWhenTheyLike(t *testing.T) {
	for _, period := range []time.Duration{10 * time.Second, time.Minute} {
		lates := make([]time.Duration, 1000)
		r := rand.New(rand.NewPCG(1, 2))
		for n := range lates {
			lates[n] = time.Minute + time.Duration(r.IntN(120))*time.Second
			if n > 0 { // periods come in order
				lates[n] = max(lates[n], lates[n-1]-period)
			}
		}
		s := &schedule{period: period}
		unseen, polls := followSeries(s, func(n int) time.Duration { return lates[n] })
		if unseen > s.gap()+minGap {
			t.Errorf("every %v: a point stood unseen for %v", period, unseen)
		}
		if most := int(30*time.Minute/minGap) + 1; polls > most {
			t.Errorf("every %v: %d polls in half an hour", period, polls)
		}
	}
}

func TestSchedule(t *testing.T) {
	at := func(d time.Duration) time.Time { return start.Add(d) }
	s := &schedule{period: 10 * time.Second}
	s.seen(at(12*time.Second), time.Time{})
	if !s.due(s.newest, s.period).IsZero() || !s.next(at(12*time.Second)).Equal(at(17*time.Second)) {
		t.Errorf("before any point: due %v, next %v", s.due(s.newest, s.period), s.next(at(12*time.Second)))
	}
	s.seen(at(17*time.Second), start) // there 7 s after its end
	if due := s.due(s.newest, s.period); !due.Equal(at(23500 * time.Millisecond)) {
		t.Errorf("half of the lateness is tried next: %v", due.Sub(start))
	}
	s.seen(at(23500*time.Millisecond), start) // not yet there after 3.5 s
	if next := s.next(at(23500 * time.Millisecond)); !next.Equal(at(28500 * time.Millisecond)) {
		t.Errorf("a miss is asked for again after %v", next.Sub(start))
	}
	s.seen(at(28500*time.Millisecond), at(10*time.Second))
	if due := s.due(s.newest, s.period); !due.Equal(at(35250 * time.Millisecond)) {
		t.Errorf("between the miss and the least seen: %v", due.Sub(start))
	}
	fixed := &schedule{period: 10 * time.Second, interval: 42 * time.Second}
	fixed.seen(at(17*time.Second), start)
	if next := fixed.next(at(17 * time.Second)); !next.Equal(at(59 * time.Second)) {
		t.Errorf("a fixed interval: %v", next.Sub(start))
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{0: 5 * time.Second, 1: 10 * time.Second, 3: 40 * time.Second, 5: maxBackoff, 1 << 30: maxBackoff} {
		if got := backoff(n, 5*time.Second); got != want {
			t.Errorf("after %d failures: %v, want %v", n, got, want)
		}
	}
}
