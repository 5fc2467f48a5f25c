package simulator

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// CloudWatch Logs: the events of streams, page by page.

// logPage is where the next page of events begins: after the event that this names.
type logPage struct {
	at     time.Duration
	seq    uint64
	stream string
}

func (p logPage) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %d %s", int64(p.at), p.seq, p.stream))
}

func readLogPage(token string) (logPage, *wire.Error) {
	var p logPage
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %d %s", &p.at, &p.seq, &p.stream)
	}
	if err != nil {
		return p, errLogToken()
	}
	return p, nil
}

func after(e *logEvent) logPage             { return logPage{e.at, e.seq, e.stream} }
func (p logPage) precedes(e *logEvent) bool { return p.event().order(e) < 0 }
func (p logPage) event() *logEvent          { return &logEvent{at: p.at, seq: p.seq, stream: p.stream} }

// span of time that is asked for, in milliseconds since the epoch; both ends belong to it.
type span struct {
	StartTime *int64 `json:"startTime"`
	EndTime   *int64 `json:"endTime"`
}

func (in *span) holds(ms int64) bool {
	return (in.StartTime == nil || ms >= *in.StartTime) && (in.EndTime == nil || ms <= *in.EndTime)
}

func (in *span) check() *wire.Error {
	var c constraints
	between(&c, in.StartTime, "startTime", 0, math.MaxInt64)
	between(&c, in.EndTime, "endTime", 0, math.MaxInt64)
	return c.logFault()
}

type filterInput struct {
	logGroup
	span
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	FilterPattern       string   `json:"filterPattern"`
	Limit               *int     `json:"limit"`
	NextToken           string   `json:"nextToken"`
}

type filteredEvent struct {
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
	EventID       string `json:"eventId"`
}

type filterOutput struct {
	Events             []filteredEvent `json:"events"`
	SearchedLogStreams []struct{}      `json:"searchedLogStreams"` // AWS leaves it empty, too
	NextToken          string          `json:"nextToken,omitempty"`
}

func (s *Server) filterLogEvents(in *filterInput) (*filterOutput, *wire.Error) {
	l, fault := s.logGroup(in.logGroup)
	if fault != nil {
		return nil, fault
	}
	limit, fault := atMost(in.Limit, maxEvents)
	if fault != nil {
		return nil, fault
	}
	pattern, fault := readPattern(in.FilterPattern)
	if fault != nil {
		return nil, fault
	}
	events, fault := s.asked(l, in)
	if fault != nil {
		return nil, fault
	}
	out := &filterOutput{Events: []filteredEvent{}, SearchedLogStreams: []struct{}{}}
	for i := range events {
		ev := &events[i]
		if line := s.logLine(ev); pattern.matches(line) {
			at := s.clock.Wall(ev.at)
			out.Events = append(out.Events, filteredEvent{ev.stream, at.UnixMilli(), line, at.UnixMilli(), ev.id(at)})
		}
		if rest := i < len(events)-1; rest && (len(out.Events) == limit || i == searched-1) {
			out.NextToken = after(ev).String()
			break
		}
	}
	return out, nil
}

// logLine is how the container writes it.
func (s *Server) logLine(e *logEvent) string {
	return s.clock.Wall(e.at).UTC().Format("2006-01-02T15:04:05,000 ") + e.message
}

// asked are the events that in asks for, whatever they say, in order, from its page on.
func (s *Server) asked(l *logged, in *filterInput) ([]logEvent, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "" {
		return nil, errLogParameter("LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.")
	}
	var c constraints
	if in.LogStreamNames != nil {
		c.some(len(in.LogStreamNames), "logStreamNames", maxStreams)
	}
	if fault := c.logFault(); fault != nil {
		return nil, fault
	}
	page, fault := logPage{}, (*wire.Error)(nil)
	if in.NextToken != "" {
		if page, fault = readLogPage(in.NextToken); fault != nil {
			return nil, fault
		}
	}
	var events []logEvent
	logs := s.containerLogs(l, s.now())
	for _, name := range in.LogStreamNames {
		if !slices.ContainsFunc(logs, func(c containerLog) bool { return c.name == name }) {
			return nil, errNoStream()
		}
	}
	for _, c := range logs {
		if len(in.LogStreamNames) > 0 && !slices.Contains(in.LogStreamNames, c.name) || !strings.HasPrefix(c.name, in.LogStreamNamePrefix) {
			continue
		}
		for _, ev := range c.events {
			if in.holds(s.clock.Wall(ev.at).UnixMilli()) && (in.NextToken == "" || page.precedes(&ev)) {
				events = append(events, ev)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b logEvent) int { return a.order(&b) })
	return events, nil
}

func errLogToken() *wire.Error { return errLogParameter("The specified nextToken is invalid.") }

func errNoStream() *wire.Error {
	return wire.BadRequest("ResourceNotFoundException", "The specified log stream does not exist.")
}

type getEventsInput struct {
	logGroup
	span
	LogStreamName string `json:"logStreamName"`
	StartFromHead bool   `json:"startFromHead"`
	Limit         *int   `json:"limit"`
	NextToken     string `json:"nextToken"`
}

type outputEvent struct {
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
}

type getEventsOutput struct {
	Events            []outputEvent `json:"events"`
	NextForwardToken  string        `json:"nextForwardToken"`
	NextBackwardToken string        `json:"nextBackwardToken"`
}

// getLogEvents answers one page of a stream. Its tokens say between which events the page lies, as f/ and b/; at either end of the
// stream they stay as they are.
func (s *Server) getLogEvents(in *getEventsInput) (*getEventsOutput, *wire.Error) {
	l, fault := s.logGroup(in.logGroup)
	if fault != nil {
		return nil, fault
	}
	limit, fault := atMost(in.Limit, maxEvents)
	if fault != nil {
		return nil, fault
	}
	events, fault := s.asked(l, &filterInput{span: in.span, LogStreamNames: []string{in.LogStreamName}})
	if fault != nil {
		return nil, fault
	}
	from, to := max(0, len(events)-limit), len(events)
	if in.StartFromHead {
		from, to = 0, min(limit, len(events))
	}
	if in.NextToken != "" {
		direction, token, _ := strings.Cut(in.NextToken, "/")
		page, fault := readLogPage(token)
		if fault != nil {
			return nil, fault
		}
		next := slices.IndexFunc(events, func(ev logEvent) bool { return page.precedes(&ev) })
		if next < 0 {
			next = len(events)
		}
		switch direction {
		case "f":
			from, to = next, min(next+limit, len(events))
		case "b":
			from, to = max(0, next-limit), next
		default:
			return nil, errLogToken()
		}
	}
	out := &getEventsOutput{Events: []outputEvent{}}
	for i := from; i < to; i++ {
		at := s.clock.Wall(events[i].at).UnixMilli()
		out.Events = append(out.Events, outputEvent{at, s.logLine(&events[i]), at})
	}
	out.NextBackwardToken, out.NextForwardToken = "b/"+before(events, from).String(), "f/"+before(events, to).String()
	return out, nil
}

// before is the page that begins with event i.
func before(events []logEvent, i int) logPage {
	if i == 0 {
		return logPage{at: -never, stream: "-"} // before all
	}
	return after(&events[i-1])
}
