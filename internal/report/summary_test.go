package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

var update = flag.Bool("update", false, "write the golden files anew; read them by eye afterwards")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew):\n got:\n%s\nwant:\n%s", path, got, want)
	}
}

func TestRunJSON(t *testing.T) {
	for _, name := range []string{"good", "invalid", "switched", "scaled", "empty", "streamed"} {
		text, err := Summarize(scenes(t)[name]).JSON()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".json", text)
	}
}

func TestRunJSONReadsBack(t *testing.T) {
	for name, st := range scenes(t) {
		text, err := Summarize(st).JSON()
		if err != nil {
			t.Fatal(err)
		}
		var s Summary
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again, _ := s.JSON(); !bytes.Equal(again, text) {
			t.Errorf("%s: read and written again:\n%s\nwant:\n%s", name, again, text)
		}
	}
}

// TestAWishThatWasNeverLoaded is none of the load: a person paused, asked for a rate, or for more users, and quit.
func TestAWishThatWasNeverLoaded(t *testing.T) {
	for name, wish := range map[string]runner.Plan{
		"a rate":     {Loop: runner.Open, Users: 512, Rate: 50, Poisson: true, Paused: true},
		"more users": {Users: 5000, Paused: true},
	} {
		st := good(t)
		want := Summarize(st).loadText()
		st.Load.Segments, st.Load.Segment, st.Load.Plan = append(st.Load.Segments, st.Load.Segment), runner.Window{Segment: 3, Plan: wish, Length: time.Second}, wish
		s := Summarize(st)
		if got := s.loadText(); got != want || s.Load.Loop != "closed" || s.Load.Rate != nil {
			t.Errorf("%s: %q of %+v, want %q", name, got, s.Load, want)
		}
	}
}

func TestText(t *testing.T) {
	for name, st := range scenes(t) {
		var got bytes.Buffer
		if err := WriteText(&got, Summarize(st), "sagetop-runs/20261123T150405Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", got.Bytes())
		checkPage(t, name, got.String(), 26+ofScaling(st, 12), textWidth)
	}
}

