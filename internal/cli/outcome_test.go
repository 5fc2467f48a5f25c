package cli

import (
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// A search that goes on to its target has that one's code, and where it does not come to that, says why it has not.
func TestOutcomeOfAProof(t *testing.T) {
	rule, err := sizing.ParseSLO("p99<200ms")
	if err != nil {
		t.Fatal(err)
	}
	found := func(o sizing.Outcome, p *session.Proposal) *session.State {
		return &session.State{
			Info: session.Info{Find: true}, Reason: session.EndFound, Proposal: p,
			SLOs: []session.SLO{{Rule: rule}}, Search: &session.Search{Over: true, Result: sizing.Result{Outcome: o}},
		}
	}
	verified := func(p99 time.Duration, change func(*session.State)) *session.State {
		st := found(sizing.Held, &session.Proposal{})
		st.Reason, st.Facts.SLOs = session.EndDuration, []sizing.Rule{rule}
		from := time.Unix(1000, 0)
		st.Verify = &session.Verification{TPS: 1000, For: time.Minute, From: from, Until: time.Hour}
		st.Load.Segment = runner.Window{From: 999, To: 1061, Length: 62 * time.Second, Plan: runner.Plan{Loop: runner.Open, Rate: 1000}, Plans: 1}
		st.Load.Segment.Sent, st.Load.Segment.OK = 62_000, 62_000
		st.Load.Segment.Stats[runner.Response] = runner.Stats{Count: 62_000, P99: p99}
		if change != nil {
			change(st)
		}
		return st
	}
	for name, c := range map[string]struct {
		st   *session.State
		want int
	}{
		"held":            {found(sizing.Held, nil), exitOK},
		"declined":        {found(sizing.Held, &session.Proposal{Refused: "no"}), exitOK},
		"stopped between": {found(sizing.Held, &session.Proposal{}), exitInconclusive},
		"no rate":         {found(sizing.NoRate, &session.Proposal{Refused: "no"}), exitSLO},
		"client":          {found(sizing.ClientLimited, &session.Proposal{Refused: "no"}), exitInvalid},
		"moved":           {found(sizing.Inconclusive, &session.Proposal{Refused: "no"}), exitInconclusive},
		"verified":        {verified(150*time.Millisecond, nil), exitOK},
		"not verified":    {verified(250*time.Millisecond, nil), exitSLO},
		"moved since":     {verified(150*time.Millisecond, func(st *session.State) { st.Moved = []string{"other traffic"} }), exitInconclusive},
		"client since":    {verified(150*time.Millisecond, func(st *session.State) { st.Invalid = &sizing.Finding{} }), exitInvalid},
		"ctrl+c":          {verified(150*time.Millisecond, func(st *session.State) { st.Reason = session.EndInterrupt }), exitInterrupt},
		"refused by AWS":  {found(sizing.Held, &session.Proposal{}), exitInconclusive},
	} {
		if name == "refused by AWS" {
			c.st.Reason, c.want = session.EndFailed, exitFailed
		}
		if got := outcome(c.st); got != c.want {
			t.Errorf("%s: code %d, want %d", name, got, c.want)
		}
	}
}

// What a search came to is its exit code, unless something outranks it.
func TestOutcomeOfASearch(t *testing.T) {
	for _, tt := range []struct {
		outcome sizing.Outcome
		reason  string
		want    int
	}{
		{sizing.Held, session.EndFound, exitOK},
		{sizing.NoRate, session.EndFound, exitSLO},
		{sizing.ClientLimited, session.EndFound, exitInvalid},
		{sizing.Inconclusive, session.EndFound, exitInconclusive},
		{sizing.Unfinished, session.EndDuration, exitInconclusive},
		{sizing.NoRate, session.EndInterrupt, exitInterrupt},
		{sizing.NoRate, session.EndTerminate, exitTerminate},
		{sizing.Unfinished, session.EndFailed, exitFailed},
		{sizing.Held, session.EndLapsed, exitInconclusive},
		{sizing.Unfinished, session.EndAborted, exitSLO},
	} {
		st := session.State{Info: session.Info{Find: true}, Reason: tt.reason, Search: &session.Search{Result: sizing.Result{Outcome: tt.outcome}}}
		if got := outcome(&st); got != tt.want {
			t.Errorf("%v, ended by %s: code %d, want %d", tt.outcome, tt.reason, got, tt.want)
		}
	}
}
