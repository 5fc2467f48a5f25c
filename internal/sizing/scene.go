package sizing

import (
	"math"
	"time"

	"sagetop/runner"
)

// scene is what the checks look at. Figures that are unknown are NaN: every comparison with NaN is false, so a rule that needs an
// unknown figure is off by itself. Latencies are in milliseconds, utilisation in percent of everything, shares of requests 0 to 1.
type scene struct {
	Facts
	now            *runner.Window // the trailing ten seconds, whatever they can tell
	all            []Period
	period         *Period        // the judged one; nil when there is none
	client         *runner.Window // for what the client alone can tell; nil when there is nothing to judge
	clientIsPeriod bool           // client is period's
	users          *runner.Window // for whether there were enough of them; nil when there is nothing to judge, or not yet
	quiet          *Period        // what the endpoint does when it has little to do; nil when never seen

	cpu, cpuMax, memory, gpu  float64
	model, modelP99, overhead float64
	quietModel, quietP99      float64
	quietMost                 float64 // that quietModel may be in truth: few requests tell it only roughly
	firstByte, quietFirst     float64 // of streams, as the client saw it
	errors5xx, timeouts       float64 // shares
	throttled                 float64 // share
	idle                      float64 // CPU share without requests; 0 when never seen
	residual, rtt             float64 // what neither the endpoint nor one round trip explains; the round trip
}

func newScene(f Facts, ten *runner.Window, periods []Period) *scene {
	nan := math.NaN()
	s := &scene{
		Facts: f, now: ten, all: periods, period: judgedPeriod(f, periods),
		cpu: nan, cpuMax: nan, memory: nan, gpu: nan, model: nan, modelP99: nan, overhead: nan, quietModel: nan, quietP99: nan, quietMost: nan, firstByte: nan, quietFirst: nan,
		errors5xx: nan, timeouts: nan, throttled: nan, residual: nan, rtt: nan,
	}
	if s.period != nil {
		s.lookAtServer(s.period.Server)
		s.lookAtClient(s.period)
		s.client, s.clientIsPeriod = &s.period.Client, true
	}
	if TenTells(ten) {
		s.client, s.clientIsPeriod = ten, false
	}
	switch coming := pointToCome(f, periods, ten.To); {
	case s.period != nil && (coming || s.clientIsPeriod || sameLoad(&s.period.Client, ten)):
		s.users = &s.period.Client
	case s.client != nil && !coming:
		s.users = s.client
	}
	return s
}

// usersOfPeriod says whether the server's figures are of the time in which users are looked at.
func (s *scene) usersOfPeriod() bool { return s.period != nil && s.users == &s.period.Client }

// sameLoad says whether both were asked for the same.
func sameLoad(a, b *runner.Window) bool {
	return a.Plan.Loop == b.Plan.Loop && a.Plan.Users == b.Plan.Users && a.Plan.Rate == b.Plan.Rate
}

// sameBefore are the judged period and those right before it that can be judged and are of the same load and instances, newest first.
func (s *scene) sameBefore() []*Period {
	var same []*Period
	for i := len(s.all) - 1; i >= 0; i-- {
		p := &s.all[i]
		switch {
		case p == s.period:
		case len(same) == 0:
			continue
		case !judgeable(s.all, i) || !sameLoad(&p.Client, &s.period.Client) || p.Server.Instances != s.period.Server.Instances:
			return same
		}
		same = append(same, p)
	}
	return same
}

// outdated says whether another load than that of the judged period came after it, or other instances.
func (s *scene) outdated() bool {
	return s.otherInstances() || s.otherLoad()
}

// otherInstances says whether there are more or fewer now than in the judged period.
func (s *scene) otherInstances() bool {
	then := s.period.Server.Instances
	return s.Instances > 0 && then > 0 && s.Instances != then
}

func (s *scene) otherLoad() bool {
	p := &s.now.Plan
	some := p.Users > 0 && (p.Loop == runner.Closed || p.Rate > 0)
	return some && s.now.To > s.period.Client.To && !sameLoad(&s.period.Client, s.now)
}

