package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// phase is a part of a request in which the other end lets us wait. reached is closed once it has begun.
type phase struct {
	name string
	size int
	make func(t *testing.T, reached func()) *Dialer
}

var phases = []phase{
	{"lookup", 1, func(t *testing.T, reached func()) *Dialer {
		return NewDialer(Config{Host: "x.test", Port: "1", find: func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
			reached()
			<-ctx.Done()
			return nil, ctx.Err()
		}})
	}},
	{"connect", 1, func(t *testing.T, reached func()) *Dialer {
		d := NewDialer(Config{Host: "127.0.0.1", Port: "1"})
		d.Net.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error {
			reached()
			<-ctx.Done()
			return ctx.Err()
		}
		return d
	}},
	{"proxy", 1, func(t *testing.T, reached func()) *Dialer {
		s := newServer(t, nil, hang(t, reached))
		return NewDialer(Config{Host: "x.test", Port: "443", Proxy: &url.URL{Scheme: "http", Host: s.host + ":" + s.port}})
	}},
	{"handshake", 1, func(t *testing.T, reached func()) *Dialer {
		d := newServer(t, nil, hang(t, reached)).dialer()
		d.TLS = &tls.Config{ServerName: "example.com"}
		return d
	}},
	{"send", 16 << 20, func(t *testing.T, reached func()) *Dialer { return newServer(t, nil, hang(t, reached)).dialer() }},
	{"send by TLS", 16 << 20, func(t *testing.T, reached func()) *Dialer { return newServer(t, emptyTLS(), hang(t, reached)).dialer() }},
	{"receive", 1, func(t *testing.T, reached func()) *Dialer {
		return newServer(t, nil, func(a *accepted) {
			a.request()
			reached()
			_, _ = io.Copy(io.Discard, a.in)
		}).dialer()
	}},
	{"receive a body", 1, func(t *testing.T, reached func()) *Dialer {
		return newServer(t, emptyTLS(), func(a *accepted) {
			a.request()
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
			reached()
			_, _ = io.Copy(io.Discard, a.in)
		}).dialer()
	}},
}

// hang reads the first byte of a connection and no more, until the test is over.
func hang(t *testing.T, reached func()) func(*accepted) {
	return func(a *accepted) {
		_, _ = a.in.ReadByte()
		reached()
		_, _ = a.Conn.Read(nil)
		<-time.After(10 * time.Second)
	}
}

// A context that ends, ends the wait in every phase, although the request's time is not up.
func TestAbort(t *testing.T) {
	for _, p := range phases {
		t.Run(p.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			d := p.make(t, cancel)
			over := make(chan error, 1)
			go func() {
				c, err := d.dial(ctx, never())
				if err == nil {
					defer c.Close()
					err = c.ask(new(Response), p.size, never())
				}
				over <- err
			}()
			select {
			case err := <-over:
				if err == nil || ctx.Err() == nil {
					t.Errorf("%v, before the abort: %v", err, ctx.Err() == nil)
				}
			case <-time.After(8 * time.Second):
				t.Error("still waiting")
			}
		})
	}
}

// A connection serves requests of several contexts, and only the last one's end matters to it.
func TestContextsInTurn(t *testing.T) {
	s := newServer(t, nil, func(a *accepted) {
		for a.request() {
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	c, err := s.dialer().dial(ctx, never())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var r Response
	if err := c.ask(&r, 1, never()); err != nil {
		t.Fatal(err)
	}
	next, end := context.WithCancel(t.Context())
	if !c.Watch(next) {
		t.Fatal("not usable under another context")
	}
	cancel()
	if err := c.ask(&r, 1, never()); err != nil {
		t.Errorf("the end of an older context: %v", err)
	}
	end()
	if c.Watch(t.Context()) {
		t.Error("usable after the end of its context")
	}
	if s.conns.Load() != 1 {
		t.Errorf("%d connections", s.conns.Load())
	}
}

// TestAPanicInTheFirstExchange is the caller's, who expects one, though it happened on another goroutine. The turn to shake hands is
// given back.
func TestAPanicInTheFirstExchange(t *testing.T) {
	s := newServer(t, emptyTLS(), func(a *accepted) { a.request() })
	d := s.dialer()
	d.shaking = make(chan struct{}, 1)
	for range 2 {
		var panicked any
		func() {
			defer func() { panicked = recover() }()
			_ = d.Dial(t.Context(), never(), func(c *Conn) error {
				defer c.Close()
				panic("a bug in the exchange")
			})
		}()
		if err, ok := panicked.(error); !ok || !strings.HasPrefix(err.Error(), "a bug in the exchange\n") || !strings.Contains(err.Error(), "TestAPanicInTheFirstExchange") {
			t.Errorf("panicked with %v", panicked)
		}
	}
}

// TestATurnToShakeHands is waited for no longer than the request may take, and the connection that waited is closed.
func TestATurnToShakeHands(t *testing.T) {
	ended := make(chan struct{})
	s := newServer(t, nil, func(a *accepted) {
		_, _ = io.Copy(io.Discard, a.in)
		close(ended)
	})
	d := s.dialer()
	d.TLS = new(tls.Config)
	d.shaking = make(chan struct{}) // nobody gets one
	if _, err := d.dial(t.Context(), soon()); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	<-ended
}
