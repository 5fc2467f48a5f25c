package sagemaker

import (
	"crypto/tls"
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
	mu    sync.Mutex
	dials map[string]time.Time // started, by address: IPv6 and IPv4 race
	noted
}

// noted is what there is of one request.
type noted struct {
	start     time.Time
	asked     time.Time // for the addresses of the host
	shaking   time.Time // hands, since then
	lookup    time.Duration
	connect   time.Duration
	handshake time.Duration
	wait      time.Duration
	first     time.Duration
	local     netip.Addr
	got       bool // a connection
	opened    bool // and it was new
}

// begin forgets the last request.
func (t *trace) begin(start time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.dials)
	t.noted = noted{start: start}
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              t.getConn,
		DNSStart:             t.lookupStart,
		DNSDone:              t.lookupDone,
		ConnectStart:         t.connectStart,
		ConnectDone:          t.connectDone,
		TLSHandshakeStart:    t.handshakeStart,
		TLSHandshakeDone:     t.handshakeDone,
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

func (t *trace) lookupStart(httptrace.DNSStartInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked = time.Now()
}

func (t *trace) lookupDone(httptrace.DNSDoneInfo) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lookup = time.Since(t.asked)
}

func (t *trace) handshakeStart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shaking = time.Now()
}

func (t *trace) handshakeDone(tls.ConnectionState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.handshake = time.Since(t.shaking)
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
		r.Lookup, r.Connect, r.Handshake, r.Local = t.lookup, t.connect, t.handshake, t.local
	}
}
