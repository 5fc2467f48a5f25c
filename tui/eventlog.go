package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/tui/canvas"
)

// openEvents shows all of the run's log, the newest line in sight.
func (m *model) openEvents(string) tea.Cmd {
	opens(eventsOverlay)(m, "")
	m.overlay.follow, m.overlay.atEnd = true, true
	return nil
}

// events of the run, the newest last.
func (f *frame) events(w int) []piece {
	if len(f.st.Events) == 0 {
		return []piece{{"nothing happened so far", dim}}
	}
	var l []piece
	for i := range f.st.Events {
		e := &f.st.Events[i]
		style := plain
		if e.Bad {
			style = bad
		}
		l = hanging(l, e.At.Format(time.TimeOnly)+" ", e.Text, w, style)
	}
	return l
}

// widestLabel is the share of a row, one in so many, that a label may have to stand beside all rows of its text.
const widestLabel = 3

// hanging adds text behind a label, its further rows below its first one. Where that would leave too little room, the label is part
// of the text.
func hanging(l []piece, label, text string, w int, style canvas.Style) []piece {
	indent := canvas.Width(label)
	if indent*widestLabel > w {
		label, text, indent = "", label+text, 2
	}
	for _, part := range wrap(text, w-indent) {
		l = append(l, piece{label + part, style})
		label = strings.Repeat(" ", indent)
	}
	return l
}

// tell shows the newest event in the footer for a moment, where the log is not seen.
func (m *model) tell() {
	before := m.told
	m.told = len(m.live.Events)
	if m.told <= before || m.seesLog() {
		return
	}
	e := &m.live.Events[m.told-1]
	m.say(e.At.Format(time.TimeOnly) + " " + e.Text)
	m.flash.wrong = e.Bad
}

// seesLog says whether the newest event stands on the screen anyway. A frozen screen is only disturbed while a key's answer stands on
// it.
func (m *model) seesLog() bool {
	switch {
	case m.frozen:
		return !m.flashes()
	case m.overlay.kind != noOverlay:
		return m.overlay.kind == eventsOverlay
	}
	return !m.layout.log.Empty()
}

func (m *model) flashes() bool { return m.flash.text != "" && m.now().Before(m.flash.until) }
