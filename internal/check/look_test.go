package check

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"sagetop/internal/cloud"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
	"sagetop/runner/sagemaker"
)

// world is a simulated AWS with one endpoint.
type world struct {
	*simulator.Server
	t     *testing.T
	cfg   Config
	ahead atomic.Int64 // its clock, of ours
}

// newWorld serves the endpoint fast. Its clock is ahead of ours.
func newWorld(t *testing.T, e simulator.EndpointConfig, ahead time.Duration) *world {
	t.Helper()
	fast := model.Fast()
	e.Name, e.Profile = "fast", &fast
	w := &world{t: t}
	w.ahead.Store(int64(ahead))
	now := func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }
	s, err := simulator.New(simulator.Config{Endpoints: []simulator.EndpointConfig{e}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
		out.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		s.ServeHTTP(out, req)
	}))
	t.Cleanup(server.Close)
	w.Server = s
	w.cfg = Config{Cloud: w.load(cloud.Options{EndpointURL: server.URL}), Version: "test", Name: "fast", URL: server.URL}
	return w
}

func (w *world) load(opts cloud.Options) *cloud.Cloud {
	w.t.Helper()
	keys := w.Credentials()
	opts.Region, opts.Brief = w.Region(), true
	opts.Credentials = credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)
	c, err := cloud.Load(w.t.Context(), opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) fault(kind simulator.FaultKind, operations ...string) {
	w.t.Helper()
	for _, op := range operations {
		if _, err := w.Fault(simulator.Fault{Kind: kind, Operation: op}); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) look() *Report {
	w.t.Helper()
	r, err := Look(w.t.Context(), w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// invoke sends n requests with that payload.
func (w *world) invoke(r *Report, n int, payload string, change func(*sagemaker.Config)) {
	w.t.Helper()
	p, err := sagemaker.NewPayload([]byte(payload))
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := sagemaker.Config{AWS: w.cfg.Cloud.AWS(), Endpoint: w.cfg.Name, Payload: p}
	if change != nil {
		change(&cfg)
	}
	target, err := sagemaker.NewTarget(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	prober := NewProber(r, w.cfg, target)
	defer prober.Close()
	if err := prober.Probe(w.t.Context(), n, time.Millisecond, func(int, Request) {}); err != nil {
		w.t.Fatal(err)
	}
}

// states are the actions in each state, without their services.
func (r *Report) states() map[State]string {
	by := map[State]string{}
	for _, p := range r.Permissions {
		_, action, _ := strings.Cut(p.Action, ":")
		by[p.State] = strings.TrimSpace(by[p.State] + " " + action)
	}
	return by
}

const (
	described = "GetCallerIdentity DescribeEndpoint DescribeEndpointConfig ListTags ListEndpoints"
	never     = "InvokeEndpointWithResponseStream"
	always    = "UpdateEndpointWeightsAndCapacities"
)

// An answer that is not as expected is a failure, and shown; that it came says that it may be asked for.
func TestExpected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 0)
	for text, ok := range map[string]bool{"status == 200": true, "json .no.such.field exists": false} {
		r := w.look()
		w.invoke(r, 2, "hi", func(c *sagemaker.Config) { c.Expect = expects(t, text) })
		inv := r.Invocation
		if r.OK() != ok || inv.Status != http.StatusOK || inv.Answer == nil || inv.Answer.Text == "" || !strings.Contains(r.states()[Have], " InvokeEndpoint") {
			t.Errorf("%s: %s", text, mustJSON(t, inv))
		}
		if said := strings.HasPrefix(inv.Error, "the request was answered, but not as --expect wants it: "+text); said == ok || (inv.Class == "check") == ok {
			t.Errorf("%s: %s: %s", text, inv.Class, inv.Error)
		}
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{
		Variant: "Blue", Instances: 2, EnhancedMetrics: true, PublishEvery: 10 * time.Second, Scaling: &simulator.Scaling{Min: 1, Max: 5, Target: 100},
	}, 0)
	r := w.look()
	want := map[State]string{
		Have:     described + " GetMetricData DescribeScalableTargets DescribeScalingPolicies DescribeScalingActivities FilterLogEvents GetProducts ListServiceQuotas ListAWSDefaultServiceQuotas",
		NotTried: "InvokeEndpoint " + never + " " + always,
	}
	if got := r.states(); got[Have] != want[Have] || got[NotTried] != want[NotTried] || len(got) != 2 {
		t.Errorf("%v\nwant %v", got, want)
	}
	e := r.Endpoint
	if e.ARN != "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fast" || e.Facts == nil || e.Status != "InService" || e.PublishS != 10 || !e.Enhanced || e.Created.IsZero() || len(e.Variants) != 1 {
		t.Fatalf("%+v %+v", e, e.Facts)
	}
	if s := e.Scaling; s == nil || !s.On || s.Min != 1 || s.Max != 5 || len(s.Policies) != 1 {
		t.Errorf("of Blue, not of the usual variant: %+v", s)
	}
	if e.Invocations == nil || *e.Invocations != 0 || e.Server != nil {
		t.Errorf("%v %+v", e.Invocations, e.Server)
	}
	if r.Identity.Account != "123456789012" || r.Identity.Name != "sagetop-demo" || r.Policy != nil || r.VPCEndpoints != nil {
		t.Errorf("%+v", r)
	}
	if r.Ahead == nil || *r.Ahead < -10 || *r.Ahead > 10 {
		t.Errorf("%v", r.Ahead)
	}
	if r.OK() {
		t.Error("nothing was invoked")
	}
}

// Several requests are summed up; and minutes later CloudWatch knows of them, whatever the variant's name.
func TestSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{Variant: "Blue"}, -3*time.Minute)
	r := w.look()
	w.invoke(r, 3, "hi", nil)
	w.ahead.Store(0)
	e := w.look().Endpoint
	if e.Invocations == nil || *e.Invocations != 3 || e.Server == nil || e.Server.Model == nil || e.Server.Overhead == nil || e.Server.PeriodS != 60 || e.Server.AgeS < 60 {
		t.Errorf("%s", mustJSON(t, e))
	}
	if l := r.Latency; l.Sent != 3 || l.Failed != 0 || l.Min == nil || l.P50 == nil || l.P95 != nil || *l.Max < *l.Min || len(r.Requests) != 3 {
		t.Errorf("%+v %+v", l, r.Requests)
	}
}

