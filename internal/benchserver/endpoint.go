package benchserver

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sagetop/runner"
)

// Behaviour of an endpoint.
type Behaviour struct {
	Service time.Duration `json:"service,omitempty"` // from the whole request to the answer; 0: at once
	Stall   Stall         `json:"stall,omitzero"`
	Mix     Mix           `json:"mix,omitzero"` // zero: every request succeeds
	Seed    uint64        `json:"seed,omitempty"`
}

// Stats of an endpoint.
type Stats struct {
	Requests uint64           `json:"requests"`
	Kinds    [NumKinds]uint64 `json:"kinds"`   // what was done with them, by Kind
	Span     time.Duration    `json:"span"`    // from the first of them that was answered to the last answer
	Service  runner.Stats     `json:"service"` // from the whole request read to its answer written; those without answer left out
	Open     int              `json:"open"`    // connections of the server, now
	Opened   uint64           `json:"opened"`  // and since its start
	Stalls   []Interval       `json:"stalls"`  // that began since the server's start, on Clock
}

// numShards spreads what connections record, so that they seldom meet.
const numShards = 16

type endpoint struct {
	Behaviour
	total    uint64 // of the mix's weights
	start    time.Time
	arrivals atomic.Uint64
	shards   [numShards]shard
}

// shard is what some of the connections recorded. Requests are counted before their answer is written: who has seen an answer finds
// it counted.
type shard struct {
	kinds   [NumKinds]atomic.Uint64
	mu      sync.Mutex
	service runner.Hist
	first   time.Time // request since the last take
	last    time.Time // answer
}

func newEndpoint(b Behaviour, start time.Time) (*endpoint, error) {
	if b.Service < 0 {
		return nil, fmt.Errorf("a service time of %v, must be 0 or more", b.Service)
	}
	if b.Stall.For < 0 || b.Stall.For > b.Stall.Every {
		return nil, fmt.Errorf("a stall of %v in %v, must be a part of it", b.Stall.For, b.Stall.Every)
	}
	return &endpoint{Behaviour: b, total: b.Mix.total(), start: start}, nil
}

// next says what is to be done with the request that has just arrived.
func (e *endpoint) next() Kind {
	if e.total == 0 {
		return Success
	}
	return e.Mix.pick(e.Seed, e.arrivals.Add(1)-1, e.total)
}

// holds says for how long the answer to a request that arrived at the time at is to be held.
func (e *endpoint) holds(at time.Time) time.Duration {
	if e.Service == 0 && e.Stall.Every == 0 {
		return 0
	}
	arrived := at.Sub(e.start)
	return e.Stall.Release(arrived+e.Service) - arrived
}

func (e *endpoint) count(at int, k Kind) { e.shards[at%numShards].kinds[k].Add(1) }

// record takes in a request that arrived at the time arrived and has been answered.
func (e *endpoint) record(at int, arrived time.Time) {
	now := time.Now()
	s := &e.shards[at%numShards]
	s.mu.Lock()
	s.service.Record(now.Sub(arrived))
	if s.first.IsZero() || arrived.Before(s.first) {
		s.first = arrived
	}
	s.last = now
	s.mu.Unlock()
}

func (e *endpoint) take() Stats {
	var st Stats
	var all shard
	for i := range e.shards {
		s := &e.shards[i]
		for k := range s.kinds {
			n := s.kinds[k].Swap(0)
			st.Kinds[k] += n
			st.Requests += n
		}
		s.mu.Lock()
		all.merge(s)
		s.service.Reset()
		s.first, s.last = time.Time{}, time.Time{}
		s.mu.Unlock()
	}
	st.Service, st.Span = all.service.Stats(), all.last.Sub(all.first)
	return st
}

// merge adds what o has of times.
func (s *shard) merge(o *shard) {
	s.service.Merge(&o.service)
	if s.first.IsZero() || !o.first.IsZero() && o.first.Before(s.first) {
		s.first = o.first
	}
	if o.last.After(s.last) {
		s.last = o.last
	}
}
