package sizing

import "math"

// What an Estimate is read from.
const (
	near            = 10.          // percent of all cores from the share asked for: what is read there is quoted as it stands
	around          = 25.          // the same: from here a curve between two periods is read
	farLow, farHigh = 10., CPUFull // beyond these a period says nothing about the share asked for
)

// leastSpread is how much, as a share, one instance's rate differs between minutes of an endpoint that nothing disturbs: periods that
// agree better than that were few, not exact.
const leastSpread = .017

// Estimate is the rate in successes a second that one instance carries at a share of all its cores.
type Estimate struct {
	TPS       float64
	Low, High float64   // two standard deviations around TPS; both 0 when About
	About     bool      // read from far away
	From      []*Period // that it is read from
	idle      float64   // CPU share without load
	share     float64
}

// TPSAt estimates what one instance carries at a share of all its cores, 65 for 65 %, by the line through what was measured and the
// idle endpoint:
//
//	rate at share = rate (share - idle) / (CPU - idle)
//
// It is the mean over the judgeable periods within 10 % CPU of the share, for 65 those with 55 to 75, with at most 1 % failures and a
// known count of instances. Where there is none, it is read from the period nearest to the share and is only about right: vCPUs are
// often hyperthreads, so throughput is not linear in CPU. For the same reason, where periods within 25 % lie on both sides of the share,
// and one of any that near, it is read between the two nearest instead, on a line in logarithms. idle is the least CPU of a period in which nothing
// was sent, and 0 when there was none. ok is false when no period tells, or when CPU figures cannot size the endpoint.
func TPSAt(f Facts, periods []Period, share float64) (e Estimate, ok bool) {
	if reason, _ := f.Unsizable(); reason != "" {
		return Estimate{}, false
	}
	e = Estimate{share: share, idle: idleCPU(periods)}
	var rates []float64
	var both bracket
	var nearest *Period
	for i := range periods {
		p := &periods[i]
		if !judgeable(periods, i) || p.Client.FailedShare() > mixedFailures || p.Server.Instances <= 0 {
			continue
		}
		cpu := number(p.Server.CPU)
		if !(cpu >= farLow && cpu < farHigh && cpu > e.idle) {
			continue
		}
		if math.Abs(cpu-share) <= around {
			both.add(cpu, perInstance(p), share)
		}
		if math.Abs(cpu-share) <= near {
			rates, e.From = append(rates, e.read(p)), append(e.From, p)
		}
		if nearest == nil || math.Abs(cpu-share) < math.Abs(*nearest.Server.CPU-share) {
			nearest = p
		}
	}
	switch {
	case len(rates) > 0:
		e.spread(rates)
		if tps, ok := both.at(share); ok {
			e.Low, e.High, e.TPS = e.Low*tps/e.TPS, e.High*tps/e.TPS, tps
		}
	case nearest != nil:
		e.TPS, e.About, e.From = e.read(nearest), true, []*Period{nearest}
	default:
		return Estimate{}, false
	}
	return e, true
}

// read is the rate at the share by the line through p.
func (e *Estimate) read(p *Period) float64 {
	return perInstance(p) * (e.share - e.idle) / (*p.Server.CPU - e.idle)
}

// spread takes the mean of what periods say, and how far they are apart. Neighbouring minutes drift together, so more of them do not
// make the interval narrower.
func (e *Estimate) spread(rates []float64) {
	n := float64(len(rates))
	for _, r := range rates {
		e.TPS += r / n
	}
	squares := 0.
	for _, r := range rates {
		squares += (r - e.TPS) * (r - e.TPS)
	}
	sd := leastSpread * e.TPS
	if n > 1 {
		sd = max(sd, math.Sqrt(squares/(n-1)))
	}
	e.Low, e.High = max(0, e.TPS-2*sd), e.TPS+2*sd
}

// CPUAt is the share of all cores, by the same line, at which one instance gives tps.
func (e *Estimate) CPUAt(tps float64) float64 {
	return e.idle + (e.share-e.idle)*tps/e.TPS
}

// perInstance is the successes a second of one instance.
func perInstance(p *Period) float64 { return p.Client.TPS() / float64(p.Server.Instances) }

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
