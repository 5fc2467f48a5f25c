package sizing

import (
	"math"
	"testing"
	"time"
)

// Against the interval as its authors' formula gives it by hand: 10 of 100 at 95 %.
func TestWilson(t *testing.T) {
	low, top := wilson(.1, 100, 1.96)
	if math.Abs(low-.0552) > 1e-4 || math.Abs(top-.1744) > 1e-4 {
		t.Errorf("%.4f to %.4f, want 0.0552 to 0.1744", low, top)
	}
	if low, top := wilson(0, 1000, 1.645); low != 0 || math.Abs(top-.0027) > 1e-4 {
		t.Errorf("none of 1000: %.4f to %.4f", low, top)
	}
}

// Bad requests that come together tell less than such that come one by one.
func TestInflation(t *testing.T) {
	over := func(c *count) uint64 { return c.over }
	even, clumped := make([]count, 60), make([]count, 60)
	for i := range even {
		even[i], clumped[i] = count{ended: 100, over: 1}, count{ended: 100}
	}
	for i := 20; i < 25; i++ {
		clumped[i].over = 12
	}
	a, b := estimate(even, over, 1.645), estimate(clumped, over, 1.645)
	if a.bad != b.bad || a.total != b.total {
		t.Fatalf("%+v and %+v", a, b)
	}
	if inflation(even, over, .01) != leastVIF || b.top-b.low < 2*(a.top-a.low) {
		t.Errorf("one by one %v to %v, together %v to %v", a.low, a.top, b.low, b.top)
	}
}

// shares of bad requests at rates, pairs of the two, which n independent requests would tell as much as.
func shares(n float64, pairs ...float64) []evidence {
	var list []evidence
	for ; len(pairs) > 0; pairs = pairs[2:] {
		list = append(list, evidence{rate: pairs[0], share: pairs[1], n: n * leastVIF, alpha: .01})
	}
	return list
}

// The capacity lies between rates whose shares lie about what is allowed, and every second narrows it.
func TestCurve(t *testing.T) {
	c := curve{capacity: 200, slope: 20}
	before := c.believe()
	if math.Abs(before.capacity/200-1) > .01 {
		t.Errorf("the prediction alone says %v", before.capacity)
	}
	c.tried = shares(2000, 170, .004, 180, .02)
	b := c.believe()
	if b.capacity < 172 || b.capacity > 180 || b.spread > .03 || b.spread >= before.spread {
		t.Errorf("capacity %v, spread %v", b.capacity, b.spread)
	}
	if b.margin(170) <= 0 || b.margin(185) >= 0 || b.at(1) != b.capacity || b.at(.5) >= b.capacity || b.below(1) >= b.capacity {
		t.Errorf("%+v", b)
	}
	wrong := curve{capacity: 100, slope: 20, tried: shares(1000, 160, .001, 180, .03)}
	if got := wrong.believe().capacity; got < 160 || got > 180 {
		t.Errorf("from a prediction of 100, what was measured says %v", got)
	}
}

// Some requests are late at any rate, and more of them only near the knee: that it grows slowly far below puts the capacity no higher.
func TestCurveFloor(t *testing.T) {
	c := curve{capacity: 190, slope: 12, tried: shares(2000, 140, .004, 160, .0045, 175, .006, 185, .025)}
	if b := c.believe(); b.capacity < 176 || b.capacity > 181 {
		t.Errorf("capacity %v, spread %v", b.capacity, b.spread)
	}
	nothing := curve{capacity: 100, slope: 30, tried: []evidence{{rate: 400, share: 1, n: 10 * leastVIF, alpha: .01}, {rate: 90, n: 100 * leastVIF, alpha: leastAlpha}}}
	if b := nothing.believe(); math.IsNaN(b.capacity) || math.IsNaN(b.spread) {
		t.Errorf("from a rate that is far too high, and an SLO that allows nothing: %+v", b)
	}
}

