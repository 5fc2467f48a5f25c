package tui

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// promptKind says what is asked.
type promptKind uint8

const (
	askUsers promptKind = iota
	askRate
	askLine
	askInstances
	askQuit
	askScale
	askFilter
	askLeave
	askFind
	askEndFind
	askProve
)

// prompt is a question in the footer's place.
type prompt struct {
	kind  promptKind
	unit  sizing.Unit // that is asked for
	scale string      // what askScale is about: "1 -> 5 x ml.m5.12xlarge"
	count int         // the 5 of it
	input textinput.Model
}

// yesNo says that the answer is one key, and anything but a yes is a no.
func (p *prompt) yesNo() bool {
	return p.kind == askQuit || p.kind == askScale || p.kind == askLeave || p.kind == askFind || p.kind == askEndFind || p.kind == askProve
}

// longestAnswer that a prompt takes.
const longestAnswer = 60

func newPrompt(kind promptKind) *prompt {
	p := &prompt{kind: kind, input: textinput.New()}
	p.input.SetVirtualCursor(false)
	p.input.CharLimit = longestAnswer
	p.input.Focus()
	return p
}

func (p *prompt) label() string {
	switch p.kind {
	case askScale:
		return "Scale " + p.scale + "? y/N "
	case askProve:
		return p.proveLabel()
	}
	if p.kind == askInstances {
		return p.unit.Many() + ": "
	}
	return [...]string{
		"users: ", "rate (1/s): ", ":", "", "Stop the run? y/N ", askFilter: "/", askLeave: "",
		askFind: "Search for the capacity? y/N ", askEndFind: "Give up the search? y/N ",
	}[p.kind]
}

// promptKey gives a key to the open prompt.
func (m *model) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := m.prompt
	switch name := msg.String(); {
	case p.yesNo():
		return m.confirm(name)
	case p.kind == askFilter:
		m.filterKey(msg)
		return nil
	case name == "esc", name == "backspace" && p.input.Value() == "":
		m.prompt = nil
		m.say("nothing changed")
		return nil
	case name == "enter":
		return m.answer()
	case name == "tab":
		if p.kind == askLine {
			p.input.SetValue(complete(m.keys, p.input.Value()))
			p.input.CursorEnd()
		}
		return nil
	}
	m.edit(msg)
	return nil
}

// edit changes the typed text. What comes back would only blink a cursor that is not drawn.
func (m *model) edit(msg tea.Msg) {
	m.prompt.input, _ = m.prompt.input.Update(msg)
	m.typedFilter()
}

func (m *model) confirm(name string) tea.Cmd {
	if m.prompt.kind == askProve {
		return m.answerProposal(name)
	}
	p, yes := m.prompt, name == "y" || name == "Y"
	m.prompt = nil
	switch {
	case p.kind == askLeave:
		return m.answerLeave(name)
	case p.kind == askFind || p.kind == askEndFind:
		m.answerFind(p.kind, yes)
	case p.kind == askScale && yes:
		m.answers()
		m.send(session.Command{Verb: session.SetInstances, Count: p.count}, p.unit.Count(p.count)+" asked")
	case p.kind == askScale:
		m.say("not scaled")
	case yes:
		m.send(session.Command{Verb: session.Stop}, "stopping: requests in flight end")
	default:
		m.say("not stopped")
	}
	return nil
}

// answer takes what was typed. A wrong answer stays, to be mended.
func (m *model) answer() tea.Cmd {
	p := m.prompt
	value := strings.TrimSpace(p.input.Value())
	if p.kind != askLine && p.problem() != "" {
		return nil
	}
	m.prompt = nil
	switch p.kind {
	case askUsers:
		return m.askUsers(value)
	case askRate:
		return m.askRate(value)
	case askInstances:
		return m.askInstances(value)
	}
	return m.command(value)
}

// problem with what is typed so far; an empty answer has none yet, but cannot be given.
func (p *prompt) problem() (text string) {
	switch p.kind {
	case askUsers:
		_, text = parseUsers(p.input.Value())
	case askRate:
		_, text = parseRate(p.input.Value())
	case askInstances:
		_, text = parseInstances(p.input.Value(), p.unit)
	}
	return text
}

