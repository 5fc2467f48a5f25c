package canvas

import (
	"math"
	"math/rand/v2"
	"testing"
)

// knee is a load that goes up until only the times rise, and its newest point.
func knee() []Point {
	l := []Point{{X: 32, Y: 120, Rough: true}, {X: 63, Y: 124}, {X: 95, Y: 122}, {X: 127, Y: 131}, {X: 158, Y: 150}, {X: 188, Y: 210}}
	for i := range l {
		l[i].Mark = 'o'
	}
	return append(l, Point{X: 198, Y: 420, Mark: '*'}, Point{X: 203, Y: 610, Mark: '*'}, Point{X: 201, Y: 800, Mark: '@'})
}

func TestScatter(t *testing.T) {
	p := plot(40, 9, logs(120, 800), false)
	x := Linear(203, Columns(p.Rect, p.Labels))
	p.Frame(0, 0)
	p.Level(200, 0)
	p.Scatter(x, knee())
	p.Values(x, "TPS", 0)
	same(t, p.Grid, `
	1000│                                 @
	    │                                 *
	 560│
	    │                                 *
	 320│
	    │╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌o╌╌╌
	 180│                          o
	    │    ~o    o    o     o
	 100└0───30───60───90──120──150──180─TPS
`)
}

func TestScatterASCII(t *testing.T) {
	p := plot(24, 7, logs(120, 800), true)
	x := Linear(203, Columns(p.Rect, p.Labels))
	p.Frame(0, 0)
	p.Level(200, 0)
	p.Scatter(x, append(knee(), Point{X: 0, Y: 500, Mark: 'o', Rough: true}))
	p.Values(x, "TPS", 0)
	same(t, p.Grid, `
	1000|               @
	    |o~             *
	 460|              *
	    |
	 220|===========o==o====
	    | ~o o  o o
	 100+0-40-80---160---TPS
`)
}

// octaves are edges each twice the one before.
func octaves(first float64, n int) (edges []float64) {
	for i := range n + 1 {
		edges = append(edges, first*math.Exp2(float64(i)))
	}
	return edges
}

// levels is a ramp that shows each level by its digit.
func levels() (ramp []Cell) {
	for _, r := range "123456789" {
		ramp = append(ramp, Cell{Rune: r})
	}
	return ramp
}

// A bucket as high as some rows fills them, a share of a thousandth is still seen, and a column's colours do not depend on its load.
func TestHeat(t *testing.T) {
	p := plot(16, 7, logs(64, 1000), false)
	p.Frame(0, 0)
	p.Level(500, 0)
	p.Heat(octaves(64, 4), []uint32{
		1000, 0, 0, 0,
		10, 0, 0, 0,
		999, 0, 0, 1,
		0, 0, 0, 0,
		500, 400, 90, 10,
		5, 4, 1, 0,
		0, 0, 10, 990,
	}, levels())
	same(t, p.Grid, `
	1800│  1 1 5
	1000│  1 3 9
	 560│╌╌1╌667╌╌╌╌
	 320│    882
	 180│888 88
	 100│999 88
	  56└───────────
`)
}

func TestHeatLevel(t *testing.T) {
	for _, tt := range []struct {
		share float64
		want  int
	}{{1, 11}, {0.57, 11}, {0.55, 10}, {0.1, 8}, {0.01, 4}, {0.0011, 0}, {0.001, 0}, {1e-9, 0}} {
		if got := heatLevel(tt.share, 12); got != tt.want {
			t.Errorf("share %v is level %d, want %d", tt.share, got, tt.want)
		}
	}
}

// However buckets and rows lie, no request is lost or counted twice.
func TestSpreadKeepsTotal(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		lo := 1 + 100*rnd.Float64()
		rows := 3 + rnd.IntN(30)
		edges := octaves(lo, 1+rnd.IntN(10))
		p := plot(20, rows+1, logs(lo, edges[len(edges)-1]), false)
		counts := make([]uint32, len(edges)-1)
		var want float64
		for i := range counts {
			counts[i] = rnd.Uint32N(1000)
			want += float64(counts[i])
		}
		into := make([]float64, rows)
		total, sum := spread(into, p.heatParts(edges), counts), 0.0
		for _, v := range into {
			sum += v
		}
		if math.Abs(total-want) > 1e-3*want || math.Abs(sum-want) > 1e-3*want {
			t.Fatalf("%v rows of %d buckets hold %v, total %v, want %v", rows, len(counts), sum, total, want)
		}
	}
}

func TestNothingOutsidePoints(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	odd := []float64{0, -1, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), 60, 200}
	for range 2000 {
		g := &Grid{}
		g.Reset(60, 20)
		g.Fill(Rect{W: 60, H: 20}, '@', 9)
		r := Rect{X: 3, Y: 2, W: 6 + rnd.IntN(48), H: 2 + rnd.IntN(14)}
		p := &Plot{Grid: g, Rect: r, Axis: Log(rnd.Float64(), rnd.Float64()*1e4, Rows(r)), Labels: 4}
		x := Linear(odd[rnd.IntN(len(odd))], Columns(r, p.Labels))
		var points []Point
		for range rnd.IntN(20) {
			points = append(points, Point{X: odd[rnd.IntN(len(odd))], Y: odd[rnd.IntN(len(odd))], Mark: 'o', Rough: rnd.IntN(2) == 0})
		}
		p.Frame(0, 0)
		p.Scatter(x, points)
		p.Values(x, "TPS", 0)
		counts := make([]uint32, rnd.IntN(400))
		for i := range counts {
			counts[i] = rnd.Uint32N(3)
		}
		p.Heat(octaves(rnd.Float64()*100, 1+rnd.IntN(9)), counts, levels())
		outside(t, g, r)
	}
}
