package benchserver

import (
	"fmt"
	"strings"

	"sagetop/runner"
)

// Kind is one thing that the server may do with a request.
type Kind uint8

// The kinds. Those up to Empty are successes.
const (
	Success     Kind = iota // 200 with Content-Length
	Chunked                 // 200 in chunks, one of them with an extension, and a trailer
	UntilClose              // 200 whose body ends with the connection
	Interim                 // 100 and 103 before the 200
	SaysClose               // 200 with Connection: close
	IdleClose               // 200, and the connection ends without notice after it
	Empty                   // 200 without a body
	ModelError              // 424, the container's 500
	Throttled               // 400 ThrottlingException whose message is null
	NotReady                // 429 ModelNotReadyException
	Validation              // 400 ValidationError
	Denied                  // 403 AccessDeniedException
	Internal                // 500 InternalFailure
	Unavailable             // 503 ServiceUnavailable
	Dependency              // 530 InternalDependencyException
	Reset                   // the connection is reset before an answer
	Hangup                  // the connection is closed before an answer
	CutLength               // it is closed inside a body with Content-Length
	CutChunked              // it is closed inside a chunked body
	Never                   // no answer; the connection stays until the client closes it
	NumKinds
)

func (k Kind) String() string {
	if k < NumKinds {
		return kinds[k].name
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Outcome is how a client should call it: class, HTTP status and code, without a message. It is zero for a success.
func (k Kind) Outcome() runner.Failure { return kinds[k].outcome }

// ending is what becomes of the connection after an answer.
type ending uint8

const (
	stays  ending = iota
	closes        // in order: over TLS with a close_notify
	drops         // FIN, in the same segment as the answer's end where the system can
	resets        // RST
	hangs         // nothing, until the client has gone
)

// facts about a Kind.
type facts struct {
	name    string
	wire    []byte // what is written
	ending  ending
	outcome runner.Failure
}

// kinds says what each Kind is on the wire.
var kinds = [NumKinds]facts{
	Success:    {name: "success", wire: whole("200 OK", "", body)},
	Chunked:    {name: "chunked", wire: head("200 OK", chunkedHeader, chunks+"0\r\nX-Checksum: 0\r\n\r\n")},
	UntilClose: {name: "until close", wire: head("200 OK", "Connection: close\r\n", body), ending: closes},
	Interim:    {name: "1xx first", wire: append([]byte(interim), whole("200 OK", "", body)...)},
	SaysClose:  {name: "connection: close", wire: whole("200 OK", "Connection: close\r\n", body), ending: closes},
	IdleClose:  {name: "closed when idle", wire: whole("200 OK", "", body), ending: drops},
	Empty:      {name: "empty", wire: whole("200 OK", "", "")},

	ModelError: failed(runner.Failure{Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 500, Code: "ModelError"}, modelError),
	Throttled:  failed(runner.Failure{Class: runner.Throttled, HTTPStatus: 400, Code: "ThrottlingException"}, `{"message": null}`),
	NotReady: failed(runner.Failure{Class: runner.NotReady, HTTPStatus: 429, Code: "ModelNotReadyException"},
		`{"Message":"The model is not ready to serve requests"}`),
	Validation: failed(runner.Failure{Class: runner.Validation, HTTPStatus: 400, Code: "ValidationError"},
		`{"Message":"Endpoint x of account 123456789012 not found."}`),
	Denied: failed(runner.Failure{Class: runner.Auth, HTTPStatus: 403, Code: "AccessDeniedException"}, denied),
	Internal: failed(runner.Failure{Class: runner.Internal, HTTPStatus: 500, Code: "InternalFailure"},
		`{"Message":"The request failed for an unknown reason"}`),
	Unavailable: failed(runner.Failure{Class: runner.Unavailable, HTTPStatus: 503, Code: "ServiceUnavailable"},
		`{"Message":"The service is unavailable. Try your call again."}`),
	Dependency: failed(runner.Failure{Class: runner.Internal, HTTPStatus: 530, Code: "InternalDependencyException"},
		`{"Message":"An internal dependency failed"}`),

	Reset:  {name: "reset", ending: resets, outcome: runner.Failure{Class: runner.Reset}},
	Hangup: {name: "hang-up", ending: drops, outcome: runner.Failure{Class: runner.Reset}},
	CutLength: {
		name: "cut in length", wire: whole("200 OK", "", body)[:cutAt], ending: drops,
		outcome: runner.Failure{Class: runner.Truncated, HTTPStatus: 200},
	},
	CutChunked: {
		name: "cut in chunks", wire: head("200 OK", chunkedHeader, chunks[:len(chunks)-9]), ending: drops,
		outcome: runner.Failure{Class: runner.Truncated, HTTPStatus: 200},
	},
	Never: {name: "no answer", ending: hangs, outcome: runner.Failure{Class: runner.Timeout}},
}

// What the service says.
const (
	requestID     = "x-amzn-RequestId: 5d3f2c1e-8b7a-4e6f-9a0b-1c2d3e4f5a6b\r\n"
	variant       = "x-Amzn-Invoked-Production-Variant: AllTraffic\r\n"
	jsonType      = "Content-Type: application/json\r\n"
	chunkedHeader = "Transfer-Encoding: chunked\r\n"
	interim       = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"

	body       = `[{"label":"POSITIVE","score":0.9998},{"label":"NEGATIVE"}]`
	chunks     = "1e;note=\"first\"\r\n[{\"label\":\"POSITIVE\",\"score\":0\r\n1c\r\n.9998},{\"label\":\"NEGATIVE\"}]\r\n"
	modelError = `{"ErrorCode":"INTERNAL_FAILURE_FROM_MODEL","LogStreamArn":"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/x",` +
		`"Message":"Received server error (500) from model with message \"out of memory\". See https://example.test/logs in account 123456789012 for more information.",` +
		`"OriginalMessage":"out of memory","OriginalStatusCode":500}`
	denied = `{"Message":"User: arn:aws:iam::123456789012:user/bench is not authorized to perform: sagemaker:InvokeEndpoint"}`
)

// cutAt is inside the body of a Success.
var cutAt = len(whole("200 OK", "", body)) - len(body)/2

func head(status, headers, rest string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\n" + requestID + variant + jsonType + headers + "\r\n" + rest)
}

func whole(status, headers, content string) []byte {
	return head(status, fmt.Sprintf("%sContent-Length: %d\r\n", headers, len(content)), content)
}

// failed is an answer with an error of AWS's.
func failed(f runner.Failure, content string) facts {
	status := fmt.Sprintf("%d %s", f.HTTPStatus, strings.TrimSuffix(f.Code, "Exception"))
	return facts{
		name:    fmt.Sprintf("%d %s", f.HTTPStatus, f.Code),
		wire:    whole(status, "X-Amzn-Errortype: "+f.Code+"\r\n", content),
		outcome: f,
	}
}
