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
	inv, err := target.NewInvoker(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inv.Close() })
	return inv
}

// invoke sends one request at url and returns what came of it.
func invoke(t *testing.T, cfg Config) runner.Result {
	t.Helper()
	var r runner.Result
	newInvoker(t, cfg).Invoke(t.Context(), 0, &r)
	return r
}