func (s *scene) lookAtServer(server *Server) {
	s.cpu, s.cpuMax = number(server.CPU), number(server.CPUMax)
	s.memory, s.gpu = number(server.Memory), number(server.GPU)
	s.model, s.modelP99 = modelLatency(s.period)
	s.overhead, _ = latency(server.Overhead)
	s.idle = idleCPU(s.all)
	if s.quiet = s.quietPeriod(); s.quiet != nil {
		s.quietModel, s.quietP99 = modelLatency(s.quiet)
		s.quietMost = s.quietModel + 2*meanError(&s.quiet.Client)
		s.quietFirst = firstByte(&s.quiet.Client)
	}
	if s.GPUs == 0 && (s.VCPUs > 0 || s.Copies) && !s.Neuron && !s.Serverless {
		s.gpu = 0 // none is known to be there
	}
}

func (s *scene) lookAtClient(p *Period) {
	w := &p.Client
	s.firstByte = firstByte(w)
	s.errors5xx = share5xx(p)
	s.timeouts = timeouts(w)
	s.throttled = shareOf(w, func(f runner.Failure) bool { return f.Class == runner.Throttled })
	if w.Client.RTT > 0 {
		s.rtt = toMillis(w.Client.RTT)
	}
	if split := NewSplit(p); split.Hidden == "" {
		s.residual = toMillis(serviceMean(w)) - s.model - s.overhead - s.rtt
	}
}

// serviceMedian is the median time of successes from their send.
func serviceMedian(w *runner.Window) time.Duration {
	if w.Stats[runner.Service].Count > 0 {
		return w.Stats[runner.Service].P50
	}
	return w.Stats[runner.Response].P50
}

// meanError is the standard error of the mean time of successes, in milliseconds.
func meanError(w *runner.Window) float64 {
	of := &w.Stats[runner.Response]
	if w.Stats[runner.Service].Count > 0 {
		of = &w.Stats[runner.Service]
	}
	if of.Count == 0 {
		return 0
	}
	return toMillis(of.StdDev) / math.Sqrt(float64(of.Count))
}

// serviceMean is the mean time of successes from their send: in an open loop the wait for a free user is not the network's.
func serviceMean(w *runner.Window) time.Duration {
	if w.Stats[runner.Service].Count > 0 {
		return w.Stats[runner.Service].Mean
	}
	return w.Stats[runner.Response].Mean
}

// share5xx is CloudWatch's share of 5xx answers, else what the client saw of them.
func share5xx(p *Period) float64 {
	if e, n := number(p.Server.Errors5XX), number(p.Server.Invocations); e >= 0 && n > 0 {
		return e / n
	}
	return shareOf(&p.Client, serverFailed)
}

// serverFailed says whether f is a failure of the endpoint's side.
func serverFailed(f runner.Failure) bool {
	switch f.Class {
	case runner.Unavailable, runner.Internal:
		return true
	case runner.ModelError:
		return f.OriginalStatus == 0 || f.OriginalStatus >= 500
	}
	return false
}

// timeouts is the share of answers that did not come in time.
func timeouts(w *runner.Window) float64 {
	return shareOf(w, func(f runner.Failure) bool { return f.Class == runner.Timeout })
}

// shareOf all answers of w that failed in a way that counts.
func shareOf(w *runner.Window, counts func(runner.Failure) bool) float64 {
	if w.Ended() == 0 {
		return math.NaN()
	}
	var n uint64
	for _, e := range w.Errors {
		if counts(e.Failure) {
			n += e.Count
		}
	}
	return float64(n) / float64(w.Ended())
}

// number is *p, NaN when unknown.
func number(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

// modelLatency of p, without a p99 of fewer requests than one needs.
func modelLatency(p *Period) (mean, p99 float64) {
	mean, p99 = latency(p.Server.Model)
	if (runner.Stats{Count: p.Client.OK}).Trust(.99) == runner.Hidden {
		p99 = math.NaN()
	}
	return mean, p99
}

func latency(l *Latency) (mean, p99 float64) {
	if l == nil {
		return math.NaN(), math.NaN()
	}
	p99 = math.NaN()
	if l.P99 != nil {
		p99 = toMillis(*l.P99)
	}
	return toMillis(l.Mean), p99
}
