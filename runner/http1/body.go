package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxLine is the longest line of a chunked body's framing.
const maxLine = 4 << 10

// scratches are where long bodies are read to be dropped: few connections read one at the same time.
var scratches = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// receiveBody reads the body of the answer whose head is h (RFC 9112, 6.3).
func (c *Conn) receiveBody(h *head, r *Response) error {
	switch {
	case h.bodiless():
		return nil
	case h.chunked:
		return c.receiveChunks(r)
	case h.length >= 0:
		return c.take(h.length, r)
	}
	err := c.take(MaxBody+1, r)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil // the end of the connection is the end of the body
	}
	return err
}

// take reads n bytes of the body.
func (c *Conn) take(n int64, r *Response) error {
	if r.Bytes+min(n, MaxBody+1) > MaxBody {
		n = MaxBody + 1 - r.Bytes
	}
	b := c.buf[c.read:c.filled]
	b = b[:min(int64(len(b)), n)]
	c.read += len(b)
	r.count(b)
	if n -= int64(len(b)); n == 0 {
		return r.limit()
	}
	if n <= int64(len(c.buf)-c.body) {
		return c.drop(c.buf[c.body:], n, r)
	}
	scratch := scratches.Get().(*[64 << 10]byte)
	defer scratches.Put(scratch)
	return c.drop(scratch[:], n, r)
}

// drop reads n bytes by way of scratch.
func (c *Conn) drop(scratch []byte, n int64, r *Response) error {
	for n > 0 {
		got, err := c.in.Read(scratch[:min(int64(len(scratch)), n)])
		r.count(scratch[:got])
		n -= int64(got)
		if err := r.limit(); err != nil {
			return err
		}
		switch {
		case err == nil, n == 0:
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		default:
			return err
		}
	}
	return nil
}

func (r *Response) count(b []byte) {
	r.Bytes += int64(len(b))
	if room := r.Keep - len(r.Body); room > 0 && !r.OK() {
		r.Body = append(r.Body, b[:min(len(b), room)]...)
	}
}

func (r *Response) limit() error {
	if r.Bytes > MaxBody {
		return fmt.Errorf("%w: its body has more than %d bytes", ErrTooLong, MaxBody)
	}
	return nil
}

// receiveChunks reads a body in chunks, and the trailers after it (RFC 9112, 7.1).
func (c *Conn) receiveChunks(r *Response) error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := chunkSize(line)
		if err != nil {
			return err
		}
		if size == 0 {
			return c.trailers()
		}
		if err := c.take(size, r); err != nil {
			return err
		}
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) > 0 {
			return malformed("end of a chunk", line)
		}
	}
}

// line reads a line of the body's framing, which ends with CR LF.
func (c *Conn) line() ([]byte, error) {
	for {
		rest := c.buf[c.read:c.filled]
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			c.read += i + 1
			if i == 0 || rest[i-1] != '\r' {
				return nil, malformed("line of a chunk", rest[:i])
			}
			return rest[:i-1], nil
		}
		if len(rest) > maxLine {
			return nil, fmt.Errorf("%w: a line of a chunk has more than %d bytes", ErrTooLong, maxLine)
		}
		if err := c.fill(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// chunkSize reads hexadecimal digits, and passes over what may follow them after a semicolon.
func chunkSize(line []byte) (int64, error) {
	digits := line
	if i := bytes.IndexByte(line, ';'); i >= 0 {
		digits = line[:i]
	}
	digits = bytes.TrimRight(digits, " \t")
	if len(digits) == 0 || len(digits) > 15 {
		return 0, malformed("chunk size", line)
	}
	var n int64
	for _, d := range digits {
		v := hexValue(d)
		if v < 0 {
			return 0, malformed("chunk size", line)
		}
		n = n<<4 | v
	}
	return n, nil
}

func hexValue(c byte) int64 {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0')
	case c >= 'a' && c <= 'f':
		return int64(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int64(c-'A') + 10
	}
	return -1
}

// trailers reads header lines to the empty one, and drops them.
func (c *Conn) trailers() error {
	for size := 0; ; {
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return err
		}
		if _, _, err := parseField(line); err != nil {
			return err
		}
		if size += len(line); size > MaxHead {
			return fmt.Errorf("%w: its trailers have more than %d bytes", ErrTooLong, MaxHead)
		}
	}
}
