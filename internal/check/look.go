package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"

	"sagetop/cwmetrics"
	"sagetop/internal/cloud"
)

// Config says what is looked at.
type Config struct {
	Cloud     *cloud.Cloud  // nil: a container is asked by its URL, without AWS
	Version   string        // of sagetop
	Name      string        // of the endpoint
	Variant   string        // empty: the endpoint's own, which is the first
	Component string        // inference component that is invoked; empty: none
	URL       string        // that stands for all of AWS; empty: none
	Patience  time.Duration // with one call; 0: 2 s
}

const (
	defaultPatience = 2 * time.Second

	// usualVariant is what SageMaker's own tools name the variant of an endpoint. What needs the name of one is asked about it while
	// the endpoint is still being described, and once more if that tells of another one.
	usualVariant = "AllTraffic"

	// usualType is on the price list wherever there is hosting.
	usualType = "ml.m5.xlarge"
)

// look is a Report coming about.
type look struct {
	Config
	began time.Time
	api   *sagemaker.Client
	cw    *cloudwatch.Client

	identity   cloud.Identity
	endpoint   *cwmetrics.Endpoint
	variant    ofVariant
	components ofComponents
	logsGroup  string

	whoErr, describeErr, tagsErr, listErr, logsErr, priceErr, quotaErr, defaultErr error
}

// ofVariant is what can be asked only about a variant, or about the inference component that is named.
type ofVariant struct {
	traffic                               float64
	point                                 *cwmetrics.Point
	scaling                               *cloud.AutoScaling
	trafficErr, scalingErr, activitiesErr error
}

// Look asks everything at the same time, and is patient with none of it. Its error says why nothing can be said of the endpoint: there
// is none of that name, or the credentials are not good.
func Look(ctx context.Context, cfg Config) (*Report, error) {
	cfg.Patience = cmp.Or(cfg.Patience, defaultPatience)
	l := &look{Config: cfg, began: time.Now(), api: sagemaker.NewFromConfig(cfg.Cloud.AWS()), cw: cloudwatch.NewFromConfig(cfg.Cloud.AWS())}
	creds, err := cfg.Cloud.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	guess := &cwmetrics.Endpoint{
		Name: cfg.Name, PublishEvery: time.Minute, Variants: []cwmetrics.Variant{{Name: cmp.Or(cfg.Variant, usualVariant)}}, Component: l.component(),
	}
	together(ctx, cfg.Patience, slices.Concat(l.calls(), l.ofVariant(guess), l.ofComponent())...)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if err := l.hopeless(ctx); err != nil {
		return nil, err
	}
	together(ctx, cfg.Patience/2, l.more(guess)...)
	return l.report(creds), nil
}

// together makes the calls at the same time, each within a limit, and returns when all are over.
func together(ctx context.Context, limit time.Duration, calls ...func(context.Context)) {
	var wg sync.WaitGroup
	for _, call := range calls {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			call(ctx)
		})
	}
	wg.Wait()
}

// calls need nothing but the endpoint's name.
func (l *look) calls() []func(context.Context) {
	return []func(context.Context){
		func(ctx context.Context) { l.identity, l.whoErr = l.Cloud.Identity(ctx) },
		func(ctx context.Context) {
			l.endpoint, l.describeErr = cwmetrics.Describe(ctx, l.api, l.Name, cwmetrics.DescribeOptions{})
			l.describeErr = l.Cloud.Explain(l.describeErr)
		},
		func(ctx context.Context) {
			_, err := l.api.ListEndpoints(ctx, &sagemaker.ListEndpointsInput{MaxResults: aws.Int32(1)})
			l.listErr = l.Cloud.Explain(err)
		},
		func(ctx context.Context) {
			_, l.logsGroup, l.logsErr = l.Cloud.Logs(ctx, l.Name, l.Component, time.Now())
		},
		func(ctx context.Context) { _, l.priceErr = l.Cloud.HostingPrice(ctx, usualType) },
		func(ctx context.Context) {
			_, err := servicequotas.NewFromConfig(l.Cloud.AWS()).ListServiceQuotas(ctx, &servicequotas.ListServiceQuotasInput{
				ServiceCode: aws.String("sagemaker"), MaxResults: aws.Int32(1),
			})
			l.quotaErr = l.Cloud.Explain(err)
		},
		func(ctx context.Context) {
			_, err := servicequotas.NewFromConfig(l.Cloud.AWS()).ListAWSDefaultServiceQuotas(ctx, &servicequotas.ListAWSDefaultServiceQuotasInput{
				ServiceCode: aws.String("sagemaker"), MaxResults: aws.Int32(1),
			})
			l.defaultErr = l.Cloud.Explain(err)
		},
	}
}

