package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"sagetop/internal/report"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// classes are what the answers of the service are to be counted as, by the class of run.json.
var classes = map[simulator.Answer]string{
	{Status: 200}: "ok",
	{Status: 400, Code: "ThrottlingException"}:         "throttled",
	{Status: 429, Code: "ModelNotReadyException"}:      "not_ready",
	{Status: 400, Code: "ValidationError"}:             "validation",
	{Status: 403, Code: "AccessDeniedException"}:       "auth",
	{Status: 403, Code: "ExpiredTokenException"}:       "auth",
	{Status: 500, Code: "InternalFailure"}:             "internal",
	{Status: 503, Code: "ServiceUnavailable"}:          "unavailable",
	{Status: 530, Code: "InternalDependencyException"}: "internal",
	{Status: 424, Code: "ModelError"}:                  "model_error",
	{Status: 502, Code: simulator.CodeBare}:            "unavailable",
	{Status: 504, Code: simulator.CodeBare}:            "unavailable",
	{Code: simulator.CodeReset}:                        "reset",
	{Status: 200, Code: simulator.CodeTruncated}:       "truncated",
	{Code: simulator.CodeGone}:                         "timeout",
}

// For every way in which an invocation can fail, run.json counts by class exactly what the service answered.
func TestCountsByClass(t *testing.T) {
	t.Parallel()
	for kind, class := range map[simulator.FaultKind]string{
		simulator.FaultThrottled: "throttled", simulator.FaultNotReady: "not_ready", simulator.FaultInvalid: "validation",
		simulator.FaultAccessDenied: "auth", simulator.FaultExpiredToken: "auth", simulator.FaultInternal: "internal",
		simulator.FaultUnavailable: "unavailable", simulator.FaultDependency: "internal", simulator.FaultModel: "model_error",
		simulator.FaultBadGateway: "unavailable", simulator.FaultGatewayTimeout: "unavailable", simulator.FaultReset: "reset",
		simulator.FaultTruncated: "truncated", simulator.FaultStall: "timeout", simulator.FaultSlow: "ok",
		simulator.FaultSlowBody: "ok", simulator.FaultRefused: "model_error",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			const requests, faults = 80, 6
			w := newWorld(t, quick())
			timeout := "70s"
			if kind == simulator.FaultStall {
				timeout = "3s"
			}
			p := w.headless("run", "fast", "-d", "hi", "-c", "3", "--max-rate", "60", "-n", fmt.Sprint(requests), "--timeout", timeout, "--no-cloudwatch", "--json", "--out", "run")
			w.sends(10, p) // the one that is tried before the load is among them, so none of the faults meets it
			if _, err := w.server.Fault(simulator.Fault{Kind: kind, Next: faults, Delay: model.Duration(10 * time.Millisecond)}); err != nil {
				t.Fatal(err)
			}
			p.exits(0)
			until(t, "the last answer", func() bool { return w.invoked() > requests }, p.said)
			got, want := w.counted(p), w.answered()
			if !maps.Equal(got, want) || sum(got) != requests+1 {
				t.Errorf("run.json counts %v, the service %v", got, want)
			}
			if class != "ok" && (got[class] != faults || len(got) != 2) {
				t.Errorf("run.json counts %v, want %d of class %s and ok", got, faults, class)
			}
		})
	}
}

// counted is what the finished run counts by class. What it printed is what it wrote.
func (w *world) counted(p *process) map[string]uint64 {
	w.t.Helper()
	s := w.summary()
	var printed report.Summary
	if err := json.Unmarshal([]byte(p.stdout.String()), &printed); err != nil {
		w.t.Fatal(err)
	}
	if printed.Requests != s.Requests {
		w.t.Errorf("printed %+v, written %+v", printed.Requests, s.Requests)
	}
	by := map[string]uint64{"ok": s.Requests.OK}
	failed := uint64(0)
	for _, e := range s.Errors {
		by[e.Class] += e.Count
		failed += e.Count
	}
	if failed != s.Requests.Failed {
		w.t.Errorf("%d errors by class, %d requests failed", failed, s.Requests.Failed)
	}
	return by
}

// answered is what the service answered to invocations, by the class that it is to be counted as.
func (w *world) answered() map[string]uint64 {
	w.t.Helper()
	by := map[string]uint64{}
	for a, n := range w.server.Counts() {
		if a.Operation != "InvokeEndpoint" {
			continue
		}
		a.Operation = ""
		class, ok := classes[a]
		if !ok {
			w.t.Errorf("an answer %+v of no class", a)
		}
		by[class] += n
	}
	return by
}

func sum(by map[string]uint64) uint64 {
	n := uint64(0)
	for _, more := range by {
		n += more
	}
	return n
}

// What CloudWatch counts is what was sent, exactly: run.json has it for each of the periods that it covers, and over all periods it
// adds up to the requests of the run.
func TestInvocationsEqualWhatWasSent(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	start := time.Now()
	p := w.headless("run", "fast", "-d", "hi", "-c", "4", "--max-rate", "40", "-z", "22s", "--cw-wait", "30s", "--json", "--out", "run")
	p.exits(0)
	s := w.summary()
	if s.Requests.Sent != w.invoked() || s.Requests.Sent != s.Requests.OK {
		t.Errorf("%+v, the service answered %d", s.Requests, w.invoked())
	}
	var periods map[time.Time]float64
	total := func() (n float64) {
		periods = w.invocations(start, time.Now())
		for _, v := range periods {
			n += v
		}
		return n
	}
	until(t, "the last period", func() bool { return total() >= float64(s.Requests.Sent) }, p.said)
	if got := total(); got != float64(s.Requests.Sent) {
		t.Errorf("CloudWatch counts %v invocations, %d were sent", got, s.Requests.Sent)
	}
	covered := 0.0
	for _, point := range s.Server.Points {
		if point.Invocations == nil || *point.Invocations != periods[point.T] {
			t.Errorf("run.json has %v for %v, CloudWatch %v", point.Invocations, point.T, periods[point.T])
			continue
		}
		covered += *point.Invocations
	}
	// Of 22 s at least one whole period of 10 s is covered, the first one and what the wait after the load brought are beside it.
	if len(s.Server.Points) < 2 || covered < float64(s.Requests.Sent)/2 {
		t.Errorf("%d points of run.json cover %v of %d requests", len(s.Server.Points), covered, s.Requests.Sent)
	}
}

// invocations that CloudWatch has, by the start of their period.
func (w *world) invocations(from, to time.Time) map[time.Time]float64 {
	w.t.Helper()
	keys := w.server.Credentials()
	api := cloudwatch.NewFromConfig(aws.Config{
		Region: w.server.Region(), BaseEndpoint: &w.url,
		Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken),
	})
	dimension := func(name, value string) types.Dimension { return types.Dimension{Name: &name, Value: &value} }
	out, err := api.GetMetricData(w.t.Context(), &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(from.Truncate(time.Minute)), EndTime: aws.Time(to.Add(time.Minute).Truncate(time.Minute)),
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("n"), MetricStat: &types.MetricStat{
			Stat: aws.String("Sum"), Period: aws.Int32(10),
			Metric: &types.Metric{
				Namespace: aws.String("AWS/SageMaker"), MetricName: aws.String("Invocations"),
				Dimensions: []types.Dimension{dimension("EndpointName", "fast"), dimension("VariantName", "AllTraffic")},
			},
		}}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	periods := map[time.Time]float64{}
	for i, at := range out.MetricDataResults[0].Timestamps {
		periods[at.UTC()] = out.MetricDataResults[0].Values[i]
	}
	return periods
}
