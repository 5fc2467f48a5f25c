package tui

import (
	"bytes"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Whoever is at the prompt by then did not ask, so nothing may answer; what takes the screen off the terminal is written all the same.
func TestNothingIsAskedOfATerminalThatWasGivenUp(t *testing.T) {
	const ask = ansi.RequestBackgroundColor + ansi.RequestKittyKeyboard + ansi.RequestModeSynchronizedOutput + ansi.RequestModeUnicodeCore
	const leave = ansi.ResetModifyOtherKeys + "\x1b[<1u\x1b[?1049l"
	var out bytes.Buffer
	term := newTerminal(nil, &out, nil)
	for _, want := range []string{ask + leave, leave} {
		out.Reset()
		if n, err := term.Write([]byte(ask + leave)); n != len(ask+leave) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		if got := out.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		term.giveUp()
	}
}
