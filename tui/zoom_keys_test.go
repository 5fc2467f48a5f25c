package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/runner"
)

// seen is a picture of a scene after some keys, separated by blanks.
func seen(t *testing.T, s *scene, w, h int, keys string) string {
	t.Helper()
	m, _ := still(s, w, h, Options{}, strings.Fields(keys)...)
	return picture(t, m)
}

// A digit zooms its panel, and the same again, esc, or the one with the focus by enter, goes there and back.
func TestZoomAndBack(t *testing.T) {
	before := seen(t, well(), 80, 24, "")
	for _, keys := range []string{"1 1", "2 esc", "3 3", "4 esc", "5 5", ": c l tab enter 3", "1 2 esc", "tab esc", "tab enter esc esc"} {
		m, _ := still(well(), 80, 24, Options{}, strings.Fields(keys)...)
		m.flash = flash{}
		if got := picture(t, m); got != before {
			t.Errorf("%s: shows\n%s\nwant\n%s", keys, got, before)
		}
	}
	for keys, want := range map[string]panel{
		"1": panelTPS, "tab enter": panelTPS, "tab tab enter": panelLatency, "shift+tab enter": panelEndpoint, "shift+tab tab enter": panelTPS,
		"3 tab": panelTable, "1 shift+tab": panelEndpoint, "5 tab": panelTPS, "e 4": panelTable, ": e n d tab enter": panelEndpoint,
		"tab enter enter": noPanel, "enter": noPanel, "1 esc": noPanel,
	} {
		if m, _ := still(well(), 80, 24, Options{}, strings.Fields(keys)...); m.zoomed.panel != want || m.overlay.kind != noOverlay {
			t.Errorf("%s zooms %v, want %v", keys, m.zoomed.panel, want)
		}
	}
}

// The focus goes over the panels that are seen only, and where none is it says what to do.
func TestFocusIsSeen(t *testing.T) {
	if got := seen(t, well(), 60, 18, "tab"); !strings.Contains(got, "▶Client") {
		t.Errorf("in a window without charts the focus is not on the first panel:\n%s", got)
	}
	m, _ := still(well(), 40, 8, Options{}, "tab")
	if got := footer(t, m); !strings.Contains(got, "no panel has room here") {
		t.Errorf("in a window without panels tab says %q", got)
	}
	m, _ = still(well(), 80, 24, Options{ASCII: true}, "tab", "tab")
	if got := picture(t, m); !strings.Contains(got, ">Latency") {
		t.Errorf("in ASCII the focus has no mark:\n%s", got)
	}
	if content := m.View().Content; !strings.Contains(content, "\x1b[7mLatency ms") {
		t.Error("the title with the focus is not reversed")
	}
}

// Where there is no room for a panel, the others stay, and it comes back with the room.
func TestZoomNeedsRoom(t *testing.T) {
	m, _ := still(well(), 40, 5, Options{}, "1")
	if m.zoomed.panel != noPanel || !strings.Contains(footer(t, m), "too small") {
		t.Errorf("a chart in three rows: zoomed %v, says %q", m.zoomed.panel, footer(t, m))
	}
	m.Update(press("3"))
	if got := picture(t, m); !strings.Contains(got, "─Client") {
		t.Errorf("the client has no room in 40x5:\n%s", got)
	}
	m.Update(tea.WindowSizeMsg{Width: 40, Height: 2})
	if got := picture(t, m); strings.Contains(got, "─Client") || !strings.Contains(got, "RUN") {
		t.Errorf("in 40x2 the status line is gone:\n%s", got)
	}
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if got := picture(t, m); !strings.Contains(got, "─Client, the last 10 s") {
		t.Errorf("with room again the client is not zoomed:\n%s", got)
	}
}

