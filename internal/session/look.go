package session

import (
	"errors"
	"time"
)

// ErrPast is why a run that is looked back at does not do what would change it.
var ErrPast = errors.New("this run is looked back at: nothing is steered; left and right move in time")

// Look says how a run is looked back at. What is shown is its moment State.Now.
type Look struct {
	End    time.Time // its newest moment, as far as it was read
	Read   float64   // the share of its timeline that was read, 0 to 1
	GoesOn bool      // more of it is expected
	Broken bool      // it has no end, and nothing comes any more: it was killed, or hangs
	Speed  int       // it is played, so many times as fast as it was; 0: it stands still, or follows a run that goes on
}
