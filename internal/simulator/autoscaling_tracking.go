package simulator

import (
	"math"
	"slices"
	"time"
)

// The alarms of a target-tracking policy: so many periods in a row beyond the threshold.
const (
	highPeriods = 3
	lowPeriods  = 15
	lowShare    = 0.9 // of the target: the low alarm's threshold
)

// inexact is what a sum of shares such as a third may be off by.
const inexact = 1e-9

const usualCooldown = 5 * time.Minute

// alarm that made a policy act.
type alarm string

const (
	alarmHigh alarm = "AlarmHigh"
	alarmLow  alarm = "AlarmLow"
)

// tracking is a target-tracking policy. Cooldowns are in the simulation's time.
type tracking struct {
	target                            float64
	scaleInCooldown, scaleOutCooldown time.Duration
	disableScaleIn                    bool
}

// wish is how many instances the policy wants in place of now, by demand per instance in the periods so far, oldest first: enough of
// them to bring the newest period's demand to the target; but on the way down, where haste costs more than it saves, the highest
// of the periods that the alarm looked at.
func (p *tracking) wish(demand []float64, now int) (int, alarm) {
	enough := func(d float64) int { return int(math.Ceil(min(float64(now)*d/p.target, maxInstances) - inexact)) }
	switch {
	case beyond(demand, highPeriods, func(d float64) bool { return d > p.target*(1+inexact) }):
		return max(now, enough(demand[len(demand)-1])), alarmHigh
	case !p.disableScaleIn && beyond(demand, lowPeriods, func(d float64) bool { return d < lowShare*p.target }):
		return min(now, enough(slices.Max(demand[len(demand)-lowPeriods:]))), alarmLow
	}
	return now, ""
}

// beyond: there are n periods, and the newest n all are so.
func beyond(demand []float64, n int, so func(float64) bool) bool {
	return len(demand) >= n && !slices.ContainsFunc(demand[len(demand)-n:], func(d float64) bool { return !so(d) })
}

// bounds are what a scalable target may do.
type bounds struct {
	min, max  int
	suspended suspendedState
}

// decision to have so many instances.
type decision struct {
	instances int
	policy    *policy // by which; nil when a bound made it
	alarm     alarm
}

// decide at t, with now instances, what is to be: within the bounds at once; beyond that what the policy asks for that wants most, so
// that instances leave only when every policy lets them.
func (c *scalable) decide(t time.Duration, demand []float64, now int) decision {
	if within := c.clamp(now); within != now {
		return decision{instances: within}
	}
	best := decision{instances: -1}
	for _, p := range c.policies {
		if p.metric != metricOf(c.resource()) {
			continue
		}
		n, why := p.wish(demand, now)
		if c.cooling(p, t, n, now) {
			n = now
		}
		if n = c.clamp(n); n > best.instances {
			best = decision{n, p, why}
		}
	}
	if n := best.instances; n < 0 || n > now && c.suspended.DynamicScalingOutSuspended || n < now && c.suspended.DynamicScalingInSuspended {
		return decision{instances: now}
	}
	return best
}

// clamp n to the bounds. A variant has one instance at least.
func (b *bounds) clamp(n int) int { return max(min(n, b.max), b.min, 1) }

// cooling: the last activity of that direction is too young for another.
func (c *scalable) cooling(p *policy, t time.Duration, n, now int) bool {
	return n > now && c.out.within(p.scaleOutCooldown, t) || n < now && c.in.within(p.scaleInCooldown, t)
}

// last is when an activity of one direction was through, if there was one.
type last struct {
	at  time.Duration
	was bool
}

func (l last) within(cooldown, t time.Duration) bool { return l.was && t < l.at+cooldown }
