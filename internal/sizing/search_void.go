package sizing

import (
	"fmt"
	"time"

	"sagetop/runner"
)

// voided says whether a rate that did not hold says nothing about the endpoint, and what comes then: the same again, once. When that
// passes and a higher rate is void as well, what the client lacked it still lacks.
//
// Only failures are asked. A client that is short of anything makes requests late, never early: what passed all the same has passed.
func (s *Search) voided(l *Look, r float64) (next stage, void bool) {
	const most = 2
	reason, outcome := s.notTheEndpoint(l)
	if reason == "" {
		s.rates.again = 0
		return nil, false
	}
	s.result.Void = append(s.result.Void, Void{r, reason})
	if s.rates.again++; s.rates.again >= most {
		if s.result.Verified {
			outcome = Held // by a rate below
		}
		return s.finish(outcome, reason), true
	}
	return s.rest(r, s.stage), true
}

// notTheEndpoint is why the requests of this stage were late or failed by another's doing, "" when nothing shows that.
func (s *Search) notTheEndpoint(l *Look) (reason string, o Outcome) {
	const few, share = 2, .1
	starved := 0
	for i := range s.seen {
		if s.seen[i].starved {
			starved++
		}
	}
	w := l.Segment
	lapsed := shareOf(w, func(f runner.Failure) bool { return f.Class == runner.Auth })
	switch {
	case starved >= few && float64(starved) >= share*float64(len(s.seen)):
		return fmt.Sprintf("client-cpu: short of CPU in %d of %d s", starved, len(s.seen)), ClientLimited
	case lapsed >= badShare:
		return percentText(100*lapsed) + " of the requests were refused for their credentials", Inconclusive
	case s.fewUsers(w):
		return fmt.Sprintf("client-pool: all %d users were busy, and requests waited for one though each was answered in time", w.Plan.Users), ClientLimited
	}
	return "", Held
}

// fewUsers says whether requests were late for want of users alone: from their send on they held the SLO.
func (s *Search) fewUsers(w *runner.Window) bool {
	if !short(w) || w.FailedShare() > mixedFailures {
		return false
	}
	c := &s.criteria[0]
	return c.slo > 0 && atShare(&w.Stats[runner.Service], c.alpha) <= c.slo
}

// atShare is the percentile above which a share of the times lies.
func atShare(s *runner.Stats, share float64) time.Duration {
	switch share {
	case .5:
		return s.P50
	case .1:
		return s.P90
	case .05:
		return s.P95
	case .001:
		return s.P999
	}
	return s.P99
}
