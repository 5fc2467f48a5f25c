package simulator

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

func (c clients) put(t *testing.T, data ...types.MetricDatum) error {
	t.Helper()
	_, err := cloudwatch.NewFromConfig(c.config).PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{Namespace: aws.String("Load"), MetricData: data})
	return err
}

// custom is the one datapoint of a custom metric in the last minutes.
func (c clients) custom(t *testing.T, h *hand, name string, change ...func(*cloudwatch.GetMetricStatisticsInput)) types.Datapoint {
	t.Helper()
	change = append([]func(*cloudwatch.GetMetricStatisticsInput){func(in *cloudwatch.GetMetricStatisticsInput) {
		in.Namespace, in.Dimensions, in.Period = aws.String("Load"), nil, aws.Int32(60)
		in.Statistics, in.ExtendedStatistics = types.Statistic("").Values(), []string{"p50", "p99"}
	}}, change...)
	points := c.datapoints(t, statisticsOf(name, h.Now().Add(-5*time.Minute), h.Now().Add(time.Minute), change...))
	if len(points) != 1 {
		t.Fatalf("%d points of %s, want 1: %+v", len(points), name, points)
	}
	return points[0]
}

func TestPutMetricDataIsReadBack(t *testing.T) {
	c, h := watched(t)
	at := h.Now().Add(-90 * time.Second)
	err := c.put(t,
		types.MetricDatum{MetricName: aws.String("Users"), Value: aws.Float64(7), Unit: types.StandardUnitCount},
		types.MetricDatum{MetricName: aws.String("Users"), Value: aws.Float64(9), Unit: types.StandardUnitCount},
		types.MetricDatum{MetricName: aws.String("Latency"), Timestamp: &at, Values: []float64{1, 2, 1000}, Counts: []float64{90, 9, 1}},
		types.MetricDatum{MetricName: aws.String("Sizes"), StatisticValues: &types.StatisticSet{
			SampleCount: aws.Float64(4), Sum: aws.Float64(10), Minimum: aws.Float64(1), Maximum: aws.Float64(4),
		}},
		types.MetricDatum{MetricName: aws.String("Same"), StatisticValues: &types.StatisticSet{
			SampleCount: aws.Float64(3), Sum: aws.Float64(15), Minimum: aws.Float64(5), Maximum: aws.Float64(5),
		}},
		types.MetricDatum{MetricName: aws.String("Nothing"), Values: []float64{1}, Counts: []float64{0}},
	)
	if err != nil {
		t.Fatal(err)
	}
	users := c.custom(t, h, "Users")
	if *users.Sum != 16 || *users.SampleCount != 2 || *users.Maximum != 9 || users.Unit != types.StandardUnitCount || users.ExtendedStatistics["p50"] != 7 {
		t.Errorf("users %+v, percentiles %v", users, users.ExtendedStatistics)
	}
	latency := c.custom(t, h, "Latency")
	if *latency.SampleCount != 100 || *latency.Sum != 1108 || !latency.Timestamp.Equal(at.Truncate(time.Minute)) || latency.ExtendedStatistics["p99"] != 2 {
		t.Errorf("latency at %v: %v values, sum %v, percentiles %v", latency.Timestamp, *latency.SampleCount, *latency.Sum, latency.ExtendedStatistics)
	}
	if sizes := c.custom(t, h, "Sizes"); *sizes.Average != 2.5 || *sizes.Minimum != 1 || sizes.ExtendedStatistics != nil {
		t.Errorf("average %v, least %v, percentiles %v of values that nobody told", *sizes.Average, *sizes.Minimum, sizes.ExtendedStatistics)
	}
	if same := c.custom(t, h, "Same"); same.ExtendedStatistics["p99"] != 5 {
		t.Errorf("percentiles %v of three times 5", same.ExtendedStatistics)
	}
	q := queryOf("demo", "Users", "Sum", h.Now().Add(time.Minute), 5*time.Minute, func(in *cloudwatch.GetMetricDataInput) {
		m := in.MetricDataQueries[0].MetricStat
		m.Metric.Namespace, m.Metric.Dimensions, m.Period = aws.String("Load"), nil, aws.Int32(60)
	})
	if _, sum := c.values(t, h.Now(), q); !slices.Equal(sum, []float64{16}) {
		t.Errorf("GetMetricData's sum %v, want 16", sum)
	}
	if names := c.listed(t, cloudwatch.ListMetricsInput{Namespace: aws.String("Load")}); !slices.Equal(names, []string{"Latency", "Same", "Sizes", "Users"}) {
		t.Errorf("listed %v", names)
	}
}

