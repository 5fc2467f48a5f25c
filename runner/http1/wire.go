package http1

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// maxPending is how much is put off to be written with the next read. More is written at once.
const maxPending = 64 << 10

// wire is a TCP connection on which one goroutine asks and waits in turn. It differs from net.Conn in two ways, each of which saves a
// system call or a timer on every request, and it can be aborted.
//
// A Write is put off until the Read that waits for what comes of it. The Read writes, and sleeps until the answer is there; net.Conn
// would look for it first, in vain. Only on a connection that was idle for a while the Read looks before it writes, which tells
// whether the other end has closed it. Nothing that comes later can be missed, since the poller is armed before that.
//
// The deadline of a request is not set for each one, which costs two timers. One that was set stays until it passes; only if the
// request in hand has time left then, it is set anew. It is never far away: should the other end have closed its side just after its
// last answer, when nobody looked, the poller has forgotten that by now, and the next look finds it.
//
// An abort, from another goroutine, ends every wait for good.
type wire struct {
	net.Conn
	raw     syscall.RawConn
	step    func(fd uintptr) bool // w.exchange, bound once: a closure per read would allocate
	look    func(fd uintptr)      // the same, once and without waiting
	aborted atomic.Bool

	pending []byte // written, but not sent
	store   *store // memory of pending; nil: none is in use
	sent    int    // bytes of the request in hand
	broken  error  // of a send that failed after it had begun: only what has come already is read
	rested  bool   // it was idle before the request in hand: look first
	nowait  bool   // a Read that would wait fails with os.ErrDeadlineExceeded

	into []byte // the Read in hand: where to, how much, what went wrong
	n    int
	err  error

	due   time.Time // of the request in hand
	armed time.Time // the deadline that is set
}

func newWire(c net.Conn) (*wire, error) {
	sys, ok := c.(syscall.Conn)
	if !ok {
		return nil, errors.New("http1: not a connection of the operating system")
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: c, raw: raw}
	w.step = w.exchange
	w.look = func(fd uintptr) { w.exchange(fd) }
	return w, nil
}

const (
	// idleAfter is how long ago the last answer must have come for a connection to be looked at before it is written to.
	idleAfter = 100 * time.Microsecond

	// farthest is how far away a deadline is set at most.
	farthest = 2 * time.Second
)

// begin starts a request that must be over at due, on a connection that was last heard of at last.
func (w *wire) begin(last, now, due time.Time) {
	w.due, w.sent, w.rested = due, 0, now.Sub(last) > idleAfter
	if !w.armed.After(now) || w.armed.After(due) {
		w.arm(now)
	}
}

// arm sets a deadline. An abort that comes at the same time is not undone, whichever of the two sets its own first.
func (w *wire) arm(now time.Time) {
	w.armed = now.Add(min(farthest, w.due.Sub(now)))
	_ = w.Conn.SetDeadline(w.armed) // fails on a closed connection only, and then so will what follows
	if w.aborted.Load() {
		w.expire()
	}
}

// abort ends the wait in hand and all later ones. It may be called from any goroutine.
func (w *wire) abort() {
	w.aborted.Store(true)
	w.expire()
}

func (w *wire) expire() { _ = w.Conn.SetDeadline(time.Unix(1, 0)) }

// extend says whether the request in hand has time left after a deadline that has passed, and sets another one.
func (w *wire) extend(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) || w.aborted.Load() {
		return false
	}
	now := time.Now()
	if !now.Before(w.due) {
		return false
	}
	w.arm(now)
	return true
}

// store is memory for what is put off. A connection has one from a write to the read after it, so there are only as many as there are
// goroutines between the two.
type store struct{ b []byte }

var stores = sync.Pool{New: func() any { return new(store) }}

// Write puts p off; what is too much for that is sent at once.
func (w *wire) Write(p []byte) (int, error) {
	if len(w.pending)+len(p) <= maxPending {
		if w.store == nil {
			w.store = stores.Get().(*store)
			w.pending = append(w.store.b[:0], w.pending...) // what was put stays its owner's
		}
		w.pending = append(w.pending, p...)
		w.store.b = w.pending
		return len(p), nil
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	return w.send(p)
}

// put is a Write of bytes that stay as they are until they are sent: they are not copied.
func (w *wire) put(p []byte) error {
	if len(w.pending) == 0 && len(p) <= maxPending {
		w.pending = p
		return nil
	}
	_, err := w.Write(p)
	return err
}

// flush sends what was put off.
func (w *wire) flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	_, err := w.send(w.pending)
	w.forget()
	return err
}

