package simulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	sagemakertypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	runtimetypes "github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"sagetop/internal/simulator/model"
)

var testCredentials = Credentials{AccessKeyID: "ASIATESTTESTTESTTEST", SecretAccessKey: "a/secret+key", SessionToken: "a session token=="}

// clients are the real ones, pointed at a Server over loopback.
type clients struct {
	server *Server
	config aws.Config
}

func serve(t testing.TB, c Config) clients {
	t.Helper()
	if c.Credentials == (Credentials{}) {
		c.Credentials = testCredentials
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return clients{s, aws.Config{
		Region: s.Region(), BaseEndpoint: &l.URL, HTTPClient: httpClient{},
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			c := s.Credentials()
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, nil
		}),
	}}
}

// httpClient hides from net/http that bodies of the SDK can write themselves. When the answer is quicker than net/http is with looking
// for more of the body, the SDK has closed that: it then reads as ended, but writes as failed, and the connection is closed within
// the answer.
type httpClient struct{}

func (httpClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return http.DefaultClient.Do(r)
}

func (c clients) invoke(t testing.TB, change ...func(*sagemakerruntime.InvokeEndpointInput)) (*sagemakerruntime.InvokeEndpointOutput, error) {
	t.Helper()
	in := &sagemakerruntime.InvokeEndpointInput{
		EndpointName: aws.String("demo"), ContentType: aws.String("application/json"),
		Body: []byte(`{"inputs": "I am super happy right now."}`),
	}
	for _, f := range change {
		f(in)
	}
	return sagemakerruntime.NewFromConfig(c.config).InvokeEndpoint(t.Context(), in)
}

// fast is one endpoint without delays.
func fast(change ...func(*EndpointConfig)) Config {
	e := EndpointConfig{Name: "demo", Profile: new(model.Fast())}
	for _, f := range change {
		f(&e)
	}
	return Config{Endpoints: []EndpointConfig{e}}
}

func wantCode(t testing.TB, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("error %v, want an API error %s", err, code)
	}
	if api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), message) {
		t.Errorf("error %s: %q, want %s: %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

func TestInvokeEndpoint(t *testing.T) {
	c := serve(t, fast())
	out, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) {
		in.Accept = aws.String("application/json")
		in.CustomAttributes = aws.String("some  thing")
		in.InferenceId = aws.String("id-1")
		in.TargetVariant = aws.String("AllTraffic")
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `[{"label":"POSITIVE","score":0.9998761415481567}]`; string(out.Body) != want {
		t.Errorf("body %s, want %s", out.Body, want)
	}
	if *out.InvokedProductionVariant != "AllTraffic" || *out.ContentType != "application/json" {
		t.Errorf("variant %q, content type %q", *out.InvokedProductionVariant, *out.ContentType)
	}
	if n := c.server.Counts()[Answer{"InvokeEndpoint", 200, ""}]; n != 1 {
		t.Errorf("%d successes counted, want 1", n)
	}
}

func TestInvokeEndpointRefusesBadRequests(t *testing.T) {
	c := serve(t, fast())
	for name, test := range map[string]struct {
		change  func(*sagemakerruntime.InvokeEndpointInput)
		message string
	}{
		"endpoint": {func(in *sagemakerruntime.InvokeEndpointInput) { in.EndpointName = aws.String("other") }, "Endpoint other of account 123456789012 not found."},
		"variant":  {func(in *sagemakerruntime.InvokeEndpointInput) { in.TargetVariant = aws.String("Blue") }, "Variant Blue not found"},
		"attributes": {func(in *sagemakerruntime.InvokeEndpointInput) {
			in.CustomAttributes = aws.String(strings.Repeat("a", 1025))
		}, "less than or equal to 1024"},
		"inference id": {func(in *sagemakerruntime.InvokeEndpointInput) {
			in.InferenceId = aws.String(strings.Repeat("a", 65))
		}, "less than or equal to 64"},
		"session": {func(in *sagemakerruntime.InvokeEndpointInput) {
			in.SessionId = aws.String(strings.Repeat("a", 257))
		}, "less than or equal to 256"},
		"component": {func(in *sagemakerruntime.InvokeEndpointInput) { in.InferenceComponentName = aws.String("x") }, "inference components"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.invoke(t, test.change)
			var validation *runtimetypes.ValidationError
			if !errors.As(err, &validation) {
				t.Fatalf("error %v, want a ValidationError", err)
			}
			wantCode(t, err, "ValidationError", test.message)
		})
	}
}

func TestInvokeEndpointByStatus(t *testing.T) {
	c := serve(t, fast())
	for status, served := range map[Status]bool{
		InService: true, Updating: true, RollingBack: true, Creating: false, Failed: false, Deleting: false, OutOfService: false,
	} {
		if err := c.server.SetStatus("demo", status, "because"); err != nil {
			t.Fatal(err)
		}
		_, err := c.invoke(t)
		if served && err != nil {
			t.Errorf("%s: %v", status, err)
		}
		if !served {
			wantCode(t, err, "ValidationError", string(status))
		}
	}
}

func TestInvokeEndpointBodyLimit(t *testing.T) {
	c := serve(t, fast())
	if _, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) { in.Body = make([]byte, maxInvocation) }); err != nil {
		t.Errorf("25 MiB: %v", err)
	}
	_, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) { in.Body = make([]byte, maxInvocation+1) })
	var response interface{ HTTPStatusCode() int }
	if !errors.As(err, &response) || response.HTTPStatusCode() != 413 {
		t.Errorf("more than 25 MiB: %v, want 413", err)
	}
}

