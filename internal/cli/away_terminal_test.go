package cli_test

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sagetop/internal/attach"
	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/simulator"
)

// unbounded is a run until it is ended, at a rate that any machine keeps up with.
var unbounded = []string{"run", "fast", "-d", "hi", "-c", "4", "--max-rate", "100", "--cw-wait", "0s", "--out", "run"}

// detached is the process of the run in the folder run, which does not outlive the test.
func (w *world) detached() *os.Process {
	w.t.Helper()
	var where attach.Where
	until(w.t, "where to attach", func() (found bool) {
		var err error
		where, err = attach.Find(w.path("run"))
		return err == nil
	}, w.log)
	p, err := os.FindProcess(where.PID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = p.Kill()
		until(w.t, "the end of the detached run", func() bool {
			c, err := net.Dial("unix", where.Socket)
			if err == nil {
				_ = c.Close()
			}
			return err != nil
		}, w.log)
	})
	return p
}

// log of the run in the folder run, once it has no terminal.
func (w *world) log() string {
	text, _ := os.ReadFile(w.path("run", "detached.log")) // none yet says nothing
	return string(text)
}

// over waits for the summary of the run in the folder run.
func (w *world) over() *report.Summary {
	w.t.Helper()
	until(w.t, "run.json", func() bool { return w.has(report.SummaryFile) }, w.log)
	return w.summary()
}

// goesOn waits until the run has sent some more.
func (w *world) goesOn() {
	w.t.Helper()
	n := w.invoked() + 20
	until(w.t, "more requests", func() bool { return w.invoked() >= n }, w.log)
}

// A run in the background is seen and steered from any terminal, by one of several screens, which can all leave it; and stopped.
func TestDetachAttachStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	start := w.console(append(unbounded, "--detach")...)
	start.leaves(0)
	w.detached()
	start.shows("tried: answered", "run runs in the background (process ", "sagetop attach run", "sagetop stop run", "detached.log")
	w.goesOn()

	first := w.console("attach", "run")
	first.shows("RUN  fast/AllTraffic", "users          4", "q quit")
	first.press("u7\r")
	first.shows("users          7", "4 users -> 7 users")
	second := w.console("attach", "run")
	second.shows("users          7", "another screen steers (:take)")
	second.press("+")
	second.shows("another screen steers since ", ": :take takes over")
	second.press(":take\r")
	second.shows("this screen steers")
	second.press("+")
	second.shows("users          8", "7 users -> 8 users")
	first.shows("users          8", "another screen steers (:take)")
	second.press("s")
	second.shows("saved screen-")

	second.press("q")
	second.shows("The run goes on without this screen: enter leaves, s stops the run, esc stays")
	second.press("n")
	second.shows("still here")
	first.press("q")
	first.shows("The run goes on without this screen: enter leaves, esc stays")
	first.press("\r")
	first.leaves(0)
	first.shows("the run goes on: sagetop attach run")
	second.press("\x03")
	second.leaves(0)
	w.goesOn()

	third := w.console("attach", "run")
	third.shows("RUN  fast/AllTraffic", "users          8")
	stop := w.headless("stop", "run")
	stop.exits(0)
	if !strings.Contains(stop.stdout.String(), "run is over: sagetop report run") || !strings.Contains(stop.stderr.String(), "stopped: requests in flight end") {
		t.Errorf("it said %s", stop.said())
	}
	third.leaves(0)
	s := w.summary()
	heads(t, s, "DONE", third.printed())
	if s.EndedBy != session.EndStopped || s.Requests.InFlight != 0 || s.Load.Users != 8 || s.Requests.Sent != w.invoked() {
		t.Errorf("ended by %q with %+v, at most %d users", s.EndedBy, s.Requests, s.Load.Users)
	}
	if w.has(attach.File) {
		t.Error("it still says where to attach")
	}
	until(t, "the summary in the log", func() bool { return strings.HasSuffix(strings.TrimSpace(w.log()), "Run        run") }, w.log)

	for command, code := range map[string]int{"attach": 1, "stop": 0} {
		c := w.console(command, "run")
		c.leaves(code)
		c.shows("run is over: sagetop report run")
	}
}

// Questions are asked where the run is started, also when stdin is a payload.
func TestDetachedRunAsksFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	for answer, code := range map[string]int{"\r": 1, "y\r": 0} {
		e := quick()
		e.Name = "recommender-prod"
		w := newWorld(t, e)
		if err := os.WriteFile(w.path("body"), []byte("hi there"), 0o600); err != nil {
			t.Fatal(err)
		}
		body, err := os.Open(w.path("body"))
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		c := w.consoleWith(body, "run", "recommender-prod", "-d", "-", "-c", "1", "--max-rate", "50", "--no-cloudwatch", "--out", "run", "--detach")
		c.shows("its name says production", "Load it? [y/N]")
		c.press(answer)
		c.leaves(code)
		if code != 0 {
			c.shows("nothing was sent to recommender-prod")
			if w.invoked() != 0 || w.has("") {
				t.Errorf("%d requests were sent, a folder was made: %v", w.invoked(), w.has(""))
			}
			continue
		}
		w.detached()
		w.goesOn()
		w.headless("stop", "run").exits(0)
		if s := w.over(); s.Payload.Bytes != 8 || s.EndedBy != session.EndStopped {
			t.Errorf("%+v ended by %s", s.Payload, s.EndedBy)
		}
	}
}

