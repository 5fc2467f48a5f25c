package simulator

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"sagetop/internal/simulator/model"
)

// hand is a clock that is moved by hand. It stays within the five minutes that signatures allow.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

// newHand starts at a full minute that is a little before the real time.
func newHand() *hand { return &hand{now: time.Now().Truncate(time.Minute).Add(-3 * time.Minute)} }

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func queryOf(endpoint, metric, stat string, end time.Time, back time.Duration, change ...func(*cloudwatch.GetMetricDataInput)) *cloudwatch.GetMetricDataInput {
	namespace := "AWS/SageMaker"
	if metric == "CPUUtilization" || metric == "MemoryUtilization" || metric == "DiskUtilization" {
		namespace = "/aws/sagemaker/Endpoints"
	}
	in := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(end.Add(-back)), EndTime: aws.Time(end), ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("q"), MetricStat: &types.MetricStat{
			Period: aws.Int32(10), Stat: aws.String(stat),
			Metric: &types.Metric{Namespace: aws.String(namespace), MetricName: aws.String(metric), Dimensions: []types.Dimension{
				{Name: aws.String("EndpointName"), Value: aws.String(endpoint)},
				{Name: aws.String("VariantName"), Value: aws.String("AllTraffic")},
			}},
		}}},
	}
	for _, f := range change {
		f(in)
	}
	return in
}

// watched is a fast endpoint with two instances and points every 10 s, 3 s late, and a clock to move.
func watched(t *testing.T, change ...func(*EndpointConfig)) (clients, *hand) {
	t.Helper()
	h := newHand()
	config := fast(append([]func(*EndpointConfig){func(e *EndpointConfig) {
		e.Instances, e.EnhancedMetrics, e.PublishEvery, e.Lateness = 2, true, 10*time.Second, 3*time.Second
	}}, change...)...)
	config.Now = h.Now
	return serve(t, config), h
}

// values of a query, and the seconds since start at which they are.
func (c clients) values(t *testing.T, start time.Time, in *cloudwatch.GetMetricDataInput) (seconds []int, values []float64) {
	t.Helper()
	out, err := cloudwatch.NewFromConfig(c.config).GetMetricData(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	r := out.MetricDataResults[0]
	if r.StatusCode != types.StatusCodeComplete {
		t.Errorf("status %s, want Complete", r.StatusCode)
	}
	for _, at := range r.Timestamps {
		seconds = append(seconds, int(at.Sub(start).Seconds()))
	}
	return seconds, r.Values
}

func TestPointsAppearLateAndCountWhatWasSent(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	h.move(time.Second)
	for range 5 {
		if _, err := c.invoke(t); err != nil {
			t.Fatal(err)
		}
	}
	h.move(11 * time.Second) // 12 s: the period ended at 10 s, its point is due at 13 s
	if at, _ := c.values(t, start, queryOf("demo", "Invocations", "Sum", h.Now(), time.Minute)); len(at) != 0 {
		t.Errorf("points at %v before they are due", at)
	}
	h.move(time.Second)
	at, sum := c.values(t, start, queryOf("demo", "Invocations", "Sum", h.Now(), time.Minute))
	if !slices.Equal(at, []int{0}) || !slices.Equal(sum, []float64{5}) {
		t.Errorf("invocations %v at %v, want 5 at 0", sum, at)
	}
	h.move(20 * time.Second) // two idle periods later
	for _, test := range []struct {
		metric, stat string
		want         []float64
	}{
		{"Invocations", "Sum", []float64{5}},
		{"Invocations", "SampleCount", []float64{5}},
		{"InvocationsPerInstance", "Sum", []float64{2.5}},
		{"Invocation4XXErrors", "Sum", []float64{0}},
		{"Invocation5XXErrors", "Average", []float64{0}},
		{"InvocationModelErrors", "Sum", []float64{0}},
		{"ModelLatency", "SampleCount", []float64{5}},
		{"ModelLatency", "p99.9", []float64{0}},
		{"OverheadLatency", "Maximum", []float64{0}},
		{"ConcurrentRequestsPerModel", "Maximum", []float64{1}},
		{"CPUUtilization", "SampleCount", []float64{2, 2, 2}},
		{"MemoryUtilization", "Average", []float64{18, 18, 18}},
		{"DiskUtilization", "Minimum", []float64{21, 21, 21}},
		{"GPUUtilization", "Average", nil},
		{"Invented", "Sum", nil},
	} {
		_, got := c.values(t, start, queryOf("demo", test.metric, test.stat, h.Now(), time.Minute))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s = %v, want %v", test.metric, test.stat, got, test.want)
		}
	}
	if _, got := c.values(t, start, queryOf("other", "CPUUtilization", "Average", h.Now(), time.Minute)); len(got) != 0 {
		t.Errorf("an unknown endpoint has points %v", got)
	}
}

