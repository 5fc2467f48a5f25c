package tui

import (
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// labelCells is the room for the figures at the left of a chart.
const labelCells = 4

// charts keeps what was drawn, since it changes once a second at most and the numbers beside it more often.
type charts struct {
	scale        int64 // seconds a column, as drawn
	happened     []happening
	tps, latency canvas.Grid
	knee         knee
	drawn        chartKey
}

// chartKey is all that the charts depend on. Equal keys, equal charts.
type chartKey struct {
	tps, latency canvas.Rect
	second       int64
	seconds      int
	scale        int64
	slo          time.Duration
	ascii        bool
	shades       bool // fewer than 256 colours
	view         view
	first        runner.Measure // what streamed answers begin with, see firstOf
	bracket      bracket
	count        uint64 // of the run, when percentiles are shown
	happened     int    // so much
}

// update draws both charts anew when anything about them changed.
func (c *charts) update(load *runner.Snapshot, key chartKey) {
	if n := len(load.Seconds); n > 0 {
		key.second, key.seconds = load.Seconds[n-1].Second, n
	}
	if key.view == percentiles {
		key.count = load.Run.Stats[runner.Response].Count
	}
	if key == c.drawn {
		return
	}
	c.drawn = key
	c.drawTPS(load, key)
	c.drawView(load, key)
}

// measure whose percentiles the lines over time are.
func (k *chartKey) measure() runner.Measure {
	if k.view == firstOverTime {
		return k.first
	}
	return runner.Response
}

// bodyOf is the part of a chart's rectangle below its title.
func bodyOf(r canvas.Rect) canvas.Rect { return canvas.Rect{W: r.W, H: max(r.H-1, 0)} }

// columns that both charts have, so that the same time stands at the same place in both.
func (k *chartKey) columns() int {
	w := min(k.tps.W, k.latency.W)
	if w == 0 { // one of them has all of the room
		w = max(k.tps.W, k.latency.W)
	}
	return canvas.Columns(canvas.Rect{W: w}, labelCells)
}

// series of the run as far as it fits, with what happened in it.
func (c *charts) series(load *runner.Snapshot, key chartKey) series {
	s := gather(load.Seconds, key.columns(), key.scale, key.measure())
	c.scale = s.scale
	if len(s.ok) > 0 {
		s.note(c.happened)
	}
	return s
}

func (c *charts) drawTPS(load *runner.Snapshot, key chartKey) {
	r := bodyOf(key.tps)
	c.tps.Reset(r.W, r.H)
	if r.H < leastChart-1 {
		return
	}
	s := c.series(load, key)
	if len(s.ok) == 0 {
		return
	}
	p := canvas.Plot{Grid: &c.tps, Rect: r, Axis: canvas.Linear(most(s.ok, s.failed), canvas.Rows(r)), Labels: labelCells, ASCII: key.ascii}
	p.Frame(dim, dim)
	p.Stack(s.ok, s.failed, seriesOK, seriesFailed, seriesBoth)
	s.times(&p)
}

func (c *charts) drawLatency(load *runner.Snapshot, key chartKey, r canvas.Rect) {
	s := c.series(load, key)
	if len(s.ok) == 0 {
		return
	}
	lo, hi := span(s.p50, s.p99)
	p := c.latencyPlot(key, r, lo, hi)
	p.Line(s.p50, canvas.Dotted, seriesP50)
	p.Line(s.p99, canvas.Solid, seriesP99)
	s.times(p)
}

// times writes the axis below a chart.
func (s *series) times(p *canvas.Plot) {
	p.Times(axisTime(s.from), axisTime(s.to), s.last, s.marks, dim, strong)
}

// quantileMarks are written below the percentile plot, each where it belongs.
var quantileMarks = [...]struct {
	p    float64
	text string
}{{0.5, "p50"}, {0.9, "p90"}, {0.99, "p99"}, {0.999, "p99.9"}}

// drawQuantiles shows the distribution of the whole run (dotted) and of this Plan (solid): every step to the right is a tenth of the
// requests before it.
func (c *charts) drawQuantiles(load *runner.Snapshot, key chartKey, r canvas.Rect) {
	columns := canvas.Columns(r, labelCells)
	run := quantiles(&load.Run.Stats[runner.Response], columns)
	now := quantiles(&load.Segment.Stats[runner.Response], columns)
	lo, hi := span(run, now)
	p := c.latencyPlot(key, r, lo, hi)
	p.Line(run, canvas.Dotted, seriesP50)
	p.Line(now, canvas.Solid, seriesP99)
	body := p.Body()
	for _, m := range quantileMarks {
		if x := quantileColumn(m.p, columns); x+len(m.text) <= body.W {
			c.latency.Text(body.X+x, body.Y+body.H, body.X+body.W, m.text, dim)
		}
	}
}

// latencySLO is the limit that the chart shows, 0 when there is none.
func latencySLO(rules []sizing.Rule) time.Duration {
	limit, ok := sizing.LatencySLO(rules)
	if !ok {
		return 0
	}
	return limit
}

// firstLimit is the limit on what answers begin with, 0 when there is none.
func firstLimit(m runner.Measure, l runner.Limits) time.Duration {
	if m == runner.FirstToken {
		return l.FirstToken
	}
	return l.FirstByte
}
