package runner

import (
	"cmp"
	"sync"
	"time"
)

// maxSample is how many bytes of each text of a Sample are kept.
const maxSample = 4 * maxMessage

// Sample is one request that failed, the first of its kind: by what stands in it the service's side of it can be looked up. It never
// changes once it is made, so Deltas and Snapshots share it.
type Sample struct {
	At              time.Time     `json:"at"`                         // when it had failed, UTC
	Took            time.Duration `json:"took"`                       // its response time
	Request         uint64        `json:"request"`                    // its number, from 0
	Payload         int           `json:"payload,omitempty"`          // which of several payloads it had, from 1
	RequestID       string        `json:"request_id,omitempty"`       // the service's name for it
	Message         string        `json:"message,omitempty"`          // as it came, with what differs from request to request
	OriginalMessage string        `json:"original_message,omitempty"` // what the container said, when SageMaker tells
	LogStreamARN    string        `json:"log_stream_arn,omitempty"`   // where the container logs
}

// Explainer is an Invoker that knows more of a failure than its kind.
type Explainer interface {
	// Explain adds to s, which has its own of Request, what is known of the last request, which failed. It is asked once for each kind
	// of failure, so it may take its time.
	Explain(s *Sample)
}

// sampled is request n of inv, which has just failed.
func sampled(inv Invoker, n uint64, at time.Time, took time.Duration) *Sample {
	s := &Sample{At: at.Round(0).UTC(), Took: took, Request: n} // without the monotonic clock, as it would be read back
	if e, ok := inv.(Explainer); ok {
		e.Explain(s)
	}
	for _, text := range []*string{&s.RequestID, &s.Message, &s.OriginalMessage, &s.LogStreamARN} {
		*text = cleanText(*text, maxSample)
	}
	return s
}

// earlier is the one that failed first. Whose turn it was decides among equals, so that it does not matter who is heard first.
func earlier(a, b *Sample) *Sample {
	if a == nil || b != nil && b.compare(a) < 0 {
		return b
	}
	return a
}

func (s *Sample) compare(o *Sample) int {
	return cmp.Or(s.At.Compare(o.At), cmp.Compare(s.Request, o.Request), cmp.Compare(s.Took, o.Took),
		cmp.Compare(s.RequestID, o.RequestID), cmp.Compare(s.Message, o.Message))
}

// sighted are the kinds of failures that a load has had. They are as many as one second lists, whatever an endpoint answers.
type sighted struct {
	mu    sync.RWMutex
	kinds errorTable
}

// first says, once for each kind, that f is the first of it.
func (s *sighted) first(f Failure) bool {
	s.mu.RLock()
	_, known := s.kinds.index[f]
	s.mu.RUnlock()
	if known {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.kinds.list)
	s.kinds.open(f, 0)
	return len(s.kinds.list) > before
}
