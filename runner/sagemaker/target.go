// Package sagemaker is a runner.Target over a SageMaker real-time endpoint: it sends InvokeEndpoint, or the same for a stream, reads
// the whole answer and says what came of it, each failure under its class. It never retries: an attempt that failed is what is to be measured.
package sagemaker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"sagetop/runner"
	"sagetop/runner/expect"
	"sagetop/runner/http1"
)

// ErrConfig is wrapped by every error about a Config that cannot be used.
var ErrConfig = errors.New("sagemaker: bad target")

// DefaultTimeout of one request: AWS advises 70 s, ten more than a container may take.
const DefaultTimeout = 70 * time.Second

// Limits that the service sets on two headers, in characters.
const (
	maxCustomAttributes = 1024
	maxSessionID        = 256
)

// newSession asks for a session, where an id names one.
const newSession = "NEW_SESSION"

// defaultConnect is enough for a connect that loses three SYNs, which takes 7 s.
const defaultConnect = 10 * time.Second

// Config says what is invoked, as whom and with what.
type Config struct {
	AWS          aws.Config // region, credentials, CA bundle; its retryer is not used
	BaseEndpoint string     // URL instead of the region's; empty: what AWS says

	URL string // of a SageMaker-style container, which is asked itself, without AWS; empty: Endpoint is invoked

	Endpoint           string   // name, required but for a URL
	Variant            string   // empty: SageMaker chooses by weight
	TargetModels       []string // of a multi-model endpoint: requests take turns
	InferenceComponent string
	SessionID          string
	CustomAttributes   string
	Accept             string
	Stream             bool   // InvokeEndpointWithResponseStream; of a container, its answer as it comes
	Tokens             string // how those of a stream are counted: TokensOpenAI or TokensText; empty: they are not

	Payload     *Payload // required
	ContentType string   // empty: the Payload's own
	Random      bool     // payloads in an order drawn from Seed, else one after the other
	Seed        uint64

	Expect []*expect.Expectation // that answers have to meet, else they are failures
	Keep   func(Exchange)        // is given each success and the bytes of it; nil: they are dropped. Users call it at the same time

	Timeout        time.Duration // of one request from send to last byte; 0: DefaultTimeout, of a stream DefaultStreamTimeout
	ConnectTimeout time.Duration // of the TCP connect and of the TLS handshake, each; 0: 10 s
	Client         string        // what sends: Lean or SDK; empty: Lean

	maxBody int64 // bytes of an answer's body; 0: http1.MaxBody
}

// The two clients. They send the same requests and report the same of what comes back; tests hold them to that.
const (
	Lean = "lean" // our own HTTP/1.1, which costs a twentieth of the CPU
	SDK  = "sdk"  // the AWS SDK's
)

// Target makes Invokers that share nothing but their configuration: each owns one connection, so that users do not contend for a
// pool, a user's connection lives as long as the user, and what a connect cost is known for the request that paid it.
type Target struct {
	cfg       Config
	transport *http.Transport // cloned by each Invoker of the SDK's
	lane      *lane           // nil: requests go the SDK's way
	why       string          // they do so although the lean one was asked for
}

// NewTarget checks cfg and fills in its defaults. It sends nothing.
func NewTarget(cfg Config) (*Target, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	switch {
	case cfg.Timeout == 0 && cfg.Stream:
		cfg.Timeout = DefaultStreamTimeout
	case cfg.Timeout == 0:
		cfg.Timeout = DefaultTimeout
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = defaultConnect
	}
	if cfg.maxBody == 0 {
		cfg.maxBody = http1.MaxBody
	}
	transport, dialer, err := newTransport(cfg.AWS.HTTPClient, cfg.ConnectTimeout)
	if err != nil {
		return nil, err
	}
	t := &Target{cfg: cfg, transport: transport}
	if cfg.URL != "" {
		t.lane, err = newContainerLane(&t.cfg, transport, dialer)
		return t, err
	}
	t.cfg.AWS.Credentials = typedCredentials{cfg.AWS.Credentials}
	if cfg.Client != SDK {
		t.lane, t.why = newLane(&t.cfg, transport, dialer)
	}
	return t, nil
}

// Client says by which client requests go, and why not by the lean one although that was asked for, empty otherwise.
func (t *Target) Client() (name, why string) {
	if t.lane == nil {
		return SDK, t.why
	}
	return Lean, ""
}

