package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// proving is the run that verifying is, after a search that led to it.
func proving(t *testing.T, cpu, p50 float64) *session.State {
	st := verifying(t, cpu, p50)
	before := sizable(t).Periods
	for i := range before { // ten minutes earlier
		p := &before[i]
		p.Client.From, p.Client.To, p.Client.Plan.Trial = p.Client.From-600, p.Client.To-600, true
		server := *p.Server
		server.From = server.From.Add(-10 * time.Minute)
		p.Server = &server
	}
	st.Periods = append(before, st.Periods...)
	r := held
	r.Rules, r.TargetCPU = st.Facts.SLOs, 65
	st.Info.Find, st.Info.Prove, st.Info.Verify, st.Verify.Run = true, &session.Prove{For: 3 * time.Minute, Consent: session.Agreed}, nil, ""
	st.Search = &session.Search{Over: true, Result: r}
	st.Facts.Capacity = r.Capacity()
	st.Proposal = &session.Proposal{TPS: 1000, For: 3 * time.Minute, From: 1, To: 9}
	tried := window(0, 60, 64, 11_700, 0, 61)
	tried.Plan.Trial, tried.Segment = true, 1
	st.Load.Segments = append(st.Load.Segments, tried)
	return st
}

// Found, planned, verified: in that order, and by what was measured before the target was loaded.
func TestProving(t *testing.T) {
	for name, st := range map[string]*session.State{"found-verified": proving(t, 57, 61), "found-not-verified": proving(t, 71, 240)} {
		s := Summarize(st)
		var page bytes.Buffer
		if err := WriteText(&page, s, "sagetop-runs/20261123T160000Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", page.Bytes())
		checkPage(t, name, page.String(), 34, textWidth)
		if s.Sizing.Outcome != "held" || s.Sizing.Verification == nil || s.Sizing.Verified != (name == "found-verified") {
			t.Errorf("%s: %+v", name, s.Sizing)
		}
		at := 0
		for _, label := range []string{"\nFound ", "\nPlanned ", "\nHeld ", "\nProjected "} {
			i := strings.Index(page.String()[at:], label)
			if i < 0 {
				t.Fatalf("%s: no %q behind the one before:\n%s", name, label, page.String())
			}
			at += i
		}
	}
	size, again := proving(t, 57, 61).Size(), sizable(t).Size()
	if size.Each.TPS != again.Each.TPS {
		t.Errorf("planned by %.1f/s, and the search had %.1f/s", size.Each.TPS, again.Each.TPS)
	}
}

// What was not proven says why, and how it would be.
func TestUnproven(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*session.State)
		want   []string
		not    string
	}{
		{"declined", func(st *session.State) { st.Proposal.Refused = "that was declined" }, []string{
			"CAPACITY", "Unverified that was declined", "To verify it: sagetop verify 20261123T160000Z_distilbert --target-tps 1000 --instances 9 --restore",
		}, "VERIFIED"},
		{"cut short", func(st *session.State) { st.Reason = session.EndStopped }, []string{"Unverified the run ended before its instances had come"}, ""},
		{"cut short, of copies", func(st *session.State) { ofBert(st) }, []string{"Unverified the run ended before its copies had come"}, ""},
		{"none asked for", func(st *session.State) { st.Info.Prove, st.Proposal = nil, nil }, []string{"To verify it: sagetop verify"}, "Unverified"},
		{"simulated", func(st *session.State) { st.Info.Target.Simulated = true }, []string{"CAPACITY"}, "To verify it"},
		{"no rate", func(st *session.State) {
			st.Search.Result = sizing.Result{Outcome: sizing.NoRate}
			st.Proposal.Refused = "there is no capacity to plan by, so nothing is scaled"
		}, []string{"NO RATE HOLDS", "nothing is scaled"}, "To verify it"},
	} {
		st := proving(t, 57, 61)
		st.Periods = slices.DeleteFunc(st.Periods, func(p sizing.Period) bool { return !p.Client.Plan.Trial })
		st.Verify, st.Reason = nil, session.EndFound
		c.change(st)
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error {
				return WriteText(b, Summarize(st), "sagetop-runs/20261123T160000Z_distilbert")
			},
			func(b *bytes.Buffer) error {
				return WriteMarkdown(b, Summarize(st), "sagetop-runs/20261123T160000Z_distilbert")
			},
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(strings.NewReplacer("|", "", "**", "", "`", "", `\`, "").Replace(b.String())), " ")
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s: it lacks %q:\n%s", c.name, want, b.String())
				}
			}
			if c.not != "" && strings.Contains(text, c.not) {
				t.Errorf("%s: %q is in it:\n%s", c.name, c.not, b.String())
			}
		}
	}
}

// Where no CPU share can be read, the capacity says how many; where nothing is full yet, that is said.
func TestByCapacityAlone(t *testing.T) {
	st := searched(t, held)
	st.Info.Sizing.TPS, st.Facts = 1000, sizing.Facts{VCPUs: 48, Capacity: 175.4}
	st.Search.Result.CPU, st.Search.Result.LimitedBy = nil, ""
	s := Summarize(st)
	if o := s.Sizing; o.Problem != "" || o.Needed != 6 || o.Instances != 7 || o.LimitedBy != "slo" || o.CPU != nil || o.BasedOn != nil || o.NoCPU != "CloudWatch was not read, so the endpoint's CPU is not known" {
		t.Errorf("%+v", o)
	}
	var text, md bytes.Buffer
	if err := WritePlan(&text, s, "run"); err != nil {
		t.Fatal(err)
	}
	if err := WritePlanMarkdown(&md, s, "run"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"By CPU     not known: CloudWatch was not read", "By SLO     6: p99<200ms held up to 175/s each"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, text.String())
		}
	}
	st = searched(t, held)
	st.Facts.VCPUs, st.Search.Result.CPU, st.Search.Result.LimitedBy = 48, new(82.), ""
	if c := Summarize(st).Sizing.Capacity; c.Limit != "undersized" || c.cpuText() != "82% of all cores, not yet full (undersized); nothing else shows what runs out" {
		t.Errorf("%q: %s", c.Limit, c.cpuText())
	}
}
