package sizing

import (
	"math"
	"strings"
	"time"
)

// Phase of a Search, in a word or two.
type Phase string

// The phases, in their order.
const (
	PhaseWarm    Phase = "warm-up"
	PhaseBase    Phase = "baseline"
	PhaseBurst   Phase = "burst"
	PhaseRecover Phase = "recovery"
	PhaseStep    Phase = "step"
	PhaseVerify  Phase = "verify"
	PhaseCPU     Phase = "CPU"
	PhaseOver    Phase = "over"
)

// Progress is where a Search stands.
type Progress struct {
	Phase    Phase
	Step     int           // rates tried, this one included; 0 before the first
	Users    int           // tried now, while there is no Rate
	Rate     float64       // tried now, arrivals a second
	For      time.Duration // so far
	Excess   float64       // the share of bad requests there, as a multiple of what is allowed
	Passed   float64       // highest rate that held; 0: none yet
	Failed   float64       // lowest rate that did not; 0: none yet
	Capacity float64       // as it seems by now; 0: nobody knows
	Spread   float64       // of Capacity, one standard deviation, as a share of it
	Done     float64       // 0 to 1, never less than before
	Left     time.Duration // about
}

// Progress as of the last second. It weighs all that was seen, which takes a millisecond or two: ask once a second.
func (s *Search) Progress() Progress {
	p := Progress{
		Phase: s.stage.phase(), Step: s.rates.steps, Users: s.plan.Users, For: time.Duration(len(s.seen)) * time.Second,
		Passed: s.rates.passed, Failed: s.rates.failed, Done: 1,
	}
	if s.over {
		p.Phase = PhaseOver
		return p
	}
	if s.plan.Rate > 0 {
		p.Users, p.Rate = 0, s.plan.Rate
	}
	if p.Phase == PhaseStep || p.Phase == PhaseVerify {
		p.Step++
		if len(s.settled()) > 0 {
			p.Excess = s.excess()
		}
	}
	if len(s.curve.tried) > 0 {
		b := s.curve.believe()
		p.Capacity, p.Spread = b.capacity, b.spread
	}
	left := max(0, s.stage.left(s)-len(s.seen))
	p.Left = time.Duration(left) * time.Second
	passed := float64(s.now - s.began + 1)
	s.done = max(s.done, passed/(passed+float64(left)))
	p.Done = s.done
	return p
}

// Bracket is what the rates tried so far say: "175 held, 190 failed"; "" before the first.
func (p *Progress) Bracket() string {
	var known []string
	if p.Passed > 0 {
		known = append(known, wholeRate(p.Passed)+" held")
	}
	if p.Failed > 0 {
		known = append(known, wholeRate(p.Failed)+" failed")
	}
	return strings.Join(known, ", ")
}

// What the stages take when nothing goes wrong, in seconds.
const (
	usualVerify = 130
	usualStep   = 40
	usualSteps  = 3
	usualBurst  = 7
	usualBursts = 4
)

func (warm) phase() Phase     { return PhaseWarm }
func (base) phase() Phase     { return PhaseBase }
func (burst) phase() Phase    { return PhaseBurst }
func (recovery) phase() Phase { return PhaseRecover }
func (step) phase() Phase     { return PhaseStep }
func (verify) phase() Phase   { return PhaseVerify }
func (cpu) phase() Phase      { return PhaseCPU }

func (warm) left(s *Search) int { return 30 + base{}.left(s) }
func (base) left(s *Search) int { return 15 + burst{users: 4}.left(s) }

func (b burst) left(s *Search) int {
	doublings := usualBursts - int(math.Log2(float64(b.users)/4))
	return max(1, doublings)*usualBurst + s.stepsLeft()
}

func (r recovery) left(s *Search) int { return 4 + r.next.left(s) }
func (step) left(s *Search) int       { return s.stepsLeft() }
func (verify) left(s *Search) int     { return usualVerify + s.cpuLeft() }
func (c cpu) left(*Search) int        { return int((wholeMinutes + time.Minute/2).Seconds()) }

func (s *Search) stepsLeft() int {
	return max(1, usualSteps-s.rates.steps)*usualStep + usualVerify + s.cpuLeft()
}

func (s *Search) cpuLeft() int {
	if !s.sizable() {
		return 0
	}
	return cpu{}.left(s)
}
