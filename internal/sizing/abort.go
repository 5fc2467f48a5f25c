package sizing

import (
	"time"

	"sagetop/runner"
)

// minJudged is on how many seconds an abort rule must have held, unless its span is shorter: one slow failure at each end of a span
// says little about what lies between.
const minJudged = 3

// AbortWatch follows one abort rule over the closed seconds of a run.
//
//	a second in which the rule   what becomes of the hold
//	holds                        starts, or goes on
//	does not hold                ends
//	cannot be judged             goes on, and counts as time but not as evidence
//	nobody asked for anything    ends
//
// Seconds without an answer must not end it: users that all wait for a time-out answer once a minute, and then all at once. Nobody
// asks while the Plan is paused, or when nothing is sent, in flight or due.
//
// A latency of which one second has too few samples (p99 needs 100) is judged on the ten seconds that end with it. One slow second
// is in ten such windows, so nine seconds of a hold that rests on any are not counted: the rule fires that much later than it would
// at a higher rate.
type AbortWatch struct {
	rule    Rule
	last    int64 // second last seen
	since   int64 // second in which the hold started
	judged  int64 // seconds on which it held since then; 0: no hold
	smear   int64 // seconds before the last one judged that the answers it rests on may lie
	started bool
}

// NewAbortWatch returns an AbortWatch for a Rule of ParseAbort.
func NewAbortWatch(r Rule) *AbortWatch { return &AbortWatch{rule: r} }

// Rule that is watched.
func (a *AbortWatch) Rule() Rule { return a.rule }

// Held is for how long the rule has surely held up to the last second seen.
func (a *AbortWatch) Held() time.Duration {
	if a.judged == 0 {
		return 0
	}
	return time.Duration(max(a.last+1-a.since-a.smear, 0)) * time.Second
}

// Step takes the next closed second, and the trailing ten seconds that end with it, and says whether the rule has now held for its
// span. A second that it has seen already, or that is older, changes nothing.
func (a *AbortWatch) Step(s *runner.Second, ten *runner.Window) bool {
	if a.started && s.Second <= a.last {
		return a.fires()
	}
	a.started, a.last = true, s.Second
	verdict, smear := a.judge(s, ten)
	switch {
	case idle(s) || verdict == Fail:
		a.judged = 0
		return false
	case verdict == Unknown:
		return false
	}
	if a.judged == 0 {
		a.since, a.smear = s.Second, 0
	}
	a.judged++
	a.smear = max(a.smear, smear)
	return a.fires()
}

// judge s by itself; when it has too few samples of a latency, but has some, by ten.
func (a *AbortWatch) judge(s *runner.Second, ten *runner.Window) (v Verdict, smear int64) {
	w := secondWindow(s)
	if _, v = a.rule.Judge(&w); v != Unknown || s.OK == 0 || !a.rule.latency() {
		return v, 0
	}
	_, v = a.rule.Judge(ten)
	return v, wholeTen - 1
}

func (a *AbortWatch) fires() bool {
	need := min(minJudged, int64(a.rule.Span/time.Second))
	return a.judged > 0 && a.judged >= need && a.Held() >= a.rule.Span
}

func idle(s *runner.Second) bool {
	return s.Plan.Paused || s.Sent == 0 && s.OK+s.Failed == 0 && s.InFlight == 0 && s.Due == 0
}

// secondWindow is s as a Window, as far as rules read it.
func secondWindow(s *runner.Second) runner.Window {
	return runner.Window{
		From: s.Second, To: s.Second + 1, Length: s.Covered + s.Draining, Plan: s.Plan, Plans: 1,
		Counts: s.Counts, Stats: s.Stats,
	}
}
