package simulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// CloudWatch: GetMetricData.

const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

var (
	idPattern         = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)
	percentilePattern = regexp.MustCompile(`^p(100|\d{1,2}(\.\d{1,10})?)$`)
)

type metricDataInput struct {
	StartTime, EndTime *wire.Time
	MetricDataQueries  []metricDataQuery
	MaxDatapoints      *int64
	NextToken, ScanBy  string
}

type metricDataQuery struct {
	Id         string
	MetricStat *metricStat
	Expression string
	Label      string
	ReturnData *bool
}

type metricStat struct {
	Metric struct {
		Namespace, MetricName string
		Dimensions            []dimension
	}
	Period     int64
	Stat, Unit string
}

type dimension struct{ Name, Value string }

type metricDataOutput struct {
	MetricDataResults []metricDataResult
	NextToken         string `json:",omitempty"`
	Messages          []message
}

type metricDataResult struct {
	Id         string
	Label      string
	Timestamps []wire.Time
	Values     []float64
	StatusCode string
}

type message struct{ Code, Value string }

// getMetricData answers one page. All pages of a call show what was published when the first one was asked for.
func (s *Server) getMetricData(in *metricDataInput) (*metricDataOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	c := cursor{asOf: s.now()}
	if in.NextToken != "" {
		var fault *wire.Error
		if c, fault = readCursor(in.NextToken); fault != nil {
			return nil, fault
		}
		c.asOf = min(c.asOf, s.now())
	}
	left := maxDatapoints
	if in.MaxDatapoints != nil {
		left = int(min(*in.MaxDatapoints, maxDatapoints))
	}
	ask := asking{s: s, in: in, asOf: c.asOf, records: map[*variant]model.Record{}}
	out := &metricDataOutput{MetricDataResults: []metricDataResult{}, Messages: []message{}}
	for i := c.query; i < len(in.MetricDataQueries); i++ {
		q := &in.MetricDataQueries[i]
		if q.ReturnData != nil && !*q.ReturnData {
			continue
		}
		result := ask.result(q)
		whole := result.page(c.offset, left)
		out.MetricDataResults = append(out.MetricDataResults, result)
		left -= len(result.Values)
		if !whole {
			c.query, c.offset = i, c.offset+len(result.Values)
			out.NextToken = c.String()
			break
		}
		c.offset = 0
	}
	return out, nil
}

// page leaves at most n values from offset on; false when there are more.
func (r *metricDataResult) page(offset, n int) bool {
	offset = min(offset, len(r.Values))
	end := min(offset+n, len(r.Values))
	whole := end == len(r.Values)
	r.Values, r.Timestamps = r.Values[offset:end], r.Timestamps[offset:end]
	if !whole {
		r.StatusCode = "PartialData"
	}
	return whole
}

// cursor is where the next page begins.
type cursor struct {
	asOf          time.Duration
	query, offset int
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %d %d", int64(c.asOf), c.query, c.offset))
}

func readCursor(token string) (cursor, *wire.Error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %d %d", &c.asOf, &c.query, &c.offset)
	}
	if err != nil || c.query < 0 || c.offset < 0 || c.asOf < 0 {
		return c, &wire.Error{Code: "InvalidNextToken", Status: http.StatusBadRequest, Message: "The next token specified is invalid."}
	}
	return c, nil
}

