package simulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"sagetop/internal/simulator/wire"
)

// loadedServer has some traffic to tell of.
func loadedServer(t testing.TB) (*Server, time.Time) {
	t.Helper()
	start := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	h := &hand{now: start}
	s, err := New(Config{Now: h.Now, Endpoints: []EndpointConfig{
		{Name: "demo", Instances: 2, EnhancedMetrics: true, PublishEvery: 10 * time.Second, Scaling: &Scaling{Max: 3, Target: 1}, Tags: map[string]string{"a": "b"}},
		{Name: "other"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		s.endpoints.get("demo").variants()[0].Admit(time.Duration(i) * 50 * time.Millisecond)
	}
	h.move(5 * time.Minute)
	return s, start
}

// FuzzCloudWatch sends any body to every operation of CloudWatch in each of its protocols.
func FuzzCloudWatch(f *testing.F) {
	s, start := loadedServer(f)
	names := slices.Sorted(maps.Keys(operations[wire.CloudWatch]))
	form := func(action string, more ...string) []byte {
		return []byte("Action=" + action + "&Version=2010-08-01&" + strings.Join(more, "&"))
	}
	from, to := start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339)
	for _, metric := range []string{"ModelLatency", "Invocations", "ConcurrentRequestsPerModel"} {
		for _, stat := range []string{"p99", "Sum", "Maximum"} {
			in := metricDataInput{StartTime: &wire.Time{Time: start}, EndTime: &wire.Time{Time: start.Add(time.Hour)}, MaxDatapoints: new(int64(3))}
			q := metricDataQuery{Id: "q", MetricStat: &metricStat{Period: 60, Stat: stat}}
			q.MetricStat.Metric.Namespace, q.MetricStat.Metric.MetricName = "AWS/SageMaker", metric
			q.MetricStat.Metric.Dimensions = []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}}
			in.MetricDataQueries = []metricDataQuery{q}
			call := wire.Call{Protocol: wire.CBOR}
			f.Add(uint8(wire.CBOR), uint(0), call.Reply(in).Body)
			call.Protocol = wire.JSON10
			f.Add(uint8(wire.JSON10), uint(0), call.Reply(in).Body)
			f.Add(uint8(wire.Query), uint(0), form("GetMetricData", "StartTime="+from, "EndTime="+to, "MetricDataQueries.member.1.Id=q",
				"MetricDataQueries.member.1.MetricStat.Period=60", "MetricDataQueries.member.1.MetricStat.Stat="+stat,
				"MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FSageMaker", "MetricDataQueries.member.1.MetricStat.Metric.MetricName="+metric,
				"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=EndpointName",
				"MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=demo"))
		}
	}
	for i, name := range names {
		if in := cloudWatchSeeds(start)[name]; in != nil {
			for _, p := range []wire.Protocol{wire.CBOR, wire.JSON10} {
				call := wire.Call{Protocol: p}
				f.Add(uint8(p), uint(i), call.Reply(in).Body)
			}
		}
		f.Add(uint8(wire.Query), uint(i), form(name, "Namespace=Load", "MetricName=Users", "StartTime="+from, "EndTime="+to, "Period=60", "Unit=Count",
			"Statistics.member.1=Sum", "ExtendedStatistics.member.1=p99", "RecentlyActive=PT3H", "Dimensions.member.1.Name=EndpointName",
			"MetricData.member.1.MetricName=Users", "MetricData.member.1.Values.member.1=1e3", "MetricData.member.1.Counts.member.1=2"))
	}
	f.Add(uint8(wire.CBOR), uint(0), []byte("\xbf\x69StartTime\xc1\xfb\x41\xda\x85\xb1\xf4\x00\x00\x00\x67EndTime\xc1\x1a\x6a\x16\xd0\x00\x71MetricDataQueries\x9f\xbf\x62Idaq\xff\xff\xff"))
	f.Add(uint8(wire.CBOR), uint(0), bytes.Repeat([]byte{0x9f}, 1000))
	f.Add(uint8(wire.CBOR), uint(0), []byte("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add(uint8(wire.CBOR), uint(0), []byte("\xa1\x69StartTime\xc1\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00"))
	f.Add(uint8(wire.JSON10), uint(0), []byte(`{"StartTime":1e99,"MetricDataQueries":[null]}`))
	f.Add(uint8(wire.Query), uint(0), form("GetMetricData", "MetricDataQueries.member.0.Id=", "MetricDataQueries.member.x=1", "StartTime=now"))
	f.Fuzz(func(t *testing.T, protocol uint8, which uint, body []byte) {
		if p := wire.Protocol(protocol); p != wire.CBOR && p != wire.JSON10 && p != wire.Query {
			return
		}
		x := wire.Call{Protocol: wire.Protocol(protocol), Service: wire.CloudWatch, Operation: names[which%uint(len(names))], Body: body}
		ask(t, s, &x)
	})
}

// cloudWatchSeeds are inputs that the operations take.
func cloudWatchSeeds(start time.Time) map[string]any {
	at, end := wire.Time{Time: start}, wire.Time{Time: start.Add(time.Hour)}
	return map[string]any{
		"GetMetricStatistics": &metricStatisticsInput{
			Namespace: "AWS/SageMaker", MetricName: "ModelLatency", Dimensions: []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}},
			StartTime: &at, EndTime: &end, Period: new(int64(60)), Statistics: statistics, ExtendedStatistics: []string{"p99.9"}, Unit: "Microseconds",
		},
		"ListMetrics": &listMetricsInput{Namespace: "AWS/SageMaker", Dimensions: []dimension{{"InstanceId", ""}}, RecentlyActive: "PT3H", NextToken: "YQ"},
		"PutMetricData": &putMetricDataInput{Namespace: "Load", MetricData: []datum{
			{MetricName: "Users", Timestamp: &end, Values: []float64{1, 2}, Counts: []float64{3, 4}, Unit: "Count", StorageResolution: new(int64(1))},
			{MetricName: "Users", StatisticValues: &statisticSet{new(2.0), new(3.0), new(1.0), new(2.0)}},
			{MetricName: "Users", Value: new(-1.5), Dimensions: []dimension{{"Host", "a"}}},
		}},
	}
}

