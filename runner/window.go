package runner

import "time"

// Window is what was measured over a stretch of time.
//
// A time window (Last, Ten, Periods) has all requests that ended in it, whichever Plan they were due under; a segment's window has
// its own requests only, also those that ended after the next Plan was applied.
type Window struct {
	From, To int64         // Unix seconds, To exclusive; of wall time, pauses included
	Length   time.Duration // that counts for rates. Time windows: all of it. Segments and Run: without pauses and draining
	Segment  int           // the last one
	Plan     Plan          // the last one
	Plans    int           // how many different Plans had a hand in it; a period with two is never judged
	Ramp     bool          // some second of it was a ramp
	Warmup   bool          // some second of it was warm-up
	Paused   bool          // some second of it was paused

	Counts
	Over         uint64  // failed, or a response time above the SLO's
	Users        int     // at the end
	InFlight     int     // at the end; of the Window's own segments
	Due          int     // at the end
	MeanInFlight float64 // of all segments, mean over the seconds in Length
	Peak         float64 // most successes in one second
	Stats        [NumMeasures]Stats
	Errors       []ErrorCount // most frequent first
	Client       Client       // worst second, see Client.Merge
}

// TPS is successes a second.
func (w *Window) TPS() float64 { return perSecond(w.OK, w.Length) }

// FailedPerSecond stands beside TPS, never inside it.
func (w *Window) FailedPerSecond() float64 { return perSecond(w.Failed, w.Length) }

// TokensPerSecond of all answers together.
func (w *Window) TokensPerSecond() float64 { return perSecond(w.Tokens, w.Length) }

// Goodput is how many requests a second were within Config.Limits.
func (w *Window) Goodput() float64 { return perSecond(w.Good, w.Length) }

// FailedShare of the requests that ended, 0 to 1.
func (w *Window) FailedShare() float64 {
	if w.OK+w.Failed == 0 {
		return 0
	}
	return float64(w.Failed) / float64(w.OK+w.Failed)
}

// Ended counts answers of either kind.
func (w *Window) Ended() uint64 { return w.OK + w.Failed }

func perSecond(n uint64, length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	return float64(n) / length.Seconds()
}
