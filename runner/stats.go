package runner

import "time"

// Stats of one Measure. Count, Min, Mean, Max and StdDev are exact to the microsecond; percentiles to 3 significant digits.
type Stats struct {
	Count                                            uint64
	Min, Mean, P50, P90, P95, P99, P999, Max, StdDev time.Duration
}

// Trust says how far a percentile of n samples may be believed.
type Trust uint8

// A percentile p needs 1/(1-p) samples to be shown and 10/(1-p) to be shown without a mark.
const (
	Hidden Trust = iota
	Rough
	Firm
)

// Trust of the percentile p (0.99 for p99).
func (s Stats) Trust(p float64) Trust {
	need := 1 / (1 - p) * (1 - 1e-9) // the rounding of 1-p must not hide p99 of exactly 100 samples
	switch n := float64(s.Count); {
	case n < need:
		return Hidden
	case n < 10*need:
		return Rough
	}
	return Firm
}
