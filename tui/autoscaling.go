package tui

import (
	"fmt"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// scalingText is the bounds, and what of it is suspended; without any they are none, and unknown is not none.
func scalingText(st *session.State) string {
	switch a := st.AutoScaling; {
	case a == nil && st.Info.Target.ScalingKnown:
		return "none"
	case a == nil:
		return "-"
	case a.Pause() != "":
		return a.Bounds() + ", " + a.Pause()
	default:
		return a.Bounds()
	}
}

// boundsText is what auto scaling will make of n instances.
func boundsText(st *session.State, n int) string {
	switch a := st.AutoScaling; {
	case a == nil && st.Info.Target.ScalingKnown:
		return "none"
	case a == nil:
		return "not known"
	case a.Paused:
		return scalingText(st)
	case n < a.Min || n > a.Max:
		return scalingText(st) + ": outside of that, it may be undone"
	}
	return scalingText(st) + ": it may change the number again"
}

// scalingPiece has the rules, too, as far as there is room for them.
func (f *frame) scalingPiece(room int) piece {
	const label = "autoscaling "
	short := scalingText(f.st)
	a := f.st.AutoScaling
	if a == nil {
		return piece{label + short, plain}
	}
	aims := short
	for i := range a.Rules {
		aims += ", " + a.Rules[i].Aim()
	}
	least := a.Bounds()
	if a.Paused {
		least = "off"
	}
	for _, text := range []string{a.String(), aims, short} {
		if canvas.Width(label+text) <= room {
			return piece{label + text, plain}
		}
	}
	return piece{label + least, plain}
}

// mostActivities of auto scaling that are described: the log has all.
const mostActivities = 5

// describeScaling says how auto scaling is set, rule by rule, and what it did, the newest first.
func (f *frame) describeScaling(add func(label, text string)) {
	add("autoscaling", scalingText(f.st))
	if a := f.st.AutoScaling; a != nil {
		for i := range a.Rules {
			add("", a.Rules[i].Name+": "+ruleText(&a.Rules[i]))
		}
	}
	all := f.st.Activities
	for i := len(all) - 1; i >= 0 && i >= len(all)-mostActivities; i-- {
		a := &all[i]
		add("", a.Start.In(f.st.Now.Location()).Format(time.TimeOnly)+" "+a.String())
	}
}

func ruleText(p *session.ScalingPolicy) string {
	text := p.Aim() + fmt.Sprintf(", cooldown %.0f s after out", p.Out.Seconds())
	if p.OutOnly {
		return text + ", never in"
	}
	return text + fmt.Sprintf(", %.0f s after in", p.In.Seconds())
}

// happening is something to be marked below the charts.
type happening struct {
	second int64
	text   string
}

// happenings are when auto scaling began to act, and when instances had come or gone.
func happenings(st *session.State) (all []happening) {
	for i := range st.Activities {
		all = append(all, happening{st.Activities[i].Start.Unix(), "auto"})
	}
	unit := "inst"
	if st.Info.Target.Unit() == sizing.Copy {
		unit = "copies"
	}
	for i := 1; i < len(st.Counts); i++ {
		all = append(all, happening{st.Counts[i].Since.Unix(), fmt.Sprintf("%d %s", st.Counts[i].Instances, unit)})
	}
	return all
}

// note marks what happened. A Plan that changed in the same column says more.
func (s *series) note(all []happening) {
	for _, h := range all {
		at := h.second - s.start - s.from
		if at < 0 || at/s.scale > int64(s.last) {
			continue
		}
		s.insert(canvas.Mark{Column: int(at / s.scale), Text: h.text})
	}
}

// insert m where it belongs.
func (s *series) insert(m canvas.Mark) {
	i := 0
	for i < len(s.marks) && s.marks[i].Column < m.Column {
		i++
	}
	switch {
	case i == len(s.marks) || s.marks[i].Column > m.Column:
		s.marks = append(s.marks[:i], append([]canvas.Mark{m}, s.marks[i:]...)...)
	case s.marks[i].Text == "":
		s.marks[i] = m
	}
}
