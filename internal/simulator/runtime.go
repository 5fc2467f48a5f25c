package simulator

import (
	"fmt"
	"net/http"
	"regexp"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// SageMaker Runtime: InvokeEndpoint in restJson1.

const (
	headerPrefix = "X-Amzn-Sagemaker-" // as net/http spells it
	container    = "model"             // its name in messages
)

// limits are what the service accepts in the headers of an invocation.
var limits = []struct {
	header, member string
	max            int
	pattern        *regexp.Regexp
}{
	{headerPrefix + "Custom-Attributes", "customAttributes", 1024, regexp.MustCompile(`^\p{ASCII}*$`)},
	{headerPrefix + "Target-Model", "targetModel", 1024, regexp.MustCompile(`^[^\s]+$`)},
	{headerPrefix + "Target-Variant", "targetVariant", maxName, namePattern},
	{headerPrefix + "Target-Container-Hostname", "targetContainerHostname", maxName, namePattern},
	{headerPrefix + "Inference-Id", "inferenceId", 64, regexp.MustCompile(`^\p{ASCII}+$`)},
	{headerPrefix + "Inference-Component", "inferenceComponentName", maxName, namePattern},
	{headerPrefix + "Session-Id", "sessionId", 256, regexp.MustCompile(`^(NEW_SESSION|[a-zA-Z0-9](-*[a-zA-Z0-9])*)$`)},
}

func errValidation(format string, args ...any) *wire.Error {
	return &wire.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...), Members: map[string]any{}}
}

func (s *Server) invokeEndpoint(x *wire.Call) (reply, *wire.Error) {
	v, fault := s.invoked(x)
	if fault != nil {
		s.book(x, model.Error4XX)
		return reply{}, fault
	}
	now := s.now()
	a := v.Admit(now)
	if a.Generation != nil {
		outcome, ok := s.follow(x, v, &a, func(int) bool { return true })
		if !ok {
			return gone(), nil
		}
		return v.reply(), s.failed(x, outcome)
	}
	s.logOutcome(x, v, now, &a)
	if !wait(x.HTTP.Context(), a.Total) {
		return gone(), nil
	}
	return v.reply(), s.failed(x, a.Outcome)
}

// failed is the error that an outcome is to the caller; nil for none.
func (s *Server) failed(x *wire.Call, o model.Outcome) *wire.Error {
	switch o {
	case model.Refused:
		return s.queueFull(x)
	case model.Crashed:
		return s.errModel(x, http.StatusInternalServerError, crashedMessage)
	case model.TimedOut:
		return s.errModel(x, 0, fmt.Sprintf("Your invocation timed out while waiting for a response from container %s. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.", container))
	case model.Broken:
		return errStream("ModelStreamError", "ModelInvocationTimeExceeded", "The model did not end its response stream in time.")
	case model.Throttled:
		return s.throttled(x)
	case model.NoCapacity:
		return errNoCapacity()
	}
	return nil
}

// invoked finds the variant that is to serve x, or says why none will.
func (s *Server) invoked(x *wire.Call) (*variant, *wire.Error) {
	e := s.exactly(x.Endpoint)
	if e == nil {
		return nil, errValidation("Endpoint %s of account %s not found.", x.Endpoint, s.config.Account)
	}
	if fault := checkHeaders(x.HTTP.Header); fault != nil {
		return nil, fault
	}
	if !e.serves() {
		return nil, errValidation("Endpoint %s of account %s is not in service: its status is %s.", x.Endpoint, s.config.Account, e.status(s.now()))
	}
	if v, fault := e.reached(x.HTTP.Header.Get(headerPrefix+"Inference-Component"), s.config.Account); v != nil || fault != nil {
		return v, fault
	}
	name := x.HTTP.Header.Get(headerPrefix + "Target-Variant")
	if name == "" {
		return e.pick(), nil
	}
	if v := e.variant(name); v != nil {
		return v, nil
	}
	return nil, errValidation("Variant %s not found for endpoint %s of account %s.", name, x.Endpoint, s.config.Account)
}

func checkHeaders(h http.Header) *wire.Error {
	for _, l := range limits {
		values := h[l.header]
		if len(values) == 0 {
			continue
		}
		switch value := values[0]; {
		case len(value) > l.max:
			return errValidation("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", l.member, l.max)
		case !l.pattern.MatchString(value):
			return errValidation("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", l.member, l.pattern)
		}
	}
	return nil
}

// book counts a request that reached no instance in the metrics of its endpoint, if there is one.
func (s *Server) book(x *wire.Call, k model.ErrorKind) {
	if e := s.exactly(x.Endpoint); e != nil {
		e.named(x).Reject(s.now(), k)
	}
}

// named is the variant that x names, or the copies of the component, else the first.
func (e *endpoint) named(x *wire.Call) *variant {
	if k := e.component(x.HTTP.Header.Get(headerPrefix + "Inference-Component")); k != nil {
		return k.copies
	}
	if v := e.variant(x.HTTP.Header.Get(headerPrefix + "Target-Variant")); v != nil {
		return v
	}
	return e.variants()[0]
}

// reply of the model.
func (v *variant) reply() reply {
	return reply{Reply: wire.Reply{
		Status: http.StatusOK,
		Header: []wire.Header{
			{Name: "Content-Type", Value: v.answer.ContentType},
			{Name: "X-Amzn-Invoked-Production-Variant", Value: v.name},
		},
		Body: v.body,
	}}
}

// errModel is an error of the container; status 0 when it did not answer.
func (s *Server) errModel(x *wire.Call, status int, message string) *wire.Error {
	return &wire.Error{
		Code: "ModelError", Status: http.StatusFailedDependency,
		Message: fmt.Sprintf("Received server error (%d) from %s with message \"%s\". See https://%s.console.aws.amazon.com/cloudwatch/home?region=%[4]s#logEventViewer:group=%s in account %s for more information.", status, container, message, s.config.Region, groupOf(x), s.config.Account),
		Members: map[string]any{"OriginalStatusCode": status, "OriginalMessage": message, "LogStreamArn": s.logGroupARN(groupOf(x))},
	}
}
