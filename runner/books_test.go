package runner

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// TestAnyPlansKeepTheBooks applies random Plans at random moments, and holds that nothing is lost between a request and a figure.
func TestAnyPlansKeepTheBooks(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		bubble(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 99))
			target := randomTarget(rng)
			slo := LedgerConfig{SLO: 100 * time.Millisecond, Period: time.Duration(1+rng.IntN(5)) * time.Second}
			ledger, err := NewLedger(slo)
			if err != nil {
				t.Fatal(err)
			}
			p, r := newLoad(t, target, func(c *Config) { c.Ledger = ledger })
			var inForce []tenure
			for range 1 + rng.IntN(12) {
				apply(t, p, randomPlan(rng))
				inForce = append(inForce, tenure{order: p.order, from: p.elapsed()})
				wait(time.Duration(rng.Int64N(int64(3 * time.Second))))
				inForce[len(inForce)-1].to = p.elapsed()
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.Int64N(int64(300*time.Millisecond))))
			defer cancel()
			_ = p.Stop(ctx)
			ledger.Close()
			checkTape(t, r.all())
			s := snapshot(ledger)
			checkBooks(t, s, uint64(len(target.requests())))
			checkArrivals(t, s, inForce)
			if again := snapshot(r.replay(slo)); !reflect.DeepEqual(s, again) {
				t.Errorf("seed %d: the replay shows other figures", seed)
			}
		})
	}
}

func randomPlan(rng *rand.Rand) Plan {
	if rng.IntN(2) == 0 {
		return randomOpenPlan(rng)
	}
	p := Plan{Users: rng.IntN(40), Paused: rng.IntN(6) == 0, Warmup: rng.IntN(4) == 0, Trial: rng.IntN(6) == 0}
	switch rng.IntN(3) {
	case 0:
		p.Ramp = time.Duration(rng.Int64N(int64(2 * time.Second)))
	case 1:
		p.SpawnRate = rng.Float64() * 50
	}
	if rng.IntN(3) == 0 {
		p.ThinkMax = time.Duration(rng.Int64N(int64(200 * time.Millisecond)))
	}
	return p
}

// checkBooks holds what must be true of a finished load's figures.
func checkBooks(t *testing.T, s *Snapshot, sent uint64) {
	t.Helper()
	if s.Total.Sent != sent || s.Total.Sent != s.Total.OK+s.Total.Failed+uint64(s.InFlight) {
		t.Errorf("sent %d: %+v, in flight %d", sent, s.Total, s.InFlight)
	}
	if countErrors(s.Errors) != s.Total.Failed {
		t.Errorf("%d errors of %d failures", countErrors(s.Errors), s.Total.Failed)
	}
	var segments, measured, seconds Counts
	for _, w := range append(slices.Clone(s.Segments), s.Segment) {
		segments.Add(w.Counts)
		if !w.Plan.Warmup && !w.Plan.Trial {
			measured.Add(w.Counts)
		}
		checkWindow(t, &w)
	}
	for i := range s.Seconds {
		seconds.Add(s.Seconds[i].Counts)
	}
	if segments != s.Total || seconds != s.Total || measured != s.Run.Counts {
		t.Errorf("total %+v, segments %+v, seconds %+v; run %+v, measured segments %+v", s.Total, segments, seconds, s.Run.Counts, measured)
	}
	checkWindow(t, &s.Run)
	checkWindow(t, &s.Steady)
	for _, w := range s.Periods {
		checkWindow(t, &w)
	}
}

// checkArrivals holds that the arrivals of each segment, counted anew from its course, were all sent or given up.
func checkArrivals(t *testing.T, s *Snapshot, inForce []tenure) {
	t.Helper()
	windows := append(slices.Clone(s.Segments), s.Segment)
	for _, o := range inForce {
		i := slices.IndexFunc(windows, func(w Window) bool { return w.Segment == o.order.segment })
		if i < 0 {
			continue // in force for no time
		}
		w := &windows[i]
		if a := o.order.arrivals; a != nil {
			again := newSequence(a.count.course, w.Plan, a.count.phase, 1, w.Segment)
			again.skip(o.to - o.from)
			if w.Sent+w.Unsent != again.passed {
				t.Errorf("segment %d: %d arrivals; %+v", w.Segment, again.passed, w.Counts)
			}
		}
		if n := w.Stats[SendLag].Count; w.Plan.Loop == Open && n != w.Ended() || w.Plan.Loop == Closed && n+w.Unsent > 0 {
			t.Errorf("segment %d: %d send lags; %+v", w.Segment, n, w.Counts)
		}
	}
}

func checkWindow(t *testing.T, w *Window) {
	t.Helper()
	st := w.Stats[Response]
	if st.Count != w.OK || w.Stats[FailureLat].Count != w.Failed || countErrors(w.Errors) != w.Failed {
		t.Errorf("window of %+v: %d response times, %d errors", w.Counts, st.Count, countErrors(w.Errors))
	}
	if w.Over < w.Failed || w.Over > w.Ended() {
		t.Errorf("%d over of %d, %d failed", w.Over, w.Ended(), w.Failed)
	}
	ladder := []time.Duration{0, st.Min, st.P50, st.P90, st.P95, st.P99, st.P999, st.Max}
	if !slices.IsSorted(ladder) || st.Mean < st.Min || st.Mean > st.Max {
		t.Errorf("figures out of order: %+v", st)
	}
	if wall := time.Duration(w.To-w.From) * time.Second; w.Length > wall {
		t.Errorf("measured %v of %v", w.Length, wall)
	}
}
