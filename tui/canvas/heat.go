package canvas

import "math"

// A heat map's ramp spans these decades of a column's share: its first level is a thousandth and less, its last one nearly all.
const heatDecades = 3

// Heat draws a heat map. Column i has counts[i*n:(i+1)*n], n being one less than the edges: so many between two edges, which rise and
// lie within the axis. A cell shows its share of the column's total by a level of the ramp, in equal steps of the logarithm, so that
// a tail of few is seen beside a body of many. A bucket that covers several rows is spread over them. What is empty stays as it is.
func (p *Plot) Heat(edges []float64, counts []uint32, ramp []Cell) {
	body := p.Body()
	n := len(edges) - 1
	if n < 1 || len(ramp) == 0 {
		return
	}
	heights, rows := make([]float64, len(edges)), make([]float64, body.H)
	for i, e := range edges {
		heights[i] = p.Axis.Height(e)
	}
	for i := range min(len(counts)/n, body.W) {
		total := spread(rows, heights, counts[i*n:(i+1)*n])
		for row, v := range rows {
			if v > 0 {
				c := ramp[heatLevel(v/total, len(ramp))]
				p.Grid.Set(body.X+i, body.Y+body.H-1-row, c.Rune, c.Style)
			}
		}
	}
}

// spread the counts between heights over rows, and return their total.
func spread(rows, heights []float64, counts []uint32) (total float64) {
	clear(rows)
	for b, count := range counts {
		low, high := heights[b], heights[b+1]
		if count == 0 || high <= low {
			continue
		}
		total += float64(count)
		for row := int(low); row < len(rows) && float64(row) < high; row++ {
			part := min(high, float64(row+1)) - max(low, float64(row))
			if part < 1e-6 { // an edge between two rows, but for its rounding
				continue
			}
			rows[row] += float64(count) * part / (high - low)
		}
	}
	return total
}

// heatLevel is the level of a share among so many.
func heatLevel(share float64, levels int) int {
	along := 1 + math.Log10(share)/heatDecades
	return min(max(int(along*float64(levels)), 0), levels-1)
}
