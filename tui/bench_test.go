package tui

import (
	"runtime"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// One picture at 120x36 with new figures and new charts, of each view: pulled, drawn and put together. The slowest in a hundred takes
// ms-p99.
func BenchmarkFrame(b *testing.B) {
	for v, name := range viewNames {
		b.Run(name, func(b *testing.B) { benchmarkFrame(b, view(v)) })
	}
}

var viewNames = [numViews]string{"lines", "first", "knee", "percentiles", "heat"}

func benchmarkFrame(b *testing.B, shown view) {
	b.ReportAllocs()
	m := longRun(shown)
	took := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		begin := time.Now()
		nextFrame(m)
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(millis(took[(len(took)*99-1)/100]), "ms-p99")
}

// longRun is a run of seven minutes with all that may fail, on a screen of 120x36.
func longRun(shown view) *model {
	s := saturated()
	for i := range s.Load.Seconds {
		spreadOut(&s.Load.Seconds[i])
	}
	m := newModel(&fake{st: s.State}, Options{})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	m.shown = shown
	return m
}

// nextFrame is drawn as if a second had been closed.
func nextFrame(m *model) {
	m.charts.drawn = chartKey{}
	m.Update(tickMsg{})
	_ = m.View()
}

// A picture allocates at most 150 KiB, whatever it shows.
func TestFramesAllocateLittle(t *testing.T) {
	const times = 50
	for v := range numViews {
		m := longRun(v)
		nextFrame(m)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			nextFrame(m)
		}
		runtime.ReadMemStats(&after)
		if bytes := (after.TotalAlloc - before.TotalAlloc) / times; bytes > 150<<10 {
			t.Errorf("%s: %d bytes", viewNames[v], bytes)
		}
	}
}

// The same between two closed seconds.
func BenchmarkFrameNumbers(b *testing.B) {
	b.ReportAllocs()
	c := &fake{st: saturated().State}
	m := newModel(c, Options{})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	for b.Loop() {
		m.Update(tickMsg{})
		_ = m.View()
	}
}
