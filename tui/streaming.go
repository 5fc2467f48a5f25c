package tui

import (
	"slices"

	"sagetop/runner"
)

// latencyRow is a row of the latency table.
type latencyRow struct {
	name string
	of   *runner.Stats
}

// latencyRows are the response time over three windows. A run whose answers are streamed has those of tokens, or else of parts, beside
// it, from the send and over the first window; where there is no room for all, one row is left to what fails, then the plan goes, and
// then the run.
func (f *frame) latencyRows(room int) []latencyRow {
	load, recent := &f.st.Load, f.recent()
	l := []latencyRow{
		{"10s", &recent.Stats[runner.Response]},
		{"plan", &load.Segment.Stats[runner.Response]},
		{"run", &load.Run.Stats[runner.Response]},
	}
	streamed := f.streamRows(recent)
	if len(streamed) == 0 {
		return l
	}
	room -= min(len(load.Errors), 1)
	if room >= len(l)+len(streamed) {
		return append(l, streamed...)
	}
	l = slices.Concat(l[:1], streamed[:2], l[2:])
	return l[:min(len(l), room)]
}

// streamRows are what answers are streamed by; none where they are not.
func (f *frame) streamRows(w *runner.Window) []latencyRow {
	run := &f.st.Load.Run
	switch gap := (latencyRow{"gap", &w.Stats[runner.ChunkGap]}); {
	case run.Stats[runner.FirstToken].Count > 0:
		return []latencyRow{{"ttft", &w.Stats[runner.FirstToken]}, {"tpot", &w.Stats[runner.TokenTime]}, gap}
	case run.Stats[runner.FirstByte].Count > 0:
		return []latencyRow{{"ttfb", &w.Stats[runner.FirstByte]}, gap}
	}
	return nil
}

// yieldFigures are how much of an answer's kind there is: tokens, and requests that kept to all limits of single ones.
func (f *frame) yieldFigures(w *runner.Window) (l []grown) {
	if f.st.Load.Total.Tokens > 0 {
		l = append(l, grown{entry{"tokens", perSecondText(w.TokensPerSecond()), false}, history{of: (*runner.Second).TokensPerSecond, write: perSecondText}})
	}
	if f.st.Info.Limits != (runner.Limits{}) {
		l = append(l, grown{entry{"goodput", rateText(w.Goodput()) + "/s", false}, history{of: (*runner.Second).Goodput, write: perSecondText}})
	}
	return l
}

// withYield puts yieldFigures behind what is done. Where rows are few tokens stand alone, and in place of what is in flight, unless
// that has gone for arrivals that wait.
func (f *frame) withYield(l []entry, w *runner.Window, rows int) []entry {
	const done, inFlight = 1, 2
	figures := f.yieldFigures(w)
	if rows >= leastOpenRows {
		for i := range figures {
			l = slices.Insert(l, done+1+i, figures[i].entry)
		}
		return l
	}
	if f.st.Load.Total.Tokens > 0 && !l[inFlight].wrong {
		l[inFlight] = figures[0].entry
	}
	return l
}
