package sizing

import (
	"strings"
	"time"

	"sagetop/runner"
)

// Verdict on a Rule.
type Verdict uint8

// Unknown means too few samples: not passed, not failed.
const (
	Unknown Verdict = iota
	Pass
	Fail
)

func (v Verdict) String() string {
	return [...]string{"unknown", "pass", "fail"}[min(v, Fail)]
}

// Rule is one condition on a Window, such as p99<200ms, errors<1% or tps>=1000; with a span, such as errors>50% for 10s, it must
// hold on every second of the span (see AbortWatch).
type Rule struct {
	Metric string
	Op     string
	Limit  float64       // milliseconds, percent, or per second
	Span   time.Duration // 0: none
	text   string
}

// String is the rule as it was typed; a Rule that was not typed is written in the same grammar.
func (r Rule) String() string {
	if r.text != "" {
		return r.text
	}
	return r.canonical()
}

// Judge w by r. The value is in the unit of r.Limit, and 0 where nothing could be measured.
//
// Latencies are of successes only, so that a quick refusal does not flatter them. Without a success, or with fewer than the
// percentile needs to mean anything, a latency rule is Unknown: where everything fails it is an errors rule that says so. An
// errors rule needs an answer of either kind; tps and failures need time to have passed.
func (r Rule) Judge(w *runner.Window) (value float64, v Verdict) {
	f, ok := figureNamed(r.Metric)
	if !ok {
		return 0, Unknown
	}
	if value, ok = f.measure(w); !ok {
		return 0, Unknown
	}
	if r.holds(value) {
		return value, Pass
	}
	return value, Fail
}

// latency says whether r is about response times.
func (r Rule) latency() bool {
	f, ok := figureNamed(r.Metric)
	return ok && f.unit == milliseconds
}

func (r Rule) holds(value float64) bool {
	switch r.Op {
	case "<":
		return value < r.Limit
	case "<=":
		return value <= r.Limit
	case ">":
		return value > r.Limit
	default:
		return value >= r.Limit
	}
}

// LatencySLO is the one limit on response times that charts and counts of slow requests use: the tightest upper limit on p99, else
// the tightest upper limit on any other latency. It is false when rules hold no such limit.
func LatencySLO(rules []Rule) (limit time.Duration, ok bool) {
	var p99, other float64
	for _, r := range rules {
		f, known := figureNamed(r.Metric)
		if !known || f.unit != milliseconds || !strings.HasPrefix(r.Op, "<") {
			continue
		}
		least := &other
		if r.Metric == "p99" {
			least = &p99
		}
		if *least == 0 || r.Limit < *least {
			*least = r.Limit
		}
	}
	if p99 == 0 {
		p99 = other
	}
	return time.Duration(p99 * float64(time.Millisecond)), p99 > 0
}

// unit of a rule's limit.
type unit uint8

const (
	milliseconds unit = iota
	percent
	perSecond
)

// figure is what a rule can be about. measure is false where the Window cannot tell.
type figure struct {
	name    string
	unit    unit
	measure func(*runner.Window) (float64, bool)
}

// figures in the order in which an error message lists them.
var figures = [...]figure{
	{"p50", milliseconds, percentile(.5, func(s *runner.Stats) time.Duration { return s.P50 })},
	{"p90", milliseconds, percentile(.9, func(s *runner.Stats) time.Duration { return s.P90 })},
	{"p95", milliseconds, percentile(.95, func(s *runner.Stats) time.Duration { return s.P95 })},
	{"p99", milliseconds, percentile(.99, func(s *runner.Stats) time.Duration { return s.P99 })},
	{"p999", milliseconds, percentile(.999, func(s *runner.Stats) time.Duration { return s.P999 })},
	{"max", milliseconds, percentile(0, func(s *runner.Stats) time.Duration { return s.Max })},
	{"mean", milliseconds, percentile(0, func(s *runner.Stats) time.Duration { return s.Mean })},
	{"errors", percent, func(w *runner.Window) (float64, bool) { return 100 * w.FailedShare(), w.Ended() > 0 }},
	{"failures", perSecond, func(w *runner.Window) (float64, bool) { return w.FailedPerSecond(), w.Length > 0 }},
	{"tps", perSecond, func(w *runner.Window) (float64, bool) { return w.TPS(), w.Length > 0 }},
}

func figureNamed(name string) (figure, bool) {
	for _, f := range figures {
		if f.name == name {
			return f, true
		}
	}
	return figure{}, false
}

// percentile reads one figure of the response times of successes, which p (0 for what every single sample tells) needs samples for.
func percentile(p float64, of func(*runner.Stats) time.Duration) func(*runner.Window) (float64, bool) {
	return func(w *runner.Window) (float64, bool) {
		s := &w.Stats[runner.Response]
		return toMillis(of(s)), s.Count > 0 && s.Trust(p) != runner.Hidden
	}
}

func toMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
