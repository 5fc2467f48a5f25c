package cloud

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
)

// NoComponent is the error for a name that no inference component of the endpoint has, with those that there are, nearest first.
func NoComponent(endpoint, name string, there []string) error {
	if len(there) == 0 {
		return problem(ErrNoComponent, nil, "no inference component %q on endpoint %s: there are none at all\nleave --inference-component away, or see: aws sagemaker list-inference-components --endpoint-name-equals %s",
			name, endpoint, endpoint)
	}
	return problem(ErrNoComponent, nil, "no inference component %q on endpoint %s\n%s", name, endpoint, thereAre(name, there))
}

// copies asks for so many of the component.
func (s *Scaler) copies(ctx context.Context, n int) error {
	_, err := sagemaker.NewFromConfig(s.Cloud.cfg).UpdateInferenceComponentRuntimeConfig(ctx, &sagemaker.UpdateInferenceComponentRuntimeConfigInput{
		InferenceComponentName: &s.Component, DesiredRuntimeConfig: &types.InferenceComponentRuntimeConfig{CopyCount: aws.Int32(int32(n))},
	})
	return err
}

// explainCopies is explain of a component.
func (s *Scaler) explainCopies(err error, n int) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return s.Cloud.Explain(err)
	}
	switch message := strings.ToLower(api.ErrorMessage()); {
	case contains(message, "could not find inference component"):
		return problem(ErrNoComponent, err, "no inference component %q in %s\nsee: aws sagemaker list-inference-components", s.Component, s.Cloud.region)
	case contains(message, "in-progress", "in progress", "being updated"):
		return problem(ErrRefused, err, "inference component %s is being updated already, and takes no other update until it is InService\nlook at it: %s", s.Component, s.look())
	case contains(message, "scalable target", "auto scaling", "autoscaling"):
		return problem(ErrRefused, err, "auto scaling keeps %d copies of %s from being set: %s\nchange its bounds: aws application-autoscaling register-scalable-target", n, s.Component, oneLine(api.ErrorMessage()))
	case contains(message, "hardware resources"):
		return problem(ErrRefused, err, "the instances of %s have no room for %d copies of %s: %s\nadd instances, or use fewer copies", s.Endpoint, n, s.Component, oneLine(api.ErrorMessage()))
	}
	return s.Cloud.Explain(err)
}

func (s *Scaler) look() string {
	return "aws sagemaker describe-inference-component --inference-component-name " + s.Component
}

// lookCopies is Look at a component. It needs sagemaker:DescribeInferenceComponent.
func (s *Scaler) lookCopies(ctx context.Context) (Capacity, error) {
	out, err := sagemaker.NewFromConfig(s.Cloud.cfg).DescribeInferenceComponent(ctx, &sagemaker.DescribeInferenceComponentInput{InferenceComponentName: &s.Component})
	if err != nil {
		return Capacity{}, s.explainCopies(err, 0)
	}
	c := Capacity{Status: types.EndpointStatus(out.InferenceComponentStatus), Reason: oneLine(aws.ToString(out.FailureReason))}
	if r := out.RuntimeConfig; r != nil {
		c.Current, c.Desired = int(aws.ToInt32(r.CurrentCopyCount)), int(aws.ToInt32(r.DesiredCopyCount))
	}
	return c, nil
}

// goneCopies is gone of a component. Copies for which the instances have no room do not come.
func (s *Scaler) goneCopies(c Capacity, n int, settled bool) error {
	why := ""
	if c.Reason != "" {
		why = ": " + strings.TrimSuffix(c.Reason, ".")
	}
	switch c.Status {
	case types.EndpointStatusFailed, types.EndpointStatusDeleting:
		return problem(ErrRefused, nil, "inference component %s is %s, with %d of the %d copies asked for%s\nadd instances, or ask for fewer copies; look at it: %s",
			s.Component, c.Status, c.Current, n, why, s.look())
	case types.EndpointStatusInService:
		switch {
		case !settled:
		case c.Desired != n:
			return problem(ErrRefused, nil, "inference component %s is InService with %d copies, not with the %d asked for%s\nit was rolled back, or something else changed it",
				s.Component, c.Current, n, why)
		case c.Current < n:
			return problem(ErrRefused, nil, "inference component %s is InService with %d of %d copies%s\nthe others found no place: add instances, or ask for fewer",
				s.Component, c.Current, n, why)
		}
	}
	return nil
}

// ComponentScaling is AutoScaling of an inference component, whose bounds are copies.
func (c *Cloud) ComponentScaling(ctx context.Context, component string) (*AutoScaling, error) {
	return c.scalingOf(ctx, scalableComponent(component))
}
