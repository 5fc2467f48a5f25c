package tui

import (
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"sagetop/internal/session"
)

// An esc whose next key comes with it, as tmux and slow connections send them, is an esc and that key.
func TestAKeyBehindEscape(t *testing.T) {
	tests := []struct {
		open []string // keys before
		sent string
		want []session.Command
		says string
	}{
		{nil, "\x1b\x03", []session.Command{{Verb: session.Interrupt}}, "ctrl+c again aborts"},
		{[]string{"u", "5"}, "\x1b\x03", []session.Command{{Verb: session.Interrupt}}, "ctrl+c again aborts"},
		{[]string{"?"}, "\x1b+", []session.Command{{Verb: session.Step, Count: 1}}, "load up"},
		{[]string{"?"}, "\x1b ", []session.Command{{Verb: session.Pause}}, "pause or resume asked"},
		{[]string{"u", "5"}, "\x1b\x1b", nil, "nothing to go back from"},
		{[]string{"u", "5"}, "\x1b\r", nil, "no panel has the focus: tab moves it"},
		{[]string{"i", "5", "enter"}, "\x1by", nil, "no key y"},
		{[]string{"q"}, "\x1by", nil, "no key y"},
		{[]string{"?"}, "\x1bu", nil, "users:"},
		{[]string{"u", "5"}, "\x1b\x7f", nil, "users:   now"}, // a word less, as in a shell
		{nil, "\x1b[1;3A", nil, "no key alt+up"},
	}
	for _, tt := range tests {
		m, c := still(well(), 120, 36, Options{}, tt.open...)
		m.Update(decoded(t, tt.sent))
		if got := footer(t, m); !reflect.DeepEqual(c.did, tt.want) || !strings.Contains(got, tt.says) {
			t.Errorf("%q after %q: sent %+v, the footer says %q", tt.sent, tt.open, c.did, got)
		}
	}
	m, _ := still(well(), 120, 36, Options{}, "?")
	if m.Update(decoded(t, "\x1bL")); m.overlay.kind != eventsOverlay {
		t.Errorf("esc and L leave %v open", m.overlay.kind)
	}
}

// decoded is the one key that a terminal's bytes are taken for.
func decoded(t *testing.T, bytes string) tea.KeyPressMsg {
	t.Helper()
	var d uv.EventDecoder
	n, event := d.Decode([]byte(bytes))
	k, ok := event.(uv.KeyPressEvent)
	if !ok || n != len(bytes) {
		t.Fatalf("%q is %T of %d bytes", bytes, event, n)
	}
	return tea.KeyPressMsg(k)
}
