package sizing

import "math"

// predict is the rate at which a queue with these services would just hold the SLO: the M/G/c approximation of the wait, after a
// lognormal service of the quiet endpoint. c, the number of servers, is what the greatest rate needs. Both are only about right: the
// search starts from it. slope is by how much the logit of the share of late requests grows there with the logarithm of the rate.
func predict(q quiet, peak, slo, alpha float64) (rate, slope float64) {
	service := q.p50 * math.Exp(q.sigma*q.sigma/2)
	c := max(1, peak*service)
	low, high := 0., 1.
	for range 40 {
		rho := (low + high) / 2
		if lateShare(q, service, c, rho, slo) > alpha {
			high = rho
		} else {
			low = rho
		}
	}
	const near = .995
	slope = (logit(lateShare(q, service, c, low, slo)) - logit(lateShare(q, service, c, near*low, slo))) / -math.Log(near)
	return usual * low * peak, min(max(flatter*slope, leastSlope), mostSlope)
}

// lateShare is the share of requests that take longer than slo at a load rho, from 0 to 1.
func lateShare(q quiet, service, c, rho, slo float64) float64 {
	spread := math.Exp(q.sigma*q.sigma) - 1 // squared coefficient of variation
	waits := math.Pow(rho, math.Sqrt(2*(c+1))-1)
	wait := (1 + spread) / 2 * service / (c * (1 - rho))
	const steps = 200
	sum := 0.
	for i := range steps {
		s := q.p50 * math.Exp(q.sigma*normalQuantile((float64(i)+.5)/steps))
		if s >= slo {
			sum++
		} else {
			sum += waits * math.Exp(-(slo-s)/wait)
		}
	}
	return sum / steps
}

// together is for how many seconds requests share a fate at a rate near the capacity. What has piled up, by chance or in a pause, goes
// only as fast as there is room left: the longer it is allowed to wait, the fuller the endpoint is at its capacity, the longer that takes.
func together(q quiet, peak, rate float64) float64 {
	const pause, fullest, times = .07, .95, 1.4
	service := q.p50 * math.Exp(q.sigma*q.sigma/2)
	room := 1 - min(rate/peak, fullest)
	wait := math.Exp(q.sigma*q.sigma) / 2 * service / (max(1, peak*service) * room) // of those that wait, on average
	return (times*wait + pause) / room
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// What the formula does not know of, such as pauses of garbage collection, makes the knee come earlier and less steeply.
const (
	usual      = .97
	flatter    = .6
	leastSlope = 6.
	mostSlope  = 30.
)
