package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// resting is a search that has its answer, and whose target is to be verified.
func resting() *scene {
	s := foundHeld()
	s.Phase, s.Info.Sizing = session.Resting, sizing.Ask{TPS: 1000, Price: 3.36}
	s.Info.Prove = &session.Prove{For: 5 * time.Minute, Consent: session.ToBeAsked}
	s.Info.Target.ScalingKnown = true
	s.Proposal = &session.Proposal{TPS: 1000, For: 5 * time.Minute}
	s.load(stretch{seconds: 12, plan: rests(), ok: 18, p50: 57, p99: 98})
	return s
}

func rests() runner.Plan {
	p := open(18)
	p.Warmup = true
	return p
}

func restingAsks() *scene {
	s := resting()
	s.Proposal.From, s.Proposal.To, s.Proposal.Until = 1, 9, s.Now.Add(9*time.Minute+40*time.Second)
	return s
}

func restingScales() *scene {
	s := restingAsks()
	s.Proposal.Until = time.Time{}
	s.Scalings = []session.Scaling{{From: 1, To: 9, Asked: s.Now.Add(-40 * time.Second)}}
	e := s.Info.Target.Endpoint
	e.Variants = slices.Clone(e.Variants)
	e.Variants[0].Desired = 9
	s.Endpoint = &e
	return s
}

// holding the target, so long since its begin.
func holding(since time.Duration) *scene {
	s := restingScales()
	s.Phase, s.Scalings[0].Over = session.Verifying, s.Now.Add(-time.Minute)
	s.Endpoint.Variants[0].Instances = 9
	s.load(stretch{seconds: 60, plan: open(1000), ok: 1000, p50: 61, p99: 131})
	s.Verify = &session.Verification{TPS: 1000, For: 5 * time.Minute, From: s.Now.Add(-since), Projected: &sizing.Projection{TPS: 131, CPU: 65, Needed: 8, Instances: 9}}
	return s
}

func TestProvePictures(t *testing.T) {
	for _, s := range []struct {
		name string
		make func() *scene
		keys []string
	}{
		{"prove_points", resting, nil},
		{"prove_asks", restingAsks, nil},
		{"prove_scales", restingScales, nil},
		{"prove_warms", func() *scene { return holding(-8 * time.Second) }, nil},
		{"prove_holds", func() *scene { return holding(50 * time.Second) }, nil},
	} {
		for _, size := range []window{{"80x24", 80, 24}, {"120x36", 120, 36}} {
			t.Run(s.name+"_"+size.name, func(t *testing.T) {
				m, _ := still(s.make(), size.w, size.h, Options{}, s.keys...)
				m.Update(tickMsg{})
				golden(t, s.name+"_"+size.name, picture(t, m))
			})
		}
	}
}

// The question comes by itself: only what is meant for it answers it, and it goes when the run asks no longer.
func TestProposalAsks(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want session.Command
		says string
	}{
		{[]string{"y"}, session.Command{Verb: session.SetInstances, Count: 9}, "9 instances asked"},
		{[]string{"n"}, session.Command{Verb: session.Decline}, "not scaled: the answer stays projected"},
		{[]string{"esc"}, session.Command{Verb: session.Decline}, "not scaled"},
		{[]string{"+"}, session.Command{}, "Scale to 9 and verify? y/N, i: another number"},
		{[]string{"i", "1", "2", "enter", "y"}, session.Command{Verb: session.SetInstances, Count: 12}, "12 instances asked"},
		{[]string{"i", "esc"}, session.Command{}, "Scale to 9 and verify?"},
		{[]string{"y", "n"}, session.Command{Verb: session.SetInstances, Count: 9}, "no key n"},
	} {
		m, run := still(restingAsks(), 80, 24, Options{})
		m.Update(tickMsg{})
		for _, k := range c.keys {
			m.Update(press(k))
			m.Update(tickMsg{})
		}
		if got := picture(t, m); !strings.Contains(got, c.says) {
			t.Errorf("%v: it does not say %q:\n%s", c.keys, c.says, got)
		}
		if c.want.Verb == "" && len(run.did) > 0 || c.want.Verb != "" && (len(run.did) != 1 || run.did[0] != c.want) {
			t.Errorf("%v: sent %+v, want %+v", c.keys, run.did, c.want)
		}
	}
	m, run := still(restingAsks(), 80, 24, Options{})
	m.Update(tickMsg{})
	if run.st.Proposal = nil; m.prompt == nil || !strings.Contains(picture(t, m), "8 more cost money (+26.88 USD/h) until scaled back") {
		t.Errorf("no question:\n%s", picture(t, m))
	}
	if m.Update(tickMsg{}); m.prompt != nil {
		t.Error("it asks what is asked no longer")
	}
	past := restingAsks()
	past.Place = session.Past
	m, _ = still(past, 80, 24, Options{})
	if m.Update(tickMsg{}); m.prompt != nil {
		t.Error("it asks of a run that is over")
	}
}

// What came of the target is the row of a run that is over; while it is on its way nothing is searched for.
func TestProvenRow(t *testing.T) {
	s := holding(5 * time.Minute)
	s.Phase = session.Settle
	m, _ := still(s, 80, 24, Options{})
	if got := picture(t, m); !strings.Contains(got, "\n INCONCLUSIVE 1000/s were held for 1m0s of 5m0s; 1000 TPS for 5m00s") {
		t.Errorf("the row is not in\n%s", got)
	}
	m, run := still(holding(time.Minute), 80, 24, Options{}, "f")
	if got := picture(t, m); len(run.did) > 0 || m.prompt != nil || !strings.Contains(got, "nothing is searched while a target is verified") {
		t.Errorf("sent %v:\n%s", run.did, got)
	}
}
