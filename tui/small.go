package tui

import (
	"strconv"

	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// smallRows fill a window that has no room for panels, the most wanted first. A panel in all of the room, and what is laid over it, take
// their place.
func (f *frame) smallRows() {
	l := &f.layout
	if !l.zoomed.Empty() || !l.tps.Empty() || !l.latency.Empty() {
		return
	}
	r := l.overlay
	for i, row := range f.smallLines(r.W) {
		if i < r.H {
			f.text(canvas.Rect{X: r.X, Y: r.Y - 1, W: r.W, H: r.H + 1}, i, row.text, row.wrong) // without a title
		}
	}
}

// smallLines are what is loaded and how much, how long it takes, how busy it is, what fails, and what to think of it.
func (f *frame) smallLines(w int) []line {
	asked, lat := f.asked(), &f.recent().Stats[runner.Response]
	load := "  " + asked.label + " " + asked.value
	if !f.over() {
		load += "  in flight " + strconv.Itoa(f.st.Load.InFlight)
	}
	l := []line{
		textLine(cut(f.name(w-1-canvas.Width(load)), max(w-1-canvas.Width(load), leastName), f.ascii)+load, false),
		textLine("p50 "+figure(lat, colP50)+"  p95 "+figure(lat, colP95)+"  p99 "+figure(lat, colP99)+" ms", false),
		f.smallCPU(),
		f.smallErrors(),
	}
	if text, wrong := f.sloStanding(); text != "" {
		l = append(l, textLine(text, wrong))
	}
	if len(f.st.Findings) > 0 {
		first := &f.st.Findings[0]
		l = append(l, textLine(first.Title, first.Severity >= sizing.Warning))
	}
	return l
}

// smallCPU is that of the newest period, or why there is none.
func (f *frame) smallCPU() line {
	p := newest(f.st.Points)
	if p == nil {
		if problems := f.problemLines(f.layout.overlay.W - 2); len(problems) > 0 {
			return textLine("CPU -  "+problems[0].text, problems[0].wrong)
		}
		return f.utilization("CPU", nil, sizing.CPUFull)
	}
	l := f.utilization("CPU", p.CPU, sizing.CPUFull)
	l.text += f.periodText(p)
	return l
}

// smallErrors are the most frequent ones; how many fail of late stands in the status line.
func (f *frame) smallErrors() line {
	classes := byClass(f.st.Load.Errors)
	if len(classes) == 0 {
		return textLine("no errors", false)
	}
	return f.errorLine(classes, 0, true)
}