func TestErrorsCountAsInLife(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	for _, f := range []Fault{
		{Kind: FaultThrottled, Next: 2},
		{Kind: FaultInvalid, Next: 1},
		{Kind: FaultNotReady, Next: 1},
		{Kind: FaultInternal, Next: 3},
		{Kind: FaultModel, Next: 2},
		{Kind: FaultAccessDenied, Next: 1},
	} {
		if _, err := c.server.Fault(f); err != nil {
			t.Fatal(err)
		}
	}
	for range 12 {
		_, _ = c.invoke(t)
	}
	h.move(13 * time.Second)
	for metric, want := range map[string]float64{
		"Invocations": 11, "Invocation4XXErrors": 4, "Invocation5XXErrors": 5, "InvocationModelErrors": 2,
	} {
		if _, got := c.values(t, start, queryOf("demo", metric, "Sum", h.Now(), time.Minute)); !slices.Equal(got, []float64{want}) {
			t.Errorf("%s = %v, want %v", metric, got, want)
		}
	}
	if n := c.server.Counts()[Answer{"InvokeEndpoint", 200, ""}]; n != 2 {
		t.Errorf("%d successes, want 2", n)
	}
}

// With enhanced metrics off, a short publish period moves only utilisation.
func TestStandardMetricsStayAtOneMinute(t *testing.T) {
	c, h := watched(t, func(e *EndpointConfig) { e.EnhancedMetrics = false })
	start := h.Now()
	if _, err := c.invoke(t); err != nil {
		t.Fatal(err)
	}
	h.move(50 * time.Second)
	if at, _ := c.values(t, start, queryOf("demo", "Invocations", "Sum", h.Now(), time.Minute)); len(at) != 0 {
		t.Errorf("invocations at %v before the minute has ended", at)
	}
	if at, _ := c.values(t, start, queryOf("demo", "CPUUtilization", "Average", h.Now(), time.Minute)); !slices.Equal(at, []int{0, 10, 20, 30}) {
		t.Errorf("CPU at %v, want 0 to 30", at)
	}
	h.move(13 * time.Second)
	if at, _ := c.values(t, start, queryOf("demo", "Invocations", "Sum", h.Now(), 2*time.Minute)); !slices.Equal(at, []int{0}) {
		t.Errorf("invocations at %v, want 0", at)
	}
	minute := func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = aws.Int32(60) }
	if at, n := c.values(t, start, queryOf("demo", "CPUUtilization", "SampleCount", h.Now(), 2*time.Minute, minute)); !slices.Equal(at, []int{0}) || n[0] != 12 {
		t.Errorf("CPU samples %v at %v, want 12 at 0", n, at)
	}
}

func TestInstancesHaveMetricsOfTheirOwn(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	h.move(13 * time.Second)
	of := func(id string) func(*cloudwatch.GetMetricDataInput) {
		return func(in *cloudwatch.GetMetricDataInput) {
			m := in.MetricDataQueries[0].MetricStat.Metric
			m.Dimensions = append(m.Dimensions, types.Dimension{Name: aws.String("InstanceId"), Value: aws.String(id)})
		}
	}
	v := c.server.endpoints.get("demo").variants()[0]
	if _, n := c.values(t, start, queryOf("demo", "CPUUtilization", "SampleCount", h.Now(), time.Minute, of(v.Instances(0)[0]))); !slices.Equal(n, []float64{1}) {
		t.Errorf("samples of one instance: %v, want 1", n)
	}
	if _, n := c.values(t, start, queryOf("demo", "CPUUtilization", "SampleCount", h.Now(), time.Minute, of("i-0"))); len(n) != 0 {
		t.Errorf("samples of an unknown instance: %v", n)
	}
}

func TestStartIsInclusiveEndIsNot(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	h.move(2 * time.Minute)
	between := func(from, to int) func(*cloudwatch.GetMetricDataInput) {
		return func(in *cloudwatch.GetMetricDataInput) {
			in.StartTime = aws.Time(start.Add(time.Duration(from) * time.Second))
			in.EndTime = aws.Time(start.Add(time.Duration(to) * time.Second))
		}
	}
	for _, test := range []struct {
		from, to int
		want     []int
	}{
		{20, 40, []int{20, 30}},
		{29, 41, []int{20, 30, 40}},
		{30, 31, []int{30}},
		{0, 1, []int{0}},
		{-600, 11, []int{0, 10}},
		{100, 9999, []int{100}},
	} {
		at, _ := c.values(t, start, queryOf("demo", "CPUUtilization", "Average", h.Now(), 0, between(test.from, test.to)))
		if !slices.Equal(at, test.want) {
			t.Errorf("from %d to %d: points at %v, want %v", test.from, test.to, at, test.want)
		}
	}
}

