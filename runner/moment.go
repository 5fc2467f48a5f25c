package runner

import (
	"slices"
	"time"
)

// moment is one second as it is gathered from the Deltas of all workers. Closed ones are kept for as long as trailing windows need
// their histograms, then used again.
type moment struct {
	second   int64
	portions []portion // by segment, oldest first
	users    int
	due      int
	inFlight int // of all segments
	client   Client
}

// portion is one segment's part of a moment, merged over workers.
type portion struct {
	segment int
	plan    Plan
	Counts
	over              uint64
	covered, draining time.Duration // of the worker who had most
	ramp, late        bool
	active            bool // load was wished for, or still there
	hist              Hists
	errors            []ErrorCount
}

// elapsed is the time without pauses.
func (p *portion) elapsed() time.Duration {
	if p.plan.Paused {
		return 0
	}
	return p.covered
}

// measured is the time under load. Without users, or with a rate of 0, there is none: watching before the first request must not
// dilute a rate.
func (p *portion) measured() time.Duration {
	if !p.active {
		return 0
	}
	return p.elapsed()
}

// portion of a segment, made when there is none.
func (s *moment) portion(d *Delta) *portion {
	i, found := slices.BinarySearchFunc(s.portions, d.Segment, func(p portion, segment int) int { return p.segment - segment })
	if found {
		return &s.portions[i]
	}
	fresh := portion{segment: d.Segment, plan: d.Plan}
	if n := len(s.portions); n < cap(s.portions) {
		fresh.hist = s.portions[:n+1][n].hist // emptied by reset
	}
	s.portions = slices.Insert(s.portions, i, fresh)
	return &s.portions[i]
}

// add takes d in. canonical replaces a Failure by an equal one whose strings are kept anyway.
func (s *moment) add(d *Delta, slo time.Duration, canonical func(Failure) Failure) {
	p := s.portion(d)
	p.Counts.Add(d.Counts)
	p.over += d.Failed
	if slo > 0 {
		p.over += d.Hist[Response].CountAbove(slo)
	}
	p.covered, p.draining = max(p.covered, d.Covered), max(p.draining, d.Draining)
	p.ramp, p.late = p.ramp || d.Ramp, p.late || d.Late
	p.active = p.active || d.Active()
	for m, h := range d.Hist {
		if h.Count() == 0 {
			continue
		}
		if p.hist[m] == nil {
			p.hist[m] = new(Hist)
		}
		p.hist[m].Merge(h)
	}
	for _, e := range d.Errors {
		e.Failure, e.Sample = canonical(e.Failure), nil // the Ledger has the earliest one
		p.errors = append(p.errors, e)
	}
	s.client.Merge(d.Client)
}

// steady says whether load was on for all of s, and neither ramped nor warmed up.
func (s *moment) steady() bool {
	covered := false
	for i := range s.portions {
		p := &s.portions[i]
		if p.draining > 0 || p.covered > 0 && (p.ramp || !p.active || p.plan.apart() || p.plan.Paused) {
			return false
		}
		covered = covered || p.covered > 0
	}
	return covered
}

// figures is s as everybody sees it. w and hist are of all its segments.
func (s *moment) figures(w *Window, hist *Hists) Second {
	out := Second{Stats: w.Stats, Over: w.Over}
	hist[Response].heat(&out.Heat)
	out.FirstHeat = hist.firstHeat()
	out.Second, out.Segment, out.Plan, out.Final, out.Ramp = s.second, w.Segment, w.Plan, true, w.Ramp
	out.Counts, out.Users, out.InFlight, out.Due = w.Counts, s.users, s.inFlight, s.due
	out.Errors, out.Client = w.Errors, s.client
	for i := range s.portions {
		p := &s.portions[i]
		out.Covered += p.covered
		out.Draining += p.draining
		out.Measured += p.measured()
		if p.Sent+p.OK+p.Failed > 0 {
			out.Segments++
		}
	}
	return out
}

// reset empties s and keeps its histograms.
func (s *moment) reset() {
	for i := range s.portions {
		p := &s.portions[i]
		for _, h := range p.hist {
			if h != nil {
				h.Reset()
			}
		}
		*p = portion{hist: p.hist}
	}
	*s = moment{portions: s.portions[:0]}
}
