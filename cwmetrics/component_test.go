package cwmetrics

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	smtypes "github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
	"github.com/aws/smithy-go"
)

// shared is bert with components, and one that is on another endpoint.
func shared() *fakeSageMaker {
	f := bert()
	f.config.ProductionVariants[0].ModelName = nil
	f.components = []*sagemaker.DescribeInferenceComponentOutput{
		ofComponent("bert", "llama", 2), ofComponent("bert", "mistral", 3), ofComponent("bert", "phi", 0), ofComponent("elsewhere", "gemma", 1),
	}
	return f
}

func TestDescribeComponent(t *testing.T) {
	e, err := Describe(t.Context(), shared(), "bert", DescribeOptions{})
	if err != nil || !e.Variants[0].Components {
		t.Fatalf("%+v, %v", e, err)
	}
	if err := DescribeComponent(t.Context(), shared(), e, "llama"); err != nil {
		t.Fatal(err)
	}
	c := e.Component
	if c.Name != "llama" || c.Status != "InService" || c.Variant != "AllTraffic" || c.Copies != 2 || c.Desired != 2 || c.Cores != 8 || c.MemoryMiB != 4096 {
		t.Errorf("%+v", c)
	}
	if want := []Neighbour{{"mistral", 3}, {"phi", 0}}; !slices.Equal(c.Neighbours, want) {
		t.Errorf("neighbours %v, want %v", c.Neighbours, want)
	}
	for _, name := range []string{"lama", "gemma"} {
		if err := DescribeComponent(t.Context(), shared(), e, name); !errors.Is(err, ErrNoComponent) {
			t.Errorf("%s: %v, want ErrNoComponent", name, err)
		}
	}
	denied := shared()
	denied.componentErr = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	err = DescribeComponent(t.Context(), denied, e, "llama")
	if p := problemOf(err); p == nil || p.Permission != "sagemaker:DescribeInferenceComponent" {
		t.Errorf("%v is the problem %+v", err, p)
	}
	if _, _, known := e.Count("AllTraffic"); known || e.Component.Name != "llama" {
		t.Errorf("what was not described is known: %+v", e.Component)
	}
	if names, err := Components(t.Context(), shared(), "bert"); err != nil || !slices.Equal(names, []string{"llama", "mistral", "phi"}) {
		t.Errorf("components %v, %v", names, err)
	}
}

func TestCopiesOnAnInstance(t *testing.T) {
	for _, test := range []struct {
		component Component
		on        Hardware
		want      int
	}{
		{Component{Cores: 8, MemoryMiB: 4096}, HardwareOf("ml.m5.12xlarge"), 6},
		{Component{Cores: 1, MemoryMiB: 64 * 1024}, HardwareOf("ml.m5.12xlarge"), 3},
		{Component{Accelerators: 1, MemoryMiB: 1024}, HardwareOf("ml.g5.12xlarge"), 4},
		{Component{Accelerators: 1}, HardwareOf("ml.m5.12xlarge"), 0},
		{Component{}, HardwareOf("ml.m5.12xlarge"), 0},
		{Component{Cores: 8}, Hardware{}, 0},
	} {
		if got := test.component.PerInstance(test.on); got != test.want {
			t.Errorf("%+v on %+v: %d, want %d", test.component, test.on, got, test.want)
		}
	}
}

// Everything that is asked of CloudWatch is of the component, and its copies are seen to come and go.
func TestPollerOfAComponent(t *testing.T) {
	c := &clock{start}
	api, late := shared(), map[string]time.Duration{}
	for m := range values {
		late[m] = time.Minute
	}
	cw := &fakeCloudWatch{t: t, clock: c, late: late}
	e := onM5(time.Minute, false)
	if err := DescribeComponent(t.Context(), api, e, "llama"); err != nil {
		t.Fatal(err)
	}
	p, err := NewPoller(PollerConfig{CloudWatch: cw, SageMaker: api, Endpoint: e, Now: c.now, Since: start})
	if err != nil {
		t.Fatal(err)
	}
	c.to("2m")
	s, err := p.Poll(t.Context())
	if err != nil || s.Problem != nil || len(s.Points) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	point := s.Points[0]
	if u := point.CPU; u == nil || *u.Share != 67 || u.Average != 67 || u.Units != 1 || u.Samples != 2 {
		t.Errorf("CPU %+v", u)
	}
	if point.GPU != nil || !point.Complete || *point.PerInstance != 4050 || *point.Memory.Share != 40 || point.Model.Mean != 58_100*time.Microsecond {
		t.Errorf("%+v", point)
	}
	api.components[0] = ofComponent("bert", "llama", 4)
	c.to("2m20s")
	if s, err = p.Poll(t.Context()); err != nil || s.Endpoint.Component.Copies != 4 || len(s.Endpoint.Component.Neighbours) != 2 {
		t.Errorf("%+v, %v", s.Endpoint.Component, err)
	}
	api.componentErr = &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no"}
	c.to("2m40s")
	if s, err = p.Poll(t.Context()); err != nil || s.Problem == nil || s.Endpoint.Component.Copies != 4 {
		t.Errorf("%+v of %+v, %v", s.Problem, s.Endpoint.Component, err)
	}
}

func TestPollerAsksForTheGPUsOfCopies(t *testing.T) {
	for _, test := range []struct {
		component *Component
		want      bool
	}{
		{&Component{Name: "llama", Status: string(smtypes.InferenceComponentStatusInService), Accelerators: 1}, true},
		{&Component{Name: "llama", Status: string(smtypes.InferenceComponentStatusInService), Cores: 1}, false},
		{&Component{Name: "llama"}, true}, // not described, on an instance that has some
	} {
		e := onM5(time.Minute, false)
		e.Variants[0].InstanceType, e.Variants[0].Hardware, e.Component = "ml.g5.12xlarge", HardwareOf("ml.g5.12xlarge"), test.component
		q := newQuestion(e, &e.Variants[0])
		if got := slices.ContainsFunc(q.columns(), func(c column) bool { return c.metric.name == "GPUUtilizationNormalized" }); got != test.want {
			t.Errorf("%+v: asked %v, want %v", test.component, got, test.want)
		}
	}
}
