package simulator

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"

	"sagetop/internal/simulator/model"
)

func TestInferenceComponents(t *testing.T) {
	c, sm, h := controlled(t, func(e *EndpointConfig) { e.Components = []Component{{Name: "llama", Copies: 2}, {Name: "idle"}} })
	out, err := sm.DescribeInferenceComponent(t.Context(), &sagemaker.DescribeInferenceComponentInput{InferenceComponentName: aws.String("llama")})
	if err != nil {
		t.Fatal(err)
	}
	if *out.EndpointName != "demo" || *out.VariantName != "AllTraffic" || *out.RuntimeConfig.CurrentCopyCount != 2 || *out.RuntimeConfig.DesiredCopyCount != 2 || out.InferenceComponentStatus != types.InferenceComponentStatusInService {
		t.Errorf("component %+v, %+v", out, out.RuntimeConfig)
	}
	_, err = sm.DescribeInferenceComponent(t.Context(), &sagemaker.DescribeInferenceComponentInput{InferenceComponentName: aws.String("nope")})
	wantCode(t, err, "ValidationException", `Could not find inference component "arn:aws:sagemaker:us-east-1:123456789012:inference-component/nope".`)

	invoke := func(component string) error {
		_, err := c.invoke(t, func(in *sagemakerruntime.InvokeEndpointInput) {
			if component != "" {
				in.InferenceComponentName = &component
			}
		})
		return err
	}
	if err := invoke("llama"); err != nil {
		t.Error(err)
	}
	wantCode(t, invoke("idle"), "ValidationError", "Inference Component has no capacity to process this request")
	wantCode(t, invoke(""), "ValidationError", "header is required")
	wantCode(t, invoke("nope"), "ValidationError", "Inference Component nope of account 123456789012 not found.")

	scale := func(copies int32) error {
		_, err := sm.UpdateInferenceComponentRuntimeConfig(t.Context(), &sagemaker.UpdateInferenceComponentRuntimeConfigInput{
			InferenceComponentName: aws.String("idle"), DesiredRuntimeConfig: &types.InferenceComponentRuntimeConfig{CopyCount: &copies},
		})
		return err
	}
	wantCode(t, scale(-1), "ValidationException", "desiredRuntimeConfig.copyCount")
	if err := scale(1); err != nil {
		t.Fatal(err)
	}
	wantCode(t, scale(2), "ValidationException", "Cannot update in-progress inference component")
	h.move(4 * time.Minute)
	if err := invoke("idle"); err != nil {
		t.Error(err)
	}
	list, err := sm.ListInferenceComponents(t.Context(), &sagemaker.ListInferenceComponentsInput{EndpointNameEquals: aws.String("demo"), NameContains: aws.String("lam")})
	if err != nil || len(list.InferenceComponents) != 1 || *list.InferenceComponents[0].InferenceComponentName != "llama" {
		t.Errorf("listed %v, error %v", list, err)
	}
}

func TestComponentsAreChecked(t *testing.T) {
	for _, components := range [][]Component{
		{{Name: "a_b", Copies: 1}},
		{{Name: "a", Copies: -1}},
		{{Name: "a", Copies: 1}, {Name: "a", Copies: 1}},
		{{Name: "a", Copies: 1, Cores: 49}},
		{{Name: "a", Copies: 1, MemoryMB: 100}},
		{{Name: "a", Copies: 1, Accelerators: 1}},
		{{Name: "a", Copies: 3, Cores: 24}},
	} {
		if _, err := New(Config{Endpoints: []EndpointConfig{{Name: "demo", Components: components}}}); !errors.Is(err, ErrConfig) {
			t.Errorf("%v: error %v, want ErrConfig", components, err)
		}
	}
}

// withComponents is in event time: two instances of 4 vCPUs and 16 GiB.
func withComponents(t *testing.T, components ...Component) *autoscaled {
	t.Helper()
	a := &autoscaled{t: t, hand: hand{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}}
	p := model.Fast()
	p.Boot, p.Workers = model.Duration(5*time.Minute), 4
	p.Hardware.VCPUs, p.Hardware.MemoryGiB = 4, 16
	p.CPU = model.CPU{Idle: 20, PerWorker: 100}
	p.Contention, p.Hyperthreading = 0, 0
	p.Service = model.Lognormal{Median: model.Duration(100 * time.Millisecond)}
	s, err := New(Config{Now: a.hand.Now, Endpoints: []EndpointConfig{{Name: "demo", Profile: &p, Instances: 2, Routing: model.LeastOutstanding, Components: components}}})
	if err != nil {
		t.Fatal(err)
	}
	a.Server = s
	return a
}

// has says how a component must look.
func (a *autoscaled) has(name string, status Status, current, desired int) {
	a.t.Helper()
	out, fault := a.describeInferenceComponent(&componentName{name})
	if fault != nil {
		a.t.Fatal(fault.Message)
	}
	if c := out.RuntimeConfig; out.InferenceComponentStatus != status || c.CurrentCopyCount != current || c.DesiredCopyCount != desired || (out.FailureReason != "") != (status == Failed) {
		a.t.Errorf("after %v: %s is %s with %d/%d copies (%s), want %s with %d/%d", a.Server.now(), name, out.InferenceComponentStatus, c.CurrentCopyCount, c.DesiredCopyCount, out.FailureReason, status, current, desired)
	}
}

func (a *autoscaled) ask(name string, copies int) {
	a.t.Helper()
	in := &runtimeConfigInput{InferenceComponentName: name}
	in.DesiredRuntimeConfig.CopyCount = &copies
	if _, fault := a.updateComponentRuntimeConfig(in); fault != nil {
		a.t.Fatal(fault.Message)
	}
}

