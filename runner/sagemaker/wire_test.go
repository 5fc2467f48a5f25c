package sagemaker

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sagetop/runner"
)

const (
	testKey    = "AKIATESTTESTTEST0001"
	testSecret = "wJalrXUtnTESTbPxRfiCYTESTKEY0123456789ab"
	testToken  = "IQoJb3JpZ2luX2VjEXAMPLETOKEN0123456789abcdefABCDEF+/0123456789=="
)

// server counts what really arrived.
type server struct {
	*httptest.Server
	requests, conns atomic.Int64
}

func newServer(t testing.TB, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		handle(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
		}
	}
	t.Cleanup(s.Close)
	return s
}

func testConfig(t testing.TB, url string) Config {
	t.Helper()
	payload, err := NewPayload([]byte(`{"inputs": "I am super happy right now."}`))
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		AWS: aws.Config{
			Region:      "us-east-1",
			Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, testToken),
			HTTPClient:  awshttp.NewBuildableClient(),
		},
		BaseEndpoint: url,
		Endpoint:     "test-endpoint",
		Payload:      payload,
	}
}

func newInvoker(t testing.TB, cfg Config) runner.Invoker {
	t.Helper()
	target, err := NewTarget(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if name, why := target.Client(); cfg.Client == Lean && name != Lean {
		t.Fatalf("not lean: %s", why)
	}
	inv, err := target.NewInvoker(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inv.Close() })
	return inv
}

// invoke sends one request by each client, both of which must have the same to say of it, and returns what it was.
func invoke(t *testing.T, cfg Config) runner.Result {
	t.Helper()
	lean, leanSample := invokeBy(t, by(Lean, cfg), 0)
	sdk, sdkSample := invokeBy(t, by(SDK, cfg), 0)
	if lean.Failure != sdk.Failure || lean.BytesIn != sdk.BytesIn || lean.BytesOut != sdk.BytesOut || lean.Opened != sdk.Opened {
		t.Errorf("lean %+v\nsdk  %+v", lean, sdk)
	}
	if a, b := nameless(leanSample), nameless(sdkSample); a != b {
		t.Errorf("lean explains %+v\nsdk  explains %+v", a, b)
	}
	for name, r := range map[string]*runner.Result{Lean: &lean, SDK: &sdk} {
		if r.Opened != (r.Connect > 0) || r.Opened != r.Local.IsLoopback() || r.Wait < r.Connect || r.FirstByte > 0 && r.FirstByte < r.Wait {
			t.Errorf("%s: connect %v <= wait %v <= first byte %v does not hold, opened %v", name, r.Connect, r.Wait, r.FirstByte, r.Opened)
		}
	}
	return lean
}

// invokeBy sends request n, and asks for a sample of it if it failed.
func invokeBy(t *testing.T, cfg Config, n uint64) (r runner.Result, s runner.Sample) {
	t.Helper()
	inv := newInvoker(t, cfg)
	inv.Invoke(t.Context(), n, &r)
	s.Request = n
	if r.Failure.Class != runner.OK {
		inv.(runner.Explainer).Explain(&s)
	}
	return r, s
}

// nameless is s with no more of the request's id than that there was one: two requests have two.
func nameless(s runner.Sample) runner.Sample {
	if s.RequestID != "" {
		s.RequestID = "some"
	}
	return s
}

// clients is how many requests one invoke makes.
const clients = 2

func by(client string, cfg Config) Config {
	cfg.Client = client
	return cfg
}

// eachClient runs a test of one client for each of them.
func eachClient(t *testing.T, test func(t *testing.T, client string)) {
	t.Helper()
	for _, client := range []string{Lean, SDK} {
		t.Run(client, func(t *testing.T) { test(t, client) })
	}
}
