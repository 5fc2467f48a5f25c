package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// finding is a run that searches, as far as the burst.
func finding() *scene {
	s := newScene()
	s.Info.Find, s.Info.Duration, s.Total, s.Phase = true, 0, 0, session.Finding
	s.Info.Command = []string{"sagetop", "find", "distilbert", "-d", "hi", "--slo", "p99<200ms"}
	warm := closed(2)
	warm.Warmup = true
	s.load(
		stretch{seconds: 30, plan: warm, ok: 34, p50: 57, p99: 98},
		stretch{seconds: 15, plan: closed(2), ok: 34, p50: 57, p99: 96},
		stretch{seconds: 8, plan: closed(4), ok: 66, p50: 59, p99: 103},
		stretch{seconds: 8, plan: closed(8), ok: 125, p50: 62, p99: 118},
	)
	s.slo("p99<200ms", 118, sizing.Unknown, sizing.Pass, 0)
	s.Search = &session.Search{Asked: 3, Progress: sizing.Progress{
		Phase: sizing.PhaseBurst, Users: 8, For: 8 * time.Second, Done: .12, Left: 7*time.Minute + 44*time.Second,
	}}
	return s
}

func findingStep() *scene {
	s := finding()
	s.load(
		stretch{seconds: 12, plan: closed(32), ok: 203, p50: 155, p99: 330},
		stretch{seconds: 4, plan: open(101), ok: 101, p50: 60, p99: 110},
		stretch{seconds: 40, plan: open(174.5), ok: 174, p50: 76, p99: 172},
		stretch{seconds: 12, plan: open(189), ok: 188, p50: 95, p99: 420},
		stretch{seconds: 4, plan: open(113), ok: 113, p50: 61, p99: 115},
		stretch{seconds: 20, plan: open(181), ok: 181, p50: 80, p99: 196},
	)
	s.Search.Progress = sizing.Progress{
		Phase: sizing.PhaseStep, Step: 3, Rate: 181, For: 20 * time.Second, Excess: .93, Passed: 174.5, Failed: 189,
		Capacity: 181, Spread: .012, Done: .31, Left: 5*time.Minute + 20*time.Second,
	}
	return s
}

func findingVerify() *scene {
	s := findingStep()
	s.load(stretch{seconds: 90, plan: open(179.2), ok: 179, p50: 78, p99: 184})
	s.Search.Progress = sizing.Progress{
		Phase: sizing.PhaseVerify, Step: 4, Rate: 179.2, For: 90 * time.Second, Excess: .71, Passed: 181, Failed: 189,
		Capacity: 182, Spread: .009, Done: .58, Left: 4*time.Minute + 10*time.Second,
	}
	return s
}

// found is the end of a search that came to that.
func found(s *scene, r sizing.Result) *scene {
	r.Rules, r.TargetCPU = []sizing.Rule{s.SLOs[len(s.SLOs)-1].Rule}, 65
	s.Phase, s.Search.Over, s.Search.Result = session.Settle, true, r
	s.Search.Progress.Phase, s.Search.Progress.Done, s.Search.Progress.Left = sizing.PhaseOver, 1, 0
	return s
}

func foundHeld() *scene {
	return found(findingVerify(), sizing.Result{
		Outcome: sizing.Held, Rate: 179.2, TPS: 179.4, Verified: true, Held: 120 * time.Second, Bad: 151, Total: 21_504, Low: .0049, Top: .0102, Failing: 189,
	})
}

func foundClientLimited() *scene {
	return found(findingStep(), sizing.Result{
		Outcome: sizing.ClientLimited, Reason: "client-cpu: short of CPU in 9 of 20 s", Rate: 174.5, TPS: 174.2, Failing: 189,
	})
}

func TestFindPictures(t *testing.T) {
	for _, s := range []struct {
		name string
		make func() *scene
		keys []string
	}{
		{"find_burst", finding, nil},
		{"find_step", findingStep, nil},
		{"find_verify", findingVerify, nil},
		{"find_held", foundHeld, nil},
		{"find_client_limited", foundClientLimited, nil},
		{"find_asks", well, []string{"f"}},
		{"find_gives_up", findingStep, []string{"f"}},
	} {
		for _, size := range []window{{"80x24", 80, 24}, {"120x36", 120, 36}} {
			t.Run(s.name+"_"+size.name, func(t *testing.T) {
				m, _ := still(s.make(), size.w, size.h, Options{}, s.keys...)
				golden(t, s.name+"_"+size.name, picture(t, m))
			})
		}
	}
}

// One key asks, and only a yes is one: to begin, and to give up.
func TestFindKeyAsks(t *testing.T) {
	for _, c := range []struct {
		make func() *scene
		keys []string
		want session.Verb
		says string
	}{
		{well, []string{"f", "y"}, session.Find, "searching for the capacity"},
		{well, []string{"f", "n"}, "", "nothing is searched for"},
		{well, []string{"f", "esc"}, "", "nothing is searched for"},
		{findingStep, []string{"f", "y"}, session.EndFind, "giving the search up"},
		{findingStep, []string{"f", "esc"}, "", "the search goes on"},
		{func() *scene { s := well(); s.SLOs = nil; return s }, []string{"f"}, "", "no SLO to search for"},
	} {
		m, run := still(c.make(), 80, 24, Options{}, c.keys...)
		sent := slices.IndexFunc(run.did, func(d session.Command) bool { return d.Verb == c.want })
		if (c.want == "") != (len(run.did) == 0) || c.want != "" && sent < 0 {
			t.Errorf("%v: sent %v, want %q", c.keys, run.did, c.want)
		}
		if got := picture(t, m); !strings.Contains(got, c.says) {
			t.Errorf("%v: it does not say %q:\n%s", c.keys, c.says, got)
		}
	}
}

// The row of a search gives its place back where the load goes on after it.
func TestFindRowIsOfTheSearchAlone(t *testing.T) {
	s := sized()
	s.Search = &session.Search{}
	s.slo("p99<200ms", 150, sizing.Pass, sizing.Pass, 0)
	s = found(s, sizing.Result{Outcome: sizing.Held, Rate: 170, TPS: 170})
	s.Phase = session.Run
	if got := sizeLine(t, s); !strings.HasPrefix(got, "Size 131/s") {
		t.Errorf("the row says %q", got)
	}
}

// What is marked on the axis is told apart in ASCII too, and both marks stay where the rates are nearly one.
func TestBracketMarks(t *testing.T) {
	s := findingStep()
	s.Search.Progress.Failed = s.Search.Progress.Passed + .1
	m, _ := still(s, 80, 24, Options{ASCII: true})
	if got := picture(t, m); !strings.Contains(got, "HF") {
		t.Errorf("no bracket:\n%s", got)
	}
}
