package cli

import (
	"testing"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

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
