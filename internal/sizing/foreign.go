package sizing

import "sagetop/runner"

// Requests at a period's edges may fall on its other side for the server, so a few are let go: as many as are in flight, for a client
// that stood still for a moment sees all of them end later than the server does.
const (
	foreignShare = .02
	foreignSlack = 20.
)

// Foreign is by how many requests CloudWatch's count of p differs from ours: above 0 others sent some too, below 0 some of ours went
// elsewhere, such as to another variant, and 0 is a difference of no more than 2 % of ours and 20, or as many as were in flight. Of
// our failures those that need not have reached the endpoint may be missing from the count. known is false while CloudWatch has not
// counted all of p.
func (p *Period) Foreign() (extra float64, known bool) {
	if p.Server == nil || p.Server.Partial || p.Server.Invocations == nil {
		return 0, false
	}
	ours, unseen := p.Client.Ended(), uint64(0)
	for _, e := range p.Client.Errors {
		if !reaches(e.Class) {
			unseen += e.Count
		}
	}
	most := float64(ours)
	least, slack := most-float64(min(unseen, ours)), foreignShare*most+max(foreignSlack, p.Client.MeanInFlight)
	switch n := *p.Server.Invocations; {
	case n > most+slack:
		return n - most, true
	case n < least-slack:
		return n - least, true
	}
	return 0, true
}

// reaches says whether a request that failed so has surely been at the endpoint, and so in CloudWatch's count.
func reaches(c runner.Class) bool {
	switch c {
	case runner.ModelError, runner.Truncated, runner.Stream, runner.Check:
		return true
	}
	return false
}
