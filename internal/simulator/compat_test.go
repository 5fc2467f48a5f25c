package simulator

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"sagetop/internal/simulator/model"
)

// The clients of AWS that people have, unchanged, against a simulator. Those that are not installed are left out, except with
// SAGETOP_TEST_CLIENTS=all in the environment.

// requireClients fails tests where a client is missing.
const requireClients = "SAGETOP_TEST_CLIENTS"

// installed programs of that name in PATH, each once.
func installed(t *testing.T, name string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("other programs are not started in short tests")
	}
	var found, real []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := exec.LookPath(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		if target, err := filepath.EvalSymlinks(path); err == nil && !slices.Contains(real, target) {
			found, real = append(found, path), append(real, target)
		}
	}
	if len(found) == 0 {
		missing(t, name+" is not installed")
	}
	return found
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv(requireClients) == "all" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// versionOf is what the program says of itself, or why it cannot be used.
func versionOf(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		return program, fmt.Errorf("%s cannot be used: %w: %s", program, err, lastLine(out))
	}
	return lastLine(out), nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// ahead is the system's clock with a lead that grows by hand, so that points come out at once.
type ahead struct {
	mu   sync.Mutex
	lead time.Duration
}

func (a *ahead) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Add(a.lead)
}

// pass lets all minutes end in which something was sent.
func (a *ahead) pass() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lead += 70 * time.Second
}

// bench is a simulator for other programs, and one whose every operation is broken.
type bench struct {
	clients
	*ahead
	environ []string
}

func newBench(t *testing.T, endpoints ...EndpointConfig) bench {
	t.Helper()
	clock := &ahead{}
	start := clock.Now()
	c := serve(t, Config{Now: clock.Now, Endpoints: endpoints})
	broken := serve(t, Config{Endpoints: endpoints})
	for operation, kind := range map[string]FaultKind{
		"GetMetricData": FaultThrottled, "ListMetrics": FaultAccessDenied, "PutMetricData": FaultInternal,
		"GetCallerIdentity": FaultExpiredToken, "DescribeEndpoint": FaultThrottled,
	} {
		if _, err := broken.server.Fault(Fault{Kind: kind, Operation: operation}); err != nil {
			t.Fatal(err)
		}
	}
	environ := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "AWS_") })
	environ = append(environ, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+testCredentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+testCredentials.SecretAccessKey,
		"AWS_SESSION_TOKEN="+testCredentials.SessionToken, "AWS_DEFAULT_REGION="+c.server.Region(), "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1",
		"PYTHONDONTWRITEBYTECODE=1", "COMPAT_URL="+*c.config.BaseEndpoint, "COMPAT_BROKEN_URL="+*broken.config.BaseEndpoint,
		"COMPAT_START="+start.UTC().Format("2006-01-02T15:04:05+00:00"))
	return bench{c, clock, environ}
}

