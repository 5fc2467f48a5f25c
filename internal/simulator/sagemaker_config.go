package simulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// SageMaker: endpoint configurations.

// endpointConfig is what an endpoint is made by. But for its tags it does not change.
type endpointConfig struct {
	name     string
	created  time.Time
	metrics  metricsConfig
	variants []production
	tags     tags // guarded by Server.changes
}

// production is a variant of a configuration, and how its instances behave.
type production struct {
	productionVariant
	profile *model.Profile
}

// productionVariant is as CreateEndpointConfig takes it and DescribeEndpointConfig gives it.
type productionVariant struct {
	VariantName          string
	ModelName            string `json:",omitempty"` // inference components bring their own
	InstanceType         string
	InitialInstanceCount int
	InitialVariantWeight float64
	RoutingConfig        routingConfig
}

type routingConfig struct{ RoutingStrategy model.Routing }

type metricsConfig struct {
	EnableEnhancedMetrics           bool
	MetricPublishFrequencyInSeconds int
}

func (m metricsConfig) publishEvery() time.Duration {
	return time.Duration(m.MetricPublishFrequencyInSeconds) * time.Second
}

type createConfigInput struct {
	EndpointConfigName string
	ProductionVariants []variantInput
	MetricsConfig      *struct {
		EnableEnhancedMetrics           bool
		MetricPublishFrequencyInSeconds *int
	}
	Tags []tag

	AsyncInferenceConfig, DataCaptureConfig, ExplainerConfig, ShadowProductionVariants json.RawMessage
}

type variantInput struct {
	VariantName, ModelName, InstanceType string
	InitialInstanceCount                 *int
	InitialVariantWeight                 *float64
	RoutingConfig                        *routingConfig
	ManagedInstanceScaling               struct{ Status string }

	CoreDumpConfig, InstancePools, ServerlessConfig json.RawMessage
}

type configOutput struct{ EndpointConfigArn string }

func (s *Server) createEndpointConfig(in *createConfigInput) (*configOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	tags, fault := tags{}.with(in.Tags)
	if fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	switch n := len(s.configs.all()); {
	case s.configs.get(in.EndpointConfigName) != nil:
		return nil, wire.Invalid("Cannot create already existing endpoint configuration \"%s\".", s.configARN(in.EndpointConfigName))
	case n >= maxConfigs:
		return nil, limitExceeded("Number of endpoint configurations", "Endpoint Configurations", maxConfigs, n, 1)
	}
	c := &endpointConfig{name: in.EndpointConfigName, created: s.config.Now(), metrics: in.metrics(), tags: tags}
	for i := range in.ProductionVariants {
		p := in.ProductionVariants[i].complete()
		c.variants = append(c.variants, production{p, s.serviceModel(p.ModelName)})
	}
	s.configs.add(c.name, c)
	return &configOutput{s.configARN(c.name)}, nil
}

// check says what is wrong with the input, or what of it is not simulated.
func (in *createConfigInput) check() *wire.Error {
	var c constraints
	c.name(in.EndpointConfigName, "endpointConfigName")
	c.some(len(in.ProductionVariants), "productionVariants", maxVariants)
	for i := range in.ProductionVariants {
		in.ProductionVariants[i].check(&c, fmt.Sprintf("productionVariants.%d.member", i+1))
	}
	if m := in.MetricsConfig; m != nil && m.MetricPublishFrequencyInSeconds != nil {
		oneOf(&c, *m.MetricPublishFrequencyInSeconds, "metricsConfig.metricPublishFrequencyInSeconds", publishSeconds...)
	}
	if fault := c.fault(); fault != nil {
		return fault
	}
	seen := map[string]bool{}
	for i := range in.ProductionVariants {
		v := &in.ProductionVariants[i]
		if seen[v.VariantName] {
			return wire.Invalid("Production variant names must be unique within an endpoint configuration: \"%s\" is there twice.", v.VariantName)
		}
		seen[v.VariantName] = true
		if v.ManagedInstanceScaling.Status == "ENABLED" {
			return wire.Invalid("ManagedInstanceScaling is only supported for inference component endpoints.")
		}
		if fault := notSimulated(feature{"ServerlessConfig", v.ServerlessConfig}, feature{"InstancePools", v.InstancePools}); fault != nil {
			return fault
		}
	}
	return notSimulated(
		feature{"AsyncInferenceConfig", in.AsyncInferenceConfig}, feature{"DataCaptureConfig", in.DataCaptureConfig},
		feature{"ExplainerConfig", in.ExplainerConfig}, feature{"ShadowProductionVariants", in.ShadowProductionVariants},
	)
}

