package tui

import (
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// One picture at 120x36 with new figures and new charts: pulled, drawn and put together. The slowest in a hundred takes ms-p99.
func BenchmarkFrame(b *testing.B) {
	b.ReportAllocs()
	s := saturated()
	c := &fake{st: s.State}
	m := newModel(c, Options{})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	took := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		begin := time.Now()
		m.charts.drawn = chartKey{} // as if a second had been closed
		m.Update(tickMsg{})
		_ = m.View()
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(millis(took[(len(took)*99-1)/100]), "ms-p99")
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
