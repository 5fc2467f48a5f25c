package simulator

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

func desire(variant string, count *int32, weight *float32) types.DesiredWeightAndCapacity {
	return types.DesiredWeightAndCapacity{VariantName: &variant, DesiredInstanceCount: count, DesiredWeight: weight}
}

func TestUpdateWeightsAndCapacities(t *testing.T) {
	h := newHand()
	c := serve(t, Config{Now: h.Now, Endpoints: []EndpointConfig{
		{Name: "demo", Variant: "Blue", Profile: booting()},
		{Name: "demo", Variant: "Green", Profile: booting(), Instances: 2},
	}})
	sm := sagemaker.NewFromConfig(c.config)
	update := func(w ...types.DesiredWeightAndCapacity) error {
		out, err := sm.UpdateEndpointWeightsAndCapacities(t.Context(), &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{EndpointName: aws.String("demo"), DesiredWeightsAndCapacities: w})
		if err == nil && *out.EndpointArn != "arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo" {
			t.Errorf("ARN %s", *out.EndpointArn)
		}
		return err
	}
	is := func(status types.EndpointStatus, counts ...string) {
		t.Helper()
		if e := describe(t, sm, "demo"); e.EndpointStatus != status || !slices.Equal(countsOf(e.ProductionVariants), counts) {
			t.Errorf("%s, %v, want %s, %v", e.EndpointStatus, countsOf(e.ProductionVariants), status, counts)
		}
	}
	if err := update(desire("Blue", aws.Int32(3), aws.Float32(0)), desire("Green", aws.Int32(1), nil)); err != nil {
		t.Fatal(err)
	}
	is(types.EndpointStatusUpdating, "Blue 1/3", "Green 1/1")
	wantCode(t, update(desire("Blue", aws.Int32(2), nil)), "ValidationException", `Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo".`)
	h.move(time.Minute)
	is(types.EndpointStatusInService, "Blue 3/3", "Green 1/1")
	if v := describe(t, sm, "demo").ProductionVariants; *v[0].CurrentWeight != 0 || *v[1].CurrentWeight != 1 {
		t.Errorf("weights %v, %v", *v[0].CurrentWeight, *v[1].CurrentWeight)
	}
	for range 10 {
		if out, err := c.invoke(t); err != nil || *out.InvokedProductionVariant != "Green" {
			t.Fatalf("a variant of weight 0 was chosen, or %v", err)
		}
	}
	if err := update(desire("Blue", aws.Int32(1), nil)); err != nil {
		t.Fatal(err)
	}
	is(types.EndpointStatusUpdating, "Blue 1/1", "Green 1/1")
	h.move(5 * time.Second)
	is(types.EndpointStatusInService, "Blue 1/1", "Green 1/1")
}

// Nothing is changed when any of it is refused.
func TestUpdateWeightsAndCapacitiesRefuses(t *testing.T) {
	c, sm, _ := controlled(t)
	for _, test := range []struct {
		endpoint, code, message string
		want                    []types.DesiredWeightAndCapacity
	}{
		{"nope", "ValidationException", "Could not find endpoint", []types.DesiredWeightAndCapacity{desire("AllTraffic", aws.Int32(2), nil)}},
		{"demo", "ValidationException", `The variant name(s) "Blue" is/are not present within endpoint configuration "demo-config".`, []types.DesiredWeightAndCapacity{desire("AllTraffic", aws.Int32(2), nil), desire("Blue", aws.Int32(2), nil)}},
		{"demo", "ValidationException", "Value '0' at 'desiredWeightsAndCapacities.1.member.desiredInstanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1", []types.DesiredWeightAndCapacity{desire("AllTraffic", aws.Int32(0), nil)}},
		{"demo", "ValidationException", "desiredWeight' failed", []types.DesiredWeightAndCapacity{desire("AllTraffic", nil, aws.Float32(-1))}},
		{"demo", "ValidationException", "greater than or equal to 1", []types.DesiredWeightAndCapacity{}},
		{"demo", "ResourceLimitExceeded", "ml.m5.12xlarge for endpoint usage", []types.DesiredWeightAndCapacity{desire("AllTraffic", aws.Int32(600), nil), desire("AllTraffic", aws.Int32(600), nil)}},
	} {
		_, err := sm.UpdateEndpointWeightsAndCapacities(t.Context(), &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{EndpointName: &test.endpoint, DesiredWeightsAndCapacities: test.want})
		wantCode(t, err, test.code, test.message)
	}
	if current, desired := c.server.endpoints.get("demo").variants()[0].Counts(c.server.now()); current != 1 || desired != 1 {
		t.Errorf("%d/%d instances, want 1/1", current, desired)
	}
}
