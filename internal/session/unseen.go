package session

import (
	"fmt"
	"sync"
	"time"
)

// unseen is what the loop remembers of a time in which no screen looks on.
type unseen struct {
	told  bool      // that nobody does
	until time.Time // when the run ends if that stays so; zero: it has an end of its own
}

// Look says that a screen looks at the run from now on, until it calls leave.
func (s *Session) Look() (leave func()) {
	s.looking.Add(1)
	return sync.OnceFunc(func() { s.looking.Add(-1) })
}

// giveUpUnseen ends a load that would go on for ever with nobody there to end it. It is said when that begins and when it is over. A
// person who takes the load into their hands takes its end away: that is noticed too.
func (s *Session) giveUpUnseen() {
	u := &s.state.unseen
	switch now := time.Now(); {
	case s.cfg.Unseen == 0:
	case s.looking.Load() > 0:
		if u.told {
			s.say(Event{Kind: KindNote, Text: "somebody looks: " + s.goesOn()})
		}
		*u = unseen{}
	case s.hasEnd():
		u.until = time.Time{}
	case u.until.IsZero():
		u.told, u.until = true, now.Add(s.cfg.Unseen)
		s.say(Event{Kind: KindNote, Text: fmt.Sprintf("nobody looks: the run ends at %s unless somebody attaches", u.until.Format("15:04"))})
	case !now.Before(u.until):
		s.end(EndUnseen)
	}
}

// hasEnd says whether the load ends by itself. Paused it does not: its clock stands.
func (s *Session) hasEnd() bool {
	c, info := &s.state, &s.cfg.Info
	staged := len(info.Stages) > 0 && !info.Hold && !c.byHand
	return !c.paused && (c.find.on && info.Find || s.resting() || info.Duration > 0 || info.Requests > 0 || staged || c.until > 0)
}

func (s *Session) goesOn() string {
	if s.hasEnd() {
		return "the run goes on to its end"
	}
	return "the run goes on until it is stopped"
}

// hangUp ends the run, unless it was told to go on without its terminal. SIGHUP and the terminal's own end often come together.
func (s *Session) hangUp() {
	c := &s.state
	switch {
	case s.cfg.Return == "":
		s.end(EndHangup)
	case !c.hungUp:
		c.hungUp = true
		text := "the run goes on"
		if s.hasEnd() {
			text += " to its end"
		}
		s.say(Event{Kind: KindNote, Text: fmt.Sprintf("the terminal is gone: %s (%s)", text, s.cfg.Return), Bad: true})
	}
}
