package cloud

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
)

// ErrNoQuota is of an instance type that Service Quotas does not list for endpoints.
var ErrNoQuota = errors.New("cloud: no quota")

// Quota is how many instances of a type the endpoints of an account may have in a region, all of them together.
type Quota struct {
	Code  string // by which an increase is requested: L-1928E07B
	Value int
}

// quotaPage is one of a list of quotas, and the token of the next, nil after the last.
type quotaPage func(ctx context.Context, token *string) ([]types.ServiceQuota, *string, error)

// EndpointQuota of an instance type: the account's own value, else AWS's default. Quotas are found by their names, among hundreds of the
// service, so it may take many calls. It needs servicequotas:ListServiceQuotas, and for a default ListAWSDefaultServiceQuotas.
func (c *Cloud) EndpointQuota(ctx context.Context, instanceType string) (Quota, error) {
	client := servicequotas.NewFromConfig(c.cfg)
	service, most, name := aws.String("sagemaker"), aws.Int32(100), instanceType+" for endpoint usage"
	for _, list := range []quotaPage{
		func(ctx context.Context, token *string) ([]types.ServiceQuota, *string, error) {
			out, err := client.ListServiceQuotas(ctx, &servicequotas.ListServiceQuotasInput{ServiceCode: service, MaxResults: most, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.Quotas, out.NextToken, nil
		},
		func(ctx context.Context, token *string) ([]types.ServiceQuota, *string, error) {
			out, err := client.ListAWSDefaultServiceQuotas(ctx, &servicequotas.ListAWSDefaultServiceQuotasInput{ServiceCode: service, MaxResults: most, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.Quotas, out.NextToken, nil
		},
	} {
		switch q, err := list.named(ctx, name); {
		case err != nil:
			return Quota{}, c.Explain(err)
		case q != nil:
			return *q, nil
		}
	}
	return Quota{}, problem(ErrNoQuota, nil, "Service Quotas lists no %q of SageMaker in %s", name, c.region)
}

// named is the quota of that name, nil when there is none with a value.
func (list quotaPage) named(ctx context.Context, name string) (*Quota, error) {
	var token *string
	for {
		page, next, err := list(ctx, token)
		if err != nil {
			return nil, err
		}
		for _, q := range page {
			if aws.ToString(q.QuotaName) == name && q.Value != nil {
				return &Quota{Code: aws.ToString(q.QuotaCode), Value: int(*q.Value)}, nil
			}
		}
		if token = next; aws.ToString(token) == "" {
			return nil, nil
		}
	}
}
