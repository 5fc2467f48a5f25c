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
		s.end(EndHangup)
	case Terminate:
		s.end(EndTerminate)
	case Abort:
		s.end(EndInterrupt)
		s.abort()
	case SkipSettle:
		if s.state.phase == Settle {
			s.finish()
		}
	default:
		s.steer(cmd)
	}
}

// steer changes the load, as long as there is one.
func (s *Session) steer(cmd Command) {
	c := &s.state
	if c.phase != Run {
		s.refuse("the run is ending")
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
	case NewSegment:
		if s.apply(s.rampLeft()) {
			s.say(Event{Kind: KindPlan, Text: "measuring afresh at " + asked(c.wish)})
		}
	default:
		s.refuse(fmt.Sprintf("%q is not a command of a run", cmd.Verb))
	}
}

func (s *Session) refuse(why string) { s.say(Event{Kind: KindNote, Text: why, Bad: true}) }

func (s *Session) stepBy(steps int) {
	p := s.state.wish
	if p.Loop == runner.Open {
		s.setRate(p.Rate + float64(steps)*stepOf(p.Rate))
		return
	}
	n := float64(p.Users)
	if s.rampLeft() > 0 { // a step is from where the load is, not from where a ramp would take it
		s.load.Snapshot(&s.state.live)
		n = float64(s.state.live.Users)
	}
	s.setUsers(int(n + float64(steps)*stepOf(n)))
}

// setUsers takes the load into a person's hands. Beyond the bounds it goes to the bound: a held-down key should end there.
func (s *Session) setUsers(n int) {
	p := s.state.wish
	p.Loop, p.Users = runner.Closed, min(max(n, 0), runner.MaxUsers)
	s.takeOver(p, p.Users > 0)
}

func (s *Session) setRate(rate float64) {
	p := s.state.wish
	p.Loop, p.Rate = runner.Open, max(rate, 0)
	s.takeOver(p, p.Rate > 0)
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
	if p == c.wish {
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
}
