package benchserver

import (
	"bytes"
	"errors"
	"strconv"
)

// errRequest is a request that this server does not read: the connection is closed.
var errRequest = errors.New("benchserver: not a request that it reads")

// maxHead bounds a request's line and headers.
const maxHead = 64 << 10

const (
	pathHead = "/endpoints/"
	pathTail = "/invocations"
)

// request is the head of one. Its slices are of the connection's buffer and stand until more is read.
type request struct {
	method, target []byte
	length         int64 // of the body
	close          bool  // the client wants the connection closed
	json           bool  // it names an operation as the JSON protocol of SageMaker's control plane does
}

// parse reads a head, the empty line excluded.
func parse(head []byte) (r request, err error) {
	line, rest, _ := bytes.Cut(head, crlf)
	var version []byte
	var ok bool
	r.method, line, _ = bytes.Cut(line, space)
	if r.target, version, ok = bytes.Cut(line, space); !ok {
		return r, errRequest
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		r.close = true
	default:
		return r, errRequest
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, crlf)
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 {
			return r, errRequest
		}
		if err := r.header(line[:colon], line[colon+1:]); err != nil {
			return r, err
		}
	}
	return r, nil
}

var (
	crlf  = []byte("\r\n")
	blank = []byte("\r\n\r\n")
	space = []byte(" ")
)

// header takes in the few that matter. Their lengths differ, so most others cost no comparison.
func (r *request) header(name, value []byte) (err error) {
	switch len(name) {
	case len("Connection"):
		if is(name, "Connection") {
			r.close = r.close || is(bytes.TrimSpace(value), "close")
		}
	case len("X-Amz-Target"):
		r.json = r.json || is(name, "X-Amz-Target")
	case len("Content-Length"):
		if is(name, "Content-Length") {
			r.length, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
			if err != nil || r.length < 0 {
				return errRequest
			}
		}
	case len("Transfer-Encoding"):
		if is(name, "Transfer-Encoding") {
			return errRequest
		}
	}
	return nil
}

func is(got []byte, want string) bool {
	return len(got) == len(want) && bytes.EqualFold(got, []byte(want))
}

// endpoint is the name that r invokes, if it invokes one.
func (r *request) endpoint() (name []byte, ok bool) {
	if name, ok = bytes.CutPrefix(r.target, []byte(pathHead)); !ok || string(r.method) != "POST" {
		return nil, false
	}
	return bytes.CutSuffix(name, []byte(pathTail))
}