func TestMarkdown(t *testing.T) {
	for name, st := range scenes(t) {
		var got bytes.Buffer
		if err := WriteMarkdown(&got, Summarize(st), "sagetop-runs/20261123T150405Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".md", got.Bytes())
		checkPage(t, name, got.String(), 25, 1000)
	}
}

// TestMarkdownOfTheWorst has all that a run can come to in one: the lines stay as few, and what has no room is named.
func TestMarkdownOfTheWorst(t *testing.T) {
	s, other := Summarize(proving(t, 71, 240)), Summarize(scenes(t)["scaled"])
	s.Scaled, s.Findings, s.Errors, s.Load.Segments = other.Scaled, other.Findings, other.Errors, other.Load.Segments
	s.Sizing.Outcome, s.Sizing.Void = "held", []Void{{TPS: 150, Reason: "client-cpu"}}
	for range 9 {
		s.Activities = append(s.Activities, ScalingActivity{Time: start, Description: "Setting desired instance count to 2.", Status: "Successful"})
		s.Moved, s.Notes = append(s.Moved, "instances changed from 9 to 8"), append(s.Notes, "a note")
	}
	for _, unproven := range []bool{false, true} {
		if unproven {
			s.Sizing.Verification, s.Sizing.Unverified = nil, "that was declined"
		}
		var got bytes.Buffer
		if err := WriteMarkdown(&got, s, "sagetop-runs/20261123T150405Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		checkPage(t, "the worst", got.String(), 25, 1500)
		for _, want := range []string{"| Caveats |", "| Left out | from send, Segments", "| Run |", "To put the instances back"} {
			if !strings.Contains(got.String(), want) {
				t.Errorf("no %q in\n%s", want, got.String())
			}
		}
		if strings.Contains(got.String(), "To verify it") != unproven {
			t.Errorf("unproven %v:\n%s", unproven, got.String())
		}
	}
}

// ofScaling are the lines that are only there when instances were changed.
func ofScaling(st *session.State, lines int) int {
	if len(st.Scalings) == 0 {
		return 0
	}
	return lines
}

func checkPage(t *testing.T, name, page string, most, width int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
	if len(lines) > most {
		t.Errorf("%s has %d lines, more than %d", name, len(lines), most)
	}
	for _, l := range lines {
		if len(l) > width {
			t.Errorf("%s: %d columns: %s", name, len(l), l)
		}
		for _, r := range l {
			if r < ' ' || r > '~' {
				t.Errorf("%s: %q in %q", name, r, l)
			}
		}
	}
}

func TestUnknownIsAbsent(t *testing.T) {
	text, err := Summarize(scenes(t)["empty"]).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, unknown := range []string{"mean", "p50", "cpu_percent", "instances", "vcpus", "age_s", "bytes\": 0", "client"} {
		if strings.Contains(string(text), `"`+unknown) {
			t.Errorf("%q stands in the summary of nothing:\n%s", unknown, text)
		}
	}
	for _, known := range []string{`"sent": 0`, `"failed": 0`, `"count": 0`, `"simulated": false`, `"valid": true`} {
		if !strings.Contains(string(text), known) {
			t.Errorf("%s is missing:\n%s", known, text)
		}
	}
}

func TestPercentilesNeedSamples(t *testing.T) {
	l := latency(stats(99, 10))
	if l.P99 != nil || l.P95 == nil || l.Max == nil {
		t.Errorf("of 99 samples: %+v", l)
	}
	if got := percentile(l.P95, 99, .95); got != "~17.0" {
		t.Errorf("p95 of 99 samples is written %q, without its mark", got)
	}
	if l := latency(stats(100, 10)); l.P99 == nil || l.P999 != nil {
		t.Errorf("of 100 samples: %+v", l)
	}
}

func TestServiceTime(t *testing.T) {
	for _, c := range []struct {
		name              string
		response, service uint64
		want              uint64
	}{{"closed", 10, 0, 10}, {"open", 10, 10, 10}, {"both loops", 10, 4, 0}, {"nothing", 0, 0, 0}} {
		var w runner.Window
		w.Stats[runner.Response].Count, w.Stats[runner.Service].Count = c.response, c.service
		var s Summary
		s.latencies(&w)
		if got := s.Service; c.want == 0 && got != nil || c.want > 0 && (got == nil || got.Count != c.want) {
			t.Errorf("%s: service_ms is %+v", c.name, got)
		}
	}
}

func TestHeadline(t *testing.T) {
	change := map[string]func(*session.State){
		"INCONCLUSIVE ": func(st *session.State) {
			st.Moved, st.SLOs[1].Pass = []string{"instances changed from 1 to 2"}, sizing.Fail
		},
		"SLO HELD":   func(*session.State) {},
		"SLO FAILED": func(st *session.State) { st.SLOs[1].Pass = sizing.Fail },
		"INCONCLUSIVE": func(st *session.State) {
			st.SLOs[0].Pass = sizing.Unknown
		},
		"INVALID":     func(st *session.State) { st.Invalid = &sizing.Finding{ID: "client-cpu"}; st.SLOs[1].Pass = sizing.Fail },
		"ABORTED":     func(st *session.State) { st.Reason, st.Aborted = session.EndAborted, "errors>50% for 10s" },
		"INTERRUPTED": func(st *session.State) { st.Reason = session.EndTerminate },
		"UNFINISHED":  func(st *session.State) { st.Reason, st.Ended = "", st.Ended.AddDate(-3000, 0, 0) },
		"DONE":        func(st *session.State) { st.SLOs = nil },
		"FAILED": func(st *session.State) {
			st.Reason = session.EndFailed
			st.Events = []session.Event{{Kind: session.KindError, Text: "no worker left\ngoroutine 1"}, {Kind: session.KindNote, Text: "x"}}
		},
	}
	for want, f := range change {
		st := good(t)
		f(st)
		s := Summarize(st)
		if got, why := s.headline(); got != strings.TrimSpace(want) || why == "" {
			t.Errorf("headline %q (%s), want %q", got, why, want)
		}
		if want == "FAILED" && s.Failed != "no worker left" {
			t.Errorf("failed: %q", s.Failed)
		}
	}
}

func TestServerProblemAndMissing(t *testing.T) {
	st := good(t)
	st.Points, st.Sample.Problem = nil, &cwmetrics.Problem{Message: "denied"}
	st.Load.Missing, st.Lost = 2, "the disk was full"
	s := Summarize(st)
	if s.Server.Problem != "denied" || s.Server.AgeS != nil || len(s.Server.Points) != 0 {
		t.Errorf("server: %+v", s.Server)
	}
	if s.Lost != "the disk was full; 2 of the client's seconds are missing from the figures" {
		t.Errorf("lost: %q", s.Lost)
	}
	if got := s.caveats(); len(got) == 0 || got[0] != s.Lost {
		t.Errorf("caveats: %q", got)
	}
}
