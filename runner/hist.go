package runner

import (
	"math"
	"math/bits"
	"time"
)

// Bounds and precision of every histogram: microseconds, 3 significant digits. They are HdrHistogram's of 1 us to 15 min.
const (
	histMin    = 1
	histMax    = int64(15 * time.Minute / time.Microsecond)
	histDigits = 3

	subBits   = 11                 // 2^11 is the first power of two that holds 2 x 10^3
	chunkSize = 1 << (subBits - 1) // slots of one octave; the first two chunks hold the values below 2^11 one by one
	numChunks = 21                 // up to histMax
)

// Hist is a histogram of durations with HdrHistogram's slots, of 1 us to 15 min to 3 significant digits, and with exact sums beside
// them. It has no lock. Its zero value is empty and ready.
//
// HdrHistogram's own type walks all of its 21,504 slots to merge or to find a percentile and keeps 172 kB whatever is in it. Here
// an octave's slots exist once a value fell into it, and only octaves between least and greatest value are walked: latencies fill
// three to five of 21, and the Ledger merges and judges dozens of histograms a second.
type Hist struct {
	chunks     [numChunks]*[chunkSize]uint64
	count, sum uint64    // sum in microseconds
	squares    [2]uint64 // sum of squares, high and low word: exact, so that the order of merging leaves no trace
	min, max   int64     // of no meaning while count is 0
}

// slot says where HdrHistogram counts v, at most histMax.
func slot(v int64) (chunk, i int) {
	octave := bits.Len64(uint64(v)|(2*chunkSize-1)) - subBits
	at := octave*chunkSize + int(v>>octave)
	return at / chunkSize, at % chunkSize
}

// bounds are the least and the greatest value that a slot counts.
func bounds(chunk, i int) (lowest, highest int64) {
	if chunk == 0 {
		return int64(i), int64(i)
	}
	octave := chunk - 1
	lowest = int64(chunkSize+i) << octave
	return lowest, lowest + 1<<octave - 1
}

// Record counts d, rounded to microseconds. What is shorter than 1 us or longer than 15 min counts as that. It allocates only when
// d falls into an octave in which this Hist never had a value, Resets included: 8 kB, at most 21 times.
func (h *Hist) Record(d time.Duration) {
	v := min(max(int64((d+time.Microsecond/2)/time.Microsecond), histMin), histMax)
	chunk, i := slot(v)
	h.chunk(chunk)[i]++
	if h.count == 0 {
		h.min, h.max = v, v
	}
	h.min, h.max = min(h.min, v), max(h.max, v)
	h.count++
	h.sum += uint64(v)
	h.addSquares(0, uint64(v*v)) // histMax squared still fits in a word
}

func (h *Hist) chunk(c int) *[chunkSize]uint64 {
	if h.chunks[c] == nil {
		h.chunks[c] = new([chunkSize]uint64)
	}
	return h.chunks[c]
}

func (h *Hist) addSquares(high, low uint64) {
	var carry uint64
	h.squares[1], carry = bits.Add64(h.squares[1], low, 0)
	h.squares[0], _ = bits.Add64(h.squares[0], high, carry)
}

// octaves is the range of chunks that may have counts, to exclusive.
func (h *Hist) octaves() (from, to int) {
	if h.count == 0 {
		return 0, 0
	}
	from, _ = slot(h.min)
	to, _ = slot(h.max)
	return from, to + 1
}

// Merge adds what o holds. A nil o is empty.
func (h *Hist) Merge(o *Hist) {
	if o == nil || o.count == 0 {
		return
	}
	from, to := o.octaves()
	for c := from; c < to; c++ {
		if o.chunks[c] == nil {
			continue
		}
		first, last := 0, chunkSize-1
		if c == from {
			_, first = slot(o.min)
		}
		if c == to-1 {
			_, last = slot(o.max)
		}
		counts := h.chunk(c)[first : last+1]
		for i, n := range o.chunks[c][first : last+1] {
			counts[i] += n
		}
	}
	if h.count == 0 {
		h.min, h.max = o.min, o.max
	}
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
	h.count += o.count
	h.sum += o.sum
	h.addSquares(o.squares[0], o.squares[1])
}

