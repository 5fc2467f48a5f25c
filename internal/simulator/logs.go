package simulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// CloudWatch Logs: a group for each endpoint, a stream for each container that ever was in service, as long as they are remembered:
// both outlive their endpoint.

const (
	logPrefix = "/aws/sagemaker/Endpoints/"

	maxEvents  = 10_000 // of one answer
	maxListed  = 50
	maxStreams = 100 // that can be named
	searched   = 500 // events that one page of FilterLogEvents looks at: it may find none, and have a token
)

// logGroup names a group by its name or its ARN.
type logGroup struct {
	LogGroupName       string `json:"logGroupName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"`
}

func errLogParameter(format string, args ...any) *wire.Error {
	return wire.BadRequest("InvalidParameterException", format, args...)
}

// logFault is what breaks the service's model, under the code that Logs has for it.
func (c constraints) logFault() *wire.Error {
	if len(c) == 0 {
		return nil
	}
	return errLogParameter("%s", c.fault().Message)
}

func (s *Server) logGroupARN(endpoint string) string {
	return s.arn("logs", "log-group:"+logPrefix+endpoint)
}

// logGroup finds the endpoint of a group.
func (s *Server) logGroup(g logGroup) (*endpoint, *wire.Error) {
	name := cmp.Or(g.LogGroupName, g.LogGroupIdentifier)
	if _, resource, ok := strings.Cut(name, ":log-group:"); ok && g.LogGroupName == "" {
		name = resource
	}
	var c constraints
	if !c.required(name, "logGroupName") {
		return nil, c.logFault()
	}
	if g.LogGroupName != "" && g.LogGroupIdentifier != "" {
		return nil, errLogParameter("LogGroup name and LogGroup ARN are mutually exclusive parameters.")
	}
	if endpoint, ok := strings.CutPrefix(name, logPrefix); ok {
		if e := s.remembered(endpoint); e != nil {
			return e, nil
		}
	}
	return nil, wire.BadRequest("ResourceNotFoundException", "The specified log group does not exist.")
}

// atMost is the limit that was asked for.
func atMost(limit *int, most int) (int, *wire.Error) {
	var c constraints
	between(&c, limit, "limit", 1, most)
	return orUsual(limit, most), c.logFault()
}

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
	e, fault := s.logGroup(in.logGroup)
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
	events, fault := s.asked(e, in)
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
func (s *Server) asked(e *endpoint, in *filterInput) ([]logEvent, *wire.Error) {
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
	logs := s.containerLogs(e, s.now())
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
	e, fault := s.logGroup(in.logGroup)
	if fault != nil {
		return nil, fault
	}
	limit, fault := atMost(in.Limit, maxEvents)
	if fault != nil {
		return nil, fault
	}
	events, fault := s.asked(e, &filterInput{span: in.span, LogStreamNames: []string{in.LogStreamName}})
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

type streamsInput struct {
	logGroup
	LogStreamNamePrefix string `json:"logStreamNamePrefix"`
	OrderBy             string `json:"orderBy"`
	Descending          bool   `json:"descending"`
	Limit               *int   `json:"limit"`
	NextToken           string `json:"nextToken"`
}

type streamDescription struct {
	LogStreamName       string `json:"logStreamName"`
	CreationTime        int64  `json:"creationTime"`
	FirstEventTimestamp int64  `json:"firstEventTimestamp"`
	LastEventTimestamp  int64  `json:"lastEventTimestamp"`
	LastIngestionTime   int64  `json:"lastIngestionTime"`
	Arn                 string `json:"arn"`
	StoredBytes         int64  `json:"storedBytes"` // AWS says 0, too
}

type streamsOutput struct {
	LogStreams []streamDescription `json:"logStreams"`
	NextToken  string              `json:"nextToken,omitempty"`
}

func (s *Server) describeLogStreams(in *streamsInput) (*streamsOutput, *wire.Error) {
	e, fault := s.logGroup(in.logGroup)
	if fault != nil {
		return nil, fault
	}
	limit, fault := atMost(in.Limit, maxListed)
	if fault != nil {
		return nil, fault
	}
	var c constraints
	oneOf(&c, cmp.Or(in.OrderBy, "LogStreamName"), "orderBy", "LogStreamName", "LastEventTime")
	if fault := c.logFault(); fault != nil {
		return nil, fault
	}
	byTime := in.OrderBy == "LastEventTime"
	if byTime && in.LogStreamNamePrefix != "" {
		return nil, errLogParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	var all []streamDescription
	for _, c := range s.containerLogs(e, s.now()) {
		if strings.HasPrefix(c.name, in.LogStreamNamePrefix) {
			all = append(all, s.stream(e, &c))
		}
	}
	if byTime {
		slices.SortStableFunc(all, func(a, b streamDescription) int { return int(a.LastEventTimestamp - b.LastEventTimestamp) })
	}
	if in.Descending {
		slices.Reverse(all)
	}
	page, next, ok := pageOf(all, in.NextToken, limit)
	if !ok {
		return nil, errLogToken()
	}
	return &streamsOutput{LogStreams: page, NextToken: next}, nil
}

func (s *Server) stream(e *endpoint, c *containerLog) streamDescription {
	first := s.clock.Wall(c.events[0].at).UnixMilli()
	last := s.clock.Wall(c.events[len(c.events)-1].at).UnixMilli()
	return streamDescription{
		LogStreamName: c.name, CreationTime: s.clock.Wall(c.began).UnixMilli(), FirstEventTimestamp: first,
		LastEventTimestamp: last, LastIngestionTime: last, Arn: s.logGroupARN(e.name) + ":log-stream:" + c.name,
	}
}

type groupsInput struct {
	LogGroupNamePrefix  string `json:"logGroupNamePrefix"`
	LogGroupNamePattern string `json:"logGroupNamePattern"`
	Limit               *int   `json:"limit"`
	NextToken           string `json:"nextToken"`
}

type groupDescription struct {
	LogGroupName      string `json:"logGroupName"`
	CreationTime      int64  `json:"creationTime"`
	MetricFilterCount int    `json:"metricFilterCount"`
	Arn               string `json:"arn"`
	LogGroupArn       string `json:"logGroupArn"`
	LogGroupClass     string `json:"logGroupClass"`
	StoredBytes       int64  `json:"storedBytes"`
}

type groupsOutput struct {
	LogGroups []groupDescription `json:"logGroups"`
	NextToken string             `json:"nextToken,omitempty"`
}

func (s *Server) describeLogGroups(in *groupsInput) (*groupsOutput, *wire.Error) {
	limit, fault := atMost(in.Limit, maxListed)
	if fault != nil {
		return nil, fault
	}
	if in.LogGroupNamePrefix != "" && in.LogGroupNamePattern != "" {
		return nil, errLogParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	var all []groupDescription
	for _, e := range slices.Concat(s.departed.all(), s.endpoints.all()) {
		name, arn := logPrefix+e.name, s.logGroupARN(e.name)
		if strings.HasPrefix(name, in.LogGroupNamePrefix) && strings.Contains(strings.ToLower(name), strings.ToLower(in.LogGroupNamePattern)) {
			all = append(all, groupDescription{LogGroupName: name, CreationTime: e.created.UnixMilli(), Arn: arn + ":*", LogGroupArn: arn, LogGroupClass: "STANDARD"})
		}
	}
	slices.SortFunc(all, func(a, b groupDescription) int { return strings.Compare(a.LogGroupName, b.LogGroupName) })
	page, next, ok := pageOf(all, in.NextToken, limit)
	if !ok {
		return nil, errLogToken()
	}
	return &groupsOutput{LogGroups: page, NextToken: next}, nil
}
