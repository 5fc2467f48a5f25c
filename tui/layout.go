package tui

import "sagetop/tui/canvas"

// Sizes that decide what is shown.
const (
	leastWidth, leastHeight = 60, 10  // below: one status line
	wideWidth, wideHeight   = 160, 40 // from here on: panels at the left, charts in the centre, the log at the right
	sideWidth               = 80      // below: the endpoint's panel stands under the others
	leastChart              = 5       // rows of a chart with its title and axis
	stackRows               = 16      // rows for both charts from which one stands above the other
	panelRows               = 7       // title and six lines
	morePanelRows           = 3       // that panels get before stacked charts get more
	clientRows              = 13      // of the client's panel where it stands above the others
	endpointRows            = 4       // the same for the endpoint's panel under the others
)

// layout says where everything is. What has no place is empty. Nothing overlaps, and nothing lies outside of the window.
type layout struct {
	line     canvas.Rect // the one status line of a small window, or the figures of one without panels
	header   canvas.Rect
	verdict  canvas.Rect
	tps      canvas.Rect // title, body, axis
	latency  canvas.Rect
	client   canvas.Rect // title, lines
	table    canvas.Rect
	endpoint canvas.Rect
	mean     canvas.Rect
	size     canvas.Rect
	log      canvas.Rect
	logTitle bool // the log is a panel
	footer   canvas.Rect
	zoomed   canvas.Rect // a panel's text in all of the room
	overlay  canvas.Rect // what help and the like cover
	dividers []canvas.Rect
}

// arrange is a function of the window's size alone.
func arrange(w, h int) layout {
	switch {
	case w <= 0 || h <= 0:
		return layout{}
	case w < leastWidth || h < leastHeight:
		return arrangeLine(w, h)
	}
	l := layout{
		header:  canvas.Rect{W: w, H: 2},
		verdict: canvas.Rect{Y: 2, W: w, H: 2},
		footer:  canvas.Rect{Y: h - 1, W: w, H: 1},
		overlay: canvas.Rect{Y: 4, W: w, H: h - 5},
	}
	if w >= wideWidth && h >= wideHeight {
		l.arrangeWide(w, h)
	} else {
		l.arrangeTall(w, h)
	}
	return l
}

func arrangeLine(w, h int) layout {
	l := layout{line: canvas.Rect{W: w, H: 1}}
	if h > 1 {
		l.footer = canvas.Rect{Y: h - 1, W: w, H: 1}
		l.overlay = canvas.Rect{Y: 1, W: w, H: h - 2}
	}
	return l
}

// arrangeTall stacks: charts, panels, rows. Where it gets tight, the charts go first, then log and size row, then the panels.
func (l *layout) arrangeTall(w, h int) {
	panels, mean, size, log := panelRows, 1, 1, 2
	if w < sideWidth {
		panels += endpointRows
	}
	rest := h - 5 - panels - mean - size - log
	charts := rest
	if rest < leastChart {
		charts = 0
		log += rest
	}
	if log < 0 {
		size, log = 0, log+1
	}
	if log < 0 {
		mean, log = 0, log+1
	}
	if log < 0 { // the panels go, and a line of figures takes their place
		l.line = canvas.Rect{Y: 4, W: w, H: 1}
		panels, mean, size = 0, 1, 1
		log = h - 5 - 1 - mean - size
	}
	if spare := min(charts-stackRows-1, morePanelRows); spare > 0 {
		panels, charts = panels+spare, charts-spare
	}
	if spare := charts - 2*stackRows; spare > 0 {
		more := min(spare/3, 6)
		panels, log, charts = panels+more, log+more, charts-2*more
	}
	y := 4 + l.line.H
	l.placeCharts(canvas.Rect{Y: y, W: w, H: charts})
	y += charts
	l.placePanels(canvas.Rect{Y: y, W: w, H: panels})
	y += panels
	l.mean = canvas.Rect{Y: y, W: w, H: mean}
	l.size = canvas.Rect{Y: y + mean, W: w, H: size}
	l.log = canvas.Rect{Y: y + mean + size, W: w, H: log}
}

// placeCharts sets the charts beside each other, or one above the other where there is height for both.
func (l *layout) placeCharts(r canvas.Rect) {
	switch {
	case r.H < leastChart:
		return
	case r.H >= stackRows:
		l.tps = canvas.Rect{X: r.X, Y: r.Y, W: r.W, H: (r.H + 1) / 2}
		l.latency = canvas.Rect{X: r.X, Y: r.Y + l.tps.H, W: r.W, H: r.H / 2}
		return
	}
	left := (r.W - 1) / 2
	l.tps = canvas.Rect{X: r.X, Y: r.Y, W: left, H: r.H}
	l.divide(r.X+left, r.Y, r.H)
	l.latency = canvas.Rect{X: r.X + left + 1, Y: r.Y, W: r.W - left - 1, H: r.H}
}

// placePanels gives what is wider than 80 columns to all three.
func (l *layout) placePanels(r canvas.Rect) {
	if r.H <= 0 {
		return
	}
	extra := max(r.W-sideWidth, 0)
	client := 18 + min(extra/4, 8)
	table := 31 + min(extra/3, 14)
	h := r.H
	if r.W < sideWidth {
		table = r.W - client - 1
		h = r.H - endpointRows
	}
	l.client = canvas.Rect{X: r.X, Y: r.Y, W: client, H: h}
	l.divide(r.X+client, r.Y, h)
	l.table = canvas.Rect{X: r.X + client + 1, Y: r.Y, W: table, H: h}
	if r.W < sideWidth {
		l.endpoint = canvas.Rect{X: r.X, Y: r.Y + h, W: r.W, H: endpointRows}
		return
	}
	x := l.table.X + table
	l.divide(x, r.Y, h)
	l.endpoint = canvas.Rect{X: x + 1, Y: r.Y, W: r.X + r.W - x - 1, H: h}
}

// arrangeWide has three columns: panels, charts, log.
func (l *layout) arrangeWide(w, h int) {
	const left = 38
	right := min(max(w/4, 40), 64)
	body := canvas.Rect{Y: 4, W: w, H: h - 4 - 3}
	rows := body.H - clientRows
	l.client = canvas.Rect{Y: body.Y, W: left, H: clientRows}
	l.table = canvas.Rect{Y: body.Y + clientRows, W: left, H: rows / 2}
	l.endpoint = canvas.Rect{Y: body.Y + clientRows + rows/2, W: left, H: rows - rows/2}
	l.divide(left, body.Y, body.H)
	l.placeCharts(canvas.Rect{X: left + 1, Y: body.Y, W: w - left - right - 2, H: body.H})
	l.divide(w-right-1, body.Y, body.H)
	l.log, l.logTitle = canvas.Rect{X: w - right, Y: body.Y, W: right, H: body.H}, true
	l.mean = canvas.Rect{Y: h - 3, W: w, H: 1}
	l.size = canvas.Rect{Y: h - 2, W: w, H: 1}
}

func (l *layout) divide(x, y, h int) {
	l.dividers = append(l.dividers, canvas.Rect{X: x, Y: y, W: 1, H: h})
}
