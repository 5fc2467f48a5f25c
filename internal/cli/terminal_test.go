package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagetop/internal/session"
	"sagetop/internal/simulator"
)

// A person at a terminal: the demo's screen comes up, every key does what it says, windows of any size are filled, and when the run
// is over the terminal is as it was, with the summary on it.
func TestDemoOnATerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.console("demo", "-c", "12", "--out", "run")
	c.shows("RUN  distilbert/AllTraffic", "SIMULATED", "1 x ml.m5.12xlarge", "us-east-1", "─TPS ", "─Latency ms ", "─Client", "─Endpoint", "users         12", "? help")
	c.press("+")
	c.shows("users         13", "12 users -> 13 users")
	c.press("-")
	c.shows("users         12", "13 users -> 12 users")
	c.press("u")
	c.shows("users: ", "now 12 users")
	c.press("50\r")
	c.shows("users         50", "12 users -> 50 users")
	c.press(" ")
	c.shows("PAUSE  distilbert", "paused: nothing is sent")
	c.press(" ")
	c.shows("RUN  distilbert", "resumed at 50 users")
	c.press("x")
	c.shows("measuring afresh at 50 users")
	overlays(c)
	windows(c)
	c.press("s")
	c.shows("saved screen-")
	c.press("i5\r")
	c.shows("instances     1 -> 5 x ml.m5.12xlarge", "SIMULATED: nothing at AWS is changed", "Scale 1 -> 5 x ml.m5.12xlarge? y/N")
	c.press("\r")
	c.shows("not scaled")
	c.press("i5\ry")
	c.shows("1 -> 5 instances asked", "SIMULATED  1 -> 5 x ml.m5.12xlarge")
	c.press("q")
	c.shows("Stop the run? y/N")
	c.press("n")
	c.shows("not stopped")
	c.press("q")
	c.shows("Stop the run? y/N")
	c.press("y")
	c.leaves(0)
	for _, want := range []string{"SIMULATED distilbert/AllTraffic", "50 users", "Requests ", "Run        run", "Scaled     1 -> 5 instances, not seen InService"} {
		if !strings.Contains(c.printed(), want) {
			t.Errorf("no %q among what was printed after the screen:\n%s", want, c.printed())
		}
	}
	if screens, err := filepath.Glob(w.path("run/screen-*.txt")); err != nil || len(screens) != 1 {
		t.Errorf("saved %q, %v", screens, err)
	}
	if s := w.summary(); s.EndedBy != session.EndStopped || s.Requests.OK == 0 || s.Requests.InFlight != 0 || s.Load.Users != 50 {
		t.Errorf("ended by %q with %+v of at most %d users", s.EndedBy, s.Requests, s.Load.Users)
	}
}

// overlays opens and closes what can stand in front of the dashboard.
func overlays(c *console) {
	c.t.Helper()
	for _, o := range []struct{ keys, shows string }{
		{"d", "123456789012"},
		{"c", "sagetop demo --users 12"},
		{"e", "─Errors"},
		{"l", "[INFO ] model-server"},
		{"?", "one step more load"},
	} {
		c.press(o.keys)
		c.shows(o.shows, "esc back")
		c.press("\x1b")
		c.hides("esc back")
		c.shows("─TPS ")
	}
	c.press(":")
	c.shows("pause")
	c.press("us\t7\r") // completed to users
	c.shows("users          7", "50 users -> 7 users")
	c.press(":nonsense\r")
	c.shows("no command nonsense")
	c.press("u")
	c.shows("now 7 users")
	c.press("\x1b")
	c.shows("nothing changed")
	c.press("u50\r")
	c.shows("users         50")
}

// windows of other sizes are filled: what stands there belongs to the new size.
func windows(c *console) {
	c.t.Helper()
	c.resize(120, 36)
	c.shows(strings.Repeat("─", 60), "p99.9   max", "users                 50")
	c.resize(40, 8)
	c.hides("─TPS ")
	c.shows("RUN")
	c.resize(80, 24)
	c.shows("─TPS ", "─Client", "users         50", "? help")
	c.hides("p99.9   max")
}

// An endpoint that may be production is not loaded unless somebody says yes.
func TestAsksBeforeProduction(t *testing.T) {
	t.Parallel()
	for answer, name := range map[string]string{"\r": "nothing", "n\r": "no", "yep\r": "something else", "\x04": "end of input"} {
		t.Run("answered "+name, func(t *testing.T) {
			t.Parallel()
			w, c := loadProduction(t)
			c.shows("its name says production", "Load it? [y/N]")
			c.press(answer)
			c.leaves(1)
			c.shows("nothing was sent to recommender-prod")
			if n := w.invoked(); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
			if w.has("") {
				t.Error("a folder was made for a run that was none")
			}
		})
	}
	t.Run("said of another", func(t *testing.T) {
		t.Parallel()
		_, c := loadProduction(t, "--yes=recommender")
		c.shows("Load it? [y/N]")
		c.press("\r")
		c.leaves(1)
	})
}

// Whoever says yes loads it, and who said so before is not asked.
func TestLoadsProduction(t *testing.T) {
	t.Parallel()
	w, c := loadProduction(t)
	c.shows("Load it? [y/N]")
	c.press("y\r")
	c.leaves(0)
	if s := w.summary(); s.Requests.OK != 21 || w.invoked() != 21 {
		t.Errorf("%+v, and the service answered %d", s.Requests, w.invoked())
	}
	w, c = loadProduction(t, "--yes=recommender-prod")
	c.leaves(0)
	if strings.Contains(c.stdout.String(), "Load it?") || w.summary().Requests.OK != 21 {
		t.Errorf("it said\n%s", c.stdout.String())
	}
}

