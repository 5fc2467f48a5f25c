package simulator

import (
	"math"
	"slices"
	"testing"
	"time"
)

// Statistics of a loaded variant against those of the exact samples, over whole minutes made of 10-second points.
func TestStatisticsAgainstExactSamples(t *testing.T) {
	c := Config{Seed: 3, Endpoints: []EndpointConfig{{Name: "demo", Instances: 2, EnhancedMetrics: true, PublishEvery: 10 * time.Second}}}
	start := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	now := start
	c.Now = func() time.Time { return now }
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	v := s.byName["demo"].variants[0]
	exact := map[int][]float64{} // microseconds, by the minute of the end
	rng := newRand(1, 1)
	for at := time.Duration(0); at < 2*time.Minute; at += time.Duration(rng.ExpFloat64() * float64(time.Second) / 300) {
		a := v.admit(at)
		minute := int((at + a.total) / time.Minute)
		exact[minute] = append(exact[minute], float64(a.model.Microseconds()))
	}
	now = start.Add(10 * time.Minute)
	ask := func(metric, stat string) []float64 {
		in := metricDataInput{StartTime: &epoch{start}, EndTime: &epoch{now}, ScanBy: "TimestampAscending"}
		q := metricDataQuery{ID: "q", MetricStat: &metricStat{Period: 60, Stat: stat}}
		q.MetricStat.Metric.Namespace, q.MetricStat.Metric.MetricName = invocationMetrics, metric
		q.MetricStat.Metric.Dimensions = []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}}
		in.MetricDataQueries = []metricDataQuery{q}
		out, fault := s.metricData(&in)
		if fault != nil {
			t.Fatal(fault.message)
		}
		return out.MetricDataResults[0].Values
	}
	for minute := range 2 {
		all := exact[minute]
		slices.Sort(all)
		sum := 0.0
		for _, x := range all {
			sum += x
		}
		n := float64(len(all))
		for stat, want := range map[string]float64{
			"SampleCount": n, "Sum": sum, "Average": sum / n, "Minimum": all[0], "Maximum": all[len(all)-1],
			"p50": all[int(math.Ceil(.5*n))-1], "p90": all[int(math.Ceil(.9*n))-1], "p99.9": all[int(math.Ceil(.999*n))-1], "p100": all[len(all)-1],
		} {
			if got := ask("ModelLatency", stat)[minute]; math.Abs(got-want) > 0.001*want {
				t.Errorf("minute %d: %s = %v, want %v", minute, stat, got, want)
			}
		}
		if got := ask("Invocations", "Sum")[minute]; got != n {
			t.Errorf("minute %d: %v invocations, want %v", minute, got, n)
		}
	}
}

// CPU follows the workers that were busy: two of twelve for a whole period.
func TestCPUOfKnownLoad(t *testing.T) {
	p := Fast()
	p.Service = Lognormal{Median: Duration(time.Minute)}
	p.Contention, p.CPU.Noise = 0, 0
	h := &hand{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	s, err := New(Config{Now: h.Now, Endpoints: []EndpointConfig{{Name: "demo", Profile: &p}}})
	if err != nil {
		t.Fatal(err)
	}
	v := s.byName["demo"].variants[0]
	v.admit(0)
	v.admit(0)
	r := v.record(2*time.Minute, 0, 2*time.Minute)
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
		v.admit(time.Duration(minute) * time.Minute)
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
