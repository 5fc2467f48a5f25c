package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// scratches are where long bodies are read to be dropped: few connections read one at the same time.
var scratches = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// Limits on what frames chunks.
const (
	maxLine   = 4<<10 - 1 // bytes of a line
	maxExcess = 16 << 10  // bytes beyond what the chunks justify
)

// maxPiece is the most bytes that Response.Each is given at once.
const maxPiece = 4 << 10

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
	err := c.takeSome(r.most()+1, r)
	if err == io.EOF { // itself: crypto/tls has another error for a connection that was cut inside a record
		return nil
	}
	return err
}

// take reads n bytes of the body.
func (c *Conn) take(n int64, r *Response) error { return cutShort(c.takeSome(n, r)) }

// cutShort makes the end of the connection what it is where more was to come.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// takeSome reads n bytes of the body, or fewer and io.EOF.
func (c *Conn) takeSome(n int64, r *Response) error {
	n = min(n, r.most()+1-r.Bytes) // one more than allowed is enough to know
	if r.Each != nil && r.OK() {
		return c.pass(n, r)
	}
	b := c.buf[c.read:c.filled]
	b = b[:min(int64(len(b)), n)]
	c.read += len(b)
	if err := r.count(b); err != nil {
		return err
	}
	if n -= int64(len(b)); n == 0 {
		return nil
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
		if err := r.count(scratch[:got]); err != nil {
			return err
		}
		n -= int64(got)
		if err != nil && n > 0 {
			return err
		}
	}
	return nil
}

// pass hands n bytes over as they come: in one piece if they fit into the buffer, as most chunks do. It reads into the connection's own
// memory, since a stream may rest inside a chunk, and thousands at the same time.
func (c *Conn) pass(n int64, r *Response) error {
	c.widen(n)
	for n > 0 {
		err := c.await(n)
		b := c.buf[c.read:c.filled]
		b = b[:min(int64(len(b)), n)]
		c.read += len(b)
		n -= int64(len(b))
		if refused := r.count(b); refused != nil {
			return refused
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// widen makes room behind the head for a piece of n bytes, up to a limit.
func (c *Conn) widen(n int64) {
	if want := c.body + int(min(n, maxPiece)); want > len(c.buf) {
		c.buf = append(c.buf, make([]byte, want-len(c.buf))...)
	}
}

// await reads until all of n bytes are there, or any of more than fit into the buffer.
func (c *Conn) await(n int64) error {
	if n > int64(len(c.buf)-c.body) {
		n = 1
	}
	for int64(c.filled-c.read) < n {
		if err := c.fill(); err != nil {
			return err
		}
	}
	return nil
}

// count takes b in, which came of the body.
func (r *Response) count(b []byte) error {
	r.Bytes += int64(len(b))
	keep := r.Keep
	if r.OK() {
		keep = r.KeepOK
	}
	if room := keep - len(r.Body); room > 0 {
		r.Body = append(r.Body, b[:min(len(b), room)]...)
	}
	if err := r.limit(); err != nil || r.Each == nil || !r.OK() || len(b) == 0 {
		return err
	}
	return r.Each(b)
}

func (r *Response) most() int64 {
	if r.Most > 0 {
		return r.Most
	}
	return MaxBody
}

func (r *Response) limit() error {
	if r.Bytes > r.most() {
		return fmt.Errorf("%w: its body has more than %d bytes", ErrTooLong, r.most())
	}
	return nil
}

// receiveChunks reads a body in chunks, and the trailers after it (RFC 9112, 7.1).
func (c *Conn) receiveChunks(r *Response) error {
	excess := int64(0)
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := chunkSize(line)
		if err != nil {
			return err
		}
		// What frames the chunks may be a little more than the chunks, not without end.
		if excess = max(0, excess+int64(len(line))+2-16-2*min(size, MaxBody)); excess > maxExcess {
			return fmt.Errorf("%w: its chunks are mostly framing", ErrMalformed)
		}
		if size == 0 {
			return c.trailers()
		}
		if err := c.chunk(size, r); err != nil {
			return err
		}
	}
}

// chunk reads the data of a chunk, and the end of its line.
func (c *Conn) chunk(size int64, r *Response) error {
	if err := c.take(size, r); err != nil {
		return err
	}
	line, err := c.line()
	if err == nil && len(line) > 0 {
		return malformed("end of a chunk", line)
	}
	return err
}

// line reads a line of the body's framing, which ends with CR LF and has no other CR.
func (c *Conn) line() ([]byte, error) {
	for {
		rest := c.buf[c.read:c.filled]
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			c.read += i + 1
			if i == 0 || bytes.IndexByte(rest, '\r') != i-1 {
				return nil, malformed("line of a chunk", rest[:i])
			}
			rest = rest[:i-1]
			return rest, tooLongLine(rest)
		}
		if err := tooLongLine(rest); err != nil {
			return nil, err
		}
		if err := c.fill(); err != nil {
			return nil, cutShort(err)
		}
	}
}

func tooLongLine(line []byte) error {
	if len(line) > maxLine {
		return fmt.Errorf("%w: a line of a chunk has more than %d bytes", ErrMalformed, maxLine)
	}
	return nil
}

// chunkSize reads hexadecimal digits, and passes over what may follow them after a semicolon.
func chunkSize(line []byte) (int64, error) {
	digits, _, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte{';'})
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
			return fmt.Errorf("%w: its trailers have more than %d bytes", ErrMalformed, MaxHead)
		}
	}
}
