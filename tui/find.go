package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// searching says that the load looks for the capacity here and now.
func searching(st *session.State) bool {
	return st.Search != nil && !st.Search.Over && st.Place != session.Past
}

// askFind asks once before the search for the capacity, and before it is given up.
func (m *model) askFind(string) tea.Cmd {
	slos := m.live.SLOs
	rules := make([]sizing.Rule, len(slos))
	for i := range slos {
		rules[i] = slos[i].Rule
	}
	switch {
	case searching(&m.live):
		m.prompt = newPrompt(askEndFind)
	case proving(&m.live):
		m.complain("nothing is searched while a target is verified")
	case latencySLO(rules) == 0:
		m.complain("no SLO to search for: start with one, such as --slo 'p99<200ms'")
	default:
		m.prompt = newPrompt(askFind)
	}
	return nil
}

// answerFind to either question.
func (m *model) answerFind(kind promptKind, yes bool) {
	switch {
	case !yes && kind == askFind:
		m.say("nothing is searched for")
	case !yes:
		m.say("the search goes on")
	case kind == askFind:
		m.send(session.Command{Verb: session.Find}, "searching for the capacity")
	default:
		m.send(session.Command{Verb: session.EndFind}, "giving the search up")
	}
}

// findQuestion is what the search will do, where.
func (m *model) findQuestion(w int) (l []piece) {
	st := &m.live
	add := func(label, text string) { l = indentLines(l, label, text, 14, w) }
	askedOf(&st.Info, add)
	var rules []string
	for i := range st.SLOs {
		rules = append(rules, st.SLOs[i].Rule.String())
	}
	add("looks for", "the highest rate that holds "+strings.Join(rules, ", "))
	most := ""
	if st.Info.MaxRate > 0 {
		most = fmt.Sprintf(", up to %s/s (--max-rate)", exactRate(st.Info.MaxRate))
	}
	add("load", "an open loop"+most+"; for seconds at a time more than the endpoint bears")
	add("takes", "about 8 min, then it goes back to "+planText(st.Load.Plan))
	add("auto scaling", boundsText(st, m.instances()))
	return l
}

// findRow is where the search stands, or what a run came to that was one. It says whether there is such a thing.
func (f *frame) findRow(r canvas.Rect) bool {
	s := f.st.Search
	switch {
	case s == nil || s.Over && !f.st.Info.Find:
		return false
	case s.Over:
		style := plain
		if s.Result.Outcome != sizing.Held {
			style = bad
		}
		f.g.Text(r.X+1, r.Y, r.W-1, cut(withoutBracketsBeyond("Find "+s.Result.String(), r.W-2), r.W-2, f.ascii), style)
		return true
	}
	p := &s.Progress
	text := "Find " + string(p.Phase)
	switch {
	case p.Rate > 0 && p.Step > 0:
		text += fmt.Sprintf(" %d: %s/s", p.Step, wholeRate(p.Rate))
	case p.Rate > 0:
		text += fmt.Sprintf(": %s/s", wholeRate(p.Rate))
	default:
		text += fmt.Sprintf(": %s", plural(p.Users, "user"))
	}
	if known := p.Bracket(); known != "" {
		text += "; " + known
	}
	left := fmt.Sprintf(" %.0f%%, about %s left", 100*p.Done, spanText(p.Left))
	x := f.g.Text(r.X+1, r.Y, r.W-1, cut(text, r.W-2-canvas.Width(left), f.ascii), strong) + 1
	x = f.progressBar(x, r.Y, r.W-1-canvas.Width(left), p.Done)
	f.g.Text(x, r.Y, r.W-1, left, plain)
	return true
}

// mostBar is how many cells a bar has at the most.
const mostBar = 24

// progressBar from x on, before end, and returns the column after it. Without room for some cells there is none.
func (f *frame) progressBar(x, y, end int, share float64) int {
	const least = 6
	w := min(end-x, mostBar)
	if w < least {
		return x - 1
	}
	for i := range w {
		mark, style := f.pick('░', '.'), dim
		if float64(i) < share*float64(w) {
			mark, style = f.pick('█', '#'), good
		}
		f.g.Set(x+i, y, mark, style)
	}
	return x + w
}

// bracket are the rates between which the capacity lies: the highest that held and the lowest that did not; 0 where there is none.
type bracket struct{ held, failed float64 }

func bracketOf(s *session.Search) (b bracket) {
	if s == nil {
		return b
	}
	b = bracket{s.Progress.Passed, s.Progress.Failed}
	if s.Over && s.Result.Verified {
		b.held = s.Result.Rate
	}
	return b
}

// drawBracket marks both over an axis of successes a second. Points are drawn over that.
func (c *charts) drawBracket(p *canvas.Plot, x canvas.Axis, b bracket, ascii bool) {
	line := '┊'
	if ascii {
		line = ':'
	}
	body, taken := p.Body(), -1
	for _, m := range []struct {
		rate  float64
		name  rune
		style canvas.Style
	}{{b.held, 'H', good}, {b.failed, 'F', bad}} {
		if m.rate <= 0 {
			continue
		}
		column := min(max(int(x.Height(m.rate)), taken+1), body.W-1)
		taken = column
		for y := range body.H {
			c.latency.Set(body.X+column, body.Y+y, line, m.style)
		}
		c.latency.Set(body.X+column, body.Y+body.H-1, m.name, m.style) // few points are there: that is quick and much
	}
}
