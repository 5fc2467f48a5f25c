package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
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
	for _, w := range segments(&st.Load) {
		if from := sinceStart(st.Info.Started, w.From); from > 0 {
			all = append(all, mark{from, "plan", markText(w)})
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

// markText says what the load is from there on.
func markText(w *runner.Window) string {
	text := plural(w.Plan.Users, "user")
	switch {
	case w.Plan.Paused:
		return "paused"
	case w.Plan.Loop == runner.Open:
		text = shortRate(w.Plan.Rate) + "/s"
	}
	if w.Warmup {
		text += ", warm-up"
	}
	return text
}

// shortRate is a rate as the screen has it: as it was asked for where that is short, else (a search's have decimals without end) without
// those that are noise.
func shortRate(x float64) string {
	const short = 6
	if text := strconv.FormatFloat(x, 'f', -1, 64); len(text) <= short {
		return text
	}
	if x >= 9.95 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
