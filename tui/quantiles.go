package tui

import (
	"math"
	"time"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// nines is how far the percentile plot goes: 3.3 is p99.95.
const nines = 3.3

// quantileColumn is where p is drawn.
func quantileColumn(p float64, columns int) int {
	return int(-math.Log10(1-p) / nines * float64(columns))
}

// quantiles are the percentiles of s in milliseconds, one a column, interpolated between those that are known. Those that have too
// few samples are gaps.
func quantiles(s *runner.Stats, columns int) []float64 {
	known := [...]struct {
		p float64
		d time.Duration
	}{{0, s.Min}, {0.5, s.P50}, {0.9, s.P90}, {0.95, s.P95}, {0.99, s.P99}, {0.999, s.P999}}
	out := gaps(columns)
	for i := range known[:len(known)-1] {
		a, b := known[i], known[i+1]
		if s.Trust(b.p) == runner.Hidden || a.d <= 0 {
			break
		}
		from, to := quantileColumn(a.p, columns), quantileColumn(b.p, columns)
		for c := from; c <= min(to, columns-1); c++ {
			along := float64(c-from) / math.Max(float64(to-from), 1)
			out[c] = millis(a.d) * math.Pow(float64(b.d)/float64(a.d), along)
		}
	}
	return out
}

// chartHint is what stands in the middle of a chart without data.
func chartHint(g *canvas.Grid, r canvas.Rect, text string) {
	body := canvas.Rect{X: r.X + labelCells + 1, Y: r.Y + 1, W: r.W - labelCells - 1, H: r.H - 2}
	lines := wrap(text, max(body.W-2, 1))
	for i, line := range lines {
		y := body.Y + (body.H-len(lines))/2 + i
		if y < body.Y || y >= body.Y+body.H {
			continue
		}
		g.Text(body.X+(body.W-canvas.Width(line))/2, y, body.X+body.W, line, plain)
	}
}
