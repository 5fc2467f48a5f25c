package tui

import (
	"math"
	"time"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// scales are the seconds that one column of a chart may stand for. Left to itself a chart shows the whole run up to autoScale, and
// its newest part after that.
var scales = [...]int64{1, 2, 5, 10, 30, 60, 300, 900}

const autoScale = 10

// jumps of a full chart from its right end to its left one. A column that moves is written anew, and a remote terminal pays for it.
const jumps = 32

// trail is over how many seconds a percentile in a chart is taken: one second alone has too few samples for a p99.
const trail = 10

// series are the seconds of a run as a chart's columns. NaN is a gap: nothing was measured, or too little for a percentile.
type series struct {
	of         runner.Measure // whose percentiles they are
	scale      int64          // seconds a column
	start      int64          // of the load
	from       int64          // since the start of the load, of the first column
	to         int64          // since the start of the load, of the end of the data
	last       int            // the newest column with data
	ok, failed []float64
	p50, p99   []float64
	marks      []canvas.Mark
}

// gather spreads seconds over so many columns, with percentiles of m. scale 0 lets it choose. It is empty before anything was sent.
func gather(seconds []runner.Second, columns int, scale int64, m runner.Measure) series {
	seconds = seconds[firstActive(seconds):]
	if len(seconds) == 0 {
		return series{}
	}
	start := seconds[0].Second
	length := seconds[len(seconds)-1].Second - start + 1
	if scale == 0 {
		scale = fitting(length, columns)
	}
	s := series{of: m, scale: scale, start: start, to: length, ok: gaps(columns), failed: gaps(columns), p50: gaps(columns), p99: gaps(columns)}
	if over := (length-1)/scale - int64(columns) + 1; over > 0 {
		jump := max(int64(columns)/jumps, 1)
		s.from = (over + jump - 1) / jump * jump * scale
	}
	first := 0
	for first < len(seconds) && seconds[first].Second-start < s.from {
		first++
	}
	s.fill(seconds, first, start)
	return s
}

// firstActive is the first second in which there was load.
func firstActive(seconds []runner.Second) int {
	for i := range seconds {
		if s := &seconds[i]; s.Sent > 0 || s.OK+s.Failed > 0 {
			return i
		}
	}
	return len(seconds)
}

func fitting(length int64, columns int) int64 {
	for _, s := range scales {
		if length <= s*int64(columns) || s == autoScale {
			return s
		}
	}
	return autoScale
}

func gaps(n int) []float64 {
	l := make([]float64, n)
	for i := range l {
		l[i] = math.NaN()
	}
	return l
}

// fill puts seconds[first:] into their columns.
func (s *series) fill(seconds []runner.Second, first int, start int64) {
	for i := first; i < len(seconds); {
		column := int((seconds[i].Second - start - s.from) / s.scale)
		end := i
		for end < len(seconds) && int((seconds[end].Second-start-s.from)/s.scale) == column {
			end++
		}
		if column >= 0 && column < len(s.ok) {
			s.column(column, seconds, i, end)
		}
		i = end
	}
}

// column stands for seconds[from:to].
func (s *series) column(c int, seconds []runner.Second, from, to int) {
	var ok, failed uint64
	for i := from; i < to; i++ {
		ok += seconds[i].OK
		failed += seconds[i].Failed
		if i > 0 && seconds[i].Segment != seconds[i-1].Segment {
			s.mark(c, &seconds[i-1], &seconds[i])
		}
	}
	n := float64(to - from)
	s.ok[c], s.failed[c] = float64(ok)/n, float64(failed)/n
	var spread runner.Spread
	for i := to - 1; i >= 0 && (i >= from || seconds[to-1].Second-seconds[i].Second < trail && seconds[i].Segment == seconds[to-1].Segment); i-- {
		spread.AddOf(&seconds[i], s.of)
	}
	p := spread.Percentiles()
	s.p50[c], s.p99[c] = shown(p[0]), shown(p[2])
	s.last = c
}

// mark says what a change of the Plan in column c was about. Of several in one column the last is told.
func (s *series) mark(c int, before, after *runner.Second) {
	m := canvas.Mark{Column: c}
	if a, b := planMark(after.Plan), planMark(before.Plan); a != b {
		m.Text = a
	}
	if n := len(s.marks); n > 0 && s.marks[n-1].Column == c {
		s.marks[n-1] = m
		return
	}
	s.marks = append(s.marks, m)
}

// shown is d in milliseconds, a gap where it is not known.
func shown(d time.Duration) float64 {
	if d == 0 {
		return math.NaN()
	}
	return millis(d)
}

// span is the least and the most of several series.
func span(lists ...[]float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, l := range lists {
		for _, v := range l {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	return lo, hi
}

// most of two series added up.
func most(a, b []float64) float64 {
	top := 0.0
	for i := range a {
		if sum := a[i] + b[i]; sum > top {
			top = sum
		}
	}
	return top
}