// A role that may only invoke.
func TestInvokeOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 0)
	w.fault(simulator.FaultAccessDenied, "DescribeEndpoint", "ListTags", "ListEndpoints", "cloudwatch:*", "logs:*", "application-autoscaling:*", "pricing:*", "servicequotas:*")
	r := w.look()
	w.invoke(r, 1, `{"a": 1}`, nil)
	want := map[State]string{
		Have:     "GetCallerIdentity InvokeEndpoint",
		Missing:  "DescribeEndpoint ListTags ListEndpoints GetMetricData DescribeScalableTargets DescribeScalingActivities FilterLogEvents GetProducts ListServiceQuotas ListAWSDefaultServiceQuotas",
		NotTried: "DescribeEndpointConfig " + never + " DescribeScalingPolicies " + always,
	}
	for state, actions := range r.states() {
		if actions != want[state] {
			t.Errorf("%s: %s\nwant %s", state, actions, want[state])
		}
	}
	if !r.OK() || r.Requests != nil || r.Latency != nil {
		t.Errorf("%+v", r)
	}
	if r.Endpoint.Invocations != nil || r.Endpoint.Scaling != nil || r.Endpoint.Facts != nil {
		t.Errorf("known although it may not be asked: %+v", r.Endpoint)
	}
	inv := r.Invocation
	if inv.Status != 200 || inv.RequestID == "" || inv.Variant != "AllTraffic" || inv.Client != "lean" || inv.BytesOut != 8 || inv.BytesIn == 0 {
		t.Errorf("%+v", inv)
	}
	if ph := inv.Phases; ph == nil || ph.Connect <= 0 || ph.FirstByte <= 0 || ph.DNS+ph.Connect+ph.TLS+ph.Other+ph.FirstByte+ph.Body > inv.MS+0.01 {
		t.Errorf("%+v of %v ms", ph, inv.MS)
	}
	actions := map[string][]string{}
	for _, s := range r.Policy.Statement {
		actions[s.Resource] = s.Action
	}
	if got := actions["arn:aws:sagemaker:us-east-1:123456789012:endpoint/fast"]; !slices.Equal(got, []string{"sagemaker:DescribeEndpoint", "sagemaker:ListTags"}) {
		t.Errorf("of the endpoint: %v", got)
	}
	if got := actions["arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/fast:*"]; !slices.Equal(got, []string{"logs:FilterLogEvents"}) {
		t.Errorf("of its logs: %v", got)
	}
	if got := actions["*"]; !slices.Contains(got, "sagemaker:DescribeEndpointConfig") || !slices.Contains(got, "application-autoscaling:DescribeScalingPolicies") {
		t.Errorf("what could not be tried is missing as well: %v", got)
	}
}