// A queue of no places and one slow worker: the second request is refused.
func TestModelErrors(t *testing.T) {
	p := model.Fast()
	p.Workers, p.Backlog, p.Service = 1, 0, model.Lognormal{Median: model.Duration(30 * time.Minute)}
	p.Timeout = model.Duration(time.Millisecond)
	c := serve(t, Config{Endpoints: []EndpointConfig{{Name: "demo", Profile: &p}}})
	_, err := c.invoke(t)
	wantCode(t, err, "ModelError", "Your invocation timed out while waiting for a response from container")
	_, err = c.invoke(t)
	var model *runtimetypes.ModelError
	if !errors.As(err, &model) {
		t.Fatalf("error %v, want a ModelError", err)
	}
	if *model.OriginalStatusCode != 503 || *model.OriginalMessage == "" || !strings.HasSuffix(*model.LogStreamArn, "/aws/sagemaker/Endpoints/demo") {
		t.Errorf("original status %d, message %q, log stream %q", *model.OriginalStatusCode, *model.OriginalMessage, *model.LogStreamArn)
	}
	if !strings.HasPrefix(*model.Message, "Received server error (503) from model with message") {
		t.Errorf("message %q", *model.Message)
	}
	if n := c.server.Counts()[Answer{"InvokeEndpoint", 424, "ModelError"}]; n != 2 {
		t.Errorf("%d model errors counted, want 2", n)
	}
}

func TestVariantsShareByWeight(t *testing.T) {
	c := serve(t, Config{Endpoints: []EndpointConfig{
		{Name: "demo", Variant: "Blue", Profile: new(model.Fast()), Weight: 3},
		{Name: "demo", Variant: "Green", Profile: new(model.Fast()), Weight: 1},
	}})
	got := map[string]int{}
	for range 100 {
		out, err := c.invoke(t)
		if err != nil {
			t.Fatal(err)
		}
		got[*out.InvokedProductionVariant]++
	}
	if got["Blue"] < 55 || got["Green"] < 5 {
		t.Errorf("shares %v of weights 3 and 1", got)
	}
}

