package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"sagetop/internal/session"
)

// mark is a moment in which something changed.
type mark struct {
	T    float64 `json:"t"`
	Kind string  `json:"kind"` // plan, instances or event
	Text string  `json:"text"`
}

// marksOf changes of the load and of the instances, and of what went wrong.
func marksOf(st *session.State, s *Summary) []mark {
	all := []mark{}
	for i := range s.Load.Segments {
		if g := &s.Load.Segments[i]; g.FromS > 0 {
			all = append(all, mark{g.FromS, "plan", g.mark()})
		}
	}
	since := func(t time.Time) float64 { return math.Round(t.Sub(st.Info.Started).Seconds()) }
	for i, c := range st.Counts {
		if i > 0 {
			all = append(all, mark{since(c.Since), "instances", unitOf(s.Endpoint.Component).Count(c.Instances)})
		}
	}
	for _, e := range st.Events {
		if e.Bad {
			all = append(all, mark{since(e.At), "event", e.Text})
		}
	}
	slices.SortStableFunc(all, func(a, b mark) int { return cmp.Compare(a.T, b.T) })
	return all
}

// mark says what the load is from there on.
func (g *Segment) mark() string {
	switch {
	case g.Paused:
		return "paused"
	case g.Warmup:
		return g.load() + ", warm-up"
	}
	return g.load()
}
