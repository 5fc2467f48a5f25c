package canvas

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// same compares a grid with a picture, whose lines are framed by | and |, so that blanks at their ends are seen.
func same(t *testing.T, g *Grid, want string) {
	t.Helper()
	var got strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(g.String(), "\n"), "\n") {
		got.WriteString("\t" + line + "\n")
	}
	if got.String() != strings.TrimPrefix(want, "\n") {
		t.Errorf("got\n%s\nwant%s", got.String(), want)
	}
}

// plot returns a chart of the given size on a fresh grid.
func plot(w, h int, a func(rows int) Axis, ascii bool) *Plot {
	g := &Grid{}
	g.Reset(w, h)
	r := Rect{W: w, H: h}
	return &Plot{Grid: g, Rect: r, Axis: a(Rows(r)), Labels: 4, ASCII: ascii}
}

func linear(top float64) func(int) Axis  { return func(rows int) Axis { return Linear(top, rows) } }
func logs(lo, hi float64) func(int) Axis { return func(rows int) Axis { return Log(lo, hi, rows) } }
func repeat(n int, v float64) (l []float64) {
	for range n {
		l = append(l, v)
	}
	return l
}

// topple is a run that goes up by a step and then fails more and more.
func topple() (ok, failed []float64) {
	nan := math.NaN()
	ok = []float64{60, 60, 60, nan, nan, 120, 135, 131, 140, 138, 170, 202, 203, 201, 200, 202}
	failed = []float64{0, 0, 0, nan, nan, 0, 0, 0.1, 0, 0, 0, 40, 120, 180, 240, 495}
	return ok, failed
}

func TestStack(t *testing.T) {
	p := plot(24, 9, linear(700), false)
	ok, failed := topple()
	p.Frame(0, 0)
	p.Stack(ok, failed, 1, 2, 3)
	p.Times("0:00", "4:12", 15, []Mark{{5, "135/s"}}, 0, 0)
	same(t, p.Grid, `
	 800│
	 700│               ▒
	 600│               ▒
	 500│               ▒
	 400│             ▒▒▒
	 300│       ▒   ▒▒▒▒▒
	 200│     ▂▃▂▃▃▆█████
	 100│▅▅▅  ███████████
	   0└0:00─^135/s─4:12───
`)
}

func TestStackASCII(t *testing.T) {
	p := plot(24, 9, linear(700), true)
	ok, failed := topple()
	p.Frame(0, 0)
	p.Stack(ok, failed, 1, 2, 3)
	same(t, p.Grid, `
	 800|
	 700|               .
	 600|               .
	 500|               .
	 400|             ...
	 300|       .   .....
	 200|     :::::######
	 100|###  ###########
	   0+-------------------
`)
}

func TestLines(t *testing.T) {
	nan := math.NaN()
	p := plot(24, 7, logs(61, 200), false)
	p.Frame(0, 0)
	p.Level(200, 3)
	p.Line([]float64{61, 61, 62, nan, nan, 61, 60, 62, 61, 61, 62, 90, 120, 250, 260, 240}, Dotted, 1)
	p.Line([]float64{131, 132, 131, nan, nan, 134, 131, 140, 129, 132, 131, 170, 280, 300, 310, 305}, Solid, 2)
	same(t, p.Grid, `
	 320│            ⡖⡉⠍⡉
	    │╌╌╌╌╌╌╌╌╌╌╌╌⡇╌╌╌╌╌╌
	 180│     ⣀ ⣀   ⡏
	    │⠉⠉⠉   ⠉ ⠉⠉⠉ ⠂
	 100│           ⠂
	    │⠄⠄⠄  ⠄⡀⠄⠄⠄⠄
	  56└───────────────────
`)
}

func TestLinesASCII(t *testing.T) {
	p := plot(24, 7, logs(61, 1000), true)
	p.Frame(0, 0)
	p.Level(200, 3)
	p.Line(repeat(16, 61), Dotted, 1)
	p.Line([]float64{131, 132, 131, 130, 131, 134, 131, 140, 129, 132, 131, 170, 580, 600, 610, 605}, Solid, 2)
	p.Times("0:00", "0:16", 15, []Mark{{8, "60u"}, {12, "240u"}}, 0, 0)
	same(t, p.Grid, `
	1800|
	1000|            ****
	 560|
	 320|===================
	 180|************
	 100|................
	  56+0:00----^---0:16---
`)
}

func TestSmall(t *testing.T) {
	g := &Grid{}
	g.Reset(20, 8)
	g.Bar(0, 0, 9, 0.67, false, 0)
	g.Bar(0, 1, 9, 0.67, true, 0)
	g.Bar(0, 2, 9, 1.3, false, 0)
	g.Shares(0, 3, 16, []float64{1.7, 4.4, 58.1}, false, []Style{1, 2, 3})
	g.Shares(0, 4, 16, []float64{0, 40, 60}, true, []Style{1, 2, 3})
	g.Spark(0, 5, 8, []float64{9, 0, 10, 20, 40, math.NaN(), 67, 99, 99}, 100, false, 0)
	g.Spark(0, 6, 8, []float64{0, 10, 20, 40, math.NaN(), 67, 99, 99}, 100, true, 0)
	same(t, g, `
	██████
	######
	█████████
	░▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓
	::::::##########
	▁▁▂▃ ▅██
	.._- +##
	
`)
}

