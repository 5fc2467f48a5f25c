package simulator

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
)

// protocol is one of AWS's wire protocols. Each service speaks one; errors look different in each.
type protocol uint8

const (
	restJSON protocol = iota // SageMaker Runtime
	json11                   // SageMaker, Application Auto Scaling
	query                    // STS
	rpcCBOR                  // CloudWatch
)

// apiError is an error as AWS answers it. Its pointer is not an error value: it is an answer like any other.
type apiError struct {
	code    string // as the JSON and CBOR protocols name it
	query   string // as the Query protocol names it, when that differs
	status  int    // of HTTP, in protocols that use more than 400 and 500
	message string
	null    bool           // the message is null
	members map[string]any // further members of the error's shape
}

// reply is what is written to the caller.
type reply struct {
	status int
	header []headerLine
	body   []byte
	code   string // for the counts; empty for a success
	how    delivery
}

// delivery is how much of a reply gets through.
type delivery uint8

const (
	whole   delivery = iota
	bare             // nothing of it shows that a service of AWS wrote it
	cut              // the connection ends inside the body
	reset            // the connection ends before anything is written
	nothing          // the caller is gone
)

type headerLine struct{ name, value string }

func errInvalid(message string) *apiError {
	return &apiError{code: "ValidationException", query: "ValidationError", status: http.StatusBadRequest, message: message}
}

func errUnknownOperation() *apiError {
	return &apiError{
		code: "UnknownOperationException", query: "InvalidAction", status: http.StatusNotFound,
		message: "The requested operation is not recognized by the service.",
	}
}

func errTooLarge() *apiError {
	return &apiError{
		code: "RequestEntityTooLargeException", query: "RequestEntityTooLarge",
		status: http.StatusRequestEntityTooLarge, message: "The request body is larger than the service accepts.",
	}
}

// queryCode is the error's name in the Query protocol.
func (e *apiError) queryCode() string { return orElse(e.query, e.code) }

// reply writes e in p. id is the request's.
func (e *apiError) reply(p protocol, id string) reply {
	r := reply{status: e.status, code: e.code}
	switch p {
	case query:
		r.code = e.queryCode()
		r.header = []headerLine{{"Content-Type", "text/xml"}}
		r.body = e.xml(id)
	case rpcCBOR:
		r.code = e.queryCode()
		fault := "Sender"
		if e.status >= 500 {
			fault = "Receiver"
		}
		r.header = []headerLine{
			{"Content-Type", "application/cbor"},
			{"Smithy-Protocol", "rpc-v2-cbor"},
			{"X-Amzn-Query-Error", e.queryCode() + ";" + fault},
		}
		r.body = encodeCBOR(cborError{Type: "com.amazonaws.cloudwatch.v2010_08_01#" + e.code, Message: e.message})
	case json11:
		if e.status < 500 && e.status != http.StatusRequestEntityTooLarge {
			r.status = http.StatusBadRequest
		}
		r.header = []headerLine{{"Content-Type", "application/x-amz-json-1.1"}}
		r.body = e.json("message", map[string]any{"__type": e.code})
	default:
		r.header = []headerLine{{"Content-Type", "application/json"}, {"X-Amzn-Errortype", e.code}}
		r.body = e.json(e.messageMember(), map[string]any{})
	}
	return r
}

// messageMember is how restJson1 spells it: errors of the service's model have a Message, those of the layer before it a message.
func (e *apiError) messageMember() string {
	if e.null || e.members == nil {
		return "message"
	}
	return "Message"
}

func (e *apiError) json(messageMember string, body map[string]any) []byte {
	for k, v := range e.members {
		body[k] = v
	}
	body[messageMember] = e.message
	if e.null {
		body[messageMember] = nil
	}
	return encodeJSON(body)
}

// encodeJSON writes v, which is made of things that can be written.
func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("simulator: " + err.Error())
	}
	return b
}

type xmlError struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type    string   `xml:"Error>Type"`
	Code    string   `xml:"Error>Code"`
	Message string   `xml:"Error>Message"`
	ID      string   `xml:"RequestId"`
}

func (e *apiError) xml(id string) []byte {
	kind := "Sender"
	if e.status >= 500 {
		kind = "Receiver"
	}
	return encodeXML(xmlError{Type: kind, Code: e.queryCode(), Message: e.message, ID: id})
}

// encodeXML writes v, which is made of things that can be written.
func encodeXML(v any) []byte {
	b, err := xml.Marshal(v)
	if err != nil {
		panic("simulator: " + err.Error())
	}
	return b
}
