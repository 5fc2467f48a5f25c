package cli_test

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// sharing is an endpoint with room for four copies of llama beside phi, whose copies take so long to come.
func sharing(boot time.Duration) simulator.EndpointConfig {
	e := quick()
	p := model.Fast()
	p.Boot = model.Duration(boot)
	e.Profile = &p
	e.Components = []simulator.Component{{Name: "llama", Copies: 1, Cores: p.Hardware.VCPUs / 8}, {Name: "phi", Copies: 2, Cores: p.Hardware.VCPUs / 4}}
	return e
}

// What cannot be loaded is said before anything is sent, with the names that there are.
func TestComponentsAreNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("what commands say: nothing in it is only seen by the race detector")
	}
	t.Parallel()
	w := newWorld(t, sharing(0))
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 1, "requests must name one: it has llama, phi\nadd --inference-component llama"},
		{[]string{"--inference-component", "lama"}, 1, "no inference component \"lama\" on endpoint fast\ndid you mean llama? There are also: phi"},
		{[]string{"--inference-component", "llama", "--variant", "other"}, 1, `no variant "other"`},
		{[]string{"--inference-component", "llama", "--instances", "2"}, 2, "--yes=fast"},
		{[]string{"--inference-component", "llama", "--instances", "9", "--yes=fast"}, 1, "llama is Failed, with 4 of the 9 copies asked for: There is not enough hardware resources"},
	} {
		p := w.headless(append([]string{"run", "fast", "-d", "hi", "-n", "5", "--no-cloudwatch", "--headless"}, test.args...)...)
		p.exits(test.code)
		if !strings.Contains(p.stderr.String(), test.want) {
			t.Errorf("%q: it does not say %q:\n%s", test.args, test.want, p.said())
		}
	}
	if n := w.server.Counts()[simulator.Answer{Operation: "InvokeEndpoint", Status: 200}]; n > 1 { // of the last, whose copies did not come, the one that is tried
		t.Errorf("%d requests were sent", n)
	}
}

// Without the permission to describe it, a component is loaded all the same, and its copies stay as they are.
func TestComponentThatIsNotDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(0))
	if _, err := w.server.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "DescribeInferenceComponent"}); err != nil {
		t.Fatal(err)
	}
	p := w.headless("run", "fast", "-d", "hi", "-n", "5", "--inference-component", "llama", "--no-cloudwatch", "--headless")
	p.exits(0)
	if !strings.Contains(p.stderr.String(), "not known: inference component llama: ") || !strings.Contains(p.stderr.String(), "sagemaker:DescribeInferenceComponent") {
		t.Errorf("it said\n%s", p.said())
	}
	p = w.headless("run", "fast", "-d", "hi", "-n", "5", "--inference-component", "llama", "--instances", "2", "--yes=fast", "--no-cloudwatch", "--headless")
	p.exits(1)
	if !strings.Contains(p.stderr.String(), "copies stay as they are: how many there are is not known (sagemaker:DescribeInferenceComponent)") {
		t.Errorf("it said\n%s", p.said())
	}
}

// Copies are scaled, counted and put back, and one that was killed leaves them to restore.
func TestCopiesAreScaledAndRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(0))
	p := w.headless("run", "fast", "-d", "hi", "-n", "20", "--inference-component", "llama", "--instances", "3", "--restore", "--yes=fast", "--no-cloudwatch", "--headless", "--json", "--out", "whole")
	p.exits(0)
	var sum report.Summary
	if err := json.Unmarshal([]byte(p.stdout.String()), &sum); err != nil {
		t.Fatal(err)
	}
	if s := sum.Scaled; s == nil || s.Unit != "copies" || s.Before != 1 || s.After != 3 || !s.Restored || sum.Endpoint.Component != "llama" || sum.Endpoint.Copies.Neighbours["phi"] != 2 || sum.Endpoint.Instances != 1 {
		t.Errorf("%+v of %+v", s, sum.Endpoint)
	}
	if !strings.Contains(p.stderr.String(), "1 -> 3 copies asked") || !strings.Contains(p.stderr.String(), "llama shares 1 instance with phi (2 copies)") || strings.Contains(p.stderr.String(), "3 instances") {
		t.Errorf("it said\n%s", p.said())
	}
	killed := w.headless("run", "fast", "-d", "hi", "-z", "1m", "--inference-component", "llama", "--instances", "3", "--restore", "--yes=fast", "--no-cloudwatch", "--headless", "--out", "sagetop-runs/run")
	killed.says("InService after")
	killed.signal(syscall.SIGKILL)
	<-killed.done
	back := w.headless("restore", "run", "--yes=fast")
	back.exits(0)
	if !strings.Contains(back.stdout.String(), "fast/llama is InService with 1 copy, as before run") {
		t.Errorf("it said\n%s", back.said())
	}
	if _, err := os.Stat(w.path("sagetop-runs", "run", report.OwedFile)); err == nil {
		t.Error("it is still owed")
	}
}

// The logs of a component are those of its own group.
func TestLogsOfAComponent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(0))
	c := w.console("run", "fast", "--inference-component", "llama", "-d", "hi", "--max-rate", "20", "--no-cloudwatch", "--out", "run")
	c.shows("RUN  ")
	c.press("l")
	c.shows("─Component logs as of", "[INFO ] model-server - Listening on port 8080")
	c.press("q")
	c.press("y")
	c.leaves(0)
}
