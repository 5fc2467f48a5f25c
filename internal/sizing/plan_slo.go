package sizing

import (
	"cmp"
	"slices"
	"sort"
)

// alike are loads that differ by no more than this share: whether an SLO holds there is one question.
const alike = .05

// bout is a judged period as one instance saw it.
type bout struct {
	load float64 // answers a second
	tps  float64 // successes a second
	held bool

	ahead int // bouts that held less those that did not, up to and with this one
}

// bears looks for the load that one instance bears within the SLOs. A minute may miss one by chance, such as by a stall, so a load
// holds when most of the periods with one alike do, and a miss counts only above the most that holds.
func (s *Sizing) bears(f Facts, periods []Period) {
	bouts := f.bouts(periods)
	most := -1
	for i := range bouts {
		if bouts[i].held && majority(bouts, i) {
			most, s.Held = i, bouts[i].tps
		}
	}
	for i := range bouts {
		b := &bouts[i]
		switch {
		case i <= most && !b.held:
			s.Missed++
		case i > most && s.Failed == 0 && !majority(bouts, i):
			s.Failed = b.load
		}
	}
	s.Judged = most + 1
	s.BySLO = s.Failed > 0 && s.Failed <= max(s.Each.TPS, s.Each.High) && s.Held < s.Each.TPS
	if f.Capacity > 0 { // minutes of it tell more than any period
		s.Held, s.BySLO = f.Capacity, f.Capacity < s.Each.TPS || s.NoCPU != ""
		if s.Failed <= s.Held {
			s.Failed = 0
		}
	}
}

// bouts in the order of their load.
func (f Facts) bouts(periods []Period) (all []bout) {
	for i := range periods {
		p := &periods[i]
		if !judgeable(periods, i) || p.Server.Instances <= 0 {
			continue
		}
		if v := f.judge(p); v != Unknown {
			load := (p.Client.TPS() + p.Client.FailedPerSecond()) / float64(p.Server.Instances)
			all = append(all, bout{load: load, tps: perInstance(p), held: v == Pass})
		}
	}
	slices.SortFunc(all, func(a, b bout) int { return cmp.Compare(a.load, b.load) })
	for i := range all {
		all[i].ahead = -1
		if all[i].held {
			all[i].ahead = 1
		}
		if i > 0 {
			all[i].ahead += all[i-1].ahead
		}
	}
	return all
}

// majority says whether, of the bouts with a load like that of number i, more held than did not.
func majority(bouts []bout, i int) bool {
	after := func(load float64) int {
		n := sort.Search(len(bouts), func(j int) bool { return bouts[j].load > load })
		if n == 0 {
			return 0
		}
		return bouts[n-1].ahead
	}
	return after(bouts[i].load*(1+alike)) > after(bouts[i].load*(1-alike))
}

// judge p by the SLOs that speak of a request; how many there are of them is the load's.
func (f Facts) judge(p *Period) Verdict {
	judged, passed := 0, 0
	for _, r := range f.SLOs {
		if !r.latency() && r.Metric != "errors" {
			continue
		}
		judged++
		switch _, v := r.Judge(&p.Client); v {
		case Fail:
			return Fail
		case Pass:
			passed++
		}
	}
	if judged == 0 || passed < judged {
		return Unknown
	}
	return Pass
}
