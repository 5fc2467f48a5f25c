package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// overlayKind is what covers the panels.
type overlayKind uint8

const (
	noOverlay overlayKind = iota
	helpOverlay
	describeOverlay
	commandOverlay
	errorsOverlay
	logsOverlay
)

// overlay is a text in front of the panels, scrolled to a line.
type overlay struct {
	kind  overlayKind
	top   int
	atEnd bool // and stays there when lines come
}

// scroll moves the text; it says whether name is a key for that.
func (o *overlay) scroll(name string, page int) bool {
	switch name {
	case "up":
		o.top--
	case "down":
		o.top++
	case "pgup":
		o.top -= page
	case "pgdown":
		o.top += page
	case "home":
		o.top = 0
	case "end":
		o.top = 1 << 20
	default:
		return false
	}
	o.atEnd = false
	return true
}

// place the text within what there is: last is the line from which its end is seen.
func (o *overlay) place(last int) {
	if o.atEnd || o.top > last {
		o.top = last
	}
	o.top = max(o.top, 0)
	o.atEnd = o.kind == logsOverlay && o.top == last
}

// drawOverlay covers the panels with the open text.
func (m *model) drawOverlay(f *frame) {
	r := m.layout.overlay
	if m.overlay.kind == noOverlay || r.H < 2 {
		return
	}
	f.g.Fill(r, ' ', plain)
	name, lines := m.overlayText(f, r.W-3)
	rows := r.H - 1
	m.overlay.place(max(len(lines)-rows, 0))
	f.heading(r, name)
	if len(lines) > rows {
		where := fmt.Sprintf(" %d-%d of %d ", m.overlay.top+1, m.overlay.top+rows, len(lines))
		f.g.Text(r.X+r.W-1-len(where), r.Y, r.X+r.W, where, dim)
	}
	for i := range min(rows, len(lines)-m.overlay.top) {
		l := lines[m.overlay.top+i]
		f.g.Text(r.X+1, r.Y+1+i, r.X+r.W-1, cut(l.text, r.W-2, f.ascii), l.style)
	}
}

func (m *model) overlayText(f *frame, w int) (string, []piece) {
	switch m.overlay.kind {
	case describeOverlay:
		return "Endpoint, account, payload", f.describe(w)
	case commandOverlay:
		return "This run as a command line", f.commandLine(w)
	case errorsOverlay:
		return "Errors", f.errors(w)
	case logsOverlay:
		return f.logsTitle(), f.logs(w)
	}
	return "Keys", m.help(f, w)
}

// wideHelp is the width from which names on the command line have a column of their own.
const wideHelp = 74

// help is drawn from the keys themselves, so it cannot say anything else than what they do.
func (m *model) help(f *frame, w int) []piece {
	var l []piece
	for _, a := range m.keys {
		if !a.offered() {
			continue
		}
		h := a.keys.Help()
		desc := h.Desc
		switch {
		case a.name != "" && w >= wideHelp:
			desc = fmt.Sprintf("%-54s :%s", desc, strings.TrimSpace(a.name+" "+a.arg))
			l = append(l, piece{fmt.Sprintf("%-9s%s", h.Key, desc), plain})
			continue
		case a.name != "":
			desc += " (:" + strings.TrimSpace(a.name+" "+a.arg) + ")"
		}
		l = indentLines(l, h.Key, desc, 9, w)
	}
	l = append(l, piece{}, piece{"What the marks mean", title})
	for _, text := range []string{
		"! something is wrong here; ~ few samples; - too few samples, or not known",
		"10s: the last ten seconds of this plan; plan: since the last change; run: all of it",
		"with a rate asked for, latency is from when a request was due; send: the 10s from when it was sent",
		"lag: how late requests are sent; waiting: requests that are due while all users are busy",
		string(f.pick('█', '#')) + " successes; " + string(f.pick('▒', '.')) + " failures on top of them; ^ the plan changed here",
		string(f.pick('⠄', '.')) + " p50; " + string(f.pick('⠤', '*')) + " p99, each over at least ten seconds; " + string(f.pick('╌', '=')) + " the SLO",
		"CPU is the share of all cores; behind it as AWS prints it: 100 % a core",
		"mean row: " + string(f.pick('░', '.')) + " network and client, " + string(f.pick('▒', ':')) + " overhead, " + string(f.pick('▓', '#')) + " model",
	} {
		l = appendWrapped(l, text, w)
	}
	return l
}

func appendWrapped(l []piece, text string, w int) []piece {
	for _, part := range wrap(text, w) {
		l = append(l, piece{part, plain})
	}
	return l
}

// commandLine is quoted as a shell takes it.
func (f *frame) commandLine(w int) []piece {
	if len(f.st.Info.Command) == 0 {
		return []piece{{"not known", plain}}
	}
	quoted := make([]string, len(f.st.Info.Command))
	for i, word := range f.st.Info.Command {
		quoted[i] = shellQuoted(word)
	}
	return appendWrapped(nil, strings.Join(quoted, " "), w)
}

func shellQuoted(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,", r)
	}
	if word != "" && strings.TrimFunc(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// errors in full, the most frequent first.
func (f *frame) errors(w int) []piece {
	if len(f.st.Load.Errors) == 0 {
		return []piece{{"none so far", plain}}
	}
	var l []piece
	for i := range f.st.Load.Errors {
		l = f.failure(l, &f.st.Load.Errors[i], w)
	}
	return l
}

func (f *frame) failure(l []piece, e *runner.ErrorCount, w int) []piece {
	head := e.Class.String()
	if e.HTTPStatus > 0 {
		head += " HTTP " + strconv.Itoa(e.HTTPStatus)
	}
	if e.OriginalStatus > 0 {
		head += ", container " + strconv.Itoa(e.OriginalStatus)
	}
	if e.Code != "" {
		head += ", " + e.Code
	}
	loc := f.st.Now.Location()
	when := fmt.Sprintf("first %s, last %s. ", time.Unix(e.First, 0).In(loc).Format(time.TimeOnly), time.Unix(e.Last, 0).In(loc).Format(time.TimeOnly))
	l = append(l, piece{cut(fmt.Sprintf("%d x %s", e.Count, head), w, f.ascii), strong})
	for _, part := range wrap(when+e.Message, w-3) {
		l = append(l, piece{"   " + part, plain})
	}
	return l
}

// indentLines puts a label before the first of several lines and blanks before the others.
func indentLines(l []piece, label, text string, indent, w int) []piece {
	if text == "" {
		text = "-"
	}
	for i, part := range wrap(text, w-indent) {
		if i > 0 {
			label = ""
		}
		l = append(l, piece{label + strings.Repeat(" ", indent-canvas.Width(label)) + part, plain})
	}
	return l
}
