package main

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"testing"
	"time"

	"sagetop/internal/benchserver"
	"sagetop/runner"
)

func TestSeries(t *testing.T) {
	for _, tt := range []struct {
		s      series
		median float64
		text   string
	}{
		{nil, unknown, "-"},
		{series{unknown}, unknown, "-"},
		{series{3}, 3, "3.00"},
		{series{30, unknown, 10}, 20, "20.0 (10.0-30.0)"},
		{series{300, 100, 200}, 200, "200 (100-300)"},
	} {
		if got := tt.s.median(); got != tt.median && !(math.IsNaN(got) && math.IsNaN(tt.median)) {
			t.Errorf("%v: median %v", tt.s, got)
		}
		if got := tt.s.text(); got != tt.text {
			t.Errorf("%v: %q, want %q", tt.s, got, tt.text)
		}
	}
	if got := (series{6, unknown, 9}).over(series{3, 1, 3}).median(); got != 2.5 {
		t.Errorf("paired ratio %v", got)
	}
	if got := perRequest(time.Second, 0); !math.IsNaN(got) {
		t.Errorf("%v a request of none", got)
	}
	if got := perRequest(time.Second, 1000); got != 1000 {
		t.Errorf("%v us", got)
	}
}

func TestTableAndGoals(t *testing.T) {
	table := &table{title: "T", columns: []string{"a", "b"}}
	table.add("long cell", "1")
	table.note("And %d.", 2)
	var out bytes.Buffer
	table.write(&out)
	goalTable([]goal{
		atMost("x", "us", 1, 2, "1"),
		atLeast("y", "", 1, 2, "1"),
		atMost("z", "", unknown, 2, "-"),
	}).write(&out)
	want := `
## T

| a         | b |
| --------- | - |
| long cell | 1 |

And 2.

## Goals

| goal | wanted  | got |              |
| ---- | ------- | --- | ------------ |
| x    | <= 2 us | 1   | met          |
| y    | >= 2    | 1   | NOT met      |
| z    | <= 2    | -   | not measured |
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}

// The truth of a stall can be said by hand: of 10 s with 200 arrivals a second, those due in the last one but 20 ms wait for its end.
func TestExact(t *testing.T) {
	stalls := []benchserver.Interval{{From: 9 * time.Second, To: 10 * time.Second}}
	times := exact(stalls, 0, 200, 10*time.Second, 20*time.Millisecond)
	if len(times) != 2000 {
		t.Fatalf("%d arrivals", len(times))
	}
	for q, want := range map[float64]time.Duration{
		.5:  20 * time.Millisecond,
		.95: 520 * time.Millisecond, // 100 of 2000 are above it: those due before 9.48 s, from 9.48 s back to 8.98 s
		.99: 920 * time.Millisecond,
		1:   1020 * time.Millisecond,
	} {
		if got := rank(times, q); got < want-5*time.Millisecond || got > want+5*time.Millisecond {
			t.Errorf("p%v is %v, want %v", 100*q, got, want)
		}
	}
	s := runner.Stats{P95: 1, P99: 2}
	if at(&s, .95) != 1 || at(&s, .99) != 2 {
		t.Error("percentiles mixed up")
	}
}

func TestTalliesThatDiffer(t *testing.T) {
	reset := runner.Failure{Class: runner.Reset}
	did := tally{{}: 10, benchserver.Denied.Outcome(): 2}
	said := tally{{}: 9, benchserver.Denied.Outcome(): 2, reset: 1}
	var tb table
	if off := compareTallies(&tb, "c", did, said); off != 2 {
		t.Errorf("%d off", off)
	}
	want := [][]string{
		{"c", "auth 403 AccessDeniedException", "2", "2", ""},
		{"c", "ok", "10", "9", "DIFFER"},
		{"c", "reset", "0", "1", "DIFFER"},
	}
	for i, row := range want {
		for k, cell := range row {
			if tb.rows[i][k] != cell {
				t.Errorf("row %d: %q, want %q", i, tb.rows[i], row)
			}
		}
	}
}

func TestLiveGoal(t *testing.T) {
	o := &options{many: 5, cycles: 2}
	first := liveState{moment: moment{Goroutines: 5, Files: 9, Heap: 100 << 20}}
	if g := liveGoal(o, sdk, first, first, true); g.verdict() != "met" {
		t.Errorf("%+v", g)
	}
	if g := liveGoal(o, sdk, first, first, false); g.verdict() != "not measured" {
		t.Errorf("%+v", g)
	}
	for name, change := range map[string]func(*liveState){
		"goroutine":  func(s *liveState) { s.Goroutines++ },
		"file":       func(s *liveState) { s.Files++ },
		"connection": func(s *liveState) { s.open++ },
		"heap":       func(s *liveState) { s.Heap += 20 << 20 },
	} {
		last := first
		if change(&last); liveGoal(o, sdk, first, last, true).met {
			t.Errorf("one more %s is met", name)
		}
	}
}

// A process is measured over its whole life; one that fails says why.
func TestMeasure(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	u, err := measure(exec.Command(self, "-test.list", "^TestMeasure$"), nil)
	if err != nil || u.CPU <= 0 || u.Wall <= 0 || !bytes.Contains(u.Out, []byte("TestMeasure")) {
		t.Errorf("%+v %v", u, err)
	}
	if _, err := measure(exec.Command(self, "client", "-client", "x"), nil); err == nil || !bytes.Contains([]byte(err.Error()), []byte(`client "x", must be lean or sdk`)) {
		t.Error(err)
	}
	if _, err := measure(exec.Command(self, "client", "-client", "x"), func(exit int) bool { return exit == 1 }); err != nil {
		t.Error(err)
	}
}