func (c *Config) validate() error {
	switch {
	case c.URL == "" && c.Endpoint == "":
		return fmt.Errorf("%w: no endpoint name", ErrConfig)
	case c.Payload == nil:
		return fmt.Errorf("%w: no payload", ErrConfig)
	case c.URL == "" && c.AWS.Region == "":
		return fmt.Errorf("%w: no region", ErrConfig)
	case c.URL == "" && c.AWS.Credentials == nil:
		return fmt.Errorf("%w: no credentials", ErrConfig)
	case c.URL != "" && c.Client == SDK:
		return fmt.Errorf("%w: client %s at a container's URL: the SDK's client knows only AWS", ErrConfig, SDK)
	case c.Client != "" && c.Client != Lean && c.Client != SDK:
		return fmt.Errorf("%w: client %q, must be %s or %s", ErrConfig, c.Client, Lean, SDK)
	case c.Timeout < 0 || c.ConnectTimeout < 0:
		return fmt.Errorf("%w: time-out %v, must be more than 0", ErrConfig, min(c.Timeout, c.ConnectTimeout))
	case c.Stream && len(c.TargetModels) > 0:
		return fmt.Errorf("%w: target model %s with a stream: InvokeEndpointWithResponseStream takes none", ErrConfig, c.TargetModels[0])
	case c.Stream && c.SessionID == newSession:
		return fmt.Errorf("%w: session id %s with a stream: only InvokeEndpoint starts sessions; give the id of one that was started", ErrConfig, newSession)
	case len(c.CustomAttributes) > maxCustomAttributes:
		return fmt.Errorf("%w: custom attributes of %d characters, SageMaker takes %d", ErrConfig, len(c.CustomAttributes), maxCustomAttributes)
	case len(c.SessionID) > maxSessionID:
		return fmt.Errorf("%w: session id of %d characters, SageMaker takes %d", ErrConfig, len(c.SessionID), maxSessionID)
	}
	headers := []header{
		{"content type", c.ContentType},
		{"accept", c.Accept},
		{"variant", c.Variant},
		{"inference component", c.InferenceComponent},
		{"custom attributes", c.CustomAttributes},
		{"session id", c.SessionID},
	}
	for _, model := range c.TargetModels {
		headers = append(headers, header{"target model", model})
	}
	for _, h := range headers {
		if strings.ContainsFunc(h.value, func(r rune) bool { return r < ' ' || r > '~' }) {
			return fmt.Errorf("%w: %s %q, only printable ASCII fits into a header", ErrConfig, h.what, h.value)
		}
	}
	return nil
}

// header is sent, and what it is about.
type header struct{ what, value string }

// NewInvoker returns an Invoker with a connection of its own, opened by its first request.
func (t *Target) NewInvoker(user int) (runner.Invoker, error) {
	if t.lane != nil {
		return newLeanInvoker(t.lane, user), nil
	}
	return newSDKInvoker(&t.cfg, t.transport.Clone(), user), nil
}

// sdkClient is the SDK's own HTTP client: it carries AWS_CA_BUNDLE, the proxies of the environment and FIPS settings.
type sdkClient interface {
	GetTransport() *http.Transport
	GetDialer() *net.Dialer
}

// newTransport returns the transport of one user, and what it dials with. What client says of certificates and proxies stays; its limits on time and
// connections are of no use under load: by default the SDK keeps 10 idle connections, and 240 users would reconnect all the time.
func newTransport(client aws.HTTPClient, connect time.Duration) (*http.Transport, *net.Dialer, error) {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	sdk, ok := client.(sdkClient)
	if !ok {
		return nil, nil, fmt.Errorf("%w: HTTP client of type %T, must be the SDK's", ErrConfig, client)
	}
	dialer := sdk.GetDialer()
	dialer.Timeout = connect
	tr := sdk.GetTransport()
	tr.DialContext = dialer.DialContext
	tr.TLSHandshakeTimeout = connect
	tr.ResponseHeaderTimeout = 0 // the request's deadline rules
	tr.MaxResponseHeaderBytes = http1.MaxHead
	tr.MaxConnsPerHost = 0
	tr.MaxIdleConns, tr.MaxIdleConnsPerHost = 1, 1 // of one user
	tr.DisableKeepAlives = false
	tr.DisableCompression = true // as boto3: the answer as the container sent it, and no CPU spent on unpacking
	onlyHTTP1(tr)
	tr.OnProxyConnectResponse = refuseProxy
	return tr, dialer, nil
}

// onlyHTTP1 undoes what the SDK's transport has set up for HTTP/2, which shares connections and would then be spoken by accident: the
// handshake's offer has to go, too.
func onlyHTTP1(tr *http.Transport) {
	tr.ForceAttemptHTTP2 = false
	tr.Protocols = new(http.Protocols)
	tr.Protocols.SetHTTP1(true)
	tr.TLSNextProto = nil
	if tr.TLSClientConfig != nil {
		tr.TLSClientConfig.NextProtos = nil
	}
}

func refuseProxy(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return &http1.ProxyError{Status: res.StatusCode}
	}
	return nil
}
