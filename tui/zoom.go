package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"sagetop/tui/canvas"
)

// panel is a part of the screen that can have the focus, or all of the room. Its number is its key.
type panel uint8

// The panels, in the order of their keys.
const (
	noPanel panel = iota
	panelTPS
	panelLatency
	panelClient
	panelTable
	panelEndpoint
	numPanels
)

func (p panel) String() string {
	return [numPanels]string{"none", "TPS", "latency", "client", "latency table", "endpoint"}[p]
}

// chart says that p is drawn to its size; the others are texts, and scroll.
func (p panel) chart() bool { return p == panelTPS || p == panelLatency }

// Rows from which a window has more beside a zoomed panel: the mean and the size row and two of the log, or four.
const (
	zoomRowsHeight = 24
	zoomTallHeight = 36
)

// arrangeZoomed gives p all that is between verdict and footer, but for a few rows at the end where a window is high enough. ok is
// false where p has no room.
func arrangeZoomed(w, h int, p panel) (l layout, ok bool) {
	whole := arrange(w, h)
	body := whole.overlay
	l = layout{header: whole.header, verdict: whole.verdict, footer: whole.footer, overlay: whole.overlay}
	if whole.header.Empty() {
		l.line = whole.line
	}
	if !whole.header.Empty() && h >= zoomRowsHeight {
		log := 2
		if h >= zoomTallHeight {
			log = 4
		}
		body.H -= 2 + log
		y := body.Y + body.H
		l.mean = canvas.Rect{Y: y, W: w, H: 1}
		l.size = canvas.Rect{Y: y + 1, W: w, H: 1}
		l.log = canvas.Rect{Y: y + 2, W: w, H: log}
	}
	least := 2
	if p.chart() {
		least = leastChart
	}
	if body.H < least || p == noPanel {
		return whole, false
	}
	switch p {
	case panelTPS:
		l.tps = body
	case panelLatency:
		l.latency = body
	default:
		l.zoomed = body
	}
	return l, true
}

// of a panel that is not zoomed.
func (l *layout) of(p panel) canvas.Rect {
	return [numPanels]canvas.Rect{{}, l.tps, l.latency, l.client, l.table, l.endpoint}[p]
}

// place arranges the window anew. Where the zoomed panel has no room any more, the others come back until it has.
func (m *model) place() {
	var fits bool
	if m.layout, fits = arrangeZoomed(m.width, m.height, m.zoomed.panel); !fits {
		m.layout = arrange(m.width, m.height)
	}
}

// zoomed is the panel that has all of the room, and where its text stands.
type zoomed struct {
	panel panel
	pager
}

// focuses moves the focus to the next panel that is seen, or the one before. While one is zoomed that is the next one to be so.
func focuses(by int) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		from, room := m.focus, func(p panel) bool { return !m.layout.of(p).Empty() }
		if m.zoomed.panel != noPanel {
			from, room = m.zoomed.panel, m.hasRoom
		}
		switch p := next(from, by, room); {
		case p == noPanel:
			m.complain("no panel has room here: 1 to 5 show one of them")
		case m.zoomed.panel != noPanel:
			m.zoom(p)
		default:
			m.overlay, m.focus = overlay{}, p
			m.say(p.String() + ": enter gives it all of the room")
		}
		return nil
	}
}

// next panel from one on, around, for which there is room; noPanel when there is for none.
func next(from panel, by int, room func(panel) bool) panel {
	for range numPanels {
		from = panel((int(from) + by + int(numPanels)) % int(numPanels))
		if from != noPanel && room(from) {
			return from
		}
	}
	return noPanel
}

func (m *model) hasRoom(p panel) bool {
	_, ok := arrangeZoomed(m.width, m.height, p)
	return ok
}

// zoom gives p all of the room.
func (m *model) zoom(p panel) {
	m.overlay, m.zoomed = overlay{}, zoomed{panel: p}
	m.place()
}

// zoomsTo is the key of a panel: the same again goes back.
func zoomsTo(p panel) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		switch {
		case m.zoomed.panel == p && m.overlay.kind == noOverlay:
			m.unzoom()
		case m.hasRoom(p):
			m.zoom(p)
		default:
			m.complain("the window is too small for that")
		}
		return nil
	}
}

// unzoom shows all panels again.
func (m *model) unzoom() {
	m.zoomed = zoomed{}
	m.place()
}

// zoomFocus is the key that takes what has the focus.
func (m *model) zoomFocus(string) tea.Cmd {
	if m.focus == noPanel {
		m.complain("no panel has the focus: tab moves it, 1 to 5 zoom one")
		return nil
	}
	return zoomsTo(m.focus)(m, "")
}

// drawFocus marks the title of the panel that has the focus.
func (m *model) drawFocus(f *frame) {
	r := f.layout.of(m.focus)
	if r.Empty() || m.zoomed.panel != noPanel {
		return
	}
	f.g.Set(r.X, r.Y, f.pick('▶', '>'), strong)
	row := f.g.Row(r.Y)
	for x := r.X + 1; x < r.X+r.W && row[x].Style == title; x++ {
		row[x].Style = reversed
	}
}

// drawZoomed draws the text of a panel that has all of the room. A chart draws itself.
func (m *model) drawZoomed(f *frame) {
	r := f.layout.zoomed
	if r.Empty() {
		m.chartNote(f)
		return
	}
	var t text
	switch m.zoomed.panel {
	case panelClient:
		rows := r.H - 1
		if m.zoomed.filter != "" {
			rows = 0 // a line for each
		}
		t = f.clientText(r.W-2, rows, m.scale())
	case panelTable:
		t = f.tableText(r.W - 2)
	case panelEndpoint:
		t = f.endpointText(r.W - 2)
	}
	m.zoomed.draw(f, r, &t)
}

// chartNote is figures of a zoomed chart, at the end of its title.
func (m *model) chartNote(f *frame) {
	run, key := &f.st.Load.Run, m.chartKey()
	r, text := f.layout.tps, fmt.Sprintf("run %s/s, peak 1s %s", wholeRate(run.TPS()), wholeRate(run.Peak))
	if m.zoomed.panel == panelLatency {
		s := &f.recent().Stats[key.measure()]
		r, text = f.layout.latency, fmt.Sprintf("10s p50 %s p99 %s", figure(s, colP50), figure(s, colP99))
	}
	if m.zoomed.panel == noPanel || r.Empty() || f.idle() {
		return
	}
	if m.charts.scale > 0 && (m.zoomed.panel == panelTPS || key.view == overTime || key.view == firstOverTime || key.view == heatMap) {
		text += fmt.Sprintf(", %d s a column", m.charts.scale)
	}
	text = " " + text + " "
	from := r.X + r.W - 1 - canvas.Width(text)
	for x := from - 1; x < r.X+r.W; x++ {
		if f.g.At(x, r.Y).Rune != f.pick('─', '-') {
			return // the title is there
		}
	}
	f.g.Text(from, r.Y, r.X+r.W, text, dim)
}
