package report

import (
	"fmt"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
)

// ComponentOf is the name of the inference component that is loaded, "" when none is.
func ComponentOf(e *cwmetrics.Endpoint) string {
	if e.Component == nil {
		return ""
	}
	return e.Component.Name
}

func unitOf(component string) sizing.Unit {
	if component != "" {
		return sizing.Copy
	}
	return sizing.Instance
}

// countName heads a column of counts.
func (s *Summary) countName() string {
	if s.Endpoint.Component != "" {
		return "Copies"
	}
	return "Instances"
}

// component adds what is known of the one that was loaded.
func (e *Endpoint) component(described *cwmetrics.Endpoint, variant string) {
	c := described.Component
	if c == nil {
		return
	}
	e.Component = c.Name
	if c.Status == "" {
		return
	}
	e.Copies = &Component{Count: c.Copies, Cores: c.Cores, Accelerators: c.Accelerators, MemoryMiB: c.MemoryMiB}
	if v := described.Variant(variant); v != nil {
		e.Copies.PerInstance = c.PerInstance(v.Hardware)
	}
	if len(c.Neighbours) > 0 {
		e.Copies.Neighbours = map[string]int{}
		for _, n := range c.Neighbours {
			e.Copies.Neighbours[n.Name] = n.Copies
		}
	}
}

// on is what carries the load: "1 x ml.m5.12xlarge", "2 copies on 1 x ml.m5.12xlarge".
func (e *Endpoint) on() string {
	text := fmt.Sprintf("%d x %s", e.Instances, e.InstanceType)
	if e.Copies != nil {
		text = sizing.Copy.Count(e.Copies.Count) + " on " + text
	}
	return text
}

// Auto scaling's own names.
const (
	variantDimension = "sagemaker:variant:DesiredInstanceCount"
	copyDimension    = "sagemaker:inference-component:DesiredCopyCount"
)

// ScalingTarget is how auto scaling names what is loaded.
func ScalingTarget(endpoint, variant, component string) (dimension, resource string) {
	if component != "" {
		return copyDimension, "inference-component/" + component
	}
	return variantDimension, "endpoint/" + endpoint + "/variant/" + variant
}

// tracked names what target tracking holds: what CloudWatch calls it, what auto scaling does, and a policy of it.
func (s *Summary) tracked() (metric, predefined, policy string) {
	if s.Endpoint.Component != "" {
		return "InvocationsPerCopy", "SageMakerInferenceComponentInvocationsPerCopy", "invocations-per-copy"
	}
	return "InvocationsPerInstance", "SageMakerVariantInvocationsPerInstance", "invocations-per-instance"
}
