package tui

import (
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
)

// lookBack looks back at a scene, of a run that was so much longer.
func lookBack(s *scene, more time.Duration) *scene {
	s.Place, s.Look = session.Past, session.Look{End: s.Now.Add(more), Read: 1}
	return s
}

func lookingBack() *scene { return lookBack(well(), 6*time.Minute) }

func pastEnd() *scene { return lookBack(finished(), 0) }

func following() *scene {
	s := lookBack(saturated(), 0)
	s.Look.GoesOn = true
	return s
}

func readingIt() *scene {
	s := lookingBack()
	s.Look.Read = .43
	return s
}

func played() *scene {
	s := lookBack(scaled(), time.Hour)
	s.Look.Speed = 8
	return s
}

func brokenOff() *scene {
	s := lookBack(paused(), 0)
	s.Look.Broken = true
	s.Lost = "the last line of timeline.ndjson is torn and left out: the process was killed, or the disk was full"
	return s
}

func pastWatching() *scene { return lookBack(watching(), time.Minute) }

func pastSettling() *scene { return lookBack(settling(), time.Minute) }

func TestPicturesOfThePast(t *testing.T) {
	first := window{"80x24", 80, 24}
	sizes := []window{first, {"120x36", 120, 36}, {"60x18", 60, 18}, {"40x8", 40, 8}}
	for _, s := range []struct {
		name    string
		make    func() *scene
		keys    string
		windows []window
	}{
		{"past", lookingBack, "", sizes},
		{"past_end", pastEnd, "", sizes},
		{"past_following", following, "", sizes},
		{"past_broken", brokenOff, "", []window{first}},
		{"past_played", played, "", []window{first}},
		{"past_reading", readingIt, "", []window{first}},
		{"past_watching", pastWatching, "", []window{first}},
		{"past_settling", pastSettling, "", []window{first}},
		{"past_help", lookingBack, "?", sizes},
		{"past_steered", lookingBack, "u", []window{first, {"40x8", 40, 8}}},
	} {
		for _, size := range s.windows {
			m, _ := still(s.make(), size.w, size.h, Options{}, strings.Fields(s.keys)...)
			golden(t, s.name+"_"+size.name, picture(t, m))
		}
	}
}

// At the end of a run that was too short for a verdict none is awaited.
func TestPastWithoutAVerdict(t *testing.T) {
	s := lookBack(starting(), 0)
	s.Phase = session.Done
	m, _ := still(s, 80, 24, Options{})
	if got := picture(t, m); !strings.Contains(got, "no verdict: CloudWatch has no whole period of one setting") || strings.Contains(got, "measuring") {
		t.Errorf("it shows\n%s", got)
	}
}

// However narrow the window, that the endpoint was simulated is said.
func TestSimulatedPastSaysSo(t *testing.T) {
	for w := leastWidth; w <= 120; w++ {
		m, _ := still(lookBack(simulated(), 3*time.Hour), w, 24, Options{})
		if got := picture(t, m); !strings.Contains(got, "SIMULATED") || !strings.Contains(got, "04:12 / 3:04:12") {
			t.Errorf("%d cells wide:\n%s", w, got)
		}
	}
}

// Keys that move in time do so by the chart's columns; what would steer says why it does not, and asks nothing.
func TestKeysOfThePast(t *testing.T) {
	seek := func(n int) []session.Command { return []session.Command{{Verb: session.Seek, Count: n}} }
	for _, tt := range []struct {
		keys string
		want []session.Command
		says string
	}{
		{"left", seek(-5), "left/right time"},
		{"right", seek(5), "left/right time"},
		{"shift+left", seek(-50), "left/right time"},
		{"shift+right", seek(50), "left/right time"},
		{"[ left", seek(-2), "left/right time"},
		{"home", []session.Command{{Verb: session.SeekFirst}}, "left/right time"},
		{"end", []session.Command{{Verb: session.SeekLast}}, "left/right time"},
		{": b a tab 9 0 enter", seek(-90), "left/right time"},
		{": f o r w a r d enter", seek(5), "left/right time"},
		{": f o r w a r d space 0 enter", nil, "seconds are a whole number from 1 to 864000"},
		{": f i r s t enter", []session.Command{{Verb: session.SeekFirst}}, "left/right time"},
		{": l a s t enter", []session.Command{{Verb: session.SeekLast}}, "left/right time"},
		{"space", []session.Command{{Verb: session.Pause}}, "left/right time"},
		{"+ = -", []session.Command{{Verb: session.Step, Count: 1}, {Verb: session.Step, Count: 1}, {Verb: session.Step, Count: -1}}, "left/right time"},
		{"? home end", nil, "esc back"}, // the help scrolls
		{"? left", seek(-5), "esc back"},
		{"up", nil, "nothing is steered"},
		{"pgdown", nil, "nothing is steered"},
		{"u 5 enter", nil, "no panel has the focus"},
		{"u", nil, "nothing is steered"},
		{"r", nil, "nothing is steered"},
		{"i", nil, "nothing is steered"},
		{"x", nil, "nothing is steered"},
		{": u s e r s space 5 enter", nil, "nothing is steered"},
		{": u", nil, ":u"}, // no name of what cannot be
		{"z", nil, "no key z"},
		{"l", []session.Command{{Verb: session.ReadLogs}}, "esc back"},
	} {
		s := lookingBack()
		m, c := still(s, 120, 36, Options{})
		for _, k := range strings.Fields(tt.keys) {
			picture(t, m)
			m.Update(press(k))
		}
		if m.charts.scale == 0 {
			t.Fatal("there is no chart")
		}
		if !reflect.DeepEqual(c.did, tt.want) {
			t.Errorf("%s: sent %+v, want %+v", tt.keys, c.did, tt.want)
		}
		if got := footer(t, m); !strings.Contains(got, tt.says) {
			t.Errorf("%s: the footer says %q, want %q in it", tt.keys, got, tt.says)
		}
	}
}

