package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
)

// ErrLeft is returned by Run when a person left the screen of a run that goes on without it.
var ErrLeft = errors.New("tui: the screen was left")

// away says that the run goes on when this screen is left.
func (m *model) away() bool { return m.live.Place == session.Away && m.live.Phase != session.Done }

func (m *model) leave() tea.Cmd {
	m.left = true
	return tea.Quit
}

// answerLeave is one key: what is pressed by habit leaves the run alone.
func (m *model) answerLeave(name string) tea.Cmd {
	switch name {
	case "enter", "y", "Y", "q":
		return m.leave()
	case "s", "S":
		m.send(session.Command{Verb: session.Stop}, "stopping: requests in flight end")
	default:
		m.say("still here")
	}
	return nil
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
