package http1

import (
	"bytes"
	"fmt"
	"strconv"
)

// head is what framing and reuse of a connection depend on.
type head struct {
	status  int
	minor   int   // of HTTP/1.x
	length  int64 // Content-Length, -1 when there is none
	chunked bool
	coded   bool // there is a Transfer-Encoding
	close   bool // Connection: close
	keep    bool // Connection: keep-alive
	lines   []byte
}

// parse makes h the head that b begins with. size is how many bytes it takes, 0 while it is not whole.
func (h *head) parse(b []byte) (size int, err error) {
	*h = head{length: -1}
	line, rest, whole := cutLine(b)
	if !whole {
		return 0, tooLong(len(b))
	}
	if h.status, h.minor, err = parseStatus(line); err != nil {
		return 0, err
	}
	for fields := rest; ; {
		line, rest, whole = cutLine(rest)
		if !whole {
			return 0, tooLong(len(b))
		}
		if len(line) == 0 {
			size = len(b) - len(rest)
			h.lines = fields[:len(fields)-len(rest)]
			return size, tooLong(size)
		}
		name, value, err := parseField(line)
		if err != nil {
			return 0, err
		}
		if err := h.field(name, value); err != nil {
			return 0, err
		}
	}
}

func tooLong(head int) error {
	if head > MaxHead {
		return fmt.Errorf("%w: its head has more than %d bytes", ErrTooLong, MaxHead)
	}
	return nil
}

// cutLine cuts the first line off b. Lines end with LF; a CR before it is no part of them.
func cutLine(b []byte) (line, rest []byte, whole bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, b, false
	}
	line, rest = b[:i], b[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest, true
}

// parseStatus reads a line like HTTP/1.1 200 OK.
func parseStatus(line []byte) (status, minor int, err error) {
	const version = "HTTP/1."
	if len(line) < len(version)+5 || string(line[:len(version)]) != version {
		return 0, 0, malformed("status line", line)
	}
	digits := line[len(version):]
	minor = int(digits[0]) - '0'
	if minor < 0 || minor > 1 || digits[1] != ' ' || len(digits) > 5 && digits[5] != ' ' {
		return 0, 0, malformed("status line", line)
	}
	for _, c := range digits[2:5] {
		if c < '0' || c > '9' {
			return 0, 0, malformed("status line", line)
		}
		status = 10*status + int(c-'0')
	}
	if status < 100 {
		return 0, 0, malformed("status line", line)
	}
	return status, minor, nil
}

// parseField reads a line like Content-Length: 7. A line that goes on from the one before it (header folding) is refused, as RFC 9112
// has it.
func parseField(line []byte) (name, value []byte, err error) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return nil, nil, malformed("header", line)
	}
	name, value = line[:i], trim(line[i+1:])
	for _, c := range name {
		if !isToken[c] {
			return nil, nil, malformed("header", line)
		}
	}
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return nil, nil, malformed("header", line)
		}
	}
	return name, value, nil
}

// field takes in the headers that matter. They are told apart by their length first: most are none of them.
func (h *head) field(name, value []byte) error {
	switch len(name) {
	case len("Connection"):
		if equalFold(name, "Connection") {
			h.close = h.close || hasToken(value, "close")
			h.keep = h.keep || hasToken(value, "keep-alive")
		}
	case len("Content-Length"):
		if equalFold(name, "Content-Length") {
			return h.contentLength(value)
		}
	case len("Transfer-Encoding"):
		if equalFold(name, "Transfer-Encoding") {
			return h.transferEncoding(value)
		}
	}
	return nil
}

// contentLength takes the header as often as it says the same.
func (h *head) contentLength(value []byte) error {
	if len(value) == 0 || len(value) > 18 { // more do not fit in an int64, and none of ours is that long
		return malformed("Content-Length", value)
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return malformed("Content-Length", value)
		}
		n = 10*n + int64(c-'0')
	}
	if h.length >= 0 && h.length != n {
		return malformed("second Content-Length", value)
	}
	h.length = n
	return nil
}

func (h *head) transferEncoding(value []byte) error {
	if h.coded || !equalFold(value, "chunked") {
		return malformed("Transfer-Encoding", value)
	}
	h.coded, h.chunked = true, h.minor > 0 // HTTP/1.0 knows no chunks
	return nil
}

// interim says whether another head follows this one.
func (h *head) interim() bool { return h.status < 200 && h.status != 101 }

// bodiless says whether no body follows, whatever the headers say. Ours are answers to POST.
func (h *head) bodiless() bool { return h.status < 200 || h.status == 204 || h.status == 304 }

// lasts says whether the connection may be used again after this answer.
func (h *head) lasts() bool {
	switch {
	case h.close, h.status == 101, h.coded && h.length >= 0: // both framings at once: somebody in between may see it otherwise
		return false
	case h.minor == 0 && (h.coded || !h.keep):
		return false
	}
	return h.bodiless() || h.chunked || h.length >= 0
}

func malformed(what string, text []byte) error {
	const most = 80
	return fmt.Errorf("%w: %s %s", ErrMalformed, what, strconv.Quote(string(text[:min(len(text), most)])))
}

// isToken are the bytes that a header's name may have (RFC 9110, 5.6.2).
var isToken = func() (set [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		set[c] = true
	}
	return set
}()

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

// equalFold compares ASCII in any case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// hasToken looks in a list such as "keep-alive, Upgrade".
func hasToken(list []byte, token string) bool {
	for len(list) > 0 {
		item := list
		if i := bytes.IndexByte(list, ','); i >= 0 {
			item, list = list[:i], list[i+1:]
		} else {
			list = nil
		}
		if equalFold(trim(item), token) {
			return true
		}
	}
	return false
}
