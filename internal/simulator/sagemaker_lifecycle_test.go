package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"

	"sagetop/internal/simulator/model"
)

// booting is Fast, but for a minute that a new instance takes.
func booting() *model.Profile {
	p := model.Fast()
	p.Boot = model.Duration(time.Minute)
	return &p
}

// controlled is an endpoint whose instances take a minute to boot, and a clock to move.
func controlled(t testing.TB, change ...func(*EndpointConfig)) (clients, *sagemaker.Client, *hand) {
	t.Helper()
	h := newHand()
	config := fast(append([]func(*EndpointConfig){func(e *EndpointConfig) { e.Profile = booting() }}, change...)...)
	config.Now = h.Now
	c := serve(t, config)
	return c, sagemaker.NewFromConfig(c.config), h
}

func oneVariant(name, instanceType string, count int32) types.ProductionVariant {
	return types.ProductionVariant{
		VariantName: aws.String(name), ModelName: aws.String("bert"),
		InstanceType: types.ProductionVariantInstanceType(instanceType), InitialInstanceCount: aws.Int32(count),
	}
}

func makeConfig(t testing.TB, sm *sagemaker.Client, name string, variants ...types.ProductionVariant) {
	t.Helper()
	out, err := sm.CreateEndpointConfig(t.Context(), &sagemaker.CreateEndpointConfigInput{EndpointConfigName: aws.String(name), ProductionVariants: variants})
	if err != nil {
		t.Fatal(err)
	}
	if want := "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/" + name; *out.EndpointConfigArn != want {
		t.Errorf("ARN %s, want %s", *out.EndpointConfigArn, want)
	}
}

func createEndpoint(t testing.TB, sm *sagemaker.Client, name, config string) {
	t.Helper()
	out, err := sm.CreateEndpoint(t.Context(), &sagemaker.CreateEndpointInput{EndpointName: aws.String(name), EndpointConfigName: aws.String(config)})
	if err != nil {
		t.Fatal(err)
	}
	if want := "arn:aws:sagemaker:us-east-1:123456789012:endpoint/" + strings.ToLower(name); *out.EndpointArn != want {
		t.Errorf("ARN %s, want %s", *out.EndpointArn, want)
	}
}

