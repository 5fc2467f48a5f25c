package simulator

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

func TestEndpointConfig(t *testing.T) {
	_, sm, h := controlled(t)
	in := &sagemaker.CreateEndpointConfigInput{
		EndpointConfigName: aws.String("Mixed"),
		ProductionVariants: []types.ProductionVariant{
			{VariantName: aws.String("Blue"), ModelName: aws.String("bert"), InstanceType: "ml.g5.xlarge"},
			{
				VariantName: aws.String("Green"), ModelName: aws.String("gpt"), InstanceType: "ml.m5.large", InitialInstanceCount: aws.Int32(3),
				InitialVariantWeight: aws.Float32(0), RoutingConfig: &types.ProductionVariantRoutingConfig{RoutingStrategy: types.RoutingStrategyLeastOutstandingRequests},
				ManagedInstanceScaling: &types.ProductionVariantManagedInstanceScaling{Status: types.ManagedInstanceScalingStatusDisabled},
			},
		},
		MetricsConfig: &types.MetricsConfig{EnableEnhancedMetrics: aws.Bool(true), MetricPublishFrequencyInSeconds: 10},
		Tags:          []types.Tag{{Key: aws.String("team"), Value: aws.String("nlp")}},
	}
	made, err := sm.CreateEndpointConfig(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sm.CreateEndpointConfig(t.Context(), in)
	wantCode(t, err, "ValidationException", `Cannot create already existing endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/mixed".`)
	name := &sagemaker.DescribeEndpointConfigInput{EndpointConfigName: aws.String("mixed")}
	out, err := sm.DescribeEndpointConfig(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	blue, green := out.ProductionVariants[0], out.ProductionVariants[1]
	if *out.EndpointConfigName != "Mixed" || *out.EndpointConfigArn != *made.EndpointConfigArn || !out.CreationTime.Equal(h.Now()) || out.MetricsConfig.MetricPublishFrequencyInSeconds != 10 {
		t.Errorf("config %+v", out)
	}
	if *blue.InitialInstanceCount != 1 || *blue.InitialVariantWeight != 1 || blue.RoutingConfig.RoutingStrategy != types.RoutingStrategyRandom || *blue.ModelName != "bert" {
		t.Errorf("with defaults: %+v", blue)
	}
	if *green.InitialInstanceCount != 3 || *green.InitialVariantWeight != 0 || green.RoutingConfig.RoutingStrategy != types.RoutingStrategyLeastOutstandingRequests || green.InstanceType != "ml.m5.large" {
		t.Errorf("as given: %+v", green)
	}
	tags, err := sm.ListTags(t.Context(), &sagemaker.ListTagsInput{ResourceArn: made.EndpointConfigArn})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Value != "nlp" {
		t.Errorf("tags %v, error %v", tags, err)
	}
	if _, err := sm.DeleteEndpointConfig(t.Context(), &sagemaker.DeleteEndpointConfigInput{EndpointConfigName: aws.String("Mixed")}); err != nil {
		t.Fatal(err)
	}
	_, err = sm.DescribeEndpointConfig(t.Context(), name)
	wantCode(t, err, "ValidationException", "Could not find endpoint configuration")
	_, err = sm.DeleteEndpointConfig(t.Context(), &sagemaker.DeleteEndpointConfigInput{EndpointConfigName: aws.String("Mixed")})
	wantCode(t, err, "ValidationException", "Could not find endpoint configuration")
}

func TestEndpointConfigRefuses(t *testing.T) {
	_, sm, _ := controlled(t)
	for message, change := range map[string]func(*sagemaker.CreateEndpointConfigInput, *types.ProductionVariant){
		"Value 'a b' at 'endpointConfigName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}": func(in *sagemaker.CreateEndpointConfigInput, _ *types.ProductionVariant) {
			in.EndpointConfigName = aws.String("a b")
		},
		"at 'productionVariants' failed to satisfy constraint: Member must have length greater than or equal to 1": func(in *sagemaker.CreateEndpointConfigInput, _ *types.ProductionVariant) {
			in.ProductionVariants = in.ProductionVariants[:0]
		},
		"at 'productionVariants' failed to satisfy constraint: Member must have length less than or equal to 10": func(in *sagemaker.CreateEndpointConfigInput, _ *types.ProductionVariant) {
			in.ProductionVariants = make([]types.ProductionVariant, 11)
			for i := range in.ProductionVariants {
				in.ProductionVariants[i] = oneVariant("Blue", "ml.m5.large", 1)
			}
		},
		"is there twice": func(in *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			in.ProductionVariants = append(in.ProductionVariants, *v)
		},
		"Value null at 'productionVariants.1.member.modelName' failed to satisfy constraint: Member must not be null": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.ModelName = nil
		},
		"Value 'm5.large' at 'productionVariants.1.member.instanceType'": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.InstanceType = "m5.large"
		},
		"Value '0' at 'productionVariants.1.member.initialInstanceCount' failed to satisfy constraint: Member must have value greater than or equal to 1": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.InitialInstanceCount = aws.Int32(0)
		},
		"Value '-1' at 'productionVariants.1.member.initialVariantWeight'": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.InitialVariantWeight = aws.Float32(-1)
		},
		"Member must satisfy enum value set: [LEAST_OUTSTANDING_REQUESTS, RANDOM]": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.RoutingConfig = &types.ProductionVariantRoutingConfig{RoutingStrategy: "BEST"}
		},
		"Member must satisfy enum value set: [10, 30, 60, 120, 180, 240, 300]": func(in *sagemaker.CreateEndpointConfigInput, _ *types.ProductionVariant) {
			in.MetricsConfig = &types.MetricsConfig{MetricPublishFrequencyInSeconds: 11}
		},
		"2 validation errors detected: ": func(in *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			in.EndpointConfigName, v.VariantName = aws.String("-"), aws.String("-")
		},
		"ServerlessConfig is not simulated": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.InstanceType, v.InitialInstanceCount = "", nil
			v.ServerlessConfig = &types.ProductionVariantServerlessConfig{MaxConcurrency: aws.Int32(1), MemorySizeInMB: aws.Int32(1024)}
		},
		"ManagedInstanceScaling is only supported for inference component endpoints.": func(_ *sagemaker.CreateEndpointConfigInput, v *types.ProductionVariant) {
			v.ManagedInstanceScaling = &types.ProductionVariantManagedInstanceScaling{Status: types.ManagedInstanceScalingStatusEnabled}
		},
		"AsyncInferenceConfig is not simulated": func(in *sagemaker.CreateEndpointConfigInput, _ *types.ProductionVariant) {
			in.AsyncInferenceConfig = &types.AsyncInferenceConfig{OutputConfig: &types.AsyncInferenceOutputConfig{}}
		},
		"at 'tags.member.key' failed to satisfy constraint: Member must not be null": func(in *sagemaker.CreateEndpointConfigInput, _ *types.ProductionVariant) {
			in.Tags = []types.Tag{{Key: aws.String(""), Value: aws.String("")}}
		},
	} {
		variants := []types.ProductionVariant{oneVariant("Blue", "ml.m5.large", 1)}
		in := &sagemaker.CreateEndpointConfigInput{EndpointConfigName: aws.String("new"), ProductionVariants: variants}
		change(in, &variants[0])
		_, err := sm.CreateEndpointConfig(t.Context(), in)
		wantCode(t, err, "ValidationException", message)
	}
}
