package http1

import (
	"errors"
	"net"
	"strings"
	"testing"
)

// headOf is an answer's head of that many bytes, and its empty body.
func headOf(n int) string {
	const rest = "HTTP/1.1 500 no\r\nContent-Length: 0\r\nX: \r\n\r\n"
	return "HTTP/1.1 500 no\r\nContent-Length: 0\r\nX: " + strings.Repeat("x", n-len(rest)) + "\r\n\r\n"
}

func TestAnswers(t *testing.T) {
	const chunked = "HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\n\r\n"
	long := strings.Repeat("0123456789abcdef", 20_000)
	tests := []struct {
		name, answer string
		status       int
		body         string
		kept         bool // the connection, for another request
	}{
		{"length", "HTTP/1.1 500 no\r\nContent-Length: 5\r\n\r\nhello", 500, "hello", true},
		{"long", "HTTP/1.1 500 no\r\nContent-Length: 320000\r\n\r\n" + long, 500, long, true},
		{"empty", "HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n", 500, "", true},
		{"chunks", chunked + "5;ext=\"a\"\r\nhello\r\n6\r\n world\r\n000\r\n\r\n", 500, "hello world", true},
		{"long chunks", chunked + "4E200\r\n" + long + "\r\n4e200;\r\n" + long + "\r\n0\r\n\r\n", 500, long + long, true},
		{"trailers", chunked + "1\r\na\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n", 500, "a", true},
		{"close", "HTTP/1.1 500 no\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", 500, "hello", false},
		{"to the end", "HTTP/1.1 500 no\r\n\r\n" + long, 500, long, false},
		{"HTTP/1.0", "HTTP/1.0 500 no\r\nContent-Length: 5\r\n\r\nhello", 500, "hello", false},
		{"HTTP/1.0 kept", "HTTP/1.0 500 no\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\nhello", 500, "hello", true},
		{"HTTP/1.0 to the end", "HTTP/1.0 500 no\r\nConnection: keep-alive\r\n\r\nhello", 500, "hello", false},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 500 no\r\nContent-Length: 1\r\n\r\na", 500, "a", true},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
		{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n", 304, "", true},
		{"both framings", "HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n1\r\na\r\n0\r\n\r\n", 500, "a", false},
		{"more than asked for", "HTTP/1.1 500 no\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 500, "a", false},
		{"longest head", headOf(MaxHead), 500, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const each = 3
			s := newServer(t, nil, func(a *accepted) {
				for a.request() {
					a.say(tt.answer)
					if !tt.kept {
						return
					}
				}
			})
			u := s.user(t)
			for range each {
				if err := u.ask(9, never()); err != nil {
					t.Fatal(err)
				}
				if u.res.Status != tt.status || string(u.res.Body) != tt.body || u.res.Bytes != int64(len(tt.body)) || u.conn.Reusable() != tt.kept {
					t.Fatalf("status %d, %d bytes, reusable %v", u.res.Status, u.res.Bytes, u.conn.Reusable())
				}
			}
			conns := int64(each)
			if tt.kept {
				conns = 1
			}
			if s.conns.Load() != conns || s.requests.Load() != each {
				t.Errorf("%d requests on %d connections, want %d on %d", s.requests.Load(), s.conns.Load(), each, conns)
			}
		})
	}
}

// An answer may come in packets of one byte.
func TestAnswerByteByByte(t *testing.T) {
	const answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 no\r\nX-Amzn-Errortype:  ModelError \r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX: 1\r\n\r\n"
	s := newServer(t, nil, func(a *accepted) {
		_ = a.Conn.(*net.TCPConn).SetNoDelay(true)
		for a.request() {
			for i := range answer {
				a.say(answer[i : i+1])
			}
		}
	})
	u := s.user(t)
	for range 3 {
		if err := u.ask(1, never()); err != nil || string(u.res.Body) != "hello!" || string(u.res.Header("x-amzn-errortype")) != "ModelError" {
			t.Fatalf("%q %q %v", u.res.Body, u.res.Header("x-amzn-errortype"), err)
		}
	}
	if s.conns.Load() != 1 {
		t.Errorf("%d connections", s.conns.Load())
	}
}

func TestRefusedAnswers(t *testing.T) {
	tests := []struct {
		name, answer string
		want         error
		status       int
	}{
		{"folded header", "HTTP/1.1 500 no\r\nX: 1\r\n 2\r\n\r\n", ErrMalformed, 0},
		{"no HTTP", "220 ready\r\n\r\n", ErrMalformed, 0},
		{"head too long", headOf(MaxHead + 1), ErrTooLong, 0},
		{"head without an end", strings.Repeat("x", MaxHead+1), ErrTooLong, 0},
		{"interim without an end", strings.Repeat("HTTP/1.1 102 Wait\r\n\r\n", MaxHead/21+1), ErrTooLong, 0},
		{"body too long", "HTTP/1.1 500 no\r\nContent-Length: 1001\r\n\r\n" + strings.Repeat("x", 1001), ErrTooLong, 500},
		{"chunks too long", "HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("64\r\n"+strings.Repeat("x", 100)+"\r\n", 11), ErrTooLong, 500},
		{"no end and too long", "HTTP/1.1 500 no\r\n\r\n" + strings.Repeat("x", 1001), ErrTooLong, 500},
		{"bad chunk", "HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", ErrMalformed, 500},
		{"trailers without an end", "HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: 1\r\n", MaxHead/4+1), ErrMalformed, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, nil, func(a *accepted) {
				a.request()
				a.say(tt.answer)
				a.request() // holds the connection open: what came is enough to refuse it
			})
			u := s.user(t)
			u.res.Most = 1000
			err := u.ask(1, never())
			if !errors.Is(err, tt.want) || u.res.Status != tt.status || u.conn.Reusable() {
				t.Errorf("%v, status %d, reusable %v", err, u.res.Status, u.conn.Reusable())
			}
			if u.res.Bytes > 1001 {
				t.Errorf("read %d bytes of the body", u.res.Bytes)
			}
		})
	}
}
