package http1

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// Each is given a chunk at a time, or of a long body what is there; only of a success.
func TestEach(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	long := strings.Repeat("0123456789abcdef", 200) // fits only into a wider buffer
	tests := []struct {
		name, answer string
		pieces       []string // nil: not known in advance
		body         string
		err          error
	}{
		{"chunks", chunked + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", []string{"hello", " world"}, "hello world", nil},
		{"long chunks", chunked + "c80\r\n" + long + "\r\n1\r\nx\r\nc80\r\n" + long + "\r\n0\r\n\r\n", []string{long, "x", long}, long + "x" + long, nil},
		{"longer chunks", chunked + "1900\r\n" + long + long + "\r\n0\r\n\r\n", nil, long + long, nil},
		{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", []string{"hello"}, "hello", nil},
		{"to the end", "HTTP/1.1 200 OK\r\n\r\n" + long, nil, long, nil},
		{"nothing", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", []string{}, "", nil},
		{"a failure", "HTTP/1.1 500 no\r\nContent-Length: 5\r\n\r\nhello", []string{}, "", nil},
		{"cut in a chunk", chunked + "5\r\nhello\r\n9\r\n wor", []string{"hello", " wor"}, "hello wor", io.ErrUnexpectedEOF},
		{"too long", chunked + "5\r\nhello\r\n2710\r\n" + strings.Repeat("x", 10_000), nil, "", ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, nil, func(a *accepted) {
				a.request()
				a.say(tt.answer)
			})
			u := s.user(t)
			var got []string
			u.res.Most = 9000
			u.res.Each = func(piece []byte) error {
				got = append(got, string(piece))
				return nil
			}
			if err := u.ask(1, never()); !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if all := strings.Join(got, ""); tt.err != ErrTooLong && all != tt.body {
				t.Errorf("%d bytes of %d: %.80q", len(all), len(tt.body), all)
			}
			if tt.pieces != nil && strings.Join(got, "|") != strings.Join(tt.pieces, "|") {
				t.Errorf("in %d pieces, want %d", len(got), len(tt.pieces))
			}
		})
	}
}

// What Each says ends the answer, and the connection is of no further use.
func TestEachEndsIt(t *testing.T) {
	s := newServer(t, nil, func(a *accepted) {
		a.request()
		a.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		a.request() // there is no more to come, and no end
	})
	u := s.user(t)
	enough := errors.New("enough")
	u.res.Each = func(piece []byte) error {
		if !bytes.Equal(piece, []byte("hello")) {
			t.Errorf("%q", piece)
		}
		return enough
	}
	if err := u.ask(1, never()); err != enough || u.conn.Reusable() || u.res.Status != 200 {
		t.Errorf("%v, reusable %v, status %d", err, u.conn.Reusable(), u.res.Status)
	}
}
