package cli

import (
	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// outcome is the exit code of a finished run. Signals outrank all; an invalid run outranks an inconclusive one, which outranks a
// failed SLO.
func outcome(st *session.State) int {
	switch st.Reason {
	case session.EndInterrupt:
		return exitInterrupt
	case session.EndHangup:
		return exitHangup
	case session.EndTerminate:
		return exitTerminate
	case session.EndFailed:
		return exitFailed
	case session.EndLapsed:
		return exitInconclusive
	}
	p := st.Proof()
	if st.Info.Find && st.Reason != session.EndAborted && p == nil {
		return findOutcome(st)
	}
	switch {
	case st.Invalid != nil:
		return exitInvalid
	case st.Reason == session.EndAborted && p != nil:
		return exitSLO
	case p != nil:
		return map[sizing.Verdict]int{sizing.Pass: exitOK, sizing.Fail: exitSLO, sizing.Unknown: exitInconclusive}[p.Verdict]
	case len(st.SLOs) > 0 && (len(st.Moved) > 0 || some(st, sizing.Unknown)):
		return exitInconclusive
	case some(st, sizing.Fail) || st.Reason == session.EndAborted:
		return exitSLO
	}
	return exitOK
}

func some(st *session.State, v sizing.Verdict) bool {
	for _, s := range st.SLOs {
		if s.Pass == v {
			return true
		}
	}
	return false
}
