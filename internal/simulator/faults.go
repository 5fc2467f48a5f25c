package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// ErrFault is wrapped by every error about a Fault that cannot be had.
var ErrFault = errors.New("simulator: bad fault")

// FaultKind is a way in which an operation fails.
type FaultKind string

// The kinds of faults.
const (
	FaultThrottled      FaultKind = "throttled"       // 400 ThrottlingException; of an invocation with the message null
	FaultNotReady       FaultKind = "not_ready"       // 429 ModelNotReadyException
	FaultInvalid        FaultKind = "invalid"         // 400 ValidationError, elsewhere ValidationException
	FaultAccessDenied   FaultKind = "access_denied"   // 403 AccessDeniedException
	FaultExpiredToken   FaultKind = "expired_token"   // 403 ExpiredTokenException
	FaultInternal       FaultKind = "internal"        // 500 InternalFailure
	FaultUnavailable    FaultKind = "unavailable"     // 503 ServiceUnavailable
	FaultDependency     FaultKind = "dependency"      // 530 InternalDependencyException
	FaultModel          FaultKind = "model"           // 424 ModelError around a 500 of the container
	FaultRefused        FaultKind = "refused"         // 424 ModelError around a 503: the queue of the container is full
	FaultBadGateway     FaultKind = "bad_gateway"     // 502, HTML, nothing of AWS's
	FaultGatewayTimeout FaultKind = "gateway_timeout" // 504, HTML, nothing of AWS's
	FaultReset          FaultKind = "reset"           // the connection is reset instead of an answer
	FaultTruncated      FaultKind = "truncated"       // the connection ends after half of the answer's body
	FaultStall          FaultKind = "stall"           // no answer until the client gives up
	FaultSlow           FaultKind = "slow"            // Delay, then as if nothing were
	FaultSlowBody       FaultKind = "slow_body"       // the answer's head at once, its body in small pieces over Delay; a stream pauses after its first part
	FaultStreamBroken   FaultKind = "stream_broken"   // a stream ends after its first part with ModelStreamError; else nothing
	FaultStreamFailure  FaultKind = "stream_failure"  // the same with InternalStreamFailure
	FaultLatePoints     FaultKind = "late_points"     // CloudWatch's points appear Delay later
	FaultMissingPoints  FaultKind = "missing_points"  // points of periods that end meanwhile never appear
)

// ofPoints: the fault disturbs no operation, but what CloudWatch knows.
func (k FaultKind) ofPoints() bool { return k == FaultLatePoints || k == FaultMissingPoints }

// Fault disturbs an operation. Faults of one operation are tried in the order in which they were set; the first that applies acts.
// Its names in JSON are those of a profile's faults and of the control path.
//
// A disturbed invocation counts in the endpoint's metrics like any other, as a 4XX or 5XX error where it is one; only what is refused
// for its credentials does not, as the endpoint never sees it.
type Fault struct {
	Kind      FaultKind      `json:"kind"`
	Operation string         `json:"operation,omitempty"` // InvokeEndpoint (also meant by ""), DescribeEndpoint, ...; "cloudwatch:*" for all of a service; "*" for all. Not of points
	Endpoint  string         `json:"endpoint,omitempty"`  // only invocations or points of this endpoint; empty: of all
	Next      int            `json:"next,omitempty"`      // only so many requests, then the fault is over; 0: no such limit
	Share     float64        `json:"share,omitempty"`     // of the requests, drawn at random; 0: all of them
	Delay     model.Duration `json:"delay,omitempty"`     // before the answer
	Message   string         `json:"message,omitempty"`   // instead of the usual one
	From      model.Duration `json:"from,omitempty"`      // since the start of the server; at once when that is over
	For       model.Duration `json:"for,omitempty"`       // so long; 0: until it is taken back
}

// longest time that a fault knows, so that no sum of them overflows.
const longestFault = model.Duration(1000 * time.Hour)

// maxFaults that are set at once, so that a loop in a script cannot eat the machine.
const maxFaults = 1000

// FieldError is a field of a Fault that cannot be had. It wraps ErrFault.
type FieldError struct {
	Field, Value string
	Want         string // what the value must be
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%v: %s %s: must be %s", ErrFault, e.Field, e.Value, e.Want)
}

