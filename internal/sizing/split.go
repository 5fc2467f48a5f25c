package sizing

import "time"

// Split is where the mean time of requests from their send went in one period. Only means are subtracted, never percentiles.
type Split struct {
	NetClient time.Duration // network and client: what is left of Total
	Overhead  time.Duration // OverheadLatency
	Model     time.Duration // ModelLatency
	Total     time.Duration // the client's mean of successes, from their send
	Hidden    string        // why there is no split; "" when there is one
}

// NewSplit splits the mean of p.
func NewSplit(p *Period) Split {
	w := &p.Client
	switch {
	case w.Plans > 1:
		return Split{Hidden: "settings changed in this period"}
	case w.OK == 0:
		return Split{Hidden: "no successes in this period"}
	case w.FailedShare() > mixedFailures:
		return Split{Hidden: percentText(100*w.FailedShare()) + " failed: ModelLatency mixes refusals with successes"}
	case p.Server == nil || p.Server.Model == nil || p.Server.Overhead == nil:
		return Split{Hidden: "CloudWatch has no latencies for this period yet"}
	case !covers(p):
		return Split{Hidden: "the load did not run for all of this period"}
	}
	return split(p)
}

func split(p *Period) Split {
	s := Split{Overhead: p.Server.Overhead.Mean, Model: p.Server.Model.Mean, Total: serviceMean(&p.Client)}
	s.NetClient = s.Total - s.Overhead - s.Model
	if s.NetClient < 0 {
		return Split{Hidden: "CloudWatch's means exceed the client's: other traffic, or not all published yet"}
	}
	return s
}
