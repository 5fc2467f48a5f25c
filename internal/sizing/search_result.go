package sizing

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sagetop/runner"
)

// Outcome of a Search.
type Outcome uint8

// The outcomes.
const (
	Unfinished    Outcome = iota // it was ended before a rate had been held for long enough
	Held                         // a rate held
	NoRate                       // none does, or not even two users
	ClientLimited                // the client was what failed
	Inconclusive                 // something else moved
)

var outcomes = [...]string{"unfinished", "held", "no rate holds", "client limited", "inconclusive"}

func (o Outcome) String() string { return outcomes[min(o, Inconclusive)] }

// MarshalText writes the name of o.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name that MarshalText wrote.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomes[:], string(text))
	if i < 0 {
		return fmt.Errorf("sizing: %q is no outcome of a search", text)
	}
	*o = Outcome(i)
	return nil
}

// Result of a Search. Where it ended early, the figures are those of the highest rate that had held for a while, if any had.
type Result struct {
	Outcome  Outcome
	Reason   string // why the search ended, where not because it had found what it looked for
	Rules    []Rule
	Rate     float64       // arrivals a second that held; 0: none
	TPS      float64       // successes a second there
	Verified bool          // it was held for long enough
	Held     time.Duration // for so long
	Bad      uint64        // of Total: failed, or above the SLO
	Total    uint64
	Low, Top float64 // 90 % interval of Bad / Total
	Failing  float64 // the lowest rate that did not hold; 0: none was seen
	Void     []Void  // what was tried and counts for nothing

	CPU       *float64 // percent of all cores at Rate; nil when unknown
	TargetCPU float64  // percent of all cores
	AtCPU     float64  // successes a second of one instance at TargetCPU, see TPSAt; 0 when unknown
	About     bool     // AtCPU is only about right
	LimitedBy string   // id of the finding that says what the endpoint ran out of, "" when nothing shows
}

// Void is a rate that was tried and says nothing about the endpoint.
type Void struct {
	Rate   float64
	Reason string
}

// Capacity is the successes a second that are there at the least: fewer may be answered than were asked for.
func (r *Result) Capacity() float64 { return min(r.Rate, r.TPS) }

// Share of bad requests at Rate.
func (r *Result) Share() float64 { return float64(r.Bad) / float64(max(1, r.Total)) }

// Result so far. CloudWatch comes late, so it may be asked for again, with the periods as they are by then, when the load is over.
func (s *Search) Result(periods []Period) Result {
	r := s.result
	if s.sizable() {
		e, _ := TPSAt(s.facts, since(periods, s.began), r.TargetCPU)
		r.AtCPU, r.About = e.TPS, e.About
	}
	if r.Rate > 0 {
		held := s.heldPeriods(periods)
		r.CPU = meanOf(held, func(s *Server) *float64 { return s.CPU })
		r.LimitedBy = s.limitedBy(held)
	}
	return r
}

func since(periods []Period, second int64) []Period {
	for len(periods) > 0 && periods[0].Client.From < second {
		periods = periods[1:]
	}
	return periods
}

// hold notes that the rate of the stage held.
func (s *Search) hold(r float64, verified bool) {
	const z = 1.645 // 90 %
	res := &s.result
	if !verified && r < res.Rate {
		return
	}
	seconds := s.settled()
	e := estimate(seconds, s.criteria[0].bad, z)
	res.Rate, res.TPS, res.Verified = r, rate(seconds), verified
	res.Held = time.Duration(len(seconds)) * time.Second
	res.Bad, res.Total, res.Low, res.Top = e.bad, e.total, e.low, e.top
	s.from, s.to = s.now+1-int64(len(seconds)), s.now+1
	if verified {
		res.Outcome = Held
	}
}

// fail notes that the rate of the stage did not hold. What had held for a while at that rate, or above, has not.
func (s *Search) fail(l *Look, r float64) {
	d, res := &s.rates, &s.result
	d.steps++
	if d.failed == 0 || r < d.failed {
		d.failed, res.Failing = r, r
		s.throttled = shareOf(l.Segment, func(f runner.Failure) bool { return f.Class == runner.Throttled })
	}
	if d.passed >= r {
		d.passed = 0
	}
	if res.Rate >= r {
		res.Rate, res.TPS, res.Held, res.Bad, res.Total, res.Low, res.Top = 0, 0, 0, 0, 0, 0, 0
	}
	s.curve.tried = append(s.curve.tried, s.shown(r))
}