func (e *FieldError) Unwrap() error { return ErrFault }

// faultFields are what each field of a Fault must be, by its name in JSON.
var faultFields = map[string]string{
	"kind":      "one of " + strings.Join(faultKinds(), ", "),
	"operation": "an operation, all of a service such as cloudwatch:*, or * for all",
	"endpoint":  "the name of an endpoint",
	"next":      "a whole number of 0 or more; 0 for no limit",
	"share":     "0 to 1; 0 for all",
	"delay":     "a time such as 250ms, 0 to 1000h",
	"message":   "text",
	"from":      "a time such as 90s since the start of the server, 0 to 1000h",
	"for":       "a time such as 2m, 0 to 1000h; 0 for no end",
}

// faultKinds by name.
func faultKinds() []string {
	kinds := []string{string(FaultSlow), string(FaultSlowBody), string(FaultTruncated), string(FaultStreamBroken), string(FaultStreamFailure), string(FaultLatePoints), string(FaultMissingPoints)}
	for kind := range faultAnswers {
		kinds = append(kinds, string(kind))
	}
	slices.Sort(kinds)
	return kinds
}

// UnmarshalJSON reads a fault field by field, so that a FieldError says which one is wrong.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return fmt.Errorf("%w: must be an object with a kind", ErrFault)
	}
	type plain Fault
	for _, name := range slices.Sorted(maps.Keys(members)) {
		want, known := faultFields[name]
		if !known {
			return &FieldError{name, "", "one of the fields " + strings.Join(slices.Sorted(maps.Keys(faultFields)), ", ")}
		}
		one, err := json.Marshal(map[string]json.RawMessage{name: members[name]})
		if err == nil {
			err = json.Unmarshal(one, (*plain)(f))
		}
		if err != nil {
			return &FieldError{name, fmt.Sprintf("%.64s", members[name]), want}
		}
	}
	return nil
}

// Validate says what is wrong with f, or nil. Whether its endpoint exists, only a Server knows.
func (f *Fault) Validate() error {
	wrong := func(field string, value any) error {
		return &FieldError{field, fmt.Sprintf("%.64q", fmt.Sprint(value)), faultFields[field]}
	}
	needsDelay := f.Kind == FaultSlow || f.Kind == FaultSlowBody || f.Kind == FaultLatePoints
	switch {
	case !slices.Contains(faultKinds(), string(f.Kind)):
		return wrong("kind", f.Kind)
	case !f.Kind.ofPoints() && !f.someOperation():
		return wrong("operation", f.Operation)
	case f.Next < 0:
		return wrong("next", f.Next)
	case !(f.Share >= 0 && f.Share <= 1):
		return wrong("share", f.Share)
	case f.Delay < 0 || f.Delay > longestFault:
		return wrong("delay", f.Delay)
	case f.Delay == 0 && needsDelay:
		return &FieldError{"delay", f.Delay.String(), "above 0 for " + string(f.Kind)}
	case f.From < 0 || f.From > longestFault:
		return wrong("from", f.From)
	case f.For < 0 || f.For > longestFault:
		return wrong("for", f.For)
	}
	return nil
}

// someOperation: there is an operation that f disturbs.
func (f *Fault) someOperation() bool {
	for service, names := range operations {
		for name := range names {
			if f.disturbs(service, name) {
				return true
			}
		}
	}
	return false
}

// disturbs says whether an operation is one of those that f means.
func (f *Fault) disturbs(service *wire.Service, operation string) bool {
	switch prefix, all := strings.CutSuffix(f.Operation, ":*"); {
	case f.Operation == "*":
		return true
	case f.Operation == "":
		return operation == "InvokeEndpoint"
	case all:
		return prefix == service.Permissions
	}
	return f.Operation == operation
}

// activeFault is a Fault that was set.
type activeFault struct {
	Fault
	id        int
	from, end time.Duration
	met       int // requests
}

// holds at now.
func (a *activeFault) holds(now time.Duration) bool { return a.from <= now && now < a.end }

