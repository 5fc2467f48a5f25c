package simulator

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
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
		s.byName["demo"].variants[0].admit(time.Duration(i) * 50 * time.Millisecond)
	}
	h.move(5 * time.Minute)
	return s, start
}

func FuzzGetMetricData(f *testing.F) {
	s, start := loadedServer(f)
	query := func(metric, stat string, period int64) metricDataQuery {
		q := metricDataQuery{ID: "q", MetricStat: &metricStat{Period: period, Stat: stat}}
		q.MetricStat.Metric.Namespace, q.MetricStat.Metric.MetricName = invocationMetrics, metric
		q.MetricStat.Metric.Dimensions = []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}}
		return q
	}
	for _, q := range []metricDataQuery{query("ModelLatency", "p99", 60), query("Invocations", "Sum", 10), query("ConcurrentRequestsPerModel", "Maximum", 300)} {
		f.Add(encodeCBOR(metricDataInput{StartTime: &epoch{start}, EndTime: &epoch{start.Add(time.Hour)}, MetricDataQueries: []metricDataQuery{q}, MaxDatapoints: new(int64(3))}))
	}
	f.Add([]byte("\xbf\x69StartTime\xc1\xfb\x41\xda\x85\xb1\xf4\x00\x00\x00\x67EndTime\xc1\x1a\x6a\x16\xd0\x00\x71MetricDataQueries\x9f\xbf\x62Idaq\xff\xff\xff"))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0x9f}, 1000))
	f.Add([]byte("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\xa1\x69StartTime\xc1\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, fault := s.getMetricData(&exchange{protocol: rpcCBOR, body: body})
		if fault != nil {
			r = fault.reply(rpcCBOR, "id")
		}
		if err := cbor.Wellformed(r.body); err != nil {
			t.Fatalf("the answer is no CBOR: %v", err)
		}
		if fault != nil {
			return
		}
		var out metricDataOutput
		if err := cbor.Unmarshal(r.body, &out); err != nil {
			t.Fatal(err)
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
	})
}

func FuzzJSONOperations(f *testing.F) {
	s, _ := loadedServer(f)
	operations := []struct{ service, name string }{
		{"sagemaker", "DescribeEndpoint"},
		{"sagemaker", "DescribeEndpointConfig"},
		{"sagemaker", "ListEndpoints"},
		{"sagemaker", "ListEndpointConfigs"},
		{"sagemaker", "ListTags"},
		{"application-autoscaling", "DescribeScalableTargets"},
		{"application-autoscaling", "DescribeScalingPolicies"},
	}
	for i := range operations {
		for _, body := range []string{
			`{"EndpointName":"demo","EndpointConfigName":"demo-config","ServiceNamespace":"sagemaker","ResourceArn":"arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo"}`,
			`{"NextToken":"MQ==","MaxResults":1,"SortBy":"Name","CreationTimeAfter":1.5e9}`,
			``, `null`, `[]`, `{"MaxResults":1e99}`, `{"CreationTimeBefore":"x"}`, `{"ServiceNamespace":"sagemaker","ResourceIds":[null]}`,
		} {
			f.Add(uint(i), []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, which uint, body []byte) {
		op := operations[which%uint(len(operations))]
		r, fault := operation(op.service, op.name)(s, &exchange{protocol: json11, service: op.service, op: op.name, body: body})
		if fault != nil {
			if r = fault.reply(json11, "id"); r.status != http.StatusBadRequest || fault.code == "" {
				t.Fatalf("status %d, code %q", r.status, fault.code)
			}
		}
		if !json.Valid(r.body) {
			t.Fatalf("the answer is no JSON: %s", r.body)
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	s := testServer(f)
	f.Add(invocation().request(f).Header.Get("Authorization"))
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260501/us-east-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=;;,Signature==")
	f.Add("AWS4-HMAC-SHA256")
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		a, fault := parseAuthorization(header)
		if fault == nil && (a.signature == "" || a.headers == "") {
			t.Fatalf("%q is accepted as %+v", header, a)
		}
		r := httptest.NewRequest(http.MethodPost, "/endpoints/demo/invocations", nil)
		r.Header.Set("X-Amz-Date", "20260501T120000Z")
		r.Header["Authorization"] = []string{header}
		if s.keys.verify(r, nil, "us-east-1", "sagemaker", time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)) == nil {
			t.Fatalf("%q signs a request without the key", header)
		}
	})
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

func TestProfileAsJSON(t *testing.T) {
	want := Default()
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Profile
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("read back %+v, want %+v", got, want)
	}
	if !bytes.Contains(b, []byte(`"median":"52.7ms"`)) {
		t.Errorf("durations are not spelled as Go does: %s", b)
	}
	if err := json.Unmarshal([]byte(`{"timeout":"soon"}`), &got); err == nil {
		t.Error("a bad duration is accepted")
	}
}
