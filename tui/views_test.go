package tui

import (
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// climbing goes up step by step until more users only wait longer. Its times are spread as those of a server are.
func climbing() *scene {
	s := newScene()
	s.load(
		stretch{seconds: 8, plan: closed(2), ok: 30, p50: 58, p99: 110},
		stretch{seconds: 30, plan: closed(4), ok: 66, p50: 59, p99: 118},
		stretch{seconds: 30, plan: closed(6), ok: 98, p50: 60, p99: 121},
		stretch{seconds: 30, plan: closed(8), ok: 129, p50: 61, p99: 130},
		stretch{seconds: 30, plan: closed(10), ok: 158, p50: 63, p99: 148},
		stretch{seconds: 30, plan: closed(14), ok: 187, p50: 74, p99: 189},
		stretch{seconds: 30, plan: closed(24), ok: 201, p50: 118, p99: 260},
		stretch{seconds: 30, plan: closed(96), ok: 203, p50: 472, p99: 560},
	)
	for i := range s.Load.Seconds {
		spreadOut(&s.Load.Seconds[i])
	}
	s.points(minute{at: 2, cpu: 88, model: 66, modelP99: 170, overhead: 4.4, invocations: ours})
	s.slo("p99<200ms", 560, sizing.Fail, sizing.Fail, 44*time.Second)
	return s
}

// spreadOut makes the buckets of s those of a logarithmic normal distribution with its p50 and p99.
func spreadOut(s *runner.Second) {
	r := &s.Stats[runner.Response]
	mean, deviation := math.Log(millis(r.P50)), math.Log(float64(r.P99)/float64(r.P50))/2.326
	s.Heat = [runner.HeatBuckets]uint32{}
	for i := range s.OK {
		at := math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/float64(s.OK)-1)
		s.Heat[runner.HeatBucket(millisOf(math.Exp(mean+deviation*at)))]++
	}
}

// Each view's title has room for its name and its marks at every size.
func TestPicturesOfViews(t *testing.T) {
	first, tall, wide := window{"80x24", 80, 24}, window{"120x36", 120, 36}, window{"200x50", 200, 50}
	for _, v := range []struct {
		name    string
		presses int
		o       Options
		windows []window
		title   string
	}{
		{"knee", 1, Options{}, []window{first, tall, wide}, "─p99 ms by TPS ─ ◆now ●plan ○past ╌SLO "},
		{"knee_ascii", 1, Options{ASCII: true}, []window{first}, "-p99 ms by TPS - @now *plan .past =SLO "},
		{"heat", 3, Options{}, []window{first, tall, wide}, "─Heat map ms ─ 0.1% ██████ 100%"},
		{"heat_nocolour", 3, Options{NoColor: true}, []window{first, tall}, "─Heat map ms ─ 0.1% ·░▒▓█ 100%"},
		{"heat_ascii", 3, Options{ASCII: true, NoColor: true}, []window{first, tall}, "-Heat map ms - 0.1% .:-+*#@ 100%"},
	} {
		for _, size := range v.windows {
			t.Run(v.name+"_"+size.name, func(t *testing.T) {
				m, _ := still(climbing(), size.w, size.h, v.o, slices.Repeat([]string{"v"}, v.presses)...)
				got := picture(t, m)
				golden(t, v.name+"_"+size.name, got)
				if !strings.Contains(got, v.title) || !strings.Contains(got, "SLO ─") && !strings.Contains(got, "SLO -") {
					t.Errorf("the title is not whole:\n%s", got)
				}
			})
		}
	}
}

// The key goes through all views and comes back to the first.
func TestViewsCycle(t *testing.T) {
	m, _ := still(climbing(), 80, 24, Options{})
	before := picture(t, m)
	for _, title := range []string{"─p99 ms by TPS ─", "─Percentiles ms ─", "─Heat map ms ─", "─Latency ms ─ ⠄p50"} {
		m.Update(press("v"))
		got := picture(t, m)
		if !strings.Contains(got, title) || !strings.Contains(got, " latency: ") {
			t.Errorf("%q is not shown or not told:\n%s", title, got)
		}
	}
	m.flash = flash{}
	m.stale = true
	if got := picture(t, m); got != before {
		t.Errorf("got\n%s\nwant\n%s", got, before)
	}
}

// The heat map's colours get lighter with its levels, or darker on a light background; without 256 of them marks take their place.
func TestHeatColours(t *testing.T) {
	for _, tt := range []struct {
		name string
		msg  tea.Msg
		want string
	}{
		{"256 colours", tea.ColorProfileMsg{Profile: colorprofile.ANSI256}, "38;5;20m█\x1b[m\x1b[38;5;60m█\x1b[m\x1b[38;5;102m█\x1b[m\x1b[38;5;143m█\x1b[m\x1b[38;5;221m█\x1b[m\x1b[38;5;230m█"},
		{"light", tea.BackgroundColorMsg{Color: color.White}, "38;5;180m█\x1b[m\x1b[38;5;108m█\x1b[m\x1b[38;5;67m█"},
		{"16 colours", tea.ColorProfileMsg{Profile: colorprofile.ANSI}, "0.1% ·░▒▓█ 100%"},
	} {
		m, _ := still(climbing(), 80, 24, Options{}, "v", "v", "v")
		m.Update(tt.msg)
		if got := m.View().Content; !strings.Contains(got, tt.want) {
			t.Errorf("%s: no %q in\n%q", tt.name, tt.want, got)
		}
	}
}

