package check

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"sagetop/cwmetrics"
	"sagetop/internal/cloud"
)

var update = flag.Bool("update", false, "write the golden files anew; read them by eye afterwards")

// golden compares text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew): %v\n got:\n%s\nwant:\n%s", path, err, got, want)
	}
}

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func of[T any](v T) *T { return &v }

const testARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/distilbert"

// whole is a report of an endpoint with which all is well.
func whole() *Report {
	return &Report{
		Schema: Schema, Version: "dev", At: noon, Ahead: of(0.3),
		Identity: Identity{
			Account: "123456789012", ARN: "arn:aws:sts::123456789012:assumed-role/ml-dev/me", Name: "ml-dev", From: "SSO, profile dev",
			Expires: noon.Add(192 * time.Minute), Region: "us-east-1", RegionFrom: "profile dev in ~/.aws/config",
		},
		Endpoint: Endpoint{
			Name: "distilbert", ARN: testARN,
			Facts: &Facts{
				Status: "InService", Config: "distilbert-1", Created: noon.Add(-96 * time.Hour), Modified: noon.Add(-time.Hour), PublishS: 10, Enhanced: true, DataCapture: true,
				Variants: []cwmetrics.Variant{
					{Name: "AllTraffic", InstanceType: "ml.m5.12xlarge", Instances: 2, Desired: 3, Weight: 3, Routing: "LEAST_OUTSTANDING_REQUESTS", Hardware: cwmetrics.Hardware{VCPUs: 48}},
					{Name: "Canary", Serverless: true, Weight: 1},
				},
			},
			Scaling: &Scaling{On: true, Min: 2, Max: 8, Policies: []string{"by-invocations"}}, Invocations: of(1234.0),
			Server: &Server{
				T: noon.Add(-3 * time.Minute), PeriodS: 60, AgeS: 120,
				Model: &ServerTiming{Mean: 61.24, P50: of(58.5), P90: of(70.0), P99: of(112.7)}, Overhead: &ServerTiming{Mean: 4.1},
			},
		},
		Permissions: []Permission{
			{Action: "sts:GetCallerIdentity", State: Have},
			{Action: "sagemaker:InvokeEndpoint", State: Have},
			{Action: "sagemaker:UpdateEndpointWeightsAndCapacities", State: NotTried, Why: string(changes)},
		},
		Invocation: &Invocation{
			Request: Request{At: noon, OK: true, Status: 200, MS: 75.26, RequestID: "0f3c1a52-7d64-4c9f-9d0e-2f6f7f1f0a11"}, Client: "lean", BytesOut: 44, BytesIn: 49,
			Phases: &Phases{DNS: 1.2, Connect: 8.4, TLS: 17.9, FirstByte: 47.6, Body: 0.1}, Variant: "AllTraffic",
			Answer: &Answer{ContentType: "application/json", Text: "[\n  {\n    \"label\": \"POSITIVE\",\n    \"score\": 0.9998\n  }\n]"},
		},
		Next: "sagetop run distilbert -d @p.json -c 12",
	}
}

