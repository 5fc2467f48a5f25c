// Package canvas draws text and charts into a grid of cells.
//
// A cell is a rune and the index of a style; what a style looks like is the caller's business, so the same chart is drawn in
// colour, without and, with ASCII set, in 7-bit characters. Nothing here knows escape sequences. Nothing draws outside its grid.
package canvas

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Style is an index into the caller's palette. 0 is plain text.
type Style uint8

// Cell is one place of a terminal's screen. The zero rune marks the second half of a wide character.
type Cell struct {
	Rune  rune
	Style Style
}

// Rect is a part of a Grid, in cells from the top left corner.
type Rect struct{ X, Y, W, H int }

// Empty says that r has no cells.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Grid is W x H cells, row by row.
type Grid struct {
	W, H  int
	cells []Cell
}

// Reset makes g a blank grid of w x h cells and keeps its memory where it suffices.
func (g *Grid) Reset(w, h int) {
	g.W, g.H = max(w, 0), max(h, 0)
	n := g.W * g.H
	if cap(g.cells) < n {
		g.cells = make([]Cell, n)
	}
	g.cells = g.cells[:n]
	for i := range g.cells {
		g.cells[i] = Cell{Rune: ' '}
	}
}

// Row returns row y of g, which may be changed in place.
func (g *Grid) Row(y int) []Cell { return g.cells[y*g.W : (y+1)*g.W] }

// At returns the cell at x, y, blank when that is outside of g.
func (g *Grid) At(x, y int) Cell {
	if x < 0 || y < 0 || x >= g.W || y >= g.H {
		return Cell{Rune: ' '}
	}
	return g.cells[y*g.W+x]
}

// Set writes one narrow rune; outside of g it does nothing. Half of a wide character that it hits becomes blank.
func (g *Grid) Set(x, y int, r rune, s Style) {
	if x < 0 || y < 0 || x >= g.W || y >= g.H {
		return
	}
	row := g.Row(y)
	if row[x].Rune == 0 && x > 0 {
		row[x-1].Rune = ' '
	}
	if x+1 < g.W && row[x+1].Rune == 0 {
		row[x+1].Rune = ' '
	}
	row[x] = Cell{Rune: r, Style: s}
}

// Text writes text from x on, at most to the column before end, and returns the column after what it wrote. What has no
// width by RuneWidth is left out, control characters above all, so foreign text can neither move the cursor nor shift what follows.
func (g *Grid) Text(x, y, end int, text string, s Style) int {
	end = min(end, g.W)
	for _, r := range text {
		w := RuneWidth(r)
		if w == 0 {
			continue
		}
		if x+w > end {
			return x
		}
		g.Set(x, y, r, s)
		if w == 2 {
			g.Set(x+1, y, ' ', s)
			g.secondHalf(x+1, y)
		}
		x += w
	}
	return x
}

func (g *Grid) secondHalf(x, y int) {
	if x > 0 && y >= 0 && x < g.W && y < g.H {
		g.cells[y*g.W+x].Rune = 0
	}
}

// RuneWidth is the number of cells that Text gives r: 0, 1 or 2. It is 0 also where terminals differ, because some join r with what
// stands beside it: halves of flags, skin tones, vowel signs.
func RuneWidth(r rune) int {
	switch {
	case r >= ' ' && r < 0x7f:
		return 1
	case !unicode.IsPrint(r):
		return 0
	}
	w := ansi.StringWidthWc(string(r))
	if w > 2 || ansi.StringWidth("a"+string(r)) != 1+w || ansi.StringWidth(string(r)+"a") != w+1 {
		return 0
	}
	return w
}

// Width is the number of cells that Text gives text.
func Width(text string) int {
	n := 0
	for _, r := range text {
		n += RuneWidth(r)
	}
	return n
}

// Fill writes r into every cell of a.
func (g *Grid) Fill(a Rect, r rune, s Style) {
	for y := a.Y; y < a.Y+a.H; y++ {
		for x := a.X; x < a.X+a.W; x++ {
			g.Set(x, y, r, s)
		}
	}
}

// Paste copies all of from into g, its top left corner at x, y.
func (g *Grid) Paste(from *Grid, x, y int) {
	for row := range from.H {
		if y+row < 0 || y+row >= g.H || x < 0 || x >= g.W {
			continue
		}
		copy(g.Row(y + row)[x:], from.Row(row))
	}
}

// String is the text of g without styles; blanks at the ends of rows are cut.
func (g *Grid) String() string {
	var b strings.Builder
	for y := range g.H {
		var line strings.Builder
		for _, c := range g.Row(y) {
			if c.Rune != 0 {
				line.WriteRune(c.Rune)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
