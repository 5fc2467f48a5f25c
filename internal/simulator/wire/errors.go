package wire

import (
	"fmt"
	"net/http"
)

// Error is an error as AWS answers it. Its pointer is not an error value: it is an answer like any other.
type Error struct {
	Code    string // as the JSON and CBOR protocols name it
	Query   string // as the Query protocol names it, when that differs
	Status  int    // of HTTP, in protocols that use more than 400 and 500
	Message string
	Null    bool           // the message is null
	Members map[string]any // further members of the error's shape
}

// Invalid input, as most services say it.
func Invalid(format string, args ...any) *Error {
	return &Error{Code: "ValidationException", Query: "ValidationError", Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// BadRequest of a code that all protocols spell alike.
func BadRequest(code, format string, args ...any) *Error {
	return &Error{Code: code, Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// UnknownOperation is asked for.
func UnknownOperation() *Error {
	return &Error{
		Code: "UnknownOperationException", Query: "InvalidAction", Status: http.StatusNotFound,
		Message: "The requested operation is not recognized by the service.",
	}
}

// TooLarge is the body.
func TooLarge() *Error {
	return &Error{
		Code: "RequestEntityTooLargeException", Query: "RequestEntityTooLarge",
		Status: http.StatusRequestEntityTooLarge, Message: "The request body is larger than the service accepts.",
	}
}

// queryCode is the error's name in the Query protocol.
func (e *Error) queryCode() string {
	if e.Query != "" {
		return e.Query
	}
	return e.Code
}

// fault says whose it is, in the words of the Query protocol.
func (e *Error) fault() string {
	if e.Status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

// Fail answers c with e. What the Query protocol knew under another name keeps that in the protocols that came after it.
func (c *Call) Fail(e *Error) Reply {
	r := Reply{Status: e.Status, Code: e.Code, Header: c.Protocol.header()}
	old := Header{"X-Amzn-Query-Error", e.queryCode() + ";" + e.fault()}
	switch c.Protocol {
	case Query:
		r.Code = e.queryCode()
		r.Body = c.errorXML(e)
	case CBOR:
		r.Code = e.queryCode()
		r.Header = append(r.Header, old)
		r.Body = encodeCBOR(map[string]string{"__type": c.Service.Shapes + "#" + e.Code, "message": e.Message})
	case JSON10, JSON11:
		if e.Status < 500 && e.Status != http.StatusRequestEntityTooLarge {
			r.Status = http.StatusBadRequest
		}
		r.Header = append(r.Header, Header{"X-Amzn-Errortype", e.Code})
		if c.Service.Version != "" {
			r.Header = append(r.Header, old)
		}
		r.Body = e.json("message", map[string]any{"__type": e.Code})
	default:
		r.Header = append(r.Header, Header{"X-Amzn-Errortype", e.Code})
		r.Body = e.Body()
	}
	return r
}

// messageMember is how restJson1 spells it: errors of the service's model have a Message, those of the layer before it a message.
func (e *Error) messageMember() string {
	if e.Null || e.Members == nil {
		return "message"
	}
	return "Message"
}

// Body is e as restJson1 writes it.
func (e *Error) Body() []byte { return e.json(e.messageMember(), map[string]any{}) }

func (e *Error) json(messageMember string, body map[string]any) []byte {
	for k, v := range e.Members {
		body[k] = v
	}
	body[messageMember] = e.Message
	if e.Null {
		body[messageMember] = nil
	}
	return encodeJSON(body)
}
