package check

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sagetop/internal/cloud"
	"sagetop/internal/simulator"
	"sagetop/runner/sagemaker"
)

// sharing is an endpoint whose instances two components share.
func sharing() simulator.EndpointConfig {
	return simulator.EndpointConfig{Components: []simulator.Component{{Name: "llama", Copies: 1, Cores: 2}, {Name: "phi", Copies: 2, Cores: 4}}}
}

// Of a component that is named, it is what is asked about, in copies.
func TestComponent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(), 0)
	w.cfg.Component = "llama"
	r := w.look()
	w.invoke(r, 1, "hi", func(c *sagemaker.Config) { c.InferenceComponent = "llama" })
	got := r.states()
	if !strings.HasPrefix(got[Have], described+" DescribeInferenceComponent ListInferenceComponents InvokeEndpoint ") || !strings.HasSuffix(got[NotTried], " UpdateInferenceComponentRuntimeConfig") || !r.OK() {
		t.Errorf("%v %+v", got, r.Invocation)
	}
	c := r.Endpoint.Component
	if c == nil || !slices.Equal(r.Endpoint.Components, []string{"llama", "phi"}) || r.Endpoint.Invocations == nil {
		t.Fatalf("%s", mustJSON(t, r.Endpoint))
	}
	if got, want := componentText(c), "llama: InService, 1 copy, 2 cores, 8192 MiB each; beside phi (2 copies)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	w.cfg.Component = "lama"
	if _, err := Look(t.Context(), w.cfg); !errors.Is(err, cloud.ErrNoComponent) || !strings.Contains(err.Error(), "did you mean llama?") {
		t.Error(err)
	}
}

// Where none is named, those that there are.
func TestUnnamedComponent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(), 0)
	r := w.look()
	if got := r.states()[Have]; !strings.Contains(got, "ListInferenceComponents") || strings.Contains(got, "DescribeInferenceComponent") {
		t.Error(got)
	}
	if r.Endpoint.Component != nil || !slices.Equal(r.Endpoint.Components, []string{"llama", "phi"}) {
		t.Errorf("%s", mustJSON(t, r.Endpoint))
	}
}

// What a component takes is asked for of the component, and to invoke it of the endpoint as well.
func TestComponentsPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(), 0)
	w.cfg.Component = "llama"
	w.fault(simulator.FaultAccessDenied, "DescribeInferenceComponent", "ListInferenceComponents", "InvokeEndpoint", "FilterLogEvents")
	r := w.look()
	w.invoke(r, 1, "hi", func(c *sagemaker.Config) { c.InferenceComponent = "llama" })
	if got, want := r.states()[Missing], "DescribeInferenceComponent ListInferenceComponents InvokeEndpoint FilterLogEvents"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	actions := map[string]string{}
	for _, s := range r.Policy.Statement {
		actions[s.Resource] = strings.Join(s.Action, " ")
	}
	const arn = "arn:aws:sagemaker:us-east-1:123456789012:"
	for resource, want := range map[string]string{
		arn + "inference-component/llama": "sagemaker:DescribeInferenceComponent sagemaker:InvokeEndpoint",
		arn + "endpoint/fast":             "sagemaker:InvokeEndpoint",
		"*":                               "sagemaker:ListInferenceComponents",
		"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/InferenceComponents/llama:*": "logs:FilterLogEvents",
	} {
		if actions[resource] != want {
			t.Errorf("of %s: %q, want %q", resource, actions[resource], want)
		}
	}
	if got, want := componentText(r.Endpoint.Component), "llama: not described, see the permissions below"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
