package cli_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// What a terminal sends for the keys that move in time.
const (
	keyLeft = "\x1b[D"
	keyHome = "\x1b[H"
	keyEnd  = "\x1b[F"
)

// kept is each file of the folder run, as it is.
func (w *world) kept() map[string]string {
	w.t.Helper()
	entries, err := os.ReadDir(w.path("run"))
	if err != nil {
		w.t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(w.path("run", e.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

// A finished run is looked back at on the same screen: its end, moments before, its begin. Nothing of it is changed.
func TestLookingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.headless("demo", "-c", "12", "-z", "6s", "--quiet", "--out", "run").exits(0)
	before := w.kept()
	c := w.console("view", "run")
	c.shows("VIEW DONE  distilbert", "SIMULATED", "─TPS ", "─Client", "users          0", "left/right time", "q quit  ? help")
	c.press(strings.Repeat(keyLeft, 4)) // its drain may have taken a second
	c.shows("VIEW RUN  distilbert", "users         12")
	c.press("u")
	c.shows("!this run is looked back at: nothing is steered")
	c.press(keyHome)
	c.shows("00:00 / 00:0", "first whole CloudWatch period closes in")
	c.press("?")
	c.shows("to the begin of the run")
	c.press(keyEnd)
	c.shows("What the marks mean")
	c.press("\x1b")
	c.hides("esc back")
	c.press(keyEnd)
	c.shows("VIEW DONE", "users          0")
	c.resize(120, 36)
	c.shows("VIEW DONE  distilbert/AllTraffic", "p99.9   max")
	c.press("q")
	c.leaves(0)
	after := w.kept()
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("there are %d files, there were %d", len(after), len(before))
	}
}

// A run that goes on is followed, and goes on whatever becomes of who looks.
func TestLookingAtWhatGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	run := w.headless(append(steady, "-z", "5m")...)
	w.sends(50, run)
	c := w.console("view", "run")
	c.shows("VIEW RUN  fast", "going on, followed")
	c.press(keyHome)
	c.shows("going on, end follows it", "00:00 / ")
	c.press(keyEnd)
	c.shows("going on, followed")
	c.press("\x03")
	c.leaves(0)
	for name, leave := range map[string]func(*console){
		"SIGTERM":   func(c *console) { c.signal(syscall.SIGTERM) },
		"SIGHUP":    func(c *console) { c.signal(syscall.SIGHUP) },
		"a hang-up": (*console).hangUp,
	} {
		c := w.console("view", "run")
		c.shows("going on, followed")
		leave(c)
		c.exits(0)
		if run.gone() {
			t.Errorf("%s ended the run", name)
		}
	}
	sent := w.invoked()
	w.sends(sent+25, run)
	run.signal(syscall.SIGINT)
	run.exits(130)
	w.summary()
}
