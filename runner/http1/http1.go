// Package http1 is HTTP/1.1 as a load generator needs it: one connection that belongs to one goroutine, requests that are bytes made
// beforehand, and answers that are read to their end, counted and mostly dropped.
//
// net/http spends two more goroutines, several channel operations and some forty allocations on a request. Here a request is a write
// and a read on the goroutine that wants the answer, and neither allocates.
package http1

import (
	"errors"
	"fmt"
	"time"
)

// Limits on answers.
const (
	MaxHead = 64 << 10  // bytes of one head, and of the trailers
	MaxBody = 256 << 20 // bytes of one body, of which next to nothing is kept: ten times what SageMaker sends at the most
)

// Errors of an answer. Others are those of net, crypto/tls and the operating system, as they are.
var (
	// ErrMalformed is wrapped by every error about an answer that breaks the rules of HTTP/1.1.
	ErrMalformed = errors.New("malformed HTTP answer")

	// ErrTooLong is wrapped by every error about an answer above the limits.
	ErrTooLong = errors.New("answer too long")

	// ErrIdleClosed says that the other end had closed the connection while it was idle, and has not got the request: another
	// connection may be used for the same one.
	ErrIdleClosed = errors.New("http1: the connection was closed while idle")

	// ErrHandshakeTimeout says that a TLS handshake took longer than it may, and that the request's own time was not up.
	ErrHandshakeTimeout = errors.New("TLS handshake timeout")
)

// ProxyError is a proxy's refusal to connect us.
type ProxyError struct{ Status int }

func (e *ProxyError) Error() string {
	return fmt.Sprintf("http1: the proxy answered CONNECT with status %d", e.Status)
}

// Response is one answer. It is valid until the next one is received on the same connection.
type Response struct {
	Keep   int   // bytes to keep of the body of an answer whose status is not 2xx; set by the caller
	KeepOK int   // bytes to keep of the body of one whose status is; set by the caller
	Most   int64 // bytes that a body may have; 0: MaxBody; set by the caller

	// Each is given the body of an answer whose status is 2xx as it comes, and ends it with its error; nil: nobody looks; set by the
	// caller. A piece is one chunk of it, or of one longer than 4 KiB what is there, and valid only during the call.
	Each func(piece []byte) error

	Status int    // 0 until the head was whole
	Bytes  int64  // of the body, without its framing
	Body   []byte // the first Keep or KeepOK bytes of it
	First  time.Time

	lines []byte // the head without its status line
}

// OK says whether the status is 2xx.
func (r *Response) OK() bool { return r.Status >= 200 && r.Status < 300 }

// Header is the value of the first header of that name in any case, nil when there is none.
func (r *Response) Header(name string) []byte {
	for lines := r.lines; len(lines) > 0; {
		line, rest, _ := cutLine(lines)
		lines = rest
		if field, value, err := parseField(line); err == nil && equalFold(field, name) {
			return value
		}
	}
	return nil
}

// Reset makes r ready for another answer and keeps its memory.
func (r *Response) Reset() {
	*r = Response{Keep: r.Keep, KeepOK: r.KeepOK, Most: r.Most, Each: r.Each, Body: r.Body[:0]}
}
