package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"
)

// headBuffer is what a connection reads into at first. It holds most answers whole, and ten thousand connections have one each.
const headBuffer = 1 << 10

// Conn is one connection to one server. It belongs to one goroutine.
type Conn struct {
	wire   *wire
	secure *tls.Conn // nil: plain
	in     io.Reader // secure, or wire
	buf    []byte    // what was read: buf[read:filled] is not used yet
	read   int
	filled int
	body   int // where in buf the body of the answer in hand begins: the head before it stays

	used     bool      // a whole answer has come on it
	last     time.Time // when that began
	reusable bool
	unwatch  func() bool // lets go of ctx

	// What it took to open. Connect, of TCP, is about one round trip; a name that was looked up a moment ago takes next to nothing.
	Lookup, Connect, Handshake time.Duration
	// Local is the address that it goes out from.
	Local netip.Addr
}

// newConn takes over c. It is closed, as far as waiting for it goes, when ctx ends.
func newConn(ctx context.Context, c net.Conn) (*Conn, error) {
	w, err := newWire(c)
	if err != nil {
		return nil, err
	}
	return &Conn{wire: w, in: w, Local: LocalAddr(c), unwatch: context.AfterFunc(ctx, w.abort)}, nil
}

// LocalAddr is the address that c goes out from; the zero one where it has none of that kind.
func LocalAddr(c net.Conn) netip.Addr {
	if a, ok := c.LocalAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// handshake makes c a TLS connection.
func (c *Conn) handshake(config *tls.Config, due time.Time) error {
	began := time.Now()
	c.wire.begin(time.Time{}, began, due)
	secure := tls.Client(c.wire, config)
	if err := secure.Handshake(); err != nil {
		return err
	}
	c.secure, c.in, c.Handshake = secure, secure, time.Since(began)
	return nil
}

// Send begins a request, which is over at due: head, which ends with an empty line, and body, which may be part of head already. The
// bytes must stay as they are until the answer was received. Most requests leave with the first read of Receive.
//
// ErrIdleClosed, here or from Receive, says that another connection may be tried: the other end has not got the request.
func (c *Conn) Send(head, body []byte, now, due time.Time) error {
	c.wire.begin(c.last, now, due)
	if len(head)+len(body) > maxUnchecked && c.used && !c.alive() {
		return ErrIdleClosed
	}
	err := c.put(head)
	if err == nil && len(body) > 0 {
		err = c.put(body)
	}
	if err != nil && c.wire.breaks(err) {
		return nil // Receive looks for an answer
	}
	return c.explain(err)
}

// maxUnchecked is the length up to which a request leaves with a read, which looks first if it has to. TLS makes it a little longer.
const maxUnchecked = maxPending - 1<<10

func (c *Conn) put(p []byte) error {
	if c.secure == nil {
		return c.wire.put(p)
	}
	_, err := c.secure.Write(p)
	return err
}

// alive looks, without waiting, whether an idle connection is still open and silent.
func (c *Conn) alive() bool {
	c.wire.nowait = true
	defer func() { c.wire.nowait = false }()
	b := c.buffer()[:1]
	_, err := c.in.Read(b)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// explain makes an error on an idle connection what it is when the other end has not got the request.
func (c *Conn) explain(err error) error {
	if err != nil && c.used && !errors.Is(err, os.ErrDeadlineExceeded) && (c.wire.sent == 0 || c.wire.refused(err)) {
		return ErrIdleClosed
	}
	return err
}

// Receive reads one answer to its end. After an error r.Status says whether the head had come, and the connection is of no further use.
func (c *Conn) Receive(r *Response) error {
	err := c.receive(r)
	if c.wire.broken == nil {
		return err
	}
	c.reusable = false
	switch { // by the first error: after a reset an end is read that is none
	case err == nil:
		return nil
	case r.First.IsZero():
		return c.explain(c.wire.broken)
	}
	return c.wire.broken
}

func (c *Conn) receive(r *Response) error {
	r.Reset()
	c.reusable = false
	var h head
	err := c.receiveHead(&h, r)
	switch {
	case err != nil && r.First.IsZero():
		return c.explain(err)
	case err != nil:
		return err
	}
	r.Status, r.lines = h.status, h.lines
	if err := c.receiveBody(&h, r); err != nil {
		return err
	}
	c.used, c.last = true, r.First
	// Bytes that nobody asked for would be taken for the next answer, and a request that was answered unsent would leave with the next.
	c.reusable = h.lasts() && c.read == c.filled && len(c.wire.pending) == 0
	return nil
}

// Reusable says whether another request may be sent after the answer that was received.
func (c *Conn) Reusable() bool { return c.reusable }

// Watch has ctx end what is waited for from now on, in place of the context before. It says whether c can still be used.
func (c *Conn) Watch(ctx context.Context) bool {
	if !c.unwatch() {
		return false
	}
	c.unwatch = context.AfterFunc(ctx, c.wire.abort)
	return true
}

// Close closes the connection. A request that was put off and has not left stays unsent.
func (c *Conn) Close() error {
	c.unwatch()
	if c.secure != nil && len(c.wire.pending) == 0 {
		return c.secure.Close()
	}
	return c.wire.Conn.Close()
}

func (c *Conn) buffer() []byte {
	if c.buf == nil {
		c.buf = make([]byte, headBuffer)
	}
	return c.buf
}

// receiveHead reads the head of the answer, after any interim ones.
func (c *Conn) receiveHead(h *head, r *Response) error {
	c.buffer()
	c.read, c.filled, c.body = 0, 0, 0
	interim := 0
	for {
		if c.filled > c.read {
			size, err := h.parse(c.buf[c.read:c.filled])
			switch {
			case err != nil:
				return err
			case size > 0 && !h.interim():
				c.read += size
				c.body = c.read
				return tooLong(interim + size)
			case size > 0:
				c.read += size
				if interim += size; interim > MaxHead {
					return tooLong(interim)
				}
				continue
			}
		}
		if err := c.fill(); err != nil {
			if errors.Is(err, io.EOF) && c.filled > 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if r.First.IsZero() {
			if c.used && c.wire.sent == 0 {
				return ErrIdleClosed // an answer before the request: of another one, or of the server's own accord
			}
			r.First = time.Now()
		}
	}
}

// fill reads more. It makes room behind the head of the answer in hand: by moving what is not used yet, else by growing.
func (c *Conn) fill() error {
	if c.read == c.filled {
		c.read, c.filled = c.body, c.body
	}
	if c.filled == len(c.buf) && c.read > c.body {
		c.filled = c.body + copy(c.buf[c.body:], c.buf[c.read:c.filled])
		c.read = c.body
	}
	if c.filled == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	n, err := c.in.Read(c.buf[c.filled:])
	c.filled += n
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}
