package model

import (
	"math"
	"testing"
	"time"
)

// CPU follows the workers that were busy: two of twelve for a whole period.
func TestCPUOfKnownLoad(t *testing.T) {
	c := config(1, 1)
	c.Profile = Fast()
	c.Profile.Service = Lognormal{Median: Duration(time.Minute)}
	c.Profile.Contention, c.Profile.CPU.Noise = 0, 0
	c.Clock.Origin = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	v := NewVariant(c)
	v.Admit(0)
	v.Admit(0)
	r := v.Record(2*time.Minute, 0, 2*time.Minute)
	first := r.meter.gauges(r.firstUse, r.use[r.firstUse], r.all)[0]
	if want := 24 + 2*388.0; math.Abs(first.cpu-want) > 1e-6 {
		t.Errorf("CPU of the loaded minute %v, want %v", first.cpu, want)
	}
	second := r.meter.gauges(r.firstUse+1, r.use[r.firstUse+1], r.all)[0]
	if want := 24 + 0.6*2/60; math.Abs(second.cpu-want) > 1e-6 {
		t.Errorf("CPU of the minute in which both were answered %v, want %v", second.cpu, want)
	}
}

// What a variant remembers does not grow with the run.
func TestMemoryIsBounded(t *testing.T) {
	v := newSimulation(t, 1, 1, time.Hour).v
	for minute := range 3 * kept {
		v.Admit(time.Duration(minute) * time.Minute)
	}
	if n := max(len(v.meter.traffic.buckets), len(v.meter.use.buckets), len(v.meter.together.buckets)); n > kept+2 {
		t.Errorf("%d periods remembered, want at most %d", n, kept+2)
	}
	if n := len(v.meter.traffic.open); n > 2 {
		t.Errorf("%d periods not sealed, want at most 2", n)
	}
}

func TestCellsAreWithinAThousandth(t *testing.T) {
	for us := int64(0); us < longestLatency.Microseconds(); us = us*1001/1000 + 1 {
		got := valueOf(cellOf(time.Duration(us) * time.Microsecond))
		if math.Abs(got-float64(us)) > float64(us)/1000 {
			t.Fatalf("%d us are kept as %v", us, got)
		}
	}
}
