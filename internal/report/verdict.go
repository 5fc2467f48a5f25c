package report

import (
	"slices"
	"strings"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// endings says what cut a run short.
var endings = map[string]string{
	session.EndInterrupt: "by ctrl+c",
	session.EndHangup:    "because the terminal was gone",
	session.EndTerminate: "by SIGTERM",
}

// headline says in a word what came of the run, and why that is so.
func (s *Summary) headline() (word, why string) {
	missed, unknown := s.rules(Missed), s.rules(Unknown)
	ending, how := s.brokenOff()
	switch {
	case !s.Valid && ending != "":
		return "INVALID", clientWasIt + "; " + ending + ": " + how
	case !s.Valid && s.Find && s.capacity().Outcome != sizing.ClientLimited.String():
		return "INVALID", "the client was the bottleneck while it verified; " + s.capacity().Answer
	case !s.Valid:
		return "INVALID", clientWasIt
	case ending != "" && s.Find:
		return ending, how + "; " + s.capacity().Answer
	case ending != "":
		return ending, how
	case s.Find && s.verification() == nil:
		return outcomeWords[s.capacity().Outcome], s.capacity().Answer
	case s.verification() != nil:
		return s.verification().headline()
	case len(s.SLO) > 0 && len(s.Moved) > 0:
		return "INCONCLUSIVE", s.Moved[0]
	case missed != "":
		return "SLO FAILED", missed
	case unknown != "":
		return "INCONCLUSIVE", "too few samples to judge " + unknown
	case len(s.SLO) > 0:
		return "SLO HELD", s.rules(Passed)
	case s.Requests.Sent == 0:
		return "DONE", "nothing was sent"
	case s.manyFailed():
		return "DONE", "after " + span(s.DurationS) + " of load, " + s.failedShare() + " failed; no SLO was given: add --slo 'errors<1%'"
	}
	return "DONE", "after " + span(s.DurationS) + " of load; no SLO was given"
}

const clientWasIt = "the client was the bottleneck: this measured the client"

// brokenOff says how a run ended that did not come to its own end; empty for one that did.
func (s *Summary) brokenOff() (word, how string) {
	switch cutShort := endings[s.EndedBy]; {
	case s.EndedBy == session.EndFailed:
		return "FAILED", "the load could not go on: " + s.Failed
	case s.EndedBy == session.EndAborted:
		return "ABORTED", "--abort-on " + s.AbortedBy + " fired after " + span(s.DurationS) + " of load"
	case cutShort != "":
		return "INTERRUPTED", cutShort + " after " + span(s.DurationS) + " of load: the figures end there"
	case s.EndedBy == "":
		return "UNFINISHED", "the run's process ended before the run did, or is still going on: the figures end at " + span(s.DurationS)
	}
	return "", ""
}

// rules that came out as p, with their values.
func (s *Summary) rules(p Pass) string {
	var all []string
	for _, o := range s.SLO {
		if o.Pass == p {
			all = append(all, o.text())
		}
	}
	return strings.Join(all, ", ")
}

func (o *SLO) text() string {
	if o.Value == nil {
		return o.Expr
	}
	return o.Expr + " is " + amount(o.Value) + o.unit()
}

func (o *SLO) unit() string {
	switch {
	case strings.HasPrefix(o.Expr, "errors"):
		return "%"
	case strings.HasPrefix(o.Expr, "tps"), strings.HasPrefix(o.Expr, "failures"), strings.HasPrefix(o.Expr, "tokens"):
		return "/s"
	}
	return " ms"
}

// keyHints name keys: in advice they mean nothing once the screen is gone.
var keyHints = strings.NewReplacer(" (e)", "")

// meaning is the first finding and its advice; empty when the figures say nothing, or no more than that a target was verified. Of an
// invalid run it is what made it so: nothing else can be concluded from it.
func (s *Summary) meaning() (mark, text, advice string) {
	if !s.Valid {
		return "!! ", s.InvalidReason, s.clientAdvice()
	}
	if len(s.Findings) == 0 {
		return "", "", ""
	}
	f, v := s.Findings[0], s.verification()
	if v != nil && v.Verdict == Verified && f.Severity == sizing.Info.String() {
		return "", "", ""
	}
	switch f.Severity {
	case "critical":
		mark = "!! "
	case "warning":
		mark = "! "
	}
	return mark, f.Title + ": " + f.dated(), keyHints.Replace(f.Advice)
}

// clientAdvice is that of the finding that made the run invalid, or what holds for all of them once that one is gone.
func (s *Summary) clientAdvice() string {
	for i := range s.Findings {
		if f := &s.Findings[i]; s.Client != nil && f.ID == s.Client.Bottleneck {
			return keyHints.Replace(f.Advice)
		}
	}
	return "Do not size by these figures: run again once the client keeps up."
}

// dated is the evidence with its period behind the first clause: "CPU 99% at 202 ok/s in minute 14:06Z; 71% fail, 5xx".
func (f *Finding) dated() string {
	if f.From.IsZero() {
		return f.Evidence
	}
	first, rest, more := strings.Cut(f.Evidence, "; ")
	text := first + " " + sizing.InPeriod(f.From.UTC(), f.To.Sub(f.From)) + "Z"
	if more {
		text += "; " + rest
	}
	return text
}

// caveats are what a reader must know before believing the figures, the gravest first.
func (s *Summary) caveats() []string {
	var all []string
	if s.Lost != "" {
		all = append(all, s.Lost)
	}
	if s.uncounted() {
		all = append(all, s.failedShare()+" failed and no SLO counts that: add --slo 'errors<1%'")
	}
	if s.tokenless() {
		all = append(all, "no answer had a token: --tokens openai counts those of server-sent events, --tokens text each part")
	}
	if v := s.verification(); v != nil {
		all = append(all, v.Caveats...)
	}
	if s.trials() && s.TPS.Mean != nil {
		all = append(all, "what the search tried is left out of TPS, latencies and SLOs")
	}
	all = append(all, s.Moved...)
	if len(s.loops()) > 1 {
		all = append(all, "latencies of both loops, mixed: from the send, and from the schedule")
	}
	switch {
	case s.Endpoint.Container:
		all = append(all, "a container by its URL: what limits it is not known, as CloudWatch sees none of it")
	case s.Server == nil:
		all = append(all, "CloudWatch was not read: what limits the endpoint is not known")
	}
	if s.Payload.Distinct == 1 && !s.Payload.Fields && s.Requests.OK > 0 {
		all = append(all, "1 distinct payload: a cache would flatter these figures")
	}
	return append(all, s.Notes...)
}

// trials says whether a search tried loads that are no part of the run's own figures.
func (s *Summary) trials() bool {
	return slices.ContainsFunc(s.Load.Segments, func(g Segment) bool { return g.Trial })
}

// uncounted says that many failed, and of the SLOs that were given none is about failures: latencies are those of successes.
func (s *Summary) uncounted() bool {
	for i := range s.SLO {
		if expr := s.SLO[i].Expr; strings.HasPrefix(expr, "errors") || strings.HasPrefix(expr, "failures") {
			return false
		}
	}
	return len(s.SLO) > 0 && s.manyFailed()
}

// manyFailed says that it is a percent or more.
func (s *Summary) manyFailed() bool {
	return s.Requests.Failed > 0 && s.Requests.Failed >= (s.Requests.OK+s.Requests.Failed+99)/100
}

func (s *Summary) failedShare() string {
	return percent(s.Requests.Failed, s.Requests.OK+s.Requests.Failed)
}

// tokenless says whether an SLO is on tokens and there were none, though there were answers.
func (s *Summary) tokenless() bool {
	return s.Requests.OK > 0 && s.Tokens == nil && slices.ContainsFunc(s.SLO, func(o SLO) bool {
		rule, err := sizing.ParseSLO(o.Expr)
		_, tokens := rule.Streams()
		return err == nil && tokens
	})
}
