package http1

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// tunnel is a proxy that knows one way, to s, and says first before the server's bytes.
func tunnel(t *testing.T, s *server, first string, asked chan<- *http.Request) *server {
	return newServer(t, nil, func(a *accepted) {
		req, err := http.ReadRequest(a.in)
		if err != nil {
			return
		}
		asked <- req
		there, err := net.Dial("tcp", net.JoinHostPort(s.host, s.port))
		if err != nil {
			return
		}
		defer there.Close()
		a.say(first)
		go func() {
			_, _ = io.Copy(there, a.in)
			there.Close()
		}()
		_, _ = io.Copy(a.Conn, there)
	})
}

func TestProxy(t *testing.T) {
	s := newServer(t, emptyTLS(), func(a *accepted) {
		for a.request() {
			a.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
	for _, first := range []string{
		"HTTP/1.1 200 Connection established\r\n\r\n",
		"HTTP/1.0 200 OK\nProxy-agent: x\n\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	} {
		asked := make(chan *http.Request, 1)
		p := tunnel(t, s, first, asked)
		u := s.user(t)
		u.d.Host, u.d.Port = "runtime.test", "443" // which only the proxy knows
		u.d.Proxy = &url.URL{Scheme: "http", Host: net.JoinHostPort(p.host, p.port), User: url.UserPassword("me", "a:b@c")}
		for range 2 {
			if err := u.ask(1, never()); err != nil || u.res.Status != 200 {
				t.Fatalf("%q: status %d, %v", first, u.res.Status, err)
			}
		}
		req := <-asked
		if req.Method != "CONNECT" || req.RequestURI != "runtime.test:443" || req.Host != "runtime.test:443" {
			t.Errorf("%s %s, host %s", req.Method, req.RequestURI, req.Host)
		}
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(req.Header.Get("Proxy-Authorization"), "Basic "))
		if err != nil || string(secret) != "me:a:b@c" {
			t.Errorf("%q %v", secret, err)
		}
		if p.conns.Load() != 1 {
			t.Errorf("%d connections", p.conns.Load())
		}
	}
}

func TestProxyRefuses(t *testing.T) {
	tests := []struct {
		answer string
		status int
		want   error
	}{
		{"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno\n", 407, nil},
		{"HTTP/1.1 204 No Content\r\n\r\n", 204, nil},
		{"SSH-2.0\r\n\r\n", 0, ErrMalformed},
		{headOf(MaxHead + 1), 0, ErrTooLong},
		{"", 0, io.EOF},
	}
	for _, tt := range tests {
		p := newServer(t, nil, func(a *accepted) {
			a.request()
			a.say(tt.answer)
		})
		d := NewDialer(Config{Host: "runtime.test", Port: "443", TLS: new(tls.Config), Proxy: &url.URL{Scheme: "http", Host: net.JoinHostPort(p.host, p.port)}})
		_, err := d.dial(t.Context(), never())
		refused, is := errors.AsType[*ProxyError](err)
		if is != (tt.status != 0) || is && refused.Status != tt.status || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%.40q: %v", tt.answer, err)
		}
	}
}

// A proxy that never comes to the end of its answer does not fill the memory, and one that never answers is no matter of the server's.
func TestProxyWithoutAnEnd(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		want   error
	}{
		"line":    {strings.Repeat("x", MaxHead+1), ErrTooLong},
		"interim": {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", MaxHead/25+1), ErrTooLong},
		"silence": {"", os.ErrDeadlineExceeded},
	} {
		p := newServer(t, nil, func(a *accepted) {
			a.request()
			a.say(tt.answer)
			_, _ = io.Copy(io.Discard, a.in)
		})
		d := NewDialer(Config{Host: "runtime.test", Port: "443", Proxy: &url.URL{Scheme: "http", Host: net.JoinHostPort(p.host, p.port)}})
		if tt.answer == "" {
			d.Timeout = 50 * time.Millisecond
		}
		_, err := d.dial(t.Context(), never())
		if op, ok := errors.AsType[*net.OpError](err); !errors.Is(err, tt.want) || ok != (tt.answer == "") || ok && op.Op != "proxyconnect" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