// command does what a line names.
func (m *model) command(line string) tea.Cmd {
	name, arg, _ := strings.Cut(line, " ")
	arg = strings.TrimSpace(arg)
	if name == "" {
		m.say("nothing done")
		return nil
	}
	for i := range m.keys {
		a := &m.keys[i]
		if a.name != name || !a.keys.Enabled() {
			continue
		}
		if arg != "" && a.arg == "" {
			m.complain(name + " takes nothing after it, not " + arg)
			return nil
		}
		return m.perform(a, arg)
	}
	m.complain("no command " + name + ": there are " + strings.Join(names(m.keys, ""), " "))
	return nil
}

// names of the commands that begin with prefix.
func names(keys []action, prefix string) []string {
	var l []string
	for _, a := range keys {
		if a.name != "" && a.offered() && strings.HasPrefix(a.name, prefix) {
			l = append(l, a.name)
		}
	}
	return l
}

// complete typed as far as only one continuation is possible.
func complete(keys []action, typed string) string {
	matching := names(keys, typed)
	if len(matching) == 0 {
		return typed
	}
	common := matching[0]
	for _, n := range matching[1:] {
		for !strings.HasPrefix(n, common) {
			common = common[:len(common)-1]
		}
	}
	if len(matching) == 1 && argOf(keys, common) != "" {
		common += " "
	}
	return common
}

func argOf(keys []action, name string) string {
	for _, a := range keys {
		if a.name == name {
			return a.arg
		}
	}
	return ""
}

// drawPrompt writes the question, the answer so far and a hint, and returns where the cursor belongs.
func (m *model) drawPrompt(f *frame, r canvas.Rect) (x, y int) {
	p := m.prompt
	label := p.label()
	if p.kind == askLeave {
		label = m.leaveLabel(r.W - 1)
	}
	x = f.g.Text(r.X+1, r.Y, r.X+r.W, label, strong)
	runes := []rune(p.input.Value())
	end := f.g.Text(x, r.Y, r.X+r.W, string(runes), plain)
	cursor := x + canvas.Width(string(runes[:min(p.input.Position(), len(runes))]))
	hint, style := m.hint()
	f.g.Text(end+2, r.Y, r.X+r.W-1, cut(hint, r.X+r.W-1-end-2, f.ascii), style)
	return min(cursor, r.X+r.W-1), r.Y
}

// hint beside the answer.
func (m *model) hint() (string, canvas.Style) {
	p := m.prompt
	switch {
	case p.kind == askProve:
		return m.proveHint(), dim
	case p.yesNo():
		return "", dim
	case p.kind == askFilter:
		return "only lines that contain it; enter keeps it, esc shows all", dim
	case p.kind == askLine:
		name, _, spaced := strings.Cut(p.input.Value(), " ")
		if spaced {
			return argOf(m.keys, name), dim
		}
		return strings.Join(names(m.keys, name), " "), dim
	case p.kind == askInstances && p.input.Value() == "":
		return "now " + strconv.Itoa(m.instances()) + "; enter asks, esc leaves it", dim
	case p.input.Value() == "":
		return "now " + planText(m.state().Load.Plan) + m.atMost() + "; enter sets, esc leaves it", dim
	}
	if problem := p.problem(); problem != "" {
		return "! " + problem, bad
	}
	if p.kind == askInstances {
		return "enter asks, esc leaves it", dim
	}
	if rate, _ := parseRate(p.input.Value()); m.atMost() != "" && rate > m.state().Info.MaxRate {
		return "no more than " + exactRate(m.state().Info.MaxRate) + "/s (--max-rate); enter sets that, esc leaves it", dim
	}
	return "enter sets, esc leaves it", dim
}

// atMost is the limit of a rate, where one was given.
func (m *model) atMost() string {
	if limit := m.state().Info.MaxRate; m.prompt.kind == askRate && limit > 0 {
		return ", at most " + exactRate(limit) + "/s"
	}
	return ""
}

// matching action of a key.
func (m *model) matching(msg tea.KeyPressMsg) *action {
	for i := range m.keys {
		if key.Matches(msg, m.keys[i].keys) {
			return &m.keys[i]
		}
	}
	return nil
}
