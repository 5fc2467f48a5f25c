package runner

import (
	"sync"
	"time"
)

// set holds the histograms and failures of one segment in one shard until the next cut. A histogram comes into being with the
// first value of its Measure.
type set struct {
	hist   Hists
	errors errorTable
}

func newSet() *set { return &set{errors: errorTable{limit: maxFailures}} }

func (s *set) record(m Measure, d time.Duration) {
	if s.hist[m] == nil {
		s.hist[m] = new(Hist)
	}
	s.hist[m].Record(d)
}

// succeeded records the times of a success: took, and those of a stream's chunks and tokens.
func (s *set) succeeded(r *Result, took time.Duration) {
	s.record(Response, took)
	if r.FirstToken > 0 {
		s.record(FirstToken, r.FirstToken)
	}
	if r.FirstToken > 0 && r.Tokens > 1 {
		s.record(TokenTime, r.tokenTime())
	}
	if len(r.Chunks) == 0 {
		return
	}
	s.record(FirstByte, r.FirstByte)
	s.gaps(r)
}

// times of one request. A closed loop has a response time alone.
type times struct {
	response  time.Duration // until the answer, from the scheduled moment; closed loop: from the send
	service   time.Duration // until the answer, from the send
	lag, wait time.Duration // of the send after the scheduled moment, and for how much of it no user was free
}

// scheduled records what an open loop knows of a request beyond its response time.
func (s *set) scheduled(r *Result, t times) {
	if r.Failure.Class == OK {
		s.record(Service, t.service)
	}
	s.record(SendLag, t.lag)
	s.record(PoolWait, t.wait)
}

// merge adds what o holds, with failures made fit to be written.
func (s *set) merge(o *set) {
	for m, h := range o.hist {
		if h.Count() == 0 {
			continue
		}
		if s.hist[m] == nil {
			s.hist[m] = new(Hist)
		}
		s.hist[m].Merge(h)
	}
	for _, e := range o.errors.list {
		e.Failure = e.clean()
		s.errors.add(&e)
	}
}

// filled are the histograms that have values.
func (s *set) filled() Hists {
	var filled Hists
	for m, h := range s.hist {
		if h.Count() > 0 {
			filled[m] = h
		}
	}
	return filled
}

func (s *set) reset() {
	for _, h := range s.hist {
		if h != nil {
			h.Reset()
		}
	}
	s.errors.reset()
}

// setPool keeps sets for the next second. It holds no more than were in use at once, and unlike a sync.Pool it does not lose them
// to the garbage collector every few seconds.
type setPool struct {
	mu   sync.Mutex
	free []*set
}

func (p *setPool) get() *set {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return newSet()
	}
	s := p.free[n-1]
	p.free = p.free[:n-1]
	return s
}

func (p *setPool) put(s *set) {
	s.reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, s)
}
