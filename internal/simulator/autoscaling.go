package simulator

import (
	"fmt"
	"slices"
)

// Application Auto Scaling: Describe in JSON 1.1, of what the configuration says.

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

func readScalingQuery(x *exchange) (scalingQuery, *apiError) {
	var in scalingQuery
	if fault := decodeJSON(x.body, &in); fault != nil {
		return in, fault
	}
	if in.ServiceNamespace == "" {
		return in, errInvalid("1 validation error detected: Value null at 'serviceNamespace' failed to satisfy constraint: Member must not be null")
	}
	return in, nil
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
	CreationTime                                                                timestamp
	SuspendedState                                                              suspendedState
}

func (s *Server) describeScalableTargets(x *exchange) (reply, *apiError) {
	in, fault := readScalingQuery(x)
	if fault != nil {
		return reply{}, fault
	}
	out := struct{ ScalableTargets []scalableTarget }{ScalableTargets: []scalableTarget{}}
	s.scaled(&in, func(resource string, c *EndpointConfig) {
		out.ScalableTargets = append(out.ScalableTargets, scalableTarget{
			ServiceNamespace: scalingNamespace, ResourceId: resource, ScalableDimension: scalingDimension,
			RoleARN:           fmt.Sprintf("arn:aws:iam::%s:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint", s.config.Account),
			ScalableTargetARN: s.arn("application-autoscaling", "scalable-target/"+resource),
			MinCapacity:       c.Scaling.Min, MaxCapacity: c.Scaling.Max, CreationTime: timestamp{s.clock.origin},
		})
	})
	return replyJSON(out)
}

type metricSpecification struct{ PredefinedMetricType string }

type targetTracking struct {
	TargetValue                       float64
	PredefinedMetricSpecification     metricSpecification
	ScaleInCooldown, ScaleOutCooldown int
}

type scalingPolicy struct {
	PolicyARN, PolicyName, ServiceNamespace, ResourceId, ScalableDimension, PolicyType string
	CreationTime                                                                       timestamp
	TargetTrackingScalingPolicyConfiguration                                           targetTracking
}

func (s *Server) describeScalingPolicies(x *exchange) (reply, *apiError) {
	in, fault := readScalingQuery(x)
	if fault != nil {
		return reply{}, fault
	}
	out := struct{ ScalingPolicies []scalingPolicy }{ScalingPolicies: []scalingPolicy{}}
	s.scaled(&in, func(resource string, c *EndpointConfig) {
		name := c.Name + "-target-tracking"
		if c.Scaling.Target == 0 || len(in.PolicyNames) > 0 && !slices.Contains(in.PolicyNames, name) {
			return
		}
		out.ScalingPolicies = append(out.ScalingPolicies, scalingPolicy{
			PolicyARN:  s.arn("autoscaling", fmt.Sprintf("scalingPolicy:%08x:resource/sagemaker/%s:policyName/%s", c.seed, resource, name)),
			PolicyName: name, ServiceNamespace: scalingNamespace, ResourceId: resource, ScalableDimension: scalingDimension,
			PolicyType: "TargetTrackingScaling", CreationTime: timestamp{s.clock.origin},
			TargetTrackingScalingPolicyConfiguration: targetTracking{
				TargetValue: c.Scaling.Target, PredefinedMetricSpecification: metricSpecification{c.Scaling.Metric},
				ScaleInCooldown: int(c.Scaling.ScaleInCooldown.Seconds()), ScaleOutCooldown: int(c.Scaling.ScaleOutCooldown.Seconds()),
			},
		})
	})
	return replyJSON(out)
}
