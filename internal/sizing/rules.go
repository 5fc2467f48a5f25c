package sizing

import (
	"fmt"
	"time"

	"sagetop/runner"
)

// What marks a figure as wrong, also where it stands by itself: utilisation in percent of everything.
const (
	ClientLink      = 85.                   // of what the client's network interface can carry
	ClientBusy      = 85.                   // the client's own CPU
	ClientThrottled = 10.                   // percent of its CPU quota's periods that it used up: CPU time that comes in bursts shows less
	ClientLate      = 10 * time.Millisecond // p99 of what the client alone delays
	MemoryFull      = 90.
	CPUFull         = 95.
)

// Thresholds of the checks: utilisation in percent of everything, latencies in milliseconds, shares of answers 0 to 1.
const (
	clientSent         = .97 // of what was due, below which the client did not keep up
	residualLeast      = 10. // unexplained time that is worth a word
	residualShare      = .25 // and as a share of the quiet ModelLatency
	residualRTTs       = 3.  // round trips that a request may take
	poolWaitLeast      = 10.
	poolMissed         = .01 // of what was due, still waiting for a user
	poolBusy           = .9  // of the users allowed: some are between two requests at any moment
	poolModelGrown     = 1.3 // times quiet: from here on the endpoint is what users wait for
	poolModelLeast     = 1.  // and by that much: a fraction of a millisecond keeps no user
	gpuFull            = 90.
	gpuGrown           = 1.3 // times quiet
	gpuLeast           = 1.
	fewerInFlight      = .8  // of the requests in flight now: a clearly smaller load
	asManyTPS          = .95 // of the successes a second now: no fewer
	piledShare         = .05 // of what was sent, that arrivals outnumber answers by
	piledSigmas        = 3.  // and how often the standard deviation of what is in flight
	badInputShare      = .01
	badShare           = .005 // failures that are no accident
	cpuHigh            = 85.  // with a sign that it hurts
	modelGrown         = 1.2
	hottestBusy        = 88.
	hottestAbove       = 1.1 // times the average
	containerCPU       = 75.
	containerGPU       = 80.
	containerModel     = 2.  // times quiet
	containerTail      = 3.  // times quiet
	containerTailQueue = 2.  // p99 of what one busy server keeps, in p99 of what it takes
	containerLeast     = 10. // and by that much: what callers notice, and more than the noise of a model that takes no time
	overheadLeast      = 20.
	overheadShare      = .3
	distanceLeast      = 20. // a round trip that no client in the endpoint's region has
	distanceShare      = .25 // of the median
)

// on is which window a check looks at.
type on uint8

const (
	onClient on = iota // what the client alone can tell
	onPeriod           // client and server of one period
	onUsers            // client and server of one period, or the client alone where there will be no such period
)

// check is one row of the table of what can limit a run.
type check struct {
	id       string
	severity Severity
	title    string
	on       on
	holds    func(*scene) bool
	evidence func(*scene) string
	advice   func(*scene) string
}

func (c *check) applies(s *scene) bool {
	switch c.on {
	case onClient:
		return s.client != nil
	case onUsers:
		return s.users != nil
	}
	return s.period != nil
}

// checks in the order in which they are asked: the first that holds is the verdict. The client comes before the endpoint, since an
// endpoint cannot be judged by a client that is itself the limit, and the hardware before throttling, since the limit follows it.
var checks = [...]check{
	{
		"client-cpu", Critical, "the client is the bottleneck: CPU", onClient,
		clientStarved, clientCPUEvidence,
		clientCPUAdvice,
	}, {
		"client-network", Critical, "the client is the bottleneck: network", onPeriod,
		networkSlow, networkEvidence,
		says("Use a client with more network, nearer to the endpoint, or smaller payloads."),
	}, {
		"client-pool", Critical, "the client is the bottleneck: too few users", onUsers,
		poolShort, poolEvidence, poolAdvice,
	}, {
		"bad-input", Critical, "requests are refused as wrong", onClient,
		func(s *scene) bool { return badInput(s.client) >= badInputShare }, badInputEvidence,
		says("Look at the errors (e), then mend the payload or its content type."),
	}, {
		"memory", Critical, "the endpoint is out of memory", onPeriod,
		func(s *scene) bool { return s.memory >= MemoryFull && s.hurt() }, memoryEvidence,
		says("Use instances with more memory, or fewer workers in the container."),
	}, {
		"gpu-saturated", Critical, "the endpoint's GPU is saturated", onPeriod,
		gpuSaturated, gpuEvidence,
		says("Add instances or use a bigger GPU: more load brings longer waits, not more answers."),
	}, {
		"cpu-saturated", Critical, "the endpoint's CPU is saturated", onPeriod,
		cpuSaturated, cpuSaturatedEvidence, moreInstances,
	}, {
		"throttled", Critical, "requests are throttled", onPeriod,
		func(s *scene) bool { return s.throttled >= badShare },
		func(s *scene) string { return percentText(100*s.throttled) + " throttled; " + s.cpuText() },
		says("Ask for a higher quota, or use more instances or a bigger type: the limit follows them."),
	}, {
		"imbalance", Warning, "instances are loaded unevenly", onPeriod,
		imbalanced, func(s *scene) string { return "hottest instance " + percentText(s.cpuMax) + "; " + s.cpuText() },
		says("Try LEAST_OUTSTANDING_REQUESTS routing, or look for one slow instance."),
	}, {
		"container", Critical, "the container is the limit, not the hardware", onPeriod,
		containerLimited, containerEvidence,
		says("Raise the container's workers or threads: the hardware has room."),
	}, {
		"overhead", Warning, "SageMaker's own overhead is high", onPeriod,
		func(s *scene) bool {
			return s.overhead >= max(overheadLeast, overheadShare*(s.model+s.overhead))
		}, overheadEvidence, overheadAdvice,
	}, {
		"distance", Warning, "the client is far from the endpoint", onClient,
		func(s *scene) bool { return far(s.client) }, distanceEvidence,
		says("Run the client in the endpoint's region: the way there is in every response time."),
	},
}

