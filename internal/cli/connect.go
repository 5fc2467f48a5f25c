package cli

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awssagemaker "github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"sagetop/cwmetrics"
	"sagetop/internal/check"
	"sagetop/internal/cloud"
	"sagetop/internal/report"
	"sagetop/internal/session"
)

// site is what stands before any load: who we are, and the endpoint as it is described.
type site struct {
	cloud     *cloud.Cloud
	container *url.URL // instead of an endpoint at AWS; then cloud is nil
	creds     cloud.Credentials
	identity  cloud.Identity
	here      string // the client's region, where that is known
	endpoint  *cwmetrics.Endpoint
	variant   *cwmetrics.Variant
	scaling   *session.AutoScaling
	scaled    bool // scaling was read
	tags      map[string]string
	traffic   float64  // other people's invocations of the last 15 minutes, -1 when not known
	own       float64  // those of earlier runs
	unknown   []string // what could not be read and why, one line each
	simulated bool
	asks      bool       // for instances, maybe: their quota is worth reading
	quota     *quotaRead // nil: it is not read
}

// connect finds credentials, identity and the endpoint. Only what the run cannot do without is an error.
func (a *app) connect(ctx context.Context, o *options, e *errand) (*site, error) {
	c, err := cloud.Load(ctx, cloud.Options{Region: o.region, Profile: o.profile, EndpointURL: o.endpointURL, Credentials: e.credentials})
	if err != nil {
		return nil, err
	}
	s := &site{cloud: c, here: c.ClientRegion(ctx), simulated: e.simulated, asks: e.asks, traffic: -1}
	if s.creds, err = c.Credentials(ctx); err != nil {
		return nil, err
	}
	if s.identity, err = c.Identity(ctx); err != nil {
		if cloud.Fatal(err) || o.endpointURL != "" && errors.Is(err, cloud.ErrUnreachable) { // with one URL for all services
			return nil, err
		}
		s.unknown = append(s.unknown, "identity: "+oneLine(err))
	}
	return s, nil
}

func oneLine(err error) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// describe the endpoint and what is around it. Without permission to describe it can still be loaded.
func (s *site) describe(ctx context.Context, o *options, name string) error {
	api := awssagemaker.NewFromConfig(s.cloud.AWS())
	e, err := cwmetrics.Describe(ctx, api, name, cwmetrics.DescribeOptions{VCPUs: o.vcpus})
	if err != nil {
		err = s.cloud.Explain(err)
	}
	switch {
	case errors.Is(err, cloud.ErrNoEndpoint):
		return s.cloud.NoEndpoint(ctx, name)
	case e == nil && !errors.Is(err, cloud.ErrDenied):
		return err
	case e == nil:
		e = &cwmetrics.Endpoint{Name: name, PublishEvery: time.Minute}
	}
	if err != nil {
		s.unknown = append(s.unknown, oneLine(err))
	}
	s.endpoint, s.variant = e, e.Variant(o.variant)
	if s.variant == nil && len(e.Variants) > 0 {
		return check.NoVariant(e, o.variant)
	}
	if err := s.describeComponent(ctx, api, o); err != nil {
		return err
	}
	s.readQuota(ctx, o)
	s.around(ctx, o)
	return nil
}

// around reads tags, auto scaling and other traffic: none of them is needed, each of them may be denied.
func (s *site) around(ctx context.Context, o *options) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	note := func(what string, err error) {
		if err != nil {
			s.unknown = append(s.unknown, what+": "+oneLine(err))
		}
	}
	var err error
	if s.endpoint.ARN != "" {
		s.tags, err = s.cloud.Tags(ctx, s.endpoint.ARN)
		note("tags", err)
	}
	if s.variant == nil {
		return
	}
	scaling, err := s.bounded(ctx)
	note("auto scaling", err)
	s.scaled = err == nil || scaling != nil
	s.scaling = scalingOf(scaling)
	if o.noCloudWatch {
		return
	}
	n, err := cwmetrics.Traffic(ctx, s.cloudWatch(), s.endpoint, time.Now())
	if err != nil {
		note("other traffic", s.cloud.Explain(err))
		return
	}
	s.traffic, s.own = s.others(n, report.Recent(report.Endpoint{
		Name: s.endpoint.Name, Account: s.identity.Account, Region: s.cloud.Region(), Component: report.ComponentOf(s.endpoint),
	}, time.Now().Add(-cwmetrics.TrafficSpan)))
}

// bounded is the auto scaling of what carries the load.
func (s *site) bounded(ctx context.Context) (*cloud.AutoScaling, error) {
	if c := s.endpoint.Component; c != nil {
		return s.cloud.ComponentScaling(ctx, c.Name)
	}
	return s.cloud.AutoScaling(ctx, s.endpoint.Name, s.variant.Name)
}

// activities of that auto scaling.
func (s *site) activities(ctx context.Context, since time.Time) ([]cloud.ScalingActivity, error) {
	if c := s.endpoint.Component; c != nil {
		return s.cloud.ComponentScalingActivities(ctx, c.Name, since)
	}
	return s.cloud.ScalingActivities(ctx, s.endpoint.Name, s.variantName(), since)
}

// others are the invocations that were not those of earlier runs. Runs' last minutes may not be counted yet, and their edges may be.
func (s *site) others(invocations, ours float64) (others, own float64) {
	others = max(0, invocations-ours)
	if others <= edgeShare*ours {
		others = 0
	}
	return others, invocations - others
}

// edgeShare of earlier runs' requests may lie on either side of the minutes that were counted.
const edgeShare = .02

func (s *site) cloudWatch() *cloudwatch.Client { return cloudwatch.NewFromConfig(s.cloud.AWS()) }

// variants that the load is spread over.
func (s *site) variants(o *options) int {
	if o.variant != "" || s.endpoint.Component != nil {
		return 1
	}
	return len(s.endpoint.Variants)
}

func (s *site) variantName() string {
	if s.variant == nil {
		return ""
	}
	return s.variant.Name
}

func staticCredentials(id, secret, token string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token, Source: "the simulator"}, nil
	})
}
