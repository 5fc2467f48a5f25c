package tui

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// On a screen that is attached to a run, q and ctrl+c leave the run alone; only s after q stops it, or its wait for CloudWatch.
func TestKeysOfAnAttachedScreen(t *testing.T) {
	tests := []struct {
		keys string // separated by blanks
		want []session.Command
		says string
		left bool
	}{
		{"q", nil, "The run goes on without this screen: enter leaves, s stops the run", false},
		{"q enter", nil, "", true},
		{"q y", nil, "", true},
		{"q q", nil, "", true},
		{"q esc", nil, "still here", false},
		{"q s", []session.Command{{Verb: session.Stop}}, "stopping", false},
		{"ctrl+c", nil, "", true},
		{"q ctrl+c", nil, "", true},
		{"u 5 ctrl+c", nil, "", true},
		{": q u i t enter enter", nil, "", true},
		{": t a k e enter", []session.Command{{Verb: session.Take}}, "this screen steers already", false},
		{"+", []session.Command{{Verb: session.Step, Count: 1}}, "load up", false},
	}
	settling := strings.NewReplacer("s stops the run", "s skips the wait", "stopping", "not waiting for CloudWatch any longer")
	for _, phase := range []session.Phase{session.Run, session.Watch, session.Drain, session.Settle} {
		for _, tt := range tests {
			if phase == session.Settle {
				tt.says = settling.Replace(tt.says)
			}
			if tt.keys == "+" && phase.Unsteered(sizing.Instance) != "" {
				tt.want, tt.says = nil, "!the run is ending"
			}
			s := well()
			s.Place, s.Phase = session.Away, phase
			m, c := still(s, 120, 36, Options{}, strings.Fields(tt.keys)...)
			if !reflect.DeepEqual(c.did, tt.want) || m.left != tt.left {
				t.Errorf("%s in %s: sent %+v, left %v", tt.keys, phase, c.did, m.left)
			}
			if got := footer(t, m); !strings.Contains(got, tt.says) {
				t.Errorf("%s in %s: the footer says %q", tt.keys, phase, got)
			}
		}
	}
}

// The key that skips the wait for CloudWatch is another where q leaves, and none where a run is looked back at.
func TestWhichKeySkipsTheWait(t *testing.T) {
	for place, want := range map[session.Place]string{session.Here: "; q skips.", session.Away: "; q, then s skips.", session.Past: "next point in 25s."} {
		s := settling()
		s.Place = place
		m, _ := still(s, 120, 36, Options{})
		if got := picture(t, m); !strings.Contains(got, want) {
			t.Errorf("%v: no %q in\n%s", place, want, got)
		}
	}
}

// However narrow the window, the keys that answer q are named, and no other.
func TestLeavingIsAskedInEveryWindow(t *testing.T) {
	for _, tt := range []struct {
		w     int
		phase session.Phase
		aside string
		want  string
	}{
		{80, session.Run, "", " The run goes on without this screen: enter leaves, s stops the run, esc stays"},
		{80, session.Settle, "", " The run goes on without this screen: enter leaves, s skips the wait, esc stays"},
		{80, session.Run, "another screen steers", " The run goes on without this screen: enter leaves, esc stays"},
		{60, session.Run, "", " enter leaves, s stops it, esc stays"},
		{40, session.Settle, "", " enter leaves, s skips it, esc stays"},
		{40, session.Run, "another screen steers", " enter leaves, esc stays"},
	} {
		s := well()
		s.Place, s.Phase, s.Aside = session.Away, tt.phase, tt.aside
		m, _ := still(s, tt.w, 18, Options{}, "q")
		if got := footer(t, m); got != tt.want {
			t.Errorf("%d columns in %s: the footer says %q, want %q", tt.w, tt.phase, got, tt.want)
		}
	}
}

// Once the run is over there is nothing to leave alone.
func TestAnAttachedScreenOfARunThatIsOver(t *testing.T) {
	s := well()
	s.Place, s.Phase = session.Away, session.Done
	if m, _ := still(s, 80, 24, Options{}, "q"); m.left || m.prompt != nil {
		t.Errorf("left %v, asked %v", m.left, m.prompt != nil)
	}
}

// Beside a screen that steers, keys that would change something are not offered, and the footer says what to do about it.
func TestAside(t *testing.T) {
	s := well()
	s.Place, s.Aside = session.Away, "another screen steers since 14:03: :take takes over"
	for _, asks := range []string{"u", "r", "i", ": u s e r s enter", ": i n s t a n c e s space 5 enter"} {
		m, c := still(s, 80, 24, Options{}, strings.Fields(asks)...)
		if got := footer(t, m); m.prompt != nil || len(c.did) > 0 || !strings.Contains(got, s.Aside) {
			t.Errorf("%s: the footer says %q, sent %+v", asks, got, c.did)
		}
	}
	m, c := still(s, 80, 24, Options{})
	if got := footer(t, m); !strings.Contains(got, "another screen steers (:take)") || strings.Contains(got, "users") || !strings.Contains(got, "q quit  ? help") {
		t.Errorf("the footer says %q", got)
	}
	for _, k := range strings.Fields(": t a k e enter") {
		m.Update(press(k))
	}
	if got := footer(t, m); !strings.Contains(got, "this screen steers") || strings.Contains(got, "already") || len(c.did) != 1 {
		t.Errorf("the footer says %q, sent %+v", got, c.did)
	}
}

// Whoever started the screen learns that it was left.
func TestLeavingEndsTheProgram(t *testing.T) {
	c := newConsole(t, 80, 24)
	run := &obeying{st: well().State}
	run.st.Place = session.Away
	ended := c.start(t.Context(), run, c)
	c.shows("RUN")
	c.press('q')
	c.shows("The run goes on without this screen")
	c.press('q')
	if err := c.returns(ended); !errors.Is(err, ErrLeft) {
		t.Errorf("Run returned %v", err)
	}
	c.left()
	if len(run.did) > 0 {
		t.Errorf("the run was told %+v", run.did)
	}
}

// A terminal that reads nothing for too long counts as gone, where the run is to go on without it.
func TestAStuckTerminalIsGivenUp(t *testing.T) {
	c := newConsole(t, 80, 24)
	out := &stalled{console: c, stop: make(chan struct{}), blocked: make(chan struct{}), release: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		options := Options{Environ: []string{"TERM=xterm-256color"}, Stuck: 200 * time.Millisecond}
		ended <- run(t.Context(), c.in, out, &obeying{st: well().State}, options, 50*time.Millisecond, tea.WithWindowSize(80, 24))
	}()
	c.shows("RUN")
	close(out.stop)
	c.press('?')
	err := c.returns(ended)
	stuck, ok := errors.AsType[*StuckError](err)
	if !ok {
		t.Fatalf("Run returned %v, want a StuckError", err)
	}
	close(out.release)
	<-stuck.Left
}
