package session

import (
	"fmt"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// said is what the log has already told, so that it tells each thing once.
type said struct {
	failures map[string]bool
	finding  string
	slos     []sizing.Verdict
	problem  string
	endpoint string
	moved    int
	bounded  bool // that a rate was above the limit
	scaling  bool // that what auto scaling does is not known
	crowd    crowd
}

// maxFailures bounds how many kinds of failure are told in the log: all of them are in the report.
const maxFailures = 20

func newSaid() said { return said{failures: map[string]bool{}} }

// review tells what the newest second or sample changed, and ends the run when a rule says so.
func (s *Session) review() {
	c := &s.state
	s.book.State(&c.now)
	s.tellFailures()
	s.tellFinding()
	s.tellSLOs()
	s.tellServer()
	if c.phase != Run {
		return
	}
	s.tellCrowd()
	s.warmAdded()
	s.search()
	s.prove()
	s.watchCredentials()
	if c.now.Aborted != "" {
		s.say(Event{Kind: KindSLO, Text: "--abort-on " + c.now.Aborted + " fired", Bad: true})
		s.end(EndAborted)
	}
}

func (s *Session) tellFailures() {
	told := s.state.said.failures
	for _, e := range s.state.now.Load.Errors {
		key := fmt.Sprint(e.Class, e.HTTPStatus, e.Code)
		if told[key] || len(told) >= maxFailures {
			continue
		}
		told[key] = true
		s.say(Event{At: time.Unix(e.First, 0), Kind: KindError, Text: "first " + failure(e.Failure), Bad: true})
	}
}

func failure(f runner.Failure) string {
	name := f.Class.String()
	if f.HTTPStatus > 0 {
		name += fmt.Sprintf(" %d", f.HTTPStatus)
	}
	if f.Message == "" {
		return name + ": " + f.Code
	}
	return name + ": " + f.Message
}

func (s *Session) tellFinding() {
	c := &s.state
	if len(c.now.Findings) == 0 || c.now.Findings[0].ID == c.said.finding {
		return
	}
	f := c.now.Findings[0]
	c.said.finding = f.ID
	text := f.ID + ": " + f.Evidence
	if !f.From.IsZero() {
		text += " " + sizing.InPeriod(f.From, f.To.Sub(f.From))
	}
	s.say(Event{Kind: KindFinding, Text: text, Bad: f.Severity >= sizing.Critical})
}

func (s *Session) tellSLOs() {
	c := &s.state
	if c.find.on || s.cfg.Info.Find && (c.now.Verify == nil || time.Now().Before(c.now.Verify.From)) { // what is tried is to fail in the end
		return
	}
	if len(c.said.slos) != len(c.now.SLOs) {
		c.said.slos = make([]sizing.Verdict, len(c.now.SLOs))
	}
	for i, slo := range c.now.SLOs {
		if slo.Now == c.said.slos[i] || slo.Now == sizing.Unknown {
			continue
		}
		first := c.said.slos[i] == sizing.Unknown
		c.said.slos[i] = slo.Now
		switch {
		case slo.Now == sizing.Fail:
			s.say(Event{Kind: KindSLO, Text: "SLO " + slo.Rule.String() + " fails", Bad: true})
		case !first:
			s.say(Event{Kind: KindSLO, Text: "SLO " + slo.Rule.String() + " holds again"})
		}
	}
}

func (s *Session) tellServer() {
	c := &s.state
	problem := ""
	if p := c.now.Sample.Problem; p != nil {
		problem = p.Message
	}
	if problem != c.said.problem {
		c.said.problem = problem
		if problem == "" {
			problem = "CloudWatch answers again"
		}
		s.say(Event{Kind: KindCloudWatch, Text: problem, Bad: c.said.problem != ""})
	}
	for _, text := range c.now.Moved[c.said.moved:] {
		s.say(Event{Kind: KindNote, Text: text, Bad: true})
	}
	c.said.moved = len(c.now.Moved)
	s.tellEndpoint()
}

func (s *Session) tellEndpoint() {
	c := &s.state
	if c.now.Endpoint == nil || c.now.Endpoint.Status == "" || underway(c.now.Scalings) {
		return
	}
	e := c.now.Endpoint
	text, ready := "endpoint is "+e.Status, e.Status == statusReady
	if e.Component != nil && e.Component.Status != "" {
		text, ready = e.Component.Name+" is "+e.Component.Status+" on an endpoint that is "+e.Status, ready && e.Component.Status == statusReady
	}
	if now, desired, ok := e.Count(s.cfg.Info.Target.Variant); ok && desired != now {
		text += fmt.Sprintf(", %d -> %d %s", now, desired, s.unit().Many())
	}
	before := c.said.endpoint
	c.said.endpoint = text
	if before != "" && before != text {
		s.say(Event{Kind: KindNote, Text: text, Bad: !ready})
	}
}
