package tui

import (
	"math"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// density is how many responses of each column of s fell into each bucket.
func density(seconds []runner.Second, s *series) []uint32 {
	seconds = seconds[firstActive(seconds):]
	counts := make([]uint32, len(s.ok)*runner.HeatBuckets)
	for i := range seconds {
		since := seconds[i].Second - seconds[0].Second - s.from
		column := int(since / s.scale)
		if since < 0 || column >= len(s.ok) {
			continue
		}
		for b, n := range seconds[i].Heat {
			counts[column*runner.HeatBuckets+b] += n
		}
	}
	return counts
}

// heatEdges are the edges of the buckets in milliseconds.
func heatEdges() []float64 {
	edges := make([]float64, runner.HeatBuckets+1)
	for i := range edges {
		edges[i] = millis(runner.HeatEdge(i))
	}
	return edges
}

// filled is the span from the first to the last bucket that holds anything.
func filled(edges []float64, counts []uint32) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i, n := range counts {
		if b := i % runner.HeatBuckets; n > 0 {
			lo, hi = min(lo, edges[b]), max(hi, edges[b+1])
		}
	}
	return lo, hi
}

// drawHeat shows how the times of successes spread, column by column.
func (c *charts) drawHeat(load *runner.Snapshot, key chartKey, r canvas.Rect) {
	s := c.series(load, key)
	if len(s.ok) == 0 {
		return
	}
	edges, counts := heatEdges(), density(load.Seconds, &s)
	lo, hi := filled(edges, counts)
	p := c.latencyPlot(key, r, lo, hi)
	p.Heat(edges, counts, key.ramp())
	s.times(p)
}

// ramp is what the levels of the heat map look like: colours where there are 256 of them, else marks that get denser.
func (k *chartKey) ramp() []canvas.Cell {
	marks := "·░▒▓█"
	switch {
	case k.ascii:
		marks = ".:-+*#@"
	case !k.shades:
		return colourRamp()
	}
	var l []canvas.Cell
	for _, r := range marks {
		l = append(l, canvas.Cell{Rune: r, Style: plain})
	}
	return l
}

func colourRamp() []canvas.Cell {
	l := make([]canvas.Cell, heatLevels)
	for i := range l {
		l[i] = canvas.Cell{Rune: '█', Style: heatLeast + canvas.Style(i)}
	}
	return l
}

// rampLegend writes the ramp and the shares of a column that its ends stand for, where they have room, and returns the column after it.
func (f *frame) rampLegend(r canvas.Rect, x int, ramp []canvas.Cell) int {
	const least, most, of = " 0.1% ", " 100%", " of a column's successes"
	if len(ramp) == heatLevels { // every other colour will do
		ramp = everyOther(ramp)
	}
	end := r.X + r.W - 1
	used := x + len(least) + len(ramp) + len(most)
	if used > end {
		return x
	}
	x = f.g.Text(x, r.Y, end, least, plain)
	for _, c := range ramp {
		f.g.Set(x, r.Y, c.Rune, c.Style)
		x++
	}
	x = f.g.Text(x, r.Y, end, most, plain)
	if used+len(of)+len(" ╌SLO") <= end {
		x = f.g.Text(x, r.Y, end, of, plain)
	}
	return x
}

// everyOther keeps the last.
func everyOther(ramp []canvas.Cell) (l []canvas.Cell) {
	for i := 1; i < len(ramp); i += 2 {
		l = append(l, ramp[i])
	}
	return l
}
