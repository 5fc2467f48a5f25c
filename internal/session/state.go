package session

import (
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// SLO is one rule and how it stands.
type SLO struct {
	Rule  sizing.Rule
	Value float64        // over the run so far, in the rule's unit
	Pass  sizing.Verdict // over the run so far
	Now   sizing.Verdict // over the trailing 10 s
	Since time.Time      // since when Now has been so
}

// Place is where a run is looked at from.
type Place uint8

// The places.
const (
	Here Place = iota // a screen of the run's own process
	Away              // a screen attached from elsewhere: the run goes on without it
	Past              // a screen on the run's folder: it looks back, and what it shows moves in time
)

// State is the run as it is known now. It is owned by its caller; what its slices hold is shared and never changes.
type State struct {
	Info    Info
	Place   Place
	Look    Look   // where Place is Past
	Aside   string // why keys change nothing here, though the run can be steered: another screen does that
	Phase   Phase
	Now     time.Time // when this State was taken; of the journal's last line in a replay
	Elapsed time.Duration
	Total   time.Duration // of the load as planned, 0: until it is stopped
	Left    time.Duration // until Total, 0 when there is none
	Ended   time.Time
	Reason  string // EndDuration, ...
	Err     error  // what EndFailed was

	Load     runner.Snapshot
	Endpoint *cwmetrics.Endpoint // as last described
	Sample   cwmetrics.Sample    // the last one
	Points   []cwmetrics.Point   // of the load, oldest first; while nothing was sent, since the start
	Periods  []sizing.Period     // what the client measured, joined with the points; also before the load
	Facts    sizing.Facts        // that findings are judged by
	Findings []sizing.Finding    // first match first: the verdict
	Invalid  *sizing.Finding     // the first one that made the run invalid
	Moved    []string            // what else moved: foreign traffic, instance counts, lapsed credentials
	Counts   []Count             // of instances in service, oldest first; empty when not known
	Scalings []Scaling           // changes of instances that the run asked for, oldest first
	Verify   *Verification       // of a target, under way or over; nil: there is none
	Proposal *Proposal           // what a search came to; nil: there is none
	SLOs     []SLO
	Search   *Search // for the capacity, going on or over; nil: none was begun
	Aborted  string  // the rule that fired
	Events   []Event
	Creds    time.Time // expiry as last known
	Lost     string    // what the journal could not keep
	Logs     Logs      // of the endpoint, where somebody looks at them

	AutoScaling *AutoScaling // of the variant, as last seen; nil: none, or not known
	Activities  []Activity   // of auto scaling in the time of the run, oldest first
	Quota       *Quota       // of instances; nil: not known, or nothing of it is asked
}
