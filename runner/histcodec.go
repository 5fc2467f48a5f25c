package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// ErrHist is wrapped by every error about an encoded histogram that cannot be.
var ErrHist = errors.New("runner: bad histogram")

// histJSON is a Hist as it is written: HdrHistogram's V2 encoding, which its tools read, and the exact sums beside it.
type histJSON struct {
	Count   uint64    `json:"n"`
	Sum     uint64    `json:"sum_us"`
	Squares [2]uint64 `json:"sum_squares_us2"` // high and low word
	Min     int64     `json:"min_us"`
	Max     int64     `json:"max_us"`
	Encoded string    `json:"hdr"` // base64 of the compressed V2 encoding
}

// HDR is a copy of h as HdrHistogram has it, in microseconds, for its log writer.
func (h *Hist) HDR() *hdrhistogram.Histogram {
	counts := make([]int64, numChunks*chunkSize)
	for c, chunk := range h.chunks {
		if chunk == nil {
			continue
		}
		for i, n := range chunk {
			counts[c*chunkSize+i] = int64(n)
		}
	}
	return hdrhistogram.Import(&hdrhistogram.Snapshot{
		LowestTrackableValue: histMin, HighestTrackableValue: histMax, SignificantFigures: histDigits, Counts: counts,
	})
}

// MarshalJSON writes h so that UnmarshalJSON gives the same Stats to the last bit.
func (h *Hist) MarshalJSON() ([]byte, error) {
	encoded, err := h.HDR().Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, fmt.Errorf("runner: encoding a histogram: %w", err)
	}
	w := histJSON{Count: h.count, Sum: h.sum, Squares: h.squares, Encoded: string(encoded)}
	if h.count > 0 {
		w.Min, w.Max = h.min, h.max
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote. Figures that contradict each other are an error wrapping ErrHist.
func (h *Hist) UnmarshalJSON(data []byte) error {
	var w histJSON
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("%w: %w", ErrHist, err)
	}
	hdr, err := hdrhistogram.DecodePacked([]byte(w.Encoded))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHist, err)
	}
	if hdr.LowestTrackableValue() != histMin || hdr.HighestTrackableValue() != histMax || hdr.SignificantFigures() != histDigits {
		return fmt.Errorf("%w: it spans %d..%d us at %d digits, not %d..%d us at %d", ErrHist,
			hdr.LowestTrackableValue(), hdr.HighestTrackableValue(), hdr.SignificantFigures(), histMin, histMax, histDigits)
	}
	decoded := Hist{count: w.Count, sum: w.Sum, squares: w.Squares, min: w.Min, max: w.Max}
	hdr.ForEachBucket(func(value, count int64) bool {
		chunk, i := slot(value)
		decoded.chunk(chunk)[i] = uint64(count)
		return true
	})
	if err := decoded.check(uint64(hdr.TotalCount())); err != nil {
		return err
	}
	*h = decoded
	return nil
}

// check compares the exact sums of a decoded Hist with its slots.
func (h *Hist) check(total uint64) error {
	if h.count != total {
		return fmt.Errorf("%w: %d values in slots, %d counted", ErrHist, total, h.count)
	}
	if total == 0 {
		if h.sum != 0 || h.squares != [2]uint64{} || h.min != 0 || h.max != 0 {
			return fmt.Errorf("%w: sums of nothing", ErrHist)
		}
		return nil
	}
	if h.min < histMin || h.max > histMax || h.min > h.max {
		return fmt.Errorf("%w: least %d us, greatest %d us", ErrHist, h.min, h.max)
	}
	return h.checkSums()
}

func (h *Hist) checkSums() error {
	var first, last [2]int64
	var low, high float64
	for slot, n := range h.slotsOf(0, numChunks) {
		if last == [2]int64{} {
			first = slot
		}
		last = slot
		low += float64(slot[0]) * float64(n)
		high += float64(slot[1]) * float64(n)
	}
	const rounding = 1e-9
	inside := func(v int64, slot [2]int64) bool { return slot[0] <= v && v <= slot[1] }
	switch sum := float64(h.sum); {
	case !inside(h.min, first) || !inside(h.max, last):
		return fmt.Errorf("%w: least %d and greatest %d us are not where the slots begin and end", ErrHist, h.min, h.max)
	case sum < low*(1-rounding) || sum > high*(1+rounding):
		return fmt.Errorf("%w: a sum of %d us does not fit the slots", ErrHist, h.sum)
	case !h.plausibleSquares():
		return fmt.Errorf("%w: the sum of squares does not fit the sum", ErrHist)
	}
	return nil
}

// plausibleSquares holds for all values that can be recorded: the variance is not negative, and no square is above max times its value.
func (h *Hist) plausibleSquares() bool {
	_, ok := h.spread()
	high, low := bits.Mul64(h.sum, uint64(h.max))
	return ok && (h.squares[0] < high || h.squares[0] == high && h.squares[1] <= low)
}
