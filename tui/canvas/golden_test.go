package canvas

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

var update = flag.Bool("update", false, "write the charts under testdata anew: read each one afterwards")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs: got\n%s\nwant\n%s", path, got, want)
	}
}

// hump rises from least to most and falls again over n columns, with a gap before the last quarter.
func hump(n int, least, most float64) []float64 {
	l := make([]float64, n)
	for i := range l {
		l[i] = least + (most-least)*math.Sin(math.Pi*float64(i)/float64(n))
		if i*4 >= n*3-8 && i*4 < n*3 {
			l[i] = math.NaN()
		}
	}
	return l
}

// kinds of charts, each drawn as the screen does. Its columns are those of a plot with four cells of labels.
var kinds = []struct {
	name string
	axis func(rows int) Axis
	draw func(p *Plot, columns int)
}{
	{"stack", linear(1480), drawStack},
	{"lines", logs(58, 610), drawLines},
	{"percentiles", logs(41, 900), drawPercentiles},
	{"scatter", logs(120, 800), drawScatter},
	{"heat", logs(32, 2048), drawHeat},
}

func drawStack(p *Plot, n int) {
	p.Stack(hump(n, 120, 900), hump(n, 0, 580), 1, 2, 3)
	p.Times("0:00", "59:59", n-1, []Mark{{n / 5, "60u"}, {n / 2, "240u"}, {n/2 + 3, "1200/s"}}, 0, 0)
}

func drawLines(p *Plot, n int) {
	p.Level(200, 0)
	p.Line(hump(n, 61, 180), Dotted, 1)
	p.Line(hump(n, 130, 600), Solid, 2)
	p.Times("0:00", "1:59:59", n-1, []Mark{{n / 3, "pause"}}, 0, 0)
}

// drawPercentiles rises slowly at first and steeply at the end.
func drawPercentiles(p *Plot, n int) {
	run, plan := make([]float64, n), make([]float64, n)
	for i := range n {
		at := float64(i) / float64(n)
		run[i], plan[i] = 41*math.Exp(2.4*at*at), 48*math.Exp(2.9*at*at)
		if at > .8 {
			plan[i] = math.NaN() // too few samples
		}
	}
	p.Level(500, 0)
	p.Line(run, Dotted, 1)
	p.Line(plan, Solid, 2)
}

func drawScatter(p *Plot, n int) {
	x := Linear(203, n)
	p.Level(200, 0)
	p.Scatter(x, knee())
	p.Values(x, "TPS", 0)
}

// drawHeat is one tenth of slow ones beside nine of fast ones, which get slower.
func drawHeat(p *Plot, n int) {
	edges := octaves(32, 6)
	var counts []uint32
	for i := range n {
		slow := uint32(900 * i / n)
		counts = append(counts, 2, 900-slow, slow, 0, 98, uint32(i%2))
	}
	p.Heat(edges, counts, levels())
	p.Times("0:00", "4:12", n-1, nil, 0, 0)
}

// Every kind of chart as wide as a screen and as small as it gets, in ASCII too.
func TestCharts(t *testing.T) {
	for _, k := range kinds {
		for _, size := range []struct {
			name string
			w, h int
		}{{"118x11", 118, 11}, {"40x7", 40, 7}, {"12x4", 12, 4}} {
			for suffix, ascii := range map[string]bool{"": false, "_ascii": true} {
				p := plot(size.w, size.h, k.axis, ascii)
				p.Frame(0, 0)
				k.draw(p, p.Body().W)
				golden(t, k.name+"_"+size.name+suffix, p.Grid.String())
				for _, r := range p.Grid.String() {
					if ascii && r > '~' {
						t.Errorf("%s: %q is not ASCII", k.name, r)
					}
				}
			}
		}
	}
}

// No kind of chart at 118x11 allocates more than 50 KiB, the making of its figures included.
func TestChartsAllocateLittle(t *testing.T) {
	const times = 20
	for _, k := range kinds {
		p := plot(118, 11, k.axis, false)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			p.Grid.Reset(118, 11)
			p.Frame(0, 0)
			k.draw(p, p.Body().W)
		}
		runtime.ReadMemStats(&after)
		if bytes := (after.TotalAlloc - before.TotalAlloc) / times; bytes > 50<<10 {
			t.Errorf("%s: %d bytes", k.name, bytes)
		}
	}
}

// BenchmarkKinds is one chart of each kind at 118x11, the making of its figures included.
func BenchmarkKinds(b *testing.B) {
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			p := plot(118, 11, k.axis, false)
			for b.Loop() {
				p.Grid.Reset(118, 11)
				p.Frame(0, 0)
				k.draw(p, p.Body().W)
			}
		})
	}
}