// A metric that was put in two units has points of each.
func TestUnitsStayApart(t *testing.T) {
	c, h := watched(t)
	size := types.MetricDatum{MetricName: aws.String("Size"), Value: aws.Float64(2), Unit: types.StandardUnitKilobytes}
	bytes := size
	bytes.Value, bytes.Unit = aws.Float64(2048), types.StandardUnitBytes
	if err := c.put(t, size, bytes); err != nil {
		t.Fatal(err)
	}
	p := c.custom(t, h, "Size", func(in *cloudwatch.GetMetricStatisticsInput) { in.Unit = types.StandardUnitBytes })
	if *p.Sum != 2048 || p.Unit != types.StandardUnitBytes {
		t.Errorf("%v %s, want 2048 Bytes", *p.Sum, p.Unit)
	}
	both := c.datapoints(t, statisticsOf("Size", h.Now().Add(-time.Minute), h.Now().Add(time.Minute), func(in *cloudwatch.GetMetricStatisticsInput) {
		in.Namespace, in.Dimensions, in.Period = aws.String("Load"), nil, aws.Int32(60)
	}))
	if len(both) != 2 {
		t.Errorf("points %+v, want one of each unit", both)
	}
}

func TestHighResolution(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	for i := range 3 {
		at := start.Add(time.Duration(i) * time.Second)
		if err := c.put(t, types.MetricDatum{MetricName: aws.String("Fine"), Timestamp: &at, Value: aws.Float64(float64(i)), StorageResolution: aws.Int32(1)}); err != nil {
			t.Fatal(err)
		}
	}
	points := c.datapoints(t, statisticsOf("Fine", start, start.Add(time.Minute), func(in *cloudwatch.GetMetricStatisticsInput) {
		in.Namespace, in.Dimensions, in.Period = aws.String("Load"), nil, aws.Int32(1)
	}))
	if len(points) != 3 || *points[2].Sum != 2 {
		t.Errorf("points %+v, want one a second", points)
	}
}

// sniffer sees which content encodings requests have.
type sniffer struct{ encodings []string }

func (s *sniffer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.encodings = append(s.encodings, r.Header.Get("Content-Encoding"))
	return http.DefaultTransport.RoundTrip(r)
}

func TestCompressedCallsAreRead(t *testing.T) {
	c, h := watched(t)
	s := &sniffer{}
	c.config.HTTPClient = &http.Client{Transport: s}
	var data []types.MetricDatum
	for i := range 1000 {
		data = append(data, types.MetricDatum{MetricName: aws.String("Users"), Value: aws.Float64(float64(i))})
	}
	if err := c.put(t, data...); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.encodings, []string{"gzip"}) {
		t.Errorf("the SDK sent %q, want gzip", s.encodings)
	}
	if p := c.custom(t, h, "Users"); *p.SampleCount != 1000 || *p.Sum != 499500 {
		t.Errorf("%v values, sum %v", *p.SampleCount, *p.Sum)
	}
}

