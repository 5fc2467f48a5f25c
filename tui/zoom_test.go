package tui

import (
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
)

// detailed is saturated, and more is known of its endpoint: percentiles, how many instances, and an unfinished period.
func detailed() *scene {
	s := saturated()
	for i := range s.State.Points {
		p := &s.State.Points[i]
		p.Model.P50, p.Model.P90, p.Model.Max = new(p.Model.Mean*9/10), new(p.Model.Mean*3/2), p.Model.Mean*4
		p.PerInstance = p.Invocations
	}
	s.Counts = []session.Count{{Since: start.Add(-time.Hour), Instances: 1}}
	cpu := s.State.Points[len(s.State.Points)-1].CPU
	s.State.Points = append(s.State.Points, cwmetrics.Point{At: start.Add(6 * time.Minute), Period: time.Minute, CPU: cpu})
	return s
}

func TestZoomPictures(t *testing.T) {
	sizes := []window{{"80x24", 80, 24}, {"120x36", 120, 36}, {"200x50", 200, 50}, {"60x18", 60, 18}, {"40x8", 40, 8}}
	for name, keys := range map[string]string{
		"zoom_tps": "1", "zoom_latency": "2", "zoom_client": "3", "zoom_table": "4", "zoom_endpoint": "5",
	} {
		for _, size := range sizes {
			t.Run(name+"_"+size.name, func(t *testing.T) {
				m, _ := still(detailed(), size.w, size.h, Options{}, strings.Fields(keys)...)
				golden(t, name+"_"+size.name, picture(t, m))
			})
		}
	}
	for name, tt := range map[string]struct {
		scene func() *scene
		keys  string
	}{
		"focus": {well, "tab tab tab"}, "zoom_client_crowded": {crowded, "3"}, "zoom_table_open": {well, "4"},
		"zoom_endpoint_denied": {denied, "5"}, "zoom_endpoint_filtered": {well, "5 / 1 4 : 0 1 enter"},
		"zoom_client_starting": {starting, "3"}, "zoom_client_filtered": {well, "3 / C P U"},
	} {
		m, _ := still(tt.scene(), 80, 24, Options{}, strings.Fields(tt.keys)...)
		golden(t, name+"_80x24", picture(t, m))
	}
}

// The endpoint zoomed after an hour of 10 s periods: only rows that are seen are made.
func BenchmarkZoomedEndpoint(b *testing.B) {
	s := detailed()
	p := s.State.Points[0]
	s.State.Points = nil
	for i := range 360 {
		p.At, p.Period = start.Add(time.Duration(i)*10*time.Second), 10*time.Second
		s.State.Points = append(s.State.Points, p)
	}
	m, _ := still(s, 120, 36, Options{}, "5")
	b.ReportAllocs()
	for b.Loop() {
		m.stale = true
		m.View()
	}
}
