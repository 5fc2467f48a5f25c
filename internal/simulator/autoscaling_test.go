package simulator

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"sagetop/internal/simulator/model"
)

const (
	sagemakerNamespace = scalingtypes.ServiceNamespaceSagemaker
	instanceCount      = scalingtypes.ScalableDimensionSageMakerVariantDesiredInstanceCount
	demoResource       = "endpoint/demo/variant/AllTraffic"
)

func registration(resource string, least, most *int32) *applicationautoscaling.RegisterScalableTargetInput {
	return &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: sagemakerNamespace, ScalableDimension: instanceCount, ResourceId: &resource, MinCapacity: least, MaxCapacity: most,
	}
}

func trackingOf(name string, target float64, change ...func(*applicationautoscaling.PutScalingPolicyInput)) *applicationautoscaling.PutScalingPolicyInput {
	in := &applicationautoscaling.PutScalingPolicyInput{
		ServiceNamespace: sagemakerNamespace, ScalableDimension: instanceCount, ResourceId: aws.String(demoResource),
		PolicyName: &name, PolicyType: scalingtypes.PolicyTypeTargetTrackingScaling,
		TargetTrackingScalingPolicyConfiguration: &scalingtypes.TargetTrackingScalingPolicyConfiguration{
			TargetValue: &target,
			PredefinedMetricSpecification: &scalingtypes.PredefinedMetricSpecification{
				PredefinedMetricType: scalingtypes.MetricTypeSageMakerVariantInvocationsPerInstance,
			},
		},
	}
	for _, f := range change {
		f(in)
	}
	return in
}

