package cli_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/simulator"
	"sagetop/runner"
)

// steady is a run until it is ended, of 25 requests a second: any machine keeps up with that.
var steady = []string{"run", "fast", "-d", "hi", "-c", "8", "--max-rate", "25", "--cw-wait", "0s", "--out", "run"}

// While the terminal reads nothing, the load goes on at its rate, CloudWatch is polled, and a rule that ends the run does so. When
// somebody reads again, everything is there: the exit code, the summary, the terminal as it was.
func TestTerminalThatReadsNothing(t *testing.T) {
	t.Parallel()
	const watched = 8
	w := newWorld(t, quick())
	c := w.console(append(steady, "--abort-on", "errors>50% for 2s")...)
	c.shows("RUN  fast/AllTraffic", "─TPS ")
	resume := w.stall(c)
	polls := w.state().Sample.Queries
	seconds := w.lasts(c, len(w.state().Load.Seconds), watched)
	until(t, "another poll", func() bool { return w.state().Sample.Queries > polls || c.gone() }, c.said)
	if _, err := w.server.Fault(simulator.Fault{Kind: simulator.FaultModel}); err != nil {
		t.Fatal(err)
	}
	until(t, "run.json", func() bool { return w.has(report.SummaryFile) || c.gone() }, c.said)
	if c.gone() {
		t.Error("it ended with its summary unread")
	}
	resume()
	c.leaves(3)
	s := w.summary()
	heads(t, s, "ABORTED", c.printed())
	if rate := mean(seconds); rate > 30 || rate < 20 && s.Valid { // a machine that is too busy sends less, and says so
		t.Errorf("%.1f requests/s while nobody read, 25 were asked for", rate)
	}
	if s.EndedBy != session.EndAborted || !strings.HasPrefix(s.AbortedBy, "errors>50%") {
		t.Errorf("ended by %q, aborted by %q", s.EndedBy, s.AbortedBy)
	}
}

// A terminal that never reads again keeps nothing from being written, and the program not from ending when it is told to: neither
// under the screen nor under plain lines.
func TestTerminalThatStaysStuck(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]struct {
		flags []string
		shows string
	}{
		"screen": {nil, "─TPS "},
		"plain":  {[]string{"--headless", "-z", "10m"}, "tried: answered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			staysStuck(t, mode.flags, mode.shows)
		})
	}
}

func staysStuck(t *testing.T, flags []string, shows string) {
	w := newWorld(t, quick())
	c := w.console(append(steady, flags...)...)
	c.shows(shows)
	defer w.stall(c)()
	c.signal(syscall.SIGTERM)
	until(t, "run.json", func() bool { return w.has(report.SummaryFile) || c.gone() }, c.said)
	if s := w.summary(); s.EndedBy != session.EndTerminate {
		t.Errorf("ended by %q", s.EndedBy)
	}
	c.signal(syscall.SIGTERM)
	c.exits(143)
	c.sameModes()
}

// A terminal that goes on reading after a while shows the run as it is then, and obeys again.
func TestTerminalThatReadsAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console(steady...)
	c.shows("RUN  fast/AllTraffic", "─TPS ")
	w.stall(c)()
	c.press("u5\r")
	c.shows("users          5", "8 users -> 5 users")
	c.press("q")
	c.shows("Stop the run?")
	c.press("y")
	c.leaves(0)
	w.summary()
}

// stall lets nobody read the console any more and fills it up, with what shows as nothing, so that no write to it returns. After a
// while it returns what lets somebody read again. A screen has asked what it asks by then: an answer would be echoed as a key is.
func (w *world) stall(c *console) (resume func()) {
	w.t.Helper()
	if c.onScreen() {
		until(w.t, "the question for the background", func() bool { return strings.Contains(c.stdout.String(), ansi.RequestBackgroundColor) || c.gone() }, c.said)
	}
	c.reading.Lock()
	go func() { _, _ = c.slave.Write(make([]byte, 64<<10)) }()
	w.lasts(c, len(w.state().Load.Seconds), 3)
	return c.reading.Unlock
}

// lasts waits until the run has n seconds after the first from ones, and returns them.
func (w *world) lasts(c *console, from, n int) []runner.Second {
	w.t.Helper()
	seconds := func() []runner.Second { return w.state().Load.Seconds }
	until(w.t, fmt.Sprintf("second %d", from+n), func() bool { return len(seconds()) >= from+n || c.gone() }, c.said)
	if c.gone() {
		w.t.Fatalf("it ended; it said\n%s", c.said())
	}
	return seconds()[from : from+n]
}

// state of the run in the folder run, as far as it is written; empty before there is anything to read.
func (w *world) state() *session.State {
	w.t.Helper()
	var st session.State
	r, err := report.Open(w.path("run"))
	switch {
	case err == nil:
		r.State(&st)
	case !errors.Is(err, report.ErrNoRun) && !errors.Is(err, report.ErrTimeline):
		w.t.Fatal(err)
	}
	return &st
}

// mean of the requests sent in each of the seconds.
func mean(seconds []runner.Second) float64 {
	n := uint64(0)
	for i := range seconds {
		n += seconds[i].Sent
	}
	return float64(n) / float64(len(seconds))
}