func describe(t testing.TB, sm *sagemaker.Client, name string) *sagemaker.DescribeEndpointOutput {
	t.Helper()
	out, err := sm.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String(name)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// countsOf is "name current/desired" of each variant.
func countsOf(variants []types.ProductionVariantSummary) []string {
	var out []string
	for _, v := range variants {
		out = append(out, fmt.Sprintf("%s %d/%d", *v.VariantName, *v.CurrentInstanceCount, *v.DesiredInstanceCount))
	}
	return out
}

func to(name string) func(*sagemakerruntime.InvokeEndpointInput) {
	return func(in *sagemakerruntime.InvokeEndpointInput) { in.EndpointName = aws.String(name) }
}

func TestCreateEndpoint(t *testing.T) {
	c, sm, h := controlled(t)
	makeConfig(t, sm, "blue", oneVariant("Blue", "ml.m5.large", 2))
	createEndpoint(t, sm, "New", "blue")
	e := describe(t, sm, "NEW") // the control plane finds it in any case
	if *e.EndpointName != "New" || e.EndpointStatus != types.EndpointStatusCreating || e.ProductionVariants != nil || *e.EndpointConfigName != "blue" {
		t.Errorf("at first %s is %s with variants %v of %s", *e.EndpointName, e.EndpointStatus, countsOf(e.ProductionVariants), *e.EndpointConfigName)
	}
	p := e.PendingDeploymentSummary
	if *p.EndpointConfigName != "blue" || *p.ProductionVariants[0].CurrentInstanceCount != 0 || *p.ProductionVariants[0].DesiredInstanceCount != 2 || p.ProductionVariants[0].VariantStatus[0].Status != types.VariantStatusCreating {
		t.Errorf("pending %+v", p)
	}
	_, err := c.invoke(t, to("New"))
	wantCode(t, err, "ValidationError", "Creating")
	_, err = sm.DeleteEndpoint(t.Context(), &sagemaker.DeleteEndpointInput{EndpointName: aws.String("New")})
	wantCode(t, err, "ValidationException", `Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/new".`)

	h.move(time.Minute)
	if _, err := c.invoke(t, to("New")); err != nil {
		t.Errorf("after its boot: %v", err)
	}
	e = describe(t, sm, "New")
	if e.EndpointStatus != types.EndpointStatusInService || !slices.Equal(countsOf(e.ProductionVariants), []string{"Blue 2/2"}) || e.PendingDeploymentSummary != nil {
		t.Errorf("after its boot %s, %v, pending %v", e.EndpointStatus, countsOf(e.ProductionVariants), e.PendingDeploymentSummary)
	}
	if e.ProductionVariants[0].VariantStatus != nil || !e.LastModifiedTime.Equal(h.Now()) {
		t.Errorf("variant status %v, modified %v", e.ProductionVariants[0].VariantStatus, e.LastModifiedTime)
	}
	if image := *e.ProductionVariants[0].DeployedImages[0].SpecifiedImage; image != "123456789012.dkr.ecr.us-east-1.amazonaws.com/bert:latest" {
		t.Errorf("image %s", image)
	}
	_, err = c.invoke(t, to("new"))
	wantCode(t, err, "ValidationError", "not found") // the runtime does not
}

func TestCreateEndpointRefuses(t *testing.T) {
	_, sm, _ := controlled(t)
	for _, test := range []struct{ name, config, message string }{
		{"demo", "demo-config", `Cannot create already existing endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/demo".`},
		{"DEMO", "demo-config", "Cannot create already existing endpoint"},
		{"new", "nope", `Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/nope".`},
		{"a_b", "demo-config", "1 validation error detected: Value 'a_b' at 'endpointName' failed to satisfy constraint: Member must satisfy regular expression pattern"},
	} {
		_, err := sm.CreateEndpoint(t.Context(), &sagemaker.CreateEndpointInput{EndpointName: &test.name, EndpointConfigName: &test.config})
		wantCode(t, err, "ValidationException", test.message)
	}
	for policy, want := range map[*types.DeploymentConfig]string{
		{RollingUpdatePolicy: &types.RollingUpdatePolicy{MaximumBatchSize: &types.CapacitySize{Type: types.CapacitySizeTypeInstanceCount, Value: aws.Int32(1)}, WaitIntervalInSeconds: aws.Int32(1)}}:    "RollingUpdatePolicy is not simulated",
		{BlueGreenUpdatePolicy: &types.BlueGreenUpdatePolicy{TrafficRoutingConfiguration: &types.TrafficRoutingConfig{Type: types.TrafficRoutingConfigTypeCanary, WaitIntervalInSeconds: aws.Int32(1)}}}: "CANARY is not simulated",
	} {
		_, err := sm.CreateEndpoint(t.Context(), &sagemaker.CreateEndpointInput{EndpointName: aws.String("new"), EndpointConfigName: aws.String("demo-config"), DeploymentConfig: policy})
		wantCode(t, err, "ValidationException", want)
	}
}

func TestAccountsAreBounded(t *testing.T) {
	_, sm, _ := controlled(t)
	makeConfig(t, sm, "big", oneVariant("Blue", "ml.m5.large", maxInstances))
	_, err := sm.CreateEndpoint(t.Context(), &sagemaker.CreateEndpointInput{EndpointName: aws.String("new"), EndpointConfigName: aws.String("big")})
	wantCode(t, err, "ResourceLimitExceeded", "The account-level service limit 'ml.m5.large for endpoint usage' is 1000 Instances, with current utilization of 1 Instances and a request delta of 1000 Instances.")
	for i := 1; i < maxEndpoints; i++ {
		createEndpoint(t, sm, fmt.Sprintf("e%d", i), "demo-config")
	}
	_, err = sm.CreateEndpoint(t.Context(), &sagemaker.CreateEndpointInput{EndpointName: aws.String("more"), EndpointConfigName: aws.String("demo-config")})
	wantCode(t, err, "ResourceLimitExceeded", "Number of endpoints")
	for i := 2; i < maxConfigs; i++ {
		makeConfig(t, sm, fmt.Sprintf("c%d", i), oneVariant("Blue", "ml.m5.large", 1))
	}
	_, err = sm.CreateEndpointConfig(t.Context(), &sagemaker.CreateEndpointConfigInput{EndpointConfigName: aws.String("more"), ProductionVariants: []types.ProductionVariant{oneVariant("Blue", "ml.m5.large", 1)}})
	wantCode(t, err, "ResourceLimitExceeded", "Number of endpoint configurations")
}

// Requests are served through all of an update, and the next instances are other ones.
func TestUpdateEndpoint(t *testing.T) {
	c, sm, h := controlled(t, func(e *EndpointConfig) { e.Variant = "Blue" })
	makeConfig(t, sm, "green", oneVariant("Blue", "ml.m5.4xlarge", 3), oneVariant("Green", "ml.m5.large", 1))
	before := c.server.endpoints.get("demo").variant("Blue").Instances(0)
	h.move(30 * time.Second)
	if _, err := c.invoke(t); err != nil {
		t.Fatal(err)
	}
	update := &sagemaker.UpdateEndpointInput{EndpointName: aws.String("demo"), EndpointConfigName: aws.String("green")}
	if _, err := sm.UpdateEndpoint(t.Context(), update); err != nil {
		t.Fatal(err)
	}
	e := describe(t, sm, "demo")
	if e.EndpointStatus != types.EndpointStatusUpdating || *e.EndpointConfigName != "demo-config" || !slices.Equal(countsOf(e.ProductionVariants), []string{"Blue 1/1"}) {
		t.Errorf("at first %s by %s, %v", e.EndpointStatus, *e.EndpointConfigName, countsOf(e.ProductionVariants))
	}
	if got := e.PendingDeploymentSummary; *got.EndpointConfigName != "green" || len(got.ProductionVariants) != 2 {
		t.Errorf("pending %+v", got)
	}
	_, err := sm.UpdateEndpoint(t.Context(), update)
	wantCode(t, err, "ValidationException", "Cannot update in-progress endpoint")
	h.move(59 * time.Second)
	if out, err := c.invoke(t); err != nil || *out.InvokedProductionVariant != "Blue" {
		t.Errorf("before the boot's end: %v, %v", out, err)
	}
	h.move(time.Second)
	e = describe(t, sm, "demo")
	if e.EndpointStatus != types.EndpointStatusInService || *e.EndpointConfigName != "green" || !slices.Equal(countsOf(e.ProductionVariants), []string{"Blue 3/3", "Green 1/1"}) {
		t.Errorf("then %s by %s, %v", e.EndpointStatus, *e.EndpointConfigName, countsOf(e.ProductionVariants))
	}
	after := c.server.endpoints.get("demo").variant("Blue").Instances(c.server.now())
	if len(after) != 3 || slices.Contains(after, before[0]) {
		t.Errorf("instances %v after %v", after, before)
	}
	if out, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) { in.TargetVariant = aws.String("Green") }); err != nil || *out.InvokedProductionVariant != "Green" {
		t.Errorf("the new variant: %v", err)
	}
	h.move(90 * time.Second)
	start := c.server.clock.Origin
	perMinute := func(metric, stat string) []float64 {
		in := queryOf("demo", metric, stat, h.Now(), h.Now().Sub(start))
		in.MetricDataQueries[0].MetricStat.Period = aws.Int32(60)
		in.MetricDataQueries[0].MetricStat.Metric.Dimensions[1].Value = aws.String("Blue")
		_, values := c.values(t, start, in)
		return values
	}
	if got := perMinute("Invocations", "Sum"); !slices.Equal(got, []float64{1, 1}) {
		t.Errorf("invocations %v, want those of before and of after the update", got)
	}
	if got := perMinute("CPUUtilization", "SampleCount"); !slices.Equal(got, []float64{1, 4, 3}) {
		t.Errorf("%v instances reported, want the old one, both in the minute of the change, then the new three", got)
	}
}

