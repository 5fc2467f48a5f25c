package canvas

import "math"

// Plot is a chart in a part of a Grid: labels and an axis at the left, the body, and a baseline with times below. Values are one a
// column of the body, oldest first; NaN is a gap.
type Plot struct {
	Grid   *Grid
	Rect   Rect
	Axis   Axis // of Rows rows
	Labels int  // cells that the labels at the left take
	ASCII  bool
}

// Mark is something that happened at a column.
type Mark struct {
	Column int
	Text   string
}

// Rows of a chart's body, when the whole chart has the height of r.
func Rows(r Rect) int { return max(r.H-1, 1) }

// Columns of a chart's body, when the whole chart has the width of r.
func Columns(r Rect, labels int) int { return max(r.W-labels-1, 1) }

// Body is where the values are drawn.
func (p *Plot) Body() Rect {
	return Rect{X: p.Rect.X + p.Labels + 1, Y: p.Rect.Y, W: Columns(p.Rect, p.Labels), H: Rows(p.Rect)}
}

// Frame draws labels, axis and baseline.
func (p *Plot) Frame(line, label Style) {
	body := p.Body()
	wall, corner, floor := '│', '└', '─'
	if p.ASCII {
		wall, corner, floor = '|', '+', '-'
	}
	for row := 0; row <= body.H; row++ {
		y := body.Y + body.H - row
		p.label(p.Axis.Label(row), y, label)
		p.Grid.Set(body.X-1, y, wall, line)
	}
	p.Grid.Set(body.X-1, body.Y+body.H, corner, line)
	p.Grid.Fill(Rect{X: body.X, Y: body.Y + body.H, W: body.W, H: 1}, floor, line)
}

// label ends right before the axis.
func (p *Plot) label(text string, y int, s Style) {
	end := p.Body().X - 1
	p.Grid.Text(max(end-Width(text), p.Rect.X), y, end, text, s)
}

// Times writes the times of the first and the last column that has data onto the baseline, and the marks between them. A mark that
// has no room for its text keeps its ^.
func (p *Plot) Times(from, to string, last int, marks []Mark, s, mark Style) {
	body := p.Body()
	y, end := body.Y+body.H, body.X+body.W
	free := p.Grid.Text(body.X, y, end, from, s)
	toX := min(max(body.X+last+1-Width(to), free+1), end-Width(to))
	if toX > free {
		p.Grid.Text(toX, y, end, to, s)
	} else {
		toX = end
	}
	for i, m := range marks {
		x := body.X + m.Column
		next := toX
		if i+1 < len(marks) {
			next = min(next, body.X+marks[i+1].Column)
		}
		if x < free || x >= toX {
			continue
		}
		p.Grid.Set(x, y, '^', mark)
		if x+1+Width(m.Text) < next {
			free = p.Grid.Text(x+1, y, next, m.Text, mark)
		}
	}
}

// Level draws a line across the body at v, where v is within the axis.
func (p *Plot) Level(v float64, s Style) {
	if !p.Axis.Holds(v) {
		return
	}
	body := p.Body()
	y := body.Y + body.H - max(int(math.Ceil(p.Axis.Height(v)-1e-9)), 1)
	r := '╌'
	if p.ASCII {
		r = '='
	}
	p.Grid.Fill(Rect{X: body.X, Y: y, W: body.W, H: 1}, r, s)
}
