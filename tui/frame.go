package tui

import (
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/tui/canvas"
)

// frame draws one picture of a State. It has no memory: what changes with keys comes from the model.
type frame struct {
	g      *canvas.Grid
	st     *session.State
	layout layout
	ascii  bool
	frozen bool
}

// pick is the rune for this screen.
func (f *frame) pick(utf8, ascii rune) rune {
	if f.ascii {
		return ascii
	}
	return utf8
}

// dashboard draws everything but the footer.
func (f *frame) dashboard(c *charts) {
	if f.layout.header.Empty() {
		f.statusLine()
		f.smallRows()
		f.charts(c)
		return
	}
	f.header()
	f.verdict()
	f.charts(c)
	f.clientPanel()
	f.tablePanel()
	f.endpointPanel()
	f.dividers()
	if !f.layout.line.Empty() {
		f.figures(f.layout.line, 1)
	}
	f.meanRow()
	f.sizeRow()
	f.logRows()
}

// heading draws a panel's title row and returns the column after the title.
func (f *frame) heading(r canvas.Rect, text string) int {
	f.g.Fill(canvas.Rect{X: r.X, Y: r.Y, W: r.W, H: 1}, f.pick('─', '-'), dim)
	x := f.g.Text(r.X+1, r.Y, r.X+r.W-1, cut(text, r.W-2, f.ascii), title)
	if x < r.X+r.W {
		f.g.Set(x, r.Y, ' ', plain)
	}
	return x + 1
}

// dividers stand between panels and between charts. Where one meets a title row, the two are joined.
func (f *frame) dividers() {
	for _, d := range f.layout.dividers {
		for y := d.Y; y < d.Y+d.H; y++ {
			f.g.Set(d.X, y, f.joint(d, y), dim)
		}
	}
}

// joint is the rune of divider d in row y. Indexed by what it meets: 1 above, 2 below, 4 at the left, 8 at the right.
func (f *frame) joint(d canvas.Rect, y int) rune {
	meets := 0
	if y > d.Y {
		meets |= 1
	}
	if y < d.Y+d.H-1 {
		meets |= 2
	}
	if f.g.At(d.X-1, y).Rune == f.pick('─', '-') {
		meets |= 4
	}
	if f.g.At(d.X+1, y).Rune == f.pick('─', '-') {
		meets |= 8
	}
	if f.ascii {
		return []rune("||||++++++++++++")[meets]
	}
	return []rune("│││││┘┐┤│└┌├─┴┬┼")[meets]
}

// field is a label and a value at the right end of the same row, a blank at least between them. What is wrong has a ! before it.
func (f *frame) field(r canvas.Rect, row int, label, value string, wrong bool) {
	y := r.Y + 1 + row
	if row < 0 || row >= r.H-1 {
		return
	}
	style := plain
	if wrong {
		f.g.Set(r.X, y, '!', bad)
		style = bad
	}
	x := f.g.Text(r.X+1, y, r.X+r.W, label, style) + 1
	x = max(r.X+r.W-1-canvas.Width(value), x)
	f.g.Text(x, y, r.X+r.W, cut(value, r.X+r.W-x, f.ascii), style)
}

// text writes one row of a panel.
func (f *frame) text(r canvas.Rect, row int, text string, wrong bool) {
	y := r.Y + 1 + row
	if row < 0 || row >= r.H-1 {
		return
	}
	style := plain
	if wrong {
		f.g.Set(r.X, y, '!', bad)
		style = bad
	}
	f.g.Text(r.X+1, y, r.X+r.W, cut(text, r.W-1, f.ascii), style)
}

// variant under load, as last described; nil when it is not known.
func (f *frame) variant() *cwmetrics.Variant {
	e := f.endpoint()
	return e.Variant(f.st.Info.Target.Variant)
}

func (f *frame) endpoint() *cwmetrics.Endpoint {
	if f.st.Endpoint != nil {
		return f.st.Endpoint
	}
	return &f.st.Info.Target.Endpoint
}

// expiry of the credentials as last known, zero when they do not expire.
func (f *frame) expiry() time.Time {
	if !f.st.Creds.IsZero() {
		return f.st.Creds
	}
	return f.st.Info.Identity.CredsExpire
}

func (f *frame) charts(c *charts) {
	l := &f.layout
	if !l.tps.Empty() {
		f.tpsChart(l.tps, c)
	}
	if !l.latency.Empty() {
		f.latencyChart(l.latency, c)
	}
}

func (f *frame) tpsChart(r canvas.Rect, c *charts) {
	x := f.heading(r, "TPS "+wholeRate(f.recent().TPS())) + 1
	f.legends(r, x, []legend{{f.pick('█', '#'), "ok", seriesOK}, {f.pick('▒', '.'), "failed", seriesFailed}})
	f.g.Paste(&c.tps, r.X, r.Y+1)
	if f.idle() {
		chartHint(f.g, r, f.startHint())
	}
}

func (f *frame) latencyChart(r canvas.Rect, c *charts) {
	f.viewHeading(r, &c.drawn)
	f.g.Paste(&c.latency, r.X, r.Y+1)
	if f.idle() {
		chartHint(f.g, r, "nothing measured yet")
	}
}

// legend says what a mark in a chart stands for.
type legend struct {
	mark  rune
	name  string
	style canvas.Style
}

// legends stand in a chart's title row from x on, as many as have room.
func (f *frame) legends(r canvas.Rect, x int, marks []legend) {
	for _, m := range marks {
		if x+2+len(m.name) > r.X+r.W-1 {
			return
		}
		f.g.Set(x, r.Y, ' ', plain)
		f.g.Set(x+1, r.Y, m.mark, m.style)
		x = f.g.Text(x+2, r.Y, r.X+r.W-1, m.name, plain)
	}
	f.g.Set(x, r.Y, ' ', plain)
}

// idle says that nothing was sent so far.
func (f *frame) idle() bool {
	return f.st.Load.Total.Sent == 0 && firstActive(f.st.Load.Seconds) == len(f.st.Load.Seconds)
}

// startHint says how load begins.
func (f *frame) startHint() string {
	switch {
	case f.past():
		return "nothing was sent yet"
	case f.st.Phase == session.Scale:
		return "load waits for its " + f.unit().Many()
	case f.st.Info.Payload.None():
		return "load needs a payload (-d)"
	}
	return "+ starts load"
}