func TestCopiesComeGoAndFindNoRoom(t *testing.T) {
	a := withComponents(t, Component{Name: "one", Copies: 1, Cores: 2}, Component{Name: "other", Copies: 1, Cores: 3})
	a.has("one", InService, 1, 1)
	a.ask("one", 2)
	a.has("one", Updating, 1, 2)
	a.has("other", InService, 1, 1)
	a.move(5 * time.Minute)
	a.has("one", InService, 2, 2)
	a.ask("one", 3) // four cores are on the other instance, and one is left beside the neighbour
	a.move(5 * time.Minute)
	a.has("one", Failed, 2, 3)
	a.ask("one", 1)
	a.has("one", Updating, 1, 1)
	a.move(5 * time.Second)
	a.has("one", InService, 1, 1)
}

// A copy is a share of its instance's workers: two carry twice what one does.
func TestCopiesCarryTheLoad(t *testing.T) {
	const full = 18 // a second, of two workers that take 0.1 s each
	for _, test := range []struct{ copies, perSecond, refused int }{{1, full, 0}, {2, 2 * full, 0}, {1, 2 * full, 1}} {
		a := withComponents(t, Component{Name: "one", Copies: test.copies, Cores: 2})
		k := a.endpoints.get("demo").component("one")
		refused := 0
		for range 60 * test.perSecond {
			if k.copies.Admit(a.Server.now()).Outcome == model.Refused {
				refused = 1
			}
			a.move(time.Second / time.Duration(test.perSecond))
		}
		if refused != test.refused {
			t.Errorf("%d copies at %d/s: refused %d, want %d", test.copies, test.perSecond, refused, test.refused)
		}
	}
}

// What copies do is in their own metrics, as a share of what they reserve, and in those of the instances under them.
func TestMetricsOfCopies(t *testing.T) {
	a := withComponents(t, Component{Name: "one", Copies: 2, Cores: 2, MemoryMB: 4096}, Component{Name: "idle", Copies: 1, Cores: 1})
	k := a.endpoints.get("demo").component("one")
	for range 60 * 20 {
		k.copies.Admit(a.Server.now())
		a.move(50 * time.Millisecond)
	}
	a.move(time.Minute)
	of := func(namespace, name, stat string, dimensions ...dimension) float64 {
		t.Helper()
		ask := a.asking(a.clock.Origin, a.clock.Origin.Add(time.Minute), a.Server.now())
		points := ask.aggregate(ask.streams(&metric{namespace, name, dimensions}, "")[0].points, time.Minute)
		if len(points) != 1 {
			t.Fatalf("%s %v: %d points, want 1", name, dimensions, len(points))
		}
		return points[0].Statistic(stat)
	}
	one := dimension{componentDimension, "one"}
	variant := []dimension{{"EndpointName", "demo"}, {"VariantName", "AllTraffic"}}
	for _, test := range []struct {
		what      string
		got, want float64
	}{
		{"invocations", of("AWS/SageMaker", "Invocations", "Sum", one), 1200},
		{"invocations a copy", of("AWS/SageMaker", "InvocationsPerCopy", "Sum", one), 600},
		{"copies that report", of("/aws/sagemaker/InferenceComponents", "CPUUtilizationNormalized", "SampleCount", one), 2},
		// 20/s x 0.1 s keep 2 workers busy, one in each copy of two cores; and half of what an idle instance needs.
		{"their CPU", of("/aws/sagemaker/InferenceComponents", "CPUUtilizationNormalized", "Average", one), 55},
		{"ModelLatency", of("AWS/SageMaker", "ModelLatency", "Average", one), 100_000},
		{"invocations of the variant", of("AWS/SageMaker", "Invocations", "Sum", variant...), 1200},
		// Each of two instances: 20 idle, of the two copies 110 and 110, of the idle one 5, halved.
		{"the instances' CPU", of("/aws/sagemaker/Endpoints", "CPUUtilization", "Average", variant...), 20 + 225./2},
	} {
		if math.Abs(test.got-test.want) > .02*test.want {
			t.Errorf("%s: %v, want %v", test.what, test.got, test.want)
		}
	}
	for _, name := range []string{"InvocationsPerCopy", "CPUUtilizationNormalized"} {
		list, fault := a.listMetrics(&listMetricsInput{MetricName: name, Dimensions: []dimension{one}})
		if fault != nil || len(list.Metrics) != 1 {
			t.Errorf("%s is listed %v, fault %v", name, list, fault)
		}
	}
}

func TestCopiesScaleByThemselves(t *testing.T) {
	a := withComponents(t, Component{Name: "one", Copies: 1, Cores: 1, Scaling: &Scaling{Min: 1, Max: 3, Target: 60}})
	k := a.endpoints.get("demo").component("one")
	for range 4 * 60 {
		a.catchUp()
		k.copies.Admit(a.Server.now())
		k.copies.Admit(a.Server.now())
		a.move(time.Second)
	}
	a.catchUp()
	a.has("one", Updating, 1, 2)
	out, fault := a.describeScalingActivities(&scalingQuery{ServiceNamespace: "sagemaker", ResourceId: "inference-component/one"})
	if fault != nil || len(out.ScalingActivities) != 1 || out.ScalingActivities[0].Description != "Setting desired copy count to 2." || out.ScalingActivities[0].ScalableDimension != copiesDimension {
		t.Errorf("activities %+v, fault %v", out, fault)
	}
}
