package session

import (
	"fmt"
	"time"

	"sagetop/runner"
)

// command does what a key, or a screen elsewhere, asked. What cannot be done is said in the log.
func (s *Session) command(cmd Command) {
	switch cmd.Verb {
	case Stop:
		s.end(EndStopped)
	case Interrupt:
		s.end(EndInterrupt)
	case Hangup:
		s.hangUp()
	case Terminate:
		s.end(EndTerminate)
	case Abort:
		s.end(EndInterrupt)
		s.abort()
	case SkipSettle:
		if s.state.phase == Settle {
			s.finish()
		}
	case Take: // who may send commands at all steers; which one of several screens does is for where they come together
	case ReadLogs:
		s.readLogs()
	case SaveScreen:
		s.saveScreen(cmd.Text)
	default:
		s.steer(cmd)
	}
}

// steer changes the load, as long as there is one.
func (s *Session) steer(cmd Command) {
	c := &s.state
	if why := c.phase.Unsteered(s.unit()); why != "" {
		s.refuse(why)
		return
	}
	switch cmd.Verb {
	case Step:
		s.stepBy(cmd.Count)
	case SetUsers:
		s.setUsers(cmd.Count)
	case SetRate:
		s.setRate(cmd.Rate)
	case Pause:
		s.pause()
	case SetInstances:
		if c.proposal.Open() {
			s.answer(cmd.Count)
			return
		}
		s.scale(cmd.Count)
	case Decline:
		s.answer(0)
	case Find:
		s.find()
	case EndFind:
		s.endFind()
	case NewSegment:
		if s.apply(s.rampLeft()) {
			s.say(Event{Kind: KindPlan, Text: "measuring afresh at " + asked(c.wish)})
		}
	default:
		s.refuse(fmt.Sprintf("%q is not a command of a run", cmd.Verb))
	}
}

func (s *Session) refuse(why string) { s.say(Event{Kind: KindNote, Text: why, Bad: true}) }

// stepBy so many steps from where the load is, not from where a ramp would take it.
func (s *Session) stepBy(steps int) {
	n := stepped(s.loadNow(), steps)
	if s.state.wish.Loop == runner.Open {
		s.setRate(n)
	} else {
		s.setUsers(int(min(n, runner.MaxUsers))) // what does not fit into an int would come out as anything
	}
}

// setUsers takes the load into a person's hands. Beyond the bounds it goes to the bound: a held-down key should end there.
func (s *Session) setUsers(n int) {
	p := s.cfg.Info.PlanOf(runner.Closed)
	p.Users = min(max(n, 0), runner.MaxUsers)
	s.takeOver(p, p.Users > 0)
}

func (s *Session) setRate(rate float64) {
	p := s.cfg.Info.PlanOf(runner.Open)
	p.Rate = s.bounded(rate)
	s.takeOver(p, p.Rate > 0)
}

// bounded is rate within --max-rate and what one client can send. That it was not what was asked for is said, once for a key that is
// held down there.
func (s *Session) bounded(rate float64) float64 {
	most, why := float64(runner.MaxArrivalRate), "what one client can send"
	if m := s.cfg.Info.MaxRate; m > 0 && m < most {
		most, why = m, "--max-rate"
	}
	told := s.state.said.bounded
	s.state.said.bounded = rate > most
	if rate > most && !told {
		s.refuse(fmt.Sprintf("%s is above %s: %s it is", rateText(rate), why, rateText(most)))
	}
	return min(max(rate, 0), most)
}

func (s *Session) takeOver(p runner.Plan, sends bool) {
	c := &s.state
	if sends && s.cfg.NoLoad != "" {
		s.refuse(s.cfg.NoLoad)
		return
	}
	if len(s.cfg.Info.Stages) > 0 && !c.byHand && c.stage < len(s.cfg.Info.Stages) {
		s.say(Event{Kind: KindNote, Text: "by hand from here: the remaining stages are left out"})
	}
	c.byHand = true
	const byHand = "the load was changed by hand"
	s.abortFind(byHand)
	if s.resting() {
		s.dropProposal(byHand)
	}
	p.Warmup = c.wish.Warmup
	if p == c.wish && s.rampLeft() == 0 {
		return
	}
	s.want(p, 0)
}

func (s *Session) pause() {
	c := &s.state
	c.paused = !c.paused
	now := time.Now()
	if c.paused {
		c.clock.stop(now)
	} else if !c.lapsed {
		c.clock.start(now)
	}
	s.apply(s.rampLeft())
	text := "resumed at " + asked(c.wish)
	if c.paused {
		text = "paused: nothing is sent until it is resumed"
	}
	s.say(Event{Kind: KindPlan, Text: text})
	if v := c.verify; !c.paused && v != nil && !v.From.IsZero() {
		s.hold() // anew: what is verified is held at a stretch
	}
}
