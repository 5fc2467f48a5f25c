package model

import (
	"math/bits"
	"slices"
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
	sealed []filled          // after it, in order
}

// filled is a cell with something in it.
type filled struct {
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
	s.sealed = make([]filled, 0, len(s.open))
	for cell, n := range s.open {
		s.sealed = append(s.sealed, filled{cell, n})
	}
	slices.SortFunc(s.sealed, func(a, b filled) int { return int(a.cell) - int(b.cell) })
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

// Summary of a sealed sketch.
func (s *sketch) summary() Summary {
	sum := Summary{count: float64(s.count), sum: s.sum, min: s.min, max: s.max, values: make([]weighted, len(s.sealed))}
	for i, t := range s.sealed {
		sum.values[i] = weighted{valueOf(t.cell), float64(t.n)}
	}
	return sum
}
