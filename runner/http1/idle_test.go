package http1

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// The ways in which a server leaves an idle connection. Some show also when the next request follows the last answer at once.
var leavings = []struct {
	name   string
	secure bool
	atOnce bool
	leave  func(*accepted)
}{
	{"FIN", false, true, func(a *accepted) { a.Conn.Close() }},
	{"FIN, and reads on", false, false, func(a *accepted) { _ = a.Conn.(*net.TCPConn).CloseWrite() }},
	{"RST", false, true, func(a *accepted) {
		_ = a.Conn.(*net.TCPConn).SetLinger(0)
		a.Conn.Close()
	}},
	{"unasked answer", false, false, func(a *accepted) { a.say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n") }},
	{"TLS good-bye", true, true, func(a *accepted) { a.Conn.Close() }},
	{"TLS good-bye, and reads on", true, false, func(a *accepted) { _ = a.Conn.(*tls.Conn).CloseWrite() }},
	{"TLS without good-bye", true, true, func(a *accepted) { a.Conn.(*tls.Conn).NetConn().Close() }},
	{"TLS unasked answer", true, false, func(a *accepted) { a.say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n") }},
}

// A connection that was left while idle is replaced, without a failure, and the server sees each request once.
func TestLeftWhileIdle(t *testing.T) {
	sizes := []int{1, 8 << 10, 40 << 10, maxPending - 1<<10 - 100, maxPending - 500, maxPending - 100, maxPending + 1, 1 << 20}
	for _, l := range leavings {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s, %d bytes", l.name, size), func(t *testing.T) { leftWhileIdle(t, l.secure, l.leave, size, 2*idleAfter) })
			if l.atOnce {
				t.Run(fmt.Sprintf("%s at once, %d bytes", l.name, size), func(t *testing.T) { leftWhileIdle(t, l.secure, l.leave, size, 0) })
			}
		}
	}
}

func leftWhileIdle(t *testing.T, secure bool, leave func(*accepted), size int, rest time.Duration) {
	var config *tls.Config
	if secure {
		config = new(tls.Config)
	}
	idle := make(chan struct{})
	more := make(chan int64, 1) // bytes that came on the connection that was left
	s := newServer(t, config, func(a *accepted) {
		for a.request() {
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			if a.nth == 1 {
				<-idle
				leave(a)
				n, _ := io.Copy(io.Discard, a.in)
				more <- n
				return
			}
		}
	})
	u := s.user(t)
	for n := range 3 {
		if err := u.ask(size, never()); err != nil || u.res.Status != 200 {
			t.Fatalf("request %d: status %d, %v", n, u.res.Status, err)
		}
		if n == 0 {
			close(idle)
			u.conn.awaitInput(t)
			if rest == 0 {
				u.conn.last = time.Now() // as if the answer had just come
			}
			time.Sleep(rest)
		}
	}
	u.conn.Close()
	if n := <-more; n != 0 {
		t.Errorf("%d bytes came on the connection that was left", n)
	}
	if s.conns.Load() != 2 || s.requests.Load() != 3 {
		t.Errorf("%d requests on %d connections, want 3 on 2", s.requests.Load(), s.conns.Load())
	}
}

// A connection that breaks once the request is on its way is a failure, also one that was used before.
func TestBrokenMidRequest(t *testing.T) {
	for _, size := range []int{1, maxPending + 1, 8 << 20} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			s := newServer(t, nil, func(a *accepted) {
				a.request()
				a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				_, _ = a.in.ReadByte() // of the next request
				_ = a.Conn.(*net.TCPConn).SetLinger(0)
			})
			u := s.user(t)
			if err := u.ask(1, never()); err != nil {
				t.Fatal(err)
			}
			err := u.ask(size, never())
			if err == nil || errors.Is(err, ErrIdleClosed) || u.res.Status != 0 {
				t.Errorf("status %d, %v", u.res.Status, err)
			}
			if u.conn.wire.sent == 0 || s.conns.Load() != 1 {
				t.Errorf("sent %d bytes, on %d connections", u.conn.wire.sent, s.conns.Load())
			}
		})
	}
}

// So is one that the other end closes in order when it has got a part of the request.
func TestHangUpInsideARequest(t *testing.T) {
	for _, size := range []int{32 << 10, 60 << 10} {
		done := make(chan struct{})
		s := newNarrowServer(t, func(a *accepted) {
			a.request()
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			_, _ = a.in.ReadByte() // of the next request
			_ = a.Conn.(*net.TCPConn).CloseWrite()
			<-done
		})
		u := s.user(t)
		if err := u.ask(1, never()); err != nil {
			t.Fatal(err)
		}
		if err := u.conn.ask(&u.res, size, never()); err == nil || errors.Is(err, ErrIdleClosed) {
			t.Errorf("%d bytes: %v", size, err)
		}
		close(done)
	}
}

// An answer that comes before the whole request was sent is the answer.
func TestEarlyAnswer(t *testing.T) {
	const size, refused = 16 << 20, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo long"
	for _, secure := range []bool{false, true} {
		for _, leave := range []bool{false, true} {
			t.Run(fmt.Sprintf("TLS %v, closed %v", secure, leave), func(t *testing.T) {
				t.Parallel()
				var config *tls.Config
				if secure {
					config = new(tls.Config)
				}
				done := make(chan struct{})
				s := newServer(t, config, func(a *accepted) {
					_, _ = a.in.ReadByte()
					a.say(refused)
					if !leave {
						<-done // neither reads nor closes
					}
				})
				defer close(done)
				u := s.user(t)
				due := never()
				if !leave {
					due = time.Now().Add(4 * time.Second) // long after the answer: that is looked for when no more can be sent
				}
				if err := u.ask(size, due); err != nil || u.res.Status != 413 || string(u.res.Body) != "too long" || u.conn.Reusable() {
					t.Errorf("status %d %q, %v", u.res.Status, u.res.Body, err)
				}
			})
		}
	}
}

// It is that also when only a part of a short request finds room to be sent.
func TestEarlyAnswerToAShortRequest(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	defer close(done)
	s := newNarrowServer(t, func(a *accepted) {
		_, _ = a.in.ReadByte()
		a.say("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo long")
		<-done // neither reads nor closes
	})
	u := s.user(t)
	u.d.Net.Control = narrow(syscall.SO_SNDBUF)
	if err := u.ask(60<<10, soon()); err != nil || u.res.Status != 413 || u.conn.Reusable() {
		t.Errorf("status %d, reusable %v: %v", u.res.Status, u.conn.Reusable(), err)
	}
}

// Who answers as soon as somebody connects has not got the request. It must not leave with the next one.
func TestAnswerBeforeTheRequest(t *testing.T) {
	s := newServer(t, nil, func(a *accepted) {
		a.say("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
		for a.request() {
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	c := s.dialer().mustDial(t)
	c.awaitInput(t)
	var r Response
	if err := c.ask(&r, 1, never()); err != nil || r.Status != 503 || c.Reusable() {
		t.Errorf("status %d, reusable %v: %v", r.Status, c.Reusable(), err)
	}
}
