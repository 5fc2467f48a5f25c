package sizing

import "math"

// What TPSAt reads its figure from.
const (
	nearLow, nearHigh = 55., 75.     // percent: near enough to the share asked for to be quoted as it stands
	farLow, farHigh   = 10., CPUFull // beyond these a period says nothing about the share asked for
)

// TPSAt is the rate in successes a second that one instance carries at a share of all its cores, 65 for 65 %, by the line through
// what was measured and the idle endpoint:
//
//	rate at share = rate (share - idle) / (CPU - idle)
//
// It is the mean over the judgeable periods with 55 to 75 % CPU, at most 1 % failures and a known count of instances. Where there is
// none, it is read from the period nearest to the share and is only about right: vCPUs are often hyperthreads, so throughput is not
// linear in CPU. idle is the least CPU of a period in which nothing was sent, and 0 when there was none. ok is false when no period
// tells, or when CPU figures cannot size the endpoint.
func TPSAt(f Facts, periods []Period, share float64) (tps float64, about, ok bool) {
	if reason, _ := f.Unsizable(); reason != "" {
		return 0, false, false
	}
	idle := idleCPU(periods)
	var sum, nearest float64
	n, distance := 0, math.Inf(1)
	for i := range periods {
		p := &periods[i]
		if !judgeable(periods, i) || p.Client.FailedShare() > mixedFailures || p.Server.Instances <= 0 {
			continue
		}
		cpu := number(p.Server.CPU)
		each := p.Client.TPS() / float64(p.Server.Instances) * (share - idle) / (cpu - idle)
		if cpu >= nearLow && cpu <= nearHigh {
			sum, n = sum+each, n+1
		}
		if d := math.Abs(cpu - share); cpu >= farLow && cpu < farHigh && cpu > idle && d < distance {
			distance, nearest = d, each
		}
	}
	if n > 0 {
		return sum / float64(n), false, true
	}
	return nearest, true, !math.IsInf(distance, 1)
}

// idleCPU is the least CPU share of the periods in which the endpoint had nothing to do.
func idleCPU(periods []Period) float64 {
	idle := math.Inf(1)
	for i := range periods {
		p := &periods[i]
		if p.Server == nil || p.Server.Partial || p.Client.Sent > 0 || p.Client.Ended() > 0 || p.Client.InFlight > 0 || number(p.Server.Invocations) > 0 {
			continue
		}
		if cpu := number(p.Server.CPU); cpu < idle {
			idle = cpu
		}
	}
	if idle > quietCPU {
		return 0 // busy with something that is not shown: no idle endpoint
	}
	return idle
}
