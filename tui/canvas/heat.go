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
	parts, rows := p.heatParts(edges), make([]float64, body.H)
	for i := range min(len(counts)/n, body.W) {
		total := spread(rows, parts, counts[i*n:(i+1)*n])
		for row, v := range rows {
			if v > 0 {
				c := ramp[heatLevel(v/total, len(ramp))]
				p.Grid.Set(body.X+i, body.Y+body.H-1-row, c.Rune, c.Style)
			}
		}
	}
}

// heatPart is the share of a bucket that lies in a row.
type heatPart struct {
	bucket, row int
	share       float64
}

// heatParts are the same for every column.
func (p *Plot) heatParts(edges []float64) []heatPart {
	rows := p.Body().H
	parts := make([]heatPart, 0, len(edges)+rows)
	for b := range len(edges) - 1 {
		low, high := p.Axis.Height(edges[b]), p.Axis.Height(edges[b+1])
		for row := int(low); row < rows && float64(row) < high; row++ {
			part := min(high, float64(row+1)) - max(low, float64(row))
			if part < 1e-6 { // an edge between two rows, but for its rounding
				continue
			}
			parts = append(parts, heatPart{b, row, part / (high - low)})
		}
	}
	return parts
}

// spread counts over rows, and return their total.
func spread(rows []float64, parts []heatPart, counts []uint32) (total float64) {
	clear(rows)
	for _, p := range parts {
		v := float64(counts[p.bucket]) * p.share
		rows[p.row] += v
		total += v
	}
	return total
}

// heatLevel is the level of a share among so many.
func heatLevel(share float64, levels int) int {
	along := 1 + math.Log10(share)/heatDecades
	return min(max(int(along*float64(levels)), 0), levels-1)
}
