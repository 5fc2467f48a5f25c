package canvas

// Point is one mark of a scatter plot.
type Point struct {
	X, Y  float64
	Mark  rune
	Style Style
	Rough bool // Y rests on few samples: a ~ stands before the mark
}

// Scatter draws points over an x axis of as many rows as the body has columns. Later points cover earlier ones.
func (p *Plot) Scatter(x Axis, points []Point) {
	body := p.Body()
	for _, pt := range points {
		column := min(int(x.Height(pt.X)), body.W-1)
		y := body.Y + body.H - 1 - p.level(pt.Y, body.H)/4
		p.Grid.Set(body.X+column, y, pt.Mark, pt.Style)
		if pt.Rough {
			p.rough(column, y, pt.Style)
		}
	}
}

// rough puts the ~ before a mark, or behind that where the axis is before it.
func (p *Plot) rough(column, y int, s Style) {
	body := p.Body()
	beside := column - 1
	if beside < 0 {
		beside = min(column+1, body.W-1)
	}
	p.Grid.Set(body.X+beside, y, '~', s)
}

// Values writes the labels of x onto the baseline, each centred on its place, and the unit at the end. A label without room is left out.
func (p *Plot) Values(x Axis, unit string, s Style) {
	body := p.Body()
	y, end := body.Y+body.H, body.X+body.W
	if to := end - Width(unit); to > body.X+2 {
		p.Grid.Text(to, y, end, unit, s)
		end = to - 1
	}
	free := body.X
	for column := range body.W + 1 {
		text := x.Label(column)
		at := body.X + max(column-(Width(text)+1)/2, 0)
		if text != "" && at >= free && at+Width(text) <= end {
			free = p.Grid.Text(at, y, end, text, s) + 1
		}
	}
}
