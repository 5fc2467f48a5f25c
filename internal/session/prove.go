package session

import (
	"fmt"
	"math"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Prove is how a search for the capacity goes on once it has its answer: the target that the run sizes for is held, with as many
// instances as that takes.
type Prove struct {
	For       time.Duration `json:"for"`
	Settle    time.Duration `json:"settle,omitempty"`    // before that, left out of the figures
	Instances int           `json:"instances,omitempty"` // 0: as many as are projected
	Consent   Consent       `json:"consent,omitempty"`   // to other instances than there are
}

// Consent to a change that may cost money.
type Consent string

// The consents.
const (
	NoConsent Consent = ""      // nobody gave it, and there is nobody to ask
	ToBeAsked Consent = "asked" // of whoever is at a screen by then
	Agreed    Consent = "given" // beforehand
)

// Proposal is what a search comes to: its target is to be proven. Until it is agreed to, and the instances have come, the load rests.
type Proposal struct {
	TPS     float64       `json:"target_tps"`
	For     time.Duration `json:"for"`
	From    int           `json:"from,omitempty"`    // instances
	To      int           `json:"to,omitempty"`      // 0: not projected yet
	Until   time.Time     `json:"until,omitzero"`    // so long an answer is awaited; zero: none is
	Refused string        `json:"refused,omitempty"` // why the target is not verified; empty: it is, or will be
}

// Open says whether p waits for an answer.
func (p *Proposal) Open() bool { return p != nil && !p.Until.IsZero() && p.Refused == "" }

const (
	restShare      = .1 // of the capacity: what nothing suffers from
	pointsPatience = 3 * time.Minute
	answerPatience = 10 * time.Minute
)

// resting says whether the load waits for what a proposal leads to.
func (s *Session) resting() bool {
	c := &s.state
	return c.proposal != nil && c.proposal.Refused == "" && (c.verify == nil || s.verifies())
}

// propose to prove the target, by what the search found, if it found anything.
func (s *Session) propose(r *sizing.Result) {
	c, info := &s.state, &s.cfg.Info
	c.proposal = &Proposal{TPS: info.Sizing.TPS, For: info.Prove.For}
	switch {
	case r.Outcome != sizing.Held:
		s.decline("there is no capacity to plan by, so nothing is scaled")
		return
	case r.Reason != "": // what ended the search is in the way of more load too
		s.decline("nothing is scaled: " + r.Reason)
		return
	}
	p := info.PlanOf(runner.Open)
	p.Rate, p.Poisson, p.Warmup = max(1, math.Round(restShare*r.Capacity())), true, true
	s.want(p, 0)
	c.pointsUntil = time.Now().Add(pointsPatience)
	s.tellProposal(fmt.Sprintf("the load rests at %s until CloudWatch's last points are in", rateText(p.Rate)), false)
	s.prove()
}

// prove goes on with the proposal as far as that can be.
func (s *Session) prove() {
	c := &s.state
	switch p := c.proposal; {
	case p == nil || p.Refused != "":
	case p.To == 0 && (!c.now.Facts.CloudWatch || published(c.now.Periods, c.now.Search.To) || !time.Now().Before(c.pointsUntil)):
		s.project()
	case p.Open() && !time.Now().Before(p.Until):
		s.decline(fmt.Sprintf("nobody answered within %v", answerPatience))
	}
}

// project how many instances the target takes, and get them, if that is agreed to.
func (s *Session) project() {
	c, how := &s.state, s.cfg.Info.Prove
	s.book.State(&c.now)
	size := c.now.Size()
	p := c.proposal
	p.From, p.To = s.instances(), how.Instances
	c.proving = Verification{TPS: p.TPS, For: p.For, Settle: how.Settle, Unprojected: size.Problem}
	if size.Problem == "" {
		c.proving.Projected = size.Projection(c.now.Facts)
		if p.To == 0 {
			p.To = size.Spared
		}
	}
	s.warnQuota(p.From, p.To)
	switch {
	case p.To == 0:
		s.decline(size.Problem)
	case p.To > MaxInstances:
		s.decline(fmt.Sprintf("it takes %s, above %d", s.unit().Count(p.To), MaxInstances))
	case p.To == p.From || how.Consent == Agreed:
		s.agree(p.To)
	case how.Consent == ToBeAsked:
		p.Until = time.Now().Add(answerPatience)
		s.tellProposal(fmt.Sprintf("%s takes %d -> %s: is that agreed to? No, after %v", rateText(p.TPS), p.From, s.unit().Count(p.To), answerPatience), true)
	default:
		s.decline(fmt.Sprintf("it takes %d -> %s, and there was nobody to ask", p.From, s.unit().Count(p.To)))
	}
}

// agree to n instances, and verify the target with them.
func (s *Session) agree(n int) {
	p := s.state.proposal
	p.To, p.Until = n, time.Time{}
	text := fmt.Sprintf("%s for %v with %s", rateText(p.TPS), p.For, s.unit().Count(n))
	if n != p.From {
		text = fmt.Sprintf("%d -> %s, then %s for %v", p.From, s.unit().Count(n), rateText(p.TPS), p.For)
	}
	s.tellProposal(text, false)
	s.verify(s.state.proving, n)
}

// decline the proposal: the search's answer is all there is.
func (s *Session) decline(why string) {
	s.dropProposal(why)
	s.end(EndFound)
}

// dropProposal leaves the load as it is.
func (s *Session) dropProposal(why string) {
	c := &s.state
	c.proposal.Refused, c.verify = why, nil
	s.tellProposal("not verified: "+why, true)
}

func (s *Session) tellProposal(text string, bad bool) {
	s.say(Event{Kind: KindVerify, Text: "verify: " + text, Bad: bad, Proposal: new(*s.state.proposal)})
}

// answer to the proposal that is open: so many instances, or 0 for none.
func (s *Session) answer(instances int) {
	switch p := s.state.proposal; {
	case !p.Open():
		s.refuse("nothing is asked")
	case instances == 0:
		s.decline("that was declined")
	case instances < 0 || instances > MaxInstances:
		s.refuse(fmt.Sprintf("%s: must be 1 to %d", s.unit().Count(instances), MaxInstances))
	default:
		s.agree(instances)
	}
}

// sized are the periods that the run sizes by: those before a verification that its own search led to.
func sized(periods []sizing.Period, info *Info, v *Verification) []sizing.Period {
	if info.Prove == nil || v == nil {
		return periods
	}
	n := 0
	for n < len(periods) && periods[n].Client.To <= v.From.Unix() {
		n++
	}
	return periods[:n:n]
}

// Size is what the run says of the target that it was given.
func (st *State) Size() sizing.Sizing {
	return sizing.Size(st.Facts, sized(st.Periods, &st.Info, st.Verify), st.Info.Sizing)
}
