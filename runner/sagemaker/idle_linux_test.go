package sagemaker

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"sagetop/runner"
)

// A connection that the server has closed in the meantime costs another one, no failure. The SDK's transport learns of it on another
// goroutine, which may be too late: only the lean client promises this.
func TestClosedWhileIdle(t *testing.T) {
	for _, size := range []int{1, 40_000, 1 << 20} {
		var requests atomic.Int64
		closed := make(chan struct{}, 10)
		addr := raw(t, func(conn net.Conn) {
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				return
			}
			io.Copy(io.Discard, req.Body)
			requests.Add(1)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			conn.(*net.TCPConn).CloseWrite()
			awaitState(conn.(*net.TCPConn), finWait2)
			closed <- struct{}{}
			silent(conn)
		})
		cfg := by(Lean, testConfig(t, "http://"+addr))
		cfg.Payload, _ = NewPayload(make([]byte, size))
		inv := newInvoker(t, cfg)
		var r runner.Result
		for n := range uint64(3) {
			inv.Invoke(t.Context(), n, &r)
			if r.Failure.Class != runner.OK || !r.Opened || r.BytesOut != int64(size) {
				t.Errorf("%d bytes, request %d: %+v", size, n, r)
			}
			<-closed
		}
		if n := requests.Load(); n != 3 {
			t.Errorf("server saw %d requests, want 3", n)
		}
	}
}

// finWait2 is the state of a connection whose end the other side has acknowledged (Linux's tcp_states.h).
const finWait2 = 5

// awaitState looks until the connection is in that state, or broken.
func awaitState(conn *net.TCPConn, state uint8) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	var info *unix.TCPInfo
	for err == nil && (info == nil || info.State != state) {
		runtime.Gosched()
		if e := raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) }); e != nil {
			return
		}
	}
}

// A connection that turned out to be closed was none, if no other could be had.
func TestReconnectRefused(t *testing.T) {
	done := make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
		l.Close()
		conn.(*net.TCPConn).CloseWrite()
		awaitState(conn.(*net.TCPConn), finWait2)
	}()
	inv := newInvoker(t, by(Lean, testConfig(t, "http://"+l.Addr().String())))
	var r runner.Result
	inv.Invoke(t.Context(), 0, &r)
	<-done
	inv.Invoke(t.Context(), 1, &r)
	if r.Failure != (runner.Failure{Class: runner.Connect, Message: "connection refused"}) || r.BytesOut != 0 || r.Opened {
		t.Errorf("lean: %+v", r)
	}

	var tr trace // as the transport calls it
	tr.getConn("")
	tr.gotConn(httptrace.GotConnInfo{Reused: true})
	tr.getConn("")
	if tr.connected() {
		t.Error("sdk: connected")
	}
}
