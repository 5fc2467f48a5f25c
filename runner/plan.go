package runner

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Bounds of a Plan.
const (
	MaxUsers       = 10_000    // that one pool runs
	MaxArrivalRate = 1_000_000 // arrivals a second: more than one process can send, and few enough to be counted one by one
)

// ErrPlan is wrapped by every error about a Plan that cannot be run.
var ErrPlan = errors.New("runner: bad plan")

// Loop says what paces requests.
type Loop uint8

// The two loops.
const (
	Closed Loop = iota // each user sends its next request after the answer to the last
	Open               // requests are due at a rate, whether or not earlier ones were answered
)

func (l Loop) String() string {
	if l == Open {
		return "open"
	}
	return "closed"
}

// MarshalText writes the name of l.
func (l Loop) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a name that MarshalText wrote.
func (l *Loop) UnmarshalText(text []byte) error {
	switch string(text) {
	case "closed":
		*l = Closed
	case "open":
		*l = Open
	default:
		return fmt.Errorf("runner: unknown loop %q", text)
	}
	return nil
}

// Plan is today's wish. Every Apply starts a segment: requests in flight belong to the segment they were due in, and arrivals
// still waiting under the old Plan are counted unsent.
//
// In an open loop users start as arrivals need them, at once, up to Users; those that are there when it begins stay. Arrivals that
// find no user free wait for one, and go out late in their order. None arrive in a pause, after which a Ramp goes on from the rate
// that there was before; after a closed loop it begins at 0.
type Plan struct {
	Loop      Loop          `json:"loop"`
	Users     int           `json:"users"`                // open loop: at most so many
	Rate      float64       `json:"rate,omitempty"`       // open loop: arrivals a second
	Poisson   bool          `json:"poisson,omitempty"`    // open loop: exponential gaps, else constant ones
	Paused    bool          `json:"paused,omitempty"`     // users stay and send nothing
	Warmup    bool          `json:"warmup,omitempty"`     // counted, but left out of the statistics
	Trial     bool          `json:"trial,omitempty"`      // only tried out: judged by itself, and left out of Run and Steady
	ThinkMin  time.Duration `json:"think_min,omitempty"`  // closed loop: between an answer and the next request, uniform to ThinkMax
	ThinkMax  time.Duration `json:"think_max,omitempty"`  // equal to ThinkMin for a fixed one
	Ramp      time.Duration `json:"ramp,omitempty"`       // linear from what is to what is wished; not steady meanwhile
	SpawnRate float64       `json:"spawn_rate,omitempty"` // closed loop: users that start or leave a second when Ramp is 0; 0: all at once
}

// apart says that what is measured under p is no part of Run and Steady.
func (p *Plan) apart() bool { return p.Warmup || p.Trial }

// Validate says what is wrong with p, or nil.
func (p Plan) Validate() error {
	switch {
	case p.Loop > Open:
		return fmt.Errorf("%w: loop %d, must be closed or open", ErrPlan, p.Loop)
	case p.Users < 0 || p.Users > MaxUsers:
		return fmt.Errorf("%w: %d users, must be 0 to %d", ErrPlan, p.Users, MaxUsers)
	case p.Loop == Open && p.Rate > MaxArrivalRate && finite(p.Rate):
		return fmt.Errorf("%w: a rate of %v a second, must be at most %d", ErrPlan, p.Rate, MaxArrivalRate)
	case p.Loop == Open && !finite(p.Rate):
		return fmt.Errorf("%w: a rate of %v a second, must be a number of 0 or more", ErrPlan, p.Rate)
	case p.ThinkMin < 0:
		return fmt.Errorf("%w: a think time of %v, must be 0 or more", ErrPlan, p.ThinkMin)
	case p.ThinkMax < p.ThinkMin:
		return fmt.Errorf("%w: a think time of %v to %v, the second must not be less than the first", ErrPlan, p.ThinkMin, p.ThinkMax)
	case p.Ramp < 0:
		return fmt.Errorf("%w: a ramp of %v, must be 0 or more", ErrPlan, p.Ramp)
	case !finite(p.SpawnRate):
		return fmt.Errorf("%w: a spawn rate of %v users a second, must be a number of 0 or more", ErrPlan, p.SpawnRate)
	}
	return nil
}

func finite(x float64) bool { return x >= 0 && !math.IsInf(x, 1) }
