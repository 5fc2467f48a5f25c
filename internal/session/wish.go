package session

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"sagetop/runner"
)

// change is a wish that the load is still on its way to, or has just reached.
type change struct {
	from, to string
	at, last time.Time     // of the first and the last wish that make it up
	took     time.Duration // 0: not reached yet
}

// A wish that follows another this soon is told with it as one change: a held-down key is not ten lines of log.
const sameChange = 400 * time.Millisecond

// apply asks the load for the wish, with a linear ramp of that length (0: a rate at once, users at the spawn rate).
func (s *Session) apply(length time.Duration) bool {
	c := &s.state
	p := c.wish
	if c.phase == Scale { // who has nothing to do yet is not there
		p = withLoad(p, 0)
	}
	p.Ramp, p.Paused = length, c.paused || c.lapsed || c.phase == Scale
	now := c.clock.elapsed(time.Now())
	from := c.ramp.at(now)
	if p.Paused && length > 0 { // the ramp waits too
		p = withLoad(p, s.loadNow())
		p.Ramp = 0
	}
	if err := s.load.Apply(p); err != nil {
		s.say(Event{Kind: KindPlan, Text: err.Error(), Bad: true})
		return false
	}
	c.ramp = ramp{from: from, to: c.wish.Rate, begin: now, end: now + length}
	return true
}

// loadNow is how many users there are, or which rate the schedule is at: in a ramp that is not yet what was wished for.
func (s *Session) loadNow() float64 {
	c := &s.state
	switch {
	case c.wish.Loop == runner.Open:
		return c.ramp.at(c.clock.elapsed(time.Now()))
	case s.rampLeft() > 0:
		s.load.Snapshot(&c.live)
		return float64(c.live.Users)
	}
	return float64(c.wish.Users)
}

// loadOf p: its users, or its rate.
func loadOf(p runner.Plan) float64 {
	if p.Loop == runner.Open {
		return p.Rate
	}
	return float64(p.Users)
}

// withLoad is p with so many users, or that rate.
func withLoad(p runner.Plan, load float64) runner.Plan {
	if p.Loop == runner.Open {
		p.Rate = load
	} else {
		p.Users = int(load)
	}
	return p
}

// ramp is how the rate of an open loop goes from what it was to what is wished for, in time under load. Without length it is there
// at once. Of users only begin and end count: how many there are is seen.
type ramp struct {
	from, to   float64
	begin, end time.Duration
}

func (r ramp) at(elapsed time.Duration) float64 {
	if elapsed >= r.end {
		return r.to
	}
	return r.from + (r.to-r.from)*float64(elapsed-r.begin)/float64(r.end-r.begin)
}

// rampLeft of a linear ramp that a pause, or the end of the warm-up, interrupts.
func (s *Session) rampLeft() time.Duration {
	return max(0, s.state.ramp.end-s.state.clock.elapsed(time.Now()))
}

// want changes the load to p and remembers what it was, to say when it was reached.
func (s *Session) want(p runner.Plan, ramp time.Duration) {
	c := &s.state
	before := c.wish
	c.wish = p
	if !s.apply(ramp) {
		c.wish = before
		return
	}
	now := time.Now()
	if c.pending == nil || now.Sub(c.pending.last) >= sameChange {
		s.tellChange("replaced before it was reached")
		c.pending = &change{from: asked(before), at: now}
	}
	c.pending.to, c.pending.last, c.pending.took = asked(p), now, 0
}

// reached says when the load is where it was wished to be.
func (s *Session) reached() {
	c := &s.state
	if c.pending == nil || c.paused || c.lapsed {
		return
	}
	if c.pending.took == 0 {
		s.load.Snapshot(&c.live)
		if c.wish.Loop == runner.Closed && c.live.Users != c.wish.Users || s.rampLeft() > 0 {
			return
		}
		c.pending.took = time.Since(c.pending.at)
	}
	if time.Since(c.pending.last) >= sameChange {
		s.tellChange("")
	}
}

// tellChange logs the pending change, if it changed anything in the end.
func (s *Session) tellChange(otherwise string) {
	c := s.state.pending
	s.state.pending = nil
	if c == nil || c.from == c.to {
		return
	}
	switch {
	case c.took >= 50*time.Millisecond:
		otherwise = fmt.Sprintf("reached in %.1fs", c.took.Seconds())
	case c.took > 0:
		otherwise = "reached at once"
	}
	s.say(Event{Kind: KindPlan, Text: fmt.Sprintf("%s -> %s, %s", c.from, c.to, otherwise)})
}

// asked is a Plan in the words of the log.
func asked(p runner.Plan) string {
	if p.Loop == runner.Open {
		return rateText(p.Rate)
	}
	if p.Users == 1 {
		return "1 user"
	}
	return strconv.Itoa(p.Users) + " users"
}

// rateText has no more decimals than say something: 135/s, 12.5/s.
func rateText(rate float64) string {
	return strconv.FormatFloat(math.Round(rate*1000)/1000, 'f', -1, 64) + "/s"
}

// stopwatch measures time under load: pauses are left out.
type stopwatch struct {
	since time.Time // zero: not running
	sum   time.Duration
}

func (w *stopwatch) running() bool { return !w.since.IsZero() }

func (w *stopwatch) start(now time.Time) {
	if !w.running() {
		w.since = now
	}
}

func (w *stopwatch) stop(now time.Time) {
	w.sum, w.since = w.elapsed(now), time.Time{}
}

func (w *stopwatch) elapsed(now time.Time) time.Duration {
	if !w.running() {
		return w.sum
	}
	return w.sum + now.Sub(w.since)
}

// stepped is so many steps from n, each a step of what the one before led to, as if they had been taken one by one. Many at once do not
// end the load: where they would, they lead to 1.
func stepped(n float64, steps int) float64 {
	least := 0.
	if steps < -1 {
		least = min(n, 1)
	}
	for ; steps > 0 && n < runner.MaxArrivalRate; steps-- {
		n += stepOf(n)
	}
	for ; steps < 0 && n > least; steps++ {
		n -= stepOf(n)
	}
	return max(n, least)
}

// stepOf is one step of n users, or of a rate: a tenth, at least 1.
func stepOf(n float64) float64 { return max(1, float64(int(n/10+.5))) }
