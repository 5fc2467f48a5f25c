package canvas

import "math"

// Eighths of a cell, filled from below.
var lowerBlocks = [...]rune{' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// Stack draws columns: lower from the baseline, upper on top of it. Whatever upper has is given at least one cell, so that few
// failures among many successes are still seen. both is the style of a cell that holds some of each: lower's colour on upper's.
func (p *Plot) Stack(lower, upper []float64, ls, us, both Style) {
	body := p.Body()
	for i := range min(len(lower), body.W) {
		if math.IsNaN(lower[i]) {
			continue
		}
		var over float64
		if i < len(upper) && upper[i] > 0 {
			over = upper[i]
		}
		p.column(body, i, p.Axis.Height(lower[i]), p.Axis.Height(lower[i]+over), over > 0, [3]Style{ls, us, both})
	}
}

// column fills column i up to the height split with lower's blocks and from there to top with upper's.
func (p *Plot) column(body Rect, i int, split, top float64, over bool, s [3]Style) {
	eighths := int(math.Round(split * 8))
	full, part := eighths/8, eighths%8
	x, floor := body.X+i, body.Y+body.H
	for row := range full {
		p.Grid.Set(x, floor-1-row, p.block(8), s[0])
	}
	next := full // the first row that holds nothing yet
	if part > 0 {
		p.part(x, floor-1-full, part, over && top >= float64(full+1), s)
		next++
	}
	if !over {
		return
	}
	rows := max(int(math.Round(top)), next+1)
	for row := next; row < min(rows, body.H); row++ {
		p.Grid.Set(x, floor-1-row, p.shade(), s[1])
	}
	if next >= body.H { // no room above: the topmost cell shows it
		p.Grid.Set(x, body.Y, p.shade(), s[1])
	}
}

func (p *Plot) part(x, y, eighths int, shared bool, s [3]Style) {
	style := s[0]
	if shared {
		style = s[2]
	}
	p.Grid.Set(x, y, p.block(eighths), style)
}

func (p *Plot) block(eighths int) rune {
	switch {
	case !p.ASCII:
		return lowerBlocks[eighths]
	case eighths >= 4:
		return '#'
	}
	return ':'
}

// shade is what upper is made of.
func (p *Plot) shade() rune {
	if p.ASCII {
		return '.'
	}
	return '▒'
}
