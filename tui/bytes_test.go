package tui

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"sagetop/runner"
)

// meter counts what Bubble Tea's renderer writes to a terminal of 256 colours, picture after picture.
type meter struct {
	out    bytes.Buffer
	screen *uv.TerminalRenderer
	cells  uv.ScreenBuffer
}

func newMeter(w, h int) *meter {
	m := &meter{cells: uv.NewScreenBuffer(w, h)}
	m.screen = uv.NewTerminalRenderer(&m.out, []string{"TERM=xterm-256color"})
	m.screen.SetColorProfile(colorprofile.ANSI256)
	m.screen.SetFullscreen(true)
	m.screen.SetScrollOptim(true)
	m.screen.Erase()
	return m
}

// show a picture and return how many bytes that took.
func (m *meter) show(content string) int {
	m.cells.Clear()
	uv.NewStyledString(content).Draw(m.cells, m.cells.Bounds())
	m.screen.Render(m.cells.RenderBuffer)
	_ = m.screen.Flush()
	n := m.out.Len()
	m.out.Reset()
	if n > 0 {
		n += len(ansi.SetModeSynchronizedOutput + ansi.ResetModeSynchronizedOutput)
	}
	return n
}

// busyness is how a run goes on: what a second may bring.
type busyness struct {
	name       string
	scene      func() *scene
	ok, failed [2]uint64 // at least, and so many more
	p50, p99   [2]float64
}

var busynesses = []busyness{
	{name: "steady", scene: well, ok: [2]uint64{118, 35}, p50: [2]float64{60, 4}, p99: [2]float64{124, 18}},
	{name: "failing", scene: saturated, ok: [2]uint64{190, 25}, failed: [2]uint64{450, 90}, p50: [2]float64{520, 40}, p99: [2]float64{590, 60}},
	{name: "young", scene: starting, ok: [2]uint64{170, 30}, p50: [2]float64{60, 4}, p99: [2]float64{124, 18}},
}

// goesOn for a second; its spread of times makes a heat map of a few levels.
func (b *busyness) goesOn(s *scene, rnd *rand.Rand) {
	s.segment-- // the same Plan goes on
	s.load(stretch{
		seconds: 1, plan: s.Load.Plan, ok: b.ok[0] + rnd.Uint64N(b.ok[1]), failed: b.failed[0] + rnd.Uint64N(b.failed[1]+1),
		p50: b.p50[0] + b.p50[1]*rnd.Float64(), p99: b.p99[0] + b.p99[1]*rnd.Float64(),
	})
	spreadOut(&s.Load.Seconds[len(s.Load.Seconds)-1])
}

// perSecond is how many bytes a second of a run takes, the first picture left out: four times a second the figures are pulled, and
// once they are new.
func (b *busyness) perSecond(w, h, seconds int, shown view) float64 {
	s, rnd := b.scene(), rand.New(rand.NewPCG(1, 2))
	for i := range s.Load.Seconds {
		spreadOut(&s.Load.Seconds[i])
	}
	c := &fake{st: s.State}
	m := newModel(c, Options{Now: func() time.Time { return s.Now }})
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.shown = shown
	screen, sum := newMeter(w, h), 0
	screen.show(m.View().Content)
	for range seconds {
		b.goesOn(s, rnd)
		for quarter := range 4 {
			s.Load.InFlight = 5 + rnd.IntN(9)
			s.Now = s.Now.Truncate(time.Second).Add(time.Duration(quarter) * tick)
			c.st = s.State
			m.Update(tickMsg{})
			sum += screen.show(m.View().Content)
		}
	}
	return float64(sum) / float64(seconds)
}

// measuredWindows and how many bytes a second they may take: what a slow link still carries without a delay that is felt.
var measuredWindows = []struct {
	w, h int
	most float64
}{{80, 24, 1800}, {120, 36, 3000}, {200, 50, 4500}}

// A screen that goes on costs a remote terminal little, whatever it shows.
func TestBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	failing := busynesses[1]
	for _, window := range measuredWindows {
		for v := range numViews {
			if got := failing.perSecond(window.w, window.h, 6, v); got > window.most {
				t.Errorf("%dx%d, %s: %.0f bytes/s", window.w, window.h, viewNames[v], got)
			}
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	for _, busy := range busynesses {
		for _, window := range measuredWindows {
			for v := range numViews {
				b.Run(busy.name+"/"+strconv.Itoa(window.w)+"x"+strconv.Itoa(window.h)+"/"+viewNames[v], func(b *testing.B) {
					var all []float64
					for b.Loop() {
						all = append(all, busy.perSecond(window.w, window.h, 60, v))
					}
					b.ReportMetric(slices.Max(all), "bytes/s")
				})
			}
		}
	}
}

// A chart that is full stands still for some seconds and then moves by several columns, never without its newest one.
func TestFullChartJumps(t *testing.T) {
	const columns = 113
	s, moved := newScene(), 0
	s.load(stretch{seconds: columns, plan: closed(9), ok: 200, p50: 60, p99: 130})
	before := gather(s.Load.Seconds, columns, 1, runner.Response)
	for range 30 {
		s.segment--
		s.load(stretch{seconds: 1, plan: closed(9), ok: 200, p50: 60, p99: 130})
		now := gather(s.Load.Seconds, columns, 1, runner.Response)
		if now.from != before.from {
			moved++
		}
		if newest := now.from + int64(now.last) + 1; newest != now.to || now.last < columns-4 {
			t.Errorf("after %d s the chart shows %d to %d", now.to, now.from, newest)
		}
		before = now
	}
	if moved != 10 {
		t.Errorf("it moved %d times within 30 s", moved)
	}
}
