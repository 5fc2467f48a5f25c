package sizing

import (
	"fmt"
	"math"
)

// Explained is a finding as docs/findings.md explains it.
type Explained struct {
	ID       string
	Severity Severity
	Title    string
	explanation
}

// explanation of a finding for a reader who has met it.
type explanation struct {
	Rule  string // with its thresholds
	Means string
	Do    string
	Not   string // what it must not be confused with
}

// Explain is every finding there is, in the order in which they are asked.
func Explain() []Explained {
	var all []Explained
	add := func(id string, severity Severity, title string) {
		all = append(all, Explained{id, severity, title, explanations[id]})
	}
	for i := range checks {
		add(checks[i].id, checks[i].severity, checks[i].title)
	}
	for i := range bands {
		add(bands[i].id, bands[i].severity, bands[i].title)
	}
	add(notJudgedID, Advice, notJudgedTitle)
	add(noSizing, Info, noSizingTitle)
	return all
}

// of100 writes a share as percent.
func of100(share float64) string { return fmt.Sprintf("%g %%", math.Round(share*1e4)/100) }

// explanations by id. Figures come from the constants that the rules use.
var explanations = map[string]explanation{
	"client-cpu": {
		Rule: fmt.Sprintf("The client's CPU share is at least %g %%, or its machine's is, or its CPU quota ran out in %g %% of the quota's periods; and it "+
			"shows: requests leave %d ms late (p99, without the wait for a user), or goroutines wait %[3]d ms (p99) for a core, or fewer than %s of the "+
			"arrivals of an open loop were sent. Where others take the CPU, only the first two count.",
			ClientBusy, ClientThrottled, ClientLate.Milliseconds(), of100(clientSent)),
		Means: "The load generator is what was measured: its requests wait for a core, in the send or in reading the answer.",
		Do:    "Use a bigger client or a second one, or stop what else runs there.",
		Not:   "a slow endpoint: that makes requests wait, but not the client's goroutines. A busy client that is never late is no finding.",
	},
	"client-network": {
		Rule: fmt.Sprintf("Nothing timed out, and the client's mean from the send is longer than ModelLatency + OverheadLatency + one round trip by at least %g ms, "+
			"by %s of the quiet ModelLatency, and by more than %g round trips, unless the client's network interface is known to be %g %% full.",
			residualLeast, of100(residualShare), residualRTTs, ClientLink),
		Means: "Time goes where neither the endpoint nor the distance explains it: a full link, packet loss, a proxy, new connections.",
		Do:    "Use a client with more network, nearer to the endpoint, or smaller payloads.",
		Not: "`distance`: one round trip is allowed for. It is not judged when more than " + of100(mixedFailures) + " fail (ModelLatency then mixes refusals in), " +
			"nor with inference components, nor without a quiet time to compare with.",
	},
	"client-pool": {
		Rule: fmt.Sprintf("In an open loop, with all users started: an arrival waits %g ms (p99) for a free one, or at least %s of the arrivals wait at the end while %s "+
			"of the users are busy; nothing timed out; and nothing shows that the endpoint keeps them busy: CPU below %g %%, ModelLatency below %g times "+
			"the quiet one, not all requests wait in the container ([words](#words)), refusals below %s, and no calmer period in which users were free sooner.",
			poolWaitLeast, of100(poolMissed), of100(poolBusy), cpuHigh, poolModelGrown, of100(badShare)),
		Means: "The load asked for needs more users than the limit allows, so it was not sent when it was due.",
		Do:    "Raise --max-users.",
		Not:   "an endpoint that does not keep up: it keeps any number of users busy. While CloudWatch's points may still come, no verdict is given.",
	},
	"bad-input": {
		Rule: fmt.Sprintf("At least %s of the answers blame the request: ValidationError, a failed check, or a ModelError around a 4xx of the model's own, except 408 "+
			"and 429, which are about load.", of100(badInputShare)),
		Means: "Some requests never did the work that was to be measured.",
		Do:    "Look at the errors, then mend the payload or its content type.",
		Not:   "overload: more load does not make more of them.",
	},
	"memory": {
		Rule:  fmt.Sprintf("MemoryUtilization is at least %g %%, and at least %s fail with 5xx or time out.", MemoryFull, of100(badShare)),
		Means: "Requests fail because workers run out of memory and are killed, or are about to be.",
		Do:    "Use instances with more memory, or fewer workers in the container.",
		Not:   "much memory without failures: model servers hold what they once took.",
	},
	"gpu-saturated": {
		Rule: fmt.Sprintf("GPUUtilization is at least %g %% of all GPUs, and at least %s fail with 5xx; or ModelLatency, or of streams the wait for the first byte, is "+
			"%g times the quiet one while answers grew no more: a period with at most %s of the requests in flight had %s of the successes, or arrivals "+
			"of an open loop outnumber answers by %s and by %g standard deviations.",
			gpuFull, of100(badShare), gpuGrown, of100(fewerInFlight), of100(asManyTPS), of100(piledShare), piledSigmas),
		Means: "The GPUs cannot answer more: further load only waits longer.",
		Do:    "Add instances or use a bigger GPU.",
		Not: "a high GPUUtilization alone. It is the share of time in which anything ran, so an LLM shows 90 % with one user and has room for dozens. One load " +
			"alone cannot tell: try two.",
	},
	"cpu-saturated": {
		Rule: fmt.Sprintf("CPUUtilization is at least %g %% of all cores; or at least %g %%, and ModelLatency is %g times the quiet one, or all requests wait in the "+
			"container ([words](#words)), or %s fail with 5xx.", CPUFull, cpuHigh, modelGrown, of100(badShare)),
		Means: "The cores are what requests wait for.",
		Do:    "Add instances, or return to the highest rate that was measured with room to spare, which the advice names.",
		Not:   "`container`, where cores are idle. On burstable types and with inference components CPU does not tell, and this is not judged.",
	},
	"throttled": {
		Rule:  fmt.Sprintf("At least %s of the answers are throttling errors.", of100(badShare)),
		Means: "SageMaker does not let all requests through to the instances: an account's quota, or what their number and type allow.",
		Do:    "Ask for a higher quota, or use more instances or a bigger type: the limit follows them.",
		Not:   "the endpoint's own limit: what is let through may be quick and the cores idle. After `cpu-saturated` or `gpu-saturated` it is a consequence.",
	},
	"imbalance": {
		Rule: fmt.Sprintf("Of several instances, the hottest (Maximum of CPUUtilization) is at least at %g %% and at %g times the average.",
			hottestBusy, hottestAbove),
		Means: "One instance is near its limit while others have room: the endpoint fails earlier than its average says.",
		Do:    "Try LEAST_OUTSTANDING_REQUESTS routing, or look for one slow instance.",
		Not:   "`cpu-saturated`: adding instances helps little while one of them is slow.",
	},
	"container": {
		Rule: fmt.Sprintf("CPU is below %g %% of all cores and GPU below %g %%, both known, and requests suffer: %s fail with 5xx or time out; or ModelLatency is %g times "+
			"what the quiet one may be (its mean and twice the standard error of that) and more than busy cores explain, 1 / (1 - CPU share) times; or its p99 is %g times the quiet p99 and %g times as much as that; each by "+
			"%g ms at least; or all requests wait in the container ([words](#words)).",
			containerCPU, containerGPU, of100(badShare), containerModel, containerTail, containerTailQueue, containerLeast),
		Means: "Requests wait for something that is not the hardware: a worker, a thread, a lock, a service behind the model. A CPU that stays at n x 100 % is " +
			"about n busy threads.",
		Do:  "Raise the container's workers or threads. A bigger instance changes nothing.",
		Not: "a model whose times differ much: its p99 is far above its median also when it is quiet, and that is what it is compared with.",
	},
	"overhead": {
		Rule:  fmt.Sprintf("OverheadLatency is at least %g ms and %s of ModelLatency + OverheadLatency.", overheadLeast, of100(overheadShare)),
		Means: "SageMaker itself takes much of the time: routing, authentication, big payloads, data capture.",
		Do:    "Look at payload sizes and at data capture; the model is not the cause.",
		Not:   "a slow model. On a serverless endpoint OverheadLatency contains cold starts: there it asks for provisioned concurrency.",
	},
	"distance": {
		Rule:  fmt.Sprintf("A round trip takes at least %g ms, and %s of the median from the send.", distanceLeast, of100(distanceShare)),
		Means: "The way to the endpoint is much of what was measured. The round trip is the least time in which a connection was made.",
		Do:    "Run the client in the endpoint's region, or judge by ModelLatency + OverheadLatency.",
		Not: "`client-network`, where time is lost beyond the distance. On EC2, where the client's region is known, an SLO of a client in another region is " +
			"inconclusive.",
	},
	"oversized":   bandExplained(0, "There is more hardware than the load needs.", "Use smaller or fewer instances."),
	"headroom":    bandExplained(1, "There is room for more of this load.", "Raise the load to see where it ends."),
	"right-sized": bandExplained(2, "There is room for a surge, and little waste.", "Keep this load per instance."),
	"tight":       bandExplained(3, "There is little room: a surge or a lost instance is felt.", "Plan more instances before the load grows."),
	"undersized":  bandExplained(4, "There is no room: a little more load makes requests wait.", "Use more instances or a bigger type."),
	notJudgedID: {
		Rule:  "CloudWatch has published a period under load, and there is none of which the client's figures and CloudWatch's belong together and to one setting.",
		Means: "Comparing them would be wrong, so nothing is concluded. The finding says what stands in the way; all such reasons are listed below.",
		Do:    "Hold one load, with one count of instances and nobody else on the endpoint, for a whole period.",
		Not:   "late points: while CloudWatch has published nothing, there is no finding at all.",
	},
	noSizing: {
		Rule:  "None of the findings above holds, and the endpoint is of a kind that CPU figures cannot size; all kinds are listed below.",
		Means: "Unknown is not low: whether there is room is not known from CPU.",
		Do:    "Judge the endpoint by latency and errors as the load grows.",
		Not:   "a verdict that all is well.",
	},
}

// bandExplained is the band number i of the share of all cores.
func bandExplained(i int, means, do string) explanation {
	below := fmt.Sprintf("below %g %%", bands[i].below)
	not := "a promise for another load. With an SLO that fails it is a warning instead: then CPU is not why."
	if bands[i].below > rightSized {
		not = "a saturated CPU: requests are still quick."
	}
	switch {
	case i == len(bands)-1:
		below = fmt.Sprintf("at least %g %%", bands[i-1].below)
	case i > 0:
		below = fmt.Sprintf("from %g %% to below %g %%", bands[i-1].below, bands[i].below)
	}
	return explanation{
		Rule:  "None of the findings above holds, and CPUUtilization is " + below + " of all cores over the last minute of the load, or over its last period where that is longer.",
		Means: means, Do: do, Not: not,
	}
}