// Bad requests that came in lumps, at whatever rate, make every rate tell less; a flood, which says nothing of that, does not.
func TestCurveLumps(t *testing.T) {
	const lump = 40.
	c := curve{capacity: 180, slope: 20, together: .1, tried: shares(2000, 150, .004, 180, .012)}
	even := c.weights()
	c.tried[0].swing = lump * c.tried[0].share * c.tried[0].n
	lumpy := c.weights()
	for i := range lumpy {
		if lumpy[i] > even[i]*c.tried[i].rate*c.together/lump*1.5 || lumpy[i] <= 0 {
			t.Errorf("%v a second: %.0f requests in lumps tell as much as %.0f before", c.tried[i].rate, even[i], lumpy[i])
		}
	}
	c.tried[0].flooded = true
	if flooded := c.weights(); flooded[1] != even[1] || flooded[0] > floodWeight {
		t.Errorf("with a flood %v, without %v", flooded, even)
	}
}

// What piles up goes the slower the fuller the endpoint is at its capacity.
func TestTogether(t *testing.T) {
	q := quiet{p50: .058, sigma: .35}
	half, full := together(q, 200, 100), together(q, 200, 180)
	if half < .15 || half > .4 || full < 1 || full > 2 {
		t.Errorf("half full %v s, 90 %% full %v s", half, full)
	}
	if most := together(q, 200, 400); math.IsInf(most, 0) || most < full {
		t.Errorf("above the peak %v s", most)
	}
}

// The queue of the reference: 12 workers of 56 ms hold a p99 of 200 ms to 90 % or so of what they can do.
func TestPredict(t *testing.T) {
	q := quiet{p50: .058, sigma: .35}
	rate, slope := predict(q, 202, .2, .01)
	if rate < 165 || rate > 190 || slope < leastSlope || slope > mostSlope {
		t.Errorf("rate %v, slope %v", rate, slope)
	}
	if tighter, _ := predict(q, 202, .15, .01); tighter >= rate {
		t.Errorf("a tighter SLO is held at %v, not below %v", tighter, rate)
	}
	if looser, _ := predict(q, 202, .2, .05); looser <= rate {
		t.Errorf("5 %% may be late at %v, not above %v", looser, rate)
	}
}

func TestResultText(t *testing.T) {
	p99, err := ParseSLO("p99<200ms")
	if err != nil {
		t.Fatal(err)
	}
	r := Result{
		Outcome: Held, Rules: []Rule{p99}, Rate: 175.4, TPS: 176, Held: 4 * time.Minute, Bad: 259, Total: 41_815, Low: .0031, Top: .0125,
		Failing: 182.9,
	}
	want := "at least 175 TPS held p99<200ms for 240 s (259 bad of 41,815 = 0.62 %, 90 % interval 0.31-1.25 %); first failing rate 182"
	if got := r.String(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	r = Result{Outcome: NoRate, Rules: []Rule{p99}, Reason: "why"}
	if got := r.String(); got != "no rate was found that holds p99<200ms; why" {
		t.Error(got)
	}
	if got := thousands(1_000_007); got != "1,000,007" {
		t.Error(got)
	}
}

// Hyperthreads make CPU grow faster than the rate: between two periods the rate at 65 % is read from how fast it does.
func TestTPSBetween(t *testing.T) {
	curved := func(cpu float64) float64 { return 10 * math.Pow(cpu, .55) }
	periods := []Period{minute(0, 56, curved(56), 0, ms), minute(1, 75, curved(75), 0, ms), minute(2, 90, curved(90), 0, ms)}
	e, ok := TPSAt(m5, periods, 65)
	if !ok || e.About || math.Abs(e.TPS/curved(65)-1) > .01 || !(e.Low < e.TPS && e.TPS < e.High) {
		t.Errorf("%+v ok %v, want %v", e, ok, curved(65))
	}
	if alone, _ := TPSAt(m5, periods[:1], 65); alone.TPS < 1.05*curved(65) {
		t.Errorf("one period alone says %v, which is on the straight line only", alone.TPS)
	}
}
