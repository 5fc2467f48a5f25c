package tui

import (
	"errors"
	"image/color"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
)

// footer is the last row of the picture.
func footer(t *testing.T, m *model) string {
	t.Helper()
	rows := strings.Split(strings.TrimSuffix(picture(t, m), "\n"), "\n")
	return rows[len(rows)-1]
}

// Each key sends what it stands for, and says so at once.
func TestKeysSendCommands(t *testing.T) {
	tests := []struct {
		keys  string // separated by blanks
		phase session.Phase
		want  []session.Command
		says  string
	}{
		{"+", "", []session.Command{{Verb: session.Step, Count: 1}}, "load up: 1 step asked"},
		{"= up", "", []session.Command{{Verb: session.Step, Count: 1}, {Verb: session.Step, Count: 1}}, "load up"},
		{"- down", "", []session.Command{{Verb: session.Step, Count: -1}, {Verb: session.Step, Count: -1}}, "load down: 1 step asked"},
		{"pgup", "", []session.Command{{Verb: session.Step, Count: 10}}, "10 steps"},
		{"pgdown", "", []session.Command{{Verb: session.Step, Count: -10}}, "load down: 10 steps"},
		{"space", "", []session.Command{{Verb: session.Pause}}, "pause or resume asked"},
		{"x", "", []session.Command{{Verb: session.NewSegment}}, "fresh segment asked"},
		{"u 2 4 0 enter", "", []session.Command{{Verb: session.SetUsers, Count: 240}}, "240 users asked"},
		{"u 2 4 0 esc", "", nil, "nothing changed"},
		{"u 2 4 0 0 0 enter", "", nil, "users are a whole number from 0 to 10000"},
		{"u 2 4 0 0 0 backspace enter", "", []session.Command{{Verb: session.SetUsers, Count: 2400}}, "2400 users asked"},
		{"u a enter", "", nil, "users are a whole number"},
		{"u enter", "", nil, "now 135/s"},
		{": u s tab 5 0 enter", "", []session.Command{{Verb: session.SetUsers, Count: 50}}, "50 users asked"},
		{": u p space 3 enter", "", []session.Command{{Verb: session.Step, Count: 3}}, "load up: 3 steps"},
		{": d o w n enter", "", []session.Command{{Verb: session.Step, Count: -1}}, "load down"},
		{": u s e r s space - 1 enter", "", nil, `"-1": users are`},
		{": u p space x enter", "", nil, `"x": steps are`},
		{": p a tab enter", "", []session.Command{{Verb: session.Pause}}, "pause"},
		{": p a u s e space 3 enter", "", nil, "pause takes nothing after it"},
		{": f o o enter", "", nil, "no command foo: there are up down"},
		{": r a t e space 5 enter", "", []session.Command{{Verb: session.SetRate, Rate: 5}}, "5/s asked"},
		{": r a tab 1 2 . 5 enter", "", []session.Command{{Verb: session.SetRate, Rate: 12.5}}, "12.5/s asked"},
		{": r a t e space - 1 enter", "", nil, `"-1": a rate is a number from 0 to 1000000`},
		{": enter", "", nil, "nothing done"},
		{"r", "", nil, "now 135/s; enter sets"},
		{"r 1 5 0 enter", "", []session.Command{{Verb: session.SetRate, Rate: 150}}, "150/s asked"},
		{"r 0 . 2 5 / s enter", "", []session.Command{{Verb: session.SetRate, Rate: .25}}, "0.25/s asked"},
		{"r 0 enter", "", []session.Command{{Verb: session.SetRate}}, "0/s asked"},
		{"r 2 0 0 0 0 0 0 enter", "", nil, "! a rate is a number from 0 to 1000000"},
		{"r - 5 enter", "", nil, "! a rate is a number"},
		{"r n a n enter", "", nil, "! a rate is a number"},
		{"r 5 esc", "", nil, "nothing changed"},
		{"i", "", nil, "now 1; enter asks"},
		{"i 5 enter", "", nil, "Scale 1 -> 5 x ml.m5.12xlarge? y/N"},
		{"i 5 enter y", "", []session.Command{{Verb: session.SetInstances, Count: 5}}, "5 instances asked"},
		{"i 5 enter enter", "", nil, "not scaled"},
		{"i 5 enter esc", "", nil, "not scaled"},
		{"i 5 enter q", "", nil, "not scaled"},
		{"i 5 enter ctrl+c", "", []session.Command{{Verb: session.Interrupt}}, "ctrl+c again aborts"},
		{"i 5 esc", "", nil, "nothing changed"},
		{"i enter", "", nil, "now 1; enter asks"},
		{"i 0 enter", "", nil, "! instances are a whole number from 1 to 1000"},
		{"i 1 0 0 1 enter", "", nil, "! instances are a whole number from 1 to 1000"},
		{"i 1 0 0 1 backspace enter y", "", []session.Command{{Verb: session.SetInstances, Count: 100}}, "100 instances asked"},
		{"i 1 enter", "", nil, "it has 1 instance already"},
		{": i n s tab 5 enter y", "", []session.Command{{Verb: session.SetInstances, Count: 5}}, "5 instances asked"},
		{"q", "", nil, "Stop the run? y/N"},
		{"q n", "", nil, "not stopped"},
		{"q enter", "", nil, "not stopped"},
		{"q y", "", []session.Command{{Verb: session.Stop}}, "stopping"},
		{": q u i t enter y", "", []session.Command{{Verb: session.Stop}}, "stopping"},
		{"q", session.Watch, []session.Command{{Verb: session.Stop}}, "stopping"},
		{"q", session.Drain, nil, "already stopping"},
		{"q", session.Restore, nil, "the instances are being put back"},
		{"q", session.Settle, []session.Command{{Verb: session.SkipSettle}}, "not waiting"},
		{"ctrl+c", "", []session.Command{{Verb: session.Interrupt}}, "ctrl+c again aborts"},
		{"ctrl+c ctrl+c", "", []session.Command{{Verb: session.Interrupt}, {Verb: session.Abort}}, "aborting"},
		{"u 1 ctrl+c", "", []session.Command{{Verb: session.Interrupt}}, "ctrl+c again aborts"},
		{"ctrl+z", "", nil, "ctrl+z does nothing"},
		{"k", "", nil, "no key k: ? shows all"},
		{"esc", "", nil, "nothing to go back from"},
		{"z", "", nil, "frozen"},
		{"z z", "", nil, "live again"},
		{"]", "", nil, "charts: 1 s a column"},
		{"] ] [ [", "", nil, "as much of the run as fits"},
		{"? down + ?", "", []session.Command{{Verb: session.Step, Count: 1}}, "load up"},
	}
	for _, tt := range tests {
		s := well()
		if tt.phase != "" {
			s.Phase = tt.phase
		}
		m, c := still(s, 120, 36, Options{}, strings.Fields(tt.keys)...)
		if !reflect.DeepEqual(c.did, tt.want) {
			t.Errorf("%s: sent %+v, want %+v", tt.keys, c.did, tt.want)
		}
		if strings.HasSuffix(tt.keys, "?") {
			continue // back to what was said before
		}
		if got := footer(t, m); !strings.Contains(got, tt.says) {
			t.Errorf("%s: the footer says %q, want %q in it", tt.keys, got, tt.says)
		}
	}
}

