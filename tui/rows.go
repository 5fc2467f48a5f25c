package tui

import (
	"fmt"
	"slices"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// meanRow is where the time of a mean request goes, in the newest period that tells.
func (f *frame) meanRow() {
	r := f.layout.mean
	if r.Empty() {
		return
	}
	p := f.splitPeriod()
	if p == nil {
		f.g.Text(r.X+1, r.Y, r.W, "Mean -", dim)
		return
	}
	s := sizing.NewSplit(p)
	at := sizing.PeriodClock(p.Server.From, p.Server.Period)
	if s.Hidden != "" {
		f.g.Text(r.X+1, r.Y, r.W-1, cut("Mean "+at+" no split: "+s.Hidden, r.W-2, f.ascii), plain)
		return
	}
	text := fmt.Sprintf("Mean %s net+client %s + overhead %s + model %s = %s", at,
		msFine(s.NetClient), msFine(s.Overhead), msFine(s.Model), msFine(s.Total))
	if canvas.Width(text) > r.W-2 {
		text = fmt.Sprintf("Mean %s net %s + OH %s + ML %s = %s", at, msFine(s.NetClient), msFine(s.Overhead), msFine(s.Model), msFine(s.Total))
	}
	x := f.g.Text(r.X+1, r.Y, r.W-1, cut(text, r.W-2, f.ascii), plain) + 1
	f.splitBar(x, r, []float64{millis(s.NetClient), millis(s.Overhead), millis(s.Model)})
}

// splitBar is between two thin walls, where there is room for at least six cells.
func (f *frame) splitBar(x int, r canvas.Rect, parts []float64) {
	w := min(r.W-1-x-2, 60)
	if w < 6 {
		return
	}
	f.g.Set(x, r.Y, f.pick('▕', '['), dim)
	f.g.Shares(x+1, r.Y, w, parts, f.ascii, []canvas.Style{plain, warn, seriesOK})
	f.g.Set(x+1+w, r.Y, f.pick('▏', ']'), dim)
}

// splitPeriod is the newest period that has latencies; it may still turn out to have no split.
func (f *frame) splitPeriod() *sizing.Period {
	for i := len(f.st.Periods) - 1; i >= 0; i-- {
		if s := f.st.Periods[i].Server; s != nil && s.Model != nil && s.Overhead != nil {
			return &f.st.Periods[i]
		}
	}
	return nil
}

// logRows are the newest events, the newest last.
func (f *frame) logRows() {
	r := f.layout.log
	if r.Empty() {
		return
	}
	if f.layout.logTitle {
		f.heading(r, "Log")
		f.logPanel(canvas.Rect{X: r.X, Y: r.Y + 1, W: r.W, H: r.H - 1})
		return
	}
	events := f.st.Events[max(len(f.st.Events)-r.H, 0):]
	for i := range events {
		f.event(&events[i], r.X, r.Y+i, r.X+r.W, cut(events[i].Text, r.W-11, f.ascii))
	}
}

// logPanel has room to show long events whole.
func (f *frame) logPanel(r canvas.Rect) {
	const indent = 10
	first := len(f.st.Events)
	for rows := 0; first > 0; first-- {
		rows += len(wrap(f.st.Events[first-1].Text, r.W-indent-1))
		if rows > r.H {
			break
		}
	}
	y := r.Y
	for i := first; i < len(f.st.Events); i++ {
		e := &f.st.Events[i]
		for n, text := range wrap(e.Text, r.W-indent-1) {
			if n == 0 {
				f.event(e, r.X, y, r.X+r.W, text)
			} else {
				f.g.Text(r.X+indent, y, r.X+r.W, text, plain)
			}
			y++
		}
	}
}

func (f *frame) event(e *session.Event, x, y, end int, text string) {
	style := plain
	if e.Bad {
		f.g.Set(x, y, '!', bad)
		style = bad
	}
	x = f.g.Text(x+1, y, end, e.At.Format(time.TimeOnly), dim)
	f.g.Text(x+1, y, end, text, style)
}

// statusLine is the first row of a small window, and all of one that has no other.
func (f *frame) statusLine() {
	r := f.layout.line
	if r.Empty() {
		return
	}
	x := f.g.Text(r.X, r.Y, r.X+r.W, f.phaseWord(), f.phaseStyle())
	if f.st.Info.Target.Simulated {
		x = f.g.Text(x+1, r.Y, r.X+r.W, "SIM", warn)
	}
	f.figures(r, x+1)
}

// figures in one row, the most wanted first; what has no room is left out.
func (f *frame) figures(r canvas.Rect, x int) {
	w := f.recent()
	lat := &w.Stats[runner.Response]
	pieces := []piece{
		{"TPS " + wholeRate(w.TPS()), plain},
		{"p99 " + figure(lat, colP99), plain},
		{"fail " + percentText(100*w.FailedShare()), plain},
	}
	if w.Failed > 0 {
		pieces[2] = piece{"!" + pieces[2].text, bad}
	}
	cpu := "CPU -"
	if p := newest(f.st.Points); p != nil && p.CPU != nil && p.CPU.Share != nil {
		cpu = "CPU " + percentText(*p.CPU.Share)
	}
	clock := piece{f.clock(), plain}
	pieces = append(pieces, piece{cpu, plain}, piece{planText(f.st.Load.Plan), plain}, clock, piece{"p50 " + figure(lat, colP50), plain})
	if f.past() { // when that was comes first
		pieces = append([]piece{clock}, slices.DeleteFunc(pieces, func(p piece) bool { return p == clock })...)
	}
	for _, p := range pieces {
		if x+canvas.Width(p.text) > r.X+r.W {
			return
		}
		x = f.g.Text(x, r.Y, r.X+r.W, p.text, p.style) + 2
	}
}