// FuzzJSONOperations sends any body to every operation of the services that speak JSON.
func FuzzJSONOperations(f *testing.F) {
	s, _ := loadedServer(f)
	var calls []wire.Call
	for _, service := range []*wire.Service{wire.SageMaker, wire.AutoScaling} {
		for _, name := range slices.Sorted(maps.Keys(operations[service])) {
			calls = append(calls, wire.Call{Protocol: wire.JSON11, Service: service, Operation: name})
		}
	}
	for i := range calls {
		for _, body := range []string{
			`{"EndpointName":"demo","EndpointConfigName":"demo-config","ServiceNamespace":"sagemaker","ResourceArn":"arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo"}`,
			`{"NextToken":"MQ==","MaxResults":1,"SortBy":"Name","CreationTimeAfter":1.5e9}`,
			`{"EndpointName":"new","EndpointConfigName":"new","ProductionVariants":[{"VariantName":"v","ModelName":"m","InstanceType":"ml.m5.large"}],"Tags":[{"Key":"k","Value":"v"}]}`,
			`{"EndpointName":"demo","DesiredWeightsAndCapacities":[{"VariantName":"AllTraffic","DesiredInstanceCount":3,"DesiredWeight":0}]}`,
			`{"ServiceNamespace":"sagemaker","ResourceId":"endpoint/demo/variant/AllTraffic","ScalableDimension":"sagemaker:variant:DesiredInstanceCount","MinCapacity":1,"MaxCapacity":4,"PolicyName":"p","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{"TargetValue":1,"PredefinedMetricSpecification":{"PredefinedMetricType":"SageMakerVariantInvocationsPerInstance"}}}`,
			``, `null`, `[]`, `{"MaxResults":1e99}`, `{"CreationTimeBefore":"x"}`, `{"ServiceNamespace":"sagemaker","ResourceIds":[null]}`,
		} {
			f.Add(uint(i), []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, which uint, body []byte) {
		x := calls[which%uint(len(calls))]
		x.Body = body
		ask(t, s, &x)
	})
}

// FuzzControl lets operations that change things follow each other, a minute apart and with requests between: whatever is asked, what
// is described is what serves, and the account stays within its bounds.
func FuzzControl(f *testing.F) {
	const (
		config = `SageMaker.CreateEndpointConfig {"EndpointConfigName":"c","ProductionVariants":[{"VariantName":"AllTraffic","ModelName":"m","InstanceType":"ml.m5.large","InitialInstanceCount":2},{"VariantName":"b","ModelName":"m","InstanceType":"ml.m5.large","InitialVariantWeight":0}]}`
		create = `SageMaker.CreateEndpoint {"EndpointName":"new","EndpointConfigName":"c"}`
		scale  = `SageMaker.UpdateEndpointWeightsAndCapacities {"EndpointName":"demo","DesiredWeightsAndCapacities":[{"VariantName":"AllTraffic","DesiredInstanceCount":999,"DesiredWeight":0}]}`
		target = `"ServiceNamespace":"sagemaker","ResourceId":"endpoint/demo/variant/AllTraffic","ScalableDimension":"sagemaker:variant:DesiredInstanceCount"`
		track  = `AnyScaleFrontendService.RegisterScalableTarget {` + target + `,"MinCapacity":2,"MaxCapacity":900}` + "\n" +
			`AnyScaleFrontendService.PutScalingPolicy {` + target + `,"PolicyName":"p","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{"TargetValue":0.1,"ScaleOutCooldown":0,"PredefinedMetricSpecification":{"PredefinedMetricType":"SageMakerVariantInvocationsPerInstance"}}}`
		update = `SageMaker.UpdateEndpoint {"EndpointName":"demo","EndpointConfigName":"c","RetainAllVariantProperties":true}`
		remove = `SageMaker.DeleteEndpoint {"EndpointName":"demo"}`
	)
	for _, script := range []string{
		config + "\n" + create + "\n" + create, scale + "\n" + scale, track + strings.Repeat("\nSageMaker.ListEndpoints {}", 20),
		config + "\n" + update + "\n" + update + "\n" + scale, track + "\n" + remove + "\n" + track + "\n" + config + "\n" + update, remove + "\n" + config + "\n" + create,
	} {
		f.Add(script)
	}
	named := map[string]*wire.Service{wire.SageMaker.Target: wire.SageMaker, wire.AutoScaling.Target: wire.AutoScaling}
	f.Fuzz(func(t *testing.T, script string) {
		h := &hand{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
		s, err := New(Config{Now: h.Now, Endpoints: []EndpointConfig{{Name: "demo", Profile: booting()}}})
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(script, "\n") {
			operation, body, _ := strings.Cut(line, " ")
			service, name, _ := strings.Cut(operation, ".")
			x := wire.Call{Protocol: wire.JSON11, Service: named[service], Operation: name, Body: []byte(body)}
			if i > 100 || operations[x.Service][name] == nil {
				return
			}
			ask(t, s, &x)
			h.move(time.Minute)
			s.catchUp()
			holdsTogether(t, s)
		}
	})
}

// holdsTogether checks that s is whole.
func holdsTogether(t *testing.T, s *Server) {
	t.Helper()
	if n := sum(s.instances(s.now())); n > maxInstances {
		t.Fatalf("%d instances", n)
	}
	for _, e := range s.endpoints.all() {
		d, fault := s.describeEndpoint(&endpointName{e.name})
		if fault != nil {
			t.Fatal(fault.Message)
		}
		if e.serves() != d.EndpointStatus.serves() {
			t.Fatalf("%s is %s, and serves: %v", e.name, d.EndpointStatus, e.serves())
		}
		if e.serves() {
			v := e.pick()
			v.Admit(s.now())
			if current, desired := v.Counts(s.now()); current < 1 || d.EndpointStatus == InService && current != desired {
				t.Fatalf("%s is %s with %d/%d instances", e.name, d.EndpointStatus, current, desired)
			}
		}
	}
	for _, c := range s.scaling.targets {
		if s.endpoints.get(c.endpoint).variant(c.variant) == nil {
			t.Fatalf("%s is a target and not there", c.resource())
		}
	}
}

// ask runs x's operation and holds its answer to the protocol: well formed, and an error is a client's.
func ask(t *testing.T, s *Server, x *wire.Call) {
	t.Helper()
	r, fault := operations[x.Service][x.Operation](s, x)
	if fault != nil {
		if r = answered(x.Fail(fault)); r.Code == "" || r.Status < 400 || r.Status >= 500 {
			t.Fatalf("status %d, code %q", r.Status, r.Code)
		}
	}
	var err error
	switch x.Protocol {
	case wire.CBOR:
		err = cbor.Wellformed(r.Body)
	case wire.Query:
		err = xml.Unmarshal(r.Body, new(struct{}))
	default:
		err = json.Unmarshal(r.Body, new(any))
	}
	if err != nil {
		t.Fatalf("the answer is malformed: %v: %q", err, r.Body)
	}
	if fault != nil || x.Protocol == wire.Query {
		return
	}
	answer := wire.Call{Protocol: x.Protocol, Body: r.Body}
	switch x.Operation {
	case "GetMetricData":
		holdData(t, &answer)
	case "GetMetricStatistics":
		holdStatistics(t, &answer)
	}
}

// holdData: every value has its time, and is a number.
func holdData(t *testing.T, answer *wire.Call) {
	t.Helper()
	var out metricDataOutput
	if fault := answer.Decode(&out); fault != nil {
		t.Fatal(fault.Message)
	}
	for _, r := range out.MetricDataResults {
		if len(r.Timestamps) != len(r.Values) {
			t.Fatalf("%d timestamps of %d values", len(r.Timestamps), len(r.Values))
		}
		for _, v := range r.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("value %v", v)
			}
		}
	}
}