func TestDescribe(t *testing.T) {
	c := serve(t, fast(func(e *EndpointConfig) {
		e.Instances, e.EnhancedMetrics, e.PublishEvery = 2, true, 10*time.Second
		e.Tags = map[string]string{"stage": "prod", "a": "b"}
	}))
	sm := sagemaker.NewFromConfig(c.config)
	e, err := sm.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String("demo")})
	if err != nil {
		t.Fatal(err)
	}
	if e.EndpointStatus != sagemakertypes.EndpointStatusInService || e.MetricsConfig.MetricPublishFrequencyInSeconds != 10 || !*e.MetricsConfig.EnableEnhancedMetrics {
		t.Errorf("endpoint %+v, metrics %+v", e, e.MetricsConfig)
	}
	if age := time.Since(*e.CreationTime); age < time.Hour || age > 2*time.Hour { // it is warm, so it is no new one
		t.Errorf("created %v", e.CreationTime)
	}
	v := e.ProductionVariants[0]
	if *v.VariantName != "AllTraffic" || *v.CurrentInstanceCount != 2 || *v.DesiredInstanceCount != 2 || v.RoutingConfig.RoutingStrategy != "RANDOM" {
		t.Errorf("variant %+v", v)
	}
	config, err := sm.DescribeEndpointConfig(t.Context(), &sagemaker.DescribeEndpointConfigInput{EndpointConfigName: e.EndpointConfigName})
	if err != nil {
		t.Fatal(err)
	}
	if p := config.ProductionVariants[0]; p.InstanceType != "ml.m5.12xlarge" || *p.InitialInstanceCount != 2 {
		t.Errorf("production variant %+v", p)
	}
	tags, err := sm.ListTags(t.Context(), &sagemaker.ListTagsInput{ResourceArn: e.EndpointArn})
	if err != nil {
		t.Fatal(err)
	}
	if len(tags.Tags) != 2 || *tags.Tags[1].Key != "stage" || *tags.Tags[1].Value != "prod" {
		t.Errorf("tags %v", tags.Tags)
	}
	_, err = sm.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String("nope")})
	wantCode(t, err, "ValidationException", `Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/nope".`)
	_, err = sm.DescribeEndpointConfig(t.Context(), &sagemaker.DescribeEndpointConfigInput{EndpointConfigName: aws.String("nope")})
	wantCode(t, err, "ValidationException", "Could not find endpoint configuration")
	_, err = sm.ListTags(t.Context(), &sagemaker.ListTagsInput{ResourceArn: aws.String("arn:aws:sagemaker:us-east-1:123456789012:endpoint/nope")})
	wantCode(t, err, "ValidationException", "Could not find resource")
}

func TestDescribeFollowsState(t *testing.T) {
	slow := model.Fast()
	slow.Boot = model.Duration(time.Hour)
	c := serve(t, fast(func(e *EndpointConfig) { e.Profile = &slow }))
	if err := c.server.Scale("demo", "AllTraffic", 3); err != nil {
		t.Fatal(err)
	}
	sm := sagemaker.NewFromConfig(c.config)
	e, err := sm.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String("demo")})
	if err != nil {
		t.Fatal(err)
	}
	v := e.ProductionVariants[0]
	if e.EndpointStatus != sagemakertypes.EndpointStatusUpdating || *v.CurrentInstanceCount != 1 || *v.DesiredInstanceCount != 3 || len(v.VariantStatus) != 1 {
		t.Errorf("while booting: %s, %d of %d, %v", e.EndpointStatus, *v.CurrentInstanceCount, *v.DesiredInstanceCount, v.VariantStatus)
	}
	if err := c.server.SetStatus("demo", Failed, "no capacity"); err != nil {
		t.Fatal(err)
	}
	if err := c.server.SetTags("demo", map[string]string{"x": "y"}); err != nil {
		t.Fatal(err)
	}
	e, err = sm.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String("demo")})
	if err != nil {
		t.Fatal(err)
	}
	if e.EndpointStatus != sagemakertypes.EndpointStatusFailed || *e.FailureReason != "no capacity" {
		t.Errorf("status %s, reason %q", e.EndpointStatus, aws.ToString(e.FailureReason))
	}
	for _, err := range []error{c.server.SetStatus("x", Failed, ""), c.server.SetTags("x", nil), c.server.Scale("x", "y", 1), c.server.Scale("demo", "y", 1)} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("error %v, want ErrUnknown", err)
		}
	}
	if err := c.server.Scale("demo", "AllTraffic", 0); !errors.Is(err, ErrConfig) {
		t.Errorf("scaling to 0: %v, want ErrConfig", err)
	}
}

