package session

// Verb of a Command.
type Verb string

// The verbs.
const (
	Step         Verb = "step"        // Count steps of 10 %, at least 1, of users or rate
	SetUsers     Verb = "users"       // closed loop of Count users
	SetRate      Verb = "rate"        // open loop of Rate arrivals a second
	Pause        Verb = "pause"       // toggles
	SetInstances Verb = "instances"   // scale the variant to Count instances
	NewSegment   Verb = "segment"     // the same Plan, measured afresh
	SaveScreen   Verb = "screen"      // keep Text, which is what the screen shows
	ReadLogs     Verb = "logs"        // somebody looks at the endpoint's logs: to be said again for as long as that is so
	Find         Verb = "find"        // search for the capacity from here, then go back to the load before
	EndFind      Verb = "end-find"    // give that up
	Decline      Verb = "decline"     // no to the proposal that is open; SetInstances is a yes
	Take         Verb = "take"        // steer from this screen from now on, where several look at one run
	Seek         Verb = "seek"        // show the run Count seconds later, or earlier: in a run that is looked back at
	SeekFirst    Verb = "seek-first"  // show its begin
	SeekLast     Verb = "seek-last"   // show its end; of a run that goes on, whatever comes
	SkipSettle   Verb = "skip-settle" // do not wait for the last CloudWatch points
	Stop         Verb = "stop"        // drain, settle, report: q
	Interrupt    Verb = "interrupt"   // the same without settling, and the run counts as interrupted: ctrl+c
	Hangup       Verb = "hangup"      // SIGHUP or a lost terminal
	Terminate    Verb = "terminate"   // SIGTERM
	Abort        Verb = "abort"       // do not even drain: ctrl+c twice
)

// Command is what a key, or a screen elsewhere, asks of the session. It is data, so that it can travel.
type Command struct {
	Verb  Verb    `json:"verb"`
	Count int     `json:"count,omitempty"`
	Rate  float64 `json:"rate,omitempty"`
	Text  string  `json:"text,omitempty"`
}