// holdStatistics: no more points than are allowed, each of a number of values.
func holdStatistics(t *testing.T, answer *wire.Call) {
	t.Helper()
	var out metricStatisticsOutput
	if fault := answer.Decode(&out); fault != nil {
		t.Fatal(fault.Message)
	}
	byUnit := map[string]int{}
	for _, d := range out.Datapoints {
		byUnit[d.Unit]++
		for name, v := range map[string]*float64{"Average": d.Average, "Sum": d.Sum, "SampleCount": d.SampleCount, "Maximum": d.Maximum} {
			if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
				t.Fatalf("%s %v", name, *v)
			}
		}
	}
	for unit, n := range byUnit {
		if n > maxStatisticsPoints+1 {
			t.Fatalf("%d points of %s", n, unit)
		}
	}
}

// FuzzRequest sends what nobody has signed: whatever it is, it is refused in some protocol's words.
func FuzzRequest(f *testing.F) {
	s := testServer(f)
	f.Add("POST", "/endpoints/demo/invocations", "", "application/json", []byte("{}"))
	f.Add("POST", "/", "SageMaker.ListEndpoints", "", []byte("{}"))
	f.Add("POST", "/", "AnyScaleFrontendService.X", "", []byte("{}"))
	f.Add("POST", "/", "", "application/x-www-form-urlencoded", []byte("Action=GetCallerIdentity"))
	f.Add("POST", "/service/GraniteServiceVersion20100801/operation/GetMetricData", "", "application/cbor", []byte{0xa0})
	f.Add("GET", "/endpoints//invocations", ".", "", []byte{})
	f.Fuzz(func(t *testing.T, method, path, target, contentType string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.URL.Path, r.RequestURI = method, path, path
		r.Header.Set("X-Amz-Target", target)
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden && w.Code != http.StatusBadRequest || w.Body.Len() == 0 {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
	})
}
