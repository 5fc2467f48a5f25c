package tui

import (
	"slices"

	"sagetop/internal/session"
)

// byUrgency orders what the footer has of keys by what matters now, for it leaves out from the end what has no room: while requests
// fail why that is comes first, while the load is paused how it goes on, and errors are not offered before there are any.
func (m *model) byUrgency(keys []string) []string {
	f := frame{st: m.state()}
	const pause = "space pause"
	if i := slices.Index(keys, pause); i >= 0 {
		keys = slices.Delete(keys, i, i+1)
		if m.live.Phase == session.Paused {
			keys = slices.Insert(keys, 0, "space resume")
		} else {
			keys = append(keys, pause)
		}
	}
	switch {
	case len(f.st.Load.Errors) == 0:
		return slices.DeleteFunc(keys, func(k string) bool { return k == "e errors" })
	case f.recent().Failed == 0:
		return keys
	}
	slices.SortStableFunc(keys, func(a, b string) int { return urgency(a) - urgency(b) })
	return keys
}

// urgency of a key's line in the footer while requests fail: the least comes first.
func urgency(key string) int {
	urgent := []string{"e errors", "l logs", "i scale"}
	if i := slices.Index(urgent, key); i >= 0 {
		return i
	}
	return len(urgent)
}

// inFront puts before keys what they do to the text or the panel in front.
func (m *model) inFront(keys []string) []string {
	var l []string
	switch p := m.front(); {
	case p != nil && p.filter != "":
		l = []string{"esc all lines", "up/down scroll", "/ filter"}
	case p != nil:
		l = []string{"esc back", "up/down scroll", "/ filter"}
	case m.zoomed.panel != noPanel:
		l = []string{"esc back", "tab next panel"}
	case m.focus != noPanel:
		l = []string{"enter zoom", "esc back"}
	default:
		return keys
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return slices.Contains(l, k) })
	return append(l, keys...)
}
