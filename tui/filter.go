package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// askFilter lets a text be typed that the rows in front are held against while it is. With nothing in front that is the log.
func (m *model) askFilter(arg string) tea.Cmd {
	if m.front() == nil {
		m.openEvents("")
	}
	p := m.front()
	if p == nil {
		return nil // opening it said why
	}
	if arg != "" {
		p.filter = arg
		return nil
	}
	m.prompt = newPrompt(askFilter)
	m.prompt.input.SetValue(p.filter)
	m.prompt.input.CursorEnd()
	return nil
}

// filterKey gives a key to the prompt of a filter: what is typed holds at once, and the rows can be scrolled meanwhile.
func (m *model) filterKey(msg tea.KeyPressMsg) {
	p := m.front()
	switch name := msg.String(); {
	case p == nil: // the window has become too small for it
		m.prompt = nil
	case name == "esc", name == "backspace" && p.filter == "":
		m.prompt, p.filter = nil, ""
		m.say("all lines")
	case name == "enter":
		m.prompt = nil
		if p.filter != "" {
			m.say("esc shows all lines again")
		}
	case name != "home" && name != "end" && p.scroll(name, m.page()):
	default:
		m.edit(msg)
	}
}

// typedFilter holds the rows in front against what is typed.
func (m *model) typedFilter() {
	if p := m.front(); p != nil && m.prompt != nil && m.prompt.kind == askFilter {
		p.filter = strings.TrimSpace(m.prompt.input.Value())
	}
}
