package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sagetop/internal/simulator/model"
)

func setFault(t *testing.T, s *Server, f Fault) func() {
	t.Helper()
	cancel, err := s.Fault(f)
	if err != nil {
		t.Fatal(err)
	}
	return cancel
}

func httpStatus(err error) int {
	var response interface{ HTTPStatusCode() int }
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

func TestFaultsOfInvocations(t *testing.T) {
	c := serve(t, fast())
	for kind, test := range map[FaultKind]struct {
		status        int
		code, message string
	}{
		FaultThrottled:    {400, "ThrottlingException", ""},
		FaultNotReady:     {429, "ModelNotReadyException", "not ready"},
		FaultInvalid:      {400, "ValidationError", "invalid"},
		FaultAccessDenied: {403, "AccessDeniedException", "is not authorized to perform: sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo"},
		FaultExpiredToken: {403, "ExpiredTokenException", "expired"},
		FaultInternal:     {500, "InternalFailure", "internal"},
		FaultUnavailable:  {503, "ServiceUnavailable", "unavailable"},
		FaultDependency:   {530, "InternalDependencyException", "dependency"},
		FaultModel:        {424, "ModelError", "Received server error (500) from model"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			defer setFault(t, c.server, Fault{Kind: kind})()
			_, err := c.invoke(t)
			wantCode(t, err, test.code, test.message)
			if got := httpStatus(err); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if n := c.server.Counts()[Answer{"InvokeEndpoint", test.status, test.code}]; n != 1 {
				t.Errorf("%d counted, want 1", n)
			}
		})
	}
	if _, err := c.invoke(t); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	c := serve(t, fast())
	t.Run("html", func(t *testing.T) {
		for kind, status := range map[FaultKind]int{FaultBadGateway: 502, FaultGatewayTimeout: 504} {
			setFault(t, c.server, Fault{Kind: kind, Next: 1})
			if _, err := c.invoke(t); httpStatus(err) != status {
				t.Errorf("%v, want status %d", err, status)
			}
		}
	})
	t.Run("reset", func(t *testing.T) {
		setFault(t, c.server, Fault{Kind: FaultReset, Next: 1})
		if _, err := c.invoke(t); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("%v, want a reset", err)
		}
		if n := c.server.Counts()[Answer{"InvokeEndpoint", 0, CodeReset}]; n != 1 {
			t.Errorf("%d counted, want 1", n)
		}
	})
	t.Run("truncated", func(t *testing.T) {
		setFault(t, c.server, Fault{Kind: FaultTruncated, Next: 1})
		if _, err := c.invoke(t); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v, want an unexpected end", err)
		}
		if n := c.server.Counts()[Answer{"InvokeEndpoint", 200, CodeTruncated}]; n != 1 {
			t.Errorf("%d counted, want 1", n)
		}
	})
	t.Run("stall", func(t *testing.T) {
		setFault(t, c.server, Fault{Kind: FaultStall, Next: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := sagemakerruntime.NewFromConfig(c.config).InvokeEndpoint(ctx, &sagemakerruntime.InvokeEndpointInput{EndpointName: aws.String("demo"), Body: []byte("{}")})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the deadline", err)
		}
	})
	if _, err := c.invoke(t); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

func TestFaultsOfTheOtherServices(t *testing.T) {
	c := serve(t, fast())
	ctx := t.Context()
	setFault(t, c.server, Fault{Kind: FaultAccessDenied, Operation: "GetMetricData", Next: 1})
	setFault(t, c.server, Fault{Kind: FaultThrottled, Operation: "GetMetricData", Next: 1})
	setFault(t, c.server, Fault{Kind: FaultAccessDenied, Operation: "DescribeEndpoint", Message: "User: me is not authorized"})
	setFault(t, c.server, Fault{Kind: FaultInternal, Operation: "GetCallerIdentity"})
	metrics := func() error {
		_, err := cloudwatch.NewFromConfig(c.config).GetMetricData(ctx, queryOf("demo", "Invocations", "Sum", time.Now(), time.Minute))
		return err
	}
	wantCode(t, metrics(), "AccessDenied", "User: arn:aws:sts::123456789012:assumed-role/sagetop-demo/demo is not authorized to perform: cloudwatch:GetMetricData")
	wantCode(t, metrics(), "Throttling", "Rate exceeded")
	if err := metrics(); err != nil {
		t.Errorf("after the faults: %v", err)
	}
	_, err := sagemaker.NewFromConfig(c.config).DescribeEndpoint(ctx, &sagemaker.DescribeEndpointInput{EndpointName: aws.String("demo")})
	wantCode(t, err, "AccessDeniedException", "User: me is not authorized")
	_, err = sts.NewFromConfig(c.config).GetCallerIdentity(ctx, nil)
	wantCode(t, err, "InternalFailure", "")
	if _, err := c.invoke(t); err != nil {
		t.Errorf("invocations are not disturbed: %v", err)
	}
	setFault(t, c.server, Fault{Kind: FaultUnavailable, Operation: "*"})
	if httpStatus(metrics()) != 503 {
		t.Error("a fault of all operations spares GetMetricData")
	}
	c.server.ClearFaults()
	if err := metrics(); err != nil {
		t.Errorf("after clearing: %v", err)
	}
}

func TestFaultOfAShare(t *testing.T) {
	c := serve(t, fast())
	setFault(t, c.server, Fault{Kind: FaultUnavailable, Share: 0.3, Endpoint: "demo"})
	failed := 0
	for range 200 {
		if _, err := c.invoke(t); err != nil {
			failed++
		}
	}
	if failed < 30 || failed > 90 {
		t.Errorf("%d of 200 failed, want about 60", failed)
	}
}

func TestBadFaults(t *testing.T) {
	s := testServer(t)
	for _, f := range []Fault{{}, {Kind: "x"}, {Kind: FaultReset, Share: 2}, {Kind: FaultReset, Next: -1}, {Kind: FaultSlow, Delay: -1}} {
		if _, err := s.Fault(f); !errors.Is(err, ErrFault) {
			t.Errorf("%+v: %v, want ErrFault", f, err)
		}
	}
	if _, err := s.Fault(Fault{Kind: FaultReset, Endpoint: "x"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown endpoint: %v", err)
	}
}

// Close ends requests that would have waited for half an hour.
func TestCloseEndsAtOnce(t *testing.T) {
	p := model.Fast()
	p.Service = model.Lognormal{Median: model.Duration(30 * time.Minute)}
	p.Timeout = model.Duration(time.Hour)
	s, err := New(Config{Credentials: testCredentials, Endpoints: []EndpointConfig{{Name: "demo", Profile: &p}}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := invocation()
	signed := g.request(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.URL+g.path, strings.NewReader(g.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header, r.Host = signed.Header, signed.Host
	ended := make(chan error)
	go func() {
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		ended <- err
	}()
	for arrived := false; !arrived; {
		select {
		case err := <-ended:
			t.Fatalf("the request ended early: %v", err)
		case <-time.After(time.Millisecond):
			arrived = s.requests.Load() > 0
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the request was answered")
	}
	if err := l.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestListenSaysWhyItCannot(t *testing.T) {
	s := testServer(t)
	l, err := s.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := s.Listen(t.Context(), strings.TrimPrefix(l.URL, "http://")); err == nil || !strings.Contains(err.Error(), "simulator: cannot listen") {
		t.Errorf("a taken address: %v", err)
	}
}
