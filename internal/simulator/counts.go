package simulator

import (
	"maps"
	"sync"
)

// Answer is one kind of answer that a Server gave.
type Answer struct {
	Operation string // InvokeEndpoint, DescribeEndpoint, GetMetricData, ...; empty when nobody can tell
	Status    int    // of HTTP; 0 when there was no answer
	Code      string // AWS's error code, or one of those below; empty for success
}

// Codes of answers that are none of AWS's.
const (
	CodeReset     = "Reset"     // the connection was reset before the answer
	CodeTruncated = "Truncated" // the connection broke inside the answer
	CodeGone      = "Gone"      // the client gave up before the answer
	CodeBare      = "Bare"      // HTML without any of AWS's shapes
)

type counts struct {
	mu sync.Mutex
	n  map[Answer]uint64
}

func (c *counts) add(a Answer) {
	c.mu.Lock()
	c.n[a]++
	c.mu.Unlock()
}

// Counts is how many answers of each kind were given so far. An answer is counted before it is written.
func (s *Server) Counts() map[Answer]uint64 {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	return maps.Clone(s.counts.n)
}