// A zoomed text scrolls, a zoomed chart leaves the arrows to the load, and both leave + and -.
func TestKeysOfAZoomedPanel(t *testing.T) {
	steps := func(n int) (l []session.Command) {
		for range n {
			l = append(l, session.Command{Verb: session.Step, Count: 1})
		}
		return l
	}
	for keys, want := range map[string][]session.Command{"5 up + up": steps(1), "1 up + up": steps(3), "4 down end": nil} {
		_, c := still(well(), 80, 24, Options{}, strings.Fields(keys)...)
		if len(c.did) != len(want) {
			t.Errorf("%s sends %v, want %v", keys, c.did, want)
		}
	}
	if top, down := seen(t, well(), 60, 12, "4"), seen(t, well(), 60, 12, "4 pgdown"); top == down {
		t.Errorf("pgdown does not scroll\n%s", top)
	}
	if m, _ := still(well(), 60, 12, Options{}, "4", "pgdown", "home"); picture(t, m) != seen(t, well(), 60, 12, "4") {
		t.Error("home does not go back to the begin")
	}
}

// The figures of a zoomed panel are those that were measured, absent is -, and each second of a history is in its column.
func TestHistory(t *testing.T) {
	s := newScene()
	s.load(stretch{seconds: 20, plan: closed(2), ok: 100, p50: 10, p99: 20}, stretch{seconds: 20, plan: closed(4), ok: 200, p50: 10, p99: 20})
	seconds := s.Load.Seconds
	p := newStrip(seconds, 9, 10)
	users := counted(func(sec *runner.Second) int { return sec.Users })
	if got := p.values(&users); !equal(got, []float64{2, 2, 4, 4}) {
		t.Errorf("users in columns of 10 s are %v, want 2 2 4 4", got)
	}
	p = newStrip(seconds, 3, 10)
	if got := p.values(&users); !equal(got, []float64{2, 4, 4}) {
		t.Errorf("users in three columns of 10 s are %v, want 2 4 4", got)
	}
	holed := slices.Concat(seconds[:15], seconds[25:])
	p = newStrip(holed, 5, 10)
	digit := history{of: func(sec *runner.Second) float64 { return float64(sec.Second % 10) }, worst: true}
	if got := p.values(&digit); !equal(got, []float64{9, 4, 9, 9}) {
		t.Errorf("the worst of each column is %v", got)
	}
	p = newStrip(slices.Concat(seconds[:5], seconds[25:]), 5, 10)
	if got := p.values(&users); got[1] == got[1] || got[0] != 2 || got[2] != 4 {
		t.Errorf("ten seconds that are not known are %v in their column", got[1])
	}
	if p := newStrip(seconds, 22, 0); p.scale != 2 || p.columns != 20 {
		t.Errorf("40 s in 22 columns are %d columns of %d s, want 20 of 2", p.columns, p.scale)
	}
	for _, p := range []strip{newStrip(nil, 22, 0), newStrip(seconds, 2, 0)} {
		if p.columns != 0 {
			t.Errorf("nothing, or no room, has %d columns", p.columns)
		}
	}
}

func equal(a, b []float64) bool {
	for i := range a {
		if len(a) != len(b) || a[i] != b[i] {
			return false
		}
	}
	return true
}

// Figures of a zoomed chart stand beside its title, never on it.
func TestChartNoteLeavesTheTitle(t *testing.T) {
	for w := 20; w < 130; w++ {
		for key, want := range map[string]string{"1": "TPS 202", "2": "Latency ms"} {
			got := seen(t, saturated(), w, 12, key)
			if !strings.Contains(got, want) || w >= 110 && !strings.Contains(got, "s a column") {
				t.Fatalf("%s at %d columns:\n%s", key, w, got)
			}
		}
	}
}

// What is not known of a period is -, its instances are those of that time, and one in which they changed says so.
func TestPeriodRows(t *testing.T) {
	s := detailed()
	s.Counts = append(s.Counts, session.Count{Since: start.Add(2*time.Minute + 10*time.Second), Instances: 5})
	got := seen(t, s, 200, 50, "5")
	for _, want := range []string{
		"14:06  !99%  4771/4800      99%      -        -     -     -     -        -      -  41798     -      -    5      -",
		"14:02   67%  3216/4800      67%    18%     58.1  52.3   126   232      4.4   8080   8080     0      0   1>   8080",
		"14:01   40%  1920/4800      40%    18%     57.9  52.1   125   232      4.4   4628   4628     0      0    1   4628",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no row %q in\n%s", want, got)
		}
	}
}
