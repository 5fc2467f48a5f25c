package simulator

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	sagemakertypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// A variant is scaled by the real SDK: its endpoint is Updating and refuses another update until the new instances are in service.
func TestUpdateCapacities(t *testing.T) {
	start := time.Now() // signatures are dated by the SDK
	var passed atomic.Int64
	profile := Fast()
	profile.Boot = Duration(5 * time.Minute)
	c := serve(t, Config{
		TimeScale: 10, Now: func() time.Time { return start.Add(time.Duration(passed.Load())) },
		Endpoints: []EndpointConfig{{Name: "demo", Profile: &profile}},
	})
	api := sagemaker.NewFromConfig(c.config)
	update := func(endpoint string, wishes ...sagemakertypes.DesiredWeightAndCapacity) (*sagemaker.UpdateEndpointWeightsAndCapacitiesOutput, error) {
		return api.UpdateEndpointWeightsAndCapacities(t.Context(), &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{
			EndpointName: &endpoint, DesiredWeightsAndCapacities: wishes,
		})
	}
	wish := func(variant string, n int32) sagemakertypes.DesiredWeightAndCapacity {
		return sagemakertypes.DesiredWeightAndCapacity{VariantName: &variant, DesiredInstanceCount: &n}
	}
	stands := func(status sagemakertypes.EndpointStatus, current, desired int32) {
		t.Helper()
		out, err := api.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String("demo")})
		if err != nil {
			t.Fatal(err)
		}
		v := out.ProductionVariants[0]
		if out.EndpointStatus != status || *v.CurrentInstanceCount != current || *v.DesiredInstanceCount != desired {
			t.Errorf("%s, %d -> %d; want %s, %d -> %d", out.EndpointStatus, *v.CurrentInstanceCount, *v.DesiredInstanceCount, status, current, desired)
		}
	}

	_, err := update("nobody", wish("AllTraffic", 5))
	wantCode(t, err, "ValidationException", `Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/nobody"`)
	_, err = update("demo", wish("Blue", 5))
	wantCode(t, err, "ValidationException", `"Blue"`)
	_, err = update("demo", wish("AllTraffic", 0))
	wantCode(t, err, "ValidationException", "DesiredInstanceCount 0")
	heavy := wish("AllTraffic", 5)
	heavy.DesiredWeight = aws.Float32(2)
	_, err = update("demo", heavy)
	wantCode(t, err, "ValidationException", "weight")
	stands(sagemakertypes.EndpointStatusInService, 1, 1)

	out, err := update("demo", wish("AllTraffic", 5))
	if err != nil || aws.ToString(out.EndpointArn) != "arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo" {
		t.Fatalf("%+v %v", out, err)
	}
	passed.Add(int64(29 * time.Second))
	stands(sagemakertypes.EndpointStatusUpdating, 1, 5)
	_, err = update("demo", wish("AllTraffic", 1))
	wantCode(t, err, "ValidationException", `Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo"`)
	passed.Add(int64(time.Second))
	stands(sagemakertypes.EndpointStatusInService, 5, 5)
	if _, err = update("demo", wish("AllTraffic", 1)); err != nil {
		t.Fatal(err)
	}
	stands(sagemakertypes.EndpointStatusInService, 1, 1)
}
