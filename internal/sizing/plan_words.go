package sizing

import (
	"fmt"
	"math"
)

// caveats are what must be known before anybody pays for the answer.
func (s *Sizing) caveats(f Facts) []string {
	var all []string
	say := func(holds bool, format string, args ...any) {
		if holds {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	rate, _ := s.rate()
	say(s.Each.About, "only about right: no period within %.0f points of %s CPU; hold %s/s on one instance for five minutes to know",
		near, percentText(s.CPU), rateText(s.Each.TPS))
	say(s.NoCPU != "", "by the SLO alone, whatever the CPU comes to: %s", s.NoCPU)
	say(s.BySLO && s.Failed > 0, "the SLO failed at %s/s on one instance and held at %s/s: more may be had, nothing between was measured", rateText(s.Failed), rateText(s.Held))
	say(!s.BySLO && s.Held > 0 && s.Held < served*rate, "the SLO held at %s/s on one instance at the most: at %s/s it is not proven", rateText(s.Held), rateText(rate))
	say(s.Missed > 0, "the SLO failed in %d of the %d periods with no more than the load that it is taken to hold at", s.Missed, s.Judged)
	say(!f.speaksOfRequests(), "no SLO on latency or errors was given: this counts CPU alone")
	say(f.speaksOfRequests() && s.Held == 0, "no period could be judged by the SLO: this counts CPU alone")
	say(!s.Verified, "projected, not verified: load %d instances with %s/s to know (sagetop verify RUN --target-tps %s --instances %d)", s.Spared, decimal(s.TPS), decimal(s.TPS), s.Spared)
	all = append(all, routingCaveat(f.Routing))
	for i := range all {
		all[i] = s.Unit.words(all[i])
	}
	say(f.Copies, "neighbours share the instances: whether there is room for so many copies, and in which zones, is not known")
	return append(all, "for this model, payload, instance type and region alone; CPU is no measure beyond the share it was read at")
}

func (f Facts) speaksOfRequests() bool {
	for _, r := range f.SLOs {
		if r.latency() || r.Metric == "errors" {
			return true
		}
	}
	return false
}

// routingCaveat is how far the sum of many instances is from many times one.
func routingCaveat(routing string) string {
	switch routing {
	case "", "RANDOM":
		return "linear in instances, for RANDOM routing; one that is 1.2x slower than the others costs 15% of it"
	case "LEAST_OUTSTANDING_REQUESTS":
		return "linear in instances; LEAST_OUTSTANDING_REQUESTS routing carries about 10% more than that"
	}
	return "linear in instances; what " + routing + " routing makes of it is not known"
}

// unsized says why there is no estimate, and which run would give one.
func unsized(f Facts, periods []Period, share float64) (problem, advice string) {
	if reason, advice := f.Unsizable(); reason != "" {
		return reason, advice
	}
	switch rate, cpu, ok := seen(periods, share); {
	case !f.CloudWatch:
		return "CloudWatch was not read, so the endpoint's CPU is not known", "Run without --no-cloudwatch, and grant cloudwatch:GetMetricData."
	case !ok:
		return "no CloudWatch period is whole, of one setting, of this load alone and has CPU figures",
			fmt.Sprintf("Hold one rate for five minutes, so that CPU is between %.0f and %.0f%%; --cw-wait waits for the last points.", share-near, share+near)
	default:
		return fmt.Sprintf("no period can be read: nearest is CPU %s, and one between %.0f and %.0f%% with at most 1%% failures is needed", percentText(cpu), farLow, farHigh),
			fmt.Sprintf("Hold a rate with which CPU is between %.0f and %.0f%%, about %s/s, for five minutes.", share-near, share+near, rateText(rate))
	}
}

// seen is the judgeable period whose CPU is nearest to share, and the rate, of all its instances, that would by a line from 0 lead to
// share: not good enough to size with, but to measure at.
func seen(periods []Period, share float64) (rate, cpu float64, ok bool) {
	cpu = math.Inf(1)
	for i := range periods {
		p := &periods[i]
		if !judgeable(periods, i) || !(number(p.Server.CPU) > 0) {
			continue
		}
		if c := *p.Server.CPU; math.Abs(c-share) < math.Abs(cpu-share) {
			rate, cpu, ok = p.Client.TPS()*share/c, c, true
		}
	}
	return rate, cpu, ok
}