func TestText(t *testing.T) {
	g := &Grid{}
	g.Reset(10, 5)
	if end := g.Text(1, 0, 99, "abcdefghijklm", 1); end != 10 {
		t.Errorf("cut text ends at %d, not at the grid's edge", end)
	}
	g.Text(0, 1, 10, "a\x1b[31mb\tc\nd\u0301\u202e", 0)
	g.Text(0, 2, 10, "日本語日本語", 0)
	g.Set(1, 2, 'x', 0)
	g.Text(0, 3, 3, "日本", 0)
	g.Text(0, -1, 10, "above", 0)
	g.Text(0, 5, 10, "below", 0)
	same(t, g, `
	 abcdefghi
	a[31mbcd
	 x本語日本
	日
	
`)
}

func TestAxisLabels(t *testing.T) {
	tests := []struct {
		name string
		axis Axis
		rows int
		want string
	}{
		{"135 in 6 rows", Linear(150, 6), 6, "0 25 50 75 100 125 150"},
		{"just above", Linear(151, 6), 6, "0 30 60 90 120 150 180"},
		{"nothing", Linear(0, 2), 2, "0 0.5 1"},
		{"tall", Linear(1000, 20), 20, "0   150   300   450   600   750   900  "},
		{"large", Linear(123456, 3), 3, "0 50k 100k 150k"},
		{"p50 to SLO", Log(61, 200, 6), 6, "56  100  180  320"},
		{"wider", Log(32, 1000, 6), 6, "32 56 100 180 320 560 1000"},
		{"thirds", Log(60, 570, 8), 8, "46  100  220  460  1000"},
		{"half decades", Log(11, 9000, 6), 6, "10 32 100 320 1000 3200 10k"},
		{"decades", Log(2, 900_000, 6), 6, "1 10 100 1000 10k 100k 1M"},
		{"one value", Log(100, 100, 9), 9, "56   100   180   320"},
		{"no data", Log(0, 0, 3), 3, "0.56 1 1.8 3.2"},
	}
	for _, tt := range tests {
		var labels []string
		for row := range tt.rows + 1 {
			labels = append(labels, tt.axis.Label(row))
		}
		if got := strings.Join(labels, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.25: "0.25", 0.999: "1", 7.5: "7.5", 99.96: "100", 180: "180", 1200: "1200", 9999.9: "10k", 12_345: "12k",
		999_600: "1M", 3_500_000: "3.5M", 123e6: "123M", 1e9: "1G",
	} {
		if got := Short(v); got != want || len(got) > 4 {
			t.Errorf("Short(%v) = %q, want %q", v, got, want)
		}
	}
}

// Whatever lies within an axis keeps its order, and an axis holds what it was made for.
func FuzzAxis(f *testing.F) {
	f.Add(1.0, 2.0, 6)
	f.Add(61.0, 200.0, 6)
	f.Add(1.0, 99e4, 1)
	f.Fuzz(func(t *testing.T, lo, hi float64, rows int) {
		rows = rows&63 + 3 // no chart has fewer
		if !(lo >= 1 && hi >= lo && hi < 1e6) {
			t.Skip()
		}
		for name, a := range map[string]Axis{"linear": Linear(hi, rows), "log": Log(lo, hi, rows)} {
			if !a.Holds(hi) {
				t.Errorf("%s axis of %d rows for %v..%v does not hold %v", name, rows, lo, hi, hi)
			}
			if a.Height(lo) > a.Height(hi) {
				t.Errorf("%s axis of %d rows turns %v and %v around", name, rows, lo, hi)
			}
			for row := range rows + 1 {
				if l := a.Label(row); Width(l) > 5 {
					t.Errorf("%s axis of %d rows for %v..%v: label %q", name, rows, lo, hi, l)
				}
			}
		}
	})
}

// Charts of any figures and any size stay within their part of the grid.
func TestNothingOutside(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	figures := func() []float64 {
		l := make([]float64, rnd.IntN(80))
		for i := range l {
			l[i] = [...]float64{0, -1, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), rnd.Float64() * 500}[rnd.IntN(7)]
		}
		return l
	}
	for range 2000 {
		g := &Grid{}
		g.Reset(60, 20)
		g.Fill(Rect{W: 60, H: 20}, '@', 9)
		r := Rect{X: 3, Y: 2, W: 6 + rnd.IntN(48), H: 2 + rnd.IntN(14)}
		p := &Plot{Grid: g, Rect: r, Axis: Log(rnd.Float64(), rnd.Float64()*1e4, Rows(r)), Labels: 4, ASCII: rnd.IntN(2) == 0}
		p.Frame(0, 0)
		p.Stack(figures(), figures(), 1, 2, 3)
		p.Line(figures(), Solid, 1)
		p.Level(rnd.Float64()*1e5, 1)
		p.Times("0:00", "12:34:56", rnd.IntN(60), []Mark{{rnd.IntN(60), "240u"}, {rnd.IntN(60), "pause"}}, 0, 0)
		outside(t, g, r)
	}
}

// outside of r nothing may be drawn over the @.
func outside(t *testing.T, g *Grid, r Rect) {
	t.Helper()
	for y := range g.H {
		for x, c := range g.Row(y) {
			inside := x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
			if !inside && c.Rune != '@' {
				t.Fatalf("%q at %d,%d, outside of %+v\n%s", c.Rune, x, y, r, g)
			}
		}
	}
}
