package tui

import (
	tea "charm.land/bubbletea/v2"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// view is what the latency chart shows. The key v goes from each to the next.
type view uint8

// The views, in the order of the key.
const (
	overTime      view = iota
	firstOverTime      // where answers are streamed
	overTPS
	percentiles
	heatMap
	numViews
)

// says is what the footer tells of a view that was chosen.
func (v view) says() string {
	return [numViews]string{
		overTime:      "latency: p50 and p99 over time",
		firstOverTime: "latency: until the first token, else the first byte, over time",
		overTPS:       "latency: p99 against TPS, a point for 10 s or more under one plan",
		percentiles:   "latency: percentiles of this plan and of the run",
		heatMap:       "latency: heat map, the share of each column's successes that took so long",
	}[v]
}

// noCharts is said where a key is about them and there are none.
const noCharts = "the window is too small for charts"

// chartless says that the window has no room for charts, whatever is in their place now.
func (m *model) chartless() bool {
	return m.layout.tps.Empty() && m.layout.latency.Empty() && arrange(m.width, m.height).tps.Empty()
}

func (m *model) nextView(string) tea.Cmd {
	if m.chartless() {
		m.complain(noCharts)
		return nil
	}
	m.shown = (m.viewed() + 1) % numViews
	m.shown = m.viewed()
	m.say(m.shown.says())
	return nil
}

// viewed is the view that is shown: that of streamed answers passes for the next where there are none.
func (m *model) viewed() view {
	if m.shown == firstOverTime && firstOf(&m.state().Load) == runner.Response {
		return overTPS
	}
	return m.shown
}

// firstOf is what the answers of a run begin with: the first token where those are counted, else the first byte, and the answer as a whole
// where they are not streamed.
func firstOf(load *runner.Snapshot) runner.Measure {
	for _, m := range [...]runner.Measure{runner.FirstToken, runner.FirstByte} {
		if load.Run.Stats[m].Count > 0 {
			return m
		}
	}
	return runner.Response
}

// drawView draws the latency chart as the key asks for.
func (c *charts) drawView(load *runner.Snapshot, key chartKey) {
	r := bodyOf(key.latency)
	c.latency.Reset(r.W, r.H)
	if r.H < leastChart-1 {
		return
	}
	[numViews]func(*runner.Snapshot, chartKey, canvas.Rect){
		overTime: c.drawLatency, firstOverTime: c.drawLatency, overTPS: c.drawKnee, percentiles: c.drawQuantiles, heatMap: c.drawHeat,
	}[key.view](load, key, r)
}

// latencyPlot has a log axis of milliseconds from lo to hi, and the SLO on it.
func (c *charts) latencyPlot(key chartKey, r canvas.Rect, lo, hi float64) *canvas.Plot {
	if slo := millis(key.slo); slo > 0 && hi > 0 {
		lo, hi = min(lo, slo), max(hi, slo)
	}
	p := &canvas.Plot{Grid: &c.latency, Rect: r, Axis: canvas.Log(lo, hi, canvas.Rows(r)), Labels: labelCells, ASCII: key.ascii}
	p.Frame(dim, dim)
	p.Level(millis(key.slo), seriesSLO)
	return p
}

// viewHeading names the view and its marks.
func (f *frame) viewHeading(r canvas.Rect, key *chartKey) {
	dots, line := f.pick('⠄', '.'), f.pick('⠤', '*')
	name, marks := "Latency ms", []legend{{dots, "p50", seriesP50}, {line, "p99", seriesP99}}
	switch key.view {
	case firstOverTime:
		name = map[runner.Measure]string{runner.FirstByte: "First byte ms", runner.FirstToken: "TTFT ms"}[key.first]
	case overTPS:
		now, plan, past := kneeMarks(f.ascii)
		name, marks = "p99 ms by TPS", []legend{{now, "now", strong}, {plan, "plan", seriesP99}, {past, "past", seriesP50}}
	case percentiles:
		name, marks = "Percentiles ms", []legend{{dots, "run", seriesP50}, {line, "plan", seriesP99}}
	case heatMap:
		name, marks = "Heat map ms", nil
	}
	x := f.heading(r, name) + 1
	if key.view == heatMap {
		x = f.rampLegend(r, x, key.ramp())
	}
	if key.slo > 0 {
		marks = append(marks, legend{f.pick('╌', '='), "SLO", seriesSLO})
	}
	f.legends(r, x, marks)
}
