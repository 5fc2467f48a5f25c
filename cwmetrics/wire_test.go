package cwmetrics

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"

	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// wire is the SDK's own clients on a simulated endpoint behind loopback HTTP, and a clock that can be moved ahead.
type wire struct {
	t       *testing.T
	ahead   *atomic.Int64
	server  *simulator.Server
	config  aws.Config
	metrics *cloudwatch.Client
	maker   *sagemaker.Client
}

// modelTime is long enough to tell microseconds from milliseconds and short enough to wait for.
const modelTime = 20 * time.Millisecond

func overTheWire(t *testing.T, e simulator.EndpointConfig) *wire {
	t.Helper()
	w := &wire{t: t, ahead: &atomic.Int64{}}
	profile := model.Fast()
	profile.Service = model.Lognormal{Median: model.Duration(modelTime)}
	e.Name, e.Profile = "bert", &profile
	server, err := simulator.New(simulator.Config{Endpoints: []simulator.EndpointConfig{e}, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	l, err := server.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w.server = server
	w.config = aws.Config{
		Region: server.Region(), BaseEndpoint: &l.URL, HTTPClient: http.DefaultClient,
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			c := server.Credentials()
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
		}),
	}
	w.metrics, w.maker = cloudwatch.NewFromConfig(w.config), sagemaker.NewFromConfig(w.config)
	return w
}

func (w *wire) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// skip moves the clock ahead.
func (w *wire) skip(d time.Duration) { w.ahead.Add(int64(d)) }