func TestPutMetricDataRefusesBadRequests(t *testing.T) {
	c, h := watched(t)
	set := func(n, sum, least, most float64) *types.StatisticSet {
		return &types.StatisticSet{SampleCount: &n, Sum: &sum, Minimum: &least, Maximum: &most}
	}
	one := aws.Float64(1)
	name := aws.String("Users")
	for label, test := range map[string]struct {
		datum         types.MetricDatum
		code, message string
	}{
		"nothing":     {types.MetricDatum{MetricName: name}, "InvalidParameterCombination", "At least one of the parameters"},
		"two":         {types.MetricDatum{MetricName: name, Value: one, Values: []float64{1}}, "InvalidParameterCombination", "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."},
		"counts":      {types.MetricDatum{MetricName: name, Values: []float64{1, 2}, Counts: []float64{1}}, "InvalidParameterValue", "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size."},
		"negative":    {types.MetricDatum{MetricName: name, Values: []float64{1}, Counts: []float64{-1}}, "InvalidParameterValue", "Counts"},
		"too many":    {types.MetricDatum{MetricName: name, Values: make([]float64, 151)}, "InvalidParameterValue", "150"},
		"not finite":  {types.MetricDatum{MetricName: name, Value: aws.Float64(math.NaN())}, "InvalidParameterValue", "NaN"},
		"too large":   {types.MetricDatum{MetricName: name, Value: aws.Float64(math.Ldexp(1, 361))}, "InvalidParameterValue", "MetricData.member.1"},
		"too small":   {types.MetricDatum{MetricName: name, Value: aws.Float64(-math.Ldexp(1, -361))}, "InvalidParameterValue", "MetricData.member.1"},
		"unit":        {types.MetricDatum{MetricName: name, Value: one, Unit: "Parsecs"}, "InvalidParameterValue", "The parameter MetricData.member.1.Unit must be a value in the set [ Seconds,"},
		"old":         {types.MetricDatum{MetricName: name, Value: one, Timestamp: aws.Time(h.Now().Add(-15 * 24 * time.Hour))}, "InvalidParameterValue", "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."},
		"resolution":  {types.MetricDatum{MetricName: name, Value: one, StorageResolution: aws.Int32(5)}, "InvalidParameterValue", "StorageResolution"},
		"name":        {types.MetricDatum{MetricName: aws.String(""), Value: one}, "MissingParameter", "The parameter MetricData.member.1.MetricName is required."},
		"dimension":   {types.MetricDatum{MetricName: name, Value: one, Dimensions: []types.Dimension{{Name: aws.String("a"), Value: aws.String("")}}}, "MissingParameter", "The parameter MetricData.member.1.Dimensions.member.1.Value is required."},
		"dimensions":  {types.MetricDatum{MetricName: name, Value: one, Dimensions: make31()}, "InvalidParameterValue", "30"},
		"set":         {types.MetricDatum{MetricName: name, StatisticValues: set(2, 3, 2, 1)}, "InvalidParameterCombination", "Maximum"},
		"empty set":   {types.MetricDatum{MetricName: name, StatisticValues: set(0, 0, 0, 0)}, "InvalidParameterValue", "SampleCount"},
		"no set":      {types.MetricDatum{MetricName: name, StatisticValues: set(1, math.Inf(1), 1, 1)}, "InvalidParameterValue", "StatisticValues"},
		"set and one": {types.MetricDatum{MetricName: name, Value: one, StatisticValues: set(1, 1, 1, 1)}, "InvalidParameterCombination", "mutually exclusive"},
	} {
		t.Run(label, func(t *testing.T) { wantCode(t, c.put(t, test.datum), test.code, test.message) })
	}
	_, err := cloudwatch.NewFromConfig(c.config).PutMetricData(t.Context(), &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("AWS/SageMaker"), MetricData: []types.MetricDatum{{MetricName: name, Value: one}},
	})
	wantCode(t, err, "InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
	if n := len(c.server.custom.byKey); n != 0 {
		t.Errorf("%d metrics kept of calls that were refused", n)
	}
}

func make31() (out []types.Dimension) {
	for i := range 31 {
		out = append(out, types.Dimension{Name: aws.String(fmt.Sprint("d", i)), Value: aws.String("x")})
	}
	return out
}

func TestCustomMetricsAreBounded(t *testing.T) {
	c := customMetrics{byKey: map[string]*customMetric{}}
	values := make([]float64, maxValues)
	for j := range values {
		values[j] = float64(j)
	}
	for i := range 2 * maxCustomValues / maxValues {
		if fault := c.put("Load", &datum{MetricName: "Users", Values: values}, time.Duration(i)*time.Minute); fault != nil {
			t.Fatal(fault.Message)
		}
		if c.values > maxCustomValues+maxValues {
			t.Fatalf("%d values kept, want at most %d", c.values, maxCustomValues)
		}
	}
	kept := 0
	for _, m := range c.byKey {
		for _, tally := range m.units["None"] {
			kept += tally.Len()
		}
	}
	if kept != c.values || kept < maxCustomValues/2-maxValues {
		t.Errorf("%d values kept, %d counted", kept, c.values)
	}

	c = customMetrics{byKey: map[string]*customMetric{}}
	for i := range maxCustomMetrics {
		if fault := c.put("Load", &datum{MetricName: fmt.Sprint("m", i), Value: new(1.0)}, 0); fault != nil {
			t.Fatal(fault.Message)
		}
	}
	if fault := c.put("Load", &datum{MetricName: "more", Value: new(1.0)}, 0); fault == nil || fault.Code != "LimitExceededFault" {
		t.Errorf("%v, want LimitExceededFault", fault)
	}
	if fault := c.put("Load", &datum{MetricName: "m1", Value: new(1.0)}, time.Minute); fault != nil {
		t.Errorf("a metric that is known: %s", fault.Message)
	}
	if n := len(slices.Collect(maps.Keys(c.byKey))); n != maxCustomMetrics {
		t.Errorf("%d metrics", n)
	}
}
