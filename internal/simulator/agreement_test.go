package simulator

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/smithy-go"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// seen is what the clients of an endpoint saw in one period.
type seen struct{ invocations, by4XX, by5XX, byModel float64 }

// note what came of one invocation, as the endpoint's metrics should have it.
func (s *seen) note(err error) {
	code, status := "", 0
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	var response interface{ HTTPStatusCode() int }
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	switch {
	case code == "AccessDeniedException" || code == "ExpiredTokenException": // the endpoint never sees those
		return
	case code == "ModelError":
		s.byModel++
		s.by5XX++
	case status >= 500:
		s.by5XX++
	case status >= 400:
		s.by4XX++
	}
	s.invocations++ // also those whose connection broke
}

// For every closed period the metrics say what the clients got, over endpoints, variants and kinds of faults.
func TestMetricsAgreeWithClients(t *testing.T) {
	h := newHand()
	endpoint := func(name, variant string, enhanced bool) EndpointConfig {
		return EndpointConfig{
			Name: name, Variant: variant, Profile: new(model.Fast()), Instances: 2, EnhancedMetrics: enhanced,
			PublishEvery: 30 * time.Second, Lateness: 5 * time.Second,
		}
	}
	c := serve(t, Config{Now: h.Now, Seed: 5, Endpoints: []EndpointConfig{
		endpoint("one", "AllTraffic", true), endpoint("two", "Blue", true), endpoint("two", "Green", true), endpoint("slow", "AllTraffic", false),
	}})
	for _, kind := range []FaultKind{
		FaultThrottled, FaultNotReady, FaultInvalid, FaultAccessDenied, FaultExpiredToken, FaultInternal, FaultUnavailable,
		FaultDependency, FaultModel, FaultBadGateway, FaultGatewayTimeout, FaultReset, FaultTruncated,
	} {
		if _, err := c.server.Fault(Fault{Kind: kind, Share: 0.03}); err != nil {
			t.Fatal(err)
		}
	}
	start := h.Now()
	periods := map[string]time.Duration{"one": 30 * time.Second, "two": 30 * time.Second, "slow": time.Minute}
	want := map[string]map[int64]*seen{"one": {}, "two": {}, "slow": {}}
	rng := model.NewRand(5, 1)
	for range 400 {
		h.move(time.Duration(rng.IntN(900)) * time.Millisecond)
		name := []string{"one", "two", "slow"}[rng.IntN(3)]
		period := h.Now().Unix() / int64(periods[name].Seconds())
		if want[name][period] == nil {
			want[name][period] = &seen{}
		}
		_, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) { in.EndpointName = &name })
		want[name][period].note(err)
	}
	h.move(time.Minute + 5*time.Second)
	for name, variants := range map[string][]string{"one": {"AllTraffic"}, "two": {"Blue", "Green"}, "slow": {"AllTraffic"}} {
		got := map[int64]*seen{}
		for period := range want[name] {
			got[period] = &seen{}
		}
		for metric, of := range map[string]func(*seen) *float64{
			"Invocations":           func(s *seen) *float64 { return &s.invocations },
			"Invocation4XXErrors":   func(s *seen) *float64 { return &s.by4XX },
			"Invocation5XXErrors":   func(s *seen) *float64 { return &s.by5XX },
			"InvocationModelErrors": func(s *seen) *float64 { return &s.byModel },
		} {
			for _, variant := range variants {
				in := statisticsOf(metric, start, h.Now(), func(in *cloudwatch.GetMetricStatisticsInput) {
					in.Dimensions = []types.Dimension{{Name: aws.String("EndpointName"), Value: &name}, {Name: aws.String("VariantName"), Value: &variant}}
				})
				for _, p := range c.datapoints(t, in) {
					s := got[p.Timestamp.Unix()/int64(periods[name].Seconds())]
					if s == nil {
						t.Fatalf("%s %s: a point at %v, when nothing was sent", name, metric, p.Timestamp)
					}
					*of(s) += *p.Sum
				}
			}
		}
		for period, w := range want[name] {
			if *got[period] != *w {
				t.Errorf("%s, period %d: the metrics say %+v, the clients saw %+v", name, period, *got[period], *w)
			}
		}
	}
}

