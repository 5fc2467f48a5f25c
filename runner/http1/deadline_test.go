package http1

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// soon is when a request is over that is to run out of time.
// soon leaves what comes before it enough time on a busy machine.
func soon() time.Time { return time.Now().Add(time.Second) }

// A request that starts before an older one's deadline passes still has its own time, while it is sent and while it waits.
func TestOlderDeadlineIsNotMine(t *testing.T) {
	t.Parallel()
	const old = time.Second
	for _, size := range []int{1, 16 << 20} {
		passed := make(chan struct{})
		s := newServer(t, nil, func(a *accepted) {
			a.request()
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			_, _ = a.in.Peek(1)
			<-passed
			a.request()
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		})
		u := s.user(t)
		if err := u.ask(1, time.Now().Add(old)); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(3*old/2, func() { close(passed) })
		if err := u.ask(size, never()); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if s.conns.Load() != 1 {
			t.Errorf("%d connections", s.conns.Load())
		}
	}
}

// A short time is kept although a longer one is set, and the other way round.
func TestShortTimeAfterLong(t *testing.T) {
	for _, size := range []int{1, 16 << 20} {
		done := make(chan struct{})
		s := newServer(t, nil, func(a *accepted) {
			a.request()
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			<-done // reads nothing more
		})
		u := s.user(t)
		if err := u.ask(1, never()); err != nil {
			t.Fatal(err)
		}
		due := soon()
		err := u.ask(size, due)
		if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ErrIdleClosed) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if early := time.Until(due); early > 0 {
			t.Errorf("%d bytes: over %v early", size, early)
		}
		close(done)
	}
}

// A body that trickles in is cut off in time.
func TestTimeIsUpInTheBody(t *testing.T) {
	done := make(chan struct{})
	s := newServer(t, nil, func(a *accepted) {
		a.request()
		a.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
		<-done
	})
	defer close(done)
	u := s.user(t)
	err := u.ask(1, soon())
	if !errors.Is(err, os.ErrDeadlineExceeded) || u.res.Status != 200 || u.res.Bytes != 3 || u.conn.Reusable() {
		t.Errorf("status %d, %d bytes, reusable %v: %v", u.res.Status, u.res.Bytes, u.conn.Reusable(), err)
	}
}

// A handshake has a limit of its own, which is told apart from the request's.
func TestHandshakeTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil, func(a *accepted) { _, _ = io.Copy(io.Discard, a.in) })
	s.roots = newServer(t, emptyTLS(), func(*accepted) {}).roots
	d := s.dialer()
	if _, err := d.dial(t.Context(), soon()); errors.Is(err, ErrHandshakeTimeout) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the request's: %v", err)
	}
	d.Timeout = 100 * time.Millisecond
	if _, err := d.dial(t.Context(), never()); !errors.Is(err, ErrHandshakeTimeout) {
		t.Errorf("its own: %v", err)
	}
}