func says(text string) func(*scene) string { return func(*scene) string { return text } }

// badInput is the share of answers that blame the request. A container says so through SageMaker as a model error of status 4xx;
// 408 and 429 are about load.
func badInput(w *runner.Window) float64 {
	return shareOf(w, func(f runner.Failure) bool {
		blamed := f.OriginalStatus >= 400 && f.OriginalStatus < 500 && f.OriginalStatus != 408 && f.OriginalStatus != 429
		return f.Class == runner.Validation || f.Class == runner.Check || f.Class == runner.ModelError && blamed
	})
}

// hurt says whether callers feel it.
func (s *scene) hurt() bool { return s.errors5xx >= badShare || s.timeouts >= badShare }

// cpuTells says whether the CPU share is of this load and of whole cores: other components use it too, and a burstable type is slow
// at any share once its credits are spent.
func (s *scene) cpuTells() bool { return !s.Components && !s.Burstable }

func cpuSaturated(s *scene) bool {
	if !s.cpuTells() {
		return false
	}
	return s.cpu >= CPUFull || s.cpu >= cpuHigh && (s.model >= modelGrown*s.quietModel || s.errors5xx >= badShare || s.waits(s.period))
}

// grown says whether a latency is so many times the quiet one, and at least so much longer: of next to nothing any noise is a multiple.
func grown(latency, quiet, times, least float64) bool {
	return latency >= max(times*quiet, quiet+least)
}

func imbalanced(s *scene) bool {
	return s.period.Server.Instances > 1 && s.cpuMax >= hottestBusy && s.cpuMax >= hottestAbove*s.cpu
}

// containerLimited is slower than cores that are as busy explain. A single server that is busy for a share u of the time, with
// exponential times, keeps requests 1 / (1 - u) times as long as one alone; several keep them shorter.
func containerLimited(s *scene) bool {
	queue := 100 / (100 - s.cpu)
	slow := grown(s.model, s.quietMost, max(containerModel, queue), containerLeast) ||
		grown(s.modelP99, s.quietP99, max(containerTail, containerTailQueue*queue), containerLeast) || s.waits(s.period)
	return s.cpuTells() && s.cpu < containerCPU && s.gpu < containerGPU && (slow || s.hurt())
}

// far says whether the round trip is long, and much of the median of w.
func far(w *runner.Window) bool {
	rtt := toMillis(w.Client.RTT)
	return w.OK > 0 && rtt >= distanceLeast && rtt >= distanceShare*toMillis(serviceMedian(w))
}

// moreInstances names the highest rate that was measured with room to spare, when one was.
func moreInstances(s *scene) string {
	rate := 0.
	for i := range s.all {
		p := &s.all[i]
		roomy := judgeable(s.all, i) && number(p.Server.CPU) <= rightSized && p.Client.FailedShare() <= mixedFailures
		if roomy && p.Server.Instances == s.period.Server.Instances {
			rate = max(rate, p.Client.TPS())
		}
	}
	if rate == 0 {
		return "Add instances or lower the load."
	}
	return fmt.Sprintf("Add instances or return to %s/s.", rateText(rate))
}

func overheadAdvice(s *scene) string {
	if s.Serverless {
		return "On a serverless endpoint OverheadLatency contains cold starts: set provisioned concurrency, or keep it warm."
	}
	return "Look at payload sizes and at data capture; the model itself is not the cause."
}