// poor is one of an endpoint of which little may be known, behind a network that lets little through.
func poor() *Report {
	r := whole()
	r.Ahead = of(-432.0)
	r.Identity = Identity{From: "EC2 instance role", Region: "us-east-1", RegionFrom: "EC2 instance metadata"}
	r.Endpoint = Endpoint{Name: "a-name-of-an-endpoint-that-is-about-as-long-as-they-may-be-at-all"}
	r.Permissions = []Permission{
		{Action: "sts:GetCallerIdentity", State: Unreachable, Why: "nothing came in time", service: svcSTS},
		{Action: "sagemaker:DescribeEndpoint", State: Missing, resource: testARN},
		{Action: "sagemaker:DescribeEndpointConfig", State: NotTried, Why: string(needed), resource: "*", likely: true},
		{Action: "sagemaker:InvokeEndpoint", State: Have},
		{Action: "cloudwatch:GetMetricData", State: Missing, resource: "*"},
		{Action: "logs:FilterLogEvents", State: Missing, Why: "a policy forbids it", resource: "*", forbidden: true},
		{Action: "pricing:GetProducts", State: Unreachable, Why: "nothing came in time", service: svcPricing},
		{Action: "servicequotas:ListServiceQuotas", State: Unknown, Why: "in us-east-1 failed on AWS's side (HTTP 503, ServiceUnavailable)"},
	}
	r.advise("")
	r.Invocation = &Invocation{
		Request: Request{
			At: noon, Status: 424, MS: 12.1, RequestID: "0f3c1a52-7d64-4c9f-9d0e-2f6f7f1f0a11", Class: "model_error", Code: "ModelError",
			Error: "the model in distilbert refused the request (status 400): Received client error (400) from model\ncheck -d and --content-type",
		},
		Client: "sdk", BytesOut: 1_250_000, BytesIn: 12_345, Phases: &Phases{Connect: 0.4, Other: 31.5, FirstByte: 10, Body: 0.2},
		OriginalStatus: 400, OriginalMessage: "no field inputs", LogStreamARN: "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/distilbert",
	}
	r.Next = ""
	return r
}

// several is one of many requests.
func several() *Report {
	r := whole()
	for i := range 20 {
		one := r.Invocation.Request
		one.At = noon.Add(time.Duration(i) * time.Second)
		if i == 4 {
			one = Request{At: one.At, MS: 2000.4, Class: "connect", Error: "endpoint distilbert in us-east-1 not reached: connect timed out\ncheck the network"}
		}
		if i == 7 {
			one.OK, one.Status, one.Class, one.Code, one.Error = false, 400, "throttled", "ThrottlingException", "sagemaker:InvokeEndpoint is throttled"
		}
		r.Requests = append(r.Requests, one)
	}
	r.Latency = &Latency{Sent: 20, Failed: 2, Min: of(58.1), P50: of(61.0), Max: of(105.0)}
	return r
}

// unexpected is one of a container whose answer is not what it was to be.
func unexpected() *Report {
	r := LookAt(Config{Version: "dev", Name: "http://127.0.0.1:8080/invocations"}, 1234*time.Microsecond)
	r.At = noon
	r.Invocation = &Invocation{
		Request: Request{
			At: noon, Status: 200, MS: 61.3, Class: "check",
			Error: "the request was answered, but not as --expect wants it: json .score >= 0.5: is 0.1",
		},
		Client: "lean", BytesOut: 44, BytesIn: 16, Phases: &Phases{Connect: 0.4, FirstByte: 60.7, Body: 0.2},
		Answer: &Answer{ContentType: "application/json", Text: "{\n  \"score\": 0.1\n}"},
	}
	return r
}

