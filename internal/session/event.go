package session

import (
	"time"

	"sagetop/internal/sizing"
)

// Kinds of events.
const (
	KindPlan       = "plan"
	KindFinding    = "finding"
	KindSLO        = "slo"
	KindError      = "error"
	KindCloudWatch = "cloudwatch"
	KindCreds      = "credentials"
	KindPhase      = "phase"
	KindNote       = "note"
	KindScale      = "scale"
	KindFind       = "find"
	KindVerify     = "verify"
	KindQuota      = "quota"

	KindAutoScaling = "autoscaling"
)

// Event is one line of the log.
type Event struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // KindPlan, ...
	Text string    `json:"text"`
	Bad  bool      `json:"bad,omitempty"`
	// What some kinds also change in the Book, so that a replay changes it too.
	Phase    Phase         `json:"phase,omitempty"`
	Reason   string        `json:"reason,omitempty"`   // of Phase Done: why the run ended
	Expires  time.Time     `json:"expires,omitzero"`   // kind credentials
	Scaling  *Scaling      `json:"scaling,omitempty"`  // kind scale: a new change, or what became of the last one
	Verify   *Verification `json:"verify,omitempty"`   // kind verify: the target is on its way
	Proposal *Proposal     `json:"proposal,omitempty"` // kind verify: what a search comes to, or what became of that
	Search   string        `json:"search,omitempty"`   // kind find: SearchBegun, or why the search ended before it had found anything out

	Activity    *Activity    `json:"activity,omitempty"`     // kind autoscaling: a new one, or what became of one
	AutoScaling *AutoScaling `json:"auto_scaling,omitempty"` // kind autoscaling: how it is set from now on
}

// SearchBegun says of an Event that the load is searched for the capacity from there on.
const SearchBegun = "begun"

// Phase of a run, in words that the screen shows.
type Phase string

// The phases: a run goes Scale where instances were asked for first, Watch or Run (Ramp, Finding, Resting, Verifying, Paused within it), Drain,
// Restore where instances are put back, Settle, Done.
const (
	Scale     Phase = "SCALE"
	Watch     Phase = "WATCH"
	Ramp      Phase = "RAMP"
	Run       Phase = "RUN"
	Finding   Phase = "FIND"
	Resting   Phase = "REST" // until a target can be verified
	Verifying Phase = "VERIFY"
	Paused    Phase = "PAUSE"
	Drain     Phase = "DRAIN"
	Restore   Phase = "RESTORE"
	Settle    Phase = "SETTLE"
	Done      Phase = "DONE"
)

// LoadOver says that in p, and in all that follow, nothing more is measured.
func (p Phase) LoadOver() bool { return p == Restore || p == Settle || p == Done }

// Unsteered is why the load cannot be changed in p, where u is what is scaled; empty where it can.
func (p Phase) Unsteered(u sizing.Unit) string {
	switch p {
	case Scale:
		return "the load begins once the " + u.Many() + " are in service"
	case Drain, Restore, Settle, Done:
		return "the run is ending"
	}
	return ""
}

// Why a run ended.
const (
	EndDuration  = "duration" // or the last stage
	EndRequests  = "requests"
	EndStopped   = "stopped"   // q
	EndFound     = "found"     // the search is over
	EndAborted   = "aborted"   // --abort-on fired
	EndInterrupt = "interrupt" // ctrl+c
	EndHangup    = "hangup"    // SIGHUP or a lost terminal
	EndTerminate = "terminate" // SIGTERM
	EndFailed    = "failed"    // the load could not go on
	EndLapsed    = "lapsed"    // the credentials did not come back
	EndUnseen    = "unseen"    // no screen looked at a load without an end of its own
)
