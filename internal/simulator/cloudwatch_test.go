package simulator

import (
	"math"
	"slices"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
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
	v := s.endpoints.get("demo").variants()[0]
	exact := map[int][]float64{} // microseconds, by the minute of the end
	rng := model.NewRand(1, 1)
	for at := time.Duration(0); at < 2*time.Minute; at += time.Duration(rng.ExpFloat64() * float64(time.Second) / 300) {
		a := v.Admit(at)
		minute := int((at + a.Total) / time.Minute)
		exact[minute] = append(exact[minute], float64(a.Model.Microseconds()))
	}
	now = start.Add(10 * time.Minute)
	ask := func(metric, stat string) []float64 {
		in := metricDataInput{StartTime: &wire.Time{Time: start}, EndTime: &wire.Time{Time: now}, ScanBy: "TimestampAscending"}
		q := metricDataQuery{Id: "q", MetricStat: &metricStat{Period: 60, Stat: stat}}
		q.MetricStat.Metric.Namespace, q.MetricStat.Metric.MetricName = "AWS/SageMaker", metric
		q.MetricStat.Metric.Dimensions = []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}}
		in.MetricDataQueries = []metricDataQuery{q}
		out, fault := s.getMetricData(&in)
		if fault != nil {
			t.Fatal(fault.Message)
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
