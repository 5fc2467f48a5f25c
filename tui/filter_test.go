package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/runner"
)

// eventful is a run with a long log: 30 events of two kinds, some long.
func eventful() *scene {
	s := saturated()
	s.Events = nil
	for i := range 30 {
		text := fmt.Sprintf("%d users -> %d users, reached in 0.1s", i, i+1)
		if i%3 == 0 {
			text = fmt.Sprintf("first timeout number %d: no answer within 70s from the endpoint, which had 100 requests waiting in its queue then", i)
		}
		s.event(time.Duration(i)*10*time.Second, i%3 == 0, text)
	}
	return s
}

func TestLogAndFilterPictures(t *testing.T) {
	sizes := []window{{"80x24", 80, 24}, {"120x36", 120, 36}, {"200x50", 200, 50}, {"60x18", 60, 18}, {"40x8", 40, 8}}
	for name, keys := range map[string]string{"log": "L", "filter": "/ T i m e o", "filter_kept": "/ T i m e o enter", "quit": "q"} {
		for _, size := range sizes {
			t.Run(name+"_"+size.name, func(t *testing.T) {
				m, _ := still(eventful(), size.w, size.h, Options{}, strings.Fields(keys)...)
				golden(t, name+"_"+size.name, picture(t, m))
			})
		}
	}
	for name, tt := range map[string]struct {
		scene func() *scene
		keys  string
	}{"quit_scaled": {scaled, "q"}, "quit_simulated": {simulated, "q"}, "filter_errors": {saturated, "e / q u e u e"}, "filter_none": {well, "? / x y z enter"}} {
		m, _ := still(tt.scene(), 80, 24, Options{}, strings.Fields(tt.keys)...)
		golden(t, name+"_80x24", picture(t, m))
	}
}

// A filter holds while it is typed, in whatever is in front, and goes as it came.
func TestFilter(t *testing.T) {
	for _, tt := range []struct{ keys, want, not string }{
		{"/", "─Log", ""},
		{"/ t i m e", "/time 10 of 30", "users ->"},
		{"/ t i m e backspace backspace backspace backspace", "30 users", "of 30 "},
		{"/ t i m e enter", "/time 10 of 30", "users ->"},
		{"/ t i m e enter esc", "29 users", "of 30 "},
		{"/ t i m e esc", "─Log", "of 30 "},
		{"/ t i m e enter / o esc", "─Log", "of 30 "},
		{"/ T I M E enter / o backspace enter", "/TIME 10 of 30", "users ->"},
		{"/ x enter esc esc", "─TPS", "─Log"},
		{"/ b a c k s p backspace backspace backspace backspace backspace backspace backspace", "─Log", "/"},
		{"e / 5 0 3", "/503 1 of 3", "reset"},
		{"? / h e a t enter", "/heat 1 of ", "describe the"},
		{"d / m 5 enter", "/m5 1 of ", "autoscaling"},
		{"5 / 1 4 : 0 2 enter", "/14:02 1 of ", "14:01 "},
		{"5 / 1 4 : 0 2 enter 5 5", "14:01 ", "/14:02"},
		{": f i l t e r space s a m e enter", "/same 0 of 30", "users ->"},
		{"L e", "─Errors", "─Log"},
		{": l o g enter", "─Log", ""},
	} {
		got := seen(t, eventful(), 80, 24, tt.keys)
		if body := strings.Join(strings.Split(got, "\n")[4:23], "\n"); !strings.Contains(body, tt.want) || tt.not != "" && strings.Contains(body, tt.not) {
			t.Errorf("%s: there is %q wanted, and %q not, in\n%s", tt.keys, tt.want, tt.not, got)
		}
	}
}

// What stands where there is nothing is no line.
func TestFilterOfNothing(t *testing.T) {
	for keys, want := range map[string][2]string{
		"e / s o": {"/so 0 of 0  Errors", "none so far"},
		"L / s o": {"/so 0 of 0  Log", "nothing happened so far"},
	} {
		s := well()
		s.Events, s.Load.Errors = nil, nil
		got := seen(t, s, 80, 24, keys)
		if !strings.Contains(got, want[0]) || !strings.Contains(got, want[1]) || strings.Contains(got, "no line has that") {
			t.Errorf("%s: want %q in\n%s", keys, want, got)
		}
	}
}

// A wrapped item is found whole: by words on both sides of where it was broken, also within a word.
func TestFilterFindsWhatIsWrapped(t *testing.T) {
	rows := rowsOf([]piece{{"14:00:00 no answer", plain}, {"         within 70s", plain}, {"14:00:01 arn:aws:sage", plain}, {"         maker:end", plain}, {}, {"marks", title}})
	for what, want := range map[string][2]int{"answer within": {2, 1}, "sagemaker": {2, 1}, "14:00": {4, 2}, "": {5, 3}, "70S": {2, 1}, "none": {0, 0}} {
		kept, found, all := filtered(rows, strings.ToUpper(what))
		if len(kept) != want[0] || found != want[1] || all != 3 {
			t.Errorf("%q is in %d rows of %d items of %d, want %v of 3", what, len(kept), found, all, want)
		}
	}
}

