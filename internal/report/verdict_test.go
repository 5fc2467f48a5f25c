package report

import (
	"bytes"
	"strings"
	"testing"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// Whatever the figures say by the end, an invalid run says what made it so, and nothing about the endpoint's size.
func TestInvalidSaysWhy(t *testing.T) {
	for id, advice := range map[string]string{
		"oversized": "Smaller or fewer instances", "headroom": "Raise the load", "right-sized": "Keep this load", "": "nothing to hide",
	} {
		st := scenes(t)["invalid"]
		st.Invalid = new(st.Findings[0])
		st.Findings = nil
		if id != "" {
			st.Findings = []sizing.Finding{{ID: id, Title: "the endpoint", Evidence: "CPU 42%", Advice: advice}}
		}
		s := Summarize(st)
		for name, page := range pages(t, s) {
			if !strings.HasPrefix(strings.Trim(name, "*"), "INVALID") || !strings.Contains(page, clean(s.InvalidReason)) {
				t.Errorf("with %q it does not say why:\n%s", id, page)
			}
			if strings.Contains(page, advice) {
				t.Errorf("with %q it advises on the endpoint:\n%s", id, page)
			}
		}
	}
}

// pages are both forms of s in one line each, by their first word.
func pages(t *testing.T, s *Summary) map[string]string {
	t.Helper()
	var text, md bytes.Buffer
	if err := WriteText(&text, s, "run"); err != nil {
		t.Fatal(err)
	}
	if err := WriteMarkdown(&md, s, "run"); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, page := range []string{text.String(), md.String()} {
		words := strings.Fields(page)
		all[words[0]] = strings.Join(words, " ")
	}
	return all
}

// An invalid run that is cut short as well says both.
func TestInvalidAndCutShort(t *testing.T) {
	for reason, want := range map[string]string{
		session.EndAborted:   "ABORTED: --abort-on errors>50% for 10s fired after 2m10s of load",
		session.EndInterrupt: "INTERRUPTED: by ctrl+c after 2m10s of load",
		session.EndFailed:    "FAILED: the load could not go on",
		"":                   "UNFINISHED: ",
	} {
		st := scenes(t)["invalid"]
		if st.Reason = reason; reason == session.EndAborted {
			st.Aborted = "errors>50% for 10s"
		}
		word, why := Summarize(st).headline()
		if word != "INVALID" || !strings.Contains(why, "the client was the bottleneck") || !strings.Contains(why, want) {
			t.Errorf("%s: %s; want also %s", word, why, want)
		}
	}
}

// An SLO on tokens has too few samples where they are counted in what has none.
func TestTokenless(t *testing.T) {
	for _, c := range []struct {
		slo    string
		tokens *Tokens
		says   bool
	}{
		{"ttft_p99<1s", nil, true},
		{"tokens>=10", nil, true},
		{"tokens>=10", &Tokens{Total: 1}, false},
		{"ttfb_p99<1s", nil, false},
	} {
		s := &Summary{Server: &Server{}, Requests: Requests{OK: 9}, SLO: []SLO{{Expr: parse(t, c.slo).String()}}}
		s.Tokens = c.tokens
		if got := strings.Join(s.caveats(), "; "); strings.HasPrefix(got, "no answer had a token") != c.says {
			t.Errorf("%s, %v: %q", c.slo, c.tokens, got)
		}
	}
}

// Latencies are those of successes: many failures that no SLO counts need a word.
func TestUncountedFailures(t *testing.T) {
	for _, c := range []struct {
		ok, failed uint64
		slos, want string
	}{
		{803, 197, "p99<200ms", "19.7% failed and no SLO counts that: add --slo 'errors<1%'"},
		{99, 1, "p99<200ms tps>=100", "1.0% failed and no SLO counts that: add --slo 'errors<1%'"},
		{0, 5, "p99<200ms", "100.0% failed and no SLO counts that: add --slo 'errors<1%'"},
		{991, 9, "p99<200ms", ""},
		{0, 0, "p99<200ms", ""},
		{803, 197, "p99<200ms errors<50%", ""},
		{803, 197, "p99<200ms failures<300", ""},
		{803, 197, "", ""},
	} {
		s := &Summary{Server: &Server{}, Requests: Requests{OK: c.ok, Failed: c.failed}}
		for expr := range strings.FieldsSeq(c.slos) {
			s.SLO = append(s.SLO, SLO{Expr: parse(t, expr).String()})
		}
		if got := strings.Join(s.caveats(), "; "); got != c.want {
			t.Errorf("%d of %d failed under %q: %q, want %q", c.failed, c.ok+c.failed, c.slos, got, c.want)
		}
	}
}

// Without any SLO nothing fails a run, so its first line says that much of it did.
func TestFailuresWithoutAnSLO(t *testing.T) {
	for failed, want := range map[uint64]string{
		200: "after 3m00s of load, 66.7% failed; no SLO was given: add --slo 'errors<1%'",
		0:   "after 3m00s of load; no SLO was given",
	} {
		s := &Summary{Valid: true, DurationS: 180, EndedBy: session.EndDuration, Requests: Requests{Sent: 100 + failed, OK: 100, Failed: failed}}
		if word, why := s.headline(); word != "DONE" || why != want {
			t.Errorf("%d of %d failed: %s %s", failed, 100+failed, word, why)
		}
	}
}
