package benchserver

import "time"

// Stall holds all answers for a while, again and again: those that fall into the last For of every Every are written at its end.
// The zero Stall holds none.
type Stall struct {
	Every time.Duration `json:"every"`
	For   time.Duration `json:"for"`
}

// Interval of time, To exclusive.
type Interval struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
}

// Release is when an answer that is ready at the time at is written. Times are since the server's start.
func (s Stall) Release(at time.Duration) time.Duration {
	if s.Every <= 0 || at < 0 {
		return at
	}
	if into := at % s.Every; into >= s.Every-s.For {
		return at - into + s.Every
	}
	return at
}

// until are the stalls that began before end.
func (s Stall) until(end time.Duration) (stalls []Interval) {
	if s.Every <= 0 || s.For <= 0 {
		return nil
	}
	for to := s.Every; to-s.For < end; to += s.Every {
		stalls = append(stalls, Interval{From: to - s.For, To: to})
	}
	return stalls
}
