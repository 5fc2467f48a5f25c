package tui

import (
	"fmt"
	"strings"

	"sagetop/internal/session"
	"sagetop/tui/canvas"
)

// drawQuestion is all that belongs to a yes, above the line in which it is asked.
func (m *model) drawQuestion(f *frame) {
	if m.prompt == nil || !m.prompt.yesNo() {
		return
	}
	r := m.layout.overlay
	var word string
	var lines []piece
	switch m.prompt.kind {
	case askScale:
		word, lines = "Scale ", m.scaleQuestion(r.W-3)
	case askProve:
		word, lines = "Verify the answer on ", m.proveQuestion(r.W-3)
	case askFind:
		word, lines = "Find the capacity of ", m.findQuestion(r.W-3)
	case askEndFind:
		if !m.live.Info.Find {
			return
		}
		word, lines = "Stop ", m.quitQuestion(r.W-3)
	case askLeave:
		word, lines = "Leave or stop ", m.quitQuestion(r.W-3)
	default:
		word, lines = "Stop ", m.quitQuestion(r.W-3)
	}
	h := min(len(lines)+1, r.H)
	if h < 2 {
		return
	}
	r = canvas.Rect{X: r.X, Y: r.Y + r.H - h, W: r.W, H: h}
	f.g.Fill(r, ' ', plain)
	f.heading(r, word+strings.TrimSuffix(m.live.Info.Target.Name+"/"+m.live.Info.Target.Loaded(), "/"))
	for i, l := range lines[:h-1] {
		f.g.Text(r.X+1, r.Y+1+i, r.X+r.W-1, cut(l.text, r.W-2, f.ascii), l.style)
	}
}

// askedOf says whose endpoint a question is about.
func askedOf(info *session.Info, add func(label, text string)) {
	if info.Target.Container {
		add("account", "none: a container by its URL")
		return
	}
	add("account", strings.TrimSpace(info.Identity.Account+" "+info.Identity.Role))
	region := info.Target.Region
	if info.Target.Simulated {
		region = strings.TrimSpace(region + " SIMULATED")
	}
	add("region", region)
}

// quitQuestion is what stops, where, and what becomes of instances that the run added.
func (m *model) quitQuestion(w int) (l []piece) {
	st := &m.live
	add := func(label, text string) { l = indentLines(l, label, text, 14, w) }
	askedOf(&st.Info, add)
	f := frame{st: st}
	add("load", fmt.Sprintf("%s, %s; %d in flight end, then the report", planText(st.Load.Plan), f.clock(), st.Load.InFlight))
	if before, owed := st.Owed(); owed {
		text := fmt.Sprintf("%d, which stay; before the run there were %d", m.instances(), before)
		if st.Info.Restore {
			text = fmt.Sprintf("%d, put back to %d at the end", m.instances(), before)
		}
		add(m.unit().Many(), text)
	}
	return l
}
