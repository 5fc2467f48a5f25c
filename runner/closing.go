package runner

import (
	"maps"
	"slices"
	"time"
)

// closeSecond closes the oldest open second and makes the figures that change with it.
func (l *Ledger) closeSecond() {
	s := l.open[0]
	l.open = slices.Delete(l.open, 0, 1)
	l.upTo = s.second + 1

	l.run.add(s, measuredTime())
	if s.steady() {
		l.steady.add(s, measuredTime())
	}
	for i := range s.portions {
		number := s.portions[i].segment
		if own := l.segments[number]; own != nil && own.tally != nil { // else it was sealed before this straggler came
			own.tally.add(s, ofSegment(number))
		}
	}
	l.keep(s)
	l.advancePeriod(s)
	l.refresh(s)
	l.seal(false)
}

// keep adds s to the trailing seconds and lets the oldest go.
func (l *Ledger) keep(s *moment) {
	l.recent = append(l.recent, s)
	for l.recent[0].second <= s.second-trailing {
		l.recent[0].reset()
		l.spare = append(l.spare, l.recent[0])
		l.recent = slices.Delete(l.recent, 0, 1)
	}
}

// advancePeriod adds s to its period. A period of which some time is lacking, such as the first and the last one, is left out.
func (l *Ledger) advancePeriod(s *moment) {
	t := l.inPeriod
	if t.w.To > 0 && t.w.From/l.period != s.second/l.period {
		t.reset()
	}
	t.add(s, wholeTime())
	if (s.second+1)%l.period != 0 {
		return
	}
	if t.w.Length >= time.Duration(l.period)*time.Second {
		l.figures.Periods = append(l.figures.Periods, t.window())
	}
	t.reset()
}

// refresh makes the figures that everybody looks at.
func (l *Ledger) refresh(s *moment) {
	f, t := &l.figures, l.scratch
	t.reset()
	t.add(s, wholeTime())
	f.Last = t.window()
	f.Seconds = append(f.Seconds, s.figures(&f.Last, &t.hist))
	f.Measured += f.Seconds[len(f.Seconds)-1].Measured
	for i := range s.portions {
		f.Elapsed += s.portions[i].elapsed()
	}
	f.Users = s.users
	f.Ten = l.trailing(wholeTime())
	current := f.Last.Segment
	f.Plan10 = f.Ten
	if !l.alone(current) {
		f.Plan10 = l.trailing(ofSegment(current))
	}
	f.Run, f.Steady = l.run.own(), l.steady.window()
	if c := l.segments[current]; c != nil && c.tally != nil && current >= f.Segment.Segment {
		f.Segment = c.tally.own()
	}
}

// trailing is what is in scope of the last ten seconds. Merging them anew costs some ten microseconds, and no trace of older ones
// can stay behind.
func (l *Ledger) trailing(in scope) Window {
	t := l.scratch
	t.reset()
	for _, s := range l.recent {
		t.add(s, in)
	}
	return t.window()
}

// alone says whether the last ten seconds are the segment's alone, and all of them counts for its rates: then its window is that of all.
func (l *Ledger) alone(segment int) bool {
	whole, own := wholeTime(), ofSegment(segment)
	return !slices.ContainsFunc(l.recent, func(s *moment) bool {
		return slices.ContainsFunc(s.portions, func(p portion) bool { return !own.counts(&p) || own.length(&p) != whole.length(&p) })
	})
}

// seal turns segments into figures once another one is in force and nothing of them is in flight or in an open second; with all,
// also those that have requests in flight for good. They are published oldest first: one that was over before an older one waits
// for it, without its histograms.
func (l *Ledger) seal(all bool) {
	current := l.figures.Segment.Segment
	publish := true
	for _, number := range slices.Sorted(maps.Keys(l.segments)) {
		s := l.segments[number]
		if number >= current {
			return
		}
		if s.sealed == nil && (all || s.inFlight == 0 && !l.isOpen(number)) {
			s.sealed, s.tally = new(s.tally.own()), nil
		}
		publish = publish && s.sealed != nil
		if publish {
			l.figures.Segments = append(l.figures.Segments, *s.sealed)
			l.sealed = number
			delete(l.segments, number)
		}
	}
}

func (l *Ledger) isOpen(segment int) bool {
	return slices.ContainsFunc(l.open, func(s *moment) bool {
		return slices.ContainsFunc(s.portions, func(p portion) bool { return p.segment == segment })
	})
}
