package http1

import (
	"crypto/tls"
	"sync/atomic"
	"testing"
)

func emptyTLS() *tls.Config { return new(tls.Config) }

// Connections after the first resume its session, once the server's tickets have come with an answer.
func TestResumption(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			var resumed atomic.Int64
			s := newServer(t, &tls.Config{MaxVersion: version}, func(a *accepted) {
				if !a.request() {
					return
				}
				if state := a.Conn.(*tls.Conn).ConnectionState(); state.DidResume && state.Version == version {
					resumed.Add(1)
				}
				a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			})
			u := s.user(t)
			for range 4 {
				if err := u.ask(1, never()); err != nil {
					t.Fatal(err)
				}
			}
			if s.conns.Load() != 4 || resumed.Load() != 3 {
				t.Errorf("%d of %d connections resumed", resumed.Load(), s.conns.Load())
			}
		})
	}
}

// A body to the end of a TLS connection ends between records; a connection cut inside one is no end.
func TestCutInsideARecord(t *testing.T) {
	cut := make(chan bool, 2)
	s := newServer(t, emptyTLS(), func(a *accepted) {
		a.request()
		a.say("HTTP/1.1 500 no\r\n\r\nabc")
		if <-cut {
			_, _ = a.Conn.(*tls.Conn).NetConn().Write([]byte{23, 3, 3, 1, 0, 'x'}) // of 256 bytes
		}
		a.Conn.(*tls.Conn).NetConn().Close()
	})
	for _, inside := range []bool{false, true} {
		cut <- inside
		u := s.user(t)
		if err := u.ask(1, never()); (err != nil) != inside || u.res.Bytes != 3 {
			t.Errorf("inside %v: %d bytes, %v", inside, u.res.Bytes, err)
		}
	}
}
