package tui

import (
	"fmt"
	"strconv"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// column of the latency table.
type column struct {
	name  string
	p     float64
	cells int
	of    func(*runner.Stats) time.Duration
}

var (
	colP50  = column{"p50", 0.5, 5, func(s *runner.Stats) time.Duration { return s.P50 }}
	colP90  = column{"p90", 0.9, 6, func(s *runner.Stats) time.Duration { return s.P90 }}
	colP95  = column{"p95", 0.95, 5, func(s *runner.Stats) time.Duration { return s.P95 }}
	colP99  = column{"p99", 0.99, 5, func(s *runner.Stats) time.Duration { return s.P99 }}
	colP999 = column{"p99.9", 0.999, 6, func(s *runner.Stats) time.Duration { return s.P999 }}
	colMax  = column{"max", 0, 6, func(s *runner.Stats) time.Duration { return s.Max }}
)

// columnsFor a table of w cells.
func columnsFor(w int) []column {
	switch {
	case w >= 43:
		return []column{colP50, colP90, colP95, colP99, colP999, colMax}
	case w >= 37:
		return []column{colP50, colP95, colP99, colP999, colMax}
	}
	return []column{colP50, colP95, colP99, colP999}
}

// tablePanel is the latency of successes over three windows, of an open loop from the schedule; where there is room for it, that of
// the first from the send; of streamed answers also their measures, see latencyRows; below it what fails, and how the SLO stands.
func (f *frame) tablePanel() {
	r := f.layout.table
	if r.Empty() {
		return
	}
	open := f.st.Load.Plan.Loop == runner.Open
	name := "Latency ms"
	if open {
		name += " from schedule"
	}
	f.heading(r, name)
	columns := columnsFor(r.W)
	f.tableHead(r, columns)
	load, row := &f.st.Load, 1
	for _, l := range f.latencyRows(r.H - 2 - row) {
		f.tableRow(r, row, l.name, l.of, columns)
		row++
	}
	if open && len(byClass(load.Errors)) < r.H-2-row {
		f.tableRow(r, row, "send", &f.recent().Stats[runner.Service], columns)
		row++
	}
	f.errorRows(r, row, r.H-2)
	f.sloRow(r, r.H-2)
}

func (f *frame) tableHead(r canvas.Rect, columns []column) {
	x := r.X + 4
	for _, c := range columns {
		f.g.Text(x+c.cells-len(c.name), r.Y+1, r.X+r.W, c.name, dim)
		x += c.cells
	}
	f.g.Text(x+5, r.Y+1, r.X+r.W, "n", dim)
}

func (f *frame) tableRow(r canvas.Rect, row int, name string, s *runner.Stats, columns []column) {
	y := r.Y + 1 + row
	if row >= r.H-1 {
		return
	}
	texts := figuresInRow(s, columns)
	start := r.X + 1
	if start+len(name) >= r.X+4+columns[0].cells-canvas.Width(texts[0]) {
		start = r.X // a blank before a long figure
	}
	end := f.g.Text(start, y, r.X+r.W, name, plain)
	edge := r.X + 4
	for i, text := range texts {
		edge += columns[i].cells
		end = f.g.Text(max(edge-canvas.Width(text), end+1), y, r.X+r.W, text, plain)
	}
	n := countText(s.Count)
	f.g.Text(max(edge+6-len(n), end+1), y, r.X+r.W, n, plain)
}

// figuresInRow are in milliseconds, or all in seconds from where one has too many.
func figuresInRow(s *runner.Stats, columns []column) []string {
	write := msText
	for _, c := range columns {
		if s.Trust(c.p) != runner.Hidden && c.of(s) >= secondsFrom {
			write = secondsText
		}
	}
	var texts []string
	for _, c := range columns {
		texts = append(texts, figureIn(write, s, c))
	}
	return texts
}

// figure is a percentile, with ~ before it when it rests on few samples and - when on too few.
func figure(s *runner.Stats, c column) string { return figureIn(msText, s, c) }

func figureIn(write func(time.Duration) string, s *runner.Stats, c column) string {
	switch trust := s.Trust(c.p); {
	case s.Count == 0 || trust == runner.Hidden:
		return "-"
	case trust == runner.Rough:
		return "~" + write(c.of(s))
	}
	return write(c.of(s))
}

// stillSeen is how long after its last request a failure counts as going on.
const stillSeen = 10 * time.Second

// errorRows from row to end, the most frequent first. What has no room is counted in the last one.
func (f *frame) errorRows(r canvas.Rect, row, end int) {
	classes := byClass(f.st.Load.Errors)
	for i := range classes {
		if row >= end {
			return
		}
		l := f.errorLine(classes, i, row == end-1)
		f.text(r, row, l.text, l.wrong)
		row++
	}
}

// errorLine is class i; the last one that is shown counts the others.
func (f *frame) errorLine(classes []classCount, i int, last bool) line {
	c := &classes[i]
	text := fmt.Sprintf("%s: %d", c.name, c.count)
	if left := len(classes) - i - 1; left > 0 && last {
		text += fmt.Sprintf(" +%d (e)", left)
	}
	return textLine(text, f.st.Now.Sub(time.Unix(c.last+1, 0)) < stillSeen)
}

// classCount is how often a class of failures was seen, with its HTTP status.
type classCount struct {
	name  string
	count uint64
	last  int64
}

// byClass merges failures that differ in code and message only. The order is kept.
func byClass(errors []runner.ErrorCount) []classCount {
	var l []classCount
next:
	for _, e := range errors {
		name := e.Class.String()
		if e.HTTPStatus > 0 {
			name += " " + strconv.Itoa(e.HTTPStatus)
		}
		for i := range l {
			if l[i].name == name {
				l[i].count += e.Count
				l[i].last = max(l[i].last, e.Last)
				continue next
			}
		}
		l = append(l, classCount{name, e.Count, e.Last})
	}
	return l
}

// sloRow says for how long the objective has been held or failed: the one that fails longest, else the one that held the least.
func (f *frame) sloRow(r canvas.Rect, row int) {
	if text, wrong := f.sloStanding(); text != "" {
		f.text(r, row, text, wrong)
	}
}

func (f *frame) sloStanding() (text string, wrong bool) {
	s := worstSLO(f.st.SLOs)
	if s == nil {
		return "", false
	}
	name := "SLO " + s.Rule.String()
	if len(f.st.SLOs) > 1 && s.Now == sizing.Pass {
		name = fmt.Sprintf("%d SLOs", len(f.st.SLOs))
	}
	span := spanText(f.loadTime().Sub(s.Since))
	switch s.Now {
	case sizing.Fail:
		return name + " failed " + span, true
	case sizing.Pass:
		return name + " held " + span, false
	}
	return name + ": too few samples", false
}

// loadTime is now, or the end of the load once that is over: what held then does not go on holding.
func (f *frame) loadTime() time.Time {
	n := len(f.st.Load.Seconds)
	if n > 0 && f.st.Phase.LoadOver() {
		return time.Unix(f.st.Load.Seconds[n-1].Second+1, 0)
	}
	return f.st.Now
}

func worstSLO(slos []session.SLO) *session.SLO {
	rank := map[sizing.Verdict]int{sizing.Fail: 2, sizing.Unknown: 1, sizing.Pass: 0}
	var worst *session.SLO
	for i := range slos {
		s := &slos[i]
		switch {
		case worst == nil || rank[s.Now] > rank[worst.Now]:
			worst = s
		case s.Now == worst.Now && (s.Now == sizing.Pass) == s.Since.After(worst.Since) && !s.Since.Equal(worst.Since):
			worst = s
		}
	}
	return worst
}
