// Package cwmetrics describes a SageMaker endpoint and reads what CloudWatch says of it. It only reads.
//
// Latencies leave here as time.Duration (CloudWatch publishes microseconds). CPU, memory and GPU stay in percent: once as AWS
// prints them (summed over cores or GPUs) and once as a share of all of them. What CloudWatch did not say is nil, never 0.
package cwmetrics

import "time"

// Endpoint is what DescribeEndpoint and DescribeEndpointConfig say.
type Endpoint struct {
	Name          string        `json:"name"`
	ARN           string        `json:"arn,omitempty"`
	Status        string        `json:"status"` // InService, Updating, ...
	FailureReason string        `json:"failure_reason,omitempty"`
	Config        string        `json:"config,omitempty"`
	Enhanced      bool          `json:"enhanced,omitempty"` // enhanced metrics are on
	PublishEvery  time.Duration `json:"publish_every"`      // MetricPublishFrequencyInSeconds, 60 s unless set
	DataCapture   bool          `json:"data_capture,omitempty"`
	Async         bool          `json:"async,omitempty"` // takes its requests through S3 only
	Created       time.Time     `json:"created,omitzero"`
	Modified      time.Time     `json:"modified,omitzero"`
	Variants      []Variant     `json:"variants"`
	Component     *Component    `json:"component,omitempty"` // that is loaded; nil: the load is not of one
}

// Variant is one production variant.
type Variant struct {
	Name         string   `json:"name"`
	Status       string   `json:"status,omitempty"` // while it changes: Creating, Updating, ...
	InstanceType string   `json:"instance_type,omitempty"`
	Instances    int      `json:"instances"`
	Desired      int      `json:"desired"`
	Weight       float64  `json:"weight"`
	Routing      string   `json:"routing,omitempty"` // RANDOM, LEAST_OUTSTANDING_REQUESTS, ...
	Serverless   bool     `json:"serverless,omitempty"`
	Components   bool     `json:"components,omitempty"` // inference components share its instances
	Pools        []Pool   `json:"pools,omitempty"`      // instance pools, in place of the one InstanceType
	Hardware     Hardware `json:"hardware"`             // with pools: what they have in common, else zero
}

// Pool is one instance type of a variant that may run on several.
type Pool struct {
	InstanceType string `json:"instance_type"`
	Instances    int    `json:"instances"`
}

// Hardware of one instance. Zero vCPUs: the type is not in the table and --vcpus was not given.
type Hardware struct {
	VCPUs     int     `json:"vcpus,omitempty"`
	MemoryGiB float64 `json:"memory_gib,omitempty"`
	GPUs      int     `json:"gpus,omitempty"`
	Neuron    bool    `json:"neuron,omitempty"`    // accelerators that publish no utilisation
	Burstable bool    `json:"burstable,omitempty"` // ml.t*: CPU credits are invisible
}

// Variant by name; the first one when name is empty, nil when there is none.
func (e *Endpoint) Variant(name string) *Variant {
	for i := range e.Variants {
		if name == "" || e.Variants[i].Name == name {
			return &e.Variants[i]
		}
	}
	return nil
}

// PointPeriod is the period of the endpoint's Points. Without enhanced metrics the publish frequency moves utilisation alone and
// invocation metrics stay at a minute; Points have both, so theirs is the longer.
func (e *Endpoint) PointPeriod() time.Duration {
	if e.Enhanced {
		return e.PublishEvery
	}
	return max(e.PublishEvery, defaultPublish)
}

// Sample is one poll: the newest state of the endpoint and every point that CloudWatch has published in the polled span. Points of
// later Samples replace earlier ones of the same time. A poll that only described the endpoint again has no Points, and repeats
// Fresh and Problem of the one before.
type Sample struct {
	At        time.Time     `json:"at"`     // when it was polled
	Period    time.Duration `json:"period"` // of Points
	Endpoint  *Endpoint     `json:"endpoint,omitempty"`
	Described time.Time     `json:"described,omitzero"` // when Endpoint was; zero: before the first poll
	Points    []Point       `json:"points,omitempty"`   // closed periods, oldest first
	Fresh     *Point        `json:"fresh,omitempty"`    // utilisation alone, newer than Points, where it is published more often
	Queries   int           `json:"queries"`            // metrics requested so far, each statistic as one: at most so many are billed
	Next      time.Time     `json:"next,omitzero"`      // when the next point is due, or asked for again when it is overdue
	Problem   *Problem      `json:"problem,omitempty"`
}

// Problem is why a poll gave no (new) points. The load goes on.
type Problem struct {
	Permission string `json:"permission,omitempty"` // the missing one, such as cloudwatch:GetMetricData
	Throttled  bool   `json:"throttled,omitempty"`
	Message    string `json:"message"` // for a person, one line
}

// Point is one closed period of one variant, or of one inference component.
type Point struct {
	At       time.Time     `json:"at"` // start of the period, UTC
	Period   time.Duration `json:"period"`
	Complete bool          `json:"complete,omitempty"` // nothing more is to be expected of it: what is nil stays nil
	CPU      *Utilization  `json:"cpu,omitempty"`
	Memory   *Utilization  `json:"memory,omitempty"`
	GPU      *Utilization  `json:"gpu,omitempty"`
	GPUMem   *Utilization  `json:"gpu_memory,omitempty"`
	Model    *Latency      `json:"model,omitempty"`
	Overhead *Latency      `json:"overhead,omitempty"`

	Invocations *float64 `json:"invocations,omitempty"`
	PerInstance *float64 `json:"invocations_per_instance,omitempty"` // or per copy
	Errors4XX   *float64 `json:"errors_4xx,omitempty"`
	Errors5XX   *float64 `json:"errors_5xx,omitempty"`
	ModelErrors *float64 `json:"model_errors,omitempty"`
}

// End of the period.
func (p *Point) End() time.Time { return p.At.Add(p.Period) }

// Utilization in percent. Average, Maximum and Minimum are as AWS prints them: the sum over an instance's cores (or GPUs), so that
// 48 vCPUs run to 4800. Maximum and Minimum are the hottest and the coolest instance. Of an inference component they are of its copies, in
// percent of what a copy reserves.
type Utilization struct {
	Average float64  `json:"average"`
	Maximum float64  `json:"maximum"`
	Minimum float64  `json:"minimum"`
	Samples float64  `json:"samples"`
	Units   int      `json:"units,omitempty"` // cores or GPUs that it sums over; 1 for memory and of copies; 0 when unknown
	Share   *float64 `json:"share,omitempty"` // Average / Units, 0-100; nil when Units is unknown
}

// Latency of one period. Percentiles are nil where CloudWatch has none.
type Latency struct {
	Mean    time.Duration  `json:"mean"`
	Min     time.Duration  `json:"min"`
	Max     time.Duration  `json:"max"`
	P50     *time.Duration `json:"p50,omitempty"`
	P90     *time.Duration `json:"p90,omitempty"`
	P99     *time.Duration `json:"p99,omitempty"`
	Samples float64        `json:"samples"`
}
