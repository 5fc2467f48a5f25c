package simulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// CloudWatch: GetMetricData, in pages.

const (
	maxQueries    = 500
	maxDatapoints = 100_800
)

var idPattern = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)

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
	Period     *int64 // of Expression
	Label      string
	ReturnData *bool
}

type metricStat struct {
	Metric     metric
	Period     int64
	Stat, Unit string
}

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

// getMetricData answers one page. All pages of a call show what endpoints had published when the first one was asked for.
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
	ask := s.asking(in.StartTime.Time, in.EndTime.Time, c.asOf)
	out := &metricDataOutput{MetricDataResults: []metricDataResult{}, Messages: []message{}}
	for i := c.query; i < len(in.MetricDataQueries); i++ {
		q := &in.MetricDataQueries[i]
		if q.ReturnData != nil && !*q.ReturnData {
			continue
		}
		result := ask.result(q, in.ScanBy != "TimestampAscending")
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
		return c, wire.BadRequest("InvalidNextToken", "The next token specified is invalid.")
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
		return errMissingParameter(missing)
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
		if fault := q.check(fmt.Sprintf("MetricDataQueries.member.%d", i+1)); fault != nil {
			return fault
		}
	}
	return nil
}

func (q *metricDataQuery) check(name string) *wire.Error {
	switch {
	case q.MetricStat != nil && q.Expression != "":
		return wire.Invalid("The parameters %s.Expression and %[1]s.MetricStat are mutually exclusive and you have specified both.", name)
	case q.MetricStat != nil && q.Period != nil:
		return wire.Invalid("The parameters %s.Period and %[1]s.MetricStat are mutually exclusive and you have specified both.", name)
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
	case !validPeriod(m.Period):
		return wire.Invalid("Period must be 1, 5, 10, 20, 30 or a multiple of 60, at most %d, for '%s'.", maxPeriod, q.Id)
	case !validStat(m.Stat):
		return wire.Invalid("The value '%.64s' for parameter Stat of '%s' is not supported.", m.Stat, q.Id)
	case m.Unit != "" && !slices.Contains(units, m.Unit):
		return wire.Invalid("The value '%.64s' for parameter Unit of '%s' is not supported.", m.Unit, q.Id)
	}
	return nil
}

// result has all of q's points. Points of different units are thrown together when q does not say which it means.
func (a *asking) result(q *metricDataQuery, newestFirst bool) metricDataResult {
	m := q.MetricStat
	out := metricDataResult{
		Id: q.Id, Label: cmp.Or(q.Label, m.Metric.MetricName), StatusCode: "Complete",
		Timestamps: []wire.Time{}, Values: []float64{},
	}
	var points []model.Point
	for _, of := range a.streams(&m.Metric, m.Unit) {
		points = append(points, of.points...)
	}
	for _, p := range a.aggregate(points, time.Duration(m.Period)*time.Second) {
		if p.Knows(m.Stat) {
			out.Timestamps = append(out.Timestamps, wire.Time{Time: a.s.clock.Wall(p.At)})
			out.Values = append(out.Values, p.Statistic(m.Stat))
		}
	}
	if newestFirst {
		slices.Reverse(out.Timestamps)
		slices.Reverse(out.Values)
	}
	return out
}
