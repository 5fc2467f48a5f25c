package simulator

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"sagetop/internal/simulator/model"
)

// listed are the names of all pages' metrics.
func (c clients) listed(t *testing.T, in cloudwatch.ListMetricsInput) []string {
	t.Helper()
	var out []string
	for p := cloudwatch.NewListMetricsPaginator(cloudwatch.NewFromConfig(c.config), &in); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Metrics) > 500 {
			t.Errorf("a page of %d metrics, want at most 500", len(page.Metrics))
		}
		for _, m := range page.Metrics {
			out = append(out, *m.MetricName)
		}
	}
	return out
}

func dimensionsOf(pairs ...string) []types.DimensionFilter {
	var out []types.DimensionFilter
	for i := 0; i < len(pairs); i += 2 {
		f := types.DimensionFilter{Name: &pairs[i]}
		if pairs[i+1] != "" {
			f.Value = &pairs[i+1]
		}
		out = append(out, f)
	}
	return out
}

func TestListMetrics(t *testing.T) {
	h := newHand()
	fast := model.Fast()
	config := Config{Now: h.Now, Endpoints: []EndpointConfig{
		{Name: "demo", Profile: &fast, Instances: 2, EnhancedMetrics: true, PublishEvery: 10 * time.Second, Lateness: 3 * time.Second},
		{Name: "demo", Variant: "Shadow", Profile: &fast, Weight: 1e-9},
		{Name: "plain", Profile: &fast},
	}}
	c := serve(t, config)
	if got := c.listed(t, cloudwatch.ListMetricsInput{}); len(got) != 0 {
		t.Errorf("listed at the start: %v", got)
	}
	if _, err := c.invoke(t); err != nil {
		t.Fatal(err)
	}
	h.move(12 * time.Second)
	if got := c.listed(t, cloudwatch.ListMetricsInput{}); len(got) != 0 {
		t.Errorf("listed before the first points were due: %v", got)
	}
	h.move(time.Second)
	gauges := []string{"CPUUtilization", "DiskUtilization", "MemoryUtilization"}
	for _, test := range []struct {
		name string
		in   cloudwatch.ListMetricsInput
		want []string
	}{
		{"namespace", cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/SageMaker")}, []string{
			"ConcurrentRequestsPerModel", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors", "Invocations",
			"InvocationsPerInstance", "ModelLatency", "OverheadLatency",
		}},
		{"name", cloudwatch.ListMetricsInput{MetricName: aws.String("CPUUtilization")}, slices.Repeat(gauges[:1], 5)},
		{"idle variant", cloudwatch.ListMetricsInput{Dimensions: dimensionsOf("VariantName", "Shadow", "InstanceId", "")}, gauges},
		{"any instance", cloudwatch.ListMetricsInput{MetricName: aws.String("CPUUtilization"), Dimensions: dimensionsOf("InstanceId", "")}, slices.Repeat(gauges[:1], 3)},
		{"recently", cloudwatch.ListMetricsInput{RecentlyActive: types.RecentlyActivePt3h, MetricName: aws.String("Invocations")}, []string{"Invocations"}},
		{"not yet", cloudwatch.ListMetricsInput{Dimensions: dimensionsOf("EndpointName", "plain")}, nil},
		{"nobody", cloudwatch.ListMetricsInput{Dimensions: dimensionsOf("EndpointName", "other")}, nil},
	} {
		if got := c.listed(t, test.in); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	h.move(time.Minute)
	if got := c.listed(t, cloudwatch.ListMetricsInput{Dimensions: dimensionsOf("EndpointName", "plain")}); !slices.Equal(got, gauges) {
		t.Errorf("an endpoint that nobody asked: %v, want %v", got, gauges)
	}
	if err := c.server.Scale("demo", "AllTraffic", 1); err != nil {
		t.Fatal(err)
	}
	h.move(4 * time.Minute)
	for _, name := range []string{"CPUUtilization", "Invocations"} { // of an instance that is gone, and of traffic that has ended
		in := cloudwatch.ListMetricsInput{MetricName: &name, Dimensions: dimensionsOf("EndpointName", "demo", "VariantName", "AllTraffic")}
		if got, want := len(c.listed(t, in)), map[string]int{"CPUUtilization": 3, "Invocations": 1}[name]; got != want {
			t.Errorf("%d metrics %s, want %d", got, name, want)
		}
	}
}

func TestListMetricsInPages(t *testing.T) {
	c, h := watched(t)
	var want []string
	var data []types.MetricDatum
	for i := range 1000 {
		want = append(want, fmt.Sprintf("m%04d", i))
		data = append(data, types.MetricDatum{MetricName: &want[i], Value: aws.Float64(1)})
	}
	if err := c.put(t, data...); err != nil {
		t.Fatal(err)
	}
	if got := c.listed(t, cloudwatch.ListMetricsInput{Namespace: aws.String("Load")}); !slices.Equal(got, want) {
		t.Errorf("%d metrics in all pages, want %d", len(got), len(want))
	}
	old := h.Now().Add(-4 * time.Hour)
	if err := c.put(t, types.MetricDatum{MetricName: aws.String("old"), Value: aws.Float64(1), Timestamp: &old}); err != nil {
		t.Fatal(err)
	}
	in := cloudwatch.ListMetricsInput{MetricName: aws.String("old")}
	if got := c.listed(t, in); len(got) != 1 {
		t.Errorf("%v, want the old metric", got)
	}
	in.RecentlyActive = types.RecentlyActivePt3h
	if got := c.listed(t, in); len(got) != 0 {
		t.Errorf("%v was not active in the last three hours", got)
	}
}

func TestListMetricsRefusesBadRequests(t *testing.T) {
	c, _ := watched(t)
	for name, in := range map[string]cloudwatch.ListMetricsInput{
		"token":      {NextToken: aws.String("!")},
		"active":     {RecentlyActive: "PT1H"},
		"dimensions": {Dimensions: make([]types.DimensionFilter, 0, 11)},
	} {
		if name == "dimensions" {
			for range 11 {
				in.Dimensions = append(in.Dimensions, dimensionsOf("a", "")...)
			}
		}
		_, err := cloudwatch.NewFromConfig(c.config).ListMetrics(t.Context(), &in)
		wantCode(t, err, "InvalidParameterValue", "")
	}
}
