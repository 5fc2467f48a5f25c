package report

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"sagetop/runner"
)

// truth is an endpoint whose answers of one second are like those of the second before: alike says how much, drift how far they wander.
type truth struct {
	seconds, rate int
	slower        float64 // factor
	alike, drift  float64
	failing       float64 // share
}

// run of t. Other seeds are other runs of the same truth.
func (t truth) run(seed uint64) *measurement {
	rng := rand.New(rand.NewPCG(seed, 7))
	m := new(measurement)
	level := rng.NormFloat64() * t.drift
	for at := range t.seconds {
		d := &runner.Delta{Second: int64(at), Covered: time.Second, Users: 1}
		d.Hist[runner.Response] = new(runner.Hist)
		for range t.rate + int(math.Sqrt(float64(t.rate))*rng.NormFloat64()) {
			if d.Sent++; rng.Float64() < t.failing {
				d.Failed++
				continue
			}
			d.OK++
			d.Hist[runner.Response].Record(time.Duration(50e6 * t.slower * math.Exp(level+.4*rng.NormFloat64())))
		}
		m.add(d)
		level = t.alike*level + math.Sqrt(1-t.alike*t.alike)*t.drift*rng.NormFloat64()
	}
	return m
}

// differing is in how many of so many pairs each figure is said to differ.
func (t truth) differing(other truth, pairs uint64) (n [numDrawn]int) {
	for i := range pairs {
		a, b := t.run(2*i).resample(0), other.run(2*i+1).resample(1)
		for f := range n {
			low, high, ok := interval(a, b, f, b.whole[f]-a.whole[f], func(from, to float64) float64 { return to - from })
			if ok && (low > 0 || high < 0) {
				n[f]++
			}
		}
	}
	return n
}

// TestSameTruth holds that runs of the same truth are seldom called different, though their seconds are like those before them. Of a figure 5
// in 100 pairs are meant.
func TestSameTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and of one goroutine")
	}
	one := truth{seconds: 200, rate: 30, slower: 1, alike: .7, drift: .2, failing: .02}
	n := one.differing(one, 40)
	for f, differing := range n {
		if differing > 4 {
			t.Errorf("of 40 pairs of the same truth figure %d differs in %d (%v)", f, differing, n)
		}
	}
}

func TestTenPercentSlowerIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and of one goroutine")
	}
	one := truth{seconds: 120, rate: 120, slower: 1, alike: .5, drift: .05, failing: .02}
	slower := one
	slower.slower, slower.failing = 1.1, .06
	n := one.differing(slower, 6)
	for _, f := range []int{drawnErrors, drawnMean, drawnP50, drawnP90, drawnP95, drawnP99} {
		if n[f] < 6 {
			t.Errorf("10%% slower, and 6%% failing for 2: figure %d is found in %d of 6 pairs (%v)", f, n[f], n)
		}
	}
}

func TestResampleAgain(t *testing.T) {
	m := truth{seconds: 30, rate: 20, slower: 1}.run(1)
	if !reflect.DeepEqual(m.resample(3), m.resample(3)) || reflect.DeepEqual(m.resample(3), m.resample(4)) {
		t.Error("the same seconds and seed must give the same resamples, another seed others")
	}
}

// TestDrawnFigures holds the figures by bins against the exact ones of the histogram.
func TestDrawnFigures(t *testing.T) {
	m, all := new(measurement), new(runner.Hist)
	rng := rand.New(rand.NewPCG(1, 1))
	for at := range 20 {
		d := &runner.Delta{Second: int64(at), Covered: time.Second, Counts: runner.Counts{OK: 500, Failed: 500}}
		d.Hist[runner.Response] = new(runner.Hist)
		for range 500 {
			d.Hist[runner.Response].Record(time.Duration(20e6 * math.Exp(rng.NormFloat64())))
		}
		all.Merge(d.Hist[runner.Response])
		m.add(d)
	}
	got, want := m.resample(0).whole, all.Stats()
	if got[drawnTPS] != 500 || got[drawnErrors] != 50 {
		t.Errorf("%v TPS, %v%% failed", got[drawnTPS], got[drawnErrors])
	}
	for f, d := range map[int]time.Duration{drawnMean: want.Mean, drawnP50: want.P50, drawnP90: want.P90, drawnP95: want.P95, drawnP99: want.P99, drawnP999: want.P999} {
		if exact := ms(d); math.Abs(got[f]/exact-1) > binWidth {
			t.Errorf("figure %d is %v by bins, %v exactly", f, got[f], exact)
		}
	}
}

// An endpoint that is only watched, or a load that is paused, is not measured.
func TestNothingToMeasure(t *testing.T) {
	m := new(measurement)
	for i, d := range []runner.Delta{
		{},
		{Plan: runner.Plan{Loop: runner.Open, Users: 512}},
		{Plan: runner.Plan{Users: 3, Paused: true}, Users: 3},
		{Plan: runner.Plan{Users: 3, Paused: true}, Users: 3, Counts: runner.Counts{OK: 1}}, // it was on its way
		{Plan: runner.Plan{Users: 3}, Users: 3},
	} {
		d.Second, d.Covered = int64(i), time.Second
		m.add(&d)
	}
	if len(m.all) != 2 || m.length() != time.Second || m.ok() != 1 {
		t.Errorf("%+v", m.all)
	}
}

// TestTooShortToResample also has no figures where nothing succeeded.
func TestTooShortToResample(t *testing.T) {
	long := truth{seconds: 30, rate: 20, slower: 1}.run(1).resample(0)
	failing := truth{seconds: 30, rate: 20, slower: 1, failing: 1}.run(1).resample(0)
	percent := func(from, to float64) float64 { return math.Log(to / from) }
	if _, _, ok := interval(long, truth{seconds: 9, rate: 20, slower: 1}.run(1).resample(1), drawnP50, 0, percent); ok {
		t.Error("nine seconds have an interval")
	}
	if _, _, ok := interval(long, failing, drawnP50, 0, percent); ok {
		t.Error("the latency of no success has an interval")
	}
	if _, _, ok := interval(long, failing, drawnErrors, 0, func(from, to float64) float64 { return to - from }); !ok {
		t.Error("the failures of no success have no interval")
	}
}

// BenchmarkResample is of ten minutes at 500 a second.
func BenchmarkResample(b *testing.B) {
	m := truth{seconds: 600, rate: 500, slower: 1}.run(1)
	b.ReportAllocs()
	for b.Loop() {
		m.resample(0)
	}
}
