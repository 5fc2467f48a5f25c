package sizing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrRule is wrapped by every error about a rule that cannot be read.
var ErrRule = errors.New("bad rule")

const (
	// DefaultSpan is how long an abort rule without a span must hold.
	DefaultSpan = 10 * time.Second
	// MaxSpan of an abort rule.
	MaxSpan = time.Hour
	// maxLatency is where the histograms of the runner end: nothing slower can be told apart.
	maxLatency = 15 * time.Minute
)

// ParseSLO reads a rule that must hold:
//
//	rule     = figure op number unit
//	figure   = p50 | p90 | p95 | p99 | p999 | max | mean    of the response times of successes; unit us, ms or s
//	         | ttfb_p99 | ttft_p99 | tpot_p99 | gap_p99     of streamed answers: to the first byte, to the first token, per token,
//	                                                        between parts; likewise with any other of the line above for p99
//	         | errors                                       share of all answers; unit %
//	         | tps | failures | tokens                      successes, failures and streamed tokens a second; unit none or /s
//	op       = < | <= | > | >=
//
// Spaces may stand between the parts. A latency without a unit is refused, because 0.2 and 200 are both likely.
func ParseSLO(text string) (Rule, error) {
	r, err := parseRule(text)
	if err == nil && r.Span > 0 {
		err = ruleError(text, "an SLO is judged over the whole run and takes no span: leave out the part from \"for\"", "p99<200ms")
	}
	if err != nil {
		return Rule{}, err
	}
	return r, nil
}

// ParseAbort reads a rule that ends the run when it holds for its span: the grammar of ParseSLO, then optionally "for" and a span of
// whole seconds from 1s to MaxSpan, DefaultSpan when it is left out.
func ParseAbort(text string) (Rule, error) {
	r, err := parseRule(text)
	if err != nil {
		return Rule{}, err
	}
	if r.Span == 0 {
		r.Span = DefaultSpan
		r.text += " for " + shortSpan(r.Span)
	}
	return r, nil
}

// MarshalText writes r as String does.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a rule with or without a span.
func (r *Rule) UnmarshalText(text []byte) (err error) {
	*r, err = parseRule(string(text))
	return err
}

func parseRule(text string) (Rule, error) {
	typed := strings.TrimSpace(text)
	i := strings.IndexAny(typed, "<>")
	if i < 0 {
		return Rule{}, ruleError(text, "it compares nothing: use < <= > or >=", "p99<200ms")
	}
	name, op, rest := strings.TrimSpace(typed[:i]), typed[i:i+1], typed[i+1:]
	if after, ok := strings.CutPrefix(rest, "="); ok {
		op, rest = op+"=", after
	}
	f, ok := figureNamed(name)
	if !ok {
		return Rule{}, ruleError(text, fmt.Sprintf("%q is no figure; use one of %s", name, figureNames()), "p99<200ms")
	}
	r := Rule{Metric: name, Op: op, text: typed}
	amount, span, spanned := strings.Cut(rest, "for")
	var err error
	if r.Limit, err = parseLimit(text, f, op, strings.TrimSpace(amount)); err != nil {
		return Rule{}, err
	}
	if spanned {
		r.Span, err = parseSpan(text, strings.TrimSpace(span))
	}
	return r, err
}

// parseLimit reads a number and its unit.
func parseLimit(text string, f figure, op, amount string) (float64, error) {
	end := strings.IndexFunc(amount, func(c rune) bool { return (c < '0' || c > '9') && c != '.' })
	if end < 0 {
		end = len(amount)
	}
	limit, err := strconv.ParseFloat(amount[:end], 64)
	if err != nil {
		return 0, ruleError(text, fmt.Sprintf("%q is no number", amount), f.example())
	}
	scale, ok := f.scale(strings.TrimSpace(amount[end:]))
	if !ok {
		return 0, ruleError(text, fmt.Sprintf("%q needs %s", amount, f.unit.wanted()), f.example())
	}
	limit *= scale
	if wrong := f.outOfRange(op, limit); wrong != "" {
		return 0, ruleError(text, wrong, f.example())
	}
	return limit, nil
}

func parseSpan(text, span string) (time.Duration, error) {
	d, err := time.ParseDuration(span)
	if err != nil {
		return 0, ruleError(text, fmt.Sprintf("%q is no span", span), "errors>50% for 10s")
	}
	if d < time.Second || d > MaxSpan || d%time.Second != 0 {
		return 0, ruleError(text, fmt.Sprintf("the span %q must be whole seconds, from 1s to %s", span, shortSpan(MaxSpan)), "errors>50% for 10s")
	}
	return d, nil
}

// scale turns a number with the unit s into the figure's own.
func (f figure) scale(s string) (float64, bool) {
	switch {
	case f.unit == milliseconds && s == "us":
		return 1e-3, true
	case f.unit == milliseconds && s == "ms":
		return 1, true
	case f.unit == milliseconds && s == "s":
		return 1e3, true
	case f.unit == percent && s == "%":
		return 1, true
	case f.unit == perSecond && (s == "" || s == "/s"):
		return 1, true
	}
	return 0, false
}

func (u unit) wanted() string {
	return [...]string{"a unit: us, ms or s", "a % sign", "no unit, or /s"}[u]
}

func (f figure) example() string {
	switch {
	case f.unit == percent:
		return "errors<1%"
	case f.unit == perSecond:
		return f.name + ">=100"
	}
	return f.name + "<200ms"
}

// outOfRange says why no measurement could ever decide a rule with this limit, and "" when one could.
func (f figure) outOfRange(op string, limit float64) string {
	switch {
	case f.unit == milliseconds && (limit <= 0 || limit > toMillis(maxLatency)):
		return "a latency lies above 0 and is measured up to 15 minutes (900s)"
	case f.unit == percent && limit > 100:
		return "a share lies between 0% and 100%"
	case f.unit == percent && (op == "<" && limit == 0 || op == ">" && limit == 100):
		return "no share can lie there"
	case f.unit == perSecond && op == "<" && limit == 0:
		return "no rate can lie there"
	}
	return ""
}

func figureNames() string {
	var names, streamed []string
	for _, l := range latencies {
		names = append(names, l.name)
	}
	for _, f := range figures {
		names = append(names, f.name)
	}
	for _, s := range streams {
		streamed = append(streamed, s.prefix+"p99")
	}
	return strings.Join(names, " ") + ", or of streams " + strings.Join(streamed, " ")
}

func ruleError(text, wrong, example string) error {
	return fmt.Errorf("%w %q: %s, such as %s", ErrRule, text, wrong, example)
}

// canonical writes r from its fields.
func (r Rule) canonical() string {
	suffix := ""
	if f, ok := figureNamed(r.Metric); ok {
		suffix = [...]string{"ms", "%", ""}[f.unit]
	}
	text := r.Metric + r.Op + strconv.FormatFloat(r.Limit, 'f', -1, 64) + suffix
	if r.Span > 0 {
		text += " for " + shortSpan(r.Span)
	}
	return text
}

// shortSpan writes 10s, 90s or 60m: time.Duration's own form has zero parts that nobody types.
func shortSpan(d time.Duration) string {
	if d > time.Minute && d%time.Minute == 0 {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}
