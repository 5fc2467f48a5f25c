package sagemaker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
)

// shape is what all requests of one form have in common. It is read off a request that the SDK's own client has made: where to,
// under which headers and in which scope to sign stay its decisions, whatever the AWS configuration says.
type shape struct {
	url             *url.URL
	host            string // Host header
	agent           string // User-Agent header, which is not signed
	fields          []field
	region, service string // of the signature's scope
}

// field is a header that is sent.
type field struct {
	name, value string
	signed      bool
}

// volatile are headers of which each request has its own, or that only say how often the SDK has tried.
var volatile = []string{
	"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "User-Agent", "Content-Length", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request",
}

// errCaptured ends the SDK's call once its request is known.
var errCaptured = errors.New("sagemaker: captured")

// capturer is an HTTP client that keeps the request and sends nothing.
type capturer struct{ req *http.Request }

func (c *capturer) Do(req *http.Request) (*http.Response, error) {
	c.req = req
	return nil, errCaptured
}

// newShapes returns the shape of each of cfg's forms.
func newShapes(cfg *Config) (shapes []*shape, err error) {
	for _, f := range cfg.forms() {
		s, err := newShape(cfg, f)
		if err != nil {
			return nil, err
		}
		shapes = append(shapes, s)
	}
	return shapes, nil
}

// newShape has the SDK make a request as for cfg and returns its shape. Nothing is sent, and no credentials are asked for.
func newShape(cfg *Config, f form) (*shape, error) {
	var c capturer
	own := cfg.AWS.Copy()
	own.Credentials = typedCredentials{credentials.NewStaticCredentialsProvider("shape", "shape", "")} // as they are in the SDK's way: it tells AWS their source
	client := runtimeClient(&Config{AWS: own, BaseEndpoint: cfg.BaseEndpoint}, &c)
	input := inputOf(cfg, f)
	input.Body = []byte{0}
	var err error
	if cfg.Stream {
		_, err = client.InvokeEndpointWithResponseStream(context.Background(), streamInput(&input))
	} else {
		_, err = client.InvokeEndpoint(context.Background(), &input)
	}
	if c.req == nil {
		return nil, err
	}
	return shapeOf(c.req)
}

func shapeOf(req *http.Request) (*shape, error) {
	s := &shape{url: req.URL, host: req.Host, agent: req.Header.Get("User-Agent")}
	if s.host == "" {
		s.host = req.URL.Host
	}
	auth := req.Header.Get("Authorization")
	_, scope, signed := strings.Cut(auth, "AWS4-HMAC-SHA256 Credential=shape/")
	parts := strings.SplitN(scope, "/", 4)
	if !signed || len(parts) != 4 {
		return nil, errors.New("requests are not to be signed with SigV4")
	}
	s.region, s.service = parts[1], parts[2]
	names := signedHeaders(auth)
	for name, values := range req.Header {
		if !slices.Contains(volatile, name) {
			s.fields = append(s.fields, field{name, strings.TrimSpace(strings.Join(values, ",")), slices.Contains(names, strings.ToLower(name))})
		}
	}
	slices.SortFunc(s.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return s, nil
}

// signedHeaders are the names in an Authorization header.
func signedHeaders(auth string) []string {
	_, list, _ := strings.Cut(auth, "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	return strings.Split(list, ";")
}

// runtimeClient is the SDK's client, which sends by way of do and never twice.
func runtimeClient(cfg *Config, do sagemakerruntime.HTTPClient) *sagemakerruntime.Client {
	return sagemakerruntime.NewFromConfig(cfg.AWS, func(o *sagemakerruntime.Options) {
		o.Retryer = aws.NopRetryer{}
		o.HTTPClient = do
		if cfg.BaseEndpoint != "" {
			o.BaseEndpoint = &cfg.BaseEndpoint
		}
	})
}

// inputOf is a request of that form without its body.
func inputOf(cfg *Config, f form) sagemakerruntime.InvokeEndpointInput {
	return sagemakerruntime.InvokeEndpointInput{
		EndpointName:           &cfg.Endpoint,
		ContentType:            given(f.contentType),
		Accept:                 given(cfg.Accept),
		TargetVariant:          given(cfg.Variant),
		TargetModel:            given(f.targetModel),
		InferenceComponentName: given(cfg.InferenceComponent),
		SessionId:              given(cfg.SessionID),
		CustomAttributes:       given(cfg.CustomAttributes),
	}
}

// given is nil for what was not given, so that no empty header is sent.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// head is what all heads begin with: everything but length, date, token and signature.
func (s *shape) head() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\n", s.url.RequestURI(), s.host)
	if s.agent != "" {
		fmt.Fprintf(&b, "User-Agent: %s\r\n", s.agent)
	}
	for _, f := range s.fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	b.WriteString("Content-Length: ")
	return b.Bytes()
}
