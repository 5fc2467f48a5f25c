package tui

import (
	"time"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// spell is a stretch of seconds under one Plan that count together, so that their p99 has samples enough.
type spell struct {
	segment  int
	ramp     bool
	seconds  int
	measured time.Duration
	runner.Spread
}

// full says that the next second begins another spell: each is at least as long as the trail of a percentile.
func (s *spell) full(next *runner.Second) bool {
	return next.Segment != s.segment || next.Ramp != s.ramp || s.seconds >= trail && s.Trust(0.99) == runner.Firm
}

// point of a spell; ok says that it has one. Load that was on its way for a few seconds only has none.
func (s *spell) point() (p kneePoint, ok bool) {
	if s.Trust(0.99) == runner.Hidden || s.measured <= 0 || s.ramp && s.seconds < trail {
		return kneePoint{}, false
	}
	tps := float64(s.Count()) / s.measured.Seconds()
	return kneePoint{tps, millis(s.Percentiles()[2]), s.Trust(0.99) == runner.Rough, s.segment}, true
}

// kneePoint is what a spell came to.
type kneePoint struct {
	tps, p99 float64 // successes a second, milliseconds
	rough    bool    // on few samples
	segment  int
}

// knee are the points of a run. Seconds only come to it, so each is looked at once.
type knee struct {
	seen   int
	points []kneePoint // of the spells that are full
	now    spell
}

// follow takes the seconds that are new. Fewer than were seen are those of a picture that is frozen.
func (k *knee) follow(seconds []runner.Second) {
	if len(seconds) < k.seen {
		*k = knee{}
	}
	for i := k.seen; i < len(seconds); i++ {
		if s := &seconds[i]; steady(s) {
			k.add(s)
		}
	}
	k.seen = len(seconds)
}

// steady leaves out warm-up, pauses, the drain, and seconds in which requests of two settings ended.
func steady(s *runner.Second) bool {
	return s.Sent+s.OK+s.Failed > 0 && s.Segments == 1 && !s.Plan.Warmup && !s.Plan.Paused && s.Draining == 0
}

func (k *knee) add(s *runner.Second) {
	if k.now.full(s) {
		if p, ok := k.now.point(); ok {
			k.points = append(k.points, p)
		}
		k.now = spell{segment: s.Segment, ramp: s.Ramp}
	}
	k.now.seconds++
	k.now.measured += s.Measured
	k.now.Add(s)
}

// all points, the one of the spell that still goes on last.
func (k *knee) all() []kneePoint {
	l := k.points
	if p, ok := k.now.point(); ok {
		l = append(l[:len(l):len(l)], p)
	}
	return l
}

// kneeMarks tell the points apart: of the newest spell, of the present Plan, of earlier ones.
func kneeMarks(ascii bool) (now, plan, past rune) {
	if ascii {
		return '@', '*', '.'
	}
	return '◆', '●', '○'
}

// drawKnee shows how p99 rises with the successes a second: beyond the knee it does and they do not.
func (c *charts) drawKnee(load *runner.Snapshot, key chartKey, r canvas.Rect) {
	if firstActive(load.Seconds) == len(load.Seconds) {
		return
	}
	c.knee.follow(load.Seconds)
	points := c.knee.all()
	var tps, p99 []float64
	for _, p := range points {
		tps, p99 = append(tps, p.tps), append(p99, p.p99)
	}
	lo, hi := span(p99)
	_, top := span(append(tps, key.bracket.held, key.bracket.failed))
	p := c.latencyPlot(key, r, lo, hi)
	x := canvas.Linear(top, p.Body().W)
	c.drawBracket(p, x, key.bracket, key.ascii)
	p.Scatter(x, c.knee.marked(points, key.ascii))
	p.Values(x, "TPS", dim)
	if len(points) == 0 {
		chartHint(&c.latency, canvas.Rect{Y: -1, W: key.latency.W, H: key.latency.H}, "a point needs 100 successes under one plan")
	}
}

// marked gives points their marks. They are in the order of time, so those of the present Plan lie on top.
func (k *knee) marked(points []kneePoint, ascii bool) []canvas.Point {
	now, plan, past := kneeMarks(ascii)
	l := make([]canvas.Point, 0, len(points))
	for i, p := range points {
		m := canvas.Point{X: p.tps, Y: p.p99, Rough: p.rough, Mark: past, Style: seriesP50}
		switch {
		case p.segment != k.now.segment:
		case i == len(points)-1:
			m.Mark, m.Style = now, strong
		default:
			m.Mark, m.Style = plan, seriesP99
		}
		l = append(l, m)
	}
	return l
}