// A person registers, puts a policy and loads: a minute of that takes 6 s.
func TestAutoScalingActs(t *testing.T) {
	h := newHand()
	p := booting()
	p.Boot = model.Duration(5 * time.Minute)
	config := fast(func(e *EndpointConfig) { e.Profile = p })
	config.Now, config.TimeScale = h.Now, 10
	c := serve(t, config)
	as, sm := applicationautoscaling.NewFromConfig(c.config), sagemaker.NewFromConfig(c.config)
	registered, err := as.RegisterScalableTarget(t.Context(), registration(demoResource, aws.Int32(2), aws.Int32(6)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/" + demoResource; *registered.ScalableTargetARN != want {
		t.Errorf("ARN %s, want %s", *registered.ScalableTargetARN, want)
	}
	if e := describe(t, sm, "demo"); e.EndpointStatus != types.EndpointStatusUpdating || countsOf(e.ProductionVariants)[0] != "AllTraffic 1/2" {
		t.Errorf("below its minimum: %s, %v", e.EndpointStatus, countsOf(e.ProductionVariants))
	}
	put, err := as.PutScalingPolicy(t.Context(), trackingOf("tracker", 50))
	if err != nil {
		t.Fatal(err)
	}
	if len(put.Alarms) != 2 || *put.PolicyARN == "" || *put.Alarms[0].AlarmARN == *put.Alarms[1].AlarmARN {
		t.Errorf("policy %s with alarms %+v", *put.PolicyARN, put.Alarms)
	}
	h.move(30 * time.Second) // the boot
	for range 18 {           // seconds, 180 a minute on each of the two
		for range 60 * 2 / 20 {
			if _, err := c.invoke(t); err != nil {
				t.Fatal(err)
			}
		}
		h.move(time.Second)
	}
	activities, err := as.DescribeScalingActivities(t.Context(), &applicationautoscaling.DescribeScalingActivitiesInput{ServiceNamespace: sagemakerNamespace, ResourceId: aws.String(demoResource)})
	if err != nil {
		t.Fatal(err)
	}
	newest, oldest := activities.ScalingActivities[0], activities.ScalingActivities[1]
	if newest.StatusCode != scalingtypes.ScalingActivityStatusCodeInProgress || *newest.Description != "Setting desired instance count to 6." || newest.EndTime != nil ||
		*newest.Cause != "monitor alarm "+*put.Alarms[0].AlarmName+" in state ALARM triggered policy tracker" {
		t.Errorf("newest %+v: %s, %s", newest, *newest.Description, *newest.Cause)
	}
	if oldest.StatusCode != scalingtypes.ScalingActivityStatusCodeSuccessful || *oldest.Cause != "minimum capacity was set to 2" || oldest.EndTime.Sub(*oldest.StartTime) != 30*time.Second {
		t.Errorf("oldest %+v: %s", oldest, *oldest.Cause)
	}
	if e := describe(t, sm, "demo"); countsOf(e.ProductionVariants)[0] != "AllTraffic 2/6" {
		t.Errorf("%v", countsOf(e.ProductionVariants))
	}
	h.move(30 * time.Second)
	if e := describe(t, sm, "demo"); e.EndpointStatus != types.EndpointStatusInService || countsOf(e.ProductionVariants)[0] != "AllTraffic 6/6" {
		t.Errorf("%s, %v", e.EndpointStatus, countsOf(e.ProductionVariants))
	}
	page, err := as.DescribeScalingActivities(t.Context(), &applicationautoscaling.DescribeScalingActivitiesInput{ServiceNamespace: sagemakerNamespace, MaxResults: aws.Int32(1)})
	if err != nil || len(page.ScalingActivities) != 1 || page.NextToken == nil {
		t.Errorf("page %+v, error %v", page, err)
	}
}

func TestScalableTargets(t *testing.T) {
	c, _, _ := controlled(t)
	as := applicationautoscaling.NewFromConfig(c.config)
	register := func(in *applicationautoscaling.RegisterScalableTargetInput) error {
		_, err := as.RegisterScalableTarget(t.Context(), in)
		return err
	}
	deregister := func() error {
		_, err := as.DeregisterScalableTarget(t.Context(), &applicationautoscaling.DeregisterScalableTargetInput{ServiceNamespace: sagemakerNamespace, ScalableDimension: instanceCount, ResourceId: aws.String(demoResource)})
		return err
	}
	const missing = "No scalable target found for service namespace: sagemaker, resource ID: " + demoResource + ", scalable dimension: sagemaker:variant:DesiredInstanceCount"
	wantCode(t, deregister(), "ObjectNotFoundException", missing)
	_, err := as.PutScalingPolicy(t.Context(), trackingOf("tracker", 50))
	wantCode(t, err, "ObjectNotFoundException", missing)
	for message, in := range map[string]*applicationautoscaling.RegisterScalableTargetInput{
		"MinCapacity and MaxCapacity are required":                             registration(demoResource, aws.Int32(1), nil),
		"Maximum capacity cannot be less than minimum capacity":                registration(demoResource, aws.Int32(3), aws.Int32(2)),
		"at 'minCapacity' failed to satisfy constraint":                        registration(demoResource, aws.Int32(-1), aws.Int32(2)),
		"variant doesn't exist: endpoint/demo/variant/Blue":                    registration("endpoint/demo/variant/Blue", aws.Int32(1), aws.Int32(2)),
		"variant doesn't exist: endpoint/nope/variant/AllTraffic":              registration("endpoint/nope/variant/AllTraffic", aws.Int32(1), aws.Int32(2)),
		"Unsupported service namespace, resource type or scalable dimension: ": registration("table/demo", aws.Int32(1), aws.Int32(2)),
	} {
		wantCode(t, register(in), "ValidationException", message)
	}
	other := registration(demoResource, aws.Int32(1), aws.Int32(2))
	other.ServiceNamespace = scalingtypes.ServiceNamespaceEcs
	wantCode(t, register(other), "ValidationException", "Service namespace ecs is not simulated")
	other = registration(demoResource, aws.Int32(1), aws.Int32(2))
	other.ScalableDimension = scalingtypes.ScalableDimensionSageMakerInferenceComponentDesiredCopyCount
	wantCode(t, register(other), "ValidationException", "Unsupported service namespace, resource type or scalable dimension: endpoint/demo")
	other.ResourceId = aws.String("inference-component/nope")
	wantCode(t, register(other), "ValidationException", "inference component doesn't exist: inference-component/nope")
	other.ScalableDimension = "ecs:service:DesiredCount"
	wantCode(t, register(other), "ValidationException", "is not simulated: use sagemaker:variant:DesiredInstanceCount or sagemaker:inference-component:DesiredCopyCount")

	if err := register(registration(demoResource, aws.Int32(1), aws.Int32(5))); err != nil {
		t.Fatal(err)
	}
	change := registration(demoResource, nil, aws.Int32(7)) // what is not said stays
	change.SuspendedState = &scalingtypes.SuspendedState{DynamicScalingOutSuspended: aws.Bool(true)}
	if err := register(change); err != nil {
		t.Fatal(err)
	}
	targets, err := as.DescribeScalableTargets(t.Context(), &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: sagemakerNamespace})
	if err != nil || len(targets.ScalableTargets) != 1 {
		t.Fatalf("%v, error %v", targets, err)
	}
	if target := targets.ScalableTargets[0]; *target.MinCapacity != 1 || *target.MaxCapacity != 7 || !*target.SuspendedState.DynamicScalingOutSuspended {
		t.Errorf("target %+v, %+v", target, target.SuspendedState)
	}
	if err := deregister(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, deregister(), "ObjectNotFoundException", missing)
}

