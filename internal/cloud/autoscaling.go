package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// AutoScaling of a variant, or of an inference component.
type AutoScaling struct {
	Min, Max  int // instances, or copies
	Policies  []ScalingPolicy
	Paused    bool     // neither scales out nor in by itself: suspended
	Suspended []string // parts of it: scale-in, scale-out, scheduled
}

// AutoScaling of the endpoint's variant; nil without an error when it has none. Beside an error it may still hold the bounds, when
// only the policies could not be read. It needs application-autoscaling:DescribeScalableTargets and DescribeScalingPolicies.
func (c *Cloud) AutoScaling(ctx context.Context, endpoint, variant string) (*AutoScaling, error) {
	return c.scalingOf(ctx, scalableVariant(endpoint, variant))
}

// scalable is what auto scaling counts: the instances of a variant, or the copies of a component.
type scalable struct {
	resource  string
	dimension types.ScalableDimension
}

func scalableVariant(endpoint, variant string) scalable {
	return scalable{"endpoint/" + endpoint + "/variant/" + variant, types.ScalableDimensionSageMakerVariantDesiredInstanceCount}
}

func scalableComponent(name string) scalable {
	return scalable{"inference-component/" + name, types.ScalableDimensionSageMakerInferenceComponentDesiredCopyCount}
}

func (c *Cloud) scalingOf(ctx context.Context, what scalable) (*AutoScaling, error) {
	client := applicationautoscaling.NewFromConfig(c.cfg)
	targets, err := client.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace:  types.ServiceNamespaceSagemaker,
		ResourceIds:       []string{what.resource},
		ScalableDimension: what.dimension,
	})
	if err != nil {
		return nil, c.Explain(err)
	}
	if len(targets.ScalableTargets) == 0 {
		return nil, nil
	}
	target := targets.ScalableTargets[0]
	as := &AutoScaling{Min: int(aws.ToInt32(target.MinCapacity)), Max: int(aws.ToInt32(target.MaxCapacity))}
	if s := target.SuspendedState; s != nil {
		as.Paused = aws.ToBool(s.DynamicScalingInSuspended) && aws.ToBool(s.DynamicScalingOutSuspended)
		as.Suspended = suspended(s)
	}
	policies, err := client.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace:  types.ServiceNamespaceSagemaker,
		ResourceId:        &what.resource,
		ScalableDimension: what.dimension,
	})
	if err != nil {
		return as, c.Explain(err)
	}
	for _, p := range policies.ScalingPolicies {
		as.Policies = append(as.Policies, scalingPolicy(&p))
	}
	return as, nil
}

func suspended(s *types.SuspendedState) (parts []string) {
	for _, part := range []struct {
		name string
		is   *bool
	}{{"scale-in", s.DynamicScalingInSuspended}, {"scale-out", s.DynamicScalingOutSuspended}, {"scheduled", s.ScheduledScalingSuspended}} {
		if aws.ToBool(part.is) {
			parts = append(parts, part.name)
		}
	}
	return parts
}