// Until the run is under load, who started it can end it, and learns why it did not come to that.
func TestDetachedRunThatDoesNotBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	p := w.headless("run", "none", "-d", "hi", "--out", "run", "--detach")
	p.exits(1)
	if !strings.Contains(p.stderr.String(), "none") {
		t.Errorf("it said %s", p.said())
	}
	if _, err := w.server.Fault(simulator.Fault{Kind: simulator.FaultStall, Operation: "DescribeEndpoint"}); err != nil {
		t.Fatal(err)
	}
	asked := w.identified()
	c := w.console(append(unbounded, "--detach")...)
	until(t, "the question for the endpoint", func() bool { return w.identified() > asked || c.gone() }, c.said)
	c.press("\x03")
	c.leaves(130)
	if w.invoked() != 0 || w.has("") {
		t.Error("it began")
	}
}

// Without any terminal it is the same, but nothing is asked.
func TestDetachWithoutATerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	p := w.headless(append(unbounded, "--detach")...)
	p.exits(0)
	run := w.detached()
	if !strings.Contains(p.stdout.String(), "sagetop attach run") {
		t.Errorf("it said %s", p.said())
	}
	w.goesOn()
	if err := run.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if s := w.over(); s.EndedBy != session.EndTerminate || s.DurationS < 0.1 {
		t.Errorf("ended by %q after %v s", s.EndedBy, s.DurationS)
	}
	if !strings.Contains(w.log(), "nobody looks: the run ends at ") {
		t.Errorf("the log says\n%s", w.log())
	}
}

// A script gets one object, wherever the folder is, and the log is for people: run.json is what programs read.
func TestDetachForAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	args := append([]string{}, unbounded...)
	args[len(args)-1] = "my runs/run"
	p := w.headless(append(args, "--detach", "--json")...)
	p.exits(0)
	var d struct {
		Schema, Run, Folder, Attach, Stop string
		PID                               int
	}
	dec := json.NewDecoder(strings.NewReader(p.stdout.String()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil || dec.More() {
		t.Fatalf("%v: it said %s", err, p.said())
	}
	run, err := os.FindProcess(d.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Kill() })
	if d.Schema != "sagetop.detached/1" || d.Run != "my runs/run" || d.Folder != w.path("my runs", "run") ||
		d.Attach != "sagetop attach 'my runs/run'" || d.Stop != "sagetop stop 'my runs/run'" {
		t.Errorf("%+v", d)
	}
	w.headless("stop", d.Run).exits(0)
	log := func() string {
		text, _ := os.ReadFile(filepath.Join(d.Folder, "detached.log"))
		return string(text)
	}
	until(t, "the summary in the log", func() bool { return strings.HasSuffix(strings.TrimSpace(log()), "Run        my runs/run") }, log)
}

// A killed run is known as such: by the screen that looks, by whoever comes later; and what it measured is there.
func TestKilledInTheBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	w.headless(append(unbounded, "--detach")...).exits(0)
	run := w.detached()
	c := w.console("attach", "run")
	c.shows("RUN  fast/AllTraffic", "q quit")
	until(t, "some seconds", func() bool { return len(w.state().Load.Seconds) > 2 }, w.log)
	if err := run.Kill(); err != nil {
		t.Fatal(err)
	}
	c.leaves(1)
	c.shows("run was killed: its process is gone", "sagetop report run")
	late := w.console("attach", "run")
	late.leaves(1)
	late.shows("run was killed: its process is gone")
	w.headless("stop", "run").exits(1)
	p := w.headless("report", "run", "-o", "text")
	p.exits(0)
	if !strings.Contains(p.stdout.String(), "UNFINISHED") {
		t.Errorf("it said %s", p.said())
	}
}

// The terminal of an attached screen may go: the run is not touched.
func TestAttachedScreenLosesItsTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	w.headless(append(unbounded, "--detach")...).exits(0)
	w.detached()
	c := w.console("attach", "run")
	c.shows("RUN  fast/AllTraffic", "q quit")
	c.hangUp()
	c.exits(129)
	w.goesOn()
	stop := w.console("attach", "run")
	stop.shows("RUN  fast/AllTraffic")
	stop.press("q")
	stop.shows("s stops the run")
	stop.press("s")
	stop.leaves(0)
	if s := w.over(); s.EndedBy != session.EndStopped {
		t.Errorf("ended by %q", s.EndedBy)
	}
}

