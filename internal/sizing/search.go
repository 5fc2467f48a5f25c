package sizing

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"sagetop/runner"
)

// ErrSearch is wrapped by every error about a SearchConfig that cannot be searched by.
var ErrSearch = errors.New("sizing: a search that cannot be made")

// SearchConfig says what capacity means and what a Search may do.
type SearchConfig struct {
	Rules       []Rule  // SLOs that must hold: at least one on a latency percentile or on errors
	MaxRate     float64 // never offered more a second; 0: no limit
	MaxUsers    int     // 0: 512
	MaxRequests uint64  // sent by all of the search; 0: no limit
	TargetCPU   float64 // share of all cores, in percent, for Result.AtCPU; 0: 65
}

// Look is what there is to see after a closed second.
type Look struct {
	Second  *runner.Second
	Segment *runner.Window // of the Plan in force
	Periods []Period       // all so far, oldest first
	Facts   Facts
}

// Search finds the highest rate of arrivals that holds the SLOs. It is fed each closed second once and says which Plan is to be in
// force from then on. Its time is that of the seconds, so the same search runs live, in event time and in a replay.
//
//	warm      --medians fall no more--> base
//	base      --the SLOs hold--> burst, of twice the users while that brings more --> recovery
//	recovery  --answers are good again--> step, or verify
//	step      --passed--> step, higher    --unclear--> step    --failed--> recovery    --it is known well enough where the capacity is--> verify
//	verify    --held--> cpu    --did not hold--> recovery, then verify lower
//	cpu       --three minutes--> over
//	any       --after a pause--> the same anew    --what is tried tells nothing any more, or must not go on--> over
//
// TestSearchWalks proves it.
type Search struct {
	config   SearchConfig
	criteria []criterion
	plan     runner.Plan
	stage    stage
	paused   bool
	over     bool

	began, now int64         // seconds; 0 before the first
	before     int           // segment that was in force when the stage was entered
	taken      runner.Window // of the stage's segment, as of the last second
	seen       []count       // seconds of the stage
	sent       uint64        // by all of the search
	facts      Facts
	moved      int // periods that were looked at for what moved

	quiet     quiet
	peak      float64 // TPS, the most that the endpoint answered in a burst
	instances int     // when the search began
	from, to  int64   // when Result.Rate was held
	throttled float64 // share, at Result.Failing
	rates     rates
	curve     curve
	result    Result
	done      float64 // the greatest Progress.Done so far
}

// quiet is what the baseline said.
type quiet struct {
	p50   float64 // seconds
	sigma float64 // of the logarithm
}

// stage is one thing to try. It is a value that says how; what was seen of it so far is the Search's, so that after a pause the same
// stage can begin anew.
type stage interface {
	plan(*Search) runner.Plan
	look(*Search, *Look) stage // what comes after the second: itself, another one, or nil when the search is over
	phase() Phase
	left(*Search) int // seconds, about
}

// NewSearch prepares a Search.
func NewSearch(c SearchConfig) (*Search, error) {
	if c.MaxUsers == 0 {
		c.MaxUsers = 512
	}
	if c.TargetCPU == 0 {
		c.TargetCPU = 65
	}
	s := &Search{config: c, criteria: criteriaOf(c.Rules), result: Result{Rules: c.Rules, TargetCPU: c.TargetCPU}}
	switch {
	case len(s.criteria) == 0:
		return nil, fmt.Errorf("%w: no SLO on a latency percentile or on errors, such as p99<200ms", ErrSearch)
	case c.MaxRate < 0 || math.IsNaN(c.MaxRate):
		return nil, fmt.Errorf("%w: at most %v a second, must be 0 or more", ErrSearch, c.MaxRate)
	case !(c.TargetCPU > 0 && c.TargetCPU < 100):
		return nil, fmt.Errorf("%w: a target of %v %% CPU, must be more than 0 and less than 100", ErrSearch, c.TargetCPU)
	case c.MaxUsers < warmUsers || c.MaxUsers > runner.MaxUsers:
		return nil, fmt.Errorf("%w: at most %d users, must be %d to %d", ErrSearch, c.MaxUsers, warmUsers, runner.MaxUsers)
	}
	s.stage = warm{}
	s.plan = s.stage.plan(s)
	return s, nil
}

// Plan is what is to be in force now.
func (s *Search) Plan() runner.Plan { return s.plan }

