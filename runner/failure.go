package runner

import "fmt"

// Class sorts failures by what a person would do about them. The zero Class is success.
type Class uint8

// The classes of failures, named as run.json names them.
const (
	OK          Class = iota
	ModelError        // the container failed, refused or timed out (HTTP 424)
	Throttled         // the account's or endpoint's request quota
	NotReady          // the model is still loading (HTTP 429)
	Validation        // the request itself is wrong
	Auth              // credentials or permissions
	Unavailable       // HTTP 503
	Internal          // HTTP 500, 530
	Timeout           // no whole answer within the request's deadline
	Connect           // no connection: refused, unreachable, name not found
	TLS               // handshake or certificate
	Reset             // the connection broke before an answer
	Truncated         // the connection broke inside an answer
	Stream            // the endpoint reported an error inside a streamed answer
	Check             // answered, but not as --expect wants it
	Other
	NumClasses
)

var classNames = [NumClasses]string{
	"ok", "model_error", "throttled", "not_ready", "validation", "auth", "unavailable", "internal",
	"timeout", "connect", "tls", "reset", "truncated", "stream", "check", "other",
}

func (c Class) String() string {
	if c < NumClasses {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// MarshalText writes the name of c.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name that MarshalText wrote.
func (c *Class) UnmarshalText(text []byte) error {
	for i, name := range classNames {
		if name == string(text) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("runner: unknown failure class %q", text)
}

// Failure says why a request failed. Its zero value is success. It is comparable, so that equal failures can be counted.
type Failure struct {
	Class          Class  `json:"class"`
	HTTPStatus     int    `json:"http_status,omitempty"`
	OriginalStatus int    `json:"original_status,omitempty"` // what the container answered, when SageMaker says so
	Code           string `json:"code,omitempty"`            // AWS's error code
	Message        string `json:"message,omitempty"`         // without what differs from request to request
}

// ErrorCount is a Failure and how often it was seen.
type ErrorCount struct {
	Failure
	Count  uint64  `json:"count"`
	First  int64   `json:"first"` // the second (Unix) in which it was first seen
	Last   int64   `json:"last"`
	Sample *Sample `json:"sample,omitempty"` // in Snapshot.Errors, and in the Delta of a worker's first one of the kind; else nil
}
