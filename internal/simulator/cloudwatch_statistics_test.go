package simulator

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

func statisticsOf(metric string, start, end time.Time, change ...func(*cloudwatch.GetMetricStatisticsInput)) *cloudwatch.GetMetricStatisticsInput {
	in := &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/SageMaker"), MetricName: &metric, StartTime: &start, EndTime: &end, Period: aws.Int32(10),
		Statistics: []types.Statistic{types.StatisticSum},
		Dimensions: []types.Dimension{
			{Name: aws.String("VariantName"), Value: aws.String("AllTraffic")},
			{Name: aws.String("EndpointName"), Value: aws.String("demo")},
		},
	}
	for _, f := range change {
		f(in)
	}
	return in
}

// datapoints in the order of time.
func (c clients) datapoints(t *testing.T, in *cloudwatch.GetMetricStatisticsInput) []types.Datapoint {
	t.Helper()
	out, err := cloudwatch.NewFromConfig(c.config).GetMetricStatistics(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Label != *in.MetricName {
		t.Errorf("label %q, want %q", *out.Label, *in.MetricName)
	}
	return slices.SortedFunc(slices.Values(out.Datapoints), func(a, b types.Datapoint) int { return a.Timestamp.Compare(*b.Timestamp) })
}

func TestGetMetricStatistics(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	for range 4 {
		if _, err := c.invoke(t); err != nil {
			t.Fatal(err)
		}
	}
	h.move(23 * time.Second)
	all := c.datapoints(t, statisticsOf("Invocations", start, h.Now(), func(in *cloudwatch.GetMetricStatisticsInput) {
		in.Statistics = types.Statistic("").Values()
		in.ExtendedStatistics = []string{"p50", "p99.9"}
	}))
	if len(all) != 1 {
		t.Fatalf("%d points, want 1: the second period was idle", len(all))
	}
	p := all[0]
	if !p.Timestamp.Equal(start) || p.Unit != types.StandardUnitNone || *p.Sum != 4 || *p.SampleCount != 4 || *p.Average != 1 || *p.Minimum != 1 || *p.Maximum != 1 {
		t.Errorf("point at %v %s: sum %v, count %v, average %v, minimum %v, maximum %v", p.Timestamp, p.Unit, *p.Sum, *p.SampleCount, *p.Average, *p.Minimum, *p.Maximum)
	}
	if !maps.Equal(p.ExtendedStatistics, map[string]float64{"p50": 1, "p99.9": 1}) {
		t.Errorf("extended statistics %v", p.ExtendedStatistics)
	}
	only := c.datapoints(t, statisticsOf("Invocations", start, h.Now()))
	if p := only[0]; *p.Sum != 4 || p.Average != nil || p.Maximum != nil || p.ExtendedStatistics != nil {
		t.Errorf("%+v holds statistics that were not asked for", p)
	}
	unit := func(u types.StandardUnit) func(*cloudwatch.GetMetricStatisticsInput) {
		return func(in *cloudwatch.GetMetricStatisticsInput) { in.Unit = u }
	}
	if n := len(c.datapoints(t, statisticsOf("ModelLatency", start, h.Now(), unit(types.StandardUnitMilliseconds)))); n != 0 {
		t.Errorf("%d points in milliseconds of a metric in microseconds", n)
	}
	if n := len(c.datapoints(t, statisticsOf("ModelLatency", start, h.Now(), unit(types.StandardUnitMicroseconds)))); n != 1 {
		t.Errorf("%d points in the metric's own unit, want 1", n)
	}
}

// Periods are counted from the start, rounded down to the minute, wherever that is in an hour.
func TestPeriodsBeginAtTheStart(t *testing.T) {
	c, h := watched(t)
	start := h.Now()
	h.move(4*time.Minute + 3*time.Second)
	points := c.datapoints(t, statisticsOf("CPUUtilization", start.Add(-50*time.Second), h.Now(), func(in *cloudwatch.GetMetricStatisticsInput) {
		in.Namespace, in.Period = aws.String("/aws/sagemaker/Endpoints"), aws.Int32(180)
		in.Statistics = []types.Statistic{types.StatisticSampleCount}
	}))
	if len(points) != 2 {
		t.Fatalf("%d points, want 2", len(points))
	}
	for i, want := range []float64{24, 24} { // 2 instances, 6 periods in each of the 2 minutes that there were
		if since := points[i].Timestamp.Sub(start); since != time.Duration(3*i-1)*time.Minute || *points[i].SampleCount != want {
			t.Errorf("%v samples at %v after the start, want %v at %v", *points[i].SampleCount, since, want, time.Duration(3*i-1)*time.Minute)
		}
	}
	minutes := func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = aws.Int32(180) }
	at, _ := c.values(t, start, queryOf("demo", "CPUUtilization", "Sum", h.Now(), 4*time.Minute+50*time.Second, minutes))
	if !slices.Equal(at, []int{-60, 120}) {
		t.Errorf("GetMetricData's points at %v", at)
	}
}

func TestGetMetricStatisticsRefusesBadRequests(t *testing.T) {
	c, h := watched(t)
	for name, test := range map[string]struct {
		change        func(*cloudwatch.GetMetricStatisticsInput)
		code, message string
	}{
		"equal times": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.StartTime = in.EndTime },
			"InvalidParameterValue", "The parameter StartTime must not equal parameter EndTime.",
		},
		"times": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.StartTime, in.EndTime = in.EndTime, in.StartTime },
			"InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.",
		},
		"period": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.Period = aws.Int32(61) },
			"InvalidParameterValue", "The parameter Period must be",
		},
		"no statistics": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.Statistics = nil },
			"InvalidParameterCombination", "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
		},
		"statistic": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.Statistics = []types.Statistic{"Sum,Average"} },
			"InvalidParameterValue", "The parameter Statistics.member.1 must be a value in the set [ SampleCount, Average, Sum, Minimum, Maximum ].",
		},
		"percentile": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"p50", "p101"} },
			"InvalidParameterValue", "ExtendedStatistics.member.2",
		},
		"unit": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.Unit = "Parsecs" },
			"InvalidParameterValue", "The parameter Unit must be a value in the set [ Seconds,",
		},
		"points": {
			func(in *cloudwatch.GetMetricStatisticsInput) {
				in.StartTime = aws.Time(in.EndTime.Add(-4*time.Hour - time.Minute))
			},
			"InvalidParameterCombination", "You have requested up to 1,446 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
		},
		"name": {
			func(in *cloudwatch.GetMetricStatisticsInput) { in.MetricName = aws.String("") },
			"MissingParameter", "The parameter MetricName is required.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := statisticsOf("Invocations", h.Now().Add(-time.Hour), h.Now().Add(time.Minute), test.change)
			_, err := cloudwatch.NewFromConfig(c.config).GetMetricStatistics(t.Context(), in)
			wantCode(t, err, test.code, test.message)
		})
	}
	most := statisticsOf("Invocations", h.Now().Add(-4*time.Hour), h.Now())
	c.datapoints(t, most)
}
