package model

import (
	"slices"
	"testing"
	"time"
)

func demandVariant(scale float64, start time.Duration, instances int) *Variant {
	return NewVariant(Config{
		Profile: Fast(), Instances: instances, Start: start, Routing: Random, TimeScale: scale, PublishEvery: time.Minute,
		Clock: Clock{Origin: time.Date(2026, 5, 1, 12, 0, 30, 0, time.UTC)},
	})
}

// Demand is a minute's sum on each instance, also when a period is shorter; the period in which the variant began is left out.
func TestDemand(t *testing.T) {
	for _, test := range []struct {
		scale float64
		after time.Duration
		want  []float64
	}{
		{1, 3*time.Minute + 30*time.Second, []float64{30, 30, 15}}, // periods begin 30 s after the origin
		{10, 24 * time.Second, []float64{30, 30, 30, 30}},
		{1000, 3 * time.Second, []float64{30, 30, 30}}, // a period is a second at least
	} {
		v := demandVariant(test.scale, 0, 2)
		for i := range 180 {
			v.Admit(time.Duration(i) * time.Second)
		}
		if got := v.Demand(test.after, 15); !slices.Equal(got, test.want) {
			t.Errorf("time scale %v: demand %v, want %v", test.scale, got, test.want)
		}
		if got := v.Demand(test.after, 1); !slices.Equal(got, test.want[len(test.want)-1:]) {
			t.Errorf("time scale %v: newest demand %v", test.scale, got)
		}
	}
}

// A variant that starts later has no instance and no demand before, and one that is retired has no instance after.
func TestStartAndRetire(t *testing.T) {
	v := demandVariant(1, time.Minute, 2)
	if current, desired := v.Counts(59 * time.Second); current != 0 || desired != 2 {
		t.Errorf("before its start %d/%d", current, desired)
	}
	if current, _ := v.Counts(time.Minute); current != 2 {
		t.Errorf("at its start %d", current)
	}
	v.Retire(3 * time.Minute)
	v.Admit(3*time.Minute + time.Second) // was on its way
	if got := v.Demand(4*time.Minute+30*time.Second, 15); !slices.Equal(got, []float64{0, 0.5, 0}) {
		t.Errorf("demand %v, want that of the periods since its start", got)
	}
	r := v.Record(10*time.Minute, 0, 10*time.Minute)
	var reported []float64
	for _, p := range FindMetric(utilizationMetrics, "CPUUtilization").Points(&r, "") {
		reported = append(reported, p.Statistic("SampleCount"))
	}
	if !slices.Equal(reported, []float64{2, 2, 2}) {
		t.Errorf("%v instances reported, want two in each period that the variant lived in", reported)
	}
}
