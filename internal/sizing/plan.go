package sizing

import (
	"fmt"
	"math"
	"time"
)

// Ask is a target and how it is to be met. Zero fields mean the defaults below; a Price of 0 is not known.
type Ask struct {
	TPS    float64 `json:"target_tps"`
	CPU    float64 `json:"target_cpu,omitempty"`        // percent of all cores; DefaultCPU
	Price  float64 `json:"price,omitempty"`             // USD of one instance for an hour
	Growth float64 `json:"growth_per_minute,omitempty"` // percent that the load grows by a minute, at the most; DefaultGrowth
}

// Defaults and bounds of an Ask. Below quietCPU an idle endpoint's own share weighs too much to draw a line from it, and at CPUFull
// there is no room for noise.
const (
	DefaultCPU    = 65.
	DefaultGrowth = 10.
	LeastCPU      = 40.
	MostCPU       = 90.
)

// Zones that an endpoint's instances are spread over, unless its subnets are in fewer.
const zones = 3

// AWS's way from what an instance bears to the target value of its auto scaling: MAX_RPS x SAFETY_FACTOR x 60, to begin with half.
const (
	safetyFactor = .5
	perMinute    = 60.
	// reaction is what passes from a load that is too high to instances that bear it: three points of a minute, one that they are
	// late, and five minutes to start.
	reaction = 9 * time.Minute
)

// Sizing is how many instances a target takes. Where a Problem is said it has no other figure.
type Sizing struct {
	Ask
	Problem, Advice string // why there is no answer, and which run would give one
	NoCPU           string // why the CPU has no say in it: the answer is by the SLO alone

	Each     Estimate // of one instance at Ask.CPU
	Held     float64  // the most successes a second of one instance that held all SLOs on latency and errors; 0: none
	Failed   float64  // the least answers a second of one instance, above Held, that missed one; 0: none
	Missed   int      // periods that missed one with no more load than Held,
	Judged   int      // of so many
	Peak     float64  // the most successes a second that one instance gave
	BySLO    bool     // the SLO says how many, not the CPU: it fails before
	Needed   int      // carry the target
	AtSLO    int      // carry it by what held the SLO alone, whatever their CPU; 0 when that is not known
	Spared   int      // Needed and one that may fail, two at the least
	ZoneSafe int      // so many that Needed are left without the fullest of three zones
	Tracking float64  // InvocationsPerInstance for target tracking, a minute
	Verified bool     // a period served the target, with no more than Spared instances
	Caveats  []string // the gravest first
	Unit     Unit     // of all that is counted here
	room     int      // of Unit on an instance, which is what a price is of; 0 when unknown
}

// Size answers a from what a run measured.
func Size(f Facts, periods []Period, a Ask) Sizing {
	s := Sizing{Ask: a.withDefaults(), Unit: f.unit(), room: 1}
	if f.Copies {
		s.room = f.PerInstance
	}
	each, ok := TPSAt(f, periods, s.CPU)
	switch known := ok && each.TPS > 0; {
	case known:
		s.Each = each
	case f.Capacity > 0:
		problem, _ := unsized(f, periods, s.CPU)
		s.NoCPU = s.Unit.words(problem)
	default:
		problem, advice := unsized(f, periods, s.CPU)
		s.Problem, s.Advice = s.Unit.words(problem), s.Unit.words(advice)
		return s
	}
	s.Peak = peak(periods)
	s.bears(f, periods)
	if s.BySLO && s.Held == 0 {
		s.Problem = fmt.Sprintf(s.Unit.words("an SLO failed at %s/s on one instance already, the least load that was judged"), rateText(s.Failed))
		s.Advice = s.Unit.words("More instances help only where the load of one is the reason: load it less until the SLO holds, or look at the model.")
		return s
	}
	s.count()
	s.track()
	s.Verified = s.verified(f, periods)
	s.Caveats = s.caveats(f)
	return s
}

func (a Ask) withDefaults() Ask {
	if a.CPU == 0 {
		a.CPU = DefaultCPU
	}
	if a.Growth == 0 {
		a.Growth = DefaultGrowth
	}
	return a
}