// What cannot be scaled is not asked about.
func TestScalingThatCannotBe(t *testing.T) {
	readOnly := well()
	readOnly.Info.NoScale = "--read-only was given"
	for want, s := range map[string]*scene{
		"!instances stay as they are: --read-only was given":    readOnly,
		"!1 -> 5 instances is on its way: one change at a time": scaling(),
	} {
		m, c := still(s, 80, 24, Options{}, "i")
		if got := footer(t, m); !strings.HasPrefix(got, want) || len(c.did) > 0 || m.prompt != nil {
			t.Errorf("the footer says %q, sent %v", got, c.did)
		}
	}
}

// What cannot be steered now is refused at once, by key and by name, and the session is not troubled with it.
func TestNothingIsSteeredAtTheEnd(t *testing.T) {
	for phase, want := range map[session.Phase]string{
		session.Scale: "!the load begins once the instances are in service", session.Drain: "!the run is ending",
		session.Restore: "!the run is ending", session.Settle: "!the run is ending",
	} {
		for _, keys := range []string{"+", "-", "u", "r", "space", "x", "i", "f", ": u s e r s space 5 enter"} {
			s := well()
			s.Phase = phase
			m, c := still(s, 80, 24, Options{}, strings.Fields(keys)...)
			if got := footer(t, m); !strings.HasPrefix(got, want) || len(c.did) > 0 || m.prompt != nil {
				t.Errorf("%s in %s: the footer says %q, sent %v", keys, phase, got, c.did)
			}
		}
	}
}

// busy refuses everything.
type busy struct{ fake }

func (*busy) Do(session.Command) error { return errors.New("session: too many commands at once") }

func TestRefusedCommandIsSaid(t *testing.T) {
	m := newModel(&busy{fake{st: well().State}}, Options{})
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	m.Update(press("+"))
	if got := footer(t, m); !strings.HasPrefix(got, "!session: too many commands") {
		t.Errorf("the footer says %q", got)
	}
}

// The message goes after a while, and the keys come back.
func TestFlashGoes(t *testing.T) {
	now := start
	s := well()
	m, _ := still(s, 80, 24, Options{Now: func() time.Time { return now }}, "x")
	now = now.Add(flashTime + time.Second)
	m.Update(tickMsg{})
	if got := footer(t, m); !strings.Contains(got, "? help") {
		t.Errorf("the footer says %q", got)
	}
}