// feature of an operation, as far as it was asked for.
type feature struct {
	member string
	asked  json.RawMessage
}

// notSimulated refuses what would be taken in vain.
func notSimulated(features ...feature) *wire.Error {
	for _, f := range features {
		if len(f.asked) > 0 && string(f.asked) != "null" {
			return wire.Invalid("%s is not simulated: leave it out.", f.member)
		}
	}
	return nil
}

func (in *variantInput) check(c *constraints, at string) {
	c.name(in.VariantName, at+".variantName")
	c.name(in.ModelName, at+".modelName")
	if in.ServerlessConfig == nil && in.InstancePools == nil {
		c.matches(in.InstanceType, at+".instanceType", 63, instancePattern)
	}
	between(c, in.InitialInstanceCount, at+".initialInstanceCount", 1, maxInstances)
	between(c, in.InitialVariantWeight, at+".initialVariantWeight", 0, maxWeight)
	if in.RoutingConfig != nil {
		oneOf(c, in.RoutingConfig.RoutingStrategy, at+".routingConfig.routingStrategy", model.LeastOutstanding, model.Random)
	}
}

// complete fills in SageMaker's defaults.
func (in *variantInput) complete() productionVariant {
	p := productionVariant{
		VariantName: in.VariantName, ModelName: in.ModelName, InstanceType: in.InstanceType,
		InitialInstanceCount: 1, InitialVariantWeight: 1, RoutingConfig: routingConfig{model.Random},
	}
	if in.InitialInstanceCount != nil {
		p.InitialInstanceCount = *in.InitialInstanceCount
	}
	if in.InitialVariantWeight != nil {
		p.InitialVariantWeight = *in.InitialVariantWeight
	}
	if in.RoutingConfig != nil {
		p.RoutingConfig = *in.RoutingConfig
	}
	return p
}

func (in *createConfigInput) metrics() metricsConfig {
	m := metricsConfig{MetricPublishFrequencyInSeconds: int(model.StandardPeriod.Seconds())}
	if in.MetricsConfig != nil {
		m.EnableEnhancedMetrics = in.MetricsConfig.EnableEnhancedMetrics
		if every := in.MetricsConfig.MetricPublishFrequencyInSeconds; every != nil {
			m.MetricPublishFrequencyInSeconds = *every
		}
	}
	return m
}

type configName struct{ EndpointConfigName string }

// configured is the configuration that a caller names.
func (s *Server) configured(name string) (*endpointConfig, *wire.Error) {
	var c constraints
	c.name(name, "endpointConfigName")
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	if config := s.configs.get(name); config != nil {
		return config, nil
	}
	return nil, wire.Invalid("Could not find endpoint configuration \"%s\".", s.configARN(name))
}

func (s *Server) configARN(name string) string {
	return s.arn("sagemaker", "endpoint-config/"+strings.ToLower(name))
}

type configDescription struct {
	EndpointConfigName, EndpointConfigArn string
	CreationTime                          wire.Time
	MetricsConfig                         metricsConfig
	ProductionVariants                    []productionVariant
}

func (s *Server) describeEndpointConfig(in *configName) (*configDescription, *wire.Error) {
	c, fault := s.configured(in.EndpointConfigName)
	if fault != nil {
		return nil, fault
	}
	out := &configDescription{
		EndpointConfigName: c.name, EndpointConfigArn: s.configARN(c.name),
		CreationTime: wire.Time{Time: c.created}, MetricsConfig: c.metrics,
	}
	for _, p := range c.variants {
		out.ProductionVariants = append(out.ProductionVariants, p.productionVariant)
	}
	return out, nil
}

// deleteEndpointConfig leaves the endpoints that were made by it as they are.
func (s *Server) deleteEndpointConfig(in *configName) (*struct{}, *wire.Error) {
	s.change()
	defer s.changes.Unlock()
	c, fault := s.configured(in.EndpointConfigName)
	if fault != nil {
		return nil, fault
	}
	s.configs.remove(c.name)
	return &struct{}{}, nil
}