// loadProduction starts a run of 20 requests, and the one that is tried before, against an endpoint whose name says production.
func loadProduction(t *testing.T, flags ...string) (*world, *console) {
	t.Helper()
	e := quick()
	e.Name = "recommender-prod"
	w := newWorld(t, e)
	return w, w.console(append([]string{"run", "recommender-prod", "-d", "hi", "-n", "20", "--no-cloudwatch", "--out", "run"}, flags...)...)
}

// Instances cost money: nothing is changed and nothing sent unless somebody says yes, in the one question there is.
func TestAsksBeforeScaling(t *testing.T) {
	t.Parallel()
	e := quick()
	e.Name, e.Scaling = "recommender-prod", &simulator.Scaling{Min: 1, Max: 2}
	for keys, want := range map[string]struct{ code, instances, sent int }{"\r": {1, 0, 0}, "y\r": {0, 3, 21}} {
		w := newWorld(t, e)
		c := w.console("run", "recommender-prod", "-d", "hi", "-n", "20", "--instances", "3", "--no-cloudwatch", "--out", "run")
		c.shows("its name says production", "from 1 to 3 x ml.m5.12xlarge", "cost money until they are scaled back", "keeps it at 1 to 2 and may undo that", "Scale and load it? [y/N]")
		c.press(keys)
		c.leaves(want.code)
		if n := w.invoked(); int(n) != want.sent {
			t.Errorf("%q: %d requests were sent", keys, n)
		}
		asked := w.server.Counts()[simulator.Answer{Operation: "UpdateEndpointWeightsAndCapacities", Status: 200}]
		if (asked > 0) != (want.instances > 0) {
			t.Errorf("%q: instances were asked for %d times", keys, asked)
		}
		if want.instances == 0 {
			continue
		}
		if s := w.summary(); s.Scaled == nil || s.Scaled.After != want.instances || s.Scaled.Undo == "" {
			t.Errorf("%+v", s.Scaled)
		}
	}
}

// A terminal that can do nothing gets plain lines, and not one escape sequence.
func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	w.setenv("TERM", "dumb")
	c := w.console("run", "fast", "-d", "hi", "-n", "50", "--no-cloudwatch", "--out", "run")
	c.leaves(0)
	said := c.stdout.String()
	if strings.ContainsFunc(said, func(r rune) bool { return r < ' ' && r != '\r' && r != '\n' }) {
		t.Errorf("control characters in %q", said)
	}
	for _, want := range []string{"acct 123456789012", "tried: answered in", "51 ok", "Run        run"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	for _, command := range []string{"view", "attach"} {
		c := w.console(command, "run")
		c.leaves(2)
		c.shows(command + " shows a screen, and TERM=dumb can show none: sagetop report")
	}
}

// On a terminal simulate also says what to type in another one.
func TestSimulateOnATerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setenv("AWS_ACCESS_KEY_ID", "")
	w.setenv("AWS_SECRET_ACCESS_KEY", "")
	w.setenv("AWS_SESSION_TOKEN", "")
	c := w.console("simulate", "--endpoint", "mine")
	c.shows(`{"endpoint":"mine"`, "Serving mine until ctrl+c", "export AWS_ENDPOINT_URL=http://127.0.0.1:", "AWS_ACCESS_KEY_ID=AKIA", "sagetop run mine -d")
	c.press("\x03")
	c.leaves(0)
}

// A payload on stdin leaves the keys to the terminal itself.
func TestPayloadBesideTheKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	if err := os.WriteFile(w.path("body.json"), []byte(`{"inputs": "hi"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	body, err := os.Open(w.path("body.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	c := w.consoleWith(body, "run", "fast", "-d", "-", "--max-rate", "20", "--no-cloudwatch", "--out", "run")
	c.shows("RUN  fast/AllTraffic", "? help")
	c.press("q")
	c.shows("Stop the run? y/N")
	c.press("y")
	c.leaves(0)
	if s := w.summary(); s.Payload.Bytes != 16 || s.EndedBy != session.EndStopped {
		t.Errorf("%+v ended by %s", s.Payload, s.EndedBy)
	}
}

// Who only looks on leaves nothing, but for the screens that were asked for.
func TestSavedScreenOfAWatchedEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console("fast", "--no-cloudwatch", "--out", "run")
	c.shows("WATCH  fast/AllTraffic")
	c.press("s")
	c.shows("saved screen-", ".txt in run")
	c.press("q")
	c.leaves(0)
	if !strings.Contains(c.printed(), "saved screens are in run") {
		t.Errorf("it said %q", c.printed())
	}
	screens, _ := filepath.Glob(w.path("run/screen-*.txt"))
	if len(screens) != 1 {
		t.Fatalf("saved %q", screens)
	}
	text, err := os.ReadFile(screens[0])
	if err != nil || !strings.Contains(string(text), "WATCH  fast/AllTraffic") || strings.Count(string(text), "\n") != 24 || strings.Contains(string(text), "\x1b") {
		t.Errorf("%v:\n%s", err, text)
	}
	if w.has("timeline.ndjson") {
		t.Error("the run that was none is still there")
	}
}
