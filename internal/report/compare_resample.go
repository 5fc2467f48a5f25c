package report

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Of resampling. Seconds that follow each other are alike (queues, other traffic, collections of garbage), so that blocks of them are drawn
// and not single ones: single ones would make intervals too narrow and chance look like a difference. Blocks overlap and wrap around, as in
// the circular block bootstrap of Politis and Romano (1992). They are as long as leaves enough of them: how long seconds stay alike is not
// known, and an interval that is a little too wide misleads nobody.
const (
	resamples    = 1000
	blocks       = 10  // that a run is made of
	fewestPieces = 10  // of which anything is concluded
	mostPieces   = 600 // of a longer run some seconds make up one piece, which bounds time and memory
)

// The figures that are resampled, in the order of a draw.
const (
	drawnTPS = iota
	drawnErrors
	drawnMean
	drawnP50
	drawnP90
	drawnP95
	drawnP99
	drawnP999
	numDrawn
)

// quantilesDrawn are those of drawnP50 and the ones after it.
var quantilesDrawn = [...]float64{.5, .9, .95, .99, .999}

// draw is one set of figures. A latency of no success is NaN.
type draw [numDrawn]float64

// piece of a run: a second or some.
type piece struct {
	ok, failed, length float64
	bins               []uint32 // all of the same range
}

func (p *piece) add(o *piece) {
	p.ok += o.ok
	p.failed += o.failed
	p.length += o.length
	for i, n := range o.bins {
		p.bins[i] += n
	}
}

// figures of p, whose bins begin at the edges.
func (p *piece) figures(edges []float64) (d draw) {
	d[drawnTPS] = p.ok / p.length
	d[drawnErrors] = 100 * p.failed / (p.ok + p.failed)
	for q := range quantilesDrawn {
		d[drawnP50+q] = math.NaN()
	}
	sum, so, k := 0.0, 0.0, 0
	for i, n := range p.bins {
		if n == 0 {
			continue
		}
		from, to := edges[i], edges[i+1]
		sum += float64(n) * (from + to) / 2
		for so += float64(n); k < len(quantilesDrawn) && quantilesDrawn[k]*p.ok <= so; k++ {
			d[drawnP50+k] = to - (to-from)*(so-quantilesDrawn[k]*p.ok)/float64(n)
		}
	}
	d[drawnMean] = sum / p.ok
	return d
}

// draws are what a run's figures come to by its bins, and in resamples of it. Of too short a run there are none.
type draws struct {
	whole draw
	again []draw
}

// resample m. The same seconds and seed give the same.
func (m *measurement) resample(seed uint64) *draws {
	pieces, edges := m.pieces()
	if len(pieces) < fewestPieces {
		return new(draws)
	}
	total := piece{bins: make([]uint32, len(edges)-1)}
	for i := range pieces {
		total.add(&pieces[i])
	}
	d := &draws{whole: total.figures(edges)}
	from := join(pieces, len(pieces)/blocks)
	rng := rand.New(rand.NewPCG(seed, resamples))
	for range resamples {
		clear(total.bins)
		total = piece{bins: total.bins}
		for range blocks {
			total.add(&from[rng.IntN(len(from))])
		}
		d.again = append(d.again, total.figures(edges))
	}
	return d
}

// join makes the block of n pieces that begins with each one.
func join(pieces []piece, n int) []piece {
	joined := make([]piece, len(pieces))
	for i := range joined {
		joined[i].bins = make([]uint32, len(pieces[i].bins))
		for j := range n {
			joined[i].add(&pieces[(i+j)%len(pieces)])
		}
	}
	return joined
}

// pieces of m, and the edges of their bins in milliseconds.
func (m *measurement) pieces() (all []piece, edges []float64) {
	first, last := m.bins()
	for b := first; b <= last+1; b++ {
		edges = append(edges, edge(b))
	}
	each := (len(m.all) + mostPieces - 1) / mostPieces
	for i := range m.all {
		if i%each == 0 {
			all = append(all, piece{bins: make([]uint32, last-first+1)})
		}
		p, one := &all[len(all)-1], &m.all[i]
		p.ok += float64(one.ok)
		p.failed += float64(one.failed)
		p.length += one.length.Seconds()
		for _, b := range one.bins {
			p.bins[b.bin-first] += b.n
		}
	}
	return all, edges
}

// interval of 95 % around what the figure f changed by from a to b: differ says by how much from one value to another, and exact what it is
// by the exact figures. It is false when the runs are too short or a resample had no such figure.
func interval(a, b *draws, f int, exact float64, differ func(from, to float64) float64) (low, high float64, ok bool) {
	if len(a.again) == 0 || len(b.again) == 0 {
		return 0, 0, false
	}
	about := differ(a.whole[f], b.whole[f])
	off := make([]float64, resamples)
	for i := range off {
		off[i] = differ(a.again[i][f], b.again[i][f]) - about
		if math.IsNaN(off[i]) || math.IsInf(off[i], 0) {
			return 0, 0, false
		}
	}
	slices.Sort(off)
	const tail = resamples / 40
	return exact + fewBlocks*off[tail], exact + fewBlocks*off[resamples-1-tail], true
}

// fewBlocks is by how much resamples of so few blocks vary less than runs do: as Student's t with blocks-1 degrees of freedom stands to the
// normal distribution, 2.262 to 1.960, and the deviation within a sample to that around the truth, sqrt(10/9).
const fewBlocks = 2.262 / 1.960 * 1.054