// The filter scrolls along, takes what is pasted, and does not survive what it stood in.
func TestFilterWhileOtherThingsHappen(t *testing.T) {
	m, c := still(eventful(), 80, 24, Options{}, "/")
	m.Update(tea.PasteMsg{Content: "users"})
	if got := picture(t, m); !strings.Contains(got, "/users 20 of 30") {
		t.Errorf("what is pasted does not filter:\n%s", got)
	}
	c.st.Events = append(c.st.Events, session.Event{At: c.st.Now, Text: "99 users -> 100 users"})
	m.Update(tickMsg{})
	if got := picture(t, m); !strings.Contains(got, "99 users") {
		t.Errorf("the newest line is not in sight:\n%s", got)
	}
	m.Update(press("pgup"))
	if got := picture(t, m); strings.Contains(got, "99 users") {
		t.Errorf("pgup does not scroll what is filtered:\n%s", got)
	}
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 2})
	picture(t, m)
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	for _, k := range []string{"enter", "esc", "esc", "L"} {
		m.Update(press(k))
	}
	if got := picture(t, m); strings.Contains(got, "/users") {
		t.Errorf("the filter of the last time is there again:\n%s", got)
	}
}

// An event that comes while the log is hidden stands in the footer for a moment.
func TestNewsWhileTheLogIsHidden(t *testing.T) {
	for _, tt := range []struct {
		keys string
		w, h int
		want bool
	}{
		{"?", 80, 24, true},
		{"e", 120, 36, true},
		{"", 60, 18, true},
		{"", 40, 8, true},
		{"1", 60, 18, true},
		{"? s", 80, 24, true},
		{"z s", 80, 24, true},
		{"", 80, 24, false},
		{"1", 80, 24, false},
		{"L", 80, 24, false},
		{"z", 80, 24, false},
	} {
		now := start
		m, c := still(saturated(), tt.w, tt.h, Options{Now: func() time.Time { return now }}, strings.Fields(tt.keys)...)
		if !strings.HasSuffix(tt.keys, "s") {
			now = now.Add(time.Minute) // what the keys said is gone
		}
		c.st.Events = append(c.st.Events, session.Event{At: c.st.Now, Text: "saved screen-07m00s.txt"})
		m.Update(tickMsg{})
		if got := strings.Contains(footer(t, m), "saved screen-07m00s"); got != tt.want {
			t.Errorf("%s at %dx%d: the footer tells it: %v", tt.keys, tt.w, tt.h, got)
		}
		now = now.Add(flashTime)
		m.Update(tickMsg{})
		if got := footer(t, m); strings.Contains(got, "saved") {
			t.Errorf("%s: after a moment the footer still says %q", tt.keys, got)
		}
	}
}

// What matters now comes first in 80 columns.
func TestFooterByState(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scene func() *scene
		want  []string
		not   string
	}{
		{"well", well, []string{"+/- load", "l logs", "i scale"}, "e errors"},
		{"failing", saturated, []string{" e errors  l logs  i scale  +/- load"}, "space"},
		{"failed before", func() *scene {
			s := saturated()
			s.load(stretch{seconds: 20, plan: closed(12), ok: 186, p50: 61, p99: 133})
			return s
		}, []string{" +/- load  u users"}, ""},
		{"settling", settling, []string{"q skip the wait", "l logs"}, "i scale"},
	} {
		m, _ := still(tt.scene(), 80, 24, Options{})
		got := footer(t, m)
		for _, want := range append(tt.want, "? help") {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not have %q", tt.name, got, want)
			}
		}
		if tt.not != "" && strings.Contains(got, tt.not) {
			t.Errorf("%s: %q has %q", tt.name, got, tt.not)
		}
	}
}

// The question before the end names the account and the region, in every window that has a row for it.
func TestQuitQuestion(t *testing.T) {
	for _, size := range []window{{"", 200, 50}, {"", 80, 24}, {"", 60, 10}, {"", 40, 8}, {"", 40, 4}} {
		got := seen(t, well(), size.w, size.h, "q")
		for _, want := range []string{"Stop the run? y/N", "123456789012"} {
			if !strings.Contains(got, want) {
				t.Errorf("%dx%d: no %q in\n%s", size.w, size.h, want, got)
			}
		}
		if size.h > 4 && !strings.Contains(got, "us-east-1") {
			t.Errorf("%dx%d: no region in\n%s", size.w, size.h, got)
		}
	}
}

// In ASCII mode text from elsewhere is ASCII too, on the screen and in what is saved, and each row keeps its cells.
func TestForeignTextInASCII(t *testing.T) {
	s := chatty()
	s.Info.Target.Name = "modèle"
	s.Logs.Lines = append(s.Logs.Lines, session.LogLine{At: s.Now, Stream: "AllTraffic/i-1", Text: "can’t “load” 日本 – ├──…"})
	s.failures(runner.ErrorCount{Failure: runner.Failure{Class: runner.ModelError, Message: "überlastet: 日"}, Count: 1})
	s.event(419*time.Second, true, "first überlastet: 日本|")
	for keys, want := range map[string]string{
		"": "first ?berlastet: ????|", "e": "?berlastet: ??", "l": `can't "load" ???? - ?--~`, "L": "?berlastet", "d": "mod?le", "/ é": "/?",
	} {
		m, c := still(s, 80, 24, Options{ASCII: true}, append(strings.Fields(keys), "s")...)
		got := picture(t, m)
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", keys, want, got)
		}
		for _, did := range c.did {
			got += did.Text
		}
		for _, r := range got {
			if r > '~' {
				t.Errorf("%s: %q is not ASCII", keys, r)
			}
		}
	}
}

// A rate above --max-rate is said to be one before it is set.
func TestRatePromptKnowsTheLimit(t *testing.T) {
	for keys, want := range map[string]string{"r 1 5 1": "no more than 150/s (--max-rate)", "r 1 5 0": "enter sets, esc leaves it", "u 1 5 1": "enter sets, esc"} {
		m, _ := still(crowded(), 80, 24, Options{}, strings.Fields(keys)...)
		if got := footer(t, m); !strings.Contains(got, want) {
			t.Errorf("%s: the footer says %q, want %q", keys, got, want)
		}
	}
}
