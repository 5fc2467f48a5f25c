package simulator

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
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
	FaultThrottled      FaultKind = "throttled"       // 400 ThrottlingException, message null
	FaultNotReady       FaultKind = "not_ready"       // 429 ModelNotReadyException
	FaultInvalid        FaultKind = "invalid"         // 400 ValidationError, elsewhere ValidationException
	FaultAccessDenied   FaultKind = "access_denied"   // 403 AccessDeniedException
	FaultExpiredToken   FaultKind = "expired_token"   // 403 ExpiredTokenException
	FaultInternal       FaultKind = "internal"        // 500 InternalFailure
	FaultUnavailable    FaultKind = "unavailable"     // 503 ServiceUnavailable
	FaultDependency     FaultKind = "dependency"      // 530 InternalDependencyException
	FaultModel          FaultKind = "model"           // 424 ModelError around a 500 of the container
	FaultBadGateway     FaultKind = "bad_gateway"     // 502, HTML, nothing of AWS's
	FaultGatewayTimeout FaultKind = "gateway_timeout" // 504, HTML, nothing of AWS's
	FaultReset          FaultKind = "reset"           // the connection is reset instead of an answer
	FaultTruncated      FaultKind = "truncated"       // the connection ends after half of the answer's body
	FaultStall          FaultKind = "stall"           // no answer until the client gives up
	FaultSlow           FaultKind = "slow"            // Delay, then as if nothing were
	FaultLatePoints     FaultKind = "late_points"     // CloudWatch's points appear Delay later
	FaultMissingPoints  FaultKind = "missing_points"  // points of periods that end meanwhile never appear
)

// Fault disturbs an operation. Faults of one operation are tried in the order in which they were set; the first that applies acts.
//
// A disturbed invocation counts in the endpoint's metrics like any other, as a 4XX or 5XX error where it is one; only what is refused
// for its credentials does not, as the endpoint never sees it.
type Fault struct {
	Kind      FaultKind
	Operation string        // InvokeEndpoint; or DescribeEndpoint, GetMetricData, ... or "*" for all. Without meaning for points
	Endpoint  string        // only invocations or points of this endpoint; empty: of all
	Next      int           // only so many requests, then the fault is over; 0: no such limit
	Share     float64       // of the requests, drawn at random; 0: all of them
	Delay     time.Duration // before the answer
	Message   string        // instead of the usual one
}

type activeFault struct {
	Fault
	left int
}

type faults struct {
	any atomic.Bool // so that undisturbed requests need no lock

	mu     sync.Mutex
	rng    *rand.Rand
	active []*activeFault
	gaps   []*gap
}

// gap is a time whose points are missing.
type gap struct {
	endpoint string
	from, to time.Duration
}

// Fault sets a fault until cancel is called or it has used itself up.
func (s *Server) Fault(f Fault) (cancel func(), err error) {
	f.Operation = orElse(f.Operation, "InvokeEndpoint")
	switch {
	case f.Kind == FaultMissingPoints || f.Kind == FaultSlow || f.Kind == FaultLatePoints || faultAnswers[f.Kind] != nil:
	default:
		return nil, fmt.Errorf("%w: kind %q", ErrFault, f.Kind)
	}
	if f.Next < 0 || !(f.Share >= 0 && f.Share <= 1) || f.Delay < 0 {
		return nil, fmt.Errorf("%w: next %d, share %v, delay %v: must be 0 or more, the share at most 1", ErrFault, f.Next, f.Share, f.Delay)
	}
	if f.Endpoint != "" {
		if _, err := s.find(f.Endpoint); err != nil {
			return nil, err
		}
	}
	if f.Kind == FaultMissingPoints {
		return s.faults.leaveOut(f.Endpoint, s.now(), s.now), nil
	}
	a := &activeFault{Fault: f, left: f.Next}
	s.faults.set(a)
	return func() { s.faults.drop(a) }, nil
}

// ClearFaults ends all faults. Points that are missing stay so.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = nil
	s.faults.any.Store(false)
	for _, g := range s.faults.gaps {
		g.to = min(g.to, s.now())
	}
}

func (f *faults) set(a *activeFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = append(f.active, a)
	f.any.Store(true)
}

func (f *faults) drop(a *activeFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = slices.DeleteFunc(f.active, func(b *activeFault) bool { return a == b })
	f.any.Store(len(f.active) > 0)
}

// leaveOut opens a gap and returns what closes it.
func (f *faults) leaveOut(endpoint string, from time.Duration, now func() time.Duration) func() {
	g := &gap{endpoint, from, math.MaxInt64}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gaps = append(f.gaps, g)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		g.to = min(g.to, now())
	}
}

// pick is the fault that x meets, if any.
func (f *faults) pick(x *wire.Call) *Fault {
	if !f.any.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, a := range f.active {
		switch {
		case a.Kind == FaultLatePoints,
			a.Operation != "*" && a.Operation != x.Operation,
			a.Endpoint != "" && a.Endpoint != x.Endpoint,
			a.Share > 0 && f.rng.Float64() >= a.Share:
			continue
		}
		if a.Next > 0 {
			if a.left--; a.left == 0 {
				f.active = slices.Delete(f.active, i, i+1)
				f.any.Store(len(f.active) > 0)
			}
		}
		return &a.Fault
	}
	return nil
}

// late is how much later than usual the points of an endpoint appear.
func (f *faults) late(endpoint string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	most := time.Duration(0)
	for _, a := range f.active {
		if a.Kind == FaultLatePoints && (a.Endpoint == "" || a.Endpoint == endpoint) {
			most = max(most, a.Delay)
		}
	}
	return most
}

