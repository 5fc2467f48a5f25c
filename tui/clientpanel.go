package tui

import (
	"fmt"
	"strconv"

	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// recent is the last ten seconds of the current Plan, or of any where the Plan is newer than a second.
func (f *frame) recent() *runner.Window {
	if f.st.Load.Plan10.Length > 0 {
		return &f.st.Load.Plan10
	}
	return &f.st.Load.Ten
}

// clientPanel is what the load generator asked for and what came back.
func (f *frame) clientPanel() {
	r := f.layout.client
	if r.Empty() {
		return
	}
	f.heading(r, "Client")
	w := f.recent()
	f.asked(r)
	f.field(r, 1, "done", rateText(w.TPS())+"/s", false)
	f.field(r, 2, "in flight", strconv.Itoa(f.st.Load.InFlight), false)
	f.field(r, 3, "failed", failedText(w), w.Failed > 0)
	f.lag(r, w)
	own := "-"
	if w.Length > 0 {
		own = wholePercent(w.Client.CPUPercent)
	}
	f.field(r, 5, "own CPU", own, w.Client.CPUPercent >= sizing.ClientBusy)
	f.field(r, 6, "total ok", countText(f.st.Load.Total.OK), false)
	f.field(r, 7, "total failed", countText(f.st.Load.Total.Failed), false)
	f.field(r, 8, "peak 1s", wholeRate(f.st.Load.Run.Peak)+"/s", false)
}

// asked is the rate or the users wished for, and on the way there how many there are.
func (f *frame) asked(r canvas.Rect) {
	p := f.st.Load.Plan
	if p.Loop == runner.Open {
		f.field(r, 0, "rate", rateText(p.Rate)+"/s", false)
		return
	}
	text := strconv.Itoa(p.Users)
	if now := f.st.Load.Users; now != p.Users {
		text = fmt.Sprintf("%d -> %d", now, p.Users)
	}
	f.field(r, 0, "users", text, false)
}

func failedText(w *runner.Window) string {
	if w.Failed == 0 {
		return "0   0%"
	}
	return wholeRate(w.FailedPerSecond()) + "/s " + percentText(100*w.FailedShare())
}

// lag is how late requests leave; a closed loop has no schedule, so there it is how long a goroutine waits for a core.
func (f *frame) lag(r canvas.Rect, w *runner.Window) {
	label, late := "sched p99", w.Client.SchedP99
	if lag := &w.Stats[runner.SendLag]; lag.Count > 0 {
		label, late = "lag p99", lag.P99
	}
	text := "-"
	if w.Length > 0 {
		text = msText(late) + "ms"
	}
	f.field(r, 4, label, text, late >= sizing.ClientLate)
}
