package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// server counts connections, and the requests that came on them whole.
type server struct {
	host, port      string
	roots           *x509.CertPool // of a TLS one
	config          *tls.Config
	conns, requests atomic.Int64
}

// accepted is one connection of a server's.
type accepted struct {
	net.Conn
	in     *bufio.Reader
	server *server
	nth    int64 // connection, from 1
}

// request reads one whole, and says whether there was one.
func (a *accepted) request() bool {
	req, err := http.ReadRequest(a.in)
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return false
	}
	a.server.requests.Add(1)
	return true
}

func (a *accepted) say(answer string) { io.WriteString(a.Conn, answer) }

// newServer serves each connection as serve does, and closes it then.
func newServer(t testing.TB, config *tls.Config, serve func(*accepted)) *server {
	t.Helper()
	return listen(t, net.ListenConfig{}, config, serve)
}

// newNarrowServer is one whose system takes in only a few kB that were not read.
func newNarrowServer(t testing.TB, serve func(*accepted)) *server {
	t.Helper()
	return listen(t, net.ListenConfig{Control: narrow(syscall.SO_RCVBUF)}, nil, serve)
}

// narrow makes one of a socket's buffers as small as it may be.
func narrow(buffer int) func(network, address string, raw syscall.RawConn) error {
	return func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, buffer, 4<<10) })
	}
}

func listen(t testing.TB, how net.ListenConfig, config *tls.Config, serve func(*accepted)) *server {
	t.Helper()
	l, err := how.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &server{config: config}
	s.host, s.port, _ = net.SplitHostPort(l.Addr().String())
	if config != nil {
		l = s.secure(t, l)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(&accepted{Conn: conn, in: bufio.NewReader(conn), server: s, nth: s.conns.Add(1)})
			}()
		}
	}()
	return s
}

func (s *server) secure(t testing.TB, l net.Listener) net.Listener {
	t.Helper()
	h := httptest.NewTLSServer(nil) // for its certificate
	defer h.Close()
	s.roots = x509.NewCertPool()
	s.roots.AddCert(h.Certificate())
	s.config = s.config.Clone()
	s.config.Certificates = h.TLS.Certificates
	return tls.NewListener(l, s.config)
}

func (s *server) dialer() *Dialer {
	d := NewDialer(Config{Host: s.host, Port: s.port})
	if s.roots != nil {
		d.TLS = &tls.Config{
			RootCAs: s.roots, ServerName: "example.com", MinVersion: tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(0), DynamicRecordSizingDisabled: true,
		}
	}
	return d
}

// never is when a request is over that has all the time it wants.
func never() time.Time { return time.Now().Add(time.Hour) }

// dial leaves the first exchange to its caller.
func (d *Dialer) dial(ctx context.Context, due time.Time) (c *Conn, err error) {
	err = d.Dial(ctx, due, func(opened *Conn) error {
		c = opened
		return nil
	})
	return c, err
}

func (d *Dialer) mustDial(t testing.TB) *Conn {
	t.Helper()
	c, err := d.dial(t.Context(), never())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a request with that many bytes of body and receives the answer.
func (c *Conn) ask(r *Response, size int, due time.Time) error {
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size)
	if err := c.Send([]byte(head), make([]byte, size), time.Now(), due); err != nil {
		return err
	}
	return c.Receive(r)
}

// user has one connection, as the invokers of a load have.
type user struct {
	t    testing.TB
	d    *Dialer
	conn *Conn
	res  Response
}

func (s *server) user(t testing.TB) *user {
	u := &user{t: t, d: s.dialer(), res: Response{Keep: 1 << 20}}
	t.Cleanup(func() {
		if u.conn != nil {
			u.conn.Close()
		}
	})
	return u
}

// ask sends a request, on a new connection if the old one was closed while idle or has had its last answer.
func (u *user) ask(size int, due time.Time) error {
	u.t.Helper()
	if u.conn != nil && u.conn.Reusable() {
		err := u.conn.ask(&u.res, size, due)
		if !errors.Is(err, ErrIdleClosed) {
			return err
		}
	}
	if u.conn != nil {
		u.conn.Close()
	}
	u.conn = u.d.mustDial(u.t)
	return u.conn.ask(&u.res, size, due)
}

// awaitInput waits until the connection has something to read: bytes, or its end.
func (c *Conn) awaitInput(t testing.TB) {
	t.Helper()
	err := c.wire.raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return err != syscall.EAGAIN
	})
	if err != nil {
		t.Fatal(err)
	}
}
