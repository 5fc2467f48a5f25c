package model

import (
	"maps"
	"time"
)

// kept is how many periods of a series are remembered: four hours at 10 s, a day at 60 s. CloudWatch itself drops periods below a
// minute after three hours.
const kept = 1440

// series holds one bucket of T for each period of the wall clock, the newest kept ones. Buckets of periods that have ended are
// sealed and never written again, so that they may be read without a lock.
type series[T any] struct {
	clock   Clock
	period  time.Duration
	seal    func(*T)
	buckets map[int64]*T // by number of the period since the Unix epoch
	open    []int64      // not sealed yet
	current int64        // the period of the last advance
	last    *T           // what at returned last, and its number: most requests come and end in the same period
	lastAt  int64
}

// Clock turns time since the start of the simulation, which the service model counts in, into wall time.
type Clock struct{ Origin time.Time }

// Wall is the time of day at t.
func (c Clock) Wall(t time.Duration) time.Time { return c.Origin.Add(t) }

// Index of the period that holds t.
func (c Clock) Index(t, period time.Duration) int64 {
	return floorDiv(c.Origin.UnixNano()+int64(t), int64(period))
}

// Begin of period number index.
func (c Clock) Begin(index int64, period time.Duration) time.Duration {
	return time.Duration(index*int64(period) - c.Origin.UnixNano())
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func newSeries[T any](c Clock, period time.Duration, seal func(*T)) series[T] {
	return series[T]{clock: c, period: period, seal: seal, buckets: map[int64]*T{}}
}

// at is the bucket that holds t, which is not in the past.
func (s *series[T]) at(t time.Duration) *T {
	index := s.clock.Index(t, s.period)
	if s.last != nil && s.lastAt == index {
		return s.last
	}
	b, ok := s.buckets[index]
	if !ok {
		b = new(T)
		s.buckets[index] = b
		s.open = append(s.open, index)
	}
	s.last, s.lastAt = b, index
	return b
}

// advance seals the periods that have ended at now and forgets the oldest.
func (s *series[T]) advance(now time.Duration) {
	current := s.clock.Index(now, s.period)
	if current == s.current {
		return
	}
	s.current = current
	rest := s.open[:0]
	for _, index := range s.open {
		if index >= current {
			rest = append(rest, index)
		} else if s.seal != nil {
			s.seal(s.buckets[index])
		}
	}
	s.open = rest
	maps.DeleteFunc(s.buckets, func(index int64, _ *T) bool { return index < current-kept })
}

// within are the numbers, from first up to but without end, of the remembered periods that begin within [from, to) and have ended at
// now.
func (s *series[T]) within(now, from, to time.Duration) (first, end int64) {
	current := s.clock.Index(now, s.period)
	first = max(s.clock.Index(from-1, s.period)+1, s.clock.Index(0, s.period), current-kept)
	return first, min(s.clock.Index(to-1, s.period)+1, current)
}

// closed are the sealed buckets of the periods from first up to but without end.
func (s *series[T]) closed(first, end int64) map[int64]*T {
	out := map[int64]*T{}
	for index, b := range s.buckets {
		if index >= first && index < end {
			out[index] = b
		}
	}
	return out
}
