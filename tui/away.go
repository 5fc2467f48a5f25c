package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/tui/canvas"
)

// ErrLeft is returned by Run when a person left the screen of a run that goes on without it.
var ErrLeft = errors.New("tui: the screen was left")

// away says that the run goes on when this screen is left.
func (m *model) away() bool { return m.live.Place == session.Away && m.live.Phase != session.Done }

func (m *model) leave() tea.Cmd {
	m.left = true
	return tea.Quit
}

// settling says that nothing of the run is left but its wait for CloudWatch's last points.
func (m *model) settling() bool { return m.live.Phase == session.Settle }

// leaveLabel is the question behind q, in so many cells: its keys before all. Where another screen steers, s would be refused.
func (m *model) leaveLabel(w int) string {
	stops, short := "s stops the run, ", "s stops it, "
	switch {
	case m.live.Aside != "":
		stops, short = "", ""
	case m.settling():
		stops, short = "s skips the wait, ", "s skips it, "
	}
	if text := "The run goes on without this screen: enter leaves, " + stops + "esc stays "; canvas.Width(text) <= w {
		return text
	}
	return "enter leaves, " + short + "esc stays "
}

// answerLeave is one key: what is pressed by habit leaves the run alone.
func (m *model) answerLeave(name string) tea.Cmd {
	switch name {
	case "enter", "y", "Y", "q":
		return m.leave()
	case "s", "S":
		says := "stopping: requests in flight end"
		if m.settling() {
			says = "not waiting for CloudWatch any longer"
		}
		m.send(session.Command{Verb: session.Stop}, says)
	default:
		m.say("still here")
	}
	return nil
}

// aside says so where another screen steers: what could not be answered is not asked.
func (m *model) aside() bool {
	if m.live.Aside == "" {
		return false
	}
	m.complain(m.live.Aside)
	return true
}

// take the wheel from another screen.
func (m *model) take(string) tea.Cmd {
	flash := "this screen steers"
	if m.live.Aside == "" {
		flash += " already"
	}
	m.send(session.Command{Verb: session.Take}, flash)
	return nil
}
