package simulator

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
)

func TestInferenceComponents(t *testing.T) {
	c, sm, _ := controlled(t, func(e *EndpointConfig) { e.Components = []Component{{"llama", 2}, {"idle", 0}} })
	out, err := sm.DescribeInferenceComponent(t.Context(), &sagemaker.DescribeInferenceComponentInput{InferenceComponentName: aws.String("llama")})
	if err != nil {
		t.Fatal(err)
	}
	if *out.EndpointName != "demo" || *out.VariantName != "AllTraffic" || *out.RuntimeConfig.CurrentCopyCount != 2 || *out.RuntimeConfig.DesiredCopyCount != 2 || out.InferenceComponentStatus != types.InferenceComponentStatusInService {
		t.Errorf("component %+v, %+v", out, out.RuntimeConfig)
	}
	_, err = sm.DescribeInferenceComponent(t.Context(), &sagemaker.DescribeInferenceComponentInput{InferenceComponentName: aws.String("nope")})
	wantCode(t, err, "ValidationException", `Could not find inference component "arn:aws:sagemaker:us-east-1:123456789012:inference-component/nope".`)

	invoke := func(component string) error {
		_, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) {
			if component != "" {
				in.InferenceComponentName = &component
			}
		})
		return err
	}
	if err := invoke("llama"); err != nil {
		t.Error(err)
	}
	wantCode(t, invoke("idle"), "ValidationError", "Inference Component has no capacity to process this request")
	wantCode(t, invoke(""), "ValidationError", "header is required")
	wantCode(t, invoke("nope"), "ValidationError", "Inference Component nope of account 123456789012 not found.")

	scale := func(copies int32) error {
		_, err := sm.UpdateInferenceComponentRuntimeConfig(t.Context(), &sagemaker.UpdateInferenceComponentRuntimeConfigInput{
			InferenceComponentName: aws.String("idle"), DesiredRuntimeConfig: &types.InferenceComponentRuntimeConfig{CopyCount: &copies},
		})
		return err
	}
	wantCode(t, scale(-1), "ValidationException", "desiredRuntimeConfig.copyCount")
	if err := scale(1); err != nil {
		t.Fatal(err)
	}
	if err := invoke("idle"); err != nil {
		t.Error(err)
	}
	list, err := sm.ListInferenceComponents(t.Context(), &sagemaker.ListInferenceComponentsInput{EndpointNameEquals: aws.String("demo"), NameContains: aws.String("lam")})
	if err != nil || len(list.InferenceComponents) != 1 || *list.InferenceComponents[0].InferenceComponentName != "llama" {
		t.Errorf("listed %v, error %v", list, err)
	}
}

func TestComponentsAreChecked(t *testing.T) {
	for _, components := range [][]Component{{{"a_b", 1}}, {{"a", -1}}, {{"a", 1}, {"a", 1}}} {
		if _, err := New(Config{Endpoints: []EndpointConfig{{Name: "demo", Components: components}}}); !errors.Is(err, ErrConfig) {
			t.Errorf("%v: error %v, want ErrConfig", components, err)
		}
	}
}
