package tui

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// askInstances asks for their number, and then whether that is meant: it may cost money.
func (m *model) askInstances(arg string) tea.Cmd {
	if m.aside() {
		return nil
	}
	if why := m.noScale(); why != "" {
		m.complain(why)
		return nil
	}
	if arg == "" {
		m.prompt = newPrompt(askInstances)
		m.prompt.unit = m.unit()
		return nil
	}
	n, problem := parseInstances(arg, m.unit())
	switch {
	case problem != "":
		m.complain(strconv.Quote(arg) + ": " + problem)
	case n == m.instances():
		m.complain("it has " + m.unit().Count(n) + " already")
	default:
		m.prompt = newPrompt(askScale)
		m.prompt.count, m.prompt.unit, m.prompt.scale = n, m.unit(), m.change(n)
	}
	return nil
}

// noScale is why there is nothing to ask, or "".
func (m *model) noScale() string {
	if why := m.live.Info.NoScale; why != "" {
		return m.unit().Many() + " stay as they are: " + why
	}
	if c := m.live.Underway(); c != nil {
		return c.String() + " is on its way: one change at a time"
	}
	return ""
}

// unit that i scales.
func (m *model) unit() sizing.Unit { return m.live.Info.Target.Unit() }

func parseInstances(text string, unit sizing.Unit) (n int, problem string) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > session.MaxInstances {
		return 0, fmt.Sprintf("%s are a whole number from 1 to %d", unit.Many(), session.MaxInstances)
	}
	return n, ""
}

// instances in service, as last described.
func (m *model) instances() int {
	f := frame{st: &m.live}
	n, _, _ := f.endpoint().Count(m.live.Info.Target.Variant)
	return n
}

// change to n instances, as the header would show it.
func (m *model) change(n int) string {
	f, kind := frame{st: &m.live}, ""
	if c := f.component(); c != nil {
		return fmt.Sprintf("%d -> %s of %s", m.instances(), m.unit().Count(n), c.Name)
	}
	if v := f.variant(); v != nil {
		kind = v.InstanceType
	}
	return instancesText(false, m.instances(), n, kind)
}

func (m *model) scaleQuestion(w int) (l []piece) {
	st, now, wanted := &m.live, m.instances(), m.prompt.count
	add := func(label, text string) { l = indentLines(l, label, text, 14, w) }
	add(m.unit().Many(), m.prompt.scale)
	add("account", strings.TrimSpace(st.Info.Identity.Account+" "+st.Info.Identity.Role))
	add("region", st.Info.Target.Region)
	beyond := st.Quota.Beyond(now, wanted)
	if beyond {
		l = beyondLines(l, st.Quota, wanted, w)
	}
	add("auto scaling", boundsText(st, wanted))
	before := now
	if was, owed := st.Owed(); owed {
		before = was
	}
	switch {
	case m.unit() == sizing.Copy:
		add("room", m.roomText(wanted-now))
	case st.Info.Target.Simulated:
		add("cost", "SIMULATED: nothing at AWS is changed, nothing costs money")
	case st.Info.Restore && wanted > now:
		add("cost", fmt.Sprintf("%d more cost money%s until the end of the run puts back %d", wanted-now, dearer(st, wanted-now), before))
	case wanted > now:
		add("cost", fmt.Sprintf("%d more cost money%s until scaled back, also after this run", wanted-now, dearer(st, wanted-now)))
	default:
		add("cost", "less"+dearer(st, wanted-now)+", until it is changed again")
	}
	if st.Quota != nil && wanted > now && !beyond {
		add("quota", st.Quota.Asked(wanted))
	}
	return l
}

// beyondLines say that AWS will likely refuse so many, and what to do about that.
func beyondLines(l []piece, q *session.Quota, wanted, w int) []piece {
	n := len(l)
	l = indentLines(l, "!quota", q.Warning(wanted), 14, w)
	for i := range l[n:] {
		l[n+i].style = bad
	}
	return indentLines(l, "", "ask for more: "+q.Increase(wanted), 14, w)
}

// roomText is what so many more copies take, of instances that others are on too: the endpoint says whether there is any.
func (m *model) roomText(more int) string {
	f := frame{st: &m.live}
	c := f.component()
	text := "copies take what they reserve of the instances"
	if more <= 0 {
		text = "is left for others"
	} else if c.Cores > 0 {
		text = fmt.Sprintf("%d more reserve %g cores of the instances", more, float64(more)*c.Cores)
	}
	if beside := neighboursText(c); beside != "" {
		text += ", " + beside
	}
	switch before, owed := m.live.Owed(); {
	case more > 0 && !m.live.Info.Restore:
		text += "; they stay after this run"
	case more > 0 && owed:
		text += fmt.Sprintf("; the end of the run puts back %d", before)
	case more > 0:
		text += fmt.Sprintf("; the end of the run puts back %d", m.instances())
	}
	return text
}
