package cwmetrics

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	smtypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

var (
	start   = time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC)
	created = start.Add(-48 * time.Hour)
)

// clock is moved by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) to(sinceStart string) { c.at = start.Add(mustDuration(sinceStart)) }
func (c *clock) add(d time.Duration)  { c.at = c.at.Add(d) }
func mustDuration(s string) (d time.Duration) {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}

// published are the values of one period of one metric, by statistic.
type published map[string]float64

// fakeCloudWatch has, for every metric, a value in each period from start on, some time after the period's end.
type fakeCloudWatch struct {
	t       *testing.T
	clock   *clock
	late    map[string]time.Duration // after the end of the period; a metric that is not in it is never published
	from    map[string]time.Time     // since when; absent: since start
	every   map[string]time.Duration // the least period that the metric has; absent: a second
	trickle bool                     // metrics come every 10 s, also in a longer period
	page    int                      // values an answer, 0: all
	status  types.StatusCode         // of every result; empty: as it is
	answers []error                  // of the next calls, nil for an answer
	hang    bool

	calls []*cloudwatch.GetMetricDataInput
}

// allFamilies are late by d each.
func allFamilies(d time.Duration) map[string]time.Duration {
	late := map[string]time.Duration{}
	for _, m := range []string{"CPUUtilization", "MemoryUtilization", "ModelLatency", "OverheadLatency", "Invocations", "InvocationsPerInstance", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"} {
		late[m] = d
	}
	return late
}

// validStats as AWS documents them; percentiles of OverheadLatency are not documented and may be asked for.
var validStats = map[string][]string{
	"CPUUtilization": {"Average", "Maximum", "Minimum", "SampleCount"}, "MemoryUtilization": {"Average", "Maximum", "Minimum", "SampleCount"},
	"GPUUtilization": {"Average", "Maximum", "Minimum", "SampleCount"}, "GPUMemoryUtilization": {"Average", "Maximum", "Minimum", "SampleCount"},
	"ModelLatency":    {"Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p99"},
	"OverheadLatency": {"Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p99"},
	"Invocations":     {"Sum"}, "InvocationsPerInstance": {"Sum"}, "InvocationsPerCopy": {"Sum"},
	"CPUUtilizationNormalized": {"Average", "Maximum", "Minimum", "SampleCount"}, "MemoryUtilizationNormalized": {"Average", "Maximum", "Minimum", "SampleCount"},
	"GPUUtilizationNormalized": {"Average", "Maximum", "Minimum", "SampleCount"}, "GPUMemoryUtilizationNormalized": {"Average", "Maximum", "Minimum", "SampleCount"},
	"Invocation4XXErrors": {"Average", "Sum"}, "Invocation5XXErrors": {"Average", "Sum"}, "InvocationModelErrors": {"Average", "Sum"},
}

// values in the units of CloudWatch: percent summed over cores, microseconds.
var values = map[string]published{
	"CPUUtilization":         {"Average": 3216, "Maximum": 3300, "Minimum": 3100, "SampleCount": 1},
	"MemoryUtilization":      {"Average": 19, "Maximum": 20, "Minimum": 18, "SampleCount": 1},
	"GPUUtilization":         {"Average": 300, "Maximum": 320, "Minimum": 280, "SampleCount": 1},
	"GPUMemoryUtilization":   {"Average": 200, "Maximum": 200, "Minimum": 200, "SampleCount": 1},
	"ModelLatency":           {"Average": 58_100, "Minimum": 31_000, "Maximum": 171_000.5, "SampleCount": 8100, "p50": 57_000, "p90": 90_000, "p99": 126_000},
	"OverheadLatency":        {"Average": 4_400, "Minimum": 1_000, "Maximum": 9_000, "SampleCount": 8100},
	"Invocations":            {"Sum": 8100},
	"InvocationsPerInstance": {"Sum": 8100},
	"InvocationsPerCopy":     {"Sum": 4050},

	"CPUUtilizationNormalized":       {"Average": 67, "Maximum": 70, "Minimum": 64, "SampleCount": 2},
	"MemoryUtilizationNormalized":    {"Average": 40, "Maximum": 41, "Minimum": 39, "SampleCount": 2},
	"GPUUtilizationNormalized":       {"Average": 90, "Maximum": 95, "Minimum": 85, "SampleCount": 2},
	"GPUMemoryUtilizationNormalized": {"Average": 50, "Maximum": 50, "Minimum": 50, "SampleCount": 2},
	"Invocation4XXErrors":            {"Sum": 0},
	"Invocation5XXErrors":            {"Sum": 3},
	"InvocationModelErrors":          {"Sum": 2},
}

func (f *fakeCloudWatch) GetMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	copied := *in
	f.calls = append(f.calls, &copied)
	f.check(in)
	if f.hang {
		<-ctx.Done()
		return nil, fmt.Errorf("canceled, %w", ctx.Err())
	}
	if len(f.answers) > 0 {
		err := f.answers[0]
		f.answers = f.answers[1:]
		if err != nil {
			return nil, err
		}
	}
	return f.cut(f.all(in), in)
}

