package session

import (
	"context"
	"fmt"
	"time"

	"sagetop/cwmetrics"
	"sagetop/runner"
)

// conductor is what the loop remembers. Only the loop's goroutine touches it, so nothing here has a lock.
//
// A run goes
//
//	Scale --instances in service--> Run --end--> Drain --load done--> Restore --asked, given up--> Settle --points in, time up, skipped--> Done
//	                                                            \--nothing to put back--> Settle          \--no settling wanted--> Done
//
// and begins with Run where no instances were asked for first. TestPhases walks it.
type conductor struct {
	now    State           // as of the last review
	live   runner.Snapshot // gauges of the load
	phase  Phase
	reason string

	wish        runner.Plan // without Paused, which is held below
	paused      bool        // by a person
	lapsed      bool        // credentials
	clock       stopwatch   // time under load, pauses left out
	ramp        ramp
	stage       int  // the current one of Info.Stages, -1 before the first
	ramping     bool // the current stage is a ramp
	byHand      bool // a person changed the load: the stages are over
	pending     *change
	warm        warm // what is left out of the figures until then
	find        find
	verify      *Verification
	proposal    *Proposal     // of a search that is to be proven; nil: it has not come to that
	proving     Verification  // that it is about
	pointsUntil time.Time     // when what it is projected from is waited for no longer
	until       time.Duration // of clock, when the load under new instances has been held long enough; 0: no such end

	said         said
	refreshed    chan refreshed
	lapse        lapse
	unseen       unseen
	hungUp       bool     // and goes on
	change       *Scaling // of instances, under way
	giveUpChange context.CancelFunc
	steps        chan scaleStep
	abortRestore context.CancelFunc

	counts int // of instances that were looked at: so many have been in service

	saving bool // a screen
	saved  chan Event

	abortDrain  context.CancelFunc
	drained     bool // the load is over
	settleUntil time.Time
}

// warm is a part of the time under load that is left out of the figures.
type warm struct{ length, until time.Duration }

// begin writes what happened before the load and starts it.
func (s *Session) begin() {
	c := &s.state
	c.phase, c.stage, c.refreshed = Run, -1, make(chan refreshed, 1)
	c.steps, c.saved = make(chan scaleStep), make(chan Event)
	c.said = newSaid()
	if d := s.cfg.Tried; d != nil {
		s.record(func(j Journal) error { return j.Delta(d) })
	}
	for _, n := range s.cfg.Info.Notes {
		s.say(Event{Kind: KindNote, Text: n})
	}
	if s.cfg.Hint != "" {
		s.say(Event{Kind: KindNote, Text: s.cfg.Hint, Bad: true})
	}
	c.wish = s.cfg.Info.Plan
	c.wish.Warmup, c.warm = s.cfg.Info.Warmup > 0, warm{s.cfg.Info.Warmup, s.cfg.Info.Warmup}
	if s.cfg.Info.Watch {
		c.wish = withLoad(c.wish, 0)
		c.wish.Warmup = false
	}
	if s.cfg.Info.Find {
		s.followSearch()
	}
	if n := s.cfg.Info.Instances; n > 0 && !s.cfg.Info.ScaleLast && n != s.instances() {
		s.enter(Scale, "the load waits for "+s.unit().Count(n))
		s.apply(0)
		s.startScaling(n)
		return
	}
	s.start()
}

// start the load.
func (s *Session) start() {
	s.state.clock.start(time.Now())
	if v := s.cfg.Info.Verify; v != nil {
		s.verify(*v, 0)
		return
	}
	if len(s.cfg.Info.Stages) > 0 {
		s.startStages()
		return
	}
	s.apply(0)
}

// startStages from the first wish: what a ramp starts from is there at once.
func (s *Session) startStages() {
	c := &s.state
	if n := loadOf(c.wish); n > 0 && n != s.cfg.Info.Stages[0].Target {
		spawn := c.wish.SpawnRate
		c.wish.SpawnRate = 0
		s.apply(0)
		c.wish.SpawnRate = spawn
	}
	s.stages()
}

func (s *Session) loop(ctx context.Context) {
	c := &s.state
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	stopped, ended := s.load.Done(), ctx.Done()
	for c.phase != Done {
		select {
		case <-ended:
			ended = nil
			s.end(EndTerminate)
		case cmd := <-s.commands:
			s.command(cmd)
		case <-s.turned:
			s.review()
		case sample := <-s.samples:
			s.sample(sample)
		case look := <-s.scaling:
			s.seeScaling(look)
		case step := <-c.steps:
			s.scaled(step)
		case e := <-c.saved:
			c.saving = false
			s.say(e)
		case r := <-c.refreshed:
			s.resume(r)
		case err := <-s.failed:
			s.err = err
			s.say(Event{Kind: KindError, Text: plain(err), Bad: true})
			s.end(EndFailed)
		case <-stopped:
			stopped = nil
			s.drained()
		case <-ticker.C:
			s.step()
		}
	}
}

// step is what time alone brings.
func (s *Session) step() {
	c := &s.state
	switch c.phase {
	case Run:
		s.reached()
		s.prove()
		s.giveUpLapse()
		s.giveUpUnseen()
		if !c.clock.running() {
			return
		}
		s.warmedUp()
		if s.overdue() {
			s.end(EndDuration)
			return
		}
		s.stages()
	case Settle:
		if time.Now().After(c.settleUntil) || s.settled() {
			s.finish()
		}
	}
}

func (s *Session) overdue() bool {
	elapsed, d, until := s.state.clock.elapsed(time.Now()), s.cfg.Info.Duration, s.state.until
	return d > 0 && elapsed >= d || until > 0 && elapsed >= until
}

func (s *Session) warmedUp() {
	c := &s.state
	if c.wish.Warmup && !c.find.on && !s.resting() && c.clock.elapsed(time.Now()) >= c.warm.until {
		c.wish.Warmup = false
		s.apply(s.rampLeft())
		s.say(Event{Kind: KindNote, Text: fmt.Sprintf("warm-up of %v is over: measuring", c.warm.length)})
	}
}

func (s *Session) sample(sample cwmetrics.Sample) {
	s.record(func(j Journal) error { return j.Sample(sample) })
	s.review()
	if s.state.phase == Settle && s.settled() {
		s.finish()
	}
}

// say writes e to the log.
func (s *Session) say(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	s.record(func(j Journal) error { return j.Event(e) })
}

func (s *Session) enter(p Phase, text string) {
	s.state.phase = p
	s.say(Event{Kind: KindPhase, Phase: p, Text: text})
}
