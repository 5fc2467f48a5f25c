package canvas

import "math"

// Eighths of a cell, filled from the left.
var leftBlocks = [...]rune{' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'}

// Bar draws share (0 to 1) of w cells, from x to the right.
func (g *Grid) Bar(x, y, w int, share float64, ascii bool, s Style) {
	if !(share > 0) || w <= 0 {
		return
	}
	eighths := int(math.Round(min(share, 1) * float64(w) * 8))
	for i := range w {
		part := min(max(eighths-i*8, 0), 8)
		switch {
		case part == 0:
			return
		case !ascii:
			g.Set(x+i, y, leftBlocks[part], s)
		case part >= 4:
			g.Set(x+i, y, '#', s)
		}
	}
}

// Shares draws parts of a whole next to each other in w cells: light, medium and dark, and light again after that. Every part that
// is more than nothing gets a cell, as long as there is room.
func (g *Grid) Shares(x, y, w int, parts []float64, ascii bool, styles []Style) {
	shades := [...]rune{'░', '▒', '▓'}
	if ascii {
		shades = [...]rune{'.', ':', '#'}
	}
	for i, n := range apportion(parts, w) {
		g.Fill(Rect{X: x, Y: y, W: n, H: 1}, shades[i%len(shades)], styles[i%len(styles)])
		x += n
	}
}

// apportion splits w cells by parts; the largest part takes what rounding leaves over or lacks.
func apportion(parts []float64, w int) []int {
	var sum float64
	largest := 0
	for i, p := range parts {
		sum += max(p, 0)
		if p > parts[largest] {
			largest = i
		}
	}
	cells := make([]int, len(parts))
	if sum <= 0 || w <= 0 {
		return cells
	}
	rest := w
	for i, p := range parts {
		if i == largest || p <= 0 {
			continue
		}
		cells[i] = min(max(int(math.Round(p/sum*float64(w))), 1), rest)
		rest -= cells[i]
	}
	cells[largest] += rest
	return cells
}
