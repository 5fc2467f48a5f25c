package benchserver

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"time"
)

// readBuffer holds the head of a signed request and its small body.
const readBuffer = 4 << 10

// conn is one connection, served by one goroutine.
type conn struct {
	server *Server
	raw    *net.TCPConn
	rw     net.Conn // raw, or TLS over it
	number int      // of the connection: where it records
	buf    []byte
	r, w   int // buf[r:w] is unread
	timer  *time.Timer
}

func newConn(s *Server, raw *net.TCPConn, secure *tls.Config, number uint64) *conn {
	c := &conn{server: s, raw: raw, rw: raw, number: int(number % numShards), buf: make([]byte, readBuffer)}
	if secure != nil {
		c.rw = tls.Server(raw, secure)
	}
	return c
}

// serve answers one request after the other until one side closes the connection.
func (c *conn) serve() {
	defer c.server.leave(c)
	defer c.raw.Close()
	for {
		head, err := c.head()
		if err != nil {
			return
		}
		r, err := parse(head)
		if err != nil {
			return
		}
		e, other := c.server.route(&r) // before the body overwrites what r points to
		if c.discard(r.length) != nil {
			return
		}
		if e == nil {
			if _, err := c.rw.Write(other); err != nil || r.close {
				return
			}
			continue
		}
		if !c.answer(e) || r.close {
			c.finish()
			return
		}
	}
}

// head reads up to the next request's body.
func (c *conn) head() ([]byte, error) {
	for {
		if i := bytes.Index(c.buf[c.r:c.w], blank); i >= 0 {
			head := c.buf[c.r : c.r+i]
			c.r += i + len(blank)
			return head, nil
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more behind what is unread.
func (c *conn) fill() error {
	switch {
	case c.r == c.w:
		c.r, c.w = 0, 0
	case c.w == len(c.buf) && c.r > 0:
		c.r, c.w = 0, copy(c.buf, c.buf[c.r:c.w])
	case c.w == len(c.buf) && len(c.buf) < maxHead:
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	case c.w == len(c.buf):
		return errRequest
	}
	n, err := c.rw.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	return err
}

// discard reads a body of n bytes and drops it.
func (c *conn) discard(n int64) error {
	for {
		had := min(n, int64(c.w-c.r))
		c.r += int(had)
		if n -= had; n == 0 {
			return nil
		}
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// answer does with a request what e wants, and says whether the connection goes on.
func (c *conn) answer(e *endpoint) bool {
	arrived := time.Now()
	kind := e.next()
	if hold := e.holds(arrived); hold > 0 && !c.wait(hold) {
		return false
	}
	e.count(c.number, kind)
	k := &kinds[kind]
	if k.ending == drops {
		c.drop(k.wire)
		return false
	}
	if len(k.wire) > 0 {
		if _, err := c.rw.Write(k.wire); err != nil {
			return false
		}
		e.record(c.number, arrived)
	}
	switch k.ending {
	case resets:
		_ = c.raw.SetLinger(0) // then the Close that follows sends RST
		_ = c.raw.Close()
	case hangs:
		_, _ = io.Copy(io.Discard, c.rw)
	}
	return k.ending == stays
}

// wait says whether d passed with the server still serving.
func (c *conn) wait(d time.Duration) bool {
	if c.timer == nil {
		c.timer = time.NewTimer(d)
	} else {
		c.timer.Reset(d)
	}
	select {
	case <-c.timer.C:
		return true
	case <-c.server.stop:
		c.timer.Stop()
		return false
	}
}

// drop writes what there is to write and ends the connection at once, without a close_notify over TLS: the client gets both in one
// segment where the system can hold the first back, so that who looks before it sends again finds the end there.
func (c *conn) drop(wire []byte) {
	cork(c.raw)
	if len(wire) > 0 {
		_, _ = c.rw.Write(wire) // a client that has gone needs no answer
	}
	_ = c.raw.Close()
}

// finish ends the connection in order.
func (c *conn) finish() { _ = c.rw.Close() }