// check that a real CloudWatch would take it.
func (f *fakeCloudWatch) check(in *cloudwatch.GetMetricDataInput) {
	f.t.Helper()
	if n := len(in.MetricDataQueries); n == 0 || n > 500 {
		f.t.Errorf("%d queries", n)
	}
	if !in.StartTime.Before(*in.EndTime) || in.EndTime.After(f.clock.at) {
		f.t.Errorf("asked from %v to %v at %v", in.StartTime, in.EndTime, f.clock.at)
	}
	seen := map[string]bool{}
	for _, q := range in.MetricDataQueries {
		id, m, period := aws.ToString(q.Id), q.MetricStat.Metric, aws.ToInt32(q.MetricStat.Period)
		if seen[id] || id == "" || id[0] < 'a' || id[0] > 'z' {
			f.t.Errorf("id %q is not valid or not unique", id)
		}
		seen[id] = true
		if !slices.Contains(validStats[*m.MetricName], *q.MetricStat.Stat) {
			f.t.Errorf("%s of %s is not valid", *q.MetricStat.Stat, *m.MetricName)
		}
		if strings.HasSuffix(*m.MetricName, "Normalized") || *m.MetricName == "InvocationsPerCopy" || *m.Dimensions[0].Name == "InferenceComponentName" {
			f.checkComponent(m)
			continue
		}
		if want := map[bool]string{true: "/aws/sagemaker/Endpoints", false: "AWS/SageMaker"}[len(validStats[*m.MetricName]) == 4]; *m.Namespace != want {
			f.t.Errorf("%s in %s", *m.MetricName, *m.Namespace)
		}
		if len(m.Dimensions) != 2 || *m.Dimensions[0].Value != "bert" || *m.Dimensions[1].Name != "VariantName" {
			f.t.Errorf("dimensions %+v", m.Dimensions)
		}
		if period < 60 && f.clock.at.Sub(*in.StartTime) > 3*time.Hour {
			f.t.Errorf("period %d from %v ago: CloudWatch has none that old", period, f.clock.at.Sub(*in.StartTime))
		}
	}
}

// checkComponent is check of a metric of the component llama.
func (f *fakeCloudWatch) checkComponent(m *types.Metric) {
	f.t.Helper()
	if want := map[bool]string{true: "/aws/sagemaker/InferenceComponents", false: "AWS/SageMaker"}[strings.HasSuffix(*m.MetricName, "Normalized")]; *m.Namespace != want {
		f.t.Errorf("%s in %s", *m.MetricName, *m.Namespace)
	}
	if len(m.Dimensions) != 1 || *m.Dimensions[0].Name != "InferenceComponentName" || *m.Dimensions[0].Value != "llama" {
		f.t.Errorf("dimensions %+v", m.Dimensions)
	}
}

// all results, in the order of the queries; also periods that are still open, as CloudWatch does.
func (f *fakeCloudWatch) all(in *cloudwatch.GetMetricDataInput) []types.MetricDataResult {
	var results []types.MetricDataResult
	for _, q := range in.MetricDataQueries {
		name, stat, period := *q.MetricStat.Metric.MetricName, *q.MetricStat.Stat, time.Duration(*q.MetricStat.Period)*time.Second
		r := types.MetricDataResult{Id: q.Id, StatusCode: types.StatusCodeComplete}
		if f.status != "" {
			r.StatusCode = f.status
		}
		late, published := f.late[name]
		value, has := values[name][stat]
		for at := in.StartTime.Truncate(period); published && has && at.Before(*in.EndTime); at = at.Add(period) {
			step := period
			if f.trickle { // an open period shows what has come so far
				step = min(period, 10*time.Second)
			}
			if at.Before(start) || at.Before(f.from[name]) || period < f.every[name] || at.Add(step).Add(late).After(f.clock.at) {
				continue
			}
			r.Timestamps, r.Values = append(r.Timestamps, at), append(r.Values, value)
		}
		results = append(results, r)
	}
	return results
}

// cut results into pages of f.page values.
func (f *fakeCloudWatch) cut(all []types.MetricDataResult, in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	if f.page == 0 {
		return &cloudwatch.GetMetricDataOutput{MetricDataResults: all}, nil
	}
	from, _ := strconv.Atoi(aws.ToString(in.NextToken))
	out, n := &cloudwatch.GetMetricDataOutput{}, 0
	for _, r := range all {
		part := types.MetricDataResult{Id: r.Id, StatusCode: types.StatusCodePartialData}
		for i := range r.Values {
			if n >= from && n < from+f.page {
				part.Timestamps, part.Values = append(part.Timestamps, r.Timestamps[i]), append(part.Values, r.Values[i])
			}
			n++
		}
		out.MetricDataResults = append(out.MetricDataResults, part)
	}
	if from+f.page < n {
		out.NextToken = aws.String(strconv.Itoa(from + f.page))
	}
	return out, nil
}

// fakeSageMaker describes one endpoint.
type fakeSageMaker struct {
	endpoint    *sagemaker.DescribeEndpointOutput
	config      *sagemaker.DescribeEndpointConfigOutput
	err         error
	configErr   error
	calls       int
	configCalls int

	components   []*sagemaker.DescribeInferenceComponentOutput
	componentErr error
}

