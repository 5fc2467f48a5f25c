// Package wire is how AWS's services speak: their protocols, the shapes of their errors, their signatures. It turns bytes into the
// inputs of operations and outputs into bytes, in the protocol of the caller, and knows nothing of what an operation does.
//
// Inputs and outputs are structs whose fields have the names of AWS's members; `json:",omitempty"` leaves out what is empty in every
// protocol. Times are of type Time.
package wire

import (
	"encoding/json"
	"net/http"

	"github.com/fxamacker/cbor/v2"
)

// Protocol is one of AWS's wire protocols.
type Protocol uint8

// The protocols. CloudWatch speaks the last three.
const (
	RestJSON Protocol = iota // SageMaker Runtime
	JSON11                   // SageMaker, Application Auto Scaling, Logs, ...
	JSON10                   // newer botocore's
	Query                    // form-encoded requests, answers in XML: older botocore's, and STS
	CBOR                     // RPC v2 CBOR: the newer SDKs'
)

var contentTypes = [...]string{
	RestJSON: "application/json",
	JSON11:   "application/x-amz-json-1.1",
	JSON10:   "application/x-amz-json-1.0",
	Query:    "text/xml",
	CBOR:     "application/cbor",
}

// header of every answer in p, an error's or not.
func (p Protocol) header() []Header {
	h := []Header{{"Content-Type", contentTypes[p]}}
	if p == CBOR {
		h = append(h, Header{"Smithy-Protocol", "rpc-v2-cbor"})
	}
	return h
}

// Header is a line of an answer's head.
type Header struct{ Name, Value string }

// Reply is an answer.
type Reply struct {
	Status int
	Header []Header
	Body   []byte
	Code   string // an error's
}

// Decode reads the input of c's operation.
func (c *Call) Decode(in any) *Error {
	var err error
	switch {
	case c.Protocol == Query:
		err = decodeQuery(c.Body, in)
	case c.Protocol == CBOR && len(c.Body) > 0: // the library bounds nesting and sizes by what the bytes hold
		err = cbor.Unmarshal(c.Body, in)
	case len(c.Body) > 0:
		err = json.Unmarshal(c.Body, in)
	}
	if err != nil {
		return unreadable(err)
	}
	return nil
}

func unreadable(err error) *Error {
	return &Error{
		Code: "SerializationException", Query: "MalformedInput", Status: http.StatusBadRequest,
		Message: "The request could not be read: " + err.Error(),
	}
}

// Reply is a success with the output of c's operation.
func (c *Call) Reply(out any) Reply {
	r := Reply{Status: http.StatusOK, Header: c.Protocol.header()}
	switch c.Protocol {
	case Query:
		r.Body = c.encodeXML(out)
	case CBOR:
		r.Body = encodeCBOR(out)
	default:
		r.Body = encodeJSON(out)
	}
	return r
}

// encodeJSON writes v, which is made of things that can be written.
func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("simulator: " + err.Error())
	}
	return b
}

// encodeCBOR writes v, which is made of things that can be written.
func encodeCBOR(v any) []byte {
	b, err := cbor.Marshal(v)
	if err != nil {
		panic("simulator: " + err.Error())
	}
	return b
}
