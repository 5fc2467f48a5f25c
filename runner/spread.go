package runner

import (
	"math"
	"time"
)

// spreadQuantiles are those that a Spread can tell.
var spreadQuantiles = [...]float64{0.5, 0.9, 0.99}

// Spread merges the response times of several Seconds, of which there are no histograms any more, or their times to the first byte or
// token. Its zero value is empty.
type Spread struct {
	count       uint64
	buckets     [HeatBuckets]uint64
	least, most [len(spreadQuantiles)]time.Duration // that a Second's quantiles were
}

// Add adds what ended in s.
func (p *Spread) Add(s *Second) { p.AddOf(s, Response) }

// AddOf adds the times of a Measure that Second has in buckets.
func (p *Spread) AddOf(s *Second, m Measure) {
	r, heat := &s.Stats[m], s.HeatOf(m)
	if r.Count == 0 || heat == nil {
		return
	}
	for i, d := range [...]time.Duration{r.P50, r.P90, r.P99} {
		if p.count == 0 {
			p.least[i] = d
		}
		p.least[i], p.most[i] = min(p.least[i], d), max(p.most[i], d)
	}
	p.count += r.Count
	for i, n := range heat {
		p.buckets[i] += uint64(n)
	}
}

// Count of the times.
func (p *Spread) Count() uint64 { return p.count }

// Trust of the percentile q.
func (p *Spread) Trust(q float64) Trust { return Stats{Count: p.count}.Trust(q) }

// Percentiles are p50, p90 and p99; 0 for what has too few samples. Within a bucket of the heat map they are interpolated. A percentile
// of several Seconds never lies outside of what the single ones have, so that bounds the error.
func (p *Spread) Percentiles() (values [len(spreadQuantiles)]time.Duration) {
	for i, q := range spreadQuantiles {
		if p.Trust(q) != Hidden {
			values[i] = min(max(p.at(q), p.least[i]), p.most[i])
		}
	}
	return values
}

// at is the quantile q by buckets alone.
func (p *Spread) at(q float64) time.Duration {
	rank := q * float64(p.count)
	var below float64
	for i, n := range p.buckets {
		if in := float64(n); below+in >= rank && n > 0 {
			low, high := float64(HeatEdge(i)), float64(HeatEdge(i+1))
			return time.Duration(low * math.Pow(high/low, (rank-below)/in))
		}
		below += float64(n)
	}
	return 0
}
