package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// proving says that a target is verified, or is to be once its instances have come.
func proving(st *session.State) bool {
	p := st.Proposal
	return st.Verify != nil || p != nil && p.Refused == ""
}

// putProposal asks what the run asks, as soon as nothing else is asked, and no longer than it does.
func (m *model) putProposal() {
	p := m.live.Proposal
	switch asked := m.prompt != nil && m.prompt.kind == askProve; {
	case m.live.Place == session.Past || m.live.Aside != "" || !p.Open():
		if asked {
			m.prompt, m.stale = nil, true
		}
	case m.prompt == nil && !p.Until.Equal(m.answered):
		m.prompt, m.stale = newPrompt(askProve), true
		m.prompt.count, m.prompt.scale = p.To, m.change(p.To)
	}
}

// answerProposal is one key. The question came by itself, so what was meant for something else is no answer.
func (m *model) answerProposal(name string) tea.Cmd {
	command, says := session.Command{Verb: session.Decline}, "not scaled: the answer stays projected"
	switch name {
	case "y", "Y":
		command, says = session.Command{Verb: session.SetInstances, Count: m.prompt.count}, m.unit().Count(m.prompt.count)+" asked"
	case "n", "N", "q", "esc", "enter":
	case "i":
		m.prompt = newPrompt(askInstances)
		m.prompt.unit = m.unit()
		return nil
	default:
		return nil
	}
	m.prompt = nil
	m.answers()
	m.send(command, says)
	return nil
}

// answers the proposal that is open, so that it is not put again.
func (m *model) answers() {
	if p := m.live.Proposal; p.Open() {
		m.answered = p.Until
	}
}

// proveLabel is the question that a search ends with.
func (p *prompt) proveLabel() string {
	return fmt.Sprintf("Scale to %d and verify? y/N, i: another number ", p.count)
}

// proveHint is for how long it is asked.
func (m *model) proveHint() string {
	if p := m.live.Proposal; p.Open() {
		return "no answer in " + spanText(p.Until.Sub(m.live.Now)) + " is a No"
	}
	return ""
}

// proveQuestion is all that belongs to it.
func (m *model) proveQuestion(w int) []piece {
	st, p := &m.live, m.live.Proposal
	l := m.scaleQuestion(w)
	if p == nil {
		return l
	}
	var rules []string
	for i := range st.SLOs {
		rules = append(rules, st.SLOs[i].Rule.String())
	}
	text := fmt.Sprintf("%s/s for %s under %s; until then it rests at %s", exactRate(p.TPS), spanText(p.For), strings.Join(rules, ", "), planText(st.Load.Plan))
	return indentLines(l, "load", text, 14, w)
}

// dearer is what so many more instances cost an hour; "" where no price was given.
func dearer(st *session.State, more int) string {
	if price := st.Info.Sizing.Price; price > 0 {
		return fmt.Sprintf(" (%+.2f USD/h)", float64(more)*price)
	}
	return ""
}

// proveRow is how far the target is that a run is to prove. It says whether there is one.
func (f *frame) proveRow(r canvas.Rect) bool {
	v, p := f.st.Verify, f.st.Proposal
	switch {
	case v != nil && !v.From.IsZero():
		f.verifyRow(r, v)
		return true
	case p == nil || p.Refused != "" || f.over():
		return false
	}
	text := fmt.Sprintf("Verify %s TPS: ", exactRate(p.TPS))
	change := fmt.Sprintf("%d -> %s", p.From, f.unit().Count(p.To))
	switch c := f.st.Underway(); {
	case p.To == 0:
		text += "sized once CloudWatch's last points are in"
		if next := f.nextPoint(); next != "" {
			text += ", " + next
		}
	case p.Open():
		text += fmt.Sprintf("%s? No, unless answered within %s", change, spanText(p.Until.Sub(f.st.Now)))
	case c != nil:
		text += fmt.Sprintf("%s since %s, then %s under load", change, spanText(f.st.Now.Sub(c.Asked)), spanText(p.For))
	default:
		text += change
	}
	f.g.Text(r.X+1, r.Y, r.W-1, cut(text, r.W-2, f.ascii), strong)
	return true
}

// verifyRow is how far the target was held, or what came of that.
func (f *frame) verifyRow(r canvas.Rect, v *session.Verification) {
	text := fmt.Sprintf("Verify %s TPS for %s: ", exactRate(v.TPS), spanText(v.For))
	done := f.st.Now.Sub(v.From)
	switch {
	case f.over():
		text, style := provenText(f.st.Proof(), v)
		f.g.Text(r.X+1, r.Y, r.W-1, cut(text, r.W-2, f.ascii), style)
	case done < 0:
		f.g.Text(r.X+1, r.Y, r.W-1, cut(text+"warm-up, measured from "+v.From.Format(time.TimeOnly)+" on", r.W-2, f.ascii), strong)
	default:
		left := " " + spanText(max(0, v.For-done)) + " left"
		x := f.g.Text(r.X+1, r.Y, r.W-1, cut(strings.TrimSuffix(text, ": "), r.W-2-canvas.Width(left), f.ascii), strong) + 1
		x = f.progressBar(x, r.Y, r.W-1-canvas.Width(left), done.Seconds()/v.For.Seconds())
		f.g.Text(x, r.Y, r.W-1, left, plain)
	}
}

// provenText is the answer in a line.
func provenText(p *sizing.Proof, v *session.Verification) (string, canvas.Style) {
	text := fmt.Sprintf("%s TPS for %s", exactRate(v.TPS), spanText(v.For))
	if p.CPU != nil {
		text += fmt.Sprintf(", CPU %s", percentText(*p.CPU))
		if p.Projected > 0 {
			text += fmt.Sprintf(" where %s was projected", percentText(p.Projected))
		}
	}
	if p.Why != "" {
		text = p.Why + "; " + text
	}
	switch p.Verdict {
	case sizing.Pass:
		return "VERIFIED " + text, good
	case sizing.Fail:
		return "NOT VERIFIED " + text, bad
	}
	return "INCONCLUSIVE " + text, bad
}
