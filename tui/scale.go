package tui

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
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
		return nil
	}
	n, problem := parseInstances(arg)
	switch {
	case problem != "":
		m.complain(strconv.Quote(arg) + ": " + problem)
	case n == m.instances():
		m.complain("it has " + plural(n, "instance") + " already")
	default:
		m.prompt = newPrompt(askScale)
		m.prompt.count, m.prompt.scale = n, m.change(n)
	}
	return nil
}

// noScale is why there is nothing to ask, or "".
func (m *model) noScale() string {
	if why := m.live.Info.NoScale; why != "" {
		return "instances stay as they are: " + why
	}
	if c := m.live.Underway(); c != nil {
		return c.String() + " is on its way: one change at a time"
	}
	return ""
}

func parseInstances(text string) (n int, problem string) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > session.MaxInstances {
		return 0, fmt.Sprintf("instances are a whole number from 1 to %d", session.MaxInstances)
	}
	return n, ""
}

// instances in service, as last described.
func (m *model) instances() int {
	f := frame{st: &m.live}
	if v := f.variant(); v != nil {
		return v.Instances
	}
	return 0
}

// change to n instances, as the header would show it.
func (m *model) change(n int) string {
	f, kind := frame{st: &m.live}, ""
	if v := f.variant(); v != nil {
		kind = v.InstanceType
	}
	return instancesText(false, m.instances(), n, kind)
}

func (m *model) scaleQuestion(w int) (l []piece) {
	st, now, wanted := &m.live, m.instances(), m.prompt.count
	add := func(label, text string) { l = indentLines(l, label, text, 14, w) }
	add("instances", m.prompt.scale)
	add("account", strings.TrimSpace(st.Info.Identity.Account+" "+st.Info.Identity.Role))
	add("region", st.Info.Target.Region)
	add("auto scaling", boundsText(&st.Info.Target, wanted))
	before := now
	if was, owed := st.Owed(); owed {
		before = was
	}
	switch {
	case st.Info.Target.Simulated:
		add("cost", "SIMULATED: nothing at AWS is changed, nothing costs money")
	case st.Info.Restore && wanted > now:
		add("cost", fmt.Sprintf("%d more cost money%s until the end of the run puts back %d", wanted-now, dearer(st, wanted-now), before))
	case wanted > now:
		add("cost", fmt.Sprintf("%d more cost money%s until scaled back, also after this run", wanted-now, dearer(st, wanted-now)))
	default:
		add("cost", "less"+dearer(st, wanted-now)+", until it is changed again")
	}
	return l
}

// boundsText is what auto scaling will make of n instances.
func boundsText(t *session.TargetInfo, n int) string {
	switch a := t.AutoScaling; {
	case a == nil && t.ScalingKnown:
		return "none"
	case a == nil:
		return "not known"
	case a.Paused:
		return scalingText(t) + ", suspended"
	case n < a.Min || n > a.Max:
		return scalingText(t) + ": outside of that, it may be undone"
	}
	return scalingText(t) + ": it may change the number again"
}