func (w *wire) invoke(n int) {
	w.t.Helper()
	client := sagemakerruntime.NewFromConfig(w.config)
	for range n {
		in := &sagemakerruntime.InvokeEndpointInput{EndpointName: aws.String("bert"), Body: []byte("{}")}
		if _, err := client.InvokeEndpoint(w.t.Context(), in); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *wire) described() *Endpoint {
	w.t.Helper()
	e, err := Describe(w.t.Context(), w.maker, "bert", DescribeOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *wire) poller(api CloudWatchAPI) *Poller {
	w.t.Helper()
	p, err := NewPoller(PollerConfig{CloudWatch: api, SageMaker: w.maker, Endpoint: w.described(), Since: w.now(), Now: w.now})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *wire) poll(p *Poller) Sample {
	w.t.Helper()
	s, err := p.Poll(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// invoked sums what points have counted.
func invoked(points []Point) (total float64) {
	for _, p := range points {
		if p.Invocations != nil {
			total += *p.Invocations
		}
	}
	return total
}

// busiest of points, nil when nothing was invoked in any.
func busiest(points []Point) (best *Point) {
	for i := range points {
		if p := &points[i]; p.Invocations != nil && (best == nil || *p.Invocations > *best.Invocations) {
			best = p
		}
	}
	return best
}

func TestWireEnhanced(t *testing.T) {
	w := overTheWire(t, simulator.EndpointConfig{Instances: 3, EnhancedMetrics: true, PublishEvery: 10 * time.Second, Lateness: 3 * time.Second})
	e := w.described()
	if v := e.Variant(""); e.Status != "InService" || !e.Enhanced || e.PublishEvery != 10*time.Second || v == nil || v.Instances != 3 || v.Hardware.VCPUs != 48 || v.InstanceType != "ml.m5.12xlarge" {
		t.Fatalf("%+v", e)
	}
	p := w.poller(w.metrics)
	w.invoke(9)
	w.skip(30 * time.Second)
	s := w.poll(p)
	if s.Problem != nil || s.Period != 10*time.Second || invoked(s.Points) != 9 {
		t.Fatalf("%v invocations, %+v", invoked(s.Points), s)
	}
	point := busiest(s.Points)
	if point.CPU == nil || point.CPU.Samples != 3 || point.CPU.Units != 48 || point.CPU.Share == nil || *point.CPU.Share > 100 {
		t.Errorf("CPU of three instances: %+v", point.CPU)
	}
	if m := point.Model; m == nil || m.Mean < modelTime/2 || m.Mean > 100*modelTime || m.P99 == nil || *m.P99 < m.Mean/2 || m.Samples != *point.Invocations {
		t.Errorf("ModelLatency: %+v", m)
	}
	if *point.PerInstance < *point.Invocations/3-.1 || *point.PerInstance > *point.Invocations/3+.1 || *point.Errors5XX != 0 || *point.Errors4XX != 0 {
		t.Errorf("%v per instance of %v", *point.PerInstance, *point.Invocations)
	}
	for _, p := range s.Points { // the seconds of before and after were quiet
		if p.Invocations == nil && (p.Model != nil || p.Overhead != nil || p.Errors5XX != nil || p.CPU == nil) {
			t.Errorf("a period without invocations: %+v", p)
		}
	}
	traffic, err := Traffic(t.Context(), w.metrics, e, w.now().Add(time.Minute))
	if err != nil || traffic != 9 {
		t.Errorf("traffic %v, %v", traffic, err)
	}
}

func TestWireTenSecondsWithoutEnhanced(t *testing.T) {
	w := overTheWire(t, simulator.EndpointConfig{PublishEvery: 10 * time.Second, Lateness: 3 * time.Second})
	p := w.poller(w.metrics)
	w.invoke(3)
	s := w.poll(p)
	for range 30 { // a minute that began just now is closed and published after at most 123 s
		if invoked(s.Points) == 3 {
			break
		}
		w.skip(p.Wait())
		if s = w.poll(p); s.Problem != nil {
			t.Fatalf("%+v", s.Problem)
		}
		if f := s.Fresh; f != nil && (f.Period != 10*time.Second || f.CPU == nil || f.Model != nil || len(s.Points) > 0 && !f.End().After(s.Points[len(s.Points)-1].End())) {
			t.Fatalf("fresh %+v", f)
		}
	}
	if s.Period != time.Minute || invoked(s.Points) != 3 || busiest(s.Points).CPU == nil {
		t.Errorf("%+v", s)
	}
}

// inPages makes CloudWatch answer with few values at a time.
type inPages struct {
	*cloudwatch.Client
	calls int
}

func (p *inPages) GetMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput, opts ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	p.calls++
	small := *in
	small.MaxDatapoints = aws.Int32(11)
	return p.Client.GetMetricData(ctx, &small, opts...)
}

func TestWirePaging(t *testing.T) {
	w := overTheWire(t, simulator.EndpointConfig{EnhancedMetrics: true, PublishEvery: 10 * time.Second})
	pages := &inPages{Client: w.metrics}
	whole, paged := w.poller(w.metrics), w.poller(pages)
	w.invoke(2)
	w.skip(25 * time.Second)
	want, got := w.poll(whole), w.poll(paged)
	if got.Problem != nil || pages.calls < 3 || len(got.Points) < 2 || invoked(got.Points) != 2 || invoked(want.Points) != 2 {
		t.Errorf("%d pages, %d points, %+v", pages.calls, len(got.Points), got.Problem)
	}
}

func TestWireFaults(t *testing.T) {
	for _, c := range []struct {
		kind  simulator.FaultKind
		op    string
		holds func(*Problem) bool
	}{
		{simulator.FaultThrottled, "GetMetricData", func(p *Problem) bool { return p.Throttled }},
		{simulator.FaultAccessDenied, "GetMetricData", func(p *Problem) bool { return p.Permission == "cloudwatch:GetMetricData" }},
		{simulator.FaultAccessDenied, "DescribeEndpoint", func(p *Problem) bool { return p.Permission == "sagemaker:DescribeEndpoint" }},
		{simulator.FaultThrottled, "DescribeEndpoint", func(p *Problem) bool { return p.Throttled }},
		{simulator.FaultExpiredToken, "GetMetricData", func(p *Problem) bool { return strings.Contains(p.Message, "ExpiredToken") }},
		{simulator.FaultUnavailable, "GetMetricData", func(p *Problem) bool { return strings.HasPrefix(p.Message, "CloudWatch: ") }},
		{simulator.FaultBadGateway, "GetMetricData", func(p *Problem) bool { return strings.HasPrefix(p.Message, "CloudWatch: ") }},
		{simulator.FaultReset, "GetMetricData", func(p *Problem) bool { return strings.HasPrefix(p.Message, "CloudWatch: ") }},
		{simulator.FaultTruncated, "GetMetricData", func(p *Problem) bool { return strings.HasPrefix(p.Message, "CloudWatch: ") }},
	} {
		w := overTheWire(t, simulator.EndpointConfig{EnhancedMetrics: true, PublishEvery: 10 * time.Second})
		p := w.poller(w.metrics)
		w.skip(15 * time.Second)
		cancel, err := w.server.Fault(simulator.Fault{Kind: c.kind, Operation: c.op})
		if err != nil {
			t.Fatal(err)
		}
		s := w.poll(p)
		cancel()
		if s.Problem == nil || !c.holds(s.Problem) || strings.ContainsAny(s.Problem.Message, "\n\r") || len(s.Problem.Message) > 200 {
			t.Errorf("%s of %s: %+v", c.kind, c.op, s.Problem)
			continue
		}
		points := 0
		for until := w.now().Add(deniedEvery + time.Minute); s.Problem != nil && w.now().Before(until); points += len(s.Points) {
			w.skip(p.Wait())
			s = w.poll(p)
		}
		if s.Problem != nil || points == 0 {
			t.Errorf("after %s of %s: %d points, %+v", c.kind, c.op, points, s.Problem)
		}
	}
}

func TestWireScaling(t *testing.T) {
	w := overTheWire(t, simulator.EndpointConfig{EnhancedMetrics: true, PublishEvery: 10 * time.Second})
	p := w.poller(w.metrics)
	if err := w.server.Scale("bert", "AllTraffic", 4); err != nil {
		t.Fatal(err)
	}
	w.skip(15 * time.Second)
	if s := w.poll(p); s.Problem != nil || s.Endpoint.Variant("").Desired != 4 {
		t.Errorf("%+v, %+v", s.Endpoint, s.Problem)
	}
}

func TestWireNoSuchEndpoint(t *testing.T) {
	w := overTheWire(t, simulator.EndpointConfig{})
	if e, err := Describe(t.Context(), w.maker, "brt", DescribeOptions{}); e != nil || code(err) == "" {
		t.Errorf("%+v, %v", e, err)
	}
}
