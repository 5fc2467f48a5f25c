package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
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
		FaultRefused:      {424, "ModelError", "Received server error (503) from model"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			defer setFault(t, c.server, Fault{Kind: kind})()
			before := c.server.Counts()[Answer{"InvokeEndpoint", test.status, test.code}]
			_, err := c.invoke(t)
			wantCode(t, err, test.code, test.message)
			if got := httpStatus(err); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if n := c.server.Counts()[Answer{"InvokeEndpoint", test.status, test.code}] - before; n != 1 {
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

// What is wrong with a fault is said by its field, and by what that may be.
func TestBadFaults(t *testing.T) {
	s := testServer(t)
	for text, want := range map[string]string{
		`{}`:                                            `kind "": must be one of access_denied, bad_gateway, `,
		`{"kind":"x"}`:                                  `kind "x": must be one of`,
		`{"kind":"reset","share":2}`:                    `share "2": must be 0 to 1; 0 for all`,
		`{"kind":"reset","share":"half"}`:               `share "half": must be 0 to 1`,
		`{"kind":"reset","next":-1}`:                    `next "-1": must be a whole number`,
		`{"kind":"reset","next":1.5}`:                   `next 1.5: must be a whole number`,
		`{"kind":"slow","delay":"-1s"}`:                 `delay "-1s": must be a time such as 250ms`,
		`{"kind":"slow","delay":250}`:                   `delay 250: must be a time such as 250ms`,
		`{"kind":"slow"}`:                               `delay 0s: must be above 0 for slow`,
		`{"kind":"slow_body"}`:                          `delay 0s: must be above 0 for slow_body`,
		`{"kind":"late_points"}`:                        `delay 0s: must be above 0 for late_points`,
		`{"kind":"reset","from":"-1s"}`:                 `from "-1s"`,
		`{"kind":"reset","for":"2000h"}`:                `for "2000h0m0s": must be a time such as 2m, 0 to 1000h`,
		`{"kind":"reset","often":true}`:                 `often : must be one of the fields delay, endpoint, for, from`,
		`{"kind":"reset","operation":"Invoke"}`:         `operation "Invoke": must be an operation`,
		`{"kind":"reset","operation":"ec2:*"}`:          `operation "ec2:*": must be an operation`,
		`{"kind":"reset","endpoint":"x"}`:               `simulator: unknown endpoint "x"`,
		`{"kind":"reset","endpoint":"Demo"}`:            `simulator: unknown endpoint "Demo"`, // invocations of it would not meet it
		`{"kind":"late_points","delay":"1s","next":-2}`: `next "-2"`,
		`[]`: `must be an object with a kind`,
	} {
		var f Fault
		err := json.Unmarshal([]byte(text), &f)
		if err == nil {
			_, err = s.Fault(f)
		}
		if err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, ErrFault) && !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := New(Config{Faults: []Fault{{Kind: "x"}}}); !errors.Is(err, ErrConfig) || !errors.Is(err, ErrFault) {
		t.Errorf("from the start: %v", err)
	}
}

func TestFaultInJSON(t *testing.T) {
	text := `{"kind":"slow","operation":"GetMetricData","endpoint":"demo","next":3,"share":0.5,"delay":"250ms","message":"m","from":"10s","for":"1m0s"}`
	var f Fault
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(f); err != nil || string(again) != text {
		t.Errorf("%s, %v, want %s", again, err, text)
	}
	if again, err := json.Marshal(Fault{Kind: FaultReset}); err != nil || string(again) != `{"kind":"reset"}` {
		t.Errorf("%s, %v", again, err)
	}
}

// A fault of the configuration holds from From on, For so long, by the clock of the server.
func TestFaultInItsTime(t *testing.T) {
	h := newHand()
	config := fast()
	config.Now = h.Now
	config.Faults = []Fault{{Kind: FaultUnavailable, From: model.Duration(10 * time.Second), For: model.Duration(20 * time.Second)}}
	c := serve(t, config)
	for _, step := range []struct {
		after time.Duration
		fails bool
	}{{0, false}, {9 * time.Second, false}, {time.Second, true}, {19 * time.Second, true}, {time.Second, false}, {time.Minute, false}} {
		h.move(step.after)
		if _, err := c.invoke(t); (err != nil) != step.fails {
			t.Errorf("after another %v: error %v, want one: %v", step.after, err, step.fails)
		}
	}
	if c.server.faults.any.Load() {
		t.Error("requests still look for a fault that is over")
	}
	setFault(t, c.server, Fault{Kind: FaultUnavailable, For: model.Duration(5 * time.Second)}) // from now on
	if _, err := c.invoke(t); err == nil {
		t.Error("a fault that was set later is not met at once")
	}
	h.move(5 * time.Second)
	if _, err := c.invoke(t); err != nil {
		t.Errorf("after its time: %v", err)
	}
}

func TestFaultOfAService(t *testing.T) {
	c := serve(t, fast())
	setFault(t, c.server, Fault{Kind: FaultThrottled, Operation: "cloudwatch:*"})
	_, err := cloudwatch.NewFromConfig(c.config).GetMetricData(t.Context(), queryOf("demo", "Invocations", "Sum", time.Now(), time.Minute))
	wantCode(t, err, "Throttling", "Rate exceeded")
	if _, err := c.invoke(t); err != nil {
		t.Errorf("another service: %v", err)
	}
}

// Faults do not pile up: neither such as are over, nor the gaps that some leave behind.
func TestFaultsAreBounded(t *testing.T) {
	s := testServer(t)
	for range 2 * maxFaults {
		setFault(t, s, Fault{Kind: FaultMissingPoints})()
		setFault(t, s, Fault{Kind: FaultReset})()
	}
	if n := len(s.faults.active); n > maxFaults {
		t.Errorf("%d are kept", n)
	}
	s.faults.active = nil
	for range maxFaults {
		setFault(t, s, Fault{Kind: FaultReset})
	}
	if _, err := s.Fault(Fault{Kind: FaultReset}); !errors.Is(err, ErrFault) || !strings.Contains(err.Error(), "1000 are set") {
		t.Errorf("one more: %v", err)
	}
}

// The head of a slow answer comes at once, its body in pieces, the last of them when Delay is over.
func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testServer(t)
		setFault(t, s, Fault{Kind: FaultSlowBody, Delay: model.Duration(10 * time.Second), Next: 1})
		began := time.Now()
		w := &timed{ResponseRecorder: httptest.NewRecorder(), began: began}
		s.ServeHTTP(w, invocation().request(t))
		if want := model.Fast().Answer.Body; w.Body.String() != want {
			t.Errorf("body %q, want %q", w.Body, want)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it took %v, want 10 s", took)
		}
		if w.head != 0 || len(w.pieces) < 20 || w.pieces[0] > time.Second {
			t.Errorf("head after %v, pieces after %v", w.head, w.pieces)
		}
	})
}

// timed notes when the parts of an answer come.
type timed struct {
	*httptest.ResponseRecorder
	began  time.Time
	head   time.Duration
	pieces []time.Duration
}

func (w *timed) WriteHeader(status int) {
	w.head = time.Since(w.began)
	w.ResponseRecorder.WriteHeader(status)
}

func (w *timed) Write(b []byte) (int, error) {
	w.pieces = append(w.pieces, time.Since(w.began))
	return w.ResponseRecorder.Write(b)
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