// brokenAtRest says why the SLOs do not hold at the baseline, "" when they may.
func (s *Search) brokenAtRest(l *Look) string {
	const z = 1.645
	if l.Segment.OK == 0 {
		return fmt.Sprintf("no success in %d s with %d users%s", len(s.seen), warmUsers, mostly(l.Segment))
	}
	for i := range s.criteria {
		c := &s.criteria[i]
		b, n := sums(s.seen, c.bad)
		if low, _ := wilson(float64(b)/float64(n), float64(n), z); low > c.alpha {
			return fmt.Sprintf("%s does not hold with %d users: %s of %s requests were worse%s",
				c.rule, warmUsers, thousands(b), thousands(n), mostly(l.Segment))
		}
	}
	if s.broken(l) {
		return fmt.Sprintf("%s do not hold with %d users", rulesText(s.config.Rules), warmUsers)
	}
	return ""
}

// mostly names the most frequent failure of w, if there is any.
func mostly(w *runner.Window) string {
	if len(w.Errors) == 0 {
		return ""
	}
	f := w.Errors[0].Failure
	return fmt.Sprintf(", most often %s", strings.TrimSuffix(f.Class.String()+": "+f.Message, ": "))
}

// heldPeriods are those in which the rate that held was offered all the time.
func (s *Search) heldPeriods(periods []Period) []Period {
	var list []Period
	for i := range periods {
		p := &periods[i]
		if p.Server != nil && !p.Server.Partial && p.Client.From >= s.from && p.Client.To <= s.to {
			list = append(list, *p)
		}
	}
	return list
}

func meanOf(periods []Period, of func(*Server) *float64) *float64 {
	sum, n := 0., 0.
	for i := range periods {
		if v := of(periods[i].Server); v != nil {
			sum, n = sum+*v, n+1
		}
	}
	if n == 0 {
		return nil
	}
	return new(sum / n)
}

// limitedBy is the finding that the endpoint at its capacity points to. The rate that failed was not offered for a whole period, so
// it is judged just below that.
func (s *Search) limitedBy(held []Period) string {
	cpu := number(meanOf(held, func(s *Server) *float64 { return s.CPU }))
	memory := number(meanOf(held, func(s *Server) *float64 { return s.Memory }))
	gpu := number(meanOf(held, func(s *Server) *float64 { return s.GPU }))
	if s.facts.GPUs == 0 && (s.facts.VCPUs > 0 || s.facts.Copies) {
		gpu = 0
	}
	tells := !s.facts.Components && !s.facts.Burstable
	switch {
	case s.result.Failing == 0:
		return ""
	case s.throttled >= badShare:
		return "throttled"
	case memory >= MemoryFull:
		return "memory"
	case gpu >= MemoryFull:
		return "gpu-saturated"
	case tells && cpu >= cpuHigh:
		return "cpu-saturated"
	case tells && cpu < containerCPU && gpu < containerGPU:
		return "container"
	}
	return ""
}

// String is the answer in a sentence.
func (r *Result) String() string {
	if r.Outcome == ClientLimited {
		return "the client was the limit: " + r.Reason
	}
	slo := rulesText(r.Rules)
	if r.Rate == 0 {
		return joined("no rate was found that holds "+slo, r.Reason)
	}
	text := fmt.Sprintf("at least %s TPS held %s for %.0f s (%s bad of %s = %s %%, 90 %% interval %s-%s %%)",
		wholeRate(r.Capacity()), slo, r.Held.Seconds(), thousands(r.Bad), thousands(r.Total),
		hundredths(r.Share()), hundredths(r.Low), hundredths(r.Top))
	failing := ""
	if r.Failing > 0 {
		failing = "first failing rate " + wholeRate(r.Failing)
	}
	return joined(text, failing, r.Reason)
}

// wholeRate is rounded down: it is what was reached at least.
func wholeRate(r float64) string {
	if r < 20 {
		return fmt.Sprintf("%.1f", math.Floor(10*r)/10)
	}
	return thousands(uint64(r))
}

func hundredths(share float64) string { return fmt.Sprintf("%.2f", 100*share) }

func thousands(n uint64) string {
	text := fmt.Sprint(n)
	var groups []string
	for len(text) > 3 {
		groups = append([]string{text[len(text)-3:]}, groups...)
		text = text[:len(text)-3]
	}
	return strings.Join(append([]string{text}, groups...), ",")
}
