package sizing

import (
	"fmt"
	"math"
	"time"

	"sagetop/runner"
)

// verify holds the rate that the capacity seems to be a bit above. Where that turns out to be far below it, a better one is tried.
type verify struct {
	rate   float64
	n      int  // rates that were verified before and did not hold
	better bool // than one that has held
}

func (v verify) plan(s *Search) runner.Plan { return s.open(v.rate) }

func (v verify) look(s *Search, l *Look) stage {
	const most, least, leastHeld, clear, likely = 240, 30, 120, .5, .25
	n := len(s.settled())
	switch {
	case s.flooded():
		return v.lower(s, l)
	case n < least || n%batch != 0:
		return v
	}
	margin, excess := s.believe(v.rate).margin(v.rate), s.excess()
	last, broken := n >= s.patience(most, v.rate), s.broken(l)
	switch {
	case excess > 1 && (margin < -clear || n >= leastHeld && margin < 0), last && (excess > safety || broken):
		return v.lower(s, l)
	case last, n >= leastHeld && margin >= likely && excess <= safety && !broken:
		return v.held(s, l, excess)
	}
	return v
}

func (v verify) held(s *Search, l *Look, excess float64) stage {
	const little, worth = .4, 1.025
	s.rates.steps++
	s.rates.passed = max(s.rates.passed, v.rate)
	s.hold(v.rate, true)
	s.curve.tried = append(s.curve.tried, s.shown(v.rate))
	if rate := s.likely(); !v.better && excess < little && rate >= worth*v.rate {
		return verify{rate: rate, better: true}
	}
	return s.cpuHold(l)
}

const safety = .9 // of the share allowed, that a rate may have to be called held

// lower is what comes after a rate that did not hold for long: less and less of it.
func (v verify) lower(s *Search, l *Look) stage {
	const most, down = 6, .985
	if next, void := s.voided(l, v.rate); void {
		return next
	}
	s.fail(l, v.rate)
	if v.better {
		return s.rest(v.rate, s.cpuHold(l))
	}
	if v.n+1 >= most {
		outcome := NoRate
		if s.result.Rate > 0 {
			outcome = Unfinished
		}
		return s.finish(outcome, fmt.Sprintf("none of %d rates held for long enough, the last was %s", v.n+1, wholeRate(v.rate)))
	}
	rate := min(math.Pow(down, float64(v.n+1))*v.rate, s.verifiable())
	return s.rest(v.rate, verify{rate: rate, n: v.n + 1})
}

// cpu holds a rate at which the CPU tells the size of the endpoint, for whole periods of CloudWatch.
type cpu struct{ rate float64 }

const wholeMinutes = 3 * time.Minute

// cpuHold is the cpu stage, or the end where it would tell nothing.
func (s *Search) cpuHold(l *Look) stage {
	rate := s.cpuRate(l.Periods)
	if !s.sizable() || rate == 0 {
		return s.finish(Held, "")
	}
	return cpu{rate}
}

// sizable says whether CPU figures are to be expected that size the endpoint.
func (s *Search) sizable() bool {
	reason, _ := s.facts.Unsizable()
	return reason == "" && s.facts.CloudWatch
}

// cpuRate is the rate at which the CPU should be at the target, judged by the periods so far whose CPU was nearest to that, whatever
// loads they had. It is 0 where the rate that held does not get near.
func (s *Search) cpuRate(periods []Period) float64 {
	const guess, below = .68, .95
	most := below * s.result.Rate
	rate, nearest := guess*s.peak, math.Inf(1)
	var around bracket
	for i := range periods {
		p := &periods[i]
		if p.Client.From < s.began || unpublished(p) || p.Client.TPS() <= 0 {
			continue
		}
		share := number(p.Server.CPU)
		around.add(share, p.Client.TPS(), s.config.TargetCPU)
		if d := math.Abs(share - s.config.TargetCPU); share > quietShare && d < nearest {
			rate, nearest = p.Client.TPS()*s.config.TargetCPU/share, d
		}
	}
	if tps, ok := around.at(s.config.TargetCPU); ok {
		rate = tps
	}
	if !math.IsInf(nearest, 1) && rate*(s.config.TargetCPU-near)/s.config.TargetCPU > most {
		return 0
	}
	return min(rate, most)
}

const quietShare = 3. // percent: a CPU share below it may all be idling

func (c cpu) plan(s *Search) runner.Plan { return s.open(c.rate) }

func (c cpu) look(s *Search, l *Look) stage {
	if s.flooded() || s.whole(l) >= wholeMinutes {
		return s.finish(Held, "")
	}
	return c
}

// whole is how much time of the stage lies in closed periods.
func (s *Search) whole(l *Look) time.Duration {
	from := s.now + 1 - int64(len(s.seen))
	var sum time.Duration
	for i := range l.Periods {
		if w := &l.Periods[i].Client; w.From >= from {
			sum += w.Length
		}
	}
	return sum
}