// With --on-hangup=continue the run outlives its terminal, says where it is, and is reached as if it had been detached.
func TestOnHangupContinue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console(append(unbounded, "--on-hangup=continue")...)
	c.shows("RUN  fast/AllTraffic", "? help")
	w.detached()
	beside := w.console("attach", "run")
	beside.shows("RUN  fast/AllTraffic")
	c.press("u5\r")
	c.shows("users          5")
	c.hangUp()
	beside.shows("the terminal is gone: the run goes on (sagetop attach run)")
	w.goesOn()
	beside.press("u6\r")
	beside.shows("users          6")
	beside.press("q")
	beside.shows("enter leaves")
	beside.press("\r")
	beside.leaves(0)
	until(t, "the limit", func() bool { return strings.Contains(w.log(), "nobody looks: the run ends at ") }, w.log)
	w.headless("stop", "run").exits(0)
	c.exits(0)
	s := w.summary()
	heads(t, s, "DONE", w.log())
	if s.EndedBy != session.EndStopped || s.Load.Users != 6 {
		t.Errorf("ended by %q, at most %d users", s.EndedBy, s.Load.Users)
	}
}

// Of an endpoint that was only looked at nothing is kept, so nobody is told of a summary, whoever looked.
func TestNothingIsLeftOfALook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console("fast", "--on-hangup=continue", "--out", "run")
	c.shows("WATCH  fast/AllTraffic")
	w.detached()
	beside := w.console("attach", "run")
	beside.shows("WATCH  fast/AllTraffic")
	stop := w.headless("stop", "run")
	stop.exits(0)
	if got := stop.stdout.String(); got != "run is over: nothing was loaded, so nothing is kept\n" {
		t.Errorf("stop said %q", got)
	}
	beside.leaves(0)
	if text := beside.printed(); strings.Contains(text, "UNFINISHED") || strings.Contains(text, "sagetop report") {
		t.Errorf("attach said %s", text)
	}
	c.leaves(0)
	if w.has("") {
		t.Error("the folder is still there")
	}
}

// So does one without a screen, of which a signal is all that tells.
func TestOnHangupContinueWithoutAScreen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	p := w.headless(append(loadFast, "--headless", "--on-hangup=continue")...)
	w.sends(50, p)
	p.signal(syscall.SIGHUP)
	until(t, "the log", func() bool {
		return strings.Contains(w.log(), "the terminal is gone: the run goes on to its end") || p.gone()
	}, p.said)
	w.goesOn()
	w.headless("stop", "run").exits(0)
	p.exits(0)
	if s := w.summary(); s.EndedBy != session.EndStopped {
		t.Errorf("ended by %q", s.EndedBy)
	}
	if p.stdout.String() != "" {
		t.Errorf("it still said %q to who is gone", p.stdout.String())
	}
}

// Over SSH it is said that a dropped connection ends the run, unless it does not.
func TestSaysWhatADroppedConnectionDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	const note = "a dropped connection ends the run: use tmux, --detach or"
	for _, tt := range []struct {
		flag, env string
		want      string
		never     string
	}{
		{"--headless", "", note, ""},
		{"--on-hangup=continue", "", "4 users -> 5 users", note},
		{"--headless", "TMUX", "tried: answered", note},
		{"--headless", "AWS_EXECUTION_ENV", "AWS CloudShell ends after 20 to 30 minutes without a key", note},
	} {
		w := newWorld(t, quick())
		w.setenv("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
		if tt.env != "" {
			w.setenv(tt.env, "CloudShell")
		}
		flags := []string{tt.flag}
		if tt.flag == "--headless" {
			flags = append(flags, "-n", "20")
		}
		c := w.console(append(loadFast, flags...)...)
		if tt.flag == "--headless" {
			c.leaves(0)
		} else {
			c.shows("? help")
			c.press("+")
		}
		c.shows(tt.want)
		if tt.never != "" && strings.Contains(c.stdout.String(), tt.never) {
			t.Errorf("%s %s: it said\n%s", tt.flag, tt.env, c.stdout.String())
		}
	}
}

// A run that only its own terminal can end says so, and wrong words are refused.
func TestAttachRefusals(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	p := w.headless(append(loadFast, "--headless")...)
	w.sends(20, p)
	c := w.console("attach", "run")
	c.leaves(1)
	c.shows("run cannot be reached: only a run that was started with", "SIGTERM to its process")
	w.headless("stop", "run").exits(1)
	p.signal(os.Interrupt)
	p.exits(130)
	for want, args := range map[string][]string{
		"attach shows a screen, and there is no terminal for it: sagetop report run -o text prints how far": {"attach", "run"},
		"stop takes one RUN, got 2":                             {"stop", "a", "b"},
		`--on-hangup "go": must be stop or continue`:            append(loadFast, "--on-hangup=go"),
		"--detach with --on-hangup=stop":                        append(loadFast, "--detach", "--on-hangup=stop"),
		"--detach has no meaning for sagetop":                   {"fast", "--detach"},
		"sagetop takes one ENDPOINT, flags after it begin with": {"fast", "slow"},
	} {
		p := w.headless(args...)
		p.exits(2)
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("%q: it said %s, want %q", args, p.said(), want)
		}
	}
}
