package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// What a container says in its status line may be anything, and is on somebody's terminal.
func TestPingInOurWords(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 503 \x1b[2Jall is well\r\nContent-Length: 0\r\n\r\n")
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := ping(t.Context(), u); err == nil || !strings.Contains(err.Error(), " answered 503 Service Unavailable, not 200\n") {
		t.Errorf("%q", err)
	}
}