// kneeOf is what the chart knows after all seconds of s.
func kneeOf(s *scene) (k knee) {
	k.follow(s.Load.Seconds)
	return k
}

// A spell lasts ten seconds or until its p99 is firm, and never beyond its Plan; what has too few samples has no point.
func TestKneePoints(t *testing.T) {
	s := newScene().load(
		stretch{seconds: 24, plan: closed(9), ok: 200, p50: 60, p99: 130},            // 10, 10 and 4 s
		stretch{seconds: 9, plan: closed(1), ok: 10, p50: 50, p99: 90},               // fewer than 100
		stretch{seconds: 40, plan: closed(3), ok: 30, p50: 55, p99: 100},             // 1000 take longer than 10 s
		stretch{seconds: 5, plan: closed(90), ok: 300, p50: 60, p99: 90, ramp: true}, // on its way
		stretch{seconds: 3, plan: closed(90), ok: 300, p50: 400, p99: 600},
		stretch{seconds: 10, plan: closed(500), ok: 300, p50: 800, p99: 900, ramp: true}, // for ten seconds
	)
	k := kneeOf(s)
	type point struct {
		segment int
		rough   bool
	}
	var got []point
	for _, p := range k.all() {
		got = append(got, point{p.segment, p.rough})
		if want := map[int]float64{1: 200, 3: 30, 5: 300, 6: 300}[p.segment]; math.Abs(p.tps-want) > 0.05*want {
			t.Errorf("%+v: about %v/s were done", p, want)
		}
		if want := map[int]float64{1: 130, 3: 100, 5: 600, 6: 900}[p.segment]; math.Abs(p.p99-want) > 0.08*want {
			t.Errorf("%+v: p99 is about %v", p, want)
		}
	}
	if want := []point{{1, false}, {1, false}, {1, true}, {3, false}, {3, true}, {5, true}, {6, false}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	marks := ""
	for _, m := range k.marked(k.all(), false) {
		marks += string(m.Mark)
	}
	if marks != "○○○○○○◆" {
		t.Errorf("marks are %s", marks)
	}
}

// Seconds that come one by one make the same points, and a picture that is frozen goes back.
func TestKneeFollows(t *testing.T) {
	s := climbing()
	want := kneeOf(s)
	var k knee
	for n := range s.Load.Seconds {
		k.follow(s.Load.Seconds[:n+1])
		k.all()
	}
	if !slices.Equal(k.all(), want.all()) {
		t.Errorf("got %v, want %v", k.all(), want.all())
	}
	k.follow(s.Load.Seconds[:100])
	back := knee{}
	back.follow(s.Load.Seconds[:100])
	if !slices.Equal(k.all(), back.all()) {
		t.Errorf("frozen: got %v, want %v", k.all(), back.all())
	}
}

// Warm-up, pauses, the drain and seconds of two settings are not steady.
func TestKneeLeavesOut(t *testing.T) {
	for name, change := range map[string]func(*runner.Second){
		"warm-up":      func(s *runner.Second) { s.Plan.Warmup = true },
		"pause":        func(s *runner.Second) { s.Plan.Paused = true },
		"drain":        func(s *runner.Second) { s.Draining = time.Second },
		"two settings": func(s *runner.Second) { s.Segments = 2 },
	} {
		s := newScene().load(stretch{seconds: 10, plan: closed(9), ok: 200, p50: 60, p99: 130})
		for i := range s.Load.Seconds {
			change(&s.Load.Seconds[i])
		}
		k := kneeOf(s)
		if l := k.all(); len(l) > 0 {
			t.Errorf("%s: %v", name, l)
		}
	}
}

// Every response is in the heat map's columns, those before what it shows left out.
func TestDensity(t *testing.T) {
	s := climbing()
	for _, scale := range []int64{0, 1, 5, 60} {
		g := gather(s.Load.Seconds, 34, scale, runner.Response)
		counts := density(s.Load.Seconds, &g)
		var got, want uint64
		for _, n := range counts {
			got += uint64(n)
		}
		for i := range s.Load.Seconds {
			if int64(i) >= g.from {
				want += s.Load.Seconds[i].OK
			}
		}
		if got != want || want == 0 {
			t.Errorf("scale %d: %d in the columns, %d done", scale, got, want)
		}
	}
}

// Before there is a point the chart says what one needs.
func TestKneeHint(t *testing.T) {
	s := newScene().load(stretch{seconds: 9, plan: closed(1), ok: 10, p50: 50, p99: 90})
	m, _ := still(s, 80, 24, Options{}, "v")
	if got := picture(t, m); !strings.Contains(got, "a point needs 100 successes") {
		t.Errorf("no hint:\n%s", got)
	}
}

// What it takes to draw each view at 118x11, the seconds being gathered for it; those of the knee were looked at before.
func BenchmarkViews(b *testing.B) {
	for v, name := range []string{"over time", "first over time", "knee", "percentiles", "heat map"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			s := climbing()
			r := canvas.Rect{W: 118, H: 12}
			var c charts
			for b.Loop() {
				c.drawView(&s.Load, chartKey{tps: r, latency: r, view: view(v), slo: 200 * time.Millisecond})
			}
		})
	}
}
