package sizing

import (
	"math"
	"time"

	"sagetop/runner"
)

// rightSized is the CPU share of all cores, in percent, up to which an endpoint has room for what comes unannounced.
const rightSized = 70.

// band is one range of CPU share. They are asked in order; the first whose upper end lies above the share is it.
type band struct {
	id       string
	severity Severity
	below    float64
	title    string
	advice   string
}

var bands = [...]band{
	{"oversized", Advice, 30, "more hardware than this load needs", "Smaller or fewer instances would carry this load."},
	{"headroom", Info, 60, "room for more", "Raise the load to see where it ends."},
	{"right-sized", Info, rightSized, "right for this load", "Keep this load per instance: 60-70% leaves room for a surge."},
	{"tight", Advice, 80, "little room left", "Plan more instances before the load grows."},
	{"undersized", Warning, math.Inf(1), "too little hardware for this load", "Use more instances or a bigger type."},
}

// Band is the id of the finding that a CPU share of all cores, in percent, is by itself.
func Band(share float64) string {
	for i := range bands {
		if share < bands[i].below {
			return bands[i].id
		}
	}
	return ""
}

// bandFindings is where the CPU share of the judged period lies; nothing when it is not known. When another load came after it, it says
// of which one it is, and does not stand as all right; nor does room, while an SLO on latency failed in that period.
func bandFindings(s *scene) []Finding {
	if s.period == nil {
		return nil
	}
	share, evidence, from := s.lately()
	for i := range bands {
		if b := &bands[i]; share < b.below {
			found := Finding{
				ID: b.id, Severity: b.severity, Title: b.title, Evidence: evidence, Advice: b.advice,
				From: from, To: s.period.Server.From.Add(s.period.Server.Period),
			}
			missed, failed := s.missed()
			switch {
			case s.outdated():
				found.Severity, found.Advice = max(b.severity, Advice), s.unjudgedAdvice()
				found.Evidence = joined(found.Evidence, s.outdatedText())
			case failed && b.below <= rightSized:
				found.Severity, found.Title = Warning, "slow, though the CPU has room"
				found.Advice = "CPU is not why " + missed.String() + " failed: look at the model and at the container's workers."
			case b.below <= rightSized && s.mayWait():
				found.Severity, found.Evidence = Advice, joined(found.Evidence, s.insideText())
				found.Advice = "Whether requests wait for a worker is not known: hold one user for a whole period before this load."
			}
			return []Finding{found}
		}
	}
	return nil
}

// bandSpan is over how much of a load its CPU share is taken: ten seconds of few requests, each of which takes its time, may be some
// percent off. A longer period is taken whole.
const bandSpan = time.Minute

// lately is the CPU share of the judged period and of those before it that were of the same load, over bandSpan.
func (s *scene) lately() (share float64, evidence string, from time.Time) {
	var shares, sums, n float64
	var all runner.Window
	end := s.period.Server.From.Add(s.period.Server.Period)
	for _, p := range s.sameBefore() {
		if n > 0 && end.Sub(p.Server.From) > bandSpan || p.Server.CPU == nil {
			break
		}
		n++
		shares += *p.Server.CPU
		sums += number(p.Server.CPUSum)
		all.OK += p.Client.OK
		all.Length += p.Client.Length
		from = p.Server.From
	}
	share = shares / n
	return share, s.cpuOf(share, sums/n) + okText(&all), from
}

// missed is the first SLO on latency that failed in the judged period.
func (s *scene) missed() (Rule, bool) {
	for _, r := range s.SLOs {
		if _, v := r.Judge(&s.period.Client); r.latency() && v == Fail {
			return r, true
		}
	}
	return Rule{}, false
}
