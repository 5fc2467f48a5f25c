package sizing

import (
	"math"
	"slices"
	"strings"
	"time"

	"sagetop/runner"
)

// criterion is one SLO as a share of bad requests: the rate at which that share is alpha, over a long time, is the capacity.
type criterion struct {
	rule  Rule
	alpha float64
	bad   func(*count) uint64
	slo   time.Duration // 0: on errors
}

// count is one second of a stage, of the requests of its own Plan.
type count struct {
	ended, failed, over uint64
	ok                  uint64
	length              time.Duration
	p50                 time.Duration
	overdue             float64 // requests that can only end as bad ones
	starved             bool    // the client was short of CPU
}

// percentiles that a rule can be about.
var percentileShare = map[string]float64{"p50": .5, "p90": .1, "p95": .05, "p99": .01, "p999": .001}

// criteriaOf rules: first the one on latency that the runner counts slow requests by, see LatencySLO, when it is an upper limit on a
// percentile; then those on errors. The others are judged by their figures alone.
func criteriaOf(rules []Rule) []criterion {
	var list []criterion
	slo, _ := LatencySLO(rules)
	counted := false
	for _, r := range rules {
		upper := strings.HasPrefix(r.Op, "<")
		alpha, share := percentileShare[r.Metric]
		switch {
		case upper && share && !counted && time.Duration(r.Limit*float64(time.Millisecond)) == slo:
			counted = true
			list = slices.Insert(list, 0, criterion{r, alpha, func(c *count) uint64 { return c.over }, slo})
		case upper && r.Metric == "errors":
			list = append(list, criterion{r, r.Limit / 100, func(c *count) uint64 { return c.failed }, 0})
		}
	}
	return list
}

// broken says whether an SLO fails that no criterion stands for, over all of the stage. A rate to be reached is none of them: that is
// what the search finds out.
func (s *Search) broken(l *Look) bool {
	for _, r := range s.config.Rules {
		if r.Metric == "tps" || r.Metric == "tokens" || slices.ContainsFunc(s.criteria, func(c criterion) bool { return c.rule == r }) {
			continue
		}
		if _, v := r.Judge(l.Segment); v == Fail {
			return true
		}
	}
	return false
}

// slo is the limit on response times, 0 when there is none.
func (s *Search) slo() time.Duration { return s.criteria[0].slo }

// strictest is the least share of bad requests that any SLO allows.
func (s *Search) strictest() float64 {
	least := 1.
	for i := range s.criteria {
		if a := s.criteria[i].alpha; a > 0 {
			least = min(least, a)
		}
	}
	return least
}

// count adds what the second brought to the stage.
func (s *Search) count(l *Look) {
	w, before := l.Segment, &s.taken
	c := count{
		ended: w.Ended() - before.Ended(), failed: w.Failed - before.Failed, over: w.Over - before.Over, ok: w.OK - before.OK,
		length: w.Length - before.Length, p50: l.Second.Stats[runner.Response].P50,
	}
	if s.plan.Loop == runner.Open {
		// Of those in flight and due, all but the arrivals of the last two SLOs are late already.
		recent := 2*s.plan.Rate*s.slo().Seconds() + overdueSlack
		c.overdue = max(0, float64(l.Second.InFlight+l.Second.Due)-recent)
	}
	second := secondWindow(l.Second)
	second.Client, second.Due = l.Second.Client, l.Second.Due
	c.starved = clientStarved(&scene{client: &second})
	s.taken = *w
	s.seen = append(s.seen, c)
}

const overdueSlack = 10 // requests in flight that are no sign of anything

// measured are the seconds of the stage after it settled.
func (s *Search) measured(settle int) []count { return s.seen[min(settle, len(s.seen)):] }

// sums of seconds.
func sums(seconds []count, bad func(*count) uint64) (b, n uint64) {
	for i := range seconds {
		b += bad(&seconds[i])
		n += seconds[i].ended
	}
	return b, n
}

const leastAlpha = 1e-6 // share allowed, where nothing is

// excess is the share of bad requests of the stage as a multiple of what is allowed, by the SLO that it kept worst.
func (s *Search) excess() float64 {
	worst := 0.
	for i := range s.criteria {
		c, share := &s.criteria[i], 1. // while there are no answers
		if b, n := sums(s.settled(), c.bad); n > 0 {
			share = float64(b) / float64(n)
		}
		worst = max(worst, share/max(c.alpha, leastAlpha))
	}
	return worst
}

// interval is a share with its Wilson interval.
type interval struct {
	bad, total uint64
	low, top   float64
}

const (
	batch    = 5  // seconds whose requests share a fate
	leastVIF = 3. // queues make bad requests come together, also where a short while does not show it
)

// estimate the share of bad requests of seconds. Bad requests come in clusters, so they tell less than as many independent ones: n
// counts as n / VIF, the variance inflation factor being that of the shares of 5-s batches over what independent requests would have.
func estimate(seconds []count, bad func(*count) uint64, z float64) interval {
	b, n := sums(seconds, bad)
	e := interval{bad: b, total: n, top: 1}
	if n == 0 {
		return e
	}
	share := float64(b) / float64(n)
	e.low, e.top = wilson(share, float64(n)/inflation(seconds, bad, share), z)
	return e
}

// swing is how much the batches differ: the sum of squares of the bad requests that each has above or below its share. Of independent
// ones it is about as great as their number.
func swing(seconds []count, bad func(*count) uint64, share float64) float64 {
	batches, sum := 0., 0.
	for at := 0; at+batch <= len(seconds); at += batch {
		b, n := sums(seconds[at:at+batch], bad)
		d := float64(b) - share*float64(n)
		sum += d * d
		batches++
	}
	if batches < 2 {
		return 0
	}
	return sum * batches / (batches - 1)
}

func inflation(seconds []count, bad func(*count) uint64, share float64) float64 {
	batches, sum := 0, 0.
	for at := 0; at+batch <= len(seconds); at += batch {
		b, n := sums(seconds[at:at+batch], bad)
		if n == 0 {
			continue
		}
		d := float64(b)/float64(n) - share
		sum += d * d * float64(n)
		batches++
	}
	if batches < 2 || share <= 0 || share >= 1 {
		return leastVIF
	}
	return max(leastVIF, sum/float64(batches-1)/(share*(1-share)))
}

// wilson is the score interval of a share of n requests.
func wilson(share, n, z float64) (low, top float64) {
	z2 := z * z / n
	middle := (share + z2/2) / (1 + z2)
	half := z * math.Sqrt(share*(1-share)/n+z2/(4*n)) / (1 + z2)
	return max(0, middle-half), min(1, middle+half)
}

// flooded says whether four of the last five seconds were so bad that going on tells nothing and harms others.
func (s *Search) flooded() bool {
	const of, need = 5, 4
	n := 0
	for i := max(0, len(s.seen)-of); i < len(s.seen); i++ {
		for k := range s.criteria {
			c := &s.criteria[k]
			seen := &s.seen[i]
			bad, all := float64(c.bad(seen))+seen.overdue, float64(seen.ended)+seen.overdue
			if bad > (c.alpha+floodShare*(1-c.alpha))*all {
				n++
				break
			}
		}
	}
	return n >= need
}

const floodShare = .2