func (f *fakeSageMaker) DescribeInferenceComponent(_ context.Context, in *sagemaker.DescribeInferenceComponentInput, _ ...func(*sagemaker.Options)) (*sagemaker.DescribeInferenceComponentOutput, error) {
	if f.componentErr != nil {
		return nil, f.componentErr
	}
	for _, c := range f.components {
		if *c.InferenceComponentName == *in.InferenceComponentName {
			return c, nil
		}
	}
	return nil, fmt.Errorf("ValidationException: Could not find inference component %q", *in.InferenceComponentName)
}

func (f *fakeSageMaker) ListInferenceComponents(_ context.Context, in *sagemaker.ListInferenceComponentsInput, _ ...func(*sagemaker.Options)) (*sagemaker.ListInferenceComponentsOutput, error) {
	out := &sagemaker.ListInferenceComponentsOutput{}
	for _, c := range f.components {
		if *c.EndpointName == *in.EndpointNameEquals && (in.VariantNameEquals == nil || *in.VariantNameEquals == *c.VariantName) {
			out.InferenceComponents = append(out.InferenceComponents, smtypes.InferenceComponentSummary{InferenceComponentName: c.InferenceComponentName})
		}
	}
	return out, nil
}

// ofComponent on an endpoint, with so many copies.
func ofComponent(endpoint, name string, copies int32) *sagemaker.DescribeInferenceComponentOutput {
	return &sagemaker.DescribeInferenceComponentOutput{
		EndpointName: &endpoint, InferenceComponentName: &name, VariantName: aws.String("AllTraffic"),
		InferenceComponentStatus: smtypes.InferenceComponentStatusInService,
		RuntimeConfig:            &smtypes.InferenceComponentRuntimeConfigSummary{CurrentCopyCount: &copies, DesiredCopyCount: &copies},
		Specification: &smtypes.InferenceComponentSpecificationSummary{ComputeResourceRequirements: &smtypes.InferenceComponentComputeResourceRequirements{
			NumberOfCpuCoresRequired: aws.Float32(8), MinMemoryRequiredInMb: aws.Int32(4096),
		}},
	}
}

func (f *fakeSageMaker) DescribeEndpoint(_ context.Context, in *sagemaker.DescribeEndpointInput, _ ...func(*sagemaker.Options)) (*sagemaker.DescribeEndpointOutput, error) {
	f.calls++
	if f.err != nil {
		return nil, f.err
	}
	return f.endpoint, nil
}

func (f *fakeSageMaker) DescribeEndpointConfig(_ context.Context, in *sagemaker.DescribeEndpointConfigInput, _ ...func(*sagemaker.Options)) (*sagemaker.DescribeEndpointConfigOutput, error) {
	f.configCalls++
	if f.configErr != nil {
		return nil, f.configErr
	}
	if aws.ToString(in.EndpointConfigName) != aws.ToString(f.config.EndpointConfigName) {
		return nil, fmt.Errorf("asked for %s", aws.ToString(in.EndpointConfigName))
	}
	return f.config, nil
}

// bert is one ml.m5.12xlarge in service that publishes every minute.
func bert() *fakeSageMaker {
	return &fakeSageMaker{
		endpoint: &sagemaker.DescribeEndpointOutput{
			EndpointName: aws.String("bert"), EndpointArn: aws.String("arn:aws:sagemaker:us-east-1:123456789012:endpoint/bert"),
			EndpointStatus: smtypes.EndpointStatusInService, EndpointConfigName: aws.String("bert-config"), CreationTime: &created, LastModifiedTime: &start,
			ProductionVariants: []smtypes.ProductionVariantSummary{{
				VariantName: aws.String("AllTraffic"), CurrentInstanceCount: aws.Int32(1), DesiredInstanceCount: aws.Int32(5), CurrentWeight: aws.Float32(1),
				VariantStatus: []smtypes.ProductionVariantStatus{{Status: smtypes.VariantStatusUpdating}},
				RoutingConfig: &smtypes.ProductionVariantRoutingConfig{RoutingStrategy: smtypes.RoutingStrategyRandom},
			}},
		},
		config: &sagemaker.DescribeEndpointConfigOutput{
			EndpointConfigName: aws.String("bert-config"),
			ProductionVariants: []smtypes.ProductionVariant{{
				VariantName: aws.String("AllTraffic"), InstanceType: "ml.m5.12xlarge", ModelName: aws.String("bert"), InitialInstanceCount: aws.Int32(1),
			}},
		},
	}
}

// onM5 is the Endpoint of bert, published every d.
func onM5(d time.Duration, enhanced bool) *Endpoint {
	return &Endpoint{
		Name: "bert", Config: "bert-config", Status: "InService", PublishEvery: d, Enhanced: enhanced,
		Variants: []Variant{{Name: "AllTraffic", InstanceType: "ml.m5.12xlarge", Instances: 1, Desired: 1, Hardware: HardwareOf("ml.m5.12xlarge")}},
	}
}
