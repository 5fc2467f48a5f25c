package report

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrGate is wrapped by every error about a gate that cannot be read.
var ErrGate = errors.New("bad gate")

// Gate is a rule about a difference that must not be.
type Gate struct {
	text   string
	figure string
	word   string
	amount float64
	unit   string // of amount: %, or that of the figure; errors: points
}

// Held is what came of a Gate against one run. It holds where the build is to fail.
type Held struct {
	Rule  string `json:"rule"`
	Run   string `json:"run"` // its name
	Holds Pass   `json:"holds"`
	Why   string `json:"why"`
}

// ParseGate reads a gate:
//
//	gate   = figure word [ "by" amount ]
//	figure = tps | errors | mean | p50 | p90 | p95 | p99 | p999
//	word   = worse | better | differs
//	amount = number "%" of the first run, not of errors | number "us", "ms" or "s" of a latency | number ["/s"] of tps | number "points" of errors
//
// It holds when the difference is real, which is to say that 0 is not in its interval of 95 %, and is itself at least the amount.
func ParseGate(text string) (Gate, error) {
	words := strings.Fields(text)
	bad := func(format string, args ...any) (Gate, error) {
		return Gate{}, fmt.Errorf("%w %q: %s, such as 'p99 worse by 10%%'", ErrGate, text, fmt.Sprintf(format, args...))
	}
	if len(words) < 2 {
		return bad("it needs a figure and one of worse, better, differs")
	}
	g := Gate{text: strings.Join(words, " "), figure: words[0], word: words[1]}
	f := figureNamed(g.figure)
	switch {
	case f == nil:
		return bad("%q is no figure; use one of %s", g.figure, figureNames())
	case g.word != "worse" && g.word != "better" && g.word != "differs":
		return bad("%q must be worse, better or differs", g.word)
	case len(words) == 2:
		return g, nil
	case words[2] != "by" || len(words) == 3:
		return bad("after %s comes \"by\" and an amount, not %q", g.word, strings.Join(words[2:], " "))
	}
	amount := strings.Join(words[3:], "")
	end := strings.IndexFunc(amount, func(c rune) bool { return (c < '0' || c > '9') && c != '.' })
	if end < 0 {
		end = len(amount)
	}
	number, err := strconv.ParseFloat(amount[:end], 64)
	if err != nil {
		return bad("%q is no amount", amount)
	}
	scale, unit := f.amountUnit(amount[end:])
	if unit == "" {
		return bad("%q needs %s", amount, f.amountsTaken())
	}
	g.amount, g.unit = number*scale, unit
	return g, nil
}

// figureNamed is one that is resampled; nil where there is none of that name.
func figureNamed(name string) *figure {
	for i := range figures {
		if f := &figures[i]; f.name == name && f.drawn >= 0 {
			return f
		}
	}
	return nil
}

func figureNames() string {
	var all []string
	for i := range figures {
		if figures[i].drawn >= 0 {
			all = append(all, figures[i].name)
		}
	}
	return strings.Join(all, " ")
}

// amountUnit is what a typed unit means for f, and its factor; empty where it means nothing.
func (f *figure) amountUnit(typed string) (scale float64, unit string) {
	switch {
	case f.unit == "%" && (typed == "points" || typed == "point"):
		return 1, "points"
	case f.unit != "%" && typed == "%":
		return 1, "%"
	case f.unit == "/s" && (typed == "" || typed == "/s"):
		return 1, f.unit
	case f.unit == "ms" && (typed == "us" || typed == "ms" || typed == "s"):
		return map[string]float64{"us": 1e-3, "ms": 1, "s": 1e3}[typed], f.unit
	}
	return 0, ""
}

func (f *figure) amountsTaken() string {
	return map[string]string{"%": "points: 0.5 points", "/s": "% or /s", "ms": "%, us, ms or s"}[f.unit]
}

// String is the gate as it was typed.
func (g Gate) String() string { return g.text }

// hold g against one run.
func (g Gate) hold(c *Compared) Held {
	h := Held{Rule: g.text, Run: c.Name, Holds: Unknown, Why: "not measured"}
	for i := range c.Differences {
		if d := &c.Differences[i]; d.Figure == g.figure {
			h.Holds, h.Why = g.judge(d), d.text()
		}
	}
	return h
}

// judge one difference by g.
func (g Gate) judge(d *Difference) Pass {
	switch {
	case d.Verdict == Unjudged:
		return Unknown
	case d.Verdict == Unseen, g.word == "worse" && d.Verdict == Better, g.word == "better" && d.Verdict == Worse:
		return Missed
	}
	by := *d.Change
	if g.unit == d.Unit && d.Unit != "%" {
		by = *d.Value - *d.Baseline
	}
	if math.Abs(by) < g.amount {
		return Missed
	}
	return Passed
}
