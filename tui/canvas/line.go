package canvas

import "math"

// Marker is how a line is drawn. The two differ without colour.
type Marker uint8

// The markers.
const (
	Dotted Marker = iota // one dot a column
	Solid                // a closed line
)

// A cell in braille has 2 x 4 dots. Indexed from the lowest.
const brailleBlank = '\u2800'

var (
	leftDots  = [4]rune{0x40, 0x04, 0x02, 0x01}
	rightDots = [4]rune{0x80, 0x20, 0x10, 0x08}
)

// Line draws one value a column. Where two lines share a cell it holds the dots of both and has the style of the later one.
func (p *Plot) Line(values []float64, m Marker, s Style) {
	body := p.Body()
	last := -1
	for i := range min(len(values), body.W) {
		if math.IsNaN(values[i]) {
			last = -1
			continue
		}
		level := p.level(values[i], body.H)
		switch {
		case p.ASCII:
			p.Grid.Set(body.X+i, body.Y+body.H-1-level/4, [...]rune{'.', '*'}[m], s)
		case m == Dotted:
			p.dot(i, level, leftDots, s)
		default:
			p.solid(i, last, level, s)
		}
		last = level
	}
}

// level is v in quarters of a row, within the body.
func (p *Plot) level(v float64, rows int) int {
	return min(max(int(p.Axis.Height(v)*4), 0), rows*4-1)
}

// solid draws column i and joins it with the level of the one before, -1 when that is a gap.
func (p *Plot) solid(i, last, level int, s Style) {
	p.dot(i, level, leftDots, s)
	p.dot(i, level, rightDots, s)
	if last < 0 {
		return
	}
	for l := min(last, level) + 1; l < max(last, level); l++ {
		p.dot(i, l, leftDots, s)
	}
}

func (p *Plot) dot(column, level int, dots [4]rune, s Style) {
	body := p.Body()
	x, y := body.X+column, body.Y+body.H-1-level/4
	was := p.Grid.At(x, y).Rune
	if was < brailleBlank || was > brailleBlank+0xff {
		was = brailleBlank
	}
	p.Grid.Set(x, y, was|dots[level%4], s)
}