// faults that were set. That one begins or ends with time, is seen when somebody asks.
type faults struct {
	any atomic.Bool // so that undisturbed requests need no lock
	now func() time.Duration

	mu     sync.Mutex
	rng    *rand.Rand
	last   int // id
	active []*activeFault
}

// Fault sets a fault until cancel is called or it has used itself up.
func (s *Server) Fault(f Fault) (cancel func(), err error) {
	id, err := s.setFault(f)
	if err != nil {
		return nil, err
	}
	return func() { s.dropFault(id) }, nil
}

func (s *Server) setFault(f Fault) (id int, err error) {
	if err := f.Validate(); err != nil {
		return 0, err
	}
	if f.Endpoint != "" {
		if s.exactly(f.Endpoint) == nil {
			return 0, fmt.Errorf("%w endpoint %q", ErrUnknown, f.Endpoint)
		}
	}
	a := &activeFault{Fault: f, from: max(time.Duration(f.From), s.now()), end: never}
	if f.For > 0 {
		a.end = a.from + time.Duration(f.For)
	}
	return s.faults.set(a)
}

// dropFault ends a fault; false when there is none of that id. Points that it left out stay so.
func (s *Server) dropFault(id int) bool {
	return s.faults.drop(func(a *activeFault) bool { return a.id == id }) > 0
}

// ClearFaults ends all faults. Points that are missing stay so.
func (s *Server) ClearFaults() {
	s.faults.drop(func(*activeFault) bool { return true })
}

func (f *faults) set(a *activeFault) (id int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tidy()
	if len(f.active) >= maxFaults {
		return 0, fmt.Errorf("%w: %d are set already; take some back", ErrFault, maxFaults)
	}
	f.last++
	a.id = f.last
	f.active = append(f.active, a)
	f.any.Store(true)
	return a.id, nil
}

// drop ends those that which is true of, and returns how many there were.
func (f *faults) drop(which func(*activeFault) bool) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, n := f.now(), 0
	for _, a := range f.active {
		if now < a.end && which(a) {
			a.end = now
			n++
		}
	}
	f.tidy()
	return n
}

// tidy forgets what is over, except for the times whose points stay missing: of those it keeps half of what may be set.
func (f *faults) tidy() {
	now := f.now()
	over := func(a *activeFault) bool { return a.end <= now }
	f.active = slices.DeleteFunc(f.active, func(a *activeFault) bool { return over(a) && (a.Kind != FaultMissingPoints || a.end <= a.from) })
	if i := slices.IndexFunc(f.active, over); i >= 0 && len(f.active) >= maxFaults/2 {
		f.active = slices.Delete(f.active, i, i+1)
	}
	f.any.Store(slices.ContainsFunc(f.active, func(a *activeFault) bool { return !a.Kind.ofPoints() }))
}

// list those that are not over.
func (f *faults) list() []activeFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, out := f.now(), []activeFault{}
	for _, a := range f.active {
		if now < a.end {
			out = append(out, *a)
		}
	}
	return out
}

// pick is the fault that x meets, if any.
func (f *faults) pick(x *wire.Call) *Fault {
	if !f.any.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	for _, a := range f.active {
		if a.Kind.ofPoints() || !a.holds(now) || !a.disturbs(x.Service, x.Operation) ||
			a.Endpoint != "" && a.Endpoint != x.Endpoint ||
			a.Share > 0 && f.rng.Float64() >= a.Share {
			continue
		}
		if a.met++; a.met == a.Next {
			a.end = now
			f.tidy()
		}
		return &a.Fault
	}
	f.tidy()
	return nil
}

// late is how much later than usual the points of an endpoint appear at present.
func (f *faults) late(endpoint string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, most := f.now(), time.Duration(0)
	for _, a := range f.active {
		if a.Kind == FaultLatePoints && a.holds(now) && (a.Endpoint == "" || a.Endpoint == endpoint) {
			most = max(most, time.Duration(a.Delay))
		}
	}
	return most
}

// missing: the point of a period of an endpoint that ended at t never appears.
func (f *faults) missing(endpoint string, t time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.active, func(a *activeFault) bool {
		return a.Kind == FaultMissingPoints && (a.Endpoint == "" || a.Endpoint == endpoint) && a.from < t && t <= a.end
	})
}