// Failures tell of the permission what they can, and what they mean as a run says it.
func TestFailures(t *testing.T) {
	t.Parallel()
	for kind, want := range map[simulator.FaultKind]struct {
		state State
		says  string
	}{
		simulator.FaultAccessDenied: {Missing, "permission missing: sagemaker:InvokeEndpoint"},
		simulator.FaultModel:        {Have, "the model in fast failed"},
		simulator.FaultThrottled:    {Unknown, "is throttled"},
		simulator.FaultNotReady:     {Have, "still loading"},
		simulator.FaultUnavailable:  {Unknown, "HTTP 503"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.EndpointConfig{}, 0)
			w.fault(kind, "InvokeEndpoint")
			r := w.look()
			w.invoke(r, 1, "hi", nil)
			inv := r.Invocation
			if r.OK() || !strings.Contains(inv.Error, want.says) || inv.Class == "" || inv.RequestID == "" || inv.Answer != nil {
				t.Errorf("%+v", inv)
			}
			if actions := r.states()[want.state]; !strings.Contains(actions+" ", "InvokeEndpoint ") {
				t.Errorf("%v, want it %s", r.states(), want.state)
			}
			if kind == simulator.FaultModel && (inv.OriginalStatus != 500 || inv.OriginalMessage == "" || inv.LogStreamARN == "") {
				t.Errorf("%+v", inv)
			}
			if asked := r.Policy != nil; asked != (kind == simulator.FaultAccessDenied) {
				t.Errorf("policy %+v", r.Policy)
			}
		})
	}
}

// An endpoint that takes the request and does not answer it is not one that cannot be reached.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for kind, says := range map[simulator.FaultKind]string{
		simulator.FaultStall: "but: no whole answer in time", simulator.FaultReset: "but: the connection broke before an answer",
		simulator.FaultTruncated: "but: the connection broke inside the answer",
	} {
		w := newWorld(t, simulator.EndpointConfig{}, 0)
		w.cfg.URL = ""
		w.fault(kind, "InvokeEndpoint")
		r := w.look()
		w.invoke(r, 1, "hi", func(c *sagemaker.Config) { c.Timeout = 300 * time.Millisecond })
		if got := r.states(); got[Unknown] != "InvokeEndpoint" || !strings.Contains(r.Invocation.Error, says) || r.VPCEndpoints != nil {
			t.Errorf("%s: %v %+v", kind, got, r.Invocation)
		}
	}
}

// What cannot be reached is not waited for, and is named by what a VPC would need.
func TestSomeRoutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 0)
	w.cfg.Patience, w.cfg.URL = 500*time.Millisecond, "" // as if AWS were where it is
	w.fault(simulator.FaultStall, "GetCallerIdentity", "GetMetricData", "GetProducts", "DescribeEndpoint")
	r := w.look()
	w.invoke(r, 1, "hi", nil)
	got := r.states()
	if got[Unreachable] != "GetCallerIdentity DescribeEndpoint DescribeEndpointConfig ListTags GetMetricData GetProducts" || !r.OK() {
		t.Errorf("%v, %+v", got, r.Invocation)
	}
	want := []string{"com.amazonaws.us-east-1.monitoring", "com.amazonaws.us-east-1.pricing.api", "com.amazonaws.us-east-1.sagemaker.api", "com.amazonaws.us-east-1.sts"}
	if !slices.Equal(r.VPCEndpoints, want) {
		t.Errorf("%v", r.VPCEndpoints)
	}
}

