package tui

import (
	"slices"
	"strings"
	"testing"

	"sagetop/tui/canvas"
)

// rects are all parts of l that are not empty. The overlay is left out: it is meant to cover others.
func (l *layout) rects() []canvas.Rect {
	all := []canvas.Rect{
		l.line, l.header, l.verdict, l.tps, l.latency, l.client, l.table, l.endpoint, l.zoomed, l.mean, l.size, l.log, l.footer,
	}
	all = append(all, l.dividers...)
	return slices.DeleteFunc(all, canvas.Rect.Empty)
}

func overlap(a, b canvas.Rect) bool {
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

// In no window does anything overlap or stick out, and from 60x10 on every cell has its use.
func TestLayoutOfEverySize(t *testing.T) {
	for w := 1; w <= 300; w++ {
		for h := 1; h <= 100; h++ {
			l := arrange(w, h)
			checkLayout(t, &l, w, h)
			checkParts(t, &l, w, h)
		}
	}
}

// Nor does it with a panel zoomed, and that has all of the room but for a few rows.
func TestZoomedLayoutOfEverySize(t *testing.T) {
	for w := 20; w <= 300; w++ {
		for h := 1; h <= 100; h++ {
			for p := panelTPS; p < numPanels; p++ {
				l, ok := arrangeZoomed(w, h, p)
				if least := map[bool]int{true: leastChart, false: 2}[p.chart()]; ok != (l.overlay.H >= least) {
					t.Fatalf("%dx%d: %v has room: %v", w, h, p, ok)
				}
				checkLayout(t, &l, w, h)
				if whole := arrange(w, h); ok && whole.header != l.header || ok && zoomedRect(&l, p).H < whole.overlay.H-6 {
					t.Fatalf("%dx%d: %v has only %+v", w, h, p, zoomedRect(&l, p))
				}
			}
		}
	}
}

// zoomedRect is where p is in a layout that zooms it.
func zoomedRect(l *layout, p panel) canvas.Rect {
	if p.chart() {
		return l.of(p)
	}
	return l.zoomed
}

func checkLayout(t *testing.T, l *layout, w, h int) {
	used := 0
	rects := l.rects()
	for i, a := range rects {
		if a.X < 0 || a.Y < 0 || a.X+a.W > w || a.Y+a.H > h {
			t.Fatalf("%dx%d: %+v sticks out", w, h, a)
		}
		for _, b := range rects[:i] {
			if overlap(a, b) {
				t.Fatalf("%dx%d: %+v and %+v overlap", w, h, a, b)
			}
		}
		used += a.W * a.H
	}
	if w >= leastWidth && h >= leastHeight && used != w*h {
		t.Fatalf("%dx%d: %d cells have no use", w, h, w*h-used)
	}
}

// checkParts: what is there has the room that it needs, and charts and panels come as a whole.
func checkParts(t *testing.T, l *layout, w, h int) {
	for name, part := range map[string]struct {
		is         canvas.Rect
		wide, high int
		companion  canvas.Rect // that is there with it
	}{
		"tps":      {l.tps, 29, leastChart, l.latency},
		"latency":  {l.latency, 29, leastChart, l.tps},
		"client":   {l.client, 18, panelRows, l.table},
		"table":    {l.table, 31, panelRows, l.endpoint},
		"endpoint": {l.endpoint, 29, endpointRows, l.client},
		"header":   {l.header, leastWidth, 2, l.verdict},
	} {
		if part.is.Empty() != part.companion.Empty() {
			t.Fatalf("%dx%d: %s alone", w, h, name)
		}
		if !part.is.Empty() && (part.is.W < part.wide || part.is.H < part.high) {
			t.Fatalf("%dx%d: %s has %+v", w, h, name, part.is)
		}
	}
	o := l.overlay
	if o.X < 0 || o.Y < 0 || o.X+o.W > w || o.Y+o.H > h || !o.Empty() && overlap(o, l.footer) {
		t.Fatalf("%dx%d: the overlay is at %+v", w, h, o)
	}
}

// No text of a panel is cut, whatever the width.
func TestPanelsHoldTheirText(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	scenes := []*scene{well(), saturated(), crowded()}
	for w := leastWidth; w <= 170; w++ {
		for _, h := range []int{18, 24, 50} {
			for _, s := range scenes {
				m, _ := still(s, w, h, Options{})
				picture(t, m)
				for _, r := range []canvas.Rect{m.layout.client, m.layout.table, m.layout.endpoint} {
					if row, ok := findRune(&m.grid, r, '…'); ok {
						t.Fatalf("%dx%d: a panel's text is cut: %q", w, h, row)
					}
				}
			}
		}
	}
}

// findRune within r, and the row that has it.
func findRune(g *canvas.Grid, r canvas.Rect, want rune) (row string, ok bool) {
	for y := r.Y; y < r.Y+r.H; y++ {
		var b strings.Builder
		for x := r.X; x < r.X+r.W; x++ {
			b.WriteRune(g.At(x, y).Rune)
		}
		if strings.ContainsRune(b.String(), want) {
			return b.String(), true
		}
	}
	return "", false
}

func TestLayout80x24(t *testing.T) {
	l := arrange(80, 24)
	for name, tt := range map[string]struct{ got, want canvas.Rect }{
		"header":   {l.header, canvas.Rect{X: 0, Y: 0, W: 80, H: 2}},
		"verdict":  {l.verdict, canvas.Rect{X: 0, Y: 2, W: 80, H: 2}},
		"tps":      {l.tps, canvas.Rect{X: 0, Y: 4, W: 39, H: 8}},
		"latency":  {l.latency, canvas.Rect{X: 40, Y: 4, W: 40, H: 8}},
		"client":   {l.client, canvas.Rect{X: 0, Y: 12, W: 18, H: 7}},
		"table":    {l.table, canvas.Rect{X: 19, Y: 12, W: 31, H: 7}},
		"endpoint": {l.endpoint, canvas.Rect{X: 51, Y: 12, W: 29, H: 7}},
		"mean":     {l.mean, canvas.Rect{X: 0, Y: 19, W: 80, H: 1}},
		"size":     {l.size, canvas.Rect{X: 0, Y: 20, W: 80, H: 1}},
		"log":      {l.log, canvas.Rect{X: 0, Y: 21, W: 80, H: 2}},
		"footer":   {l.footer, canvas.Rect{X: 0, Y: 23, W: 80, H: 1}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is at %+v, want %+v", name, tt.got, tt.want)
		}
	}
}

// What a smaller window drops: the charts first, then the panels, then all but a line.
func TestLayoutDrops(t *testing.T) {
	tests := []struct {
		w, h                     int
		charts, stacked, panels  bool
		log, line, sideBySideLog bool
	}{
		{200, 50, true, true, true, true, false, true},
		{120, 36, true, true, true, true, false, false},
		{80, 24, true, false, true, true, false, false},
		{80, 21, true, false, true, true, false, false},
		{80, 20, false, false, true, true, false, false},
		{60, 18, false, false, true, false, false, false},
		{80, 11, false, false, false, true, true, false},
		{80, 10, false, false, false, true, true, false},
		{80, 9, false, false, false, false, true, false},
		{59, 50, false, false, false, false, true, false},
	}
	for _, tt := range tests {
		l := arrange(tt.w, tt.h)
		if got := !l.tps.Empty(); got != tt.charts {
			t.Errorf("%dx%d: charts %v", tt.w, tt.h, got)
		}
		if got := tt.charts && l.tps.X == l.latency.X; got != tt.stacked {
			t.Errorf("%dx%d: stacked %v", tt.w, tt.h, got)
		}
		if got := !l.client.Empty() && !l.table.Empty() && !l.endpoint.Empty(); got != tt.panels {
			t.Errorf("%dx%d: panels %v", tt.w, tt.h, got)
		}
		if got := !l.log.Empty(); got != tt.log {
			t.Errorf("%dx%d: log %v", tt.w, tt.h, got)
		}
		if got := !l.line.Empty(); got != tt.line {
			t.Errorf("%dx%d: line %v", tt.w, tt.h, got)
		}
		if l.logTitle != tt.sideBySideLog {
			t.Errorf("%dx%d: log panel %v", tt.w, tt.h, l.logTitle)
		}
	}
}
