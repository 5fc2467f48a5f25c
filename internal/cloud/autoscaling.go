package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// AutoScaling of a variant.
type AutoScaling struct {
	Min, Max int      // instances, or copies
	Policies []string // names
	Paused   bool     // neither scales out nor in by itself: suspended
}

// AutoScaling of the endpoint's variant; nil without an error when it has none. Beside an error it may still hold the bounds, when
// only the policies could not be read. It needs application-autoscaling:DescribeScalableTargets and DescribeScalingPolicies.
func (c *Cloud) AutoScaling(ctx context.Context, endpoint, variant string) (*AutoScaling, error) {
	return c.scalingOf(ctx, "endpoint/"+endpoint+"/variant/"+variant, types.ScalableDimensionSageMakerVariantDesiredInstanceCount)
}

func (c *Cloud) scalingOf(ctx context.Context, resource string, dimension types.ScalableDimension) (*AutoScaling, error) {
	client := applicationautoscaling.NewFromConfig(c.cfg)
	targets, err := client.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace:  types.ServiceNamespaceSagemaker,
		ResourceIds:       []string{resource},
		ScalableDimension: dimension,
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
	}
	policies, err := client.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace:  types.ServiceNamespaceSagemaker,
		ResourceId:        &resource,
		ScalableDimension: dimension,
	})
	if err != nil {
		return as, c.Explain(err)
	}
	for _, p := range policies.ScalingPolicies {
		as.Policies = append(as.Policies, aws.ToString(p.PolicyName))
	}
	return as, nil
}
