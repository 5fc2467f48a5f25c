package cloud

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
)

// Scaler changes how many instances one variant of an endpoint has, or copies one of its inference components, and waits until it has
// them.
type Scaler struct {
	Cloud     *Cloud
	Endpoint  string
	Variant   string
	Component string        // whose copies are scaled, in place of the variant's instances; empty: none
	Every     time.Duration // between two looks at the endpoint while waiting; 0: 5 s
}

const (
	defaultLook = 5 * time.Second
	unmoved     = time.Minute // after which an endpoint that shows nothing of what was asked will not do it any more
)

// Scale asks for so many instances and returns once AWS has taken that on. It needs sagemaker:UpdateEndpointWeightsAndCapacities; of
// copies, sagemaker:UpdateInferenceComponentRuntimeConfig.
func (s *Scaler) Scale(ctx context.Context, instances int) error {
	err := s.ask(ctx, instances)
	if err == nil || ctx.Err() != nil {
		return err
	}
	err = s.explain(err, instances)
	if errors.Is(err, ErrDenied) {
		return err
	}
	// An answer may be lost and its repetition be refused, although the first was taken on: the endpoint itself knows.
	if now, look := s.Look(ctx); look == nil && now.Desired == instances && now.Status == types.EndpointStatusUpdating {
		return nil
	}
	return err
}

func (s *Scaler) ask(ctx context.Context, instances int) error {
	if s.Component != "" {
		return s.copies(ctx, instances)
	}
	_, err := sagemaker.NewFromConfig(s.Cloud.cfg).UpdateEndpointWeightsAndCapacities(ctx, &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{
		EndpointName: &s.Endpoint,
		DesiredWeightsAndCapacities: []types.DesiredWeightAndCapacity{
			{VariantName: &s.Variant, DesiredInstanceCount: aws.Int32(int32(instances))},
		},
	})
	return err
}

// explain what AWS refuses an update for.
func (s *Scaler) explain(err error, instances int) error {
	if s.Component != "" {
		return s.explainCopies(err, instances)
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return s.Cloud.Explain(err)
	}
	code, message := api.ErrorCode(), api.ErrorMessage()
	switch {
	case contains(message, "Cannot update in-progress endpoint"):
		return problem(ErrRefused, err, "endpoint %s is being updated already, and takes no other update until it is InService\nwait: aws sagemaker wait endpoint-in-service --endpoint-name %s",
			s.Endpoint, s.Endpoint)
	case contains(code, "ResourceLimitExceeded"):
		return problem(ErrRefused, err, "%d instances of %s/%s are above a quota of this account: %s\nask for more under Service Quotas, Amazon SageMaker, or use fewer", instances, s.Endpoint, s.Variant, oneLine(message))
	case contains(strings.ToLower(message), "scalable target", "auto scaling", "autoscaling"):
		return problem(ErrRefused, err, "auto scaling keeps %d instances of %s/%s from being set: %s\nchange its bounds: aws application-autoscaling register-scalable-target", instances, s.Endpoint, s.Variant, oneLine(message))
	}
	return s.Cloud.Explain(err)
}

// Capacity is how a variant and its endpoint, or a component, stand.
type Capacity struct {
	Status           types.EndpointStatus
	Reason           string // of a status that is none to be in
	Current, Desired int    // instances, or copies
}

// Busy says that the endpoint takes no update now, and will later.
func (c Capacity) Busy() bool {
	switch c.Status {
	case types.EndpointStatusCreating, types.EndpointStatusUpdating, types.EndpointStatusSystemUpdating, types.EndpointStatusRollingBack:
		return true
	}
	return false
}

// Look at the variant once. It needs sagemaker:DescribeEndpoint.
func (s *Scaler) Look(ctx context.Context) (Capacity, error) {
	if s.Component != "" {
		return s.lookCopies(ctx)
	}
	out, err := sagemaker.NewFromConfig(s.Cloud.cfg).DescribeEndpoint(ctx, &sagemaker.DescribeEndpointInput{EndpointName: &s.Endpoint})
	if err != nil {
		return Capacity{}, s.Cloud.Explain(err)
	}
	c := Capacity{Status: out.EndpointStatus, Reason: oneLine(aws.ToString(out.FailureReason))}
	for _, v := range out.ProductionVariants {
		if aws.ToString(v.VariantName) == s.Variant {
			c.Current, c.Desired = int(aws.ToInt32(v.CurrentInstanceCount)), int(aws.ToInt32(v.DesiredInstanceCount))
		}
	}
	return c, nil
}

// Await returns nil once the endpoint is InService with so many instances, and an error once it will not come to that. Trouble in
// looking, but for a missing permission or endpoint, is waited out: instances come whether they are looked at or not. It needs
// sagemaker:DescribeEndpoint.
func (s *Scaler) Await(ctx context.Context, instances int) error {
	every := s.Every
	if every == 0 {
		every = defaultLook
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	moving, begun := false, time.Now()
	for {
		now, err := s.Look(ctx)
		switch {
		case errors.Is(err, ErrDenied) || errors.Is(err, ErrNoEndpoint) || errors.Is(err, ErrNoComponent):
			return err
		case err == nil && now.reached(instances):
			return nil
		case err == nil:
			moving = moving || now.Status != types.EndpointStatusInService
			if err := s.gone(now, instances, moving || time.Since(begun) > unmoved); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c Capacity) reached(instances int) bool {
	return c.Status == types.EndpointStatusInService && c.Current == instances && c.Desired == instances
}

// gone says why the instances will not come, or nil while they may. Back in service without them, after an update or long enough,
// means that it was rolled back or replaced.
func (s *Scaler) gone(c Capacity, instances int, settled bool) error {
	if s.Component != "" {
		return s.goneCopies(c, instances, settled)
	}
	why := ""
	if c.Reason != "" {
		why = ": " + c.Reason
	}
	switch c.Status {
	case types.EndpointStatusFailed, types.EndpointStatusUpdateRollbackFailed, types.EndpointStatusOutOfService, types.EndpointStatusDeleting:
		return problem(ErrRefused, nil, "endpoint %s is %s and does not get its %d instances%s\nlook at it: aws sagemaker describe-endpoint --endpoint-name %s",
			s.Endpoint, c.Status, instances, why, s.Endpoint)
	case types.EndpointStatusInService:
		if settled && c.Desired != instances {
			return problem(ErrRefused, nil, "endpoint %s is InService with %d instances, not with the %d asked for%s\nit was rolled back, or something else changed it",
				s.Endpoint, c.Current, instances, why)
		}
	}
	return nil
}
