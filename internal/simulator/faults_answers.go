package simulator

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// disturb lets x meet its fault, or do what it came for.
func (s *Server) disturb(x *wire.Call, do do) reply {
	f := s.faults.pick(x)
	if f == nil {
		return s.run(x, do)
	}
	if f.Kind == FaultSlowBody {
		r := s.run(x, do)
		r.over = time.Duration(f.Delay)
		return r
	}
	if !wait(x.HTTP.Context(), time.Duration(f.Delay)) {
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
	case FaultStreamBroken, FaultStreamFailure:
		r := s.run(x, do)
		if r.parts != nil {
			r.breaks = streamFaults[f.Kind]
		}
		return r
	}
	answer := faultAnswers[f.Kind]
	if answer.books {
		s.book(x, answer.metric)
	}
	s.logFault(x, f.Kind, f.Message)
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
	FaultRefused:        {true, model.ModelError, failing((*Server).queueFull)},
	FaultBadGateway:     {true, model.Error5XX, page(502, "502 Bad Gateway")},
	FaultGatewayTimeout: {true, model.Error5XX, page(504, "504 Gateway Time-out")},
	FaultReset:          {true, model.NoError, func(*Server, *wire.Call, *Fault) reply { return reply{Reply: wire.Reply{Code: CodeReset}, how: reset} }},
	FaultStall:          {true, model.NoError, stall},
}

// streamFaults are what ends a stream that has begun.
var streamFaults = map[FaultKind]*wire.Error{
	FaultStreamBroken:  errStream("ModelStreamError", "StreamBroken", "The model closed its response stream before the end."),
	FaultStreamFailure: errStream("InternalStreamFailure", "", "The response stream failed. Try your call again."),
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

// What the container says of a request that failed in it.
const (
	modelFailedMessage = "The model failed."
	crashedMessage     = "A worker of the model server died: it ran out of memory."
)

func (s *Server) modelFailed(x *wire.Call) *wire.Error {
	return s.errModel(x, http.StatusInternalServerError, modelFailedMessage)
}

func (s *Server) queueFull(x *wire.Call) *wire.Error {
	return s.errModel(x, http.StatusServiceUnavailable, "The request queue of the model server is full.")
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