// forget is called when nothing is put off any more.
func (w *wire) forget() {
	w.pending = nil
	if w.store != nil {
		stores.Put(w.store)
		w.store = nil
	}
}

// send writes now, and waits while the other end does not read.
func (w *wire) send(p []byte) (sent int, err error) {
	for sent < len(p) {
		n, err := w.Conn.Write(p[sent:])
		sent += n
		w.sent += n
		if err != nil && !w.extend(err) {
			return sent, err
		}
	}
	return sent, nil
}

// Read sends what was put off, unless something has come before that, and waits for what comes.
func (w *wire) Read(p []byte) (int, error) {
	for {
		err := w.tryRead(p)
		switch {
		case err == errBlocked:
			if err := w.flush(); err != nil && !w.breaks(err) {
				return 0, err
			}
		case err != nil && w.broken != nil:
			return 0, w.broken
		case err != nil && !w.nowait && w.extend(err):
		case err != nil:
			return 0, err
		case w.n == 0 && len(p) > 0:
			return 0, io.EOF
		default:
			return w.n, nil
		}
	}
}

// breaks says whether a send that failed had begun. Then an answer may have come: to say that the request is too long, for one.
func (w *wire) breaks(err error) bool {
	if w.sent > 0 {
		w.broken, w.nowait = err, true
	}
	return w.sent > 0
}

// tryRead waits, unless it must not.
func (w *wire) tryRead(p []byte) error {
	w.into, w.n, w.err = p, 0, nil
	var err error
	if w.nowait {
		err = w.raw.Control(w.look) // which heeds no deadline: what has come can be read after it, too
	} else {
		err = w.raw.Read(w.step)
	}
	if err != nil {
		return err
	}
	return w.err
}

// errBlocked says that what was put off could be sent in part only.
var errBlocked = errors.New("http1: send buffer full")

// exchange looks, sends what was put off, and says whether the Read is over; else it is called again when the connection is readable.
func (w *wire) exchange(fd uintptr) (over bool) {
	if !w.rested && len(w.pending) > 0 && !w.nowait {
		return w.sendNow(fd)
	}
	switch n, err := readNow(fd, w.into); {
	case err == nil:
		w.n = n
		return true
	case err != syscall.EAGAIN:
		w.err = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)}
		return true
	case w.nowait:
		w.err = os.ErrDeadlineExceeded // the one error that crypto/tls takes for passing
		return true
	case len(w.pending) == 0:
		return false
	}
	return w.sendNow(fd)
}

func readNow(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// sendNow sends without waiting, and says whether the Read has to be left for it.
func (w *wire) sendNow(fd uintptr) (leave bool) {
	n, err := syscall.Write(int(fd), w.pending)
	if n > 0 {
		w.sent += n
		w.pending = w.pending[n:]
	}
	switch {
	case err == nil && len(w.pending) == 0:
		w.forget()
		return false
	case err == nil, err == syscall.EAGAIN, err == syscall.EINTR:
		w.err = errBlocked
	default:
		w.err = &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", err)}
	}
	return true
}

// refused says whether the other end had closed before it got anything of what was sent, although nobody looked. Then the end that is
// read came from before: it acknowledges not a byte of that, as one that came after the request had begun would. A reset says no such
// thing.
func (w *wire) refused(err error) bool {
	return (errors.Is(err, io.EOF) || errors.Is(err, syscall.EPIPE)) && unacknowledged(w.raw) >= w.sent
}

// Close sends what was put off if that needs no waiting, such as TLS's good-bye.
func (w *wire) Close() error {
	if len(w.pending) > 0 {
		_ = w.raw.Control(func(fd uintptr) { _, _ = syscall.Write(int(fd), w.pending) })
	}
	w.forget()
	return w.Conn.Close()
}
