package runner

import "time"

// maxChunks is how many parts of one answer have their time noted: 64 KiB for a user. Of those after them the gaps go into a histogram,
// which takes as much whatever comes.
const maxChunks = 8 << 10

// beyond are the parts of an answer after its first maxChunks.
type beyond struct {
	last time.Duration // that the newest came at, since the send
	gaps Hist
}

// Chunk notes that a part of a streamed answer came at, since the send. It allocates where an answer is longer than this user's had been.
func (r *Result) Chunk(at time.Duration) {
	n := len(r.Chunks)
	switch {
	case n < maxChunks:
		r.Chunks = append(r.Chunks, at)
		return
	case r.beyond == nil:
		r.beyond = new(beyond)
	}
	b := r.beyond
	if b.gaps.Count() == 0 {
		b.last = r.Chunks[n-1]
	}
	b.gaps.Record(at - b.last)
	b.last = at
}

// Parts that a streamed answer came in.
func (r *Result) Parts() uint64 {
	n := uint64(len(r.Chunks))
	if r.beyond != nil {
		n += r.beyond.gaps.Count()
	}
	return n
}

// gaps between all parts of a success go into s.
func (s *set) gaps(r *Result) {
	for i, at := range r.Chunks[1:] {
		s.record(ChunkGap, at-r.Chunks[i])
	}
	if r.beyond != nil && r.beyond.gaps.Count() > 0 {
		s.hist[ChunkGap].Merge(&r.beyond.gaps) // which is there, after so many
	}
}