// All pages together are the whole, in both orders, even when points appear between two of them.
func TestPages(t *testing.T) {
	c, h := watched(t)
	h.move(2 * time.Minute)
	cw := cloudwatch.NewFromConfig(c.config)
	for _, order := range []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending} {
		in := queryOf("demo", "CPUUtilization", "Average", h.Now(), 5*time.Minute)
		second := in.MetricDataQueries[0]
		second.Id = aws.String("r")
		in.MetricDataQueries = append(in.MetricDataQueries, second)
		in.ScanBy = order
		whole, err := cw.GetMetricData(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		in.MaxDatapoints = aws.Int32(4)
		got := map[string][]float64{}
		last := map[string]types.StatusCode{}
		pages := 0
		for p := cloudwatch.NewGetMetricDataPaginator(cw, in); p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, r := range page.MetricDataResults {
				got[*r.Id] = append(got[*r.Id], r.Values...)
				last[*r.Id] = r.StatusCode
				n += len(r.Values)
			}
			if n > 4 {
				t.Errorf("a page of %d points, want at most 4", n)
			}
			h.move(10 * time.Second)
		}
		for _, r := range whole.MetricDataResults {
			if !slices.Equal(got[*r.Id], r.Values) || last[*r.Id] != types.StatusCodeComplete {
				t.Errorf("%s %s: pages %v (%s), whole %v", order, *r.Id, got[*r.Id], last[*r.Id], r.Values)
			}
		}
		h.move(-time.Duration(pages) * 10 * time.Second)
	}
}

func TestGetMetricDataRefusesBadRequests(t *testing.T) {
	c, h := watched(t)
	for name, test := range map[string]struct {
		change func(*cloudwatch.GetMetricDataInput)
		code   string
	}{
		"times":  {func(in *cloudwatch.GetMetricDataInput) { in.StartTime = in.EndTime }, "ValidationError"},
		"period": {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = aws.Int32(7) }, "ValidationError"},
		"stat":   {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Stat = aws.String("p101") }, "ValidationError"},
		"id":     {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].Id = aws.String("Q") }, "ValidationError"},
		"same ids": {func(in *cloudwatch.GetMetricDataInput) {
			in.MetricDataQueries = append(in.MetricDataQueries, in.MetricDataQueries[0])
		}, "ValidationError"},
		"expression": {func(in *cloudwatch.GetMetricDataInput) {
			in.MetricDataQueries[0].Expression, in.MetricDataQueries[0].MetricStat = aws.String("1+1"), nil
		}, "ValidationError"},
		"both":        {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].Expression = aws.String("1+1") }, "ValidationError"},
		"two periods": {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].Period = aws.Int32(60) }, "ValidationError"},
		"unit":        {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Unit = "Parsecs" }, "ValidationError"},
		"nothing":     {func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries = []types.MetricDataQuery{} }, "MissingParameter"},
		"token":       {func(in *cloudwatch.GetMetricDataInput) { in.NextToken = aws.String("x") }, "InvalidNextToken"},
		"too many": {func(in *cloudwatch.GetMetricDataInput) {
			q := in.MetricDataQueries[0]
			in.MetricDataQueries = nil
			for i := range 501 {
				q.Id = aws.String(fmt.Sprint("q", i))
				in.MetricDataQueries = append(in.MetricDataQueries, q)
			}
		}, "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cloudwatch.NewFromConfig(c.config).GetMetricData(t.Context(), queryOf("demo", "Invocations", "Sum", h.Now(), time.Minute, test.change))
			wantCode(t, err, test.code, "")
		})
	}
}

func TestLateAndMissingPoints(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	h.move(33 * time.Second)
	seen := func() []int {
		at, _ := c.values(t, start, queryOf("demo", "CPUUtilization", "Average", h.Now(), 2*time.Minute))
		return at
	}
	cancel, err := c.server.Fault(Fault{Kind: FaultLatePoints, Delay: model.Duration(15 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	if at := seen(); !slices.Equal(at, []int{0}) {
		t.Errorf("while late: points at %v, want 0", at)
	}
	cancel()
	if at := seen(); !slices.Equal(at, []int{0, 10, 20}) {
		t.Errorf("afterwards: points at %v, want 0, 10, 20", at)
	}
	cancel, err = c.server.Fault(Fault{Kind: FaultMissingPoints, Endpoint: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	h.move(20 * time.Second)
	cancel()
	h.move(20 * time.Second)
	if at := seen(); !slices.Equal(at, []int{0, 10, 20, 50, 60}) {
		t.Errorf("with a gap from 33 s to 53 s: points at %v, want 0, 10, 20, 50, 60", at)
	}
}
