package sizing

import (
	"math"
	"slices"
	"time"

	"sagetop/runner"
)

const warmUsers = 2

// warm sends with two users until the median of 5 s is not 10 % less than that of 10 s before: caches, connections and a cold model
// are no part of what is searched.
type warm struct{}

func (warm) plan(*Search) runner.Plan { return runner.Plan{Users: warmUsers, Warmup: true} }

func (w warm) look(s *Search, _ *Look) stage {
	const least, most, medians, near = 30, 120, 3, .1
	n := len(s.seen)
	if n < least || n%batch != 0 {
		return w
	}
	first, last := median(s.seen[n-medians*batch:n-(medians-1)*batch]), median(s.seen[n-batch:])
	if n >= most || first <= (1+near)*last {
		return base{}
	}
	return w
}

func median(seconds []count) float64 {
	list := make([]float64, 0, len(seconds))
	for i := range seconds {
		if seconds[i].ok > 0 {
			list = append(list, seconds[i].p50.Seconds())
		}
	}
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// base measures the quiet endpoint with the same two users.
type base struct{}

func (base) plan(*Search) runner.Plan { return runner.Plan{Users: warmUsers} }

func (b base) look(s *Search, l *Look) stage {
	const length, most, enough = 15, 120, 20
	n := len(s.seen)
	if n < length || l.Segment.Ended() < enough && n < most {
		return b
	}
	if reason := s.brokenAtRest(l); reason != "" {
		return s.finish(NoRate, reason)
	}
	r := &l.Segment.Stats[runner.Response]
	s.quiet = quiet{p50: r.P50.Seconds(), sigma: math.Log(r.P90.Seconds()/r.P50.Seconds()) / normalQuantile(.9)}
	return burst{users: 4, last: rate(s.seen)}
}

// burst finds the most that the endpoint can answer: users double until they bring no more.
type burst struct {
	users int
	last  float64 // TPS of the burst before
}

func (b burst) plan(*Search) runner.Plan { return runner.Plan{Users: b.users} }

func (b burst) look(s *Search, l *Look) stage {
	const length, most, leastSettle = 6, 60, 1
	const enough = 40                           // answers: fewer say little
	const someGain, gain, grown = 1.1, 1.6, 1.2 // where times grow, the queue has begun before the users are twice as many as fit
	const farBelow = 4                          // what is so many times below the SLO can wait: the more users, the surer is the peak
	const errorsLeast, calm = .01, .5
	settle := max(leastSettle, int(math.Ceil(3*s.quiet.p50)))
	n := len(s.seen)
	if n < settle+length {
		return b
	}
	seconds := s.measured(settle)
	failed, ended := sums(seconds, func(c *count) uint64 { return c.failed })
	errors := float64(failed) > errorsLeast*float64(ended)
	slow := s.slo() > 0 && median(seconds) > s.slo().Seconds()
	if !errors && !slow && ended < enough && len(seconds) < most {
		return b
	}
	tps := rate(seconds)
	s.peak = max(s.peak, tps)
	longer := median(seconds) > grown*s.quiet.p50 // else more answers came, whatever a few seconds show
	full := longer && (tps < someGain*b.last || tps < gain*b.last && farBelow*median(seconds) >= s.slo().Seconds())
	if errors || slow || full || b.users*2 > s.config.MaxUsers || s.config.MaxRate > 0 && tps > s.config.MaxRate {
		return recovery{calm * s.peak, s.first()}
	}
	return burst{users: b.users * 2, last: tps}
}

func rate(seconds []count) float64 {
	var n uint64
	var length time.Duration
	for i := range seconds {
		n += seconds[i].ok
		length += seconds[i].length
	}
	if length <= 0 {
		return 0
	}
	return float64(n) / length.Seconds()
}

// recovery sends little until the queues of what came before are gone.
type recovery struct {
	rate float64
	next stage
}

func (r recovery) plan(s *Search) runner.Plan { return s.open(s.within(r.rate)) }

func (r recovery) look(s *Search, _ *Look) stage {
	const good, most = 3, 60
	n := len(s.seen)
	if n >= most || n >= good && !slices.ContainsFunc(s.seen[n-good:], s.troubled) {
		return r.next
	}
	return r
}

// troubled says whether a second still shows the load before it.
func (s *Search) troubled(c count) bool {
	const times = 5
	if c.ended == 0 || c.overdue > 0 {
		return true
	}
	for i := range s.criteria {
		k := &s.criteria[i]
		if float64(k.bad(&c)) > times*k.alpha*float64(c.ended) {
			return true
		}
	}
	return false
}

// step offers one rate until it is clear enough whether that holds.
type step struct{ rate float64 }

func (p step) plan(s *Search) runner.Plan { return s.open(p.rate) }

func (p step) look(s *Search, l *Look) stage {
	const least, most, clear = 15, 50, 1
	if s.flooded() {
		return s.failed(l, p.rate)
	}
	n := len(s.settled())
	if n < 2*batch || n%batch != 0 {
		return p
	}
	margin, over := s.believe(p.rate).margin(p.rate), s.excess() > 1 || s.broken(l)
	last := n >= s.patience(most, p.rate)
	switch {
	case over && (margin <= -clear || last && margin <= 0): // what is too much is not offered for longer than it takes to see that
		return s.failed(l, p.rate)
	case over && last:
		return s.unclear(l, p.rate)
	case !over && (last || n >= least && margin >= clear):
		return s.passed(l, p.rate)
	}
	return p
}

// settled are the seconds of a rate that show what it does: until the queues are those of the rate, and the slower ones of the first
// answers are there, it looks better than it is.
func (s *Search) settled() []count {
	const least, services = 5, 3
	return s.measured(max(least, int(math.Ceil(services*s.quiet.p50))))
}

// patience is how many seconds a rate may be looked at: longer where few requests come.
func (s *Search) patience(seconds int, rate float64) int {
	const longest = 5
	need := float64(seconds) / 6 / s.strictest() / rate
	return int(min(max(float64(seconds), need), float64(longest*seconds)))
}
