package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/runner"
)

// steps asks for so many steps of load, or that many times the number given.
func steps(n int) func(*model, string) tea.Cmd {
	return func(m *model, arg string) tea.Cmd {
		count := n
		if arg != "" {
			given, err := strconv.Atoi(arg)
			if err != nil || given < 1 || given > 100 {
				m.complain(fmt.Sprintf("%q: steps are a whole number from 1 to 100", arg))
				return nil
			}
			count *= given
		}
		word := "up"
		if count < 0 {
			word = "down"
		}
		m.send(session.Command{Verb: session.Step, Count: count}, fmt.Sprintf("load %s: %s asked", word, plural(abs(count), "step")))
		return nil
	}
}

func abs(n int) int { return max(n, -n) }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// sends a command that needs no figure.
func sends(v session.Verb, flash string) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		m.send(session.Command{Verb: v}, flash)
		return nil
	}
}

func says(text string) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		m.say(text)
		return nil
	}
}

func opens(o overlayKind) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		if m.overlay.kind == o {
			m.overlay = overlay{}
			return nil
		}
		m.overlay = overlay{kind: o}
		if m.layout.overlay.H < 2 {
			m.overlay = overlay{}
			m.complain("the window is too small for that")
		}
		return nil
	}
}

// rescales changes the time scale of the charts.
func rescales(by int) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		if m.chartless() {
			m.complain(noCharts)
			return nil
		}
		if m.timeScale == 0 { // from what the charts chose
			m.timeScale = 1 + slices.Index(scales[:], m.charts.scale)
		}
		m.timeScale = min(max(m.timeScale+by, 0), len(scales))
		if m.timeScale == 0 {
			m.say("charts: as much of the run as fits")
			return nil
		}
		m.say(fmt.Sprintf("charts: %d s a column", m.scale()))
		return nil
	}
}

// scale is the seconds a column of a chart that were asked for, 0: the charts choose.
func (m *model) scale() int64 {
	if m.timeScale == 0 {
		return 0
	}
	return scales[m.timeScale-1]
}

// saveScreen as it stands: the session writes it, for a disk may be slow.
func (m *model) saveScreen(string) tea.Cmd {
	m.View()
	m.send(session.Command{Verb: session.SaveScreen, Text: m.grid.String()}, "saving the screen")
	m.stale = true
	return nil
}

// freeze keeps the picture as it is. Everything else goes on.
func (m *model) freeze(string) tea.Cmd {
	m.frozen = !m.frozen
	if m.frozen {
		m.still = m.live
		m.say("frozen: the load goes on; z goes on here")
	} else {
		m.say("live again")
	}
	return nil
}

// back closes what is in front.
func (m *model) back(string) tea.Cmd {
	switch p := m.front(); {
	case p != nil && p.filter != "":
		p.filter = ""
		m.say("all lines")
	case m.overlay.kind != noOverlay:
		m.overlay = overlay{}
	case m.zoomed.panel != noPanel:
		m.unzoom()
	case m.focus != noPanel:
		m.focus = noPanel
		m.say("no panel has the focus")
	default:
		m.say("nothing to go back from; q quits")
	}
	return nil
}

func (m *model) askUsers(arg string) tea.Cmd {
	if m.aside() {
		return nil
	}
	if arg == "" {
		m.prompt = newPrompt(askUsers)
		return nil
	}
	n, problem := parseUsers(arg)
	if problem != "" {
		m.complain(strconv.Quote(arg) + ": " + problem)
		return nil
	}
	m.send(session.Command{Verb: session.SetUsers, Count: n}, plural(n, "user")+" asked")
	return nil
}

func (m *model) askRate(arg string) tea.Cmd {
	if m.aside() {
		return nil
	}
	if arg == "" {
		m.prompt = newPrompt(askRate)
		return nil
	}
	rate, problem := parseRate(arg)
	if problem != "" {
		m.complain(strconv.Quote(arg) + ": " + problem)
		return nil
	}
	m.send(session.Command{Verb: session.SetRate, Rate: rate}, exactRate(rate)+"/s asked")
	return nil
}

func (m *model) askLine(string) tea.Cmd {
	m.prompt = newPrompt(askLine)
	return nil
}

// quit asks while there is something to lose.
func (m *model) quit(string) tea.Cmd {
	switch {
	case m.live.Place == session.Past:
		return tea.Quit
	case m.away():
		m.prompt = newPrompt(askLeave)
		return nil
	}
	switch m.live.Phase {
	case session.Done:
		return tea.Quit
	case session.Settle:
		m.send(session.Command{Verb: session.SkipSettle}, "not waiting for CloudWatch any longer")
	case session.Restore:
		m.say("the " + m.unit().Many() + " are being put back; ctrl+c gives that up")
	case session.Drain:
		m.say("already stopping: requests in flight end; ctrl+c twice does not wait for them")
	case session.Watch:
		m.send(session.Command{Verb: session.Stop}, "stopping")
	default:
		m.prompt = newPrompt(askQuit)
	}
	return nil
}

// interrupt stops the run, and the second time at once. A run elsewhere is only left.
func (m *model) interrupt(string) tea.Cmd {
	if m.live.Place == session.Past {
		return tea.Quit
	}
	m.prompt = nil
	if m.away() {
		return m.leave()
	}
	if m.interrupted {
		m.send(session.Command{Verb: session.Abort}, "aborting: requests in flight are given up")
		return nil
	}
	m.interrupted = true
	m.send(session.Command{Verb: session.Interrupt}, "interrupted: requests in flight end, then the report; ctrl+c again aborts")
	return nil
}

// send hands c to the session and looks at what it did of it at once.
func (m *model) send(c session.Command, flash string) {
	if err := m.conductor.Do(c); err != nil {
		m.complain(err.Error())
		return
	}
	m.say(flash)
	m.pull()
}

// flashTime is how long a message stays.
const flashTime = 4 * time.Second

// flash is a message in the footer's place.
type flash struct {
	text  string
	wrong bool
	until time.Time
}

func (m *model) say(text string) { m.flash = flash{text: text, until: m.now().Add(flashTime)} }

// expire lets the message go once it has stood for long enough.
func (m *model) expire() {
	if m.flash.text != "" && !m.now().Before(m.flash.until) {
		m.flash, m.stale = flash{}, true
	}
}

func (m *model) complain(text string) {
	m.flash = flash{text: text, wrong: true, until: m.now().Add(flashTime)}
}

// parseUsers says what is wrong with text, or "".
func parseUsers(text string) (n int, problem string) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > runner.MaxUsers {
		return 0, fmt.Sprintf("users are a whole number from 0 to %d", runner.MaxUsers)
	}
	return n, ""
}

func parseRate(text string) (rate float64, problem string) {
	rate, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "/s"), 64)
	if err != nil || !(rate >= 0 && rate <= runner.MaxArrivalRate) {
		return 0, fmt.Sprintf("a rate is a number from 0 to %d", runner.MaxArrivalRate)
	}
	return rate, ""
}
