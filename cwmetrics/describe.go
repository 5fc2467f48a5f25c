package cwmetrics

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// SageMakerAPI is what describing takes; *sagemaker.Client has it.
type SageMakerAPI interface {
	ComponentAPI
	DescribeEndpoint(context.Context, *sagemaker.DescribeEndpointInput, ...func(*sagemaker.Options)) (*sagemaker.DescribeEndpointOutput, error)
	DescribeEndpointConfig(context.Context, *sagemaker.DescribeEndpointConfigInput, ...func(*sagemaker.Options)) (*sagemaker.DescribeEndpointConfigOutput, error)
}

// DescribeOptions say what AWS does not.
type DescribeOptions struct {
	VCPUs int // of one instance, in place of the table's; 0: the table's
}

// defaultPublish is how often CloudWatch gets metrics unless the endpoint says otherwise.
const defaultPublish = time.Minute

// Describe the endpoint: DescribeEndpoint says how it is, DescribeEndpointConfig on what it runs. When only the second fails, the
// Endpoint comes with the error, without instance types and hardware. Errors wrap those of api.
func Describe(ctx context.Context, api SageMakerAPI, name string, opt DescribeOptions) (*Endpoint, error) {
	d := describer{api: api, name: name, opt: opt}
	return d.describe(ctx)
}

// describer describes one endpoint again and again, and its configuration only when it is another one.
type describer struct {
	api    SageMakerAPI
	name   string
	opt    DescribeOptions
	config *sagemaker.DescribeEndpointConfigOutput

	component *Component // that is loaded, as described before; nil: there is none
}

func (d *describer) describe(ctx context.Context) (*Endpoint, error) {
	out, err := d.api.DescribeEndpoint(ctx, &sagemaker.DescribeEndpointInput{EndpointName: &d.name})
	if err != nil {
		return nil, &callError{"sagemaker:DescribeEndpoint", err}
	}
	err = d.readConfig(ctx, aws.ToString(out.EndpointConfigName))
	e := d.endpoint(out)
	if e.Component = d.component; err != nil || d.component == nil {
		return e, err
	}
	c, err := describeComponent(ctx, d.api, e.Name, d.component.Name)
	if err == nil {
		c.Neighbours = d.component.Neighbours
		d.component, e.Component = c, c
	}
	return e, err
}

func (d *describer) readConfig(ctx context.Context, name string) error {
	if name == "" || d.config != nil && aws.ToString(d.config.EndpointConfigName) == name {
		return nil
	}
	d.config = nil
	out, err := d.api.DescribeEndpointConfig(ctx, &sagemaker.DescribeEndpointConfigInput{EndpointConfigName: &name})
	if err != nil {
		return &callError{"sagemaker:DescribeEndpointConfig", err}
	}
	d.config = out
	return nil
}

func (d *describer) endpoint(out *sagemaker.DescribeEndpointOutput) *Endpoint {
	e := &Endpoint{
		Name: cmp.Or(aws.ToString(out.EndpointName), d.name), ARN: aws.ToString(out.EndpointArn),
		Status: string(out.EndpointStatus), FailureReason: aws.ToString(out.FailureReason),
		Config: aws.ToString(out.EndpointConfigName), Created: aws.ToTime(out.CreationTime), Modified: aws.ToTime(out.LastModifiedTime),
		Async:        out.AsyncInferenceConfig != nil,
		DataCapture:  out.DataCaptureConfig != nil && aws.ToBool(out.DataCaptureConfig.EnableCapture),
		PublishEvery: defaultPublish,
	}
	d.readMetricsConfig(e, out.MetricsConfig)
	for i := range out.ProductionVariants {
		e.Variants = append(e.Variants, d.variant(&out.ProductionVariants[i]))
	}
	if len(e.Variants) == 0 { // it is being created
		e.Variants = d.plannedVariants()
	}
	return e
}

func (d *describer) readMetricsConfig(e *Endpoint, m *types.MetricsConfig) {
	if m == nil && d.config != nil {
		m = d.config.MetricsConfig
	}
	if m == nil {
		return
	}
	e.Enhanced = aws.ToBool(m.EnableEnhancedMetrics)
	if m.MetricPublishFrequencyInSeconds > 0 {
		e.PublishEvery = time.Duration(m.MetricPublishFrequencyInSeconds) * time.Second
	}
}

func (d *describer) variant(s *types.ProductionVariantSummary) Variant {
	v := Variant{
		Name:       aws.ToString(s.VariantName),
		Instances:  int(aws.ToInt32(s.CurrentInstanceCount)),
		Desired:    int(aws.ToInt32(s.DesiredInstanceCount)),
		Weight:     float64(aws.ToFloat32(s.CurrentWeight)),
		Serverless: s.CurrentServerlessConfig != nil || s.DesiredServerlessConfig != nil,
	}
	if n := len(s.VariantStatus); n > 0 {
		v.Status = string(s.VariantStatus[n-1].Status)
	}
	if s.RoutingConfig != nil {
		v.Routing = string(s.RoutingConfig.RoutingStrategy)
	}
	for _, p := range s.InstancePools {
		v.Pools = append(v.Pools, Pool{string(p.InstanceType), int(aws.ToInt32(p.CurrentInstanceCount))})
	}
	d.addConfig(&v)
	return v
}

// addConfig adds what only the configuration says: the instance type, and with it the hardware.
func (d *describer) addConfig(v *Variant) {
	c := d.configOf(v.Name)
	if c == nil {
		v.Hardware = hardware(typesOf(v), d.opt.VCPUs)
		return
	}
	v.InstanceType = string(c.InstanceType)
	v.Serverless = v.Serverless || c.ServerlessConfig != nil
	v.Components = c.ModelName == nil && !v.Serverless
	if v.Routing == "" && c.RoutingConfig != nil {
		v.Routing = string(c.RoutingConfig.RoutingStrategy)
	}
	if len(v.Pools) == 0 {
		for _, p := range c.InstancePools {
			v.Pools = append(v.Pools, Pool{InstanceType: string(p.InstanceType)})
		}
	}
	v.Hardware = hardware(typesOf(v), d.opt.VCPUs)
}

func (d *describer) configOf(variant string) *types.ProductionVariant {
	if d.config == nil {
		return nil
	}
	for i := range d.config.ProductionVariants {
		if c := &d.config.ProductionVariants[i]; aws.ToString(c.VariantName) == variant {
			return c
		}
	}
	return nil
}

// plannedVariants are those of the configuration, with no instance in service yet.
func (d *describer) plannedVariants() []Variant {
	if d.config == nil {
		return nil
	}
	var planned []Variant
	for i := range d.config.ProductionVariants {
		c := &d.config.ProductionVariants[i]
		v := Variant{
			Name: aws.ToString(c.VariantName), Desired: int(aws.ToInt32(c.InitialInstanceCount)),
			Weight: float64(aws.ToFloat32(c.InitialVariantWeight)),
		}
		d.addConfig(&v)
		planned = append(planned, v)
	}
	return planned
}

// typesOf v: its one instance type, or those of its pools.
func typesOf(v *Variant) []string {
	if v.InstanceType != "" {
		return []string{v.InstanceType}
	}
	var all []string
	for _, p := range v.Pools {
		all = append(all, p.InstanceType)
	}
	return all
}

// callError is a failed call of AWS, by the permission that it takes.
type callError struct {
	permission string
	err        error
}

func (e *callError) Error() string { return fmt.Sprintf("cwmetrics: %s: %v", e.permission, e.err) }
func (e *callError) Unwrap() error { return e.err }
