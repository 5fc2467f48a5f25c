package cloud

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// ScalingActivity is a change that auto scaling made or tried to make, in AWS's words.
type ScalingActivity struct {
	ID          string
	Start, End  time.Time // End is zero while it goes on
	Description string
	Cause       string
	Status      string // Pending, InProgress, Successful, Overridden, Unfulfilled, Failed
	Message     string // about Status
}

// ScalingActivities of the endpoint's variant that were not over before since, oldest first. It needs
// application-autoscaling:DescribeScalingActivities.
func (c *Cloud) ScalingActivities(ctx context.Context, endpoint, variant string, since time.Time) ([]ScalingActivity, error) {
	return c.activitiesOf(ctx, scalableVariant(endpoint, variant), since)
}

// ComponentScalingActivities are those of an inference component.
func (c *Cloud) ComponentScalingActivities(ctx context.Context, component string, since time.Time) ([]ScalingActivity, error) {
	return c.activitiesOf(ctx, scalableComponent(component), since)
}

func (c *Cloud) activitiesOf(ctx context.Context, what scalable, since time.Time) ([]ScalingActivity, error) {
	pages := applicationautoscaling.NewDescribeScalingActivitiesPaginator(applicationautoscaling.NewFromConfig(c.cfg), &applicationautoscaling.DescribeScalingActivitiesInput{
		ServiceNamespace:  types.ServiceNamespaceSagemaker,
		ResourceId:        &what.resource,
		ScalableDimension: what.dimension,
	})
	var all []ScalingActivity
	for older := false; pages.HasMorePages() && !older; {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.Explain(err)
		}
		for _, a := range page.ScalingActivities {
			if end := aws.ToTime(a.EndTime); !end.IsZero() && end.Before(since) {
				older = true // the newest come first
				break
			}
			all = append(all, scalingActivity(&a))
		}
	}
	slices.Reverse(all)
	return all, nil
}

func scalingActivity(a *types.ScalingActivity) ScalingActivity {
	return ScalingActivity{
		ID: aws.ToString(a.ActivityId), Start: aws.ToTime(a.StartTime), End: aws.ToTime(a.EndTime),
		Description: aws.ToString(a.Description), Cause: aws.ToString(a.Cause),
		Status: string(a.StatusCode), Message: aws.ToString(a.StatusMessage),
	}
}
