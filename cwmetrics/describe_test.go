package cwmetrics

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

func TestDescribe(t *testing.T) {
	got, err := Describe(context.Background(), bert(), "bert", DescribeOptions{})
	want := &Endpoint{
		Name: "bert", ARN: "arn:aws:sagemaker:us-east-1:123456789012:endpoint/bert", Status: "InService", Config: "bert-config",
		PublishEvery: time.Minute, Created: created, Modified: start,
		Variants: []Variant{{
			Name: "AllTraffic", Status: "Updating", InstanceType: "ml.m5.12xlarge", Instances: 1, Desired: 5, Weight: 1, Routing: "RANDOM",
			Hardware: Hardware{VCPUs: 48, MemoryGiB: 192},
		}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

// varieties of endpoints, each by what differs from bert.
var varieties = map[string]struct {
	change func(e *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput)
	opt    DescribeOptions
	holds  func(*Endpoint) bool
}{
	"publish frequency and enhanced metrics": {
		func(e *sagemaker.DescribeEndpointOutput, _ *sagemaker.DescribeEndpointConfigOutput) {
			e.MetricsConfig = &types.MetricsConfig{EnableEnhancedMetrics: aws.Bool(true), MetricPublishFrequencyInSeconds: 10}
		},
		DescribeOptions{},
		func(e *Endpoint) bool {
			return e.Enhanced && e.PublishEvery == 10*time.Second && e.PointPeriod() == 10*time.Second
		},
	},
	"publish frequency of the configuration": {
		func(_ *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			c.MetricsConfig = &types.MetricsConfig{MetricPublishFrequencyInSeconds: 10}
		},
		DescribeOptions{},
		func(e *Endpoint) bool {
			return !e.Enhanced && e.PublishEvery == 10*time.Second && e.PointPeriod() == time.Minute
		},
	},
	"vCPUs given by hand": {
		func(_ *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			c.ProductionVariants[0].InstanceType = "ml.z9.huge"
		},
		DescribeOptions{VCPUs: 96},
		func(e *Endpoint) bool {
			return e.Variants[0].Hardware == Hardware{VCPUs: 96} && e.Variants[0].InstanceType == "ml.z9.huge"
		},
	},
	"an unknown type": {
		func(_ *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			c.ProductionVariants[0].InstanceType = "ml.z9.huge"
		},
		DescribeOptions{},
		func(e *Endpoint) bool { return e.Variants[0].Hardware == Hardware{} },
	},
	"serverless": {
		func(e *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			e.ProductionVariants[0].CurrentServerlessConfig = &types.ProductionVariantServerlessConfig{}
			c.ProductionVariants[0].InstanceType, c.ProductionVariants[0].ModelName = "", nil
		},
		DescribeOptions{},
		func(e *Endpoint) bool {
			v := e.Variants[0]
			return v.Serverless && !v.Components && v.Hardware == Hardware{}
		},
	},
	"inference components": {
		func(_ *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			c.ProductionVariants[0].ModelName = nil
		},
		DescribeOptions{},
		func(e *Endpoint) bool { return e.Variants[0].Components },
	},
	"data capture and async": {
		func(e *sagemaker.DescribeEndpointOutput, _ *sagemaker.DescribeEndpointConfigOutput) {
			e.DataCaptureConfig = &types.DataCaptureConfigSummary{EnableCapture: aws.Bool(true)}
			e.AsyncInferenceConfig = &types.AsyncInferenceConfig{}
		},
		DescribeOptions{},
		func(e *Endpoint) bool { return e.DataCapture && e.Async },
	},
	"pools of one size": {
		func(e *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			c.ProductionVariants[0].InstanceType = ""
			e.ProductionVariants[0].InstancePools = []types.InstancePoolSummary{
				{InstanceType: "ml.m5.12xlarge", CurrentInstanceCount: aws.Int32(2)}, {InstanceType: "ml.m6i.12xlarge", CurrentInstanceCount: aws.Int32(3)},
			}
		},
		DescribeOptions{},
		func(e *Endpoint) bool {
			v := e.Variants[0]
			return v.Hardware.VCPUs == 48 && slices.Equal(v.Pools, []Pool{{"ml.m5.12xlarge", 2}, {"ml.m6i.12xlarge", 3}})
		},
	},
	"pools of different sizes": {
		func(_ *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			c.ProductionVariants[0].InstanceType = ""
			c.ProductionVariants[0].InstancePools = []types.InstancePool{{InstanceType: "ml.m5.12xlarge"}, {InstanceType: "ml.m5.xlarge"}}
		},
		DescribeOptions{},
		func(e *Endpoint) bool { return len(e.Variants[0].Pools) == 2 && e.Variants[0].Hardware == Hardware{} },
	},
	"being created": {
		func(e *sagemaker.DescribeEndpointOutput, c *sagemaker.DescribeEndpointConfigOutput) {
			e.EndpointStatus, e.ProductionVariants = types.EndpointStatusCreating, nil
		},
		DescribeOptions{},
		func(e *Endpoint) bool {
			v := e.Variant("")
			return e.Status == "Creating" && v != nil && v.Name == "AllTraffic" && v.Instances == 0 && v.Desired == 1 && v.Hardware.VCPUs == 48
		},
	},
}

func TestDescribeVariety(t *testing.T) {
	for name, c := range varieties {
		f := bert()
		c.change(f.endpoint, f.config)
		if e, err := Describe(context.Background(), f, "bert", c.opt); err != nil || !c.holds(e) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func TestDescribeErrors(t *testing.T) {
	f := bert()
	f.err = errors.New("no such endpoint")
	if e, err := Describe(context.Background(), f, "bert", DescribeOptions{}); e != nil || !errors.Is(err, f.err) || !strings.Contains(err.Error(), "DescribeEndpoint") {
		t.Errorf("%+v, %v", e, err)
	}
	f = bert()
	f.configErr = errors.New("refused")
	e, err := Describe(context.Background(), f, "bert", DescribeOptions{})
	if !errors.Is(err, f.configErr) || e == nil || e.Variants[0].Instances != 1 || e.Variants[0].InstanceType != "" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestHardware(t *testing.T) {
	for name, want := range map[string]Hardware{
		"ml.t2.medium": {VCPUs: 2, MemoryGiB: 4, Burstable: true}, "ml.t2.2xlarge": {VCPUs: 8, MemoryGiB: 32, Burstable: true},
		"ml.m5.large": {VCPUs: 2, MemoryGiB: 8}, "ml.m5.12xlarge": {VCPUs: 48, MemoryGiB: 192}, "ml.m5.24xlarge": {VCPUs: 96, MemoryGiB: 384},
		"ml.m7i.48xlarge": {VCPUs: 192, MemoryGiB: 768}, "ml.c5.9xlarge": {VCPUs: 36, MemoryGiB: 72}, "ml.c5.18xlarge": {VCPUs: 72, MemoryGiB: 144},
		"ml.c7i.48xlarge": {VCPUs: 192, MemoryGiB: 384}, "ml.r5.4xlarge": {VCPUs: 16, MemoryGiB: 128}, "ml.c8g.medium": {VCPUs: 1, MemoryGiB: 2},
		"ml.g4dn.xlarge": {VCPUs: 4, MemoryGiB: 16, GPUs: 1}, "ml.g4dn.12xlarge": {VCPUs: 48, MemoryGiB: 192, GPUs: 4},
		"ml.g4dn.16xlarge": {VCPUs: 64, MemoryGiB: 256, GPUs: 1}, "ml.g5.12xlarge": {VCPUs: 48, MemoryGiB: 192, GPUs: 4},
		"ml.g5.24xlarge": {VCPUs: 96, MemoryGiB: 384, GPUs: 4}, "ml.g6.48xlarge": {VCPUs: 192, MemoryGiB: 768, GPUs: 8},
		"ml.g6e.2xlarge": {VCPUs: 8, MemoryGiB: 64, GPUs: 1}, "ml.g6e.48xlarge": {VCPUs: 192, MemoryGiB: 1536, GPUs: 8},
		"ml.p4d.24xlarge": {VCPUs: 96, MemoryGiB: 1152, GPUs: 8}, "ml.p6-b200.48xlarge": {VCPUs: 192, MemoryGiB: 2048, GPUs: 8},
		"ml.inf1.6xlarge": {VCPUs: 24, MemoryGiB: 48, Neuron: true}, "ml.trn1.32xlarge": {VCPUs: 128, MemoryGiB: 512, Neuron: true},
		"": {}, "ml": {}, "ml.m5": {}, "ml.m5.": {}, "ml.m5.huge": {}, "ml.m5.0xlarge": {}, "ml.m5.-4xlarge": {}, "ml.z9.xlarge": {},
	} {
		if got := HardwareOf(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := hardware([]string{"ml.trn9.48xlarge"}, 0); got != (Hardware{Neuron: true}) {
		t.Errorf("a Neuron type of an unknown size: %+v", got)
	}
	if got := hardware([]string{"ml.t3.large"}, 2); got != (Hardware{VCPUs: 2, Burstable: true}) {
		t.Errorf("a burstable type that is not in the table: %+v", got)
	}
}

// Every type that the SDK knows is in the table, but for those of which nothing reliable is known here.
func TestHardwareOfEveryType(t *testing.T) {
	unknown := []string{"ml.dl1.", "ml.g7.", "ml.g7e.", "ml.trn2.", "ml.p6-b300.", "ml.p6e-gb200."}
	for _, it := range types.ProductionVariantInstanceType("").Values() {
		name := string(it)
		h := HardwareOf(name)
		want := !slices.ContainsFunc(unknown, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		if got := h.VCPUs > 0 && h.MemoryGiB > 0; got != want {
			t.Errorf("%s: %+v", name, h)
		}
		if accelerated := name[3] == 'g' || name[3] == 'p'; want && accelerated != (h.GPUs > 0) {
			t.Errorf("%s: %d GPUs", name, h.GPUs)
		}
	}
}
