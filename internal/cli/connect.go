package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awssagemaker "github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"sagetop/cwmetrics"
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
}

// connect finds credentials, identity and the endpoint. Only what the run cannot do without is an error.
func (a *app) connect(ctx context.Context, o *options, e *errand) (*site, error) {
	c, err := cloud.Load(ctx, cloud.Options{Region: o.region, Profile: o.profile, EndpointURL: o.endpointURL, Credentials: e.credentials})
	if err != nil {
		return nil, err
	}
	s := &site{cloud: c, here: c.ClientRegion(ctx), simulated: e.simulated, traffic: -1}
	if s.creds, err = c.Credentials(ctx); err != nil {
		return nil, err
	}
	if s.identity, err = c.Identity(ctx); err != nil {
		if fatal(err) || o.endpointURL != "" && errors.Is(err, cloud.ErrUnreachable) { // with one URL for all services
			return nil, err
		}
		s.unknown = append(s.unknown, "identity: "+oneLine(err))
	}
	return s, nil
}

// fatal says whether err will meet every other call too.
func fatal(err error) bool {
	return errors.Is(err, cloud.ErrExpired) || errors.Is(err, cloud.ErrNoCredentials) || errors.Is(err, cloud.ErrBadCredentials)
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
		return fmt.Errorf("endpoint %s has no variant %q: it has %s", name, o.variant, variantNames(e))
	}
	s.around(ctx, o)
	return nil
}

func variantNames(e *cwmetrics.Endpoint) string {
	names := make([]string, len(e.Variants))
	for i := range e.Variants {
		names[i] = e.Variants[i].Name
	}
	return strings.Join(names, ", ")
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
	scaling, err := s.cloud.AutoScaling(ctx, s.endpoint.Name, s.variant.Name)
	note("auto scaling", err)
	s.scaled = err == nil || scaling != nil
	if scaling != nil {
		s.scaling = &session.AutoScaling{Min: scaling.Min, Max: scaling.Max, Policies: scaling.Policies, Paused: scaling.Paused}
	}
	if o.noCloudWatch {
		return
	}
	n, err := cwmetrics.Traffic(ctx, s.cloudWatch(), s.endpoint, time.Now())
	if err != nil {
		note("other traffic", s.cloud.Explain(err))
		return
	}
	s.traffic, s.own = s.others(n, report.Recent(report.Endpoint{
		Name: s.endpoint.Name, Account: s.identity.Account, Region: s.cloud.Region(),
	}, time.Now().Add(-cwmetrics.TrafficSpan)))
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
	if o.variant != "" {
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
