package cwmetrics

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// The namespaces of an endpoint's metrics.
const (
	invocationSpace  = "AWS/SageMaker"
	utilizationSpace = "/aws/sagemaker/Endpoints"
	componentSpace   = "/aws/sagemaker/InferenceComponents"
)

// metric is one of CloudWatch's, with the statistics that are valid for it and wanted here.
type metric struct {
	key       string // of its values in a row
	namespace string
	name      string
	stats     []string
}

var (
	utilizationStats = []string{"Average", "Maximum", "Minimum", "SampleCount"}
	// Percentiles of OverheadLatency are not documented: they are asked for all the same, and their absence is borne.
	latencyStats = []string{"Average", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p99"}
	sumStats     = []string{"Sum"}
)

var (
	cpuMetrics    = []metric{{"cpu", utilizationSpace, "CPUUtilization", utilizationStats}}
	memoryMetrics = []metric{{"memory", utilizationSpace, "MemoryUtilization", utilizationStats}}
	gpuMetrics    = []metric{
		{"gpu", utilizationSpace, "GPUUtilization", utilizationStats},
		{"gpumemory", utilizationSpace, "GPUMemoryUtilization", utilizationStats},
	}
	invocationMetrics = []metric{
		{"model", invocationSpace, "ModelLatency", latencyStats},
		{"overhead", invocationSpace, "OverheadLatency", latencyStats},
		{"invocations", invocationSpace, "Invocations", sumStats},
		{"errors4xx", invocationSpace, "Invocation4XXErrors", sumStats},
		{"errors5xx", invocationSpace, "Invocation5XXErrors", sumStats},
		{"modelerrors", invocationSpace, "InvocationModelErrors", sumStats},
	}
	instanceMetrics = []metric{{"perinstance", invocationSpace, "InvocationsPerInstance", sumStats}}
)

// Those of an inference component in place of the variant's. Normalized is percent of what a copy reserves, of what it may use where it
// reserves nothing.
var (
	copyCPUMetrics    = []metric{{"cpu", componentSpace, "CPUUtilizationNormalized", utilizationStats}}
	copyMemoryMetrics = []metric{{"memory", componentSpace, "MemoryUtilizationNormalized", utilizationStats}}
	copyGPUMetrics    = []metric{
		{"gpu", componentSpace, "GPUUtilizationNormalized", utilizationStats},
		{"gpumemory", componentSpace, "GPUMemoryUtilizationNormalized", utilizationStats},
	}
	copyMetrics = []metric{{"perinstance", invocationSpace, "InvocationsPerCopy", sumStats}}
)

// column is one statistic of one metric at one period: what GetMetricData calls a query.
type column struct {
	id     string
	metric *metric
	stat   string
	period time.Duration
}

// freshPrefix marks the columns of the utilisation that is published more often than the rest.
const freshPrefix = "fresh_"

// question is everything that is asked of CloudWatch about one variant, or one component. It follows from how the endpoint publishes.
type question struct {
	endpoint, variant string
	component         string        // instead of both; empty: none is loaded
	period            time.Duration // of Points: the longer of the two at which metrics are published
	fresh             time.Duration // of utilisation where it is published more often; else 0
	cpus, gpus        int           // of one instance, 0 when unknown
	serverless        bool          // publishes no CPU
	askGPU            bool
}

func newQuestion(e *Endpoint, v *Variant) question {
	q := question{
		endpoint: e.Name, variant: v.Name, period: e.PointPeriod(),
		cpus: v.Hardware.VCPUs, gpus: v.Hardware.GPUs, serverless: v.Serverless,
		askGPU: v.Hardware.GPUs > 0 || !v.Serverless && !v.Hardware.Neuron && HardwareOf(v.InstanceType) == Hardware{},
	}
	if c := e.Component; c != nil {
		q.component, q.cpus, q.gpus, q.serverless = c.Name, 1, 1, false
		q.askGPU = c.Accelerators > 0 || c.Status == "" && q.askGPU
	}
	if e.PublishEvery < q.period {
		q.fresh = e.PublishEvery
	}
	return q
}

// step is the shortest period that is asked for.
func (q question) step() time.Duration {
	if q.fresh > 0 {
		return q.fresh
	}
	return q.period
}

func (q question) columns() []column {
	all := columnsOf(nil, "", q.period, q.utilization()...)
	all = columnsOf(all, "", q.period, invocationMetrics)
	switch {
	case q.component != "":
		all = columnsOf(all, "", q.period, copyMetrics)
	case !q.serverless:
		all = columnsOf(all, "", q.period, instanceMetrics)
	}
	if q.fresh > 0 {
		all = columnsOf(all, freshPrefix, q.fresh, q.utilization()...)
	}
	return all
}

func (q question) utilization() [][]metric {
	memory, cpu, gpu := memoryMetrics, cpuMetrics, gpuMetrics
	if q.component != "" {
		memory, cpu, gpu = copyMemoryMetrics, copyCPUMetrics, copyGPUMetrics
	}
	groups := [][]metric{memory}
	if !q.serverless {
		groups = append(groups, cpu)
	}
	if q.askGPU {
		groups = append(groups, gpu)
	}
	return groups
}

func columnsOf(all []column, prefix string, period time.Duration, groups ...[]metric) []column {
	for _, group := range groups {
		for i := range group {
			for _, stat := range group[i].stats {
				all = append(all, column{prefix + group[i].key + "_" + strings.ToLower(stat), &group[i], stat, period})
			}
		}
	}
	return all
}

func (q question) query(c column) types.MetricDataQuery {
	return types.MetricDataQuery{
		Id: aws.String(c.id),
		MetricStat: &types.MetricStat{
			Stat:   aws.String(c.stat),
			Period: aws.Int32(int32(c.period / time.Second)),
			Metric: &types.Metric{
				Namespace:  aws.String(c.metric.namespace),
				MetricName: aws.String(c.metric.name),
				Dimensions: q.dimensions(),
			},
		},
	}
}

func (q question) dimensions() []types.Dimension {
	if q.component != "" {
		return []types.Dimension{{Name: aws.String("InferenceComponentName"), Value: aws.String(q.component)}}
	}
	return []types.Dimension{
		{Name: aws.String("EndpointName"), Value: aws.String(q.endpoint)},
		{Name: aws.String("VariantName"), Value: aws.String(q.variant)},
	}
}
