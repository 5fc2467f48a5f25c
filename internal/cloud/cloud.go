// Package cloud knows the AWS around an endpoint: where the configuration and the credentials come from, who we are, which endpoints
// there are, how they scale and are scaled, what they log, and what an AWS error means to a person. The endpoint's metrics are not its business.
package cloud

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	smithylog "github.com/aws/smithy-go/logging"
)

// Options that a person gives. All of them may be empty.
type Options struct {
	Region      string // before AWS_REGION, the profile and EC2's metadata
	Profile     string // before AWS_PROFILE
	EndpointURL string // of every AWS service; credentials still come from their usual sources

	// Credentials stand for those of the AWS configuration; with them, neither its files nor its environment are read.
	Credentials aws.CredentialsProvider

	DialTimeout   time.Duration // for a connection of a control call; 0: 2 s
	AnswerTimeout time.Duration // from the request to the first byte of its answer; 0: 10 s
	Brief         bool          // a second attempt at a control call comes soon, and there is no third
}

// Caps of control calls: a network without a route to AWS must say so before a person wonders.
const (
	defaultDial   = 2 * time.Second
	defaultAnswer = 10 * time.Second
	tlsTimeout    = 5 * time.Second
	regionTimeout = time.Second      // to ask EC2's metadata for the region
	credsTimeout  = 20 * time.Second // to get credentials: assuming a role takes several calls
)

// Cloud is a loaded configuration. It is safe for concurrent use.
type Cloud struct {
	place
	cfg        aws.Config
	opts       Options
	regionFrom string
	source     *source
	cache      *aws.CredentialsCache
	clock      clock
}

// Load reads the configuration as the AWS CLI does and gets the first credentials. Its errors are for a person; see Problem.
func Load(ctx context.Context, opts Options) (*Cloud, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	c := &Cloud{opts: opts, place: place{profile: opts.Profile, url: opts.EndpointURL, dial: opts.DialTimeout}}
	cfg, err := load(ctx, opts)
	if err != nil {
		return nil, c.Explain(err)
	}
	if cfg.Region, c.regionFrom = findRegion(ctx, cfg, opts); cfg.Region == "" {
		return nil, c.noRegion(nil)
	}
	c.region = cfg.Region
	c.source = &source{inner: cfg.Credentials}
	c.cache = aws.NewCredentialsCache(c.source)
	cfg.Credentials = c.cache
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		cfg.HTTPClient = timed{client, &c.clock}
	}
	if opts.EndpointURL != "" {
		cfg.BaseEndpoint = &opts.EndpointURL
		cfg.ConfigSources = append([]any{everyService(opts.EndpointURL)}, cfg.ConfigSources...)
	}
	c.cfg = cfg
	if _, err := c.Credentials(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (o Options) validate() error {
	if o.Region != "" && !isHostLabel(o.Region) {
		return problem(ErrOption, nil, "region %q is none: write it like us-east-1", o.Region)
	}
	if o.EndpointURL == "" {
		return nil
	}
	u, err := url.Parse(o.EndpointURL)
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return problem(ErrOption, nil, "endpoint URL %q is none: write it like http://127.0.0.1:4566", o.EndpointURL)
	case u.User != nil:
		return problem(ErrOption, nil, "endpoint URL of host %s has a user in it: credentials come from the AWS configuration", u.Host)
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.DialTimeout == 0 {
		o.DialTimeout = defaultDial
	}
	if o.AnswerTimeout == 0 {
		o.AnswerTimeout = defaultAnswer
	}
	return o
}

// load reads flags, environment and files anew, unless the credentials were given with everything else.
func load(ctx context.Context, opts Options) (aws.Config, error) {
	if opts.Credentials != nil {
		return aws.Config{Region: opts.Region, Credentials: opts.Credentials, HTTPClient: httpClient(opts), Retryer: opts.newRetryer}, nil
	}
	load := []func(*config.LoadOptions) error{
		config.WithHTTPClient(httpClient(opts)),
		config.WithRetryer(opts.newRetryer),
		config.WithLogger(smithylog.Nop{}), // else it writes to stderr, where a screen may be: what matters of it the errors say
	}
	if opts.Region != "" {
		load = append(load, config.WithRegion(opts.Region))
	}
	if opts.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(opts.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return cfg, fmt.Errorf("cloud: %w", err)
	}
	return cfg, nil
}

// everyService is a configuration source that gives one URL for each service. It stands before the environment's
// AWS_ENDPOINT_URL_<SERVICE>, which would else outrank the flag.
type everyService string

// GetServiceBaseEndpoint is asked by every client of the SDK when it is made.
func (u everyService) GetServiceBaseEndpoint(context.Context, string) (string, bool, error) {
	return string(u), true, nil
}

// AWS is the configuration to make service clients from. Clients made from it follow Refresh.
func (c *Cloud) AWS() aws.Config { return c.cfg.Copy() }

// Region of every call.
func (c *Cloud) Region() string { return c.region }

// RegionFrom says where the region was found, such as "--region", "AWS_REGION" or "profile dev in ~/.aws/config".
func (c *Cloud) RegionFrom() string { return c.regionFrom }

// isHostLabel holds for what can be a part of a host name.
func isHostLabel(s string) bool {
	for i := range len(s) {
		c := s[i]
		edge := i == 0 || i == len(s)-1
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && !edge) {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 63
}
