package tui

import (
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// drowned is an open loop of which most fails and the rest takes many seconds.
func drowned() *scene {
	s := newScene()
	p := open(2000)
	p.Users = 20000
	s.load(
		stretch{seconds: 60, plan: p, ok: 1900, p50: 548, p99: 9404},
		stretch{seconds: 72, plan: p, ok: 19, failed: 1555, p50: 10_400, p99: 19_300, due: 1304},
	)
	s.points(minute{at: 0, cpu: 99, model: 540, modelP99: 9300, overhead: 4.4, invocations: ours})
	s.Load.Ten.Stats[runner.SendLag] = statsOf(190, 3*time.Second, 10_700*time.Millisecond)
	s.Load.Plan10.Stats[runner.SendLag] = s.Load.Ten.Stats[runner.SendLag]
	s.Load.Run.Stats[runner.SendLag] = statsOf(20_000, 80*time.Microsecond, 10_700*time.Millisecond)
	return s
}

// What takes seconds says so in every panel.
func TestPicturesOfSeconds(t *testing.T) {
	for _, size := range []window{{"80x24", 80, 24}, {"60x18", 60, 18}, {"120x36", 120, 36}} {
		m, _ := still(drowned(), size.w, size.h, Options{})
		got := picture(t, m)
		golden(t, "drowned_"+size.name, got)
		if strings.Contains(got, "sms") {
			t.Errorf("two units in one figure:\n%s", got)
		}
	}
	m, _ := still(drowned(), 80, 24, Options{}, "d", "pgdown")
	got := picture(t, m)
	golden(t, "describe_drowned_80x24", got)
	if strings.Contains(got, "s ms") {
		t.Errorf("two units behind one figure:\n%s", got)
	}
}

// rowOf the latency table that is w cells wide.
func rowOf(s *runner.Stats, name string, w int) string {
	g := &canvas.Grid{}
	g.Reset(w, 4)
	f := &frame{g: g, st: &session.State{}}
	f.tableRow(canvas.Rect{W: w, H: 4}, 1, name, s, columnsFor(w))
	return strings.TrimRight(strings.Split(g.String(), "\n")[2], " ")
}

func TestLatencyRow(t *testing.T) {
	ms := func(n uint64, p50, p95, p99, p999 float64) *runner.Stats {
		return &runner.Stats{
			Count: n, P50: millisOf(p50), P90: millisOf(p95), P95: millisOf(p95), P99: millisOf(p99),
			P999: millisOf(p999), Max: millisOf(p999),
		}
	}
	for _, tt := range []struct {
		s    *runner.Stats
		want string
	}{
		{ms(0, 0, 0, 0, 0), " plan   -    -    -     -     0"},
		{ms(12_345_678, 9.9, 9.9, 9.9, 9.9), " plan 9.9  9.9  9.9   9.9 12.3M"},
		{ms(99_999_999, 9998, 9998, 9998, 9999), "plan 9998 9998 9998  9999  100M"},
		{ms(6819, 548, 9404, 9404, 9999), " plan 548 9404 9404 ~9999  6819"},
		{ms(150, 548, 9404, 9999, 9999), " plan 548 ~9404 ~9999   -   150"},
		{ms(6819, 548, 9404, 10_400, 10_900), "plan 0.5s 9.4s  10s  ~11s  6819"},
		{ms(6819, 10_000, 17_400, 19_100, 19_300), " plan 10s  17s  19s  ~19s  6819"},
		{ms(150, 9.9, 900_000, 900_000, 900_000), "plan 10ms ~900s ~900s   -   150"},
		{ms(15, 12_000, 0, 0, 0), "plan ~12s    -    -     -    15"},
		{ms(15, 900_000, 0, 0, 0), "plan ~900s   -    -     -    15"},
		{ms(12_345_678, 900_000, 900_000, 900_000, 1_020_000), "plan 900s 900s 900s   17m 12.3M"},
		{ms(6819, 0.4, 9.9, 900_000, 900_000), "plan <1ms 10ms 900s ~900s  6819"},
	} {
		if got := rowOf(tt.s, "plan", 31); got != tt.want {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

// Whatever the figures are, as many stand apart as there are columns, and none is cut.
func TestLatencyRowsStandApart(t *testing.T) {
	times := []float64{0, 0.4, 9.9, 99.7, 9499, 9999.4, 9999.6, 99_940, 900_000, 5_000_000}
	for _, w := range []int{31, 37, 38, 41, 43, 45} {
		for _, n := range []uint64{1, 15, 50, 150, 500, 6819, 65_432, 999_999, 9_999_999, 99_999_999} {
			for i, low := range times {
				for _, high := range times[i:] {
					d := millisOf(high)
					s := &runner.Stats{Count: n, P50: millisOf(low), P90: d, P95: d, P99: d, P999: d, Max: d}
					row := rowOf(s, "plan", w)
					fields := strings.Fields(row)
					if len(fields) != len(columnsFor(w))+2 || fields[len(fields)-1] != countText(n) {
						t.Fatalf("%d cells, %d samples of %v to %v ms: %q", w, n, low, high, row)
					}
				}
			}
		}
	}
}

// However many fail, their figures stand apart from the name.
func TestFailedStandsApart(t *testing.T) {
	for _, tt := range []struct {
		ok, failed uint64
		want       string
	}{
		{100, 0, " failed    0   0%"},
		{192, 1555, "!failed  1555 89%"},
		{192, 999, "!failed 999/s 84%"},
		{0, 1555, "!failed 1555 100%"},
		{0, 123_456, "!failed      100%"},
	} {
		m, c := still(drowned(), 80, 24, Options{})
		for _, w := range []*runner.Window{&c.st.Load.Ten, &c.st.Load.Plan10} {
			w.OK, w.Failed, w.Length = tt.ok, tt.failed, time.Second
		}
		m.Update(tickMsg{})
		if got := picture(t, m); !strings.Contains(got, tt.want+" │") {
			t.Errorf("%q is missing in\n%s", tt.want, got)
		}
	}
}

// Users are on their way to what was asked for only while there is load.
func TestUsersOnTheirWay(t *testing.T) {
	for phase, want := range map[session.Phase]string{session.Ramp: "users    7 -> 12 ", session.Drain: "users          7 ", session.Settle: "users          7 "} {
		s := starting()
		s.Phase = phase
		m, _ := still(s, 80, 24, Options{})
		if got := picture(t, m); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", phase, want, got)
		}
	}
}

func TestField(t *testing.T) {
	g := &canvas.Grid{}
	g.Reset(18, 2)
	f := &frame{g: g}
	f.field(canvas.Rect{W: 18, H: 2}, 0, "wait p99", "123456789", false)
	if got := strings.Split(g.String(), "\n")[1]; got != " wait p99 1234567…" {
		t.Errorf("%q", got)
	}
}

func TestTimesText(t *testing.T) {
	for _, tt := range []struct {
		pieces []string
		want   string
	}{
		{[]string{"p50 0.1", "p99 -", "max 9.9"}, "p50 0.1 p99 - max 9.9 ms"},
		{[]string{"p50 0.1", "p99 -", "max 18.6s"}, "p50 0.1ms p99 - max 18.6s"},
	} {
		if got := timesText(tt.pieces); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	for text, want := range map[string]string{"-": "-", "~12": "~12ms", "10.7s": "10.7s", "": ""} {
		if got := withUnit(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
