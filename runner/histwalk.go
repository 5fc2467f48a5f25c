package runner

import (
	"iter"
	"time"
)

// Slots yields the slots that have counts, by their bounds in microseconds, in ascending order.
func (h *Hist) Slots() iter.Seq2[[2]int64, uint64] {
	if h == nil {
		return func(func([2]int64, uint64) bool) {}
	}
	return h.slotsOf(h.octaves())
}

// slotsOf is Slots of a range of chunks, to exclusive.
func (h *Hist) slotsOf(from, to int) iter.Seq2[[2]int64, uint64] {
	return func(yield func([2]int64, uint64) bool) {
		for c := from; c < to; c++ {
			if h.chunks[c] == nil {
				continue
			}
			for i, n := range h.chunks[c] {
				if n == 0 {
					continue
				}
				lowest, highest := bounds(c, i)
				if !yield([2]int64{lowest, highest}, n) {
					return
				}
			}
		}
	}
}

// CountAbove is how many durations were longer than d. Those that share d's slot, and so differ from it by less than 0.1 %, are
// taken as not longer.
func (h *Hist) CountAbove(d time.Duration) uint64 {
	limit := int64(d / time.Microsecond)
	var above uint64
	for slot, n := range h.Slots() {
		if slot[0] > limit {
			above += n
		}
	}
	return above
}

// heat counts the durations of h in log buckets, by the lower bound of their slot.
func (h *Hist) heat(buckets *[HeatBuckets]uint32) {
	b := 0
	for slot, n := range h.Slots() {
		for d := micros(slot[0]); b < HeatBuckets-1 && d >= HeatEdge(b+1); {
			b++
		}
		buckets[b] += uint32(n)
	}
}

// heatIfAny is the same; nil where there are no durations.
func (h *Hist) heatIfAny() *[HeatBuckets]uint32 {
	if h.Count() == 0 {
		return nil
	}
	buckets := new([HeatBuckets]uint32)
	h.heat(buckets)
	return buckets
}