func TestScalingPolicies(t *testing.T) {
	c, _, _ := controlled(t, func(e *EndpointConfig) { e.Scaling = &Scaling{Min: 1, Max: 4} })
	as := applicationautoscaling.NewFromConfig(c.config)
	for message, change := range map[string]func(*applicationautoscaling.PutScalingPolicyInput){
		"Policy type StepScaling is not simulated": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.PolicyType = scalingtypes.PolicyTypeStepScaling
		},
		"TargetTrackingScalingPolicyConfiguration is required": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.TargetTrackingScalingPolicyConfiguration = nil
		},
		"metric specification is required": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification = nil
		},
		"Predefined metric type SageMakerVariantConcurrentRequestsPerModelHighResolution is not simulated: use SageMakerVariantInvocationsPerInstance.": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType = scalingtypes.MetricTypeSageMakerVariantConcurrentRequestsPerModelHighResolution
		},
		"CustomizedMetricSpecification is not simulated": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification = &scalingtypes.CustomizedMetricSpecification{MetricName: aws.String("x")}
		},
		"Target value must be greater than 0": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.TargetTrackingScalingPolicyConfiguration.TargetValue = aws.Float64(0)
		},
		"scaleInCooldown' failed to satisfy constraint": func(in *applicationautoscaling.PutScalingPolicyInput) {
			in.TargetTrackingScalingPolicyConfiguration.ScaleInCooldown = aws.Int32(-1)
		},
		"Value null at 'policyName'": func(in *applicationautoscaling.PutScalingPolicyInput) { in.PolicyName = aws.String("") },
	} {
		_, err := as.PutScalingPolicy(t.Context(), trackingOf("tracker", 50, change))
		wantCode(t, err, "ValidationException", message)
	}
	first, err := as.PutScalingPolicy(t.Context(), trackingOf("tracker", 50))
	if err != nil {
		t.Fatal(err)
	}
	second, err := as.PutScalingPolicy(t.Context(), trackingOf("tracker", 70, func(in *applicationautoscaling.PutScalingPolicyInput) {
		in.TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown = aws.Int32(0)
		in.TargetTrackingScalingPolicyConfiguration.DisableScaleIn = aws.Bool(true)
	}))
	if err != nil || *first.PolicyARN != *second.PolicyARN {
		t.Errorf("a policy that is put again has the ARN %s after %s, error %v", *second.PolicyARN, *first.PolicyARN, err)
	}
	policies := func() []scalingtypes.ScalingPolicy {
		t.Helper()
		out, err := as.DescribeScalingPolicies(t.Context(), &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: sagemakerNamespace, ResourceId: aws.String(demoResource)})
		if err != nil {
			t.Fatal(err)
		}
		return out.ScalingPolicies
	}
	got := policies()
	if len(got) != 1 || len(got[0].Alarms) != 2 || *got[0].PolicyName != "tracker" {
		t.Fatalf("policies %+v", got)
	}
	if p := got[0].TargetTrackingScalingPolicyConfiguration; *p.TargetValue != 70 || *p.ScaleOutCooldown != 0 || p.ScaleInCooldown != nil || !*p.DisableScaleIn {
		t.Errorf("policy %+v", p)
	}
	remove := &applicationautoscaling.DeleteScalingPolicyInput{ServiceNamespace: sagemakerNamespace, ScalableDimension: instanceCount, ResourceId: aws.String(demoResource), PolicyName: aws.String("tracker")}
	if _, err := as.DeleteScalingPolicy(t.Context(), remove); err != nil {
		t.Fatal(err)
	}
	if got := policies(); len(got) != 0 {
		t.Errorf("policies %+v", got)
	}
	_, err = as.DeleteScalingPolicy(t.Context(), remove)
	wantCode(t, err, "ObjectNotFoundException", "No scaling policy found for service namespace: sagemaker, resource ID: "+demoResource+", scalable dimension: sagemaker:variant:DesiredInstanceCount, policy name: tracker")
}
