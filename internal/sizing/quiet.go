package sizing

import (
	"fmt"
	"math"
)

const (
	quietInFlight  = 1   // request in flight, on average, that meets no other of ours in the container
	quietCPU       = 30. // percent of all cores, below which it is quiet too, if requests do not wait for a worker
	threadsInside  = 1.2 // requests in the container for each busy core, up to which all of them can be computing
	mixedFailures  = .01 // share of failures above which ModelLatency mixes refusals with successes
	enoughRequests = 100 // that were all slower than one alone: chance would have it in 1 of 101 periods
)

// quietPeriod is the first judgeable period with so little load, and so few failures, that its ModelLatency is the model's own. A low
// CPU share alone does not tell: a container with one worker keeps one core of many busy while all requests but one wait for it. There
// CPU is low because of the overload. So requests must be few, or no more in the container than cores are busy (Little's law), and
// never so many that one alone was quicker than all of them.
func (s *scene) quietPeriod() *Period {
	for i := range s.all {
		p := &s.all[i]
		if !judgeable(s.all, i) || p.Server.Model == nil || p.Client.FailedShare() > mixedFailures || s.waits(p) {
			continue
		}
		if p.Client.MeanInFlight <= quietInFlight || s.computes(p) {
			return p
		}
	}
	return nil
}

// computes says whether the cores of an instance that does its work on them have room, and every request in it can be using one.
func (s *scene) computes(p *Period) bool {
	return s.GPUs == 0 && number(p.Server.CPU) < quietCPU && inside(p) <= threadsInside*s.busyCores(p)
}

// inside is how many requests are in the container of one instance on average, by Little's law: rate x ModelLatency. NaN when unknown.
func inside(p *Period) float64 {
	if p.Server.Model == nil || p.Client.Length <= 0 || p.Server.Instances <= 0 {
		return math.NaN()
	}
	rate := float64(p.Client.Ended()) / p.Client.Length.Seconds()
	return rate * p.Server.Model.Mean.Seconds() / float64(p.Server.Instances)
}

// busyCores of one instance, without what it needs when idle. NaN when unknown.
func (s *scene) busyCores(p *Period) float64 {
	return (number(p.Server.CPU) - s.idle) / 100 * float64(s.VCPUs)
}

// waits says whether requests surely wait in the container in p: the quickest of many was longer in it than the one that was tried
// before the load took in all, and the mean is much longer. One try says little about the mean of a model whose times differ, but it
// is hardly ever quicker than the quickest of a hundred unless those waited.
func (s *scene) waits(p *Period) bool {
	m := p.Server.Model
	if s.Alone <= 0 || m == nil || m.Min == nil || p.Client.OK < enoughRequests {
		return false
	}
	return *m.Min >= s.Alone && grown(toMillis(m.Mean), toMillis(s.Alone), containerModel, containerLeast)
}

// waitText is "all take over 480 ms in the container, one alone took 61 ms".
func (s *scene) waitText() string {
	if !s.waits(s.period) {
		return ""
	}
	return fmt.Sprintf("all take over %s in the container, one alone took %s", millisText(toMillis(*s.period.Server.Model.Min)), millisText(toMillis(s.Alone)))
}

// mayWait says whether nothing tells that requests do not wait in the container: more are in it than cores are busy, and it was never
// seen quiet.
func (s *scene) mayWait() bool {
	return s.quiet == nil && inside(s.period) > threadsInside*s.busyCores(s.period)
}

// insideText is "about 12 requests at once in an instance, about 4 of its cores busy".
func (s *scene) insideText() string {
	return fmt.Sprintf("about %.0f requests at once in an instance, about %.0f of its cores busy", inside(s.period), s.busyCores(s.period))
}
