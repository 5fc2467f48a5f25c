package runner

import (
	"math"
	"sort"
	"time"
)

// HeatBuckets is how many log buckets a heat map has: three to an octave from 1 ms to 65.536 s, so that the time-outs of an
// endpoint (60 s) still have a bucket of their own.
const HeatBuckets = 48

const (
	heatFirst     = time.Millisecond
	heatPerOctave = 3
)

// HeatEdge is the lower edge of a bucket, and so the upper edge of the one before. Bucket 0 also takes all that is shorter, the
// last one all that is longer.
func HeatEdge(bucket int) time.Duration {
	return time.Duration(math.Round(float64(heatFirst) * math.Exp2(float64(bucket)/heatPerOctave)))
}

// FirstHeat are such buckets of what streamed answers begin with, nil where there is none.
type FirstHeat struct{ Byte, Token *[HeatBuckets]uint32 }

func (h *Hists) firstHeat() FirstHeat {
	return FirstHeat{h[FirstByte].heatIfAny(), h[FirstToken].heatIfAny()}
}

// HeatOf a Measure that has one: Response, FirstByte or FirstToken. Nil is empty.
func (s *Second) HeatOf(m Measure) *[HeatBuckets]uint32 {
	switch m {
	case FirstByte:
		return s.FirstHeat.Byte
	case FirstToken:
		return s.FirstHeat.Token
	}
	return &s.Heat
}

// HeatBucket is the bucket that d falls into.
func HeatBucket(d time.Duration) int {
	return sort.Search(HeatBuckets-1, func(i int) bool { return d < HeatEdge(i+1) })
}
