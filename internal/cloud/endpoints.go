package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// maxEndpoints bounds a listing: an account may hold thousands.
const maxEndpoints = 1000

// Endpoint as a listing has it.
type Endpoint struct {
	Name     string
	ARN      string
	Status   string // InService, Updating, ...
	Created  time.Time
	Modified time.Time
}

// Endpoints of the account in the region by name, at most 1000. It needs sagemaker:ListEndpoints.
func (c *Cloud) Endpoints(ctx context.Context) ([]Endpoint, error) {
	pages := sagemaker.NewListEndpointsPaginator(sagemaker.NewFromConfig(c.cfg), &sagemaker.ListEndpointsInput{
		MaxResults: aws.Int32(100),
		SortBy:     types.EndpointSortKeyName,
		SortOrder:  types.OrderKeyAscending,
	})
	var all []Endpoint
	for pages.HasMorePages() && len(all) < maxEndpoints {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.Explain(err)
		}
		for _, e := range page.Endpoints {
			all = append(all, Endpoint{
				Name: aws.ToString(e.EndpointName), ARN: aws.ToString(e.EndpointArn), Status: string(e.EndpointStatus),
				Created: aws.ToTime(e.CreationTime), Modified: aws.ToTime(e.LastModifiedTime),
			})
		}
	}
	return all[:min(len(all), maxEndpoints)], nil
}

// Tags of the resource arn. It needs sagemaker:ListTags.
func (c *Cloud) Tags(ctx context.Context, arn string) (map[string]string, error) {
	pages := sagemaker.NewListTagsPaginator(sagemaker.NewFromConfig(c.cfg), &sagemaker.ListTagsInput{ResourceArn: &arn})
	tags := make(map[string]string)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.Explain(err)
		}
		for _, tag := range page.Tags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
	}
	return tags, nil
}
