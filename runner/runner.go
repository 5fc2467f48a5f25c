// Package runner drives load at a Target from a live pool of users and measures what comes back.
//
// It knows no AWS and no terminal: anything that can be invoked can be a Target. A request flows one way: a user's goroutine
// calls its Invoker, the Recorder counts the answer in place, once a second the Pool cuts what was recorded into a Delta, and the
// Ledger turns Deltas into the figures that everybody else looks at.
package runner

import (
	"context"
	"net/netip"
	"time"
)

// Target makes one Invoker per user. Users are numbered from 0 over the whole load.
type Target interface {
	NewInvoker(user int) (Invoker, error)
}

// Invoker sends request n and describes the outcome in r. Payload, model and session are the Target's functions of n and a seed.
//
// An Invoker belongs to one goroutine, so it may own a connection and its buffers. Deadlines are its own, because a context per
// request would allocate; ctx only aborts. An aborted request (ctx.Err() != nil) is not recorded: it stays "in flight at the end".
type Invoker interface {
	Invoke(ctx context.Context, n uint64, r *Result)
	Close() error
}

// Result is overwritten by each Invoke. A failed request is data, never an error that ends the run.
type Result struct {
	Failure   Failure
	BytesIn   int64           // response body
	BytesOut  int64           // request body
	FirstByte time.Duration   // from the send to the first byte of the answer; of a streamed one, to its first part
	Wait      time.Duration   // for a connection
	Lookup    time.Duration   // of the host's name, when Opened
	Connect   time.Duration   // TCP connect, when Opened: the least one seen is the RTT
	Handshake time.Duration   // of TLS, when Opened
	Local     netip.Addr      // that a connection goes out from, when Opened
	Before    time.Duration   // that Invoke took to make the request ready: the client's lateness, and none of the endpoint's
	After     time.Duration   // that Invoke took to look at the answer, which was there: of nobody's latency
	Chunks    []time.Duration // of a streamed answer, since the send, of its first parts: see Chunk; reused between calls
	Tokens    int             // that were counted in a streamed answer
	Opened    bool            // a new connection was opened

	FirstToken, LastToken time.Duration // since the send; 0: none was seen, though an answer may tell how many there were

	beyond *beyond // nil: no answer was so long
	sample *Sample // of the first failure of a kind
}

// Reset clears r for the next request and keeps its buffers.
func (r *Result) Reset() {
	*r = Result{Chunks: r.Chunks[:0], beyond: r.beyond}
	if r.beyond != nil {
		r.beyond.gaps.Reset()
	}
}

// Viewer is what can be looked at: a live pool, a fleet, a replay.
type Viewer interface {
	Snapshot(*Snapshot)
}

// Load is a Viewer that can be steered.
type Load interface {
	Viewer
	Apply(Plan) error           // returns at once; the latest wish wins
	Stop(context.Context) error // drains what is in flight, within ctx; what is left then is aborted
	Done() <-chan struct{}      // closed at the request limit, when workers are lost, or when stopped
}

// State of a Load.
type State uint8

// The states of a Load, in the order in which it passes through them.
const (
	Idle     State = iota // no Plan applied yet
	Running               // users follow the Plan
	Draining              // nothing new is sent; requests in flight end
	Stopped
)

// Snapshot is owned by its caller: it holds figures, no histograms. Segments, Periods and Seconds are shared by all Snapshots of a
// Ledger: what is in them never changes, and a later Snapshot's are longer.
type Snapshot struct {
	State    State
	Err      error // why the load ended by itself, if not by its request limit
	Users    int   // live now
	InFlight int   // now
	Plan     Plan  // the latest wish

	Total   Counts       // everything, warm-up included
	Errors  []ErrorCount // everything, warm-up included; most frequent first
	Missing uint64       // Deltas that never arrived: figures lack what was in them

	Elapsed  time.Duration // pauses and draining left out
	Measured time.Duration // Elapsed without the time in which no load was wished for: no user, or a rate of 0

	Last   Window // the last closed second
	Ten    Window // the last ten closed seconds
	Plan10 Window // the last ten closed seconds, those of the current segment only
	Run    Window // the whole run without warm-up and pauses
	Steady Window // Run without ramps

	Segments []Window // sealed segments, oldest first; the current one is Segment
	Segment  Window   // of the current Plan, live
	Periods  []Window // closed windows of Ledger's Period, aligned to the wall clock as CloudWatch's are
	Seconds  []Second // closed seconds, oldest first
}