// Only the runtime cannot be reached.
func TestNoWayToInvoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 0)
	w.cfg.URL = ""
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := w.look()
	w.invoke(r, 2, "hi", func(c *sagemaker.Config) { c.BaseEndpoint = "http://" + l.Addr().String() })
	if inv := r.Invocation; inv.OK || inv.Status != 0 || inv.Phases != nil || !strings.Contains(inv.Error, "not reached: connection refused") {
		t.Errorf("%+v", inv)
	}
	if !slices.Equal(r.VPCEndpoints, []string{"com.amazonaws.us-east-1.sagemaker.runtime"}) || r.Latency.Failed != 2 || r.Latency.Min != nil {
		t.Errorf("%v %+v", r.VPCEndpoints, r.Latency)
	}
}

// Services ten minutes ahead are found to be so, and answer all the same; of the invocation the difference is said.
func TestSkewedClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 10*time.Minute)
	r := w.look()
	if r.Ahead == nil || *r.Ahead < 590 || *r.Ahead > 610 {
		t.Errorf("%v s ahead", r.Ahead)
	}
	if got := r.states()[Have]; !strings.HasPrefix(got, described) {
		t.Errorf("%v", r.states())
	}
	w.invoke(r, 2, "hi", nil)
	if first, second := r.Requests[0], r.Requests[1]; first.OK || !strings.Contains(first.Error, "this machine's clock is off") || !second.OK {
		t.Errorf("%+v\n%+v", first, second)
	}
}

// What is not AWS says nothing of any permission; at a URL that stands for all of AWS there is nothing more to ask.
func TestNotAWS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 0)
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	w.cfg.Cloud = w.load(cloud.Options{EndpointURL: web.URL})
	w.cfg.URL = ""
	r := w.look()
	w.invoke(r, 1, "hi", nil)
	if got := r.states(); got[Have] != "" || got[Missing] != "" || !strings.Contains(got[Unknown], "InvokeEndpoint ") || r.Policy != nil {
		t.Errorf("%v %+v", got, r.Policy)
	}
	w.cfg.URL = web.URL
	if _, err := Look(t.Context(), w.cfg); !errors.Is(err, cloud.ErrNotAWS) {
		t.Error(err)
	}
}

// Errors that end a check are those that end a run.
func TestHopeless(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{}, 0)
	fails := func(kind error, says string) {
		t.Helper()
		if _, err := Look(t.Context(), w.cfg); !errors.Is(err, kind) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %v: %s", err, kind, says)
		}
	}
	w.cfg.Variant = "Green"
	if _, err := Look(t.Context(), w.cfg); err == nil || !strings.Contains(err.Error(), `no variant "Green": it has AllTraffic`) {
		t.Error(err)
	}
	w.cfg.Name, w.cfg.Variant = "fsat", ""
	fails(cloud.ErrNoEndpoint, "did you mean fast?")
	w.ExpireCredentials()
	fails(cloud.ErrExpired, "have expired")
	w.cfg.URL = "http://127.0.0.1:1"
	w.cfg.Cloud = w.load(cloud.Options{EndpointURL: w.cfg.URL})
	fails(cloud.ErrUnreachable, "nothing listens at --endpoint-url")
}

// Answers that are no text for people are said to be so; the others are shown as they are, JSON indented unless that would take more
// memory than there may be.
func TestRead(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	for _, tt := range []struct {
		body string
		size int64
		want Answer
	}{
		{`{"a":[1]}`, 9, Answer{Text: "{\n  \"a\": [\n    1\n  ]\n}"}},
		{deep, 2000, Answer{Text: deep}},
		{"plain", 5, Answer{Text: "plain"}},
		{"", 0, Answer{}},
		{"\x89PNG\r\n", 6, Answer{Binary: true}},
		{"a\x00b", 3, Answer{Binary: true}},
		{`{"a":"caf` + "\xc3", 100, Answer{Text: `{"a":"caf`, Cut: true}},
	} {
		if got := read(sagemaker.Answer{Body: []byte(tt.body)}, tt.size); *got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.body, *got, tt.want)
		}
	}
}
