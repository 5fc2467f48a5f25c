package model

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
	"time"
)

// A latency is kept in whole microseconds with 3 significant digits: values below 2^exactBits are exact, above them each power of
// two is cut into 2^(exactBits-1) equal cells, which is an error below 0.1 %. A period of one endpoint fills some hundred cells, so
// they are kept sparsely; memory depends on the spread of the latencies, not on how many there were.
const exactBits = 11

// longestLatency caps what is recorded, so that a cell's number fits 16 bits.
const longestLatency = 4 * time.Hour

// sketch counts the latencies of one period.
type sketch struct {
	count    uint64
	sum      float64 // microseconds, exact
	min, max float64 // microseconds, exact

	open   map[uint16]uint32 // while the period runs
	sealed []tally           // after it, by cell
}

type tally struct {
	cell uint16
	n    uint32
}

func (s *sketch) record(d time.Duration) {
	us := float64(max(d, 0).Microseconds())
	if s.count == 0 {
		s.open = make(map[uint16]uint32, 256)
		s.min = us
	}
	s.count++
	s.sum += us
	s.min = min(s.min, us)
	s.max = max(s.max, us)
	s.open[cellOf(min(d, longestLatency))]++
}

// seal makes s compact. It must not be recorded to any more.
func (s *sketch) seal() {
	s.sealed = make([]tally, 0, len(s.open))
	for cell, n := range s.open {
		s.sealed = append(s.sealed, tally{cell, n})
	}
	slices.SortFunc(s.sealed, func(a, b tally) int { return int(a.cell) - int(b.cell) })
	s.open = nil
}

func cellOf(d time.Duration) uint16 {
	us := uint64(max(d, 0).Microseconds())
	if us < 1<<exactBits {
		return uint16(us)
	}
	shift := bits.Len64(us) - exactBits
	return uint16(shift<<(exactBits-1)) + uint16(us>>shift)
}

// valueOf is the middle of a cell in microseconds.
func valueOf(cell uint16) float64 {
	if cell < 1<<exactBits {
		return float64(cell)
	}
	shift := cell>>(exactBits-1) - 1
	base := uint64(cell) - uint64(shift)<<(exactBits-1)
	return float64(base<<shift) + float64(uint64(1)<<shift-1)/2
}

// Summary is what CloudWatch keeps of the values of one metric in one period: enough for every statistic.
type Summary struct {
	count, sum, min, max float64
	values               []weighted // for percentiles
}

type weighted struct{ value, n float64 }

func (s *Summary) add(value, n float64) {
	s.Merge(Summary{count: n, sum: value * n, min: value, max: value, values: []weighted{{value, n}}})
}

func (s *Summary) Merge(o Summary) {
	if o.count == 0 {
		return
	}
	if s.count == 0 {
		s.min, s.max = o.min, o.max
	}
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	s.count += o.count
	s.sum += o.sum
	s.values = append(s.values, o.values...)
}

// Summary of a sealed sketch.
func (s *sketch) summary() Summary {
	sum := Summary{count: float64(s.count), sum: s.sum, min: s.min, max: s.max, values: make([]weighted, len(s.sealed))}
	for i, t := range s.sealed {
		sum.values[i] = weighted{valueOf(t.cell), float64(t.n)}
	}
	return sum
}

// percentile is the least value that at least p percent of all values do not exceed; within [min, max], which are exact.
func (s *Summary) percentile(p float64) float64 {
	slices.SortFunc(s.values, func(a, b weighted) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	rank := max(1, math.Ceil(p/100*s.count))
	seen := 0.0
	for _, v := range s.values {
		if seen += v.n; seen >= rank {
			return min(max(v.value, s.min), s.max)
		}
	}
	return s.max
}

// Statistic of a valid name.
func (s *Summary) Statistic(name string) float64 {
	switch name {
	case "Average":
		return s.sum / s.count
	case "Sum":
		return s.sum
	case "Minimum":
		return s.min
	case "Maximum":
		return s.max
	case "SampleCount":
		return s.count
	}
	p, _ := strconv.ParseFloat(name[1:], 64) // a name that is none is p0
	return s.percentile(p)
}
