package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"sagetop/internal/simulator/wire"
)

// Application Auto Scaling: policies of target tracking.

type metricSpecification struct{ PredefinedMetricType string }

type targetTracking struct {
	TargetValue                       float64
	PredefinedMetricSpecification     *metricSpecification
	CustomizedMetricSpecification     json.RawMessage `json:",omitempty"`
	ScaleInCooldown, ScaleOutCooldown *int            `json:",omitempty"`
	DisableScaleIn                    bool
}

type scalingAlarm struct{ AlarmARN, AlarmName string }

type policyInput struct {
	scalableResource
	PolicyName, PolicyType                   string
	TargetTrackingScalingPolicyConfiguration *targetTracking
}

type policyOutput struct {
	PolicyARN string
	Alarms    []scalingAlarm
}

func (s *Server) putScalingPolicy(in *policyInput) (*policyOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	c := s.scaling.target(in.ResourceId)
	switch {
	case c == nil:
		return nil, in.missing("scalable target", "")
	case c.policy(in.PolicyName) == nil && len(c.policies) >= maxPolicies:
		return nil, wire.BadRequest("LimitExceededException", "The scalable target has %d scaling policies already.", maxPolicies)
	}
	p := s.put(c, in.PolicyName, *in.TargetTrackingScalingPolicyConfiguration)
	return &policyOutput{p.arn, p.alarms}, nil
}

// check says what is wrong with the policy, or what of it is not simulated.
func (in *policyInput) check() *wire.Error {
	if fault := in.scalableResource.check(); fault != nil {
		return fault
	}
	var c constraints
	c.matches(in.PolicyName, "policyName", 256, policyPattern)
	t := in.TargetTrackingScalingPolicyConfiguration
	if t != nil {
		if fault := notSimulated(feature{"CustomizedMetricSpecification", t.CustomizedMetricSpecification}); fault != nil {
			return fault
		}
		t.CustomizedMetricSpecification = nil
		between(&c, t.ScaleInCooldown, "targetTrackingScalingPolicyConfiguration.scaleInCooldown", 0, 86400)
		between(&c, t.ScaleOutCooldown, "targetTrackingScalingPolicyConfiguration.scaleOutCooldown", 0, 86400)
	}
	if fault := c.fault(); fault != nil {
		return fault
	}
	switch {
	case in.PolicyType != trackingPolicy:
		return wire.Invalid("Policy type %.64s is not simulated: use %s.", cmp.Or(in.PolicyType, "StepScaling"), trackingPolicy)
	case t == nil:
		return wire.Invalid("TargetTrackingScalingPolicyConfiguration is required for a policy of type %s.", trackingPolicy)
	case t.PredefinedMetricSpecification == nil:
		return wire.Invalid("A predefined or customized metric specification is required.")
	case t.PredefinedMetricSpecification.PredefinedMetricType != metricOf(in.ResourceId):
		return wire.Invalid("Predefined metric type %.128s is not simulated: use %s.", t.PredefinedMetricSpecification.PredefinedMetricType, metricOf(in.ResourceId))
	case !(t.TargetValue > 0):
		return wire.Invalid("Target value must be greater than 0, not %v.", t.TargetValue)
	}
	return nil
}

const trackingPolicy = "TargetTrackingScaling"

type deletePolicyInput struct {
	scalableResource
	PolicyName string
}

func (s *Server) deleteScalingPolicy(in *deletePolicyInput) (*struct{}, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	if c := s.scaling.target(in.ResourceId); c != nil {
		if p := c.policy(in.PolicyName); p != nil {
			c.policies = slices.DeleteFunc(c.policies, func(one *policy) bool { return one == p })
			return &struct{}{}, nil
		}
	}
	return nil, in.missing("scaling policy", ", policy name: "+fmt.Sprintf("%.256s", in.PolicyName))
}

type scalingPolicy struct {
	PolicyARN, PolicyName, ServiceNamespace, ResourceId, ScalableDimension, PolicyType string
	CreationTime                                                                       wire.Time
	TargetTrackingScalingPolicyConfiguration                                           targetTracking
	Alarms                                                                             []scalingAlarm
}

type policiesOutput struct {
	ScalingPolicies []scalingPolicy
	NextToken       string `json:",omitempty"`
}

func (s *Server) describeScalingPolicies(in *scalingQuery) (*policiesOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	policies := []scalingPolicy{}
	for _, c := range s.scaling.targets {
		if !in.wants(c.resource()) {
			continue
		}
		for _, p := range c.policies {
			if len(in.PolicyNames) > 0 && !slices.Contains(in.PolicyNames, p.name) {
				continue
			}
			policies = append(policies, scalingPolicy{
				PolicyARN: p.arn, PolicyName: p.name, ServiceNamespace: scalingNamespace, ResourceId: c.resource(),
				ScalableDimension: dimensionOf(c.resource()), PolicyType: trackingPolicy, CreationTime: wire.Time{Time: p.created},
				TargetTrackingScalingPolicyConfiguration: p.given, Alarms: p.alarms,
			})
		}
	}
	page, next, fault := scalingPage(in, policies)
	return &policiesOutput{page, next}, fault
}