// ofVariant asks about e's variant, or the first of them.
func (l *look) ofVariant(e *cwmetrics.Endpoint) []func(context.Context) {
	l.variant = ofVariant{}
	v := e.Variant(l.Variant)
	return []func(context.Context){
		func(ctx context.Context) {
			n, err := cwmetrics.Traffic(ctx, l.cw, e, time.Now())
			l.variant.traffic, l.variant.trafficErr = n, l.Cloud.Explain(err)
		},
		func(ctx context.Context) { l.variant.point = l.newest(ctx, e, v.Name) },
		func(ctx context.Context) {
			l.variant.scaling, l.variant.scalingErr = l.autoScalingOf(ctx, v.Name)
		},
		func(ctx context.Context) { l.variant.activitiesErr = l.activitiesOf(ctx, v.Name) },
	}
}

// autoScalingOf the component that is named, else of the variant.
func (l *look) autoScalingOf(ctx context.Context, variant string) (*cloud.AutoScaling, error) {
	if l.Component != "" {
		return l.Cloud.ComponentScaling(ctx, l.Component)
	}
	return l.Cloud.AutoScaling(ctx, l.Name, variant)
}

// activitiesOf it are asked for to know whether they may be.
func (l *look) activitiesOf(ctx context.Context, variant string) (err error) {
	if l.Component != "" {
		_, err = l.Cloud.ComponentScalingActivities(ctx, l.Component, time.Now())
	} else {
		_, err = l.Cloud.ScalingActivities(ctx, l.Name, variant, time.Now())
	}
	return err
}

// newest period in which the variant was invoked, nil when there is none. Why it could not be read, Traffic's error says.
func (l *look) newest(ctx context.Context, e *cwmetrics.Endpoint, variant string) *cwmetrics.Point {
	poller, err := cwmetrics.NewPoller(cwmetrics.PollerConfig{CloudWatch: l.cw, Endpoint: e, Variant: variant, Timeout: l.Patience})
	if err != nil {
		return nil
	}
	sample, err := poller.Poll(ctx)
	if err != nil {
		return nil
	}
	for i := len(sample.Points) - 1; i >= 0; i-- {
		if p := &sample.Points[i]; p.Model != nil {
			return p
		}
	}
	return nil
}

// hopeless is why the rest of the answers would say nothing more.
func (l *look) hopeless(ctx context.Context) error {
	for _, err := range []error{l.whoErr, l.describeErr, l.variant.trafficErr} {
		if cloud.Fatal(err) || l.URL != "" && errors.Is(err, cloud.ErrNotAWS) {
			return err
		}
	}
	switch {
	case l.URL != "" && errors.Is(l.whoErr, cloud.ErrUnreachable):
		return l.whoErr
	case errors.Is(l.describeErr, cloud.ErrNoEndpoint):
		ctx, cancel := context.WithTimeout(ctx, l.Patience)
		defer cancel()
		return l.Cloud.NoEndpoint(ctx, l.Name)
	case l.endpoint != nil && l.endpoint.Variant(l.Variant) == nil && len(l.endpoint.Variants) > 0:
		return NoVariant(l.endpoint, l.Variant)
	case errors.Is(l.components.describeErr, cwmetrics.ErrNoComponent):
		return cloud.NoComponent(l.Name, l.Component, l.components.there)
	}
	return nil
}

// NoVariant is the error for a name that no variant of e has.
func NoVariant(e *cwmetrics.Endpoint, name string) error {
	names := make([]string, len(e.Variants))
	for i := range e.Variants {
		names[i] = e.Variants[i].Name
	}
	return fmt.Errorf("endpoint %s has no variant %q: it has %s", e.Name, name, strings.Join(names, ", "))
}

// more is what the description of the endpoint leads to.
func (l *look) more(guess *cwmetrics.Endpoint) []func(context.Context) {
	var calls []func(context.Context)
	if arn := l.arn(); !strings.Contains(arn, "*") && !errors.Is(l.describeErr, cloud.ErrUnreachable) {
		calls = append(calls, func(ctx context.Context) { _, l.tagsErr = l.Cloud.Tags(ctx, arn) })
	} else {
		l.tagsErr = dependent(l.describeErr, noARN)
	}
	switch e := l.endpoint; {
	case l.Component != "": // of which all is asked by its own name
	case e != nil && len(e.Variants) > 0 && (len(e.Variants) > 1 || e.Variants[0].Name != guess.Variants[0].Name):
		calls = append(calls, l.ofVariant(e)...)
	}
	if l.Component == "" && l.shares() {
		calls = append(calls, l.listComponents)
	}
	return calls
}

// arn of the endpoint; with a * for the account when that is not known, as in a policy.
func (l *look) arn() string {
	if l.endpoint != nil && l.endpoint.ARN != "" {
		return l.endpoint.ARN
	}
	return l.resource("sagemaker", "endpoint/"+strings.ToLower(l.Name)) // as SageMaker writes it
}

// resource of this account and region by its ARN.
func (l *look) resource(service, name string) string {
	return strings.Join([]string{"arn", partition(l.Cloud.Region()), service, l.Cloud.Region(), cmp.Or(l.identity.Account, "*"), name}, ":")
}

// partition that a region belongs to.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
