package tui

import (
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// kind is what a terminal's type says that it lacks.
type kind struct {
	ascii bool // the charts' characters
	mono  bool // colours
	old   bool // understanding of what today's terminals are asked: it may print the question
}

// kindOf a TERM. The font of Linux's own console holds 256 or 512 glyphs: line drawing and a few blocks, but no braille and no
// eighths of a block. The terminals of DEC, and what is reached over a serial line under their names, had neither colours nor more
// than 8 bits a character.
func kindOf(term string) kind {
	switch {
	case term == "linux" || strings.HasPrefix(term, "linux-"):
		return kind{ascii: true, old: true}
	case len(term) > 2 && term[:2] == "vt" && term[2] >= '0' && term[2] <= '9': // not vte
		return kind{ascii: true, mono: true, old: true}
	}
	return kind{}
}

// coloursOf what Bubble Tea found out.
func coloursOf(p colorprofile.Profile) colours {
	switch {
	case p >= colorprofile.ANSI256:
		return colours256
	case p == colorprofile.ANSI:
		return colours16
	}
	return noColours
}

// withoutQuestions leaves out what Bubble Tea asks any terminal, and the keyboard protocols that it switches on. The parts of a
// sequence are never in different writes.
var withoutQuestions = strings.NewReplacer(
	ansi.SetModifyOtherKeys2, "", ansi.ResetModifyOtherKeys, "",
	ansi.PushKittyKeyboard(1), "", ansi.PopKittyKeyboard(1), "", ansi.RequestKittyKeyboard, "",
	ansi.RequestModeSynchronizedOutput, "", ansi.RequestModeUnicodeCore, "",
)

// withoutAnswers leaves out what a terminal answers to, and nothing else.
var withoutAnswers = strings.NewReplacer(
	ansi.RequestBackgroundColor, "", ansi.RequestKittyKeyboard, "", ansi.RequestModeSynchronizedOutput, "", ansi.RequestModeUnicodeCore, "",
)