func TestUpdateEndpointRetains(t *testing.T) {
	_, sm, h := controlled(t, func(e *EndpointConfig) { e.Instances, e.Weight = 4, 7 })
	makeConfig(t, sm, "next", oneVariant("AllTraffic", "ml.m5.large", 1))
	for _, test := range []struct {
		exclude []types.VariantProperty
		count   int32
		weight  float32
	}{
		{nil, 4, 7},
		{[]types.VariantProperty{{VariantPropertyType: types.VariantPropertyTypeDesiredWeight}}, 4, 1},
		{[]types.VariantProperty{{VariantPropertyType: types.VariantPropertyTypeDesiredInstanceCount}}, 1, 1},
	} {
		_, err := sm.UpdateEndpoint(t.Context(), &sagemaker.UpdateEndpointInput{
			EndpointName: aws.String("demo"), EndpointConfigName: aws.String("next"), RetainAllVariantProperties: aws.Bool(true), ExcludeRetainedVariantProperties: test.exclude,
		})
		if err != nil {
			t.Fatal(err)
		}
		h.move(time.Minute)
		if v := describe(t, sm, "demo").ProductionVariants[0]; *v.CurrentInstanceCount != test.count || *v.CurrentWeight != test.weight {
			t.Errorf("without %v: %d instances of weight %v, want %d of %v", test.exclude, *v.CurrentInstanceCount, *v.CurrentWeight, test.count, test.weight)
		}
	}
}

