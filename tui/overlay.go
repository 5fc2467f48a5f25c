package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/session"
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
	eventsOverlay
)

// overlay is a text in front of the panels.
type overlay struct {
	kind overlayKind
	pager
}

// drawOverlay covers the panels with the open text.
func (m *model) drawOverlay(f *frame) {
	r := m.layout.overlay
	if m.overlay.kind == noOverlay || r.H < 2 {
		return
	}
	name, lines := m.overlayText(f, r.W-3)
	t := text{title: name}
	t.list(rowsOf(lines))
	m.overlay.draw(f, r, &t)
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
	case eventsOverlay:
		return "Log", f.events(w)
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
			l = append(l, piece{fmt.Sprintf("%-10s%s", h.Key, desc), plain})
			continue
		case a.name != "":
			desc += " (:" + strings.TrimSpace(a.name+" "+a.arg) + ")"
		}
		l = indentLines(l, h.Key, desc, 10, w)
	}
	l = append(l, piece{}, piece{"What the marks mean", title})
	for _, text := range []string{
		"! something is wrong here; ~ few samples; - too few samples, or not known",
		"10s: the last ten seconds of this plan; plan: since the last change; run: all of it",
		"with a rate asked for, latency is from when a request was due; send: the 10s from when it was sent",
		"lag: how late requests are sent; waiting: requests that are due while all users are busy",
		string(f.pick('█', '#')) + " successes; " + string(f.pick('▒', '.')) + " failures on top of them; ^ the plan changed here",
		string(f.pick('⠄', '.')) + " p50; " + string(f.pick('⠤', '*')) + " p99, each over at least ten seconds; " + string(f.pick('╌', '=')) + " the SLO",
		string(f.pick('▶', '>')) + " the panel with the focus; " + canvas.SparkText([]float64{1, 4, 8}, 8, f.ascii) + " how a figure went, from 0 up; blank: not known",
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
	return appendWrapped(nil, session.Quoted(f.st.Info.Command), w)
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
	return f.sample(f.indented(l, when+e.Message, w), e, w)
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
