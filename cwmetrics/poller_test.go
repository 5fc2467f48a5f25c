package cwmetrics

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	smtypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
)

// bench is a Poller on fakes and a clock that stands at start.
type bench struct {
	*Poller
	t     *testing.T
	cw    *fakeCloudWatch
	clock *clock
}

func newBench(t *testing.T, e *Endpoint, change ...func(*PollerConfig)) *bench {
	t.Helper()
	c := &clock{start}
	cw := &fakeCloudWatch{t: t, clock: c, late: allFamilies(3 * time.Second)}
	cfg := PollerConfig{CloudWatch: cw, Endpoint: e, Since: start, Now: c.now}
	for _, f := range change {
		f(&cfg)
	}
	p, err := NewPoller(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{p, t, cw, c}
}

// poll at a time after start.
func (b *bench) poll(at string) Sample {
	b.t.Helper()
	b.clock.to(at)
	return b.now()
}

func (b *bench) now() Sample {
	b.t.Helper()
	s, err := b.Poll(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	if !s.At.Equal(b.clock.at) {
		b.t.Fatalf("polled at %v, not %v", s.At, b.clock.at)
	}
	return s
}

// times of points, since start.
func times(points []Point) string {
	var all []string
	for _, p := range points {
		mark := ""
		if !p.Complete {
			mark = "?"
		}
		all = append(all, p.At.Sub(start).String()+mark)
	}
	return strings.Join(all, " ")
}

func TestOnePoint(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	s := b.poll("75s")
	want := Point{
		At: start, Period: time.Minute, Complete: true,
		CPU:      &Utilization{Average: 3216, Maximum: 3300, Minimum: 3100, Samples: 1, Units: 48, Share: new(67.)},
		Memory:   &Utilization{Average: 19, Maximum: 20, Minimum: 18, Samples: 1, Units: 1, Share: new(19.)},
		Model:    &Latency{Mean: 58100 * time.Microsecond, Min: 31 * time.Millisecond, Max: 171000500 * time.Nanosecond, P50: new(57 * time.Millisecond), P90: new(90 * time.Millisecond), P99: new(126 * time.Millisecond), Samples: 8100},
		Overhead: &Latency{Mean: 4400 * time.Microsecond, Min: time.Millisecond, Max: 9 * time.Millisecond, Samples: 8100},

		Invocations: new(8100.), PerInstance: new(8100.), Errors4XX: new(0.), Errors5XX: new(3.), ModelErrors: new(2.),
	}
	if s.Period != time.Minute || s.Problem != nil || s.Fresh != nil || s.Endpoint == nil || len(s.Points) != 1 || !reflect.DeepEqual(s.Points[0], want) {
		text, _ := json.MarshalIndent(s, "", " ")
		t.Errorf("%s", text)
	}
	if calls := len(b.cw.calls); calls != 1 || s.Queries != len(b.cw.calls[0].MetricDataQueries) {
		t.Errorf("%d calls, %d queries", calls, s.Queries)
	}
	text, _ := json.Marshal(s)
	var back Sample
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back.Points, s.Points) {
		t.Errorf("not the same after JSON: %s, %v", text, err)
	}
}

func TestAbsentIsNotZero(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.late = map[string]time.Duration{"CPUUtilization": 0}
	p := b.poll("65s").Points
	if len(p) != 1 || p[0].CPU == nil || p[0].Complete {
		t.Fatalf("%+v", p)
	}
	if p[0].Memory != nil || p[0].Model != nil || p[0].Overhead != nil || p[0].Invocations != nil || p[0].PerInstance != nil || p[0].Errors5XX != nil {
		t.Errorf("%+v", p[0])
	}
}

func TestAPointFillsUpAndIsReadAgain(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.late["ModelLatency"] = 40 * time.Second
	for _, step := range []struct{ at, points string }{
		{"30s", ""},
		{"61s", ""},
		{"76s", "0s?"}, // all but ModelLatency
		{"91s", "0s?"}, //
		{"106s", "0s"}, //
		{"130s", "0s 1m0s?"},
		{"165s", "0s 1m0s"},
		{"225s", "0s 1m0s 2m0s"},
		{"285s", "0s 1m0s 2m0s 3m0s"},
		{"345s", "0s 1m0s 2m0s 3m0s 4m0s"},
		{"405s", "1m0s 2m0s 3m0s 4m0s 5m0s"}, // what is three periods older than the newest complete one stays
	} {
		b.metrics.at = time.Time{} // also where a poll would not be due
		if got := times(b.poll(step.at).Points); got != step.points {
			t.Errorf("at %s: %q, want %q", step.at, got, step.points)
		}
	}
}

func TestAnOpenPeriodIsNotReadYet(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.trickle = true
	b.poll("45s") // nothing has ended: CloudWatch is not asked
	if s := b.poll("115s"); times(s.Points) != "0s" || len(b.cw.calls) != 1 {
		t.Errorf("%q after %d calls", times(s.Points), len(b.cw.calls))
	}
}

func TestALaterPeriodCompletesAnEarlierOne(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.from = map[string]time.Time{"ModelLatency": start.Add(time.Minute), "OverheadLatency": start.Add(time.Minute), "Invocations": start.Add(time.Minute)}
	if got := times(b.poll("65s").Points); got != "0s?" {
		t.Errorf("%q", got)
	}
	s := b.poll("125s")
	if got := times(s.Points); got != "0s 1m0s" || s.Points[0].Model != nil {
		t.Errorf("%q %+v", got, s.Points)
	}
}

func TestAnIdleEndpointIsCompleteInTheEnd(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.late = map[string]time.Duration{"CPUUtilization": 3 * time.Second, "MemoryUtilization": 3 * time.Second}
	if got := times(b.poll("6m5s").Points); got != "0s 1m0s? 2m0s? 3m0s? 4m0s? 5m0s?" {
		t.Errorf("%q", got)
	}
}

func TestTenSecondsWithoutEnhancedMetrics(t *testing.T) {
	b := newBench(t, onM5(10*time.Second, false))
	for _, m := range []string{"ModelLatency", "OverheadLatency", "Invocations", "InvocationsPerInstance", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"} {
		if b.cw.every == nil {
			b.cw.every = map[string]time.Duration{}
		}
		b.cw.every[m] = time.Minute
	}
	s := b.poll("15s")
	if s.Period != time.Minute || len(s.Points) != 0 || s.Fresh == nil || !s.Fresh.At.Equal(start) || s.Fresh.Period != 10*time.Second || *s.Fresh.CPU.Share != 67 || s.Fresh.Model != nil {
		t.Fatalf("%+v, fresh %+v", s, s.Fresh)
	}
	if s = b.poll("64s"); times(s.Points) != "0s" || s.Fresh != nil {
		t.Errorf("the minute is as new: %q, fresh %+v", times(s.Points), s.Fresh)
	}
	if s = b.poll("75s"); times(s.Points) != "0s" || s.Fresh == nil || !s.Fresh.At.Equal(start.Add(time.Minute)) {
		t.Errorf("%q, fresh %+v", times(s.Points), s.Fresh)
	}
	if s.Points[0].Model == nil || s.Points[0].CPU == nil {
		t.Errorf("the minute has both: %+v", s.Points[0])
	}
}

func TestTenSecondsWithEnhancedMetrics(t *testing.T) {
	b := newBench(t, onM5(10*time.Second, true))
	s := b.poll("24s")
	if s.Period != 10*time.Second || times(s.Points) != "0s 10s" || s.Fresh != nil || s.Points[1].Model == nil {
		t.Errorf("%+v", s)
	}
}

func TestUtilizationEveryFiveMinutes(t *testing.T) {
	b := newBench(t, onM5(5*time.Minute, false))
	if s := b.poll("305s"); s.Period != 5*time.Minute || times(s.Points) != "0s" || s.Fresh != nil {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsAskedOf(t *testing.T) {
	gpu := onM5(time.Minute, false)
	gpu.Variants[0].InstanceType, gpu.Variants[0].Hardware = "ml.g5.12xlarge", HardwareOf("ml.g5.12xlarge")
	serverless := onM5(time.Minute, false)
	serverless.Variants[0] = Variant{Name: "AllTraffic", Serverless: true}
	strange := onM5(time.Minute, false)
	strange.Variants[0].InstanceType, strange.Variants[0].Hardware = "ml.z9.huge", Hardware{VCPUs: 48}
	neuron := onM5(time.Minute, false)
	neuron.Variants[0].InstanceType, neuron.Variants[0].Hardware = "ml.inf9.huge", Hardware{Neuron: true}
	for name, c := range map[string]struct {
		e        *Endpoint
		cpu, gpu bool
	}{
		"CPU": {onM5(time.Minute, false), true, false}, "GPU": {gpu, true, true}, "serverless": {serverless, false, false},
		"a type that is not known": {strange, true, true}, "Neuron": {neuron, true, false},
	} {
		b := newBench(t, c.e)
		b.poll("65s")
		asked := map[string]bool{}
		for _, q := range b.cw.calls[0].MetricDataQueries {
			asked[*q.MetricStat.Metric.MetricName] = true
		}
		if asked["CPUUtilization"] != c.cpu || asked["GPUUtilization"] != c.gpu || asked["GPUMemoryUtilization"] != c.gpu || !asked["ModelLatency"] {
			t.Errorf("%s: %v", name, asked)
		}
	}
	b := newBench(t, gpu)
	b.cw.late["GPUUtilization"] = 0
	if p := b.poll("65s").Points; len(p) != 1 || p[0].GPU == nil || *p[0].GPU.Share != 75 || p[0].GPUMem != nil {
		t.Errorf("%+v", p)
	}
}

func TestAShareNeedsItsUnits(t *testing.T) {
	e := onM5(time.Minute, false)
	e.Variants[0].Hardware = Hardware{}
	if p := newBench(t, e).poll("65s").Points; len(p) != 1 || p[0].CPU.Share != nil || p[0].CPU.Average != 3216 || p[0].CPU.Units != 0 {
		t.Errorf("%+v", p)
	}
}

func TestTheEndpointIsDescribedAgain(t *testing.T) {
	sm := bert()
	b := newBench(t, onM5(time.Minute, false), func(c *PollerConfig) { c.SageMaker = sm })
	if s := b.poll("9s"); sm.calls != 0 || s.Endpoint.Variants[0].Desired != 1 || !s.Described.IsZero() {
		t.Errorf("too early: %d calls", sm.calls)
	}
	if s := b.poll("11s"); sm.calls != 1 || s.Endpoint.Variants[0].Desired != 5 || !s.Described.Equal(s.At) || len(b.cw.calls) != 0 {
		t.Errorf("%d calls, %+v, %d of CloudWatch", sm.calls, s.Endpoint, len(b.cw.calls))
	}
	b.poll("22s")
	if sm.calls != 2 || sm.configCalls != 1 {
		t.Errorf("the same configuration was read %d times", sm.configCalls)
	}
	sm.endpoint.EndpointConfigName, sm.config.EndpointConfigName = aws.String("other"), aws.String("other")
	sm.config.ProductionVariants[0].InstanceType = "ml.m5.24xlarge"
	sm.config.MetricsConfig = &smtypes.MetricsConfig{EnableEnhancedMetrics: aws.Bool(true), MetricPublishFrequencyInSeconds: 10}
	s := b.poll("80s")
	if s.Period != 10*time.Second || s.Endpoint.Variants[0].Hardware.VCPUs != 96 || len(s.Points) == 0 || s.Points[0].CPU.Units != 96 {
		t.Errorf("another configuration: %+v, %+v", s, s.Endpoint)
	}
}

func TestDescribeDeniedWhileMetricsAreNot(t *testing.T) {
	sm := bert()
	sm.configErr = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	b := newBench(t, onM5(time.Minute, false), func(c *PollerConfig) { c.SageMaker = sm })
	s := b.poll("65s")
	if len(s.Points) != 1 || s.Problem == nil || s.Problem.Permission != "sagemaker:DescribeEndpointConfig" {
		t.Errorf("%+v, %+v", s.Points, s.Problem)
	}
	if v := s.Endpoint.Variants[0]; v.Desired != 5 || v.InstanceType != "ml.m5.12xlarge" || v.Hardware.VCPUs != 48 {
		t.Errorf("what was known is kept, and the count is new: %+v", v)
	}
	sm.err = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	described := s.Described
	if s = b.poll("5m"); s.Problem == nil || !s.Described.Equal(described) || s.Problem.Permission != "sagemaker:DescribeEndpoint" || s.Endpoint == nil {
		t.Errorf("%+v", s.Problem)
	}
}

func TestAPollThatOnlyDescribedRepeatsWhatStands(t *testing.T) {
	sm := bert()
	sm.endpoint.MetricsConfig = &smtypes.MetricsConfig{MetricPublishFrequencyInSeconds: 10}
	b := newBench(t, onM5(10*time.Second, false), func(c *PollerConfig) { c.SageMaker = sm })
	fresh := b.poll("15s").Fresh
	b.cw.answers = []error{apiError("Throttling")}
	b.metrics.at = time.Time{}
	b.poll("19s")
	s := b.poll("21s")
	if s.Problem == nil || !s.Problem.Throttled || s.Fresh != fresh || fresh == nil || len(b.cw.calls) != 2 {
		t.Errorf("%+v, fresh %+v, %d calls", s, s.Fresh, len(b.cw.calls))
	}
}

func TestOldPeriodsBelowAMinuteAreNotAskedFor(t *testing.T) {
	b := newBench(t, onM5(10*time.Second, true))
	if s := b.poll("5h"); len(s.Points) == 0 || s.Problem != nil { // the fake refuses more than CloudWatch has
		t.Errorf("%d points, %+v", len(s.Points), s.Problem)
	}
}

func TestPollerConfig(t *testing.T) {
	cw := &fakeCloudWatch{}
	for name, cfg := range map[string]PollerConfig{
		"no CloudWatch":    {Endpoint: onM5(time.Minute, false)},
		"no endpoint":      {CloudWatch: cw},
		"no such variant":  {CloudWatch: cw, Endpoint: onM5(time.Minute, false), Variant: "Blue"},
		"too often":        {CloudWatch: cw, Endpoint: onM5(time.Minute, false), Interval: time.Second},
		"negative":         {CloudWatch: cw, Endpoint: onM5(time.Minute, false), Interval: -time.Minute},
		"negative timeout": {CloudWatch: cw, Endpoint: onM5(time.Minute, false), Timeout: -1},
	} {
		if p, err := NewPoller(cfg); !errors.Is(err, ErrConfig) || p != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newBench(t, onM5(time.Minute, false), func(c *PollerConfig) { c.Interval, c.Since = 40*time.Second, time.Time{} })
	b.poll("65s")
	if b.Wait() != 40*time.Second {
		t.Errorf("polls again in %v", b.Wait())
	}
	if from := *b.cw.calls[0].StartTime; !from.Equal(start.Add(-15 * time.Minute)) {
		t.Errorf("asked from %v", from)
	}
}

func TestTraffic(t *testing.T) {
	c := &clock{start.Add(20*time.Minute + 30*time.Second)}
	cw := &fakeCloudWatch{t: t, clock: c, late: allFamilies(0)}
	e := onM5(10*time.Second, true)
	e.Variants = append(e.Variants, Variant{Name: "Blue"})
	got, err := Traffic(context.Background(), cw, e, c.at)
	if err != nil || got != 2*15*8100 || len(cw.calls) != 1 || len(cw.calls[0].MetricDataQueries) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	cw.late = nil
	if got, err = Traffic(context.Background(), cw, e, c.at); got != 0 || err != nil {
		t.Errorf("an endpoint that nobody invokes: %v, %v", got, err)
	}
	cw.answers = []error{apiError("AccessDenied")}
	if _, err = Traffic(context.Background(), cw, e, c.at); code(err) != "AccessDenied" {
		t.Errorf("%v", err)
	}
	if got, err = Traffic(context.Background(), cw, &Endpoint{}, c.at); got != 0 || err != nil {
		t.Errorf("no variant: %v, %v", got, err)
	}
}
