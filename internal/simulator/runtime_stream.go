package simulator

import (
	"bytes"
	"cmp"
	"net/http"

	"github.com/aws/smithy-go/eventstream"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// SageMaker Runtime: InvokeEndpointWithResponseStream, whose answer is a stream of events.

// partsOfWhole is in how many parts a model that does not stream answers.
const partsOfWhole = 3

// parts brings an answer piece by piece, each when it is there, as long as send returns true. It returns what went wrong: before the
// first piece that is the answer, after it the last event.
type parts func(send func([]byte) bool) *wire.Error

func (s *Server) invokeEndpointWithResponseStream(x *wire.Call) (reply, *wire.Error) {
	v, fault := s.invoked(x)
	if fault != nil {
		s.book(x, model.Error4XX)
		return reply{}, fault
	}
	now := s.now()
	a := v.Stream(now)
	r := reply{parts: v.whole, from: v}
	r.Status = http.StatusOK
	r.Header = []wire.Header{
		{Name: "Content-Type", Value: "application/vnd.amazon.eventstream"},
		{Name: headerPrefix + "Content-Type", Value: cmp.Or(v.answer.StreamContentType, v.answer.ContentType)},
		{Name: "X-Amzn-Invoked-Production-Variant", Value: v.name},
	}
	if a.Generation != nil {
		r.parts = func(send func([]byte) bool) *wire.Error { return s.tokens(x, v, &a, send) }
		return r, nil
	}
	s.logOutcome(x, v, now, &a)
	if !wait(x.HTTP.Context(), a.Total) {
		return gone(), nil
	}
	return r, s.failed(x, a.Outcome)
}

// whole is the answer of a model that does not stream: all of it at once.
func (v *variant) whole(send func([]byte) bool) *wire.Error {
	body := v.body
	for n := partsOfWhole; n > 0; n-- {
		size := (len(body) + n - 1) / n
		if size > 0 && !send(body[:size]) {
			break
		}
		body = body[size:]
	}
	return nil
}

// tokens brings a part for each token, and one after the last.
func (s *Server) tokens(x *wire.Call, v *variant, a *model.Admission, send func([]byte) bool) *wire.Error {
	chunk := []byte(v.answer.Chunk)
	outcome, ok := s.follow(x, v, a, func(tokens int) bool {
		for range tokens {
			if !send(chunk) {
				return false
			}
		}
		return true
	})
	if ok && outcome == model.Served && v.answer.Last != "" {
		send([]byte(v.answer.Last))
	}
	return s.failed(x, outcome)
}

// follow tells of the tokens of a's generation as they come, until it has ended; false when the caller has gone before.
func (s *Server) follow(x *wire.Call, v *variant, a *model.Admission, tell func(tokens int) bool) (model.Outcome, bool) {
	began := s.now()
	for t := began; ; {
		p := v.Progress(a.Generation, t)
		if p.Tokens > 0 && !tell(p.Tokens) {
			return model.Served, false
		}
		if p.Ended {
			a.Outcome, a.Model = p.Outcome, t-began
			s.logOutcome(x, v, began, a)
			return p.Outcome, true
		}
		if !wait(x.HTTP.Context(), p.Next-max(t, s.now())) { // telling may have taken a while
			return model.Served, false
		}
		t = max(p.Next, s.now()) // a clock that stands still does not stop the model's
	}
}

// sendStream writes the parts of a stream as events, each when it is there. After the first part, what is to be slow pauses and what is
// to break off breaks off; what is to be cut is cut inside the second.
func (s *Server) sendStream(w http.ResponseWriter, x *wire.Call, became *reply) {
	r := *became
	out := events{w: w, flush: http.NewResponseController(w).Flush, encoder: *eventstream.NewEncoder()}
	sent := 0
	fault := r.parts(func(part []byte) bool {
		switch sent++; sent {
		case 1:
			writeHead(w, x, &r)
		case 2:
			wait(x.HTTP.Context(), r.over)
		}
		out.half = r.how == cut && sent == 2
		return x.HTTP.Context().Err() == nil && out.payload(part) == nil && !out.half && r.breaks == nil
	})
	switch {
	case x.HTTP.Context().Err() != nil:
		r = gone()
	case fault != nil && sent == 0:
		*became = answered(x.Fail(fault))
		s.send(w, x, became)
		return
	case sent == 0:
		writeHead(w, x, &r) // of an answer that is empty
	case r.breaks != nil:
		fault = r.breaks
		r.from.BreakOff(s.now()) // the model knows nothing of it
	}
	if fault != nil {
		r.Code = fault.Code
	}
	became.Status, became.Code = r.Status, r.Code
	s.counts.add(Answer{Operation: x.Operation, Status: r.Status, Code: r.Code})
	if r.how != whole {
		panic(http.ErrAbortHandler)
	}
	if fault != nil {
		out.exception(fault)
	}
}

// events writes a stream in AWS's framing.
type events struct {
	w       http.ResponseWriter
	flush   func() error
	encoder eventstream.Encoder
	frame   bytes.Buffer
	half    bool // of the next event is all that is written
}

func (e *events) payload(part []byte) error {
	return e.write(part, ":message-type", "event", ":event-type", "PayloadPart", ":content-type", "application/octet-stream")
}

// exception is the last event of a stream. A client that is gone misses nothing.
func (e *events) exception(fault *wire.Error) {
	_ = e.write(fault.Body(), ":message-type", "exception", ":exception-type", fault.Code, ":content-type", "application/json")
}

// write sends an event with headers of the given names and values, at once.
func (e *events) write(payload []byte, headers ...string) error {
	m := eventstream.Message{Payload: payload}
	for i := 0; i < len(headers); i += 2 {
		m.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	e.frame.Reset()
	if err := e.encoder.Encode(&e.frame, m); err != nil {
		return err
	}
	if e.half {
		e.frame.Truncate(e.frame.Len() / 2)
	}
	if _, err := e.w.Write(e.frame.Bytes()); err != nil {
		return err
	}
	return e.flush()
}

// errStream is what ends a stream that has begun; code says why, for the errors of the model.
func errStream(name, code, message string) *wire.Error {
	e := &wire.Error{Code: name, Status: http.StatusOK, Message: message, Members: map[string]any{}}
	if code != "" {
		e.Members["ErrorCode"] = code
	}
	return e
}