// Reset empties h and keeps its memory.
func (h *Hist) Reset() {
	from, to := h.octaves()
	for c := from; c < to; c++ {
		if h.chunks[c] != nil {
			clear(h.chunks[c][:])
		}
	}
	*h = Hist{chunks: h.chunks}
}

// Clone returns a copy. That of nil is empty.
func (h *Hist) Clone() *Hist {
	c := new(Hist)
	c.Merge(h)
	return c
}

// Count of recorded durations. Nil has none.
func (h *Hist) Count() uint64 {
	if h == nil {
		return 0
	}
	return h.count
}

// statsQuantiles are those that Stats has, in ascending order.
var statsQuantiles = [...]float64{0.5, 0.9, 0.95, 0.99, 0.999}

// Stats are the figures of h. Those of nil are 0. No percentile is above Max, which is exact where slots are not.
func (h *Hist) Stats() Stats {
	if h == nil || h.count == 0 {
		return Stats{}
	}
	var p [len(statsQuantiles)]time.Duration
	h.quantiles(statsQuantiles[:], p[:])
	return Stats{
		Count: h.count, Min: micros(h.min), Max: micros(h.max),
		Mean: h.mean(), StdDev: h.deviation(),
		P50: p[0], P90: p[1], P95: p[2], P99: p[3], P999: p[4],
	}
}

func micros(v int64) time.Duration { return time.Duration(v) * time.Microsecond }

func (h *Hist) mean() time.Duration {
	return time.Duration(math.Round(float64(h.sum) / float64(h.count) * float64(time.Microsecond)))
}

// Quantile is the duration below or at which a share q of the recorded ones lies, q from 0 to 1: HdrHistogram's value of that rank,
// but never above the exact maximum. It is 0 when there are none.
func (h *Hist) Quantile(q float64) time.Duration {
	if h == nil || h.count == 0 {
		return 0
	}
	var v [1]time.Duration
	h.quantiles([]float64{q}, v[:])
	return v[0]
}

// quantiles writes the values of the ascending qs in one pass.
func (h *Hist) quantiles(qs []float64, values []time.Duration) {
	var sum uint64
	k, next := 0, h.rank(qs[0])
	from, to := h.octaves()
	for c := from; c < to; c++ {
		if h.chunks[c] == nil {
			continue
		}
		for i, n := range h.chunks[c] {
			for sum += n; sum >= next; next = h.rank(qs[k]) {
				_, highest := bounds(c, i)
				values[k] = micros(min(highest, h.max))
				if k++; k == len(qs) {
					return
				}
			}
		}
	}
}

// rank is the position of the quantile q among the recorded values, from 1, rounded as HdrHistogram does.
func (h *Hist) rank(q float64) uint64 {
	r := q*float64(h.count) + 0.5
	if !(r >= 1) {
		return 1
	}
	if r >= float64(h.count) {
		return h.count
	}
	return uint64(r)
}

// deviation is the standard deviation (of the population): sqrt(n sum(v^2) - sum(v)^2) / n. The difference is taken in 192 bits,
// because in floating point it would be lost where values hardly differ.
func (h *Hist) deviation() time.Duration {
	words, _ := h.spread()
	wide := (float64(words[0])*(1<<64)+float64(words[1]))*(1<<64) + float64(words[2])
	return time.Duration(math.Round(math.Sqrt(wide) / float64(h.count) * float64(time.Microsecond)))
}

// spread is n sum(v^2) - sum(v)^2, most significant word first. It is never negative (ok) for values that were recorded.
func (h *Hist) spread() (words [3]uint64, ok bool) {
	mid, low := bits.Mul64(h.count, h.squares[1])
	top, add := bits.Mul64(h.count, h.squares[0])
	mid, carry := bits.Add64(mid, add, 0)
	top += carry
	sumHigh, sumLow := bits.Mul64(h.sum, h.sum)
	low, borrow := bits.Sub64(low, sumLow, 0)
	mid, borrow = bits.Sub64(mid, sumHigh, borrow)
	top, borrow = bits.Sub64(top, 0, borrow)
	return [3]uint64{top, mid, low}, borrow == 0
}
