// Package session conducts one run: stages, polling, findings, SLO and abort rules, journal, events, drain and settle; everything
// that must go on when nobody looks. Screens and headless output only look at its State and send it Commands.
//
// What is known of a run lives in a Book. A Book is written like a journal (deltas, samples, events) and read like a live run
// (State), so a live run, a screen elsewhere and a replay of the run folder show the same figures.
package session

import (
	"sagetop/cwmetrics"
	"sagetop/runner"
)

// Journal takes what happened, in order. Reading it back into a Book gives the run again, figure for figure.
type Journal interface {
	Delta(*runner.Delta) error
	Sample(cwmetrics.Sample) error
	Event(Event) error
}

// Watcher is all that the screen and headless output see: a live session, or a replay.
type Watcher interface {
	State(*State)
}

// Conductor can also be steered. Do returns at once; what came of it is an Event.
type Conductor interface {
	Watcher
	Do(Command) error
}
