package tui

import (
	"fmt"
	"reflect"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
)

// longestSeek that can be typed, in seconds: ten days.
const longestSeek = 864_000

// pastKeys are the keys where a run is looked back at. What would steer it, or read its logs, says why it does not, and stands in no
// help.
func pastKeys(live []action) []action {
	l := timeKeys()
	var refused []action
	for _, a := range live {
		k := a.keys.Keys()[0]
		if short, ok := pastShorts[k]; ok {
			a.short = short
		}
		switch {
		case k == "z", k == "ctrl+z": // nothing goes on that could be frozen
			continue
		case a.steers:
			a.do, a.short = refuses, ""
			fallthrough
		case k == "l":
			a.keys.SetHelp("", "")
			refused = append(refused, a)
			continue
		case k == "q":
			l = append(l, paceKeys()...)
			a.keys.SetHelp("q", "leave; the run stays as it is")
		case k == "ctrl+c":
			a.keys.SetHelp("ctrl+c", "the same")
		}
		l = append(l, a)
	}
	return append(l, refused...)
}

// pastShorts are what the footer says of some keys, other than on a run that is steered.
var pastShorts = map[string]string{"v": "v view", "[": "[ ] scale", "l": "", "d": "d describe"}

// timeKeys move in time.
func timeKeys() []action {
	return []action{
		{"back", bind("left", "a column of the charts back in time; shift: ten", "left"), "N", "left/right time", false, seeks(-1)},
		{"forward", bind("right", "the same, later; by name N seconds", "right"), "N", "", false, seeks(1)},
		{"", bind("", "", "shift+left"), "", "", false, seeks(-10)},
		{"", bind("", "", "shift+right"), "", "", false, seeks(10)},
		{"first", bind("home", "to the begin of the run", "home"), "", "", false, sends(session.SeekFirst, "")},
		{"last", bind("end", "to its end; one that goes on is followed", "end"), "", "", false, sends(session.SeekLast, "")},
	}
}

// paceKeys play the run. They go before what the same keys would steer.
func paceKeys() []action {
	return []action{
		{"play", bind("space", "play it as fast as it was, or stand still", "space"), "", "space play", false, sends(session.Pause, "")},
		{"faster", bind("+ =", "play it twice as fast", "+", "="), "", "", false, paces(1)},
		{"slower", bind("-", "half as fast", "-"), "", "", false, paces(-1)},
	}
}

// presentKeys say where one can move in time.
func presentKeys() []action {
	const text = "left and right move in time when looking back: sagetop view RUN"
	return []action{
		{"", bind("left", "and right: move in time, in sagetop view RUN", "left", "right", "shift+left", "shift+right", "home", "end"), "", "", false, says(text)},
	}
}

// offered says that a stands in the help and among the names: it does something here.
func (a *action) offered() bool { return a.keys.Enabled() && a.keys.Help().Key != "" }

func refuses(m *model, _ string) tea.Cmd {
	m.complain(session.ErrPast.Error())
	return nil
}

// seeks moves by so many columns of the charts, or that way by the seconds given.
func seeks(columns int) func(*model, string) tea.Cmd {
	return func(m *model, arg string) tea.Cmd {
		seconds := columns * int(max(m.charts.scale, 1))
		if arg != "" {
			n, err := strconv.Atoi(arg)
			if err != nil || n < 1 || n > longestSeek {
				m.complain(fmt.Sprintf("%q: seconds are a whole number from 1 to %d", arg, longestSeek))
				return nil
			}
			seconds = columns * n
		}
		m.send(session.Command{Verb: session.Seek, Count: seconds}, "")
		return nil
	}
}

func paces(times int) func(*model, string) tea.Cmd {
	return func(m *model, _ string) tea.Cmd {
		m.send(session.Command{Verb: session.Step, Count: times}, "")
		return nil
	}
}

// past says that the run is looked back at.
func (f *frame) past() bool { return f.st.Place == session.Past }

// unlessPast is text that is about keys which do nothing to a run that is looked back at.
func (f *frame) unlessPast(text string) string {
	if f.past() {
		return ""
	}
	return text
}

// whence is where in the run the moment is that is shown: how far from its start, of how much.
func (f *frame) whence() string {
	begin := f.st.Info.Started
	return clockText(f.st.Now.Sub(begin)) + " / " + clockText(f.st.Look.End.Sub(begin))
}

// lookPiece says what a look back is at: reading, playing, following, or in front of an end that never came.
func (f *frame) lookPiece() (piece, bool) {
	switch l := &f.st.Look; {
	case !f.past():
	case l.Read < 1:
		return piece{fmt.Sprintf("reading it: %.0f%%", 100*l.Read), warn}, true
	case l.Speed > 0:
		return piece{fmt.Sprintf("played %dx", l.Speed), good}, true
	case l.GoesOn && f.st.Now.Equal(l.End):
		return piece{"going on, followed", good}, true
	case l.GoesOn:
		return piece{"going on, end follows it", warn}, true
	case l.Broken:
		return piece{"!broken off: killed, or it hangs", bad}, true
	}
	return piece{}, false
}

// same says that b would be drawn as a is. Of a run that goes on the moment alone tells; lists that are shared are the same at once.
func same(a, b *session.State) bool { return a.Now.Equal(b.Now) && reflect.DeepEqual(a, b) }