// peak is the most that one instance gave.
func peak(periods []Period) (most float64) {
	for i := range periods {
		if judgeable(periods, i) && periods[i].Server.Instances > 0 {
			most = max(most, perInstance(&periods[i]))
		}
	}
	return most
}

// rate of one instance to plan with, and the least that it may turn out to be.
func (s *Sizing) rate() (tps, least float64) {
	if s.BySLO {
		return s.Held, s.Held * (1 - 2*leastSpread)
	}
	least = s.Each.Low
	if s.Each.About {
		least = s.Each.TPS * (1 - 2*leastSpread)
	}
	return s.Each.TPS, least
}

func (s *Sizing) count() {
	_, least := s.rate()
	s.Needed = instancesFor(s.TPS, least)
	if s.Held > 0 {
		s.AtSLO = instancesFor(s.TPS, s.Held)
	}
	s.Spared = max(2, s.Needed+1)
	s.ZoneSafe = max(s.Spared, (s.Needed*zones+zones-2)/(zones-1)) // the least of which two thirds are Needed
}

// mostInstances that are counted: an instance that carries next to nothing would need more than an int holds.
const mostInstances = 1_000_000

// instancesFor is how many of so much each carry tps.
func instancesFor(tps, each float64) int {
	return int(min(math.Ceil(tps/each), mostInstances))
}

// LostZone is how many of ZoneSafe are in the fullest zone.
func (s *Sizing) LostZone() int { return (s.ZoneSafe + zones - 1) / zones }

// MaxRate is what AWS's formula calls MAX_RPS. Where the run did not go beyond the share asked for, it is what an instance carries
// there.
func (s *Sizing) MaxRate() float64 { return max(s.Peak, s.safeRate()) }

// safeRate is what one instance is known to bear while others start.
func (s *Sizing) safeRate() float64 {
	tps, _ := s.rate()
	return max(s.Held, tps)
}

// track is the lower of AWS's value to begin with and of what leaves room for the load to grow until instances have come.
func (s *Sizing) track() {
	grown := 1 + s.Growth/100*reaction.Minutes()
	s.Tracking = math.Floor(perMinute * min(safetyFactor*s.MaxRate(), s.safeRate()/grown))
	s.Tracking = max(s.Tracking, 1)
}

// Tracked is how many instances target tracking keeps at the target.
func (s *Sizing) Tracked() int { return max(1, instancesFor(s.TPS*perMinute, s.Tracking)) }

// MostTracked is an upper bound of target tracking that is in the way of nothing said here.
func (s *Sizing) MostTracked() int { return max(s.ZoneSafe, s.Tracked()) }

// LeastTracked is a lower bound of target tracking with which one instance may fail.
const LeastTracked = 2

// CPUAtTarget is the share of all cores that Spared instances come to under the target. It is not known with NoCPU.
func (s *Sizing) CPUAtTarget() float64 { return s.Each.CPUAt(s.TPS / float64(s.Spared)) }

// CostPerHour in USD of n instances, or of as many as n copies fill, 0 when the price, or how many that are, is not known.
func (s *Sizing) CostPerHour(n int) float64 { return float64(s.Hosts(n)) * s.Price }

// Hosts is how many instances n of the unit take when nothing else is on them, 0 when that is not known.
func (s *Sizing) Hosts(n int) int {
	if s.room == 0 {
		return 0
	}
	return (n + s.room - 1) / s.room
}

// CostPerMillion requests in USD, at the target all the time, of n instances.
func (s *Sizing) CostPerMillion(n int) float64 { return s.CostPerHour(n) * 1e6 / (s.TPS * 3600) }

// served is the share of the target that counts as it: arrivals come at random.
const served = .98

// verified says whether a judged period served the target without missing an SLO.
func (s *Sizing) verified(f Facts, periods []Period) bool {
	for i := range periods {
		p := &periods[i]
		if !judgeable(periods, i) || p.Server.Instances <= 0 || p.Server.Instances > s.Spared || p.Client.FailedShare() > mixedFailures {
			continue
		}
		if p.Client.TPS() >= served*s.TPS && f.judge(p) != Fail {
			return true
		}
	}
	return false
}