// A frozen screen stays as it is while the run goes on, but does not miss its end.
func TestFreeze(t *testing.T) {
	now := start
	m, c := still(well(), 80, 24, Options{Now: func() time.Time { return now }}, "z")
	now = now.Add(time.Minute)
	m.Update(tickMsg{})
	before := picture(t, m)
	c.st = saturated().State
	m.Update(tickMsg{})
	if after := picture(t, m); after != before {
		t.Errorf("a frozen screen changed from\n%s\nto\n%s", before, after)
	}
	m.Update(press("z"))
	if after := picture(t, m); !strings.Contains(after, "cpu-saturated") {
		t.Errorf("after the freeze the screen is still\n%s", after)
	}
	m.Update(press("z"))
	c.st.Phase = session.Done
	if _, cmd := m.Update(tickMsg{}); cmd == nil || cmd() != tea.Quit() {
		t.Error("a frozen screen does not notice that the run is over")
	}
}

// The help names every key that is obeyed and no other.
func TestHelpIsWhatKeysDo(t *testing.T) {
	m, _ := still(well(), 100, 60, Options{}, "?")
	help := picture(t, m)
	for _, a := range m.keys {
		h := a.keys.Help()
		if shown := strings.Contains(help, h.Desc); shown != a.keys.Enabled() {
			t.Errorf("%s (%s) is shown: %v, and obeyed: %v", h.Key, h.Desc, shown, a.keys.Enabled())
		}
	}
}

func TestOverlayScrolls(t *testing.T) {
	m, c := still(well(), 80, 14, Options{}, "?")
	top := picture(t, m)
	for _, k := range []string{"end", "up", "pgup", "home"} {
		m.Update(press(k))
		picture(t, m)
	}
	if back := picture(t, m); back != top {
		t.Errorf("after end, up, pgup and home the help shows\n%s", back)
	}
	m.Update(press("pgdown"))
	if next := picture(t, m); next == top {
		t.Error("pgdown does not scroll the help")
	}
	if len(c.did) > 0 {
		t.Errorf("scrolling the help sent %v", c.did)
	}
	m.Update(press("esc"))
	if got := picture(t, m); strings.Contains(got, "─Keys") {
		t.Errorf("esc leaves the help open:\n%s", got)
	}
}

// On a light background the darker series are used, without colour none.
func TestPalettes(t *testing.T) {
	m, _ := still(well(), 80, 24, Options{})
	if !strings.Contains(m.View().Content, "38;5;39m") {
		t.Error("the dark palette has no blue 39")
	}
	m.Update(tea.BackgroundColorMsg{Color: color.White})
	if got := m.View().Content; strings.Contains(got, "38;5;39m") || !strings.Contains(got, "38;5;25m") {
		t.Error("a light background has the dark one's series")
	}
	m, _ = still(saturated(), 80, 24, Options{NoColor: true})
	m.Update(tea.BackgroundColorMsg{Color: color.White})
	for _, seq := range []string{"\x1b[3", "\x1b[9", "\x1b[4", "38;5"} {
		if strings.Contains(m.View().Content, seq) {
			t.Errorf("without colour there is %q", seq)
		}
	}
}

// Text from elsewhere cannot move the cursor or widen a row.
func TestForeignText(t *testing.T) {
	s := saturated()
	s.Info.Target.Name = "日本\x1b[2J\x1b]0;x\a語\u202e\n"
	s.Load.Errors[0].Message = strings.Repeat("é\u0301日\t\x1b[31m", 80)
	s.Load.Errors[1].Sample.Message, s.Load.Errors[1].Sample.RequestID = "\x1b[31m\u202e", "\a"
	s.event(0, true, strings.Repeat("日本語", 200))
	for _, keys := range [][]string{nil, {"e"}, {"d"}, {":"}} {
		m, _ := still(s, 80, 24, Options{}, keys...)
		if got := picture(t, m); strings.ContainsAny(got, "\x1b\a\u202e") {
			t.Errorf("foreign control characters reach the screen:\n%q", got)
		}
	}
}

// The screen that is saved is the one that is seen, as plain text.
func TestSavingTheScreen(t *testing.T) {
	for _, keys := range []string{"s", "e s", ": s c tab enter"} {
		m, c := still(saturated(), 80, 24, Options{})
		seen := picture(t, m)
		for _, k := range strings.Fields(keys) {
			if k == "s" && strings.HasSuffix(keys, k) {
				seen = picture(t, m)
			}
			m.Update(press(k))
		}
		if len(c.did) != 1 || c.did[0].Verb != session.SaveScreen {
			t.Fatalf("%s: sent %+v", keys, c.did)
		}
		if got := c.did[0].Text; got != seen {
			t.Errorf("%s: saved\n%s\nwant\n%s", keys, got, seen)
		}
		if got := footer(t, m); !strings.Contains(got, "saving the screen") {
			t.Errorf("%s: the footer says %q", keys, got)
		}
	}
}