func (in *metricDataInput) check() *wire.Error {
	missing := ""
	switch {
	case in.StartTime == nil:
		missing = "StartTime"
	case in.EndTime == nil:
		missing = "EndTime"
	case len(in.MetricDataQueries) == 0:
		missing = "MetricDataQueries"
	}
	if missing != "" {
		return &wire.Error{
			Code: "MissingRequiredParameterException", Query: "MissingParameter", Status: http.StatusBadRequest,
			Message: fmt.Sprintf("The parameter %s is required.", missing),
		}
	}
	switch {
	case !in.StartTime.Before(in.EndTime.Time):
		return wire.Invalid("The parameter StartTime must be less than the parameter EndTime.")
	case len(in.MetricDataQueries) > maxQueries:
		return wire.Invalid("The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	case in.MaxDatapoints != nil && *in.MaxDatapoints < 1:
		return wire.Invalid("The parameter MaxDatapoints must be greater than or equal to 1.")
	case in.ScanBy != "" && in.ScanBy != "TimestampAscending" && in.ScanBy != "TimestampDescending":
		return wire.Invalid("The parameter ScanBy must be TimestampAscending or TimestampDescending.")
	}
	seen := map[string]bool{}
	for i := range in.MetricDataQueries {
		q := &in.MetricDataQueries[i]
		if seen[q.Id] {
			return wire.Invalid("The values for parameter id in MetricDataQueries are not unique: '%.64s'.", q.Id)
		}
		seen[q.Id] = true
		if fault := q.check(); fault != nil {
			return fault
		}
	}
	return nil
}

func (q *metricDataQuery) check() *wire.Error {
	switch {
	case !idPattern.MatchString(q.Id):
		return wire.Invalid("The value '%.64s' for parameter id in MetricDataQueries is not matching the expected pattern %s.", q.Id, idPattern)
	case q.Expression != "":
		return wire.Invalid("Error in expression '%s': expressions are not simulated.", q.Id)
	case q.MetricStat == nil:
		return wire.Invalid("Either Expression or MetricStat must be specified for '%s'.", q.Id)
	}
	m := q.MetricStat
	switch {
	case m.Metric.MetricName == "" || m.Metric.Namespace == "":
		return wire.Invalid("MetricName and Namespace are required for '%s'.", q.Id)
	case m.Period != 1 && m.Period != 5 && m.Period != 10 && m.Period != 20 && m.Period != 30 && (m.Period <= 0 || m.Period%60 != 0 || m.Period > 86400):
		return wire.Invalid("Period must be 1, 5, 10, 20, 30 or a multiple of 60, at most 86400, for '%s'.", q.Id)
	case !validStat(m.Stat):
		return wire.Invalid("The value '%.64s' for parameter Stat of '%s' is not supported.", m.Stat, q.Id)
	}
	return nil
}

func validStat(s string) bool {
	switch s {
	case "Average", "Sum", "Minimum", "Maximum", "SampleCount":
		return true
	}
	return percentilePattern.MatchString(s)
}

// asking is one GetMetricData call.
type asking struct {
	s       *Server
	in      *metricDataInput
	asOf    time.Duration
	records map[*variant]model.Record // read once each
}

func (a *asking) result(q *metricDataQuery) metricDataResult {
	m := &q.MetricStat.Metric
	out := metricDataResult{
		Id: q.Id, Label: orElse(q.Label, m.MetricName), StatusCode: "Complete",
		Timestamps: []wire.Time{}, Values: []float64{},
	}
	kind := model.FindMetric(m.Namespace, m.MetricName)
	e, v, who := a.target(m.Dimensions)
	if kind == nil || v == nil || q.MetricStat.Unit != "" && q.MetricStat.Unit != kind.Unit {
		return out
	}
	points := []model.Point{}
	for _, v := range v.generations() {
		points = append(points, a.published(kind.Points(a.record(v), who), e, v.Period(kind))...)
	}
	slices.SortStableFunc(points, func(p, q model.Point) int { return cmp.Compare(p.At, q.At) }) // two may share the period of a change
	for _, p := range a.aggregate(points, time.Duration(q.MetricStat.Period)*time.Second) {
		out.Timestamps = append(out.Timestamps, wire.Time{Time: a.s.clock.Wall(p.At)})
		out.Values = append(out.Values, p.Statistic(q.MetricStat.Stat))
	}
	if a.in.ScanBy != "TimestampAscending" {
		slices.Reverse(out.Timestamps)
		slices.Reverse(out.Values)
	}
	return out
}

// target is what the dimensions name: exactly an endpoint and a variant, and an instance where those publish metrics of their own.
func (a *asking) target(dimensions []dimension) (e *endpoint, v *variant, who string) {
	named := map[string]string{}
	for _, d := range dimensions {
		named[d.Name] = d.Value
	}
	e = a.s.remembered(named["EndpointName"])
	who, byInstance := named["InstanceId"]
	if e == nil || len(dimensions) != len(named) || byInstance && (who == "" || !e.metrics().EnableEnhancedMetrics) {
		return nil, nil, ""
	}
	if want := 2; len(named) != want && !(byInstance && len(named) == want+1) {
		return nil, nil, ""
	}
	return e, e.variant(named["VariantName"]), who
}

// record reads what v knows of the asked time.
func (a *asking) record(v *variant) *model.Record {
	r, ok := a.records[v]
	if !ok {
		r = v.Record(a.asOf, a.start(time.Minute), a.at(a.in.EndTime))
		a.records[v] = r
	}
	return &r
}

func (a *asking) at(t *wire.Time) time.Duration { return t.Sub(a.s.clock.Origin) }

// start of the asked time, rounded down as CloudWatch does: to the minute, or to a shorter period.
func (a *asking) start(period time.Duration) time.Duration {
	period = min(period, time.Minute)
	return a.s.clock.Begin(a.s.clock.Index(a.at(a.in.StartTime), period), period)
}

// published are those points whose period ended long enough ago.
func (a *asking) published(points []model.Point, e *endpoint, period time.Duration) []model.Point {
	late := e.lateness + a.s.faults.late(e.name)
	return slices.DeleteFunc(points, func(p model.Point) bool {
		end := p.At + period
		return end+late > a.asOf || a.s.faults.missing(e.name, end)
	})
}

// aggregate merges points, which are in order, to periods of the wall clock within the asked time.
func (a *asking) aggregate(points []model.Point, period time.Duration) []model.Point {
	start, end := a.start(period), a.at(a.in.EndTime)
	var out []model.Point
	for _, p := range points {
		at := a.s.clock.Begin(a.s.clock.Index(p.At, period), period)
		if at < start || at >= end {
			continue
		}
		if n := len(out); n > 0 && out[n-1].At == at {
			out[n-1].Merge(p.Summary)
			continue
		}
		out = append(out, model.Point{At: at})
		out[len(out)-1].Merge(p.Summary)
	}
	slices.SortStableFunc(out, func(p, q model.Point) int { return cmp.Compare(p.At, q.At) })
	return out
}
