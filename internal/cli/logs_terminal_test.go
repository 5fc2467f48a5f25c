package cli_test

import (
	"testing"

	"sagetop/internal/simulator"
)

// An overloaded endpoint says so in its logs.
func TestLogsOfAnOverloadedEndpoint(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t)
	c := w.console("demo", "-c", "240", "--out", "run")
	c.shows("model_error 424")
	c.press("l")
	c.shows("─Endpoint logs as of", "00000001 [WARN ] model-server - Request", "esc back")
	c.press("q")
	c.press("y")
	c.leaves(0)
}

// Logs are asked for when somebody looks. Without the permission the panel names it, and the run goes on.
func TestLogsThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	if _, err := w.server.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "FilterLogEvents"}); err != nil {
		t.Fatal(err)
	}
	c := w.console("run", "fast", "-d", "hi", "--max-rate", "20", "--no-cloudwatch", "--out", "run")
	c.shows("RUN  fast/AllTraffic")
	asked := simulator.Answer{Operation: "FilterLogEvents", Status: 400, Code: "AccessDeniedException"}
	if n := w.server.Counts()[asked]; n != 0 {
		t.Errorf("asked for %d times before anybody looked", n)
	}
	c.press("l")
	c.shows("! permission missing: logs:FilterLogEvents")
	c.press("\x1b")
	c.shows("─TPS ")
	w.sends(w.invoked()+5, c.process)
	c.press("q")
	c.press("y")
	c.leaves(0)
	if n := w.server.Counts()[asked]; n == 0 {
		t.Errorf("the service counted %v", w.server.Counts())
	}
}
