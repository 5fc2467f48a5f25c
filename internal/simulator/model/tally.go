package model

import "math"

// tallyBits of a value's mantissa are kept for percentiles: an error below 0.1 %, as a sketch of latencies has.
const tallyBits = 11

// Tally counts what somebody else reported of one period: values of any size, or their summary alone. Its zero value is empty.
type Tally struct {
	summary Summary
	cells   map[float64]float64 // how often each value came, rounded to tallyBits; percentiles are made of them
}

// Add n times value.
func (t *Tally) Add(value, n float64) {
	t.AddSet(n, value*n, value, value)
	if value < 0 || n == 0 {
		return // CloudWatch has no percentiles of negative values
	}
	if t.cells == nil {
		t.cells = map[float64]float64{}
	}
	fraction, exponent := math.Frexp(value)
	t.cells[math.Ldexp(math.Round(math.Ldexp(fraction, tallyBits)), exponent-tallyBits)] += n
}

// AddSet adds n values of which only this is known.
func (t *Tally) AddSet(n, sum, least, greatest float64) {
	t.summary.Merge(Summary{count: n, sum: sum, min: least, max: greatest})
}

// Len is how many values t keeps.
func (t *Tally) Len() int { return max(len(t.cells), 1) }

// Summary of what was added so far.
func (t *Tally) Summary() Summary {
	s := t.summary
	s.values = make([]weighted, 0, len(t.cells))
	for value, n := range t.cells {
		s.values = append(s.values, weighted{value, n})
	}
	return s
}
