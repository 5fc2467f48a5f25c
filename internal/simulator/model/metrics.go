package model

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
	componentMetrics   = "/aws/sagemaker/InferenceComponents"
)

// Of says what a metric is published of.
type Of uint8

const (
	Both Of = iota
	OfInstances
	OfCopies // of an inference component: they are the instances of a Variant of their own
)

// Point is one metric in one publish period.
type Point struct {
	At time.Duration // the period's begin
	Summary
}

// Metric is what CloudWatch can be asked about a variant or an inference component.
type Metric struct {
	Namespace, Name string
	Of              Of
	Unit            string
	OfWhole         bool                                // percent of all there is of it, not summed over units
	Points          func(r *Record, who string) []Point // who: an instance's id; empty: all of the variant
}

// Metrics that an endpoint of instances, and its inference components, publish. Units are AWS's: latencies are in microseconds, CPU is summed over the cores.
var Metrics = []Metric{
	{invocationMetrics, "Invocations", Both, "None", false, traffics(func(t *traffic) Summary { return marks(t, t.invocations) })},
	{invocationMetrics, "InvocationsPerInstance", OfInstances, "None", false, traffics(perInstance)},
	{invocationMetrics, "Invocation4XXErrors", Both, "None", false, traffics(func(t *traffic) Summary { return marks(t, t.errors[Error4XX]) })},
	{invocationMetrics, "Invocation5XXErrors", Both, "None", false, traffics(func(t *traffic) Summary { return marks(t, t.errors[Error5XX]) })},
	{invocationMetrics, "InvocationModelErrors", Both, "None", false, traffics(func(t *traffic) Summary { return marks(t, t.errors[ModelError]) })},
	{invocationMetrics, "ModelLatency", Both, "Microseconds", false, traffics(func(t *traffic) Summary { return t.model.summary() })},
	{invocationMetrics, "OverheadLatency", Both, "Microseconds", false, traffics(func(t *traffic) Summary { return t.overhead.summary() })},
	{invocationMetrics, "FirstChunkLatency", Both, "Microseconds", false, traffics(func(t *traffic) Summary { return t.first.summary() })},
	{invocationMetrics, "FirstChunkModelLatency", Both, "Microseconds", false, traffics(func(t *traffic) Summary { return t.firstModel.summary() })},
	{invocationMetrics, "FirstChunkOverheadLatency", Both, "Microseconds", false, traffics(func(t *traffic) Summary { return t.firstOverhead.summary() })},
	{invocationMetrics, "MidStreamErrors", Both, "None", false, traffics(midStreamErrors)},
	{invocationMetrics, "ConcurrentRequestsPerModel", OfInstances, "Count", false, concurrency},
	{utilizationMetrics, "CPUUtilization", OfInstances, "Percent", false, gauges(func(g *gauge) float64 { return g.cpu })},
	{utilizationMetrics, "MemoryUtilization", OfInstances, "Percent", true, gauges(func(g *gauge) float64 { return g.memory })},
	{utilizationMetrics, "DiskUtilization", OfInstances, "Percent", true, gauges(func(g *gauge) float64 { return g.disk })},
	{utilizationMetrics, "GPUUtilization", OfInstances, "Percent", false, ofGPUs(gauges(func(g *gauge) float64 { return g.gpu }))},
	{utilizationMetrics, "GPUMemoryUtilization", OfInstances, "Percent", false, ofGPUs(gauges(func(g *gauge) float64 { return g.gpuMemory }))},

	{invocationMetrics, "InvocationsPerCopy", OfCopies, "None", false, traffics(perInstance)},
	{invocationMetrics, "ConcurrentRequestsPerCopy", OfCopies, "Count", false, concurrency},
	{componentMetrics, "CPUUtilizationNormalized", OfCopies, "Percent", false, normalized(func(g *gauge) float64 { return g.cpu }, Hardware.vcpus)},
	{componentMetrics, "MemoryUtilizationNormalized", OfCopies, "Percent", false, gauges(func(g *gauge) float64 { return g.memory })},
	{componentMetrics, "GPUUtilizationNormalized", OfCopies, "Percent", false, ofGPUs(normalized(func(g *gauge) float64 { return g.gpu }, Hardware.gpus))},
	{componentMetrics, "GPUMemoryUtilizationNormalized", OfCopies, "Percent", false, ofGPUs(normalized(func(g *gauge) float64 { return g.gpuMemory }, Hardware.gpus))},
}