// Step takes in a closed second. With change, plan is to be applied, also when it equals the one before; with done, the search needs
// no more load.
func (s *Search) Step(l Look) (plan runner.Plan, change, done bool) {
	switch {
	case s.over:
		return s.plan, false, true
	case l.Second.Plan.Paused:
		s.paused = true
		return s.plan, false, false
	}
	s.sent += l.Second.Sent
	s.facts = l.Facts
	if s.began == 0 {
		s.began = l.Second.Second
	}
	s.now = l.Second.Second
	if s.paused {
		s.paused = false
		s.enter(s.stage, &l)
		return s.plan, true, false
	}
	if reason := s.disturbed(&l); reason != "" {
		return s.end(Inconclusive, reason)
	}
	if !s.inForce(&l) {
		return s.plan, false, false
	}
	s.count(&l)
	if most := s.config.MaxRequests; most > 0 && s.sent >= most {
		return s.end(s.result.Outcome, "the limit of "+thousands(most)+" requests was reached")
	}
	next := s.stage.look(s, &l)
	if next == nil {
		s.over = true
		return s.plan, false, true
	}
	if next != s.stage {
		s.enter(next, &l)
		return s.plan, true, false
	}
	return s.plan, false, false
}

// inForce says whether the second was one of the stage's Plan: what is asked for takes a moment.
func (s *Search) inForce(l *Look) bool {
	p := &l.Second.Plan
	return l.Segment.Segment > s.before && p.Loop == s.plan.Loop && p.Users == s.plan.Users && p.Rate == s.plan.Rate
}

func (s *Search) enter(next stage, l *Look) {
	s.stage, s.plan = next, next.plan(s)
	s.before = l.Segment.Segment
	s.seen, s.taken = s.seen[:0], runner.Window{}
}

// end the search for a reason.
func (s *Search) end(o Outcome, reason string) (plan runner.Plan, change, done bool) {
	s.finish(o, reason)
	return s.plan, false, true
}

// Abort the search from outside: what it found until then stands.
func (s *Search) Abort(reason string) {
	if !s.over {
		s.finish(s.result.Outcome, reason)
	}
}

// Disturb ends the search from outside: something moved, so what it found until then is not of one endpoint.
func (s *Search) Disturb(reason string) {
	if !s.over {
		s.finish(Inconclusive, reason)
	}
}

func (s *Search) finish(o Outcome, reason string) stage {
	s.over, s.result.Outcome, s.result.Reason = true, o, reason
	return nil
}

// open is the load of a rate.
func (s *Search) open(rate float64) runner.Plan {
	return runner.Plan{Loop: runner.Open, Users: s.config.MaxUsers, Rate: rate, Poisson: true}
}

// within the limit.
func (s *Search) within(rate float64) float64 {
	if s.config.MaxRate > 0 {
		return min(rate, s.config.MaxRate)
	}
	return rate
}

// disturbed says what moved besides the load since the search began, "" when nothing is known to have.
func (s *Search) disturbed(l *Look) string {
	if s.instances == 0 {
		s.instances = l.Facts.Instances
	}
	if n := l.Facts.Instances; n > 0 && n != s.instances {
		return fmt.Sprintf("%s changed from %d to %d", l.Facts.unit().Many(), s.instances, n)
	}
	for ; s.moved < len(l.Periods); s.moved++ {
		p := &l.Periods[s.moved]
		if unpublished(p) && l.Facts.CloudWatch && s.now-p.Client.To < publishedWithin {
			return "" // later ones come after it
		}
		if p.Client.From < s.began || unpublished(p) {
			continue
		}
		if p.Server.Scaling {
			return l.Facts.unit().Many() + " came or went " + InPeriod(p.Server.From, p.Server.Period)
		}
		if extra, _ := p.Foreign(); extra != 0 && p.Client.Plans == 1 && l.Facts.Variants <= 1 {
			return foreignText(p, extra)
		}
	}
	return ""
}

func foreignText(p *Period, extra float64) string {
	what := "other traffic"
	if extra < 0 {
		what = "some of ours went elsewhere"
	}
	return fmt.Sprintf("%s: %.0f invocations %s, ours %d", what, *p.Server.Invocations, InPeriod(p.Server.From, p.Server.Period), p.Client.Ended())
}

// rulesText is "p99<200ms, errors<1%".
func rulesText(rules []Rule) string {
	texts := make([]string, len(rules))
	for i := range rules {
		texts[i] = rules[i].String()
	}
	return strings.Join(texts, ", ")
}
