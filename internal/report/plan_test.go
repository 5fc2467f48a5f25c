package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// sizable is good with four minutes that can be sized by: CPU 60, 65 and 70 %, then saturation, where the SLO fails.
func sizable(t *testing.T) *session.State {
	st := good(t)
	st.Facts = sizing.Facts{VCPUs: 48, InstanceType: "ml.m5.12xlarge", CloudWatch: true, Instances: 1}
	for _, s := range st.SLOs {
		st.Facts.SLOs = append(st.Facts.SLOs, s.Rule)
	}
	st.Periods = nil
	for i, m := range []struct{ cpu, tps, p50 float64 }{{60, 121, 61}, {65, 131, 61.5}, {70, 141, 62}, {99, 202, 240}} {
		w := window(int64(60*i), int64(60*i+60), 12, uint64(60*m.tps), 0, m.p50)
		from := start.Truncate(time.Minute).Add(time.Duration(i) * time.Minute)
		st.Periods = append(st.Periods, sizing.Period{Client: w, Server: &sizing.Server{
			From: from, Period: time.Minute, Instances: 1, CPU: new(m.cpu), CPUSum: new(48 * m.cpu), Invocations: new(60 * m.tps),
		}})
	}
	st.Info.Sizing = sizing.Ask{TPS: 1000, Price: 3.36}
	return st
}

// plans are the answers whose texts are kept.
func plans(t *testing.T) map[string]*session.State {
	unpriced := sizable(t)
	unpriced.Info.Sizing.Price, unpriced.Info.Target.Simulated = 0, true
	unpriced.Moved = []string{"instances changed from 1 to 2", "the credentials lapsed"}
	unpriced.Info.Notes = []string{"the endpoint changed 40 s ago: its first two minutes are warm-up", strings.Repeat("a note that goes on ", 20)}

	about := sizable(t)
	about.Periods, about.Facts.SLOs, about.SLOs = about.Periods[:1], nil, nil
	about.Periods[0].Server.CPU = new(26.)
	about.Facts.Routing = "LEAST_OUTSTANDING_REQUESTS"

	slow := sizable(t)
	slow.Periods[1].Client.Stats[runner.Response] = stats(7860, 240)
	slow.Periods[2].Client.Stats[runner.Response] = stats(8460, 240)

	verified := sizable(t)
	eight := verified.Periods[1]
	eight.Client.Counts = runner.Counts{Sent: 60_000, OK: 60_000}
	eight.Server = &sizing.Server{From: start.Truncate(time.Minute).Add(9 * time.Minute), Period: time.Minute, Instances: 9, CPU: new(56.)}
	verified.Periods = append(verified.Periods, sizing.Period{}, eight)
	verified.Endpoint.Variants[0].Instances = 20

	return map[string]*session.State{"plan": sizable(t), "plan-unpriced": unpriced, "plan-about": about, "plan-slo": slow, "plan-verified": verified}
}

func TestPlanTexts(t *testing.T) {
	for name, st := range plans(t) {
		s := Summarize(st)
		if s.Sizing.Problem != "" {
			t.Fatalf("%s: %s", name, s.Sizing.Problem)
		}
		var plan, md bytes.Buffer
		if err := WritePlan(&plan, s, "sagetop-runs/20261123T150405Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", plan.Bytes())
		checkPage(t, name, withoutCommands(plan.String()), planLines-2, textWidth)
		if n := strings.Count(plan.String(), "\n"); n > planLines {
			t.Errorf("%s has %d lines", name, n)
		}
		if err := WritePlanMarkdown(&md, s, "sagetop-runs/20261123T150405Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		checkPage(t, name, md.String(), 70, 1000)
		for _, c := range s.planCaveats() {
			if !strings.Contains(md.String(), escape(c)) {
				t.Errorf("%s: %q is not in\n%s", name, c, md.String())
			}
		}
	}
}

// withoutCommands is the page without the two that are one line each.
func withoutCommands(page string) string {
	var kept []string
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "aws ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestPlanMarkdownAndTerraform(t *testing.T) {
	s := Summarize(sizable(t))
	var md, tf bytes.Buffer
	if err := WritePlanMarkdown(&md, s, "dir"); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.md", md.Bytes())
	if err := WritePlanTerraform(&tf, s); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.tf", tf.Bytes())
}

func TestSizingJSON(t *testing.T) {
	for name, st := range plans(t) {
		s := Summarize(st)
		text, err := s.Sizing.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if name == "plan" {
			golden(t, "plan.json", text)
		}
		var whole struct{ Sizing json.RawMessage }
		all, err := s.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(all, &whole); err != nil {
			t.Fatal(err)
		}
		var a, b bytes.Buffer
		_, _ = json.Compact(&a, text), json.Compact(&b, whole.Sizing)
		if a.String() != b.String() {
			t.Errorf("%s: the plan's JSON is not run.json's sizing:\n%s\n%s", name, a.String(), b.String())
		}
	}
}

// A summary says the answer in one line, also that there is none and why; of an invalid run nothing is concluded.
func TestSizeInTheSummary(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*session.State)
		want   string
	}{
		{"an answer", func(*session.State) {}, "131/s each at 65% CPU; 1000 TPS = 8+1 (12 if a zone is lost), 30.24 USD/h, PROJECTED"},
		{"without a price", func(st *session.State) { st.Info.Sizing.Price = 0 }, "131/s each at 65% CPU; 1000 TPS = 8+1 (12 if a zone is lost), PROJECTED"},
		{"nothing to read", func(st *session.State) { st.Periods = st.Periods[3:] }, "1000 TPS: not known: no period can be read: nearest is CPU 99%, and one between 10 and 95% with at most 1% failures is needed"},
		{"an invalid run", func(st *session.State) {
			st.Invalid = &sizing.Finding{ID: "client-cpu", Advice: "Use a bigger client."}
		}, "1000 TPS: not known: the client was the bottleneck: this measured the client (client-cpu)"},
		{"no target", func(st *session.State) { st.Info.Sizing = sizing.Ask{CPU: 50} }, ""},
	} {
		st := sizable(t)
		c.change(st)
		s := Summarize(st)
		if got := s.Sizing.short(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		var page, md bytes.Buffer
		if err := WriteText(&page, s, "dir"); err != nil {
			t.Fatal(err)
		}
		if err := WriteMarkdown(&md, s, "dir"); err != nil {
			t.Fatal(err)
		}
		if words := strings.Join(strings.Fields(page.String()), " "); !strings.Contains(words, c.want) || !strings.Contains(md.String(), c.want) || c.want == "" && strings.Contains(words, "Size") {
			t.Errorf("%s: %q is not in\n%s\n%s", c.name, c.want, page.String(), md.String())
		}
	}
}