// missing: the point of a period of an endpoint that ended at t never appears.
func (f *faults) missing(endpoint string, t time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.gaps, func(g *gap) bool {
		return (g.endpoint == "" || g.endpoint == endpoint) && g.from < t && t <= g.to
	})
}

// disturb lets x meet its fault, or do what it came for.
func (s *Server) disturb(x *wire.Call, do do) reply {
	f := s.faults.pick(x)
	if f == nil {
		return s.run(x, do)
	}
	if !wait(x.HTTP.Context(), f.Delay) {
		s.book(x, model.NoError)
		return gone()
	}
	switch f.Kind {
	case FaultSlow:
		return s.run(x, do)
	case FaultTruncated:
		r := s.run(x, do)
		if r.how == whole {
			r.how, r.Code = cut, CodeTruncated
		}
		return r
	}
	answer := faultAnswers[f.Kind]
	if answer.books {
		s.book(x, answer.metric)
	}
	return answer.make(s, x, f)
}

func (s *Server) run(x *wire.Call, do do) reply {
	r, fault := do(s, x)
	if fault != nil {
		return answered(x.Fail(fault))
	}
	return r
}

// faultAnswer is what a kind of fault answers, and how the endpoint's metrics see that.
type faultAnswer struct {
	books  bool
	metric model.ErrorKind
	make   func(*Server, *wire.Call, *Fault) reply
}

var faultAnswers = map[FaultKind]*faultAnswer{
	FaultThrottled:      {true, model.Error4XX, failing((*Server).throttled)},
	FaultNotReady:       {true, model.Error4XX, modelled("ModelNotReadyException", 429, "The model is not ready to serve requests yet. Try again in a moment.")},
	FaultInvalid:        {true, model.Error4XX, failing((*Server).invalid)},
	FaultAccessDenied:   {false, model.NoError, failing((*Server).accessDenied)},
	FaultExpiredToken:   {false, model.NoError, failing(func(*Server, *wire.Call) *wire.Error { return wire.ExpiredToken() })},
	FaultInternal:       {true, model.Error5XX, modelled("InternalFailure", 500, "An internal failure occurred.")},
	FaultUnavailable:    {true, model.Error5XX, modelled("ServiceUnavailable", 503, "The service is unavailable. Try your call again.")},
	FaultDependency:     {true, model.Error5XX, modelled("InternalDependencyException", 530, "Your request caused an exception with an internal dependency.")},
	FaultModel:          {true, model.ModelError, failing((*Server).modelFailed)},
	FaultBadGateway:     {true, model.Error5XX, page(502, "502 Bad Gateway")},
	FaultGatewayTimeout: {true, model.Error5XX, page(504, "504 Gateway Time-out")},
	FaultReset:          {true, model.NoError, func(*Server, *wire.Call, *Fault) reply { return reply{Reply: wire.Reply{Code: CodeReset}, how: reset} }},
	FaultStall:          {true, model.NoError, stall},
	FaultTruncated:      {false, model.NoError, nil},
}

func failing(make func(*Server, *wire.Call) *wire.Error) func(*Server, *wire.Call, *Fault) reply {
	return func(s *Server, x *wire.Call, f *Fault) reply {
		e := make(s, x)
		if f.Message != "" {
			e.Message, e.Null = f.Message, false
		}
		return answered(x.Fail(e))
	}
}

// modelled is an error that the Runtime's model knows.
func modelled(code string, status int, message string) func(*Server, *wire.Call, *Fault) reply {
	return failing(func(*Server, *wire.Call) *wire.Error {
		return &wire.Error{Code: code, Status: status, Message: message, Members: map[string]any{}}
	})
}

func (s *Server) throttled(x *wire.Call) *wire.Error {
	e := &wire.Error{Code: "ThrottlingException", Query: "Throttling", Status: http.StatusBadRequest, Message: "Rate exceeded"}
	e.Null = x.Protocol == wire.RestJSON
	return e
}

func (s *Server) invalid(x *wire.Call) *wire.Error {
	if x.Protocol == wire.RestJSON {
		return errValidation("The request is invalid.")
	}
	return wire.Invalid("The request is invalid.")
}

func (s *Server) modelFailed(x *wire.Call) *wire.Error {
	return s.errModel(x.Endpoint, http.StatusInternalServerError, "The model failed.")
}

func (s *Server) accessDenied(x *wire.Call) *wire.Error {
	action := x.Service.Permissions + ":" + x.Operation
	where := ""
	if x.Endpoint != "" {
		where = " on resource: " + s.arn("sagemaker", "endpoint/"+x.Endpoint)
	}
	return &wire.Error{
		Code: "AccessDeniedException", Query: "AccessDenied", Status: http.StatusForbidden,
		Message: fmt.Sprintf("User: %s is not authorized to perform: %s%s because no identity-based policy allows the %[2]s action", s.callerARN(), action, where),
	}
}

// page is what a load balancer says when what is behind it does not.
func page(status int, title string) func(*Server, *wire.Call, *Fault) reply {
	body := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n</body>\r\n</html>\r\n"
	return func(*Server, *wire.Call, *Fault) reply {
		return reply{how: bare, Reply: wire.Reply{
			Status: status, Header: []wire.Header{{Name: "Content-Type", Value: "text/html"}}, Body: []byte(body), Code: CodeBare,
		}}
	}
}

func stall(_ *Server, x *wire.Call, _ *Fault) reply {
	<-x.HTTP.Context().Done()
	return gone()
}

// resetConnection ends the connection with a TCP reset.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // a connection that cannot be taken over is closed, at least
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
