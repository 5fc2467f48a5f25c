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

func (e *endpoint) record(at int, took time.Duration) {
	s := &e.shards[at%numShards]
	s.mu.Lock()
	s.service.Record(took)
	s.mu.Unlock()
}

func (e *endpoint) take() Stats {
	var st Stats
	var all runner.Hist
	for i := range e.shards {
		s := &e.shards[i]
		for k := range s.kinds {
			n := s.kinds[k].Swap(0)
			st.Kinds[k] += n
			st.Requests += n
		}
		s.mu.Lock()
		all.Merge(&s.service)
		s.service.Reset()
		s.mu.Unlock()
	}
	st.Service = all.Stats()
	return st
}