func TestUpdateEndpointRefuses(t *testing.T) {
	c, sm, _ := controlled(t, func(e *EndpointConfig) { e.Scaling = &Scaling{Min: 1, Max: 2} })
	makeConfig(t, sm, "typed", oneVariant("AllTraffic", "ml.m5.large", 1))
	update := func(name, config string) error {
		_, err := sm.UpdateEndpoint(t.Context(), &sagemaker.UpdateEndpointInput{EndpointName: &name, EndpointConfigName: &config})
		return err
	}
	wantCode(t, update("nope", "typed"), "ValidationException", "Could not find endpoint")
	wantCode(t, update("demo", "nope"), "ValidationException", "Could not find endpoint configuration")
	wantCode(t, update("demo", "typed"), "ValidationException", `The variant(s) "[AllTraffic]" must be deregistered as scalable targets`)
	if err := c.server.SetStatus("demo", Failed, ""); err != nil {
		t.Fatal(err)
	}
	wantCode(t, update("demo", "demo-config"), "ValidationException", "its status is Failed")
}

func TestDeleteEndpoint(t *testing.T) {
	c, sm, h := controlled(t)
	if err := c.server.SetStatus("demo", Failed, "no capacity"); err != nil {
		t.Fatal(err)
	}
	in := &sagemaker.DeleteEndpointInput{EndpointName: aws.String("demo")}
	if _, err := sm.DeleteEndpoint(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if e := describe(t, sm, "demo"); e.EndpointStatus != types.EndpointStatusDeleting || e.FailureReason != nil {
		t.Errorf("%s, %v", e.EndpointStatus, e.FailureReason)
	}
	_, err := sm.DeleteEndpoint(t.Context(), in)
	wantCode(t, err, "ValidationException", "Cannot update in-progress endpoint")
	_, err = c.invoke(t)
	wantCode(t, err, "ValidationError", "Deleting")
	h.move(5 * time.Second)
	_, err = sm.DeleteEndpoint(t.Context(), in)
	wantCode(t, err, "ValidationException", "Could not find endpoint")
	_, err = c.invoke(t)
	wantCode(t, err, "ValidationError", "not found")
	if err := c.server.Scale("demo", "AllTraffic", 2); !errors.Is(err, ErrUnknown) {
		t.Errorf("scaling it: %v, want ErrUnknown", err)
	}
	createEndpoint(t, sm, "demo", "demo-config") // the name is free, and the configuration still there
}

// CloudWatch remembers what an endpoint did that is gone, also when another has its name.
func TestMetricsOutliveTheirEndpoint(t *testing.T) {
	c, sm, h := controlled(t)
	start := c.server.clock.Origin
	invocations := func() []float64 {
		t.Helper()
		_, values := c.values(t, start, queryOf("demo", "Invocations", "Sum", h.Now(), h.Now().Sub(start)))
		return values
	}
	if _, err := c.invoke(t); err != nil {
		t.Fatal(err)
	}
	if _, err := sm.DeleteEndpoint(t.Context(), &sagemaker.DeleteEndpointInput{EndpointName: aws.String("demo")}); err != nil {
		t.Fatal(err)
	}
	h.move(time.Minute)
	if got := invocations(); !slices.Equal(got, []float64{1}) {
		t.Errorf("invocations %v when it is gone", got)
	}
	createEndpoint(t, sm, "demo", "demo-config")
	h.move(time.Minute)
	for range 2 {
		if _, err := c.invoke(t); err != nil {
			t.Fatal(err)
		}
	}
	h.move(time.Minute)
	if got := invocations(); !slices.Equal(got, []float64{1, 2}) {
		t.Errorf("invocations %v of two endpoints of one name", got)
	}
	for i := range maxDeparted + 5 {
		name := fmt.Sprintf("e%d", i)
		createEndpoint(t, sm, name, "demo-config")
		now := c.server.change()
		c.server.depart(c.server.endpoints.get(name), now)
		c.server.changes.Unlock()
	}
	if n := len(c.server.departed.all()); n != maxDeparted {
		t.Errorf("%d endpoints are remembered, want %d", n, maxDeparted)
	}
}

// Requests come through while the endpoint under them is scaled and replaced again and again.
func TestNoRequestIsLostToAnUpdate(t *testing.T) {
	c := serve(t, fast(func(e *EndpointConfig) { e.Instances = 2 }))
	sm := sagemaker.NewFromConfig(c.config)
	var users sync.WaitGroup
	for range 4 {
		users.Go(func() {
			for range 100 {
				if _, err := c.invoke(t); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		if _, err := sm.UpdateEndpoint(t.Context(), &sagemaker.UpdateEndpointInput{EndpointName: aws.String("demo"), EndpointConfigName: aws.String("demo-config")}); err != nil {
			t.Fatal(err)
		}
		_, err := sm.UpdateEndpointWeightsAndCapacities(t.Context(), &sagemaker.UpdateEndpointWeightsAndCapacitiesInput{
			EndpointName: aws.String("demo"), DesiredWeightsAndCapacities: []types.DesiredWeightAndCapacity{desire("AllTraffic", aws.Int32(int32(1+i%3)), aws.Float32(1))},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	users.Wait()
	if n := c.server.Counts()[Answer{"InvokeEndpoint", 200, ""}]; n != 400 {
		t.Errorf("%d successes, want 400", n)
	}
}

// What DescribeEndpoint says while things change is what serves.
func TestDescribedIsServed(t *testing.T) {
	c, sm, h := controlled(t)
	createEndpoint(t, sm, "new", "demo-config")
	makeConfig(t, sm, "two", oneVariant("AllTraffic", "ml.m5.large", 2))
	for step := range 40 {
		switch step {
		case 10:
			if _, err := sm.UpdateEndpoint(t.Context(), &sagemaker.UpdateEndpointInput{EndpointName: aws.String("new"), EndpointConfigName: aws.String("two")}); err != nil {
				t.Fatal(err)
			}
		case 20:
			if err := c.server.Scale("new", "AllTraffic", 4); err != nil {
				t.Fatal(err)
			}
		case 35:
			if _, err := sm.DeleteEndpoint(t.Context(), &sagemaker.DeleteEndpointInput{EndpointName: aws.String("new")}); err != nil {
				t.Fatal(err)
			}
		}
		e, err := sm.DescribeEndpoint(t.Context(), &sagemaker.DescribeEndpointInput{EndpointName: aws.String("new")})
		serves := err == nil && (e.EndpointStatus == types.EndpointStatusInService || e.EndpointStatus == types.EndpointStatusUpdating)
		if _, err := c.invoke(t, to("new")); (err == nil) != serves {
			t.Errorf("step %d: %v, and a request got %v", step, e, err)
		}
		if serves {
			v := c.server.endpoints.get("new").variants()[0]
			if ids := v.Instances(c.server.now()); len(ids) != int(*e.ProductionVariants[0].CurrentInstanceCount) {
				t.Errorf("step %d: %v serve, described are %v", step, ids, countsOf(e.ProductionVariants))
			}
		}
		h.move(7 * time.Second)
	}
}

// What was on its way when an endpoint was deleted does not come: it would bring it back.
func TestDeletedUnderAnUpdate(t *testing.T) {
	for name, coming := range map[string]bool{"demo": false, "new": true} {
		t.Run(name, func(t *testing.T) {
			c, sm, h := controlled(t, func(e *EndpointConfig) { e.Profile.Boot = model.Duration(3 * time.Second) })
			if coming {
				createEndpoint(t, sm, name, "demo-config")
			} else if _, err := sm.UpdateEndpoint(t.Context(), &sagemaker.UpdateEndpointInput{EndpointName: &name, EndpointConfigName: aws.String("demo-config")}); err != nil {
				t.Fatal(err)
			}
			if err := c.server.SetStatus(name, Failed, "no capacity"); err != nil {
				t.Fatal(err)
			}
			h.move(time.Second)
			if _, err := sm.DeleteEndpoint(t.Context(), &sagemaker.DeleteEndpointInput{EndpointName: &name}); err != nil {
				t.Fatal(err)
			}
			h.move(2 * time.Second)
			if e := describe(t, sm, name); e.EndpointStatus != types.EndpointStatusDeleting {
				t.Errorf("%s when it would have been in service", e.EndpointStatus)
			}
		})
	}
}

// Whoever describes an endpoint in the moment of a change sees what was before or what is after, and nothing between.
func TestDescribedIsWhole(t *testing.T) {
	s, err := New(fast())
	if err != nil {
		t.Fatal(err)
	}
	var over atomic.Bool
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !over.Load() {
				e, fault := s.describeEndpoint(&endpointName{"demo"})
				if fault != nil || e.ProductionVariants[0].DesiredInstanceCount != 1 {
					t.Errorf("described %+v, %v", e, fault)
					return
				}
			}
		})
	}
	for range 4000 {
		if _, fault := s.updateEndpoint(&updateEndpointInput{EndpointName: "demo", EndpointConfigName: "demo-config"}); fault != nil {
			t.Error(fault.Message)
		}
		s.catchUp()
	}
	over.Store(true)
	clients.Wait()
}

// An endpoint of the longest name that there may be has a configuration that can be asked for, too.
func TestLongestName(t *testing.T) {
	name := strings.Repeat("x", 30) + "---" + strings.Repeat("x", 30)
	_, sm, _ := controlled(t, func(e *EndpointConfig) { e.Name = name })
	if _, err := sm.DescribeEndpointConfig(t.Context(), &sagemaker.DescribeEndpointConfigInput{EndpointConfigName: describe(t, sm, name).EndpointConfigName}); err != nil {
		t.Error(err)
	}
}