// The help of the past names what can be done there, and nothing else.
func TestHelpOfThePast(t *testing.T) {
	m, _ := still(lookingBack(), 100, 60, Options{}, "?")
	help := picture(t, m)
	for _, a := range m.keys {
		if h := a.keys.Help(); h.Key != "" && !strings.Contains(help, h.Desc) {
			t.Errorf("%s (%s) is not shown", h.Key, h.Desc)
		}
	}
	for _, steers := range []string{"type a number of users", "scale the variant", "measure afresh", "freeze", "steer from this screen", "stop the run"} {
		if strings.Contains(help, steers) {
			t.Errorf("the help offers to %s:\n%s", steers, help)
		}
	}
}

// On a run that is here, the keys that move in time say where they do.
func TestTimeKeysOfThePresent(t *testing.T) {
	for _, k := range []string{"left", "right", "shift+left", "shift+right", "home", "end"} {
		m, c := still(well(), 80, 24, Options{}, k)
		if got := footer(t, m); !strings.Contains(got, "left and right move in time when looking back: sagetop view RUN") || len(c.did) > 0 {
			t.Errorf("%s: the footer says %q, sent %v", k, got, c.did)
		}
	}
}

// A look back is left at once and by nobody but who looks, whatever phase the run was in.
func TestLeavingThePast(t *testing.T) {
	for _, s := range []func() *scene{lookingBack, pastEnd, pastSettling, pastWatching, following} {
		for _, k := range []string{"q", "ctrl+c"} {
			m, c := still(s(), 80, 24, Options{})
			if _, cmd := m.Update(tickMsg{}); cmd == nil {
				t.Error("it does not go on looking")
			}
			if _, cmd := m.Update(press(k)); cmd == nil || cmd() != tea.Quit() || len(c.did) > 0 {
				t.Errorf("%s does not leave at once; sent %v", k, c.did)
			}
		}
	}
}

// Ages, times left and what is due are those of the moment that is shown: whatever the clock says, the picture is the same.
func TestPastGoesByItsOwnClock(t *testing.T) {
	for _, s := range []func() *scene{lookingBack, pastEnd, played, pastSettling, pastWatching} {
		var before string
		for _, later := range []time.Duration{0, 999 * time.Hour} {
			now := time.Now().Add(later)
			m, _ := still(s(), 120, 36, Options{Now: func() time.Time { return now }})
			got := picture(t, m)
			if before != "" && got != before {
				t.Errorf("%v later the picture is\n%s\nbefore\n%s", later, got, before)
			}
			before = got
		}
	}
}

// Where nothing changed nothing is drawn anew, whatever is pulled; a message still goes when its time is over.
func TestStandingStillDrawsNothing(t *testing.T) {
	now := start
	for name, s := range map[string]func() *scene{"past": lookingBack, "a run that stands still": saturated} {
		m, c := still(s(), 80, 24, Options{Now: func() time.Time { return now }})
		m.View()
		tick := func(why string, want bool) {
			t.Helper()
			m.Update(tickMsg{})
			if m.stale != want {
				t.Errorf("%s: %s: drawn anew: %v", name, why, m.stale)
			}
			m.View()
		}
		tick("nothing changed", false)
		c.st.Load.Errors = append(c.st.Load.Errors[:0:0], c.st.Load.Errors...)
		tick("an equal list", false)
		c.st.Load.Run.OK++
		tick("a figure", true)
		tick("nothing changed", false)
		c.st.Now = c.st.Now.Add(time.Second)
		tick("the moment", true)
		m.Update(press("k"))
		m.View()
		tick("a message stands", false)
		now = now.Add(flashTime)
		tick("its time is over", true)
		tick("nothing changed", false)
	}
}

// countingWriter counts what is written to a terminal.
type countingWriter struct {
	*console
	bytes atomic.Int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	c.bytes.Add(int64(len(p)))
	return c.console.Write(p)
}

// watched says how often a run was looked at.
func (o *obeying) watched() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.looks
}

// A look back at which nothing moves sends the terminal not a byte. What changes is shown, and then it is silent again.
func TestProgramIsSilentWhereNothingChanges(t *testing.T) {
	c := newConsole(t, 80, 24)
	out := &countingWriter{console: c}
	run := &obeying{st: lookingBack().State}
	ended := c.start(t.Context(), run, out)
	silent := func() {
		t.Helper()
		looks := run.watched()
		c.until("two looks", func() bool { return run.watched() > looks+2 }) // what was to be drawn is drawn
		before := out.bytes.Load()
		looks = run.watched()
		c.until("looks at it", func() bool { return run.watched() > looks+8 })
		if sent := out.bytes.Load() - before; sent > 0 {
			t.Errorf("%d bytes were sent while nothing changed", sent)
		}
	}
	c.shows("VIEW RUN")
	silent()
	run.mu.Lock()
	run.st = pastEnd().State
	run.mu.Unlock()
	c.shows("VIEW DONE")
	silent()
	c.press('q')
	if err := c.returns(ended); err != nil {
		t.Errorf("Run returned %v", err)
	}
	c.left()
}
