package sizing

import (
	"fmt"
	"math"
	"slices"

	"sagetop/runner"
)

// rates is which were tried.
type rates struct {
	steps  int
	growth float64 // at most, above what held
	passed float64 // the highest that held; 0: none
	failed float64 // the lowest that did not; 0: none
	again  int     // times that one was void, since one failed by the endpoint's doing
}

const (
	mostSteps    = 14
	firstShare   = .96   // of the prediction
	leastGrowth  = 1.06  // from one that held to the next, and down from one that did not
	moreGrowth   = 1.03  // of the growth, each time
	farGrowth    = 1.2   // well below the knee
	farBelow     = .8    // of the SLO, a tail that is well below it
	farPeak      = .75   // of the peak
	apart        = 1.01  // least between two rates
	closeEnough  = 1.045 // failed / passed
	unsure       = 2.5   // spreads of the capacity, by which they may lie apart in any case
	recoverShare = .6    // of the rate that failed
	target       = .85   // of the share allowed, that the rate to verify is to have at most
	caution      = .4    // standard deviations that it lies below what the capacity seems to be
)

// first rate to try.
func (s *Search) first() stage {
	s.rates.growth = leastGrowth
	capacity, slope := s.peak, float64(mostSlope)
	if slo := s.slo(); slo > 0 {
		capacity, slope = predict(s.quiet, s.peak, slo.Seconds(), s.criteria[0].alpha)
		capacity = max(capacity, .5*s.peak)
	}
	s.curve = curve{capacity: capacity, slope: slope, together: together(s.quiet, s.peak, capacity)}
	return step{s.within(firstShare * capacity)}
}

// next rate to try, or the one to verify.
func (s *Search) next(l *Look) stage {
	d, b := &s.rates, s.curve.believe()
	limit := s.config.MaxRate > 0 && d.passed >= s.config.MaxRate
	switch {
	case d.passed > 0 && (limit || d.steps >= mostSteps):
		return verify{rate: d.passed}
	case d.steps >= mostSteps && d.failed > 0:
		return s.finish(NoRate, fmt.Sprintf("%d rates were tried, down to %s", d.steps, wholeRate(d.failed)))
	case d.failed == 0 && d.passed == 0 && d.steps < mostSteps: // nothing was clear
		return step{s.within(b.below(caution))}
	case d.failed == 0 && d.passed == 0:
		return verify{rate: s.verifiable()}
	case d.failed == 0:
		g, least := d.growth, max(apart, 1+b.spread/2)
		if s.roomy(l) {
			least = leastGrowth // whatever was predicted
			if d.passed < farPeak*s.peak {
				g = max(g, farGrowth)
			}
		}
		d.growth *= moreGrowth
		return step{s.within(max(least*d.passed, min(b.at(3), g*d.passed)))}
	case d.passed == 0:
		d.growth *= moreGrowth
		return step{min(b.below(caution), d.failed/d.growth)}
	case d.failed <= max(closeEnough, 1+unsure*b.spread)*d.passed:
		return verify{rate: s.verifiable()}
	}
	return step{min(max(b.below(caution), apart*d.passed), d.failed/apart)}
}

// verifiable is a rate that should hold for long.
func (s *Search) verifiable() float64 {
	b := s.curve.believe()
	rate := min(b.at(target), b.below(caution))
	if s.rates.failed > 0 {
		rate = min(rate, s.rates.failed/apart)
	}
	return s.within(rate)
}

// likely is a rate that seems to hold, when one that lies lower has.
func (s *Search) likely() float64 {
	rate := s.curve.believe().below(caution / 2)
	if s.rates.failed > 0 {
		rate = min(rate, s.rates.failed/apart)
	}
	return s.within(rate)
}

// roomy says whether the tail is far from the SLO.
func (s *Search) roomy(l *Look) bool {
	return l.Segment.Stats[runner.Response].P99.Seconds() < farBelow*s.slo().Seconds()
}

// passed takes in that a rate held.
func (s *Search) passed(l *Look, r float64) stage {
	d := &s.rates
	d.steps++
	d.passed = max(d.passed, r)
	s.curve.tried = append(s.curve.tried, s.shown(r))
	s.hold(r, false)
	next := s.next(l)
	if v, ok := next.(verify); ok && r >= v.rate/apart && r <= v.rate*apart {
		s.stage = verify{rate: r} // goes on
		return s.stage
	}
	return next
}

// unclear takes in what a rate told that neither held nor did not: it showed more than is allowed, but all that was seen speaks for it.
func (s *Search) unclear(l *Look, r float64) stage {
	s.rates.steps++
	s.curve.tried = append(s.curve.tried, s.shown(r))
	next := s.next(l)
	if next == s.stage { // the limit of rates is in the way
		return verify{rate: s.verifiable()}
	}
	return next
}

// failed takes in that a rate did not hold.
func (s *Search) failed(l *Look, r float64) stage {
	if next, void := s.voided(l, r); void {
		return next
	}
	s.fail(l, r)
	return s.rest(r, s.next(l))
}

// rest after a rate that was too much, then go on.
func (s *Search) rest(after float64, next stage) stage {
	if next == nil {
		return nil
	}
	return recovery{recoverShare * after, next}
}

// believe is the curve with what the stage has shown so far.
func (s *Search) believe(r float64) belief {
	c := s.curve
	c.tried = append(slices.Clip(c.tried), s.shown(r))
	return c.believe()
}

// shown is what the stage has shown of its rate, by the SLO that it kept worst.
func (s *Search) shown(r float64) evidence {
	seconds := s.settled()
	flooded := s.flooded()
	if flooded {
		seconds = s.seen
	}
	worst, e := math.Inf(-1), evidence{}
	for i := range s.criteria {
		c := &s.criteria[i]
		b, n := sums(seconds, c.bad)
		share := float64(b) / max(1, float64(n))
		if x := logit(share) - logit(c.alpha); x > worst {
			worst = x
			e = evidence{rate: r, share: share, n: float64(n), alpha: max(c.alpha, leastAlpha), swing: swing(seconds, c.bad, share)}
		}
	}
	if flooded { // queues still grew: the share in the end is not known, only that it is far too great
		e.share, e.flooded = max(floodShare, e.alpha), true
	}
	return e
}

const floodWeight = 10
