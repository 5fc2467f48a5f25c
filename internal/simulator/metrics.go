package simulator

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The namespaces of an endpoint's metrics.
const (
	invocationMetrics  = "AWS/SageMaker"
	utilizationMetrics = "/aws/sagemaker/Endpoints"
)

// point is one metric in one publish period.
type point struct {
	at time.Duration // the period's begin
	summary
}

// metric is what CloudWatch can be asked about a variant.
type metric struct {
	unit   string
	points func(r *record, who string) []point // who: an instance's id; empty: all of the variant
}

// findMetric knows what an endpoint of instances that does not stream publishes. Units are AWS's: latencies are in microseconds, CPU
// is summed over the cores.
func findMetric(namespace, name string) (metric, bool) {
	switch namespace + " " + name {
	case invocationMetrics + " Invocations":
		return metric{"None", traffics(func(t *traffic) summary { return marks(t, t.invocations) })}, true
	case invocationMetrics + " InvocationsPerInstance":
		return metric{"None", traffics(perInstance)}, true
	case invocationMetrics + " Invocation4XXErrors":
		return metric{"None", traffics(func(t *traffic) summary { return marks(t, t.errors[error4XX]) })}, true
	case invocationMetrics + " Invocation5XXErrors":
		return metric{"None", traffics(func(t *traffic) summary { return marks(t, t.errors[error5XX]) })}, true
	case invocationMetrics + " InvocationModelErrors":
		return metric{"None", traffics(func(t *traffic) summary { return marks(t, t.errors[modelError]) })}, true
	case invocationMetrics + " ModelLatency":
		return metric{"Microseconds", traffics(func(t *traffic) summary { return t.model.summary() })}, true
	case invocationMetrics + " OverheadLatency":
		return metric{"Microseconds", traffics(func(t *traffic) summary { return t.overhead.summary() })}, true
	case invocationMetrics + " ConcurrentRequestsPerModel":
		return metric{"Count", concurrency}, true
	case utilizationMetrics + " CPUUtilization":
		return metric{"Percent", gauges(func(g *gauge) float64 { return g.cpu })}, true
	case utilizationMetrics + " MemoryUtilization":
		return metric{"Percent", gauges(func(g *gauge) float64 { return g.memory })}, true
	case utilizationMetrics + " DiskUtilization":
		return metric{"Percent", gauges(func(g *gauge) float64 { return g.disk })}, true
	}
	return metric{}, false
}

// traffics makes points of the periods in which requests ended: without requests there are none, not zeros.
func traffics(of func(*traffic) summary) func(*record, string) []point {
	return func(r *record, who string) []point {
		if who != "" {
			return nil
		}
		var out []point
		for _, index := range slices.Sorted(maps.Keys(r.traffic)) {
			if s := of(r.traffic[index]); s.count > 0 {
				out = append(out, point{r.meter.clock.begin(index, r.meter.traffic.period), s})
			}
		}
		return out
	}
}

// marks: every request reports a 1 or a 0.
func marks(t *traffic, ones uint64) summary {
	var s summary
	if ones < t.invocations {
		s.add(0, float64(t.invocations-ones))
	}
	if ones > 0 {
		s.add(1, float64(ones))
	}
	return s
}

// perInstance: every request reports 1 / instances.
func perInstance(t *traffic) summary {
	var s summary
	s.add(t.perInstance/float64(t.invocations), float64(t.invocations))
	s.sum = t.perInstance
	return s
}

func concurrency(r *record, who string) []point {
	if who != "" {
		return nil
	}
	var out []point
	for _, index := range slices.Sorted(maps.Keys(r.together)) {
		b := r.together[index]
		s := summary{count: b.n, sum: b.sum, min: b.min, max: b.max, values: []weighted{{b.sum / b.n, b.n}}}
		out = append(out, point{r.meter.clock.begin(index, r.meter.together.period), s})
	}
	return out
}

// gauges makes points of all periods, one value for each instance.
func gauges(of func(*gauge) float64) func(*record, string) []point {
	return func(r *record, who string) []point {
		var out []point
		for index := r.firstUse; index < r.endUse; index++ {
			var s summary
			for _, g := range r.meter.gauges(index, r.use[index], r.all) {
				if who == "" || who == instanceID(r.meter.seed, g.instance.number) {
					s.add(of(&g), 1)
				}
			}
			if s.count > 0 {
				out = append(out, point{r.meter.clock.begin(index, r.meter.use.period), s})
			}
		}
		return out
	}
}

// period in which the metrics of a namespace are published.
func (m *meter) period(namespace, name string) time.Duration {
	switch {
	case namespace == utilizationMetrics:
		return m.use.period
	case strings.HasPrefix(name, "Concurrent"):
		return m.together.period
	}
	return m.traffic.period
}
