package trial

import (
	"errors"
	"fmt"
	"time"

	"sagetop/internal/sizing"
)

// ErrEndless is wrapped by the error about a search that does not come to its end.
var ErrEndless = errors.New("trial: the search does not end")

// Search lets s conduct the load, as long as most, and returns when it needs no more. Each, when set, is called after each second.
func (t *Trial) Search(s *sizing.Search, most time.Duration, each func()) error {
	if err := t.Apply(s.Plan()); err != nil {
		return err
	}
	for end := t.now + most; t.now < end; {
		if err := t.Next(); err != nil {
			return err
		}
		plan, change, done := s.Step(t.Look())
		if each != nil {
			each()
		}
		if done {
			return nil
		}
		if change {
			if err := t.Apply(plan); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w within %v", ErrEndless, most)
}

// Look is what a search sees after the last second.
func (t *Trial) Look() sizing.Look {
	seconds := t.Load.Seconds
	return sizing.Look{Second: &seconds[len(seconds)-1], Segment: &t.Load.Segment, Periods: t.Periods, Facts: t.Facts()}
}
