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
// linear in CPU. For the same reason, where such a period lies on each side of the share, and one of any within 55 to 75 %, it is read
// between the two nearest instead, on a line in logarithms. idle is the least CPU of a period in which nothing was sent, and 0 when
// there was none. ok is false when no period tells, or when CPU figures cannot size the endpoint.
func TPSAt(f Facts, periods []Period, share float64) (tps float64, about, ok bool) {
	if reason, _ := f.Unsizable(); reason != "" {
		return 0, false, false
	}
	idle := idleCPU(periods)
	var sum, nearest float64
	var around bracket
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
		if cpu >= farLow && cpu < farHigh {
			around.add(cpu, p.Client.TPS()/float64(p.Server.Instances), share)
		}
		if d := math.Abs(cpu - share); cpu >= farLow && cpu < farHigh && cpu > idle && d < distance {
			distance, nearest = d, each
		}
	}
	if tps, ok := around.at(share); ok && n > 0 {
		return tps, false, true
	}
	if n > 0 {
		return sum / float64(n), false, true
	}
	return nearest, true, !math.IsInf(distance, 1)
}

// bracket is the load on both sides of a CPU share, of those seen the nearest.
type bracket struct{ below, above load }

// load is how much CPU a rate took; none of it is 0.
type load struct{ cpu, tps float64 }

func (b *bracket) add(cpu, tps, share float64) {
	switch {
	case cpu <= share && cpu > b.below.cpu:
		b.below = load{cpu, tps}
	case cpu > share && (b.above.cpu == 0 || cpu < b.above.cpu):
		b.above = load{cpu, tps}
	}
}

// at is the rate at the share, on the line in logarithms between the two. ok is false where one side is missing.
func (b *bracket) at(share float64) (tps float64, ok bool) {
	if b.below.cpu == 0 || b.above.cpu == 0 {
		return 0, false
	}
	steep := math.Log(b.above.tps/b.below.tps) / math.Log(b.above.cpu/b.below.cpu)
	return b.below.tps * math.Pow(share/b.below.cpu, steep), true
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
