package simulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	sagemakertypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
)

// The quota of a type is what is listed and what is kept, of that type alone; what an account would have by default is listed apart.
func TestQuotasAreKept(t *testing.T) {
	config := fast()
	config.Quotas = map[string]int{"ml.m5.12xlarge": 4}
	c := serve(t, config)
	quotas := servicequotas.NewFromConfig(c.config)
	applied, err := quotas.ListServiceQuotas(t.Context(), &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("sagemaker")})
	if err != nil {
		t.Fatal(err)
	}
	usual, err := quotas.ListAWSDefaultServiceQuotas(t.Context(), &servicequotas.ListAWSDefaultServiceQuotasInput{ServiceCode: aws.String("sagemaker")})
	if err != nil {
		t.Fatal(err)
	}
	for instanceType, want := range map[string][2]float64{"ml.m5.12xlarge": {4, maxInstances}, "ml.m5.large": {maxInstances, maxInstances}} {
		if got := [2]float64{valueOf(applied.Quotas, instanceType), valueOf(usual.Quotas, instanceType)}; got != want {
			t.Errorf("%s: %v, want %v", instanceType, got, want)
		}
	}
	sm := sagemaker.NewFromConfig(c.config)
	scale := func(n int32) error {
		_, err := sm.UpdateEndpointWeightsAndCapacities(t.Context(), &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{
			EndpointName: aws.String("demo"), DesiredWeightsAndCapacities: []sagemakertypes.DesiredWeightAndCapacity{desire("AllTraffic", &n, nil)},
		})
		return err
	}
	wantCode(t, scale(5), "ResourceLimitExceeded", "'ml.m5.12xlarge for endpoint usage' is 4 Instances, with current utilization of 1 Instances and a request delta of 4 Instances")
	makeConfig(t, sm, "others", oneVariant("Blue", "ml.m5.large", 5))
	createEndpoint(t, sm, "others", "others")
	if err := scale(4); err != nil {
		t.Errorf("as many as the quota allows, beside others of another type: %v", err)
	}
}

// valueOf the quota of a type, -1 where there is none.
func valueOf(quotas []types.ServiceQuota, instanceType string) float64 {
	for _, q := range quotas {
		if *q.QuotaName == instanceType+endpointUsage {
			return *q.Value
		}
	}
	return -1
}
