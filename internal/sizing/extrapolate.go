package sizing

import "math"

// What an Estimate is read from.
const (
	near            = 10.          // percent of all cores from the share asked for: what is read there is quoted as it stands
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
// known count of instances. Where there is none, it is read from the period nearest to the share and is only about right: vCPUs are often hyperthreads, so throughput is not
// linear in CPU. idle is the least CPU of a period in which nothing was sent, and 0 when there was none. ok is false when no period
// tells, or when CPU figures cannot size the endpoint.
func TPSAt(f Facts, periods []Period, share float64) (e Estimate, ok bool) {
	if reason, _ := f.Unsizable(); reason != "" {
		return Estimate{}, false
	}
	e = Estimate{share: share, idle: idleCPU(periods)}
	var rates []float64
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
