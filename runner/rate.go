package runner

import (
	"math"
	"time"
)

// rateCourse is how the rate of arrivals goes from what it was to what a Plan wishes, linearly over its ramp: a pure function of
// the time since the Plan was applied.
//
// Its integral is the mass: how many arrivals are due on average. The k-th constant arrival comes when the mass reaches k, the k-th
// Poisson one when it reaches the sum of k exponential steps (the time-change theorem), on ramps as on the level.
type rateCourse struct {
	from, to float64 // arrivals a second
	ramp     time.Duration
}

// newRateCourse starts from the rate of the moment. A pause keeps that rate for the Plan that ends it; a closed loop has none.
func newRateCourse(from float64, p Plan) rateCourse {
	switch {
	case p.Loop != Open:
		return rateCourse{}
	case p.Paused:
		return rateCourse{from: from, to: from}
	case p.Ramp == 0:
		return rateCourse{from: p.Rate, to: p.Rate}
	}
	return rateCourse{from: from, to: p.Rate, ramp: p.Ramp}
}

// rate at elapsed, in arrivals a second.
func (c rateCourse) rate(elapsed time.Duration) float64 {
	if elapsed >= c.ramp {
		return c.to
	}
	return c.from + (c.to-c.from)*(elapsed.Seconds()/c.ramp.Seconds())
}

// mass at elapsed: the integral of the rate.
func (c rateCourse) mass(elapsed time.Duration) float64 {
	t, ramp := elapsed.Seconds(), c.ramp.Seconds()
	if elapsed < c.ramp {
		return c.from*t + (c.to-c.from)*t*t/(2*ramp)
	}
	return (c.from+c.to)/2*ramp + c.to*(t-ramp)
}

// when is the inverse of mass: forever for one that is never reached.
//
// On the ramp m = from t + a t^2/2. Its root is written as 2m / (from + sqrt(from^2 + 2am)): the usual form subtracts two numbers
// that are nearly equal where the ramp is slow, and divides by an a of 0 where there is none.
func (c rateCourse) when(mass float64) time.Duration {
	if c.from == 0 && c.to == 0 {
		return forever
	}
	if mass <= 0 {
		return 0
	}
	onRamp := c.mass(c.ramp)
	if mass <= onRamp {
		a := (c.to - c.from) / c.ramp.Seconds()
		root := math.Sqrt(max(0, c.from*c.from+2*a*mass))
		return min(seconds(2*mass/(c.from+root)), c.ramp)
	}
	if c.to == 0 {
		return forever
	}
	rest := seconds((mass - onRamp) / c.to)
	return c.ramp + min(rest, forever-c.ramp)
}

// length is how long it takes.
func (c rateCourse) length() time.Duration {
	if c.from == c.to {
		return 0
	}
	return c.ramp
}

// some says whether anything ever arrives.
func (c rateCourse) some() bool { return c.from > 0 || c.to > 0 }
