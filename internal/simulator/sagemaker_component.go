package simulator

import (
	"cmp"
	"fmt"
	"strings"
	"sync/atomic"

	"sagetop/internal/simulator/wire"
)

// SageMaker: inference components. Their copies share the instances of a variant, whose service model is that of all of them.

const maxCopies = 1000

// component of an endpoint.
type component struct {
	endpoint *endpoint
	name     string
	variant  string
	copies   atomic.Int64
}

// host takes in the components of c.
func (s *Server) host(e *endpoint, c *EndpointConfig) error {
	for _, one := range c.Components {
		if k, _ := s.componentNamed(one.Name); k != nil {
			return fmt.Errorf("%w: endpoint %s: inference component %s is there twice", ErrConfig, e.name, one.Name)
		}
		k := &component{endpoint: e, name: one.Name, variant: c.Variant}
		k.copies.Store(int64(one.Copies))
		e.components = append(e.components, k)
	}
	return nil
}

func (e *endpoint) component(name string) *component {
	for _, k := range e.components {
		if k.name == name {
			return k
		}
	}
	return nil
}

// reached is the variant that runs the component a request names, if it must or may name one.
func (e *endpoint) reached(name, account string) (*variant, *wire.Error) {
	switch {
	case len(e.components) == 0 && name == "":
		return nil, nil
	case len(e.components) == 0:
		return nil, errValidation("Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference components. Please remove the Inference Component header and try again.")
	case name == "":
		return nil, errValidation("Inference Component Name header is required for endpoints to which you plan to deploy inference components. Please include Inference Component Name header or consider using SageMaker models.")
	}
	k := e.component(name)
	if k == nil {
		return nil, errValidation("Inference Component %s of account %s not found.", name, account)
	}
	v := e.variant(k.variant)
	if v == nil || k.copies.Load() == 0 {
		return nil, errValidation("Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.")
	}
	return v, nil
}

type componentName struct{ InferenceComponentName string }

type componentSummary struct {
	InferenceComponentName, InferenceComponentArn string
	EndpointName, EndpointArn, VariantName        string
	InferenceComponentStatus                      Status
	CreationTime, LastModifiedTime                wire.Time
}

type componentDescription struct {
	componentSummary
	Specification struct{ ModelName string }
	RuntimeConfig struct{ DesiredCopyCount, CurrentCopyCount int64 }
}

func (s *Server) summary(k *component) componentSummary {
	return componentSummary{
		InferenceComponentName: k.name, InferenceComponentArn: s.componentARN(k.name),
		EndpointName: k.endpoint.name, EndpointArn: s.endpointARN(k.endpoint), VariantName: k.variant,
		InferenceComponentStatus: InService,
		CreationTime:             wire.Time{Time: k.endpoint.created}, LastModifiedTime: wire.Time{Time: k.endpoint.created},
	}
}

func (s *Server) componentARN(name string) string {
	return s.arn("sagemaker", "inference-component/"+strings.ToLower(name))
}

func (s *Server) componentNamed(name string) (*component, *wire.Error) {
	var c constraints
	c.name(name, "inferenceComponentName")
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	for _, e := range s.endpoints.all() {
		if k := e.component(name); k != nil {
			return k, nil
		}
	}
	return nil, wire.Invalid("Could not find inference component \"%s\".", s.componentARN(name))
}

func (s *Server) describeInferenceComponent(in *componentName) (*componentDescription, *wire.Error) {
	k, fault := s.componentNamed(in.InferenceComponentName)
	if fault != nil {
		return nil, fault
	}
	out := &componentDescription{componentSummary: s.summary(k)}
	if v := k.endpoint.variant(k.variant); v != nil {
		out.Specification.ModelName = v.ModelName
	}
	out.RuntimeConfig.DesiredCopyCount = k.copies.Load()
	out.RuntimeConfig.CurrentCopyCount = out.RuntimeConfig.DesiredCopyCount
	return out, nil
}

type runtimeConfigInput struct {
	InferenceComponentName string
	DesiredRuntimeConfig   struct{ CopyCount *int }
}

type componentOutput struct{ InferenceComponentArn string }

func (s *Server) updateComponentRuntimeConfig(in *runtimeConfigInput) (*componentOutput, *wire.Error) {
	var c constraints
	if in.DesiredRuntimeConfig.CopyCount == nil {
		c.required("", "desiredRuntimeConfig.copyCount")
	}
	between(&c, in.DesiredRuntimeConfig.CopyCount, "desiredRuntimeConfig.copyCount", 0, maxCopies)
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	k, fault := s.componentNamed(in.InferenceComponentName)
	if fault != nil {
		return nil, fault
	}
	k.copies.Store(int64(*in.DesiredRuntimeConfig.CopyCount))
	return &componentOutput{s.componentARN(k.name)}, nil
}

type componentsInput struct {
	listing
	EndpointNameEquals, VariantNameEquals string
}

type componentsOutput struct {
	InferenceComponents []componentSummary
	NextToken           string `json:",omitempty"`
}

func (s *Server) listInferenceComponents(in *componentsInput) (*componentsOutput, *wire.Error) {
	var items []listed
	for _, e := range s.endpoints.all() {
		for _, k := range e.components {
			if cmp.Or(in.EndpointNameEquals, e.name) == e.name && cmp.Or(in.VariantNameEquals, k.variant) == k.variant {
				items = append(items, listed{name: k.name, status: InService, created: e.created, modified: e.created})
			}
		}
	}
	page, next, fault := in.page(items)
	if fault != nil {
		return nil, fault
	}
	out := &componentsOutput{InferenceComponents: []componentSummary{}, NextToken: next}
	for _, l := range page {
		if k, _ := s.componentNamed(l.name); k != nil {
			out.InferenceComponents = append(out.InferenceComponents, s.summary(k))
		}
	}
	return out, nil
}
