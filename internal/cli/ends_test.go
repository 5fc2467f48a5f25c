package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/simulator"
)

// ending is one way in which a run is ended from outside.
type ending struct {
	name   string
	hurry  bool // what is in flight is given up
	code   int
	reason string
	key    string // on a terminal; empty: the signals
	send   []os.Signal
}

var endings = []ending{
	{"interrupt", false, 130, session.EndInterrupt, "\x03", []os.Signal{os.Interrupt}},
	{"interrupt twice", true, 130, session.EndInterrupt, "\x03", []os.Signal{os.Interrupt, os.Interrupt}},
	{"SIGTERM", false, 143, session.EndTerminate, "", []os.Signal{syscall.SIGTERM}},
	{"SIGTERM twice", true, 143, session.EndTerminate, "", []os.Signal{syscall.SIGTERM, syscall.SIGTERM}},
	{"SIGHUP", false, 129, session.EndHangup, "", []os.Signal{syscall.SIGHUP}},
}

// loadFast is a run until it is ended, at a rate that any machine keeps up with.
var loadFast = []string{"run", "fast", "-d", "hi", "-c", "4", "--max-rate", "100", "-z", "10m", "--cw-wait", "0s", "--out", "run"}

// However a run is ended on a terminal, what was measured is written, and the terminal is as it was.
func TestEndsOnATerminal(t *testing.T) {
	t.Parallel()
	for _, e := range endings {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, quick())
			c := w.console(loadFast...)
			c.shows("RUN  fast/AllTraffic", "? help")
			w.underway(c.process, e.hurry)
			for i, sig := range e.send {
				if i > 0 {
					c.shows("DRAIN")
				}
				if e.key == "" {
					c.signal(sig)
				} else {
					c.press(e.key)
				}
			}
			c.leaves(e.code)
			w.ended(e, c.printed())
		})
	}
}

// Without a terminal the same holds, and the summary is on stdout all the same.
func TestEndsHeadless(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	for _, e := range endings {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, quick())
			p := w.headless(append(loadFast, "--headless")...)
			w.underway(p, e.hurry)
			for i, sig := range e.send {
				if i > 0 {
					p.says("requests in flight end")
				}
				p.signal(sig)
			}
			p.exits(e.code)
			w.ended(e, p.stdout.String())
		})
	}
}

// stuck is how many requests get no answer: one of each user, so that no other is in flight when they are given up.
const stuck = 4

// underway waits until the load is, with requests in flight that get no answer where the end is to give them up.
func (w *world) underway(p *process, hurry bool) {
	w.t.Helper()
	w.sends(50, p)
	if !hurry {
		return
	}
	if _, err := w.server.Fault(simulator.Fault{Kind: simulator.FaultStall}); err != nil {
		w.t.Fatal(err)
	}
	until(w.t, "a stuck request of each user", func() bool { return w.met() >= stuck || p.gone() }, p.said)
}

// met is how many requests met the fault that is set.
func (w *world) met() (n int) {
	w.t.Helper()
	response, err := http.Get(w.url + "/_simulate/faults")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	var set struct {
		Faults []struct{ Met int }
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil || len(set.Faults) != 1 {
		w.t.Fatalf("%v, faults %+v, want one", err, set.Faults)
	}
	return set.Faults[0].Met
}

// ended checks what is left of a run that was ended in that way.
func (w *world) ended(e ending, printed string) {
	w.t.Helper()
	inFlight := uint64(0)
	if e.hurry {
		inFlight = stuck
	}
	s := w.summary()
	if s.EndedBy != e.reason || s.Requests.InFlight != inFlight || s.Requests.Failed != 0 || s.Requests.Sent < 50 {
		w.t.Errorf("ended by %q, want %q, with %d in flight, of %+v", s.EndedBy, e.reason, inFlight, s.Requests)
	}
	until(w.t, "the last answer", func() bool { return w.invoked() == s.Requests.Sent }, func() string {
		return fmt.Sprintf("%d sent, the service has %d", s.Requests.Sent, w.invoked())
	})
	heads(w.t, s, "INTERRUPTED", printed)
}

// heads checks that printed is the summary of s, whole, under that word: or under INVALID, on a machine that is too busy.
func heads(t *testing.T, s *report.Summary, word, printed string) {
	t.Helper()
	if !s.Valid {
		word = "INVALID"
	}
	if !strings.Contains(printed, word) || !strings.HasSuffix(strings.TrimSpace(printed), "Run        run") {
		t.Errorf("not the summary of a run that was %s:\n%s", word, printed)
	}
}

// When the terminal goes away the run ends in order all the same: there is nobody left to print to, but everything is written.
func TestLostTerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console(loadFast...)
	c.shows("RUN  fast/AllTraffic", "? help")
	w.underway(c.process, false)
	c.hangUp()
	c.exits(129)
	if s := w.summary(); s.EndedBy != session.EndHangup || s.Requests.InFlight != 0 || s.Requests.Sent != w.invoked() {
		t.Errorf("ended by %q with %+v, the service answered %d", s.EndedBy, s.Requests, w.invoked())
	}
}

// A process that is killed leaves its timeline: all but the last seconds of the run can be told.
func TestKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	p := w.headless(append(loadFast, "--headless")...)
	w.sends(100, p)
	const spare = 4 * time.Second // twice what may be lost, for a machine that is busy
	before := w.invoked()
	time.Sleep(spare) // what was sent before must be on disk by now
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if w.has(report.SummaryFile) {
		t.Error("there is a run.json, so the run was over")
	}
	s, err := report.Read(w.path("run"))
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Requests; r.Sent < before || r.Sent > w.invoked() || r.Sent != r.OK+r.Failed+r.InFlight {
		t.Errorf("told %+v; %v before the kill %d were answered, at the end %d", r, spare, before, w.invoked())
	}
	if !s.Ended.IsZero() || s.Endpoint.Name != "fast" || s.Latency.P50 == nil {
		t.Errorf("ended %v, endpoint %q, latency %+v", s.Ended, s.Endpoint.Name, s.Latency)
	}
}

// A signal before the load ends the program too: nothing is sent, nothing is left.
func TestInterruptedBeforeTheLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	if _, err := w.server.Fault(simulator.Fault{Kind: simulator.FaultStall, Operation: "DescribeEndpoint"}); err != nil {
		t.Fatal(err)
	}
	for i, e := range []struct {
		sig  os.Signal
		code int
	}{{os.Interrupt, 130}, {syscall.SIGTERM, 143}, {syscall.SIGHUP, 129}} {
		p := w.headless(append(loadFast, "--headless")...)
		until(t, "the question for the endpoint", func() bool { return w.identified() > i || p.gone() }, p.said)
		p.signal(e.sig)
		p.exits(e.code)
	}
	if n := w.invoked(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if w.has("") {
		t.Error("a folder was made for a run that was none")
	}
}

// identified is how often it was asked who calls: that comes before anything about an endpoint.
func (w *world) identified() int {
	return int(w.server.Counts()[simulator.Answer{Operation: "GetCallerIdentity", Status: 200}])
}