// command runs a program and gives back what it printed, if it ended well.
func (b bench) command(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	out, err := b.try(t, program, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return out
}

func (b bench) try(t *testing.T, program string, args ...string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = b.environ
	return cmd.CombinedOutput()
}

// quick endpoint: what it does is counted every 10 s.
func quick(name string, change ...func(*EndpointConfig)) EndpointConfig {
	e := EndpointConfig{Name: name, Profile: new(model.Fast()), Instances: 2, EnhancedMetrics: true, PublishEvery: 10 * time.Second}
	e.Profile.Service = model.Lognormal{Median: model.Duration(2 * time.Millisecond)}
	for _, f := range change {
		f(&e)
	}
	return e
}

func demo() EndpointConfig {
	return quick("demo", func(e *EndpointConfig) {
		e.Tags = map[string]string{"stage": "test"}
		e.Scaling = &Scaling{Max: 4, Target: 6000}
	})
}

// compatFaults are the kinds of which there is an endpoint fault-KIND that meets nothing else.
var compatFaults = []FaultKind{
	FaultThrottled, FaultNotReady, FaultInvalid, FaultAccessDenied, FaultExpiredToken, FaultInternal, FaultUnavailable, FaultDependency,
	FaultModel, FaultBadGateway, FaultGatewayTimeout, FaultReset, FaultTruncated, FaultStall,
}

func TestBoto3(t *testing.T) {
	usable := 0
	for _, python := range installed(t, "python3") {
		name, err := versionOf(t, python, "-c", "import boto3; print('boto3', boto3.__version__)")
		t.Run(name, func(t *testing.T) {
			if err != nil {
				t.Skip(err)
			}
			usable++
			t.Parallel()
			endpoints := []EndpointConfig{demo(), quick("other"), quick("counted"), quick("fault-model-again"), quick("parts", func(e *EndpointConfig) {
				e.Components = []Component{{Name: "part", Copies: 2}}
				e.Profile.Boot = model.Duration(time.Hour)
			})}
			for _, kind := range compatFaults {
				endpoints = append(endpoints, quick(faultEndpoint(kind)))
			}
			b := newBench(t, endpoints...)
			faults := []Fault{{Kind: FaultModel, Endpoint: "fault-model-again"}}
			for _, kind := range compatFaults {
				faults = append(faults, Fault{Kind: kind, Endpoint: faultEndpoint(kind)})
			}
			for _, f := range faults {
				if _, err := b.server.Fault(f); err != nil {
					t.Fatal(err)
				}
			}
			b.script(t, python, "before")
			b.pass()
			b.script(t, python, "after")
		})
	}
	if usable == 0 {
		missing(t, "no python3 has boto3")
	}
}

func faultEndpoint(kind FaultKind) string {
	return "fault-" + strings.ReplaceAll(string(kind), "_", "-")
}

// script runs a phase of client.py; each of its calls is a test.
func (b bench) script(t *testing.T, python, phase string) {
	t.Helper()
	calls := 0
	for line := range strings.Lines(string(b.command(t, python, "testdata/compat/client.py", phase))) {
		result, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, why, _ := strings.Cut(call, ": ")
		if result != "ok" && result != "FAIL" {
			t.Logf("%s", line) // a warning of Python's
			continue
		}
		calls++
		t.Run(name, func(t *testing.T) {
			if result == "FAIL" {
				t.Error(why)
			}
		})
	}
	if calls == 0 {
		t.Errorf("no call was made")
	}
}

// commandLines are what the aws command is asked, and what is in its answer, which other lines and blanks may divide. "PASS" lets time
// pass. Errors are AWS's.
var commandLines = []struct {
	args string
	want string
}{
	{"sts get-caller-identity", `"Account": "123456789012"`},
	{"sagemaker describe-endpoint --endpoint-name demo", `"CurrentInstanceCount": 2`},
	{"sagemaker-runtime invoke-endpoint --endpoint-name demo --content-type application/x-npy --body fileb://BODY OUT", `"InvokedProductionVariant": "AllTraffic"`},
	{"sagemaker-runtime invoke-endpoint --endpoint-name fault-model --body fileb://BODY OUT", "An error occurred (ModelError)"},
	{"sagemaker update-endpoint-weights-and-capacities --endpoint-name demo --desired-weights-and-capacities VariantName=AllTraffic,DesiredInstanceCount=3", `"EndpointArn": "arn:aws:sagemaker:`},
	{"sagemaker wait endpoint-in-service --endpoint-name demo", ""},
	{"application-autoscaling register-scalable-target --service-namespace sagemaker --resource-id endpoint/demo/variant/AllTraffic " +
		"--scalable-dimension sagemaker:variant:DesiredInstanceCount --min-capacity 4 --max-capacity 8", ""},
	{"application-autoscaling describe-scaling-activities --service-namespace sagemaker", `"Setting desired instance count to 4."`},
	{"logs filter-log-events --log-group-name /aws/sagemaker/Endpoints/fault-model --filter-pattern ERROR", `"logStreamName": "AllTraffic/i-`},
	{"pricing get-products --service-code AmazonSageMaker --filters Type=TERM_MATCH,Field=instanceName,Value=ml.g5.xlarge", "simulated price"},
	{"service-quotas list-service-quotas --service-code sagemaker --max-items 1", `"QuotaName"`},
	{"cloudwatch put-metric-data --namespace Load --metric-name Users --value 7 --unit Count --dimensions Host=a", ""},
	{"PASS", ""},
	{"cloudwatch get-metric-statistics --namespace AWS/SageMaker --metric-name Invocations --dimensions Name=EndpointName,Value=demo " +
		"Name=VariantName,Value=AllTraffic --start-time START --end-time END --period 600 --statistics Sum", `"Sum": 1`},
	{"cloudwatch get-metric-data --start-time START --end-time END --metric-data-queries QUERIES", `"Values": [1`},
	{"cloudwatch list-metrics --namespace Load", `"MetricName": "Users"`},
}

func TestAWSCommand(t *testing.T) {
	for _, program := range installed(t, "aws") {
		name, err := versionOf(t, program, "--version")
		name, _, _ = strings.Cut(name, " ")
		t.Run(name, func(t *testing.T) {
			if err != nil {
				missing(t, err.Error())
			}
			t.Parallel()
			b := newBench(t, demo(), quick("fault-model"))
			if _, err := b.server.Fault(Fault{Kind: FaultModel, Endpoint: "fault-model"}); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			body := filepath.Join(dir, "body")
			if err := os.WriteFile(body, []byte{0, 1, 254, 255}, 0o600); err != nil {
				t.Fatal(err)
			}
			start := b.Now().Add(-time.Minute).UTC()
			fill := strings.NewReplacer("BODY", body, "OUT", filepath.Join(dir, "out"),
				"START", start.Format(time.RFC3339), "END", start.Add(10*time.Minute).Format(time.RFC3339),
				"QUERIES", `[{"Id":"m","MetricStat":{"Stat":"Sum","Period":600,"Metric":{"Namespace":"AWS/SageMaker","MetricName":"Invocations","Dimensions":[{"Name":"EndpointName","Value":"demo"},{"Name":"VariantName","Value":"AllTraffic"}]}}}]`)
			for _, line := range commandLines {
				if line.args == "PASS" {
					b.pass()
					continue
				}
				b.commandLine(t, program, fill, line.args, line.want)
			}
		})
	}
}

func (b bench) commandLine(t *testing.T, program string, fill *strings.Replacer, line, want string) {
	t.Helper()
	args := []string{"--endpoint-url", *b.config.BaseEndpoint, "--output", "json"}
	for word := range strings.FieldsSeq(line) {
		args = append(args, fill.Replace(word))
	}
	out, err := b.try(t, program, args...)
	if refused := strings.HasPrefix(want, "An error occurred"); refused != (err != nil) || !strings.Contains(dense(string(out)), dense(want)) {
		t.Errorf("aws %s: %v\n%s\nwant %s", line, err, out, want)
	}
}

func dense(s string) string { return strings.Join(strings.Fields(s), "") }

// locustLoad is how many users send for how long: SAGETOP_TEST_LOCUST=240x20s in the environment makes it the load of a real test.
func locustLoad(t *testing.T) (users int, length time.Duration) {
	t.Helper()
	users, length = 20, 3*time.Second
	if load := os.Getenv("SAGETOP_TEST_LOCUST"); load != "" {
		var text string
		_, err := fmt.Sscanf(load, "%dx%s", &users, &text)
		if err == nil {
			length, err = time.ParseDuration(text)
		}
		if err != nil {
			t.Fatalf("SAGETOP_TEST_LOCUST=%s: must be like 240x20s: %v", load, err)
		}
	}
	return users, length
}

// What Locust counted is what CloudWatch says, to the request.
func TestLocust(t *testing.T) {
	users, length := locustLoad(t)
	for _, program := range installed(t, "locust") {
		name, err := versionOf(t, program, "--version")
		t.Run(name, func(t *testing.T) {
			if err != nil {
				missing(t, err.Error())
			}
			b := newBench(t, EndpointConfig{Name: "demo", PublishEvery: 10 * time.Second, EnhancedMetrics: true})
			start := b.Now()
			out, _ := b.try(t, program, "-f", "testdata/compat/locustfile.py", "--headless", "--only-summary", "-u", fmt.Sprint(users), "-r", "1000",
				"--run-time", fmt.Sprintf("%.0fs", length.Seconds()), "--stop-timeout", "60") // users end what they began; failed requests make its exit code 1
			var requests, failures float64
			_, counted, _ := strings.Cut(string(out), "COUNTED ")
			if _, err := fmt.Sscan(counted, &requests, &failures); err != nil || requests == 0 {
				t.Fatalf("locust counted nothing: %v\n%s", err, out)
			}
			b.pass()
			for metric, want := range map[string]float64{"Invocations": requests, "Invocation5XXErrors": failures, "Invocation4XXErrors": 0} {
				got := 0.0
				for _, p := range b.datapoints(t, statisticsOf(metric, start, b.Now(), func(in *cloudwatch.GetMetricStatisticsInput) {
					in.Period, in.Statistics = aws.Int32(60), []types.Statistic{types.StatisticSum}
				})) {
					got += *p.Sum
				}
				if got != want {
					t.Errorf("%s %v, Locust counted %v", metric, got, want)
				}
			}
			t.Logf("%v requests, %v failures in %v", requests, failures, length)
		})
	}
}