// text is the report as it is told.
func text(r *Report, style Style) string {
	var out strings.Builder
	p := &Printer{Report: r, Out: &out, Style: style}
	p.Facts()
	p.Access()
	if r.Latency == nil {
		p.Outcome()
	} else {
		for i, one := range r.Requests {
			p.Request(i, len(r.Requests), one)
		}
		p.Summary()
	}
	if r.Next != "" {
		p.Next()
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for name, r := range map[string]*Report{"whole": whole(), "poor": poor(), "several": several(), "unexpected": unexpected()} {
		golden(t, name+"_80.txt", text(r, Style{Width: 80, Lines: 20}))
		golden(t, name+"_120.txt", text(r, Style{Width: 120, Lines: 20}))
		var out bytes.Buffer
		if err := r.WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", out.String())
	}
	golden(t, "colours.txt", text(poor(), Style{Width: 80, Lines: 20, Color: true}))
}

// Colours change nothing but colours, and without a width lines are as long as they are.
func TestStyles(t *testing.T) {
	plain := text(poor(), Style{Width: 80})
	if got := ansi.Strip(text(poor(), Style{Width: 80, Color: true})); got != plain {
		t.Errorf("with colours:\n%s\nwithout:\n%s", got, plain)
	}
	if strings.Contains(plain, "\x1b") {
		t.Error("colours that were not asked for")
	}
	if got := text(poor(), Style{}); !strings.Contains(got, "(in us-east-1 failed on AWS's side (HTTP 503, ServiceUnavailable))\n") {
		t.Errorf("broken:\n%s", got)
	}
}

// The policy is JSON that IAM takes: what is missing, each action once, the endpoint's by its ARN; and not what no policy can give.
func TestPolicy(t *testing.T) {
	out := text(poor(), Style{Width: 80})
	_, rest, _ := strings.Cut(out, "\n{\n")
	document, _, _ := strings.Cut(rest, "\n}\n")
	var p Policy
	if err := json.Unmarshal([]byte("{"+document+"}"), &p); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	want := Policy{Version: "2012-10-17", Statement: []Statement{
		{"Allow", []string{"sagemaker:DescribeEndpoint"}, testARN},
		{"Allow", []string{"sagemaker:DescribeEndpointConfig", "cloudwatch:GetMetricData"}, "*"},
	}}
	if got, want := mustJSON(t, p), mustJSON(t, want); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// With one URL for all of AWS there is no VPC endpoint to ask for.
func TestVPCEndpoints(t *testing.T) {
	r := poor()
	if got := strings.Join(r.VPCEndpoints, " "); got != "com.amazonaws.us-east-1.pricing.api com.amazonaws.us-east-1.sts" {
		t.Error(got)
	}
	if r.advise("http://127.0.0.1:1"); r.VPCEndpoints != nil {
		t.Error(r.VPCEndpoints)
	}
}

// A host without an address is a matter of names, and a proxy one of the environment: not of ways.
func TestNoSuchHost(t *testing.T) {
	err := &cloud.Problem{Kind: cloud.ErrUnreachable}
	for _, tt := range []struct {
		err  error
		asks string
	}{
		{fmt.Errorf("no such host sts.us-est-1.amazonaws.com%w", err), "spelled right"},
		{fmt.Errorf("no connection to the proxy: no such host proxy.test%w", err), "NO_PROXY"},
		{fmt.Errorf("connection refused%w", err), "com.amazonaws.us-east-1.sts\n"},
	} {
		r := whole()
		r.Permissions = []Permission{permission(svcSTS, "GetCallerIdentity", "*", tt.err)}
		r.advise("")
		out := text(r, Style{})
		for _, ask := range []string{"spelled right", "NO_PROXY", "com.amazonaws.us-east-1.sts\n"} {
			if strings.Contains(out, ask) != (ask == tt.asks) {
				t.Errorf("%v: %q in\n%s", tt.err, ask, out)
			}
		}
	}
}

// What an endpoint answers moves no cursor, and takes no more of the screen than there is.
func TestAnswer(t *testing.T) {
	show := func(a *Answer) string {
		var out strings.Builder
		p := &Printer{Report: whole(), Out: &out, Style: Style{Width: 30, Lines: 3}}
		p.answer(a)
		return out.String()
	}
	for _, tt := range []struct {
		answer Answer
		want   string
	}{
		{Answer{Text: "a\tb\x1b[2Jc\u202e\r"}, "\n  a b\ufffd[2Jc\ufffd\ufffd\n"},
		{Answer{Text: strings.Repeat("x", 40)}, "\n  " + strings.Repeat("x", 25) + "...\n"},
		{Answer{Text: "1\n2\n3\n4\n5\n"}, "\n  1\n  2\n  3\n  (2 more lines are in --json)\n"},
		{Answer{Text: "1\n2", Cut: true}, "\n  1\n  2\n  (only the first 64 KiB were kept)\n"},
		{Answer{Binary: true}, "\n  (binary)\n"},
		{Answer{}, "\n  (empty)\n"},
	} {
		if got := show(&tt.answer); got != tt.want {
			t.Errorf("%+v:\n%q, want\n%q", tt.answer, got, tt.want)
		}
	}
}
