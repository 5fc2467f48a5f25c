package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// CloudWatch: what its operations share, from the names of metrics to their points as they were published.

const (
	maxDimensions = 30
	maxPeriod     = 30 * 24 * 60 * 60 // seconds
	fineMemory    = 3 * time.Hour     // after which periods below a minute are forgotten
)

var percentilePattern = regexp.MustCompile(`^p(100|\d{1,2}(\.\d{1,10})?)$`)

// metric names one: its points belong to exactly these dimensions.
type metric struct {
	Namespace, MetricName string
	Dimensions            []dimension
}

type dimension struct{ Name, Value string }

// key is the same for the same metric, whatever the order of its dimensions; in the order of keys metrics are listed.
func (m *metric) key() string {
	parts := []string{m.Namespace, m.MetricName}
	for _, d := range slices.SortedFunc(slices.Values(m.Dimensions), func(a, b dimension) int { return strings.Compare(a.Name, b.Name) }) {
		parts = append(parts, d.Name, d.Value)
	}
	return strings.Join(parts, "\x00")
}

func errParameterValue(format string, args ...any) *wire.Error {
	return &wire.Error{Code: "InvalidParameterValueException", Query: "InvalidParameterValue", Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func errParameterCombination(format string, args ...any) *wire.Error {
	return &wire.Error{
		Code: "InvalidParameterCombinationException", Query: "InvalidParameterCombination",
		Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...),
	}
}

func errMissingParameter(name string) *wire.Error {
	return &wire.Error{
		Code: "MissingRequiredParameterException", Query: "MissingParameter", Status: http.StatusBadRequest,
		Message: fmt.Sprintf("The parameter %s is required.", name),
	}
}

// units that CloudWatch knows.
var units = []string{
	"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits",
	"Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second",
	"Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second",
	"Terabits/Second", "Count/Second", "None",
}

// statistics other than percentiles.
var statistics = []string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}

// errNotIn says what value of a set the parameter must have.
func errNotIn(parameter string, set []string) *wire.Error {
	return errParameterValue("The parameter %s must be a value in the set [ %s ].", parameter, strings.Join(set, ", "))
}

func validStat(s string) bool {
	return slices.Contains(statistics, s) || percentilePattern.MatchString(s)
}

// validPeriod of so many seconds.
func validPeriod(seconds int64) bool {
	switch seconds {
	case 1, 5, 10, 20, 30:
		return true
	}
	return seconds > 0 && seconds%60 == 0 && seconds <= maxPeriod
}

// asking is one question for points, answered with what was published at one time.
type asking struct {
	s        *Server
	from, to time.Duration // to is exclusive
	asOf     time.Duration
	records  map[*variant]model.Record // read once each
}

func (s *Server) asking(from, to time.Time, asOf time.Duration) asking {
	return asking{s: s, from: from.Sub(s.clock.Origin), to: to.Sub(s.clock.Origin), asOf: asOf, records: map[*variant]model.Record{}}
}

// stream is the points of a metric that have the same unit.
type stream struct {
	unit   string
	points []model.Point
}

// streams of m: one if m is an endpoint's, one for each unit that was put if it is a custom metric. A unit that is named picks one.
func (a *asking) streams(m *metric, unit string) []stream {
	kind := model.FindMetric(m.Namespace, m.MetricName)
	e, generations, who := a.target(m.Dimensions)
	of := model.OfInstances
	if len(generations) == 0 {
		e, generations = a.copies(m.Dimensions)
		of = model.OfCopies
	}
	if kind == nil || len(generations) == 0 || kind.Of != model.Both && kind.Of != of {
		return a.s.custom.streams(m, unit, a.start(time.Minute), a.to)
	}
	if unit != "" && unit != kind.Unit {
		return nil
	}
	if of == model.OfInstances && kind.Of == model.Both {
		generations = append(generations, e.hosted(generations[0].name)...)
	}
	var points []model.Point
	for _, v := range generations {
		points = append(points, a.published(kind.Points(a.record(v), who), e, v.Period(kind))...)
	}
	if of == model.OfInstances && kind.Of == model.OfInstances {
		a.addCopies(points, kind, e, generations[0].name)
	}
	slices.SortStableFunc(points, func(p, q model.Point) int { return cmp.Compare(p.At, q.At) }) // two may share the period of a change
	return []stream{{kind.Unit, points}}
}

// target is what the dimensions name: exactly an endpoint and the generations of a variant, and an instance where those publish
// metrics of their own.
func (a *asking) target(dimensions []dimension) (e *endpoint, generations []*variant, who string) {
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
	if named["VariantName"] == "" {
		return nil, nil, ""
	}
	return e, e.generations(named["VariantName"]), who
}

// record reads what v knows of the asked time.
func (a *asking) record(v *variant) *model.Record {
	r, ok := a.records[v]
	if !ok {
		r = v.Record(a.asOf, a.start(time.Minute), a.to)
		a.records[v] = r
	}
	return &r
}

// start of the asked time, rounded down as CloudWatch does: to the minute, or to a shorter period.
func (a *asking) start(period time.Duration) time.Duration {
	period = min(period, time.Minute)
	return a.s.clock.Begin(a.s.clock.Index(a.from, period), period)
}

// lateness of e's points at present.
func (a *asking) lateness(e *endpoint) time.Duration {
	return e.lateness + a.s.faults.late(e.name)
}

// published are those points whose period ended long enough ago.
func (a *asking) published(points []model.Point, e *endpoint, period time.Duration) []model.Point {
	late := a.lateness(e)
	return slices.DeleteFunc(points, func(p model.Point) bool {
		end := p.At + period
		return end+late > a.asOf || a.s.faults.missing(e.name, end)
	})
}

// aggregate merges points to periods within the asked time. Periods are counted from its start, as CloudWatch does.
func (a *asking) aggregate(points []model.Point, period time.Duration) []model.Point {
	slices.SortStableFunc(points, func(p, q model.Point) int { return cmp.Compare(p.At, q.At) })
	start := a.start(period)
	var out []model.Point
	for _, p := range points {
		if p.At < start || p.At >= a.to || period < time.Minute && p.At < a.asOf-fineMemory {
			continue
		}
		at := start + (p.At-start)/period*period
		if n := len(out); n == 0 || out[n-1].At != at {
			out = append(out, model.Point{At: at})
		}
		out[len(out)-1].Merge(p.Summary)
	}
	return out
}
