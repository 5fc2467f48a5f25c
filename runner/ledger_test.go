package runner

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"
)

const t0 = int64(1_700_000_000) // a whole ten

// script feeds a Ledger with Deltas of one worker, each a second's only one unless said otherwise.
type script struct {
	t      *testing.T
	l      *Ledger
	worker string
	seq    uint64
}

func newScript(t *testing.T, cfg LedgerConfig) *script {
	t.Helper()
	l, err := NewLedger(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &script{t: t, l: l}
}

// delta of ok successes that took took each.
func delta(second int64, segment, ok int, took time.Duration) Delta {
	d := Delta{Second: second, Segment: segment, Final: true, Covered: time.Second, Plan: Plan{Users: 10 * segment}, Users: 10 * segment}
	d.Sent, d.OK = uint64(ok), uint64(ok)
	if ok > 0 {
		d.Hist[Response] = new(Hist)
		for range ok {
			d.Hist[Response].Record(took)
		}
	}
	return d
}

func (s *script) add(d Delta) {
	s.t.Helper()
	s.seq++
	d.Seq, d.Worker = s.seq, s.worker
	if err := s.l.Add(&d); err != nil {
		s.t.Fatal(err)
	}
}

func TestNewLedgerRefuses(t *testing.T) {
	for _, cfg := range []LedgerConfig{{Period: time.Millisecond}, {Period: -time.Second}, {Period: 1500 * time.Millisecond}, {SLO: -1}} {
		if _, err := NewLedger(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestLedgerWindows(t *testing.T) {
	s := newScript(t, LedgerConfig{SLO: 150 * time.Millisecond})
	for i := range int64(25) {
		d := delta(t0+i, 1, 100, time.Duration(100+i*10)*time.Millisecond)
		d.Sent, d.InFlight = 100, 0
		d.BytesIn, d.Client = 1000, Client{CPUPercent: float64(i), Cores: 2}
		s.add(d)
	}
	v := snapshot(s.l)
	if v.Last.From != t0+24 || v.Last.OK != 100 || v.Last.TPS() != 100 || v.Last.Stats[Response].Max != 340*time.Millisecond {
		t.Errorf("last %+v", v.Last)
	}
	if v.Ten.From != t0+15 || v.Ten.To != t0+25 || v.Ten.Length != 10*time.Second || v.Ten.OK != 1000 || v.Ten.Stats[Response].Min != 250*time.Millisecond {
		t.Errorf("ten %+v", v.Ten)
	}
	if v.Run.OK != 2500 || v.Run.Length != 25*time.Second || v.Run.Over != 1900 || v.Run.Client.CPUPercent != 24 || v.Run.Plans != 1 {
		t.Errorf("run %+v", v.Run)
	}
	if !reflect.DeepEqual(v.Run, v.Segment) || !reflect.DeepEqual(v.Run, v.Steady) {
		t.Errorf("run, its only segment and its steady part differ:\n%+v\n%+v\n%+v", v.Run, v.Segment, v.Steady)
	}
	if len(v.Periods) != 2 || v.Periods[1].From != t0+10 || v.Periods[1].OK != 1000 || len(v.Seconds) != 25 {
		t.Errorf("%d periods, %d seconds", len(v.Periods), len(v.Seconds))
	}
	if sec := v.Seconds[3]; sec.Second != t0+3 || sec.TPS() != 100 || sec.Heat[HeatBucket(130*time.Millisecond)] != 100 || sec.Stats[Response].Count != 100 {
		t.Errorf("second %+v", sec)
	}
	if h := s.l.Hist(Response); h.Stats() != v.Run.Stats[Response] {
		t.Errorf("histogram of %+v", h.Stats())
	}
}

func TestPercentilesComeFromMergedHistograms(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	all := new(Hist)
	rng := rand.New(rand.NewPCG(2, 3))
	for i := range int64(30) {
		d := delta(t0+i, 1, 0, 0)
		d.OK = 1 + uint64(rng.IntN(500))
		d.Sent = d.OK
		d.Hist[Response] = histOf(latencies(rng, int(d.OK), time.Duration(1+rng.IntN(300))*time.Millisecond)...)
		all.Merge(d.Hist[Response])
		s.add(d)
		d.Hist[Response].Reset() // the Ledger keeps nothing of a Delta
	}
	if got := snapshot(s.l).Run.Stats[Response]; got != all.Stats() {
		t.Errorf("%+v, want %+v", got, all.Stats())
	}
}

// The trailing seconds of a segment that has all of them to itself are not merged a second time, and are what they would be.
func TestTrailingSecondsOfASegmentAreItsOwn(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 5))
	s := newScript(t, LedgerConfig{})
	same, segment := 0, 1
	for second := range int64(400) {
		d := delta(t0+second, segment, rng.IntN(5), time.Duration(1+rng.IntN(90))*time.Millisecond)
		switch rng.IntN(25) {
		case 0:
			segment++
			older := d
			older.Final, older.Covered = false, d.Covered/2
			s.add(older)
			d.Segment, d.Covered = segment, d.Covered/2
		case 1:
			d.Covered, d.Draining = 0, d.Covered
		case 2:
			d.Plan.Paused = true
		case 3:
			d.Users, d.Plan.Users = 0, 0
		}
		s.add(d)
		v := snapshot(s.l)
		if want := s.l.trailing(ofSegment(v.Last.Segment)); !reflect.DeepEqual(v.Plan10, want) {
			t.Fatalf("second %d: %+v, want %+v", second, v.Plan10, want)
		}
		if reflect.DeepEqual(v.Plan10, v.Ten) {
			same++
		}
	}
	if same == 0 || same == 400 {
		t.Errorf("they were those of all in %d of 400 seconds", same)
	}
}

func TestLateRequestsBelongToTheirSegment(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	first := delta(t0, 1, 50, 20*time.Millisecond)
	first.Sent, first.InFlight = 53, 3
	s.add(first)
	late := delta(t0+1, 1, 2, 900*time.Millisecond)
	late.Final, late.Covered, late.Sent, late.InFlight = false, 0, 0, 1
	s.add(late)
	s.add(delta(t0+1, 2, 80, 30*time.Millisecond))
	v := snapshot(s.l)
	if v.Last.OK != 82 || v.Last.Plans != 2 || v.Last.Segment != 2 || v.Last.InFlight != 1 || v.Seconds[1].Segments != 2 {
		t.Errorf("last %+v", v.Last)
	}
	if v.Segment.OK != 80 || v.Segment.Stats[Response].Max != 30*time.Millisecond || v.Plan10.OK != 80 || v.Plan10.Plans != 1 {
		t.Errorf("current segment %+v, its trailing seconds %+v", v.Segment, v.Plan10)
	}
	if len(v.Segments) != 0 {
		t.Error("sealed with a request in flight")
	}
	late.Second, late.InFlight, late.OK, late.Hist = t0+2, 0, 1, Hists{Response: histOf(2 * time.Second)}
	s.add(late)
	s.add(delta(t0+2, 2, 80, 30*time.Millisecond))
	v = snapshot(s.l)
	if len(v.Segments) != 1 || v.Segments[0].OK != 53 || v.Segments[0].Stats[Response].Max != 2*time.Second || v.Segments[0].Length != time.Second || v.Segments[0].To != t0+1 {
		t.Errorf("sealed %+v", v.Segments)
	}
}

func TestSegmentsArePublishedInOrder(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	hung := delta(t0, 1, 5, time.Millisecond)
	hung.Sent, hung.InFlight = 6, 1
	s.add(hung)
	for i := range 5 {
		s.add(delta(t0+1+int64(i), 2+i, 7, time.Millisecond))
	}
	if v := snapshot(s.l); len(v.Segments) != 0 || v.Segment.Segment != 6 {
		t.Errorf("%d published before the first", len(v.Segments))
	}
	s.l.Close()
	v := snapshot(s.l)
	if len(v.Segments) != 5 || v.Segments[0].InFlight != 1 || v.State != Stopped {
		t.Fatalf("%d published, %v", len(v.Segments), v.State)
	}
	for i, w := range v.Segments {
		if w.Segment != i+1 {
			t.Errorf("segment %d stands at %d", w.Segment, i)
		}
	}
}

func TestWarmUpIsCountedButNotMeasured(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	f := Failure{Class: NotReady, HTTPStatus: 429}
	for i := range int64(3) {
		d := delta(t0+i, 1, 10, time.Second)
		d.Plan.Warmup = true
		d.Sent, d.Failed, d.Hist[FailureLat], d.Errors = 11, 1, histOf(time.Millisecond), []ErrorCount{{Failure: f, Count: 1, First: d.Second, Last: d.Second}}
		s.add(d)
	}
	for i := range int64(4) {
		s.add(delta(t0+3+i, 2, 20, 10*time.Millisecond))
	}
	v := snapshot(s.l)
	if v.Total.OK != 110 || v.Total.Failed != 3 || !reflect.DeepEqual(v.Errors, []ErrorCount{{Failure: f, Count: 3, First: t0, Last: t0 + 2}}) {
		t.Errorf("total %+v, errors %+v", v.Total, v.Errors)
	}
	if v.Run.OK != 80 || v.Run.TPS() != 20 || v.Run.Stats[Response].Max != 10*time.Millisecond || v.Run.Errors != nil || v.Run.From != t0+3 {
		t.Errorf("run %+v", v.Run)
	}
	if v.Run.Warmup || !v.Segments[0].Warmup || !v.Ten.Warmup || v.Measured != 7*time.Second || s.l.Hist(Response).Count() != 80 {
		t.Error("warm-up is marked or measured wrongly")
	}
}

// What was only tried is judged by itself, and is no part of the run's own figures.
func TestATrialIsMeasuredApart(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	for i := range int64(6) {
		d := delta(t0+i, 1+int(i/3), 10*int(1+i/3), time.Duration(2-i/3)*100*time.Millisecond)
		d.Plan.Trial = i < 3
		s.add(d)
	}
	v := snapshot(s.l)
	if v.Run.OK != 60 || v.Run.From != t0+3 || v.Run.Stats[Response].Max != 100*time.Millisecond || v.Steady.OK != 60 || v.Total.OK != 90 {
		t.Errorf("run %+v, steady %+v", v.Run, v.Steady)
	}
	if w := v.Segments[0]; w.TPS() != 10 || w.Stats[Response].Count != 30 || w.Warmup || !w.Plan.Trial {
		t.Errorf("tried: %+v", w)
	}
}

func TestRampsAreLeftOutOfSteady(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	for i := range int64(6) {
		d := delta(t0+i, 1, int(10*(i+1)), 10*time.Millisecond)
		d.Ramp = i < 3
		s.add(d)
	}
	v := snapshot(s.l)
	if v.Run.OK != 210 || v.Run.Length != 6*time.Second || v.Steady.OK != 150 || v.Steady.Length != 3*time.Second || v.Steady.Ramp || v.Run.Peak != 60 {
		t.Errorf("run %d in %v, steady %d in %v", v.Run.OK, v.Run.Length, v.Steady.OK, v.Steady.Length)
	}
}

func TestShortSecondsHaveTheirOwnLength(t *testing.T) {
	s := newScript(t, LedgerConfig{Period: 2 * time.Second})
	first, last := delta(t0, 1, 30, time.Millisecond), delta(t0+4, 1, 20, time.Millisecond)
	first.Covered, last.Covered, last.Draining = 300*time.Millisecond, 100*time.Millisecond, 200*time.Millisecond
	s.add(first)
	for i := range int64(3) {
		s.add(delta(t0+1+i, 1, 100, time.Millisecond))
	}
	s.add(last)
	v := snapshot(s.l)
	if tps := v.Seconds[0].TPS(); tps != 100 {
		t.Errorf("%v/s in the first", tps)
	}
	if v.Run.Length != 3400*time.Millisecond || v.Run.OK != 350 || v.Steady.Length != 3300*time.Millisecond || v.Steady.TPS() != 100 {
		t.Errorf("run %v, steady %v at %v/s", v.Run.Length, v.Steady.Length, v.Steady.TPS())
	}
	if len(v.Periods) != 1 || v.Periods[0].From != t0+2 || v.Periods[0].OK != 200 {
		t.Errorf("periods %+v", v.Periods)
	}
}

func TestPausesDoNotCount(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	s.add(delta(t0, 1, 40, time.Millisecond))
	for i := range int64(5) {
		d := delta(t0+1+i, 2, 0, 0)
		d.Plan.Paused = true
		s.add(d)
	}
	s.add(delta(t0+6, 3, 40, time.Millisecond))
	v := snapshot(s.l)
	if v.Run.Length != 2*time.Second || v.Run.From != t0 || v.Run.To != t0+7 || !v.Run.Paused || v.Measured != 2*time.Second {
		t.Errorf("run %+v", v.Run)
	}
	if p := v.Segments[1]; p.Length != 0 || !p.Paused || p.From != t0+1 || p.To != t0+6 {
		t.Errorf("the pause %+v", p)
	}
	if v.Ten.Length != 7*time.Second || v.Ten.Plans != 3 {
		t.Errorf("ten %+v", v.Ten)
	}
}

func TestTheSamePlanAgainIsOnePlanInTwoSegments(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	again := delta(t0+1, 2, 10, time.Millisecond)
	again.Plan = Plan{Users: 10}
	s.add(delta(t0, 1, 10, time.Millisecond))
	s.add(again)
	if v := snapshot(s.l); v.Ten.Plans != 1 || len(v.Segments) != 1 || v.Segment.OK != 10 {
		t.Errorf("%d plans, %d sealed", v.Ten.Plans, len(v.Segments))
	}
}

func TestMeanInFlight(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	for i, n := range []int{4, 6, 8} {
		d := delta(t0+int64(i), 1, 10, time.Millisecond)
		d.Sent, d.InFlight = 12, n
		s.add(d)
	}
	if v := snapshot(s.l); v.Ten.MeanInFlight != 6 || v.Run.MeanInFlight != 6 || v.Ten.InFlight != 8 || v.Run.InFlight != 6 {
		t.Errorf("ten %v, run %v", v.Ten.MeanInFlight, v.Run.MeanInFlight)
	}
}

func TestSnapshotAppends(t *testing.T) {
	s := newScript(t, LedgerConfig{Period: time.Second})
	kept := new(Snapshot)
	for i := range int64(5) {
		s.add(delta(t0+i, 1+int(i), 10, time.Millisecond))
		s.l.Snapshot(kept)
	}
	if fresh := snapshot(s.l); !reflect.DeepEqual(kept, fresh) || len(kept.Seconds) != 5 || len(kept.Segments) != 4 || len(kept.Periods) != 5 {
		t.Errorf("kept %d seconds, fresh %d", len(kept.Seconds), len(fresh.Seconds))
	}
	other := &Snapshot{Seconds: make([]Second, 99)}
	if s.l.Snapshot(other); len(other.Seconds) != 5 || other.Seconds[0].Second != t0 {
		t.Error("seconds from elsewhere stayed")
	}
}

func TestErrorsAreListedMostFrequentFirst(t *testing.T) {
	s := newScript(t, LedgerConfig{})
	d := delta(t0, 1, 0, 0)
	d.Sent, d.Failed, d.Hist[FailureLat] = 6, 6, histOf(1, 1, 1, 1, 1, 1)
	d.Errors = []ErrorCount{{Failure: Failure{Class: Timeout}, Count: 1}, {Failure: Failure{Class: Throttled}, Count: 3}, {Failure: Failure{Class: Reset}, Count: 2}}
	s.add(d)
	var got []Class
	for _, e := range snapshot(s.l).Last.Errors {
		got = append(got, e.Class)
	}
	if !slices.Equal(got, []Class{Throttled, Reset, Timeout}) {
		t.Errorf("%v", got)
	}
}

// TestAThousandSegmentsAreSmall bounds what is kept of segments, also while the first one's request hangs.
func TestAThousandSegmentsAreSmall(t *testing.T) {
	before := heap()
	s := newScript(t, LedgerConfig{})
	hung := delta(t0, 1, 1, time.Millisecond)
	hung.Sent, hung.InFlight = 2, 1
	s.add(hung)
	for i := range 1000 {
		d := delta(t0+1+int64(i), 2+i, 0, 0)
		d.OK, d.Sent = 100, 100
		d.Hist[Response] = histOf(latencies(newRand(), 100, 70*time.Millisecond)...)
		s.add(d)
	}
	if used := heap() - before; used > 20<<20 {
		t.Errorf("%d MB", used>>20)
	}
	runtime.KeepAlive(s)
}

// TestAThousandOpenSegmentsAreSmall when they were really run: a Plan each, with latencies over three octaves, and a pool and its Sink.
func TestAThousandOpenSegmentsAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("memory is measured without the race detector")
	}
	bubble(t, func(t *testing.T) {
		before := heap()
		target := &fakeTarget{takes: func(_ int, n uint64) time.Duration { return 20 * time.Millisecond << (n % 4) }}
		ledger, err := NewLedger(LedgerConfig{SLO: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := newLoad(t, target, func(c *Config) { c.Ledger, c.Sink = ledger, nil })
		for i := range 1000 {
			apply(t, p, Plan{Loop: Open, Rate: 200 + float64(i), Users: 20, Poisson: true})
			wait(170 * time.Millisecond)
		}
		stop(t, p)
		ledger.Close()
		if n := len(snapshot(ledger).Segments); n != 999 {
			t.Errorf("%d segments sealed", n)
		}
		if used := heap() - before; used > 40<<20 {
			t.Errorf("%d MB", used>>20)
		}
		runtime.KeepAlive(ledger)
	})
}

// TestARateIsLoad also before its first request, and while it ramps down to nothing; users who only wait are none.
func TestARateIsLoad(t *testing.T) {
	for _, c := range []struct {
		name string
		plan Plan
		ramp bool
		ok   int
		want time.Duration
	}{
		{"a rate", Plan{Loop: Open, Rate: 0.01, Users: 5}, false, 0, time.Second},
		{"a rate and nobody", Plan{Loop: Open, Rate: 5}, false, 0, time.Second},
		{"no rate", Plan{Loop: Open, Users: 5}, false, 0, 0},
		{"a ramp to no rate", Plan{Loop: Open, Users: 5}, true, 0, time.Second},
		{"what it left", Plan{Loop: Open, Users: 5}, false, 3, time.Second},
		{"a pause", Plan{Loop: Open, Rate: 5, Users: 5, Paused: true}, false, 0, 0},
	} {
		s := newScript(t, LedgerConfig{})
		d := delta(t0, 1, c.ok, time.Millisecond)
		d.Plan, d.Ramp, d.Users = c.plan, c.ramp, 5
		s.add(d)
		if v := snapshot(s.l); v.Measured != c.want || v.Run.Length != c.want {
			t.Errorf("%s: measured %v, run %v", c.name, v.Measured, v.Run.Length)
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkLedgerAdd(b *testing.B) {
	l, err := NewLedger(LedgerConfig{SLO: 100 * time.Millisecond})
	if err != nil {
		b.Fatal(err)
	}
	d := delta(t0, 1, 0, 0)
	d.OK, d.Sent = 1000, 1000
	d.Hist[Response] = histOf(latencies(newRand(), 1000, 70*time.Millisecond)...)
	b.ReportAllocs()
	for b.Loop() {
		d.Seq++
		d.Second++
		if err := l.Add(&d); err != nil {
			b.Fatal(err)
		}
	}
}
