package tui

import (
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// press takes a key as it was meant. To a terminal esc and then x is alt+x, and tmux and slow connections make one of two keys that came
// soon after each other. No key here has alt to it, so it was both: an esc must not swallow the ctrl+c behind it.
func (m *model) press(msg tea.KeyPressMsg) tea.Cmd {
	second, two := behindEscape(msg)
	if !two || m.editsWith(msg) {
		return m.key(msg)
	}
	return tea.Sequence(m.key(tea.KeyPressMsg{Code: tea.KeyEscape}), m.key(second))
}

// behindEscape is the key that came after an esc. Arrows and the like are not taken apart: what they send says whether alt was held.
func behindEscape(msg tea.KeyPressMsg) (tea.KeyPressMsg, bool) {
	if !msg.Mod.Contains(tea.ModAlt) || msg.Code > unicode.MaxRune {
		return msg, false
	}
	msg.Mod &^= tea.ModAlt
	r := msg.Code
	if msg.ShiftedCode != 0 {
		r = msg.ShiftedCode
	}
	if !msg.Mod.Contains(tea.ModCtrl) && unicode.IsPrint(r) {
		msg.Text = string(r)
	}
	return msg, true
}

// editsWith says that msg is for what is being typed: alt+backspace takes a word away.
func (m *model) editsWith(msg tea.KeyPressMsg) bool {
	return m.prompt != nil && !m.prompt.yesNo() && msg.Code == tea.KeyBackspace
}