// ofStatistics is GetMetricStatistics in XML.
type ofStatistics struct {
	Label  string `xml:"GetMetricStatisticsResult>Label"`
	Points []struct {
		Timestamp          time.Time
		Sum                float64
		Unit               string
		ExtendedStatistics struct {
			Entries []struct {
				Key   string  `xml:"key"`
				Value float64 `xml:"value"`
			} `xml:"entry"`
		}
	} `xml:"GetMetricStatisticsResult>Datapoints>member"`
}

// Each protocol puts, lists and reads the same metric.
func TestProtocolsAgree(t *testing.T) {
	h := newHand()
	config := fast()
	config.Now = h.Now
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(p wire.Protocol, operation string, body []byte) []byte {
		x := wire.Call{Protocol: p, Service: wire.CloudWatch, Operation: operation, Body: body}
		r, fault := operations[wire.CloudWatch][operation](s, &x)
		if fault != nil {
			t.Fatalf("%s: %s: %s", operation, fault.Code, fault.Message)
		}
		return r.Body
	}
	at := wire.Time{Time: h.Now()}
	until := wire.Time{Time: at.Add(time.Minute)}
	for _, p := range []wire.Protocol{wire.JSON10, wire.CBOR} {
		x := wire.Call{Protocol: p}
		ask(p, "PutMetricData", x.Reply(&putMetricDataInput{Namespace: "Load", MetricData: []datum{{
			MetricName: "Users", Dimensions: []dimension{{"Host", "a"}}, Timestamp: &at, Values: []float64{3, 4}, Unit: "Count",
		}}}).Body)
	}
	ask(wire.Query, "PutMetricData", []byte("Namespace=Load&MetricData.member.1.MetricName=Users&MetricData.member.1.Dimensions.member.1.Name=Host"+
		"&MetricData.member.1.Dimensions.member.1.Value=a&MetricData.member.1.Values.member.1=3&MetricData.member.1.Values.member.2=4&MetricData.member.1.Unit=Count"))
	for _, p := range []wire.Protocol{wire.JSON10, wire.CBOR} {
		x := wire.Call{Protocol: p}
		var listed listMetricsOutput
		x.Body = ask(p, "ListMetrics", x.Reply(&listMetricsInput{Dimensions: []dimension{{Name: "Host"}}}).Body)
		if fault := x.Decode(&listed); fault != nil || len(listed.Metrics) != 1 || listed.Metrics[0].Dimensions[0] != (dimension{"Host", "a"}) {
			t.Errorf("protocol %d lists %+v", p, listed)
		}
		var out metricStatisticsOutput
		x.Body = ask(p, "GetMetricStatistics", x.Reply(&metricStatisticsInput{
			Namespace: "Load", MetricName: "Users", Dimensions: []dimension{{"Host", "a"}}, StartTime: &at, EndTime: &until, Period: new(int64(60)),
			Statistics: []string{"Sum"}, ExtendedStatistics: []string{"p90"},
		}).Body)
		if fault := x.Decode(&out); fault != nil || len(out.Datapoints) != 1 {
			t.Fatalf("protocol %d reads %+v", p, out)
		}
		if d := out.Datapoints[0]; *d.Sum != 21 || d.ExtendedStatistics["p90"] != 4 || !d.Timestamp.Equal(at.Time) || d.Unit != "Count" {
			t.Errorf("protocol %d reads %+v, sum %v", p, d, *d.Sum)
		}
	}
	if body := ask(wire.Query, "ListMetrics", []byte("Dimensions.member.1.Name=Host")); !strings.Contains(string(body),
		"<Metrics><member><Namespace>Load</Namespace><MetricName>Users</MetricName><Dimensions><member><Name>Host</Name><Value>a</Value></member></Dimensions></member></Metrics>") {
		t.Errorf("Query lists %s", body)
	}
	var out ofStatistics
	body := ask(wire.Query, "GetMetricStatistics", fmt.Appendf(nil, "Namespace=Load&MetricName=Users&Dimensions.member.1.Name=Host&Dimensions.member.1.Value=a&Period=60"+
		"&StartTime=%s&EndTime=%s&Statistics.member.1=Sum&ExtendedStatistics.member.1=p90", url.QueryEscape(at.Format(time.RFC3339)), url.QueryEscape(until.Format(time.RFC3339))))
	if err := xml.Unmarshal(body, &out); err != nil || len(out.Points) != 1 {
		t.Fatalf("error %v, body %s", err, body)
	}
	if p := out.Points[0]; p.Sum != 21 || !p.Timestamp.Equal(at.Time) || p.Unit != "Count" || p.ExtendedStatistics.Entries[0].Value != 4 || out.Label != "Users" {
		t.Errorf("Query reads %+v", out)
	}
}

