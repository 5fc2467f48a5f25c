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
// percentile needs to mean anything, a latency rule is Unknown: where everything fails it is an errors rule that says so; and so is one
// on what only streamed answers have, where none was streamed. An errors rule needs an answer of either kind; tps and failures need
// time to have passed, and tokens a token besides, since without one it is not known whether any were counted.
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

// latency says whether r is about how long requests, or parts of them, took.
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

// Streams says whether r is about what only streamed answers have, and whether that takes their tokens to be counted.
func (r Rule) Streams() (parts, tokens bool) {
	f, _ := figureNamed(r.Metric)
	tokens = r.Metric == "tokens" || f.of == runner.FirstToken || f.of == runner.TokenTime
	return tokens || f.of == runner.FirstByte || f.of == runner.ChunkGap, tokens
}

// LatencySLO is the one limit on response times that charts and counts of slow requests use: the tightest upper limit on p99, else
// the tightest upper limit on any other latency. It is false when rules hold no such limit.
func LatencySLO(rules []Rule) (limit time.Duration, ok bool) {
	limit = limitOn(runner.Response, rules)
	return limit, limit > 0
}

// RequestLimits are what rules ask of each request: of every measure of one the limit that LatencySLO is of response times.
func RequestLimits(rules []Rule) runner.Limits {
	return runner.Limits{
		Response: limitOn(runner.Response, rules), FirstByte: limitOn(runner.FirstByte, rules),
		FirstToken: limitOn(runner.FirstToken, rules), TokenTime: limitOn(runner.TokenTime, rules),
	}
}

// limitOn m, 0 when rules hold none.
func limitOn(m runner.Measure, rules []Rule) time.Duration {
	var p99, other float64
	for _, r := range rules {
		f, known := figureNamed(r.Metric)
		if !known || f.unit != milliseconds || f.of != m || !strings.HasPrefix(r.Op, "<") {
			continue
		}
		least := &other
		if strings.HasSuffix(r.Metric, "p99") {
			least = &p99
		}
		if *least == 0 || r.Limit < *least {
			*least = r.Limit
		}
	}
	if p99 == 0 {
		p99 = other
	}
	return time.Duration(p99 * float64(time.Millisecond))
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
	of      runner.Measure // of a latency
}

// latencies that a rule can be about, of response times by their names alone. p is the percentile that needs samples, 0 for what every
// single one tells.
var latencies = [...]struct {
	name string
	p    float64
	of   func(*runner.Stats) time.Duration
}{
	{"p50", .5, func(s *runner.Stats) time.Duration { return s.P50 }},
	{"p90", .9, func(s *runner.Stats) time.Duration { return s.P90 }},
	{"p95", .95, func(s *runner.Stats) time.Duration { return s.P95 }},
	{"p99", .99, func(s *runner.Stats) time.Duration { return s.P99 }},
	{"p999", .999, func(s *runner.Stats) time.Duration { return s.P999 }},
	{"max", 0, func(s *runner.Stats) time.Duration { return s.Max }},
	{"mean", 0, func(s *runner.Stats) time.Duration { return s.Mean }},
}

// streams are the measures of streamed answers, by what stands before the name of a latency.
var streams = [...]struct {
	prefix string
	of     runner.Measure
}{{"ttfb_", runner.FirstByte}, {"ttft_", runner.FirstToken}, {"tpot_", runner.TokenTime}, {"gap_", runner.ChunkGap}}

// figures that are no latencies. Error messages list latencies before them.
var figures = [...]figure{
	{name: "errors", unit: percent, measure: func(w *runner.Window) (float64, bool) { return 100 * w.FailedShare(), w.Ended() > 0 }},
	{name: "failures", unit: perSecond, measure: func(w *runner.Window) (float64, bool) { return w.FailedPerSecond(), w.Length > 0 }},
	{name: "tps", unit: perSecond, measure: func(w *runner.Window) (float64, bool) { return w.TPS(), w.Length > 0 }},
	{name: "tokens", unit: perSecond, measure: func(w *runner.Window) (float64, bool) { return w.TokensPerSecond(), w.Length > 0 && w.Tokens > 0 }},
}

func figureNamed(name string) (figure, bool) {
	for _, f := range figures {
		if f.name == name {
			return f, true
		}
	}
	of, latency := runner.Response, name
	for _, s := range streams {
		if rest, ok := strings.CutPrefix(name, s.prefix); ok {
			of, latency = s.of, rest
		}
	}
	for _, l := range latencies {
		if l.name == latency {
			return figure{name, milliseconds, statistic(of, l.p, l.of), of}, true
		}
	}
	return figure{}, false
}

// statistic reads one figure of a measure of successes.
func statistic(m runner.Measure, p float64, of func(*runner.Stats) time.Duration) func(*runner.Window) (float64, bool) {
	return func(w *runner.Window) (float64, bool) {
		s := &w.Stats[m]
		return toMillis(of(s)), s.Count > 0 && s.Trust(p) != runner.Hidden
	}
}

func toMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
