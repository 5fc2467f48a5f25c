package simulator

import (
	"slices"
	"testing"
	"time"
)

// periods repeats each value so many times.
func periods(pairs ...float64) []float64 {
	var out []float64
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, slices.Repeat([]float64{pairs[i]}, int(pairs[i+1]))...)
	}
	return out
}

// sixths is the sum of so many.
func sixths(n int) (sum float64) {
	for range n {
		sum += 1.0 / 6
	}
	return sum
}

func TestTrackingWish(t *testing.T) {
	p := tracking{target: 100}
	for _, test := range []struct {
		name   string
		demand []float64
		now    int
		want   int
		alarm  alarm
	}{
		{"nothing known", nil, 2, 2, ""},
		{"two high periods", periods(500, 2), 2, 2, ""},
		{"three high periods", periods(150, 2, 210, 1), 2, 5, alarmHigh},
		{"three, one of them at the target", periods(500, 1, 100, 1, 500, 1), 2, 2, ""},
		{"high, but enough already", periods(100.5, 3), 300, 302, alarmHigh},
		{"beyond all bounds", periods(1e300, 3), 2, maxInstances, alarmHigh},
		{"14 low periods", periods(10, 14), 4, 4, ""},
		{"15 low periods", periods(10, 15), 4, 1, alarmLow},
		{"15 low periods after high ones", periods(900, 9, 10, 15), 4, 1, alarmLow},
		{"the highest of the low ones counts", periods(60, 1, 10, 14), 4, 3, alarmLow},
		{"15 periods, one of them at the threshold", periods(10, 14, 90, 1), 4, 4, ""},
		{"low, but no instance to spare", periods(89, 15), 4, 4, alarmLow},
		{"idle", periods(0, 15), 4, 0, alarmLow},
		{"at the target, in sixths", periods(sixths(600), 3), 6, 6, ""},
		{"half of it, in sixths", periods(sixths(300), 15), 6, 3, alarmLow},
	} {
		if n, why := p.wish(test.demand, test.now); n != test.want || why != test.alarm {
			t.Errorf("%s: %d by %q, want %d by %q", test.name, n, why, test.want, test.alarm)
		}
	}
	p.disableScaleIn = true
	if n, why := p.wish(periods(0, 15), 4); n != 4 || why != "" {
		t.Errorf("scale-in is disabled: %d by %q, want 4", n, why)
	}
}

func TestDecide(t *testing.T) {
	of := func(target float64) *policy {
		return &policy{metric: invocationsPerInstance, tracking: tracking{target: target, scaleInCooldown: 4 * time.Minute, scaleOutCooldown: 2 * time.Minute}}
	}
	high, low := periods(400, 3), periods(10, 15)
	at := 10 * time.Minute
	for _, test := range []struct {
		name   string
		change func(*scalable)
		demand []float64
		now    int
		want   int
	}{
		{"out", func(*scalable) {}, high, 2, 8},
		{"out, up to the maximum", func(c *scalable) { c.max = 5 }, high, 2, 5},
		{"in", func(*scalable) {}, low, 6, 2},
		{"in, down to one, though the minimum is 0", func(c *scalable) { c.min = 0 }, low, 6, 1},
		{"below the minimum", func(c *scalable) { c.min = 3 }, high, 1, 3},
		{"above the maximum", func(c *scalable) { c.max = 3 }, high, 9, 3},
		{"nobody scales out", func(c *scalable) { c.suspended.DynamicScalingOutSuspended = true }, high, 2, 2},
		{"nobody scales in", func(c *scalable) { c.suspended.DynamicScalingInSuspended = true }, low, 6, 6},
		{"suspended one way is not the other", func(c *scalable) { c.suspended.DynamicScalingInSuspended = true }, high, 2, 8},
		{"no policy", func(c *scalable) { c.policies = nil }, high, 2, 2},
		{"a policy of another metric", func(c *scalable) { c.policies[0].metric = "SageMakerVariantConcurrentRequestsPerModelHighResolution" }, high, 2, 2},
		{"the greater wish", func(c *scalable) { c.policies = append(c.policies, of(50)) }, periods(150, 3), 2, 6},
		{"in only when all agree", func(c *scalable) { c.policies = append(c.policies, of(11)) }, low, 6, 6},
		{"too early to go out", func(c *scalable) { c.out = last{at - 2*time.Minute + 1, true} }, high, 2, 2},
		{"no longer too early to go out", func(c *scalable) { c.out = last{at - 2*time.Minute, true} }, high, 2, 8},
		{"too early to go in", func(c *scalable) { c.in = last{at - 4*time.Minute + 1, true} }, low, 6, 6},
		{"out at once after in", func(c *scalable) { c.in = last{at, true} }, high, 2, 8},
		{"the bounds know no cooldown", func(c *scalable) { c.min, c.out = 4, last{at, true} }, high, 2, 4},
	} {
		c := &scalable{bounds: bounds{min: 2, max: 20}, policies: []*policy{of(100)}}
		test.change(c)
		if got := c.decide(at, test.demand, test.now); got.instances != test.want {
			t.Errorf("%s: %d, want %d", test.name, got.instances, test.want)
		}
	}
}
