package runner

import "time"

// tally gathers closed seconds into a Window. It counts what adds up and merges histograms; figures are made from it by window.
type tally struct {
	w         Window // without Stats, Errors, Plans and MeanInFlight
	hist      Hists
	errors    errorTable
	plans     map[Plan]struct{}
	inFlights int // sum over the seconds in Length
	seconds   int // in Length
}

func newTally(failures int) *tally { return &tally{errors: errorTable{limit: failures}} }

// scope says what of a second a Window takes: whose requests, and how long it was measured.
type scope struct {
	counts func(*portion) bool
	length func(*portion) time.Duration
}

// wholeTime is the scope of time windows: every request that ended, and all of the time.
func wholeTime() scope {
	return scope{
		counts: func(*portion) bool { return true },
		length: func(p *portion) time.Duration { return p.covered + p.draining },
	}
}

// measuredTime is the scope of Run and Steady.
func measuredTime() scope {
	return scope{
		counts: func(p *portion) bool { return !p.plan.apart() },
		length: (*portion).measured,
	}
}

// ofSegment is the scope of a segment's windows.
func ofSegment(segment int) scope {
	return scope{
		counts: func(p *portion) bool { return p.segment == segment },
		length: (*portion).measured,
	}
}

// add takes in what is in scope of a closed second.
func (t *tally) add(s *moment, in scope) {
	var length time.Duration
	var ok uint64
	covered, late := false, false
	for i := range s.portions {
		p := &s.portions[i]
		if !in.counts(p) {
			continue
		}
		t.merge(p)
		ok += p.OK
		late = late || p.late
		length += in.length(p)
		covered = covered || p.covered > 0 || in.length(p) > 0
	}
	if !late {
		t.w.Peak = max(t.w.Peak, float64(ok))
	}
	if length > 0 {
		t.w.Length += length
		t.inFlights += s.inFlight
		t.seconds++
	}
	if covered {
		t.extend(s)
	}
}

// merge adds the requests of one segment.
func (t *tally) merge(p *portion) {
	t.w.Counts.Add(p.Counts)
	t.w.Over += p.over
	for m, h := range p.hist {
		if h.Count() == 0 {
			continue
		}
		if t.hist[m] == nil {
			t.hist[m] = new(Hist)
		}
		t.hist[m].Merge(h)
	}
	t.errors.merge(p.errors)
	if t.plans == nil {
		t.plans = make(map[Plan]struct{})
	}
	t.plans[p.plan] = struct{}{}
	if p.segment >= t.w.Segment {
		t.w.Segment, t.w.Plan = p.segment, p.plan
	}
	t.w.Ramp = t.w.Ramp || p.ramp
	t.w.Warmup = t.w.Warmup || p.plan.Warmup
	t.w.Paused = t.w.Paused || p.plan.Paused
}

// extend moves the window's end over s.
func (t *tally) extend(s *moment) {
	if t.w.From == 0 {
		t.w.From = s.second
	}
	t.w.To = s.second + 1
	t.w.Users, t.w.Due, t.w.InFlight = s.users, s.due, s.inFlight
	t.w.Client.Merge(s.client)
}

// window makes the figures.
func (t *tally) window() Window {
	w := t.w
	w.Plans = len(t.plans)
	if t.seconds > 0 {
		w.MeanInFlight = float64(t.inFlights) / float64(t.seconds)
	}
	for m, h := range t.hist {
		w.Stats[m] = h.Stats()
	}
	w.Errors = t.errors.sorted()
	return w
}

// own is window for one that has all requests of its segments since they began: what is in flight follows from the counts.
func (t *tally) own() Window {
	w := t.window()
	w.InFlight = w.Counts.InFlight()
	return w
}

// reset empties t and keeps its memory.
func (t *tally) reset() {
	for _, h := range t.hist {
		if h != nil {
			h.Reset()
		}
	}
	t.errors.reset()
	clear(t.plans)
	t.w, t.inFlights, t.seconds = Window{}, 0, 0
}
