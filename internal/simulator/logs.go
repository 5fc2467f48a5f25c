package simulator

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// CloudWatch Logs: a group for each endpoint and for each inference component, a stream for each container that ever was in service, as
// long as they are remembered: both outlive their endpoint.

const (
	logPrefix          = "/aws/sagemaker/Endpoints/"
	componentLogPrefix = "/aws/sagemaker/InferenceComponents/"

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

func (s *Server) logGroupARN(group string) string {
	return s.arn("logs", "log-group:"+group)
}

// logged is a group, with those whose containers log into it.
type logged struct {
	group   string
	created time.Time
	by      []*variant
}

func (e *endpoint) logged() *logged { return &logged{logPrefix + e.name, e.created, e.generations("")} }

func (k *component) logged() *logged {
	return &logged{componentLogPrefix + k.Name, k.endpoint.created, []*variant{k.copies}}
}

// allLogged are the groups that there are, those of endpoints that are gone first.
func (s *Server) allLogged() (all []*logged) {
	for _, e := range slices.Concat(s.departed.all(), s.endpoints.all()) {
		all = append(all, e.logged())
		for _, k := range e.components {
			all = append(all, k.logged())
		}
	}
	return all
}

// groupOf what answers x.
func groupOf(x *wire.Call) string {
	if name := x.HTTP.Header.Get(headerPrefix + "Inference-Component"); name != "" {
		return componentLogPrefix + name
	}
	return logPrefix + x.Endpoint
}

// logGroup finds a group.
func (s *Server) logGroup(g logGroup) (*logged, *wire.Error) {
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
	for _, l := range slices.Backward(s.allLogged()) { // of the same name, the one that is there
		if l.group == name {
			return l, nil
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
	l, fault := s.logGroup(in.logGroup)
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
	for _, c := range s.containerLogs(l, s.now()) {
		if strings.HasPrefix(c.name, in.LogStreamNamePrefix) {
			all = append(all, s.stream(l, &c))
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

func (s *Server) stream(l *logged, c *containerLog) streamDescription {
	first := s.clock.Wall(c.events[0].at).UnixMilli()
	last := s.clock.Wall(c.events[len(c.events)-1].at).UnixMilli()
	return streamDescription{
		LogStreamName: c.name, CreationTime: s.clock.Wall(c.began).UnixMilli(), FirstEventTimestamp: first,
		LastEventTimestamp: last, LastIngestionTime: last, Arn: s.logGroupARN(l.group) + ":log-stream:" + c.name,
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
	for _, l := range s.allLogged() {
		arn := s.logGroupARN(l.group)
		if strings.HasPrefix(l.group, in.LogGroupNamePrefix) && strings.Contains(strings.ToLower(l.group), strings.ToLower(in.LogGroupNamePattern)) {
			all = append(all, groupDescription{LogGroupName: l.group, CreationTime: l.created.UnixMilli(), Arn: arn + ":*", LogGroupArn: arn, LogGroupClass: "STANDARD"})
		}
	}
	slices.SortFunc(all, func(a, b groupDescription) int { return strings.Compare(a.LogGroupName, b.LogGroupName) })
	page, next, ok := pageOf(all, in.NextToken, limit)
	if !ok {
		return nil, errLogToken()
	}
	return &groupsOutput{LogGroups: page, NextToken: next}, nil
}
