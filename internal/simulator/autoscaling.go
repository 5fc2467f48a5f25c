package simulator

import (
	"fmt"
	"slices"

	"sagetop/internal/simulator/wire"
)

// Application Auto Scaling: Describe, of what the configuration says.

const (
	scalingNamespace = "sagemaker"
	scalingDimension = "sagemaker:variant:DesiredInstanceCount"
)

// scalingQuery is the input of both operations.
type scalingQuery struct {
	ServiceNamespace, ScalableDimension string
	ResourceIds                         []string
	ResourceId                          string
	PolicyNames                         []string
}

func (in *scalingQuery) check() *wire.Error {
	if in.ServiceNamespace == "" {
		return wire.Invalid("1 validation error detected: Value null at 'serviceNamespace' failed to satisfy constraint: Member must not be null")
	}
	return nil
}

func (in *scalingQuery) wants(resource string) bool {
	return in.ServiceNamespace == scalingNamespace &&
		(in.ScalableDimension == "" || in.ScalableDimension == scalingDimension) &&
		(len(in.ResourceIds) == 0 || slices.Contains(in.ResourceIds, resource)) &&
		(in.ResourceId == "" || in.ResourceId == resource)
}

// scaled calls f for each variant that in asks for and auto scaling knows.
func (s *Server) scaled(in *scalingQuery, f func(resource string, v *EndpointConfig)) {
	for i := range s.config.Endpoints {
		c := &s.config.Endpoints[i]
		resource := fmt.Sprintf("endpoint/%s/variant/%s", c.Name, c.Variant)
		if c.Scaling != nil && in.wants(resource) {
			f(resource, c)
		}
	}
}

type suspendedState struct {
	DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended bool
}

type scalableTarget struct {
	ServiceNamespace, ResourceId, ScalableDimension, RoleARN, ScalableTargetARN string
	MinCapacity, MaxCapacity                                                    int
	CreationTime                                                                wire.Time
	SuspendedState                                                              suspendedState
}

type targetsOutput struct{ ScalableTargets []scalableTarget }

func (s *Server) describeScalableTargets(in *scalingQuery) (*targetsOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	out := &targetsOutput{ScalableTargets: []scalableTarget{}}
	s.scaled(in, func(resource string, c *EndpointConfig) {
		out.ScalableTargets = append(out.ScalableTargets, scalableTarget{
			ServiceNamespace: scalingNamespace, ResourceId: resource, ScalableDimension: scalingDimension,
			RoleARN:           fmt.Sprintf("arn:aws:iam::%s:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint", s.config.Account),
			ScalableTargetARN: s.arn("application-autoscaling", "scalable-target/"+resource),
			MinCapacity:       c.Scaling.Min, MaxCapacity: c.Scaling.Max, CreationTime: wire.Time{Time: s.clock.Origin},
		})
	})
	return out, nil
}

type metricSpecification struct{ PredefinedMetricType string }

type targetTracking struct {
	TargetValue                       float64
	PredefinedMetricSpecification     metricSpecification
	ScaleInCooldown, ScaleOutCooldown int
}

type scalingPolicy struct {
	PolicyARN, PolicyName, ServiceNamespace, ResourceId, ScalableDimension, PolicyType string
	CreationTime                                                                       wire.Time
	TargetTrackingScalingPolicyConfiguration                                           targetTracking
}

type policiesOutput struct{ ScalingPolicies []scalingPolicy }

func (s *Server) describeScalingPolicies(in *scalingQuery) (*policiesOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	out := &policiesOutput{ScalingPolicies: []scalingPolicy{}}
	s.scaled(in, func(resource string, c *EndpointConfig) {
		name := c.Name + "-target-tracking"
		if c.Scaling.Target == 0 || len(in.PolicyNames) > 0 && !slices.Contains(in.PolicyNames, name) {
			return
		}
		out.ScalingPolicies = append(out.ScalingPolicies, scalingPolicy{
			PolicyARN:  s.arn("autoscaling", fmt.Sprintf("scalingPolicy:%08x:resource/sagemaker/%s:policyName/%s", c.seed, resource, name)),
			PolicyName: name, ServiceNamespace: scalingNamespace, ResourceId: resource, ScalableDimension: scalingDimension,
			PolicyType: "TargetTrackingScaling", CreationTime: wire.Time{Time: s.clock.Origin},
			TargetTrackingScalingPolicyConfiguration: targetTracking{
				TargetValue: c.Scaling.Target, PredefinedMetricSpecification: metricSpecification{c.Scaling.Metric},
				ScaleInCooldown: int(c.Scaling.ScaleInCooldown.Seconds()), ScaleOutCooldown: int(c.Scaling.ScaleOutCooldown.Seconds()),
			},
		})
	})
	return out, nil
}
