package tui

import (
	"fmt"
	"slices"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Columns that only the zoomed table has.
var (
	colMin  = column{"min", 0, 6, func(s *runner.Stats) time.Duration { return s.Min }}
	colMean = column{"mean", 0, 6, func(s *runner.Stats) time.Duration { return s.Mean }}
)

// Cells of the zoomed table's rows.
const (
	measureCells = 11
	windowCells  = 5
	countCells   = 9
	figureCells  = 6
)

// measured are the measures in the order of the zoomed table, with their names in it.
var measured = [...]struct {
	of   runner.Measure
	name string
}{
	{runner.Response, "response"},
	{runner.Service, "from send"},
	{runner.FirstToken, "TTFT"},
	{runner.TokenTime, "TPOT"},
	{runner.FirstByte, "first byte"},
	{runner.ChunkGap, "chunk gap"},
	{runner.FailureLat, "failures"},
	{runner.SendLag, "send lag"},
	{runner.PoolWait, "pool wait"},
}

// zoomColumns for rows of w cells.
func zoomColumns(w int) []column {
	few := []column{colP50, colP99, colMax}
	all := []column{colMin, colMean, colP50, colP90, colP95, colP99, colP999, colMax}
	for _, l := range [][]column{all, all[2:], {colP50, colP95, colP99, colP999, colMax}} {
		if w >= measureCells+windowCells+len(l)*figureCells+countCells {
			return l
		}
	}
	return few
}

// tableText is all that was measured of times, over three windows; below it a row for each plan.
func (f *frame) tableText(w int) text {
	columns := zoomColumns(w)
	t := text{title: "Latency ms"}
	if f.st.Load.Plan.Loop == runner.Open {
		t.title += ", response from schedule"
	}
	head := fmt.Sprintf("%-*s", measureCells+windowCells, "")
	for _, c := range columns {
		head += fmt.Sprintf("%*s", figureCells, c.name)
	}
	if w >= len(head)+countCells {
		head += fmt.Sprintf("%*s", countCells, "n")
	}
	t.head = []row{{{head, dim}}}
	var rows []row
	for _, m := range measured {
		if f.st.Load.Run.Stats[m.of].Count > 0 || f.recent().Stats[m.of].Count > 0 {
			rows = append(rows, f.measureRows(m.name, m.of, columns, w)...)
		}
	}
	if len(rows) == 0 {
		rows = append(rows, row{{"nothing measured yet", plain}})
	}
	rows = append(append(rows, row{}), f.sloRows()...)
	t.list(append(rows, f.planRows(w)...))
	return t
}

// measureRows are one measure over the windows that have it.
func (f *frame) measureRows(name string, m runner.Measure, columns []column, w int) (l []row) {
	load := &f.st.Load
	for _, window := range []struct {
		name string
		of   *runner.Stats
	}{{"10s", &f.recent().Stats[m]}, {"plan", &load.Segment.Stats[m]}, {"run", &load.Run.Stats[m]}} {
		if window.of.Count == 0 && m != runner.Response {
			continue
		}
		line := fmt.Sprintf("%-*s%-*s", measureCells, name, windowCells, window.name)
		for _, text := range figuresInRow(window.of, columns) {
			line += fmt.Sprintf("%*s", figureCells, text)
		}
		if n := fmt.Sprintf("%*d", countCells, window.of.Count); w >= len(line)+countCells {
			line += n
		}
		l = append(l, row{{line, plain}})
		name = ""
	}
	return l
}

// sloRows say how each objective stands, over the last ten seconds and over the run.
func (f *frame) sloRows() (l []row) {
	for i := range f.st.SLOs {
		s := &f.st.SLOs[i]
		text, style := "SLO "+s.Rule.String(), plain
		switch span := spanText(f.loadTime().Sub(s.Since)); s.Now {
		case sizing.Fail:
			text, style = text+" failed "+span, bad
		case sizing.Pass:
			text += " held " + span
		default:
			text += ": too few samples"
		}
		l = append(l, row{{text + "; over the run: " + s.Pass.String(), style}})
	}
	if l != nil {
		l = append(l, row{})
	}
	return l
}

// planRows are the segments of the run, the newest first.
func (f *frame) planRows(w int) []row {
	const wide = 58
	form := "%-8s %-8s%6s%5s%5s%6s"
	if w >= wide {
		form = "%-17s %-10s%8s%6s%6s%8s"
	}
	l := []row{{{fmt.Sprintf(form, "plans", "", "TPS", "p50", "p99", "fail"), dim}}}
	segments := slices.Clip(f.st.Load.Segments)
	if f.st.Load.Segment.To > 0 {
		segments = append(segments, f.st.Load.Segment)
	}
	for _, s := range slices.Backward(segments) {
		when := f.wall(time.Unix(s.From, 0))
		if w >= wide {
			when += "-" + f.wall(time.Unix(s.To, 0))
		}
		r, failed := &s.Stats[runner.Response], percentText(100*s.FailedShare())
		if s.Failed > 0 {
			failed = "!" + failed
		}
		line := fmt.Sprintf(form, when, planText(s.Plan), wholeRate(s.TPS()), figure(r, colP50), figure(r, colP99), failed)
		if s.Warmup {
			line += " warm-up"
		}
		l = append(l, row{{line, plain}})
	}
	return l
}
