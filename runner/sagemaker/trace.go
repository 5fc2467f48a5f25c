package sagemaker

import (
	"net/http/httptrace"
	"net/netip"
	"sync"
	"time"

	"sagetop/runner"
	"sagetop/runner/http1"
)

// trace notes what the connection did during one request. Its hooks are made once for many requests: a trace per request would cost
// some ten allocations. They run on the transport's goroutines, hence the lock.
type trace struct {
	mu      sync.Mutex
	start   time.Time
	dials   map[string]time.Time // started, by address: IPv6 and IPv4 race
	connect time.Duration
	wait    time.Duration
	first   time.Duration
	local   netip.Addr
	got     bool // a connection
	opened  bool // and it was new
}

// begin forgets the last request.
func (t *trace) begin(start time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.start, t.connect, t.wait, t.first, t.got, t.opened = start, 0, 0, 0, false, false
	clear(t.dials)
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              t.getConn,
		ConnectStart:         t.connectStart,
		ConnectDone:          t.connectDone,
		GotConn:              t.gotConn,
		GotFirstResponseByte: t.firstByte,
	}
}

// getConn comes again when the connection that was got had been closed while idle: nothing was sent on it.
func (t *trace) getConn(string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.got = false
}

func (t *trace) connectStart(_, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dials == nil {
		t.dials = make(map[string]time.Time)
	}
	t.dials[addr] = time.Now()
}

func (t *trace) connectDone(_, addr string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if began, ok := t.dials[addr]; ok && err == nil {
		t.connect = time.Since(began)
	}
}

func (t *trace) gotConn(info httptrace.GotConnInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.got = true
	if !info.Reused {
		t.opened, t.wait, t.local = true, time.Since(t.start), http1.LocalAddr(info.Conn)
	}
}

func (t *trace) firstByte() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.first = time.Since(t.start)
}

// connected says whether the request got a connection at all.
func (t *trace) connected() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.got
}

// fill writes what was noted into r.
func (t *trace) fill(r *runner.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.FirstByte, r.Wait, r.Opened = t.first, t.wait, t.opened
	if t.opened {
		r.Connect, r.Local = t.connect, t.local
	}
}
