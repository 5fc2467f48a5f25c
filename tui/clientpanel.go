package tui

import (
	"fmt"
	"strconv"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// recent is the last ten seconds of the current Plan, or of any where the Plan is newer than a second.
func (f *frame) recent() *runner.Window {
	if f.st.Load.Plan10.Length > 0 {
		return &f.st.Load.Plan10
	}
	return &f.st.Load.Ten
}

// entry is one line of the client's panel.
type entry struct {
	label, value string
	wrong        bool
}

// leastOpenRows are the lines from which an open loop's panel has one of its own for arrivals that wait.
const leastOpenRows = 8

// clientPanel is what the load generator asked for and what came back.
func (f *frame) clientPanel() {
	r := f.layout.client
	if r.Empty() {
		return
	}
	f.heading(r, "Client")
	for i, e := range f.clientEntries(r.H - 1) {
		f.field(r, i, e.label, e.value, e.wrong)
	}
}

// clientEntries are in the order of what matters: what has no room is left out from the end.
func (f *frame) clientEntries(rows int) []entry {
	w, load := f.recent(), &f.st.Load
	cpu, share := "own CPU", "-"
	switch {
	case w.Length == 0:
	case sizing.Crowded(&w.Client):
		cpu, share = "all CPU", wholePercent(w.Client.MachinePercent)
	default:
		share = wholePercent(w.Client.CPUPercent)
	}
	l := []entry{
		f.asked(),
		{"done", rateText(w.TPS()) + "/s", false},
		{"in flight", strconv.Itoa(load.InFlight), false},
		{"failed", failedText(w, f.layout.client.W-len(" failed  ")), w.Failed > 0},
		f.late(w),
		{cpu, share, sizing.OutOfCPU(&w.Client)},
	}
	if load.Plan.Loop == runner.Open {
		more := f.openEntries(w)
		if waiting := more[1]; waiting.wrong && rows < leastOpenRows {
			l[2] = waiting // all users are busy, so what is in flight is known
		}
		l = append(l, more...)
	}
	return append(f.withYield(l, w, rows),
		entry{"total ok", countText(load.Total.OK), false},
		entry{"total failed", countWithin(load.Total.Failed, f.layout.client.W-len(" total failed ")), false},
		entry{"peak 1s", wholeRate(load.Run.Peak) + "/s", false})
}

// openEntries are about users where arrivals need them. An arrival that is being handed to a free user as the second ends does not
// wait.
func (f *frame) openEntries(w *runner.Window) []entry {
	load := &f.st.Load
	wait := &w.Stats[runner.PoolWait]
	return []entry{
		{"users", fmt.Sprintf("%d of %d", load.Users, load.Plan.Users), false},
		{"waiting", strconv.Itoa(load.Last.Due), load.Last.Due > 0 && load.Last.InFlight >= load.Plan.Users},
		{"wait p99", tail(wait), wait.P99 >= sizing.ClientLate},
		sched(w),
	}
}

// asked is the rate or the users wished for; on the way there how many users there are, or an arrow.
func (f *frame) asked() entry {
	p := f.st.Load.Plan
	if p.Loop == runner.Open {
		text := rateText(p.Rate) + "/s"
		if f.st.Load.Last.Ramp {
			text = "-> " + text
		}
		return entry{"rate", text, false}
	}
	text := strconv.Itoa(p.Users)
	now := f.st.Load.Users
	switch {
	case f.over(): // nobody is on the way to anything
		text = strconv.Itoa(now)
	case now != p.Users:
		text = fmt.Sprintf("%d -> %d", now, p.Users)
	}
	return entry{"users", text, false}
}

// failedText is the rate and the share of failures as far as they fit into so many cells; the share is kept the longest.
func failedText(w *runner.Window, cells int) string {
	if w.Failed == 0 {
		return "0   0%"
	}
	rate, share := wholeRate(w.FailedPerSecond()), percentText(100*w.FailedShare())
	for _, text := range []string{rate + "/s " + share, rate + " " + share} {
		if len(text) <= cells {
			return text
		}
	}
	return share
}

// late is how late requests leave; a closed loop has no schedule, so there it is how long a goroutine waits for a core.
func (f *frame) late(w *runner.Window) entry {
	if f.st.Load.Plan.Loop == runner.Closed {
		return sched(w)
	}
	lag := &w.Stats[runner.SendLag]
	return entry{"lag p99", tail(lag), lag.P99 >= sizing.ClientLate}
}

func sched(w *runner.Window) entry {
	text := "-"
	if w.Length > 0 {
		text = withUnit(msText(w.Client.SchedP99))
	}
	return entry{"sched p99", text, w.Client.SchedP99 >= sizing.ClientLate}
}

// tail is the p99 of what delayed requests.
func tail(s *runner.Stats) string { return withUnit(figure(s, colP99)) }