func TestListEndpoints(t *testing.T) {
	var config Config
	for _, name := range []string{"alpha", "beta", "gamma", "alphabet", "delta"} {
		config.Endpoints = append(config.Endpoints, EndpointConfig{Name: name, Profile: new(model.Fast())})
	}
	c := serve(t, config)
	if err := c.server.SetStatus("beta", Failed, ""); err != nil {
		t.Fatal(err)
	}
	sm := sagemaker.NewFromConfig(c.config)
	names := func(in *sagemaker.ListEndpointsInput) []string {
		t.Helper()
		var out []string
		for p := sagemaker.NewListEndpointsPaginator(sm, in); p.HasMorePages(); {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Endpoints {
				out = append(out, *e.EndpointName)
			}
		}
		return out
	}
	for _, test := range []struct {
		in   sagemaker.ListEndpointsInput
		want string
	}{
		{sagemaker.ListEndpointsInput{SortBy: "Name", SortOrder: "Ascending"}, "alpha alphabet beta delta gamma"},
		{sagemaker.ListEndpointsInput{SortBy: "Name", MaxResults: aws.Int32(2)}, "gamma delta beta alphabet alpha"},
		{sagemaker.ListEndpointsInput{}, "delta alphabet gamma beta alpha"},
		{sagemaker.ListEndpointsInput{NameContains: aws.String("ALPHA"), SortOrder: "Ascending"}, "alpha alphabet"},
		{sagemaker.ListEndpointsInput{StatusEquals: sagemakertypes.EndpointStatusFailed}, "beta"},
		{sagemaker.ListEndpointsInput{CreationTimeBefore: aws.Time(time.Now().Add(-2 * time.Hour))}, ""},
	} {
		if got := strings.Join(names(&test.in), " "); got != test.want {
			t.Errorf("%+v: %s, want %s", test.in, got, test.want)
		}
	}
	_, err := sm.ListEndpoints(t.Context(), &sagemaker.ListEndpointsInput{NextToken: aws.String("!")})
	wantCode(t, err, "ValidationException", "NextToken")
	_, err = sm.ListEndpoints(t.Context(), &sagemaker.ListEndpointsInput{MaxResults: aws.Int32(101)})
	wantCode(t, err, "ValidationException", "at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100")
	configs, err := sm.ListEndpointConfigs(t.Context(), &sagemaker.ListEndpointConfigsInput{NameContains: aws.String("gamma")})
	if err != nil || len(configs.EndpointConfigs) != 1 || *configs.EndpointConfigs[0].EndpointConfigName != "gamma-config" {
		t.Errorf("configs %v, error %v", configs, err)
	}
	_, err = sm.ListModels(t.Context(), &sagemaker.ListModelsInput{})
	wantCode(t, err, "UnknownOperationException", "")
}

func TestGetCallerIdentity(t *testing.T) {
	c := serve(t, Config{Account: "000000000042", Role: "tester"})
	out, err := sts.NewFromConfig(c.config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != "000000000042" || *out.Arn != "arn:aws:sts::000000000042:assumed-role/tester/demo" || *out.UserId == "" {
		t.Errorf("account %q, ARN %q, user %q", *out.Account, *out.Arn, *out.UserId)
	}
	_, err = sts.NewFromConfig(c.config).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	wantCode(t, err, "InvalidAction", "")
}

func TestAutoScaling(t *testing.T) {
	c := serve(t, Config{Endpoints: []EndpointConfig{
		{Name: "plain", Profile: new(model.Fast())},
		{Name: "demo", Profile: new(model.Fast()), Scaling: &Scaling{Min: 1, Max: 4, Target: 6000, ScaleInCooldown: 5 * time.Minute}},
	}})
	as := applicationautoscaling.NewFromConfig(c.config)
	targets, err := as.DescribeScalableTargets(t.Context(), &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: scalingtypes.ServiceNamespaceSagemaker})
	if err != nil {
		t.Fatal(err)
	}
	if len(targets.ScalableTargets) != 1 || *targets.ScalableTargets[0].ResourceId != "endpoint/demo/variant/AllTraffic" || *targets.ScalableTargets[0].MaxCapacity != 4 {
		t.Errorf("targets %+v", targets.ScalableTargets)
	}
	targets, err = as.DescribeScalableTargets(t.Context(), &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scalingtypes.ServiceNamespaceSagemaker, ResourceIds: []string{"endpoint/plain/variant/AllTraffic"},
	})
	if err != nil || len(targets.ScalableTargets) != 0 {
		t.Errorf("targets of an endpoint without scaling: %v, error %v", targets, err)
	}
	policies, err := as.DescribeScalingPolicies(t.Context(), &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: scalingtypes.ServiceNamespaceSagemaker})
	if err != nil {
		t.Fatal(err)
	}
	p := policies.ScalingPolicies[0].TargetTrackingScalingPolicyConfiguration
	if *p.TargetValue != 6000 || p.PredefinedMetricSpecification.PredefinedMetricType != scalingtypes.MetricTypeSageMakerVariantInvocationsPerInstance || *p.ScaleInCooldown != 300 {
		t.Errorf("policy %+v", p)
	}
}
