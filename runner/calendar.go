package runner

import "time"

// order is what every user is to do now. It never changes; it is replaced.
type order struct {
	segment  int
	plan     Plan
	reached  time.Duration // since the pool's start: when users are as many, or the rate is as high, as the plan wishes
	arrivals *arrivals     // what to send; nil: whatever a free user likes
	turns    *turns        // when to send; nil: at once
	quit     bool          // leave after the request in hand
	changed  chan struct{} // closed when another order has taken its place
}

// sends says whether requests are to be sent under o.
func (o *order) sends() bool { return !o.quit && !o.plan.Paused }

// tenure is a stretch of time, since the pool's start, in which one order was in force.
type tenure struct {
	order    *order
	from, to time.Duration // the last one lasts still, its to is of no meaning
}

// calendar knows which second it is and which orders were in force in it. Seconds are Unix seconds of the wall clock at the start,
// carried on by the monotonic one.
type calendar struct {
	wall    time.Duration // since 1970, at the pool's start
	open    int64         // the first second that was not cut yet
	tenures []tenure      // since the start of the open second, oldest first
}

func newCalendar(start time.Time) *calendar {
	wall := time.Duration(start.UnixNano())
	return &calendar{wall: wall, open: int64(wall / time.Second)}
}

// change puts o in force.
func (c *calendar) change(o *order, now time.Duration) {
	if n := len(c.tenures); n > 0 {
		c.tenures[n-1].to = now
	}
	c.tenures = append(c.tenures, tenure{order: o, from: now})
}

// second is the Unix second of a moment.
func (c *calendar) second(at time.Duration) int64 { return int64((c.wall + at) / time.Second) }

// begins is the moment at which a Unix second begins, negative for the one in which the pool started.
func (c *calendar) begins(second int64) time.Duration {
	return time.Duration(second)*time.Second - c.wall
}

// agenda is one second and the segments that were in force in it, oldest first.
type agenda struct {
	second int64
	stints []stint
}

// stint is what one segment had of a second.
type stint struct {
	order             *order
	covered, draining time.Duration
	ramp              bool
}

// agendas lists the seconds that are open and over, and with last the one that now lies in; then these are closed.
func (c *calendar) agendas(now time.Duration, last bool) []agenda {
	end := c.second(now) // exclusive
	if last {
		end++
	}
	var list []agenda
	for ; c.open < end; c.open++ {
		list = append(list, agenda{c.open, c.stints(c.open, now)})
	}
	c.forget()
	return list
}

// stints of the second, as far as now.
func (c *calendar) stints(second int64, now time.Duration) []stint {
	var list []stint
	begin, end := max(0, c.begins(second)), min(c.begins(second+1), now)
	for i, t := range c.tenures {
		if i == len(c.tenures)-1 {
			t.to = now
		}
		from, to := max(t.from, begin), min(t.to, end)
		if from >= to {
			continue
		}
		if n := len(list); n == 0 || list[n-1].order.segment != t.order.segment {
			list = append(list, stint{order: t.order})
		}
		list[len(list)-1].add(t.order, from, to)
	}
	return list
}

func (s *stint) add(o *order, from, to time.Duration) {
	if o.quit {
		s.draining += to - from
		return
	}
	s.covered += to - from
	s.ramp = s.ramp || from < o.reached
}

// forget drops the tenures that ended before the open second.
func (c *calendar) forget() {
	keep := 0
	for keep < len(c.tenures)-1 && c.tenures[keep].to <= c.begins(c.open) {
		keep++
	}
	c.tenures = append(c.tenures[:0], c.tenures[keep:]...)
}

// stint of a segment.
func (a *agenda) stint(segment int) (s stint, ok bool) {
	for _, s := range a.stints {
		if s.order.segment == segment {
			return s, true
		}
	}
	return stint{}, false
}

// newest is the last segment that was in force in the second, 0 if none was.
func (a *agenda) newest() int {
	if n := len(a.stints); n > 0 {
		return a.stints[n-1].order.segment
	}
	return 0
}