// FindMetric is the one of that name; nil when there is none.
func FindMetric(namespace, name string) *Metric {
	for i := range Metrics {
		if m := &Metrics[i]; m.Namespace == namespace && m.Name == name {
			return m
		}
	}
	return nil
}

// traffics makes points of the periods in which requests ended: without requests there are none, not zeros.
func traffics(of func(*traffic) Summary) func(*Record, string) []Point {
	return func(r *Record, who string) []Point {
		if who != "" {
			return nil
		}
		var out []Point
		for _, index := range slices.Sorted(maps.Keys(r.traffic)) {
			if s := of(r.traffic[index]); s.count > 0 {
				out = append(out, Point{r.meter.clock.Begin(index, r.meter.traffic.period), s})
			}
		}
		return out
	}
}

// marks: every request reports a 1 or a 0.
func marks(t *traffic, ones uint64) Summary { return marksOf(t.invocations, ones) }

// midStreamErrors: every stream reports one or none.
func midStreamErrors(t *traffic) Summary { return marksOf(max(t.streams, t.broken), t.broken) }

func marksOf(all, ones uint64) Summary {
	var s Summary
	if ones < all {
		s.add(0, float64(all-ones))
	}
	if ones > 0 {
		s.add(1, float64(ones))
	}
	return s
}

// perInstance: every request reports 1 / instances.
func perInstance(t *traffic) Summary {
	var s Summary
	if t.invocations == 0 { // a stream began and did not end
		return s
	}
	s.add(t.perInstance/float64(t.invocations), float64(t.invocations))
	s.sum = t.perInstance
	return s
}

func concurrency(r *Record, who string) []Point {
	if who != "" {
		return nil
	}
	var out []Point
	for _, index := range slices.Sorted(maps.Keys(r.together)) {
		b := r.together[index]
		s := Summary{count: b.n, sum: b.sum, min: b.min, max: b.max, values: []weighted{{b.sum / b.n, b.n}}}
		out = append(out, Point{r.meter.clock.Begin(index, r.meter.together.period), s})
	}
	return out
}

// gauges makes points of all periods, one value for each instance.
func gauges(of func(*gauge) float64) func(*Record, string) []Point {
	return func(r *Record, who string) []Point {
		var out []Point
		for index := r.firstUse; index < r.endUse; index++ {
			var s Summary
			for _, g := range r.meter.gauges(index, r.use[index], r.all) {
				if who == "" || who == instanceID(r.meter.seed, g.instance.number) {
					s.add(of(&g), 1)
				}
			}
			if s.count > 0 {
				out = append(out, Point{r.meter.clock.Begin(index, r.meter.use.period), s})
			}
		}
		return out
	}
}

// normalized are gauges over all of the cores or GPUs that a copy has, so that 100 is the most.
func normalized(of func(*gauge) float64, units func(Hardware) int) func(*Record, string) []Point {
	return func(r *Record, who string) []Point {
		n := float64(units(r.meter.profile.Hardware))
		return gauges(func(g *gauge) float64 { return of(g) / n })(r, who)
	}
}

func (h Hardware) vcpus() int { return h.VCPUs }
func (h Hardware) gpus() int  { return h.GPUs }

// ofGPUs: what instances without GPUs do not publish.
func ofGPUs(points func(*Record, string) []Point) func(*Record, string) []Point {
	return func(r *Record, who string) []Point {
		if r.meter.profile.Hardware.GPUs == 0 {
			return nil
		}
		return points(r, who)
	}
}

// Period in which a metric is published.
func (v *Variant) Period(of *Metric) time.Duration {
	m := &v.meter
	switch {
	case of.Namespace == utilizationMetrics, of.Namespace == componentMetrics:
		return m.use.period
	case strings.HasPrefix(of.Name, "Concurrent"):
		return m.together.period
	}
	return m.traffic.period
}