// Periods below a minute are remembered for three hours, those of a minute for longer.
func TestFinePeriodsAreForgotten(t *testing.T) {
	h := newHand()
	config := fast(func(e *EndpointConfig) { e.EnhancedMetrics, e.PublishEvery = true, 10*time.Second })
	config.Now = h.Now
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	start := h.Now()
	s.endpoints.get("demo").variants()[0].Admit(0)
	h.move(3*time.Hour + time.Minute)
	points := func(period int64) int {
		t.Helper()
		out, fault := s.getMetricStatistics(&metricStatisticsInput{
			Namespace: "AWS/SageMaker", MetricName: "Invocations", Dimensions: []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}},
			StartTime: &wire.Time{Time: start}, EndTime: &wire.Time{Time: start.Add(time.Minute)}, Period: &period, Statistics: []string{"Sum"},
		})
		if fault != nil {
			t.Fatal(fault.Message)
		}
		return len(out.Datapoints)
	}
	if got := []int{points(10), points(60)}; !slices.Equal(got, []int{0, 1}) {
		t.Errorf("%v points of 10 s and of 60 s, want 0 and 1", got)
	}
}

// Deployments of other variants come and go under load, the last of them with the endpoint: of no request a metric is lost.
func TestMetricsAgreeOverDeployments(t *testing.T) {
	c, sm, h := controlled(t, func(e *EndpointConfig) { e.Profile.Boot = model.Duration(10 * time.Second) })
	start := c.server.clock.Origin
	sent := map[string]float64{}
	send := func() {
		for range 3 {
			out, err := c.invoke(t)
			if err != nil {
				t.Fatal(err)
			}
			sent[*out.InvokedProductionVariant]++
			h.move(time.Second)
		}
	}
	send()
	for i := range 12 {
		name := []string{"blue", "green", "red"}[i%3]
		if i < 3 {
			makeConfig(t, sm, name, oneVariant(name, "ml.m5.large", 1))
		}
		if _, err := sm.UpdateEndpoint(t.Context(), &sagemaker.UpdateEndpointInput{EndpointName: aws.String("demo"), EndpointConfigName: &name}); err != nil {
			t.Fatal(err)
		}
		send()
		h.move(10 * time.Second)
		send()
	}
	if _, err := sm.DeleteEndpoint(t.Context(), &sagemaker.DeleteEndpointInput{EndpointName: aws.String("demo")}); err != nil {
		t.Fatal(err)
	}
	h.move(time.Minute)
	for name, want := range sent {
		got := 0.0
		for _, p := range c.datapoints(t, statisticsOf("Invocations", start, h.Now(), func(in *cloudwatch.GetMetricStatisticsInput) { in.Dimensions[0].Value = &name })) {
			got += *p.Sum
		}
		if got != want {
			t.Errorf("%v invocations of variant %s, clients saw %v", got, name, want)
		}
		if got := c.listed(t, cloudwatch.ListMetricsInput{MetricName: aws.String("Invocations"), Dimensions: dimensionsOf("VariantName", name)}); len(got) != 1 {
			t.Errorf("listed for variant %s: %q", name, got)
		}
	}
	if len(sent) != 4 {
		t.Errorf("variants that served: %v", sent)
	}
}
