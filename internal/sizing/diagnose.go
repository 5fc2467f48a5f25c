package sizing

import (
	"time"

	"sagetop/runner"
)

// Diagnose says what the figures mean. The first finding is the verdict; the others hold as well.
//
// Server figures are judged on the newest closed period that has them and that saw one Plan, without ramp, warm-up or pause, one
// count of instances, and as many requests at the endpoint as ours (see Period.Foreign); on none when the load reaches several
// variants. What the client alone can tell is judged on ten, the trailing ten seconds, when those are of one such Plan, else on the
// same period; whether there were enough users on the period, and on ten where no period of that load has figures or will get them.
// While nothing can be judged, a finding says why: there will never be a period to judge, or those there are cannot be. There is none
// while CloudWatch has published none.
func Diagnose(f Facts, ten runner.Window, periods []Period) []Finding {
	found := diagnose(f, ten, periods)
	for i := range found {
		found[i] = found[i].said(f.unit())
	}
	return found
}

func diagnose(f Facts, ten runner.Window, periods []Period) []Finding {
	s := newScene(f, &ten, periods)
	var found []Finding
	for i := range checks {
		if c := &checks[i]; c.applies(s) && c.holds(s) {
			found = append(found, c.finding(s))
		}
	}
	if len(found) > 0 {
		return found
	}
	if s.period == nil && f.Variants <= 1 {
		if found := notJudged(periods); len(found) > 0 {
			return found
		}
	}
	reason, advice := f.Unsizable()
	switch {
	case reason == "":
		return bandFindings(s)
	case f.CloudWatch:
		return []Finding{{ID: noSizing, Severity: Info, Title: noSizingTitle, Evidence: reason, Advice: advice}}
	}
	return nil
}

// finding is c with its figures and the time they belong to.
func (c *check) finding(s *scene) Finding {
	out := Finding{ID: c.id, Severity: c.severity, Title: c.title, Evidence: c.evidence(s), Advice: c.advice(s)}
	switch {
	case c.on == onPeriod || s.clientIsPeriod || c.on == onUsers && s.usersOfPeriod():
		out.From, out.To = s.period.Server.From, s.period.Server.From.Add(s.period.Server.Period)
		if s.otherInstances() && !out.Invalidates() {
			out.Severity, out.Advice = Advice, s.unjudgedAdvice()
			out.Evidence = joined(out.Evidence, s.outdatedText())
		}
	default:
		out.From, out.To = time.Unix(s.client.From, 0), time.Unix(s.client.To, 0)
	}
	return out
}
