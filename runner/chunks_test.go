package runner

import (
	"testing"
	"time"
)

// answer of so many parts, the n-th of which comes n microseconds after the one before.
func answer(r *Result, parts int) {
	r.Reset()
	at := 5 * time.Millisecond
	for n := range parts {
		at += time.Duration(n) * time.Microsecond
		r.Chunk(at)
	}
	r.FirstByte = r.Chunks[0]
}

// Of an answer that is longer than what has its times noted, all parts and all gaps count.
func TestChunksBeyondThoseThatAreNoted(t *testing.T) {
	var r Result
	for _, parts := range []int{1, maxChunks - 1, maxChunks, maxChunks + 1, 20_000, 2} { // a short one after long ones, too
		answer(&r, parts)
		if len(r.Chunks) != min(parts, maxChunks) || r.Parts() != uint64(parts) {
			t.Errorf("of %d parts %d have their times noted, and %d were counted", parts, len(r.Chunks), r.Parts())
		}
		s := newSet()
		s.succeeded(&r, time.Second)
		var want Hist
		for n := 1; n < parts; n++ {
			want.Record(time.Duration(n) * time.Microsecond)
		}
		if got := s.hist[ChunkGap].Stats(); got != want.Stats() {
			t.Errorf("gaps of %d parts: %+v, want %+v", parts, got, want.Stats())
		}
	}
}

// No answer takes memory that one as long did not.
func TestChunksAllocateNothing(t *testing.T) {
	var r Result
	answer(&r, 3*maxChunks)
	if n := testing.AllocsPerRun(3, func() { answer(&r, 3*maxChunks) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
