package cloud

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// ScalingPolicy is one of auto scaling's rules.
type ScalingPolicy struct {
	Name    string
	Metric  string  // that is tracked; empty: it goes in steps
	Target  float64 // of Metric
	In, Out time.Duration
	OutOnly bool // it never scales in
}

// usualCooldown of a SageMaker variant, where a policy has none of its own.
const usualCooldown = 300 * time.Second

func scalingPolicy(p *types.ScalingPolicy) ScalingPolicy {
	out := ScalingPolicy{Name: aws.ToString(p.PolicyName)}
	switch t, step := p.TargetTrackingScalingPolicyConfiguration, p.StepScalingPolicyConfiguration; {
	case t != nil:
		out.Metric, out.Target, out.OutOnly = trackedMetric(t), aws.ToFloat64(t.TargetValue), aws.ToBool(t.DisableScaleIn)
		out.In, out.Out = cooldown(t.ScaleInCooldown), cooldown(t.ScaleOutCooldown)
	case step != nil:
		out.In, out.Out = cooldown(step.Cooldown), cooldown(step.Cooldown)
	}
	return out
}

func cooldown(seconds *int32) time.Duration {
	if seconds == nil {
		return usualCooldown
	}
	return time.Duration(*seconds) * time.Second
}

// trackedMetric as CloudWatch calls it: predefined ones have the name of what they are of in front.
func trackedMetric(t *types.TargetTrackingScalingPolicyConfiguration) string {
	if m := t.PredefinedMetricSpecification; m != nil {
		return strings.TrimPrefix(string(m.PredefinedMetricType), "SageMakerVariant")
	}
	if m := t.CustomizedMetricSpecification; m != nil && m.MetricName != nil {
		return *m.MetricName
	}
	return "an expression of metrics"
}
