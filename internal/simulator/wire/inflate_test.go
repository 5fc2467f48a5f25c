package wire

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"
)

func zipped(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInflate(t *testing.T) {
	for name, test := range map[string]struct {
		encoding string
		body     []byte
		want     string // the body, or the error's code
		status   int
	}{
		"plain":     {"", []byte("abc"), "abc", 0},
		"gzip":      {"gzip", zipped(t, []byte("abc")), "abc", 0},
		"limit":     {"gzip", zipped(t, make([]byte, 100)), string(make([]byte, 100)), 0},
		"too large": {"gzip", zipped(t, make([]byte, 101)), "RequestEntityTooLargeException", http.StatusRequestEntityTooLarge},
		"cut":       {"gzip", zipped(t, []byte("abc"))[:15], "SerializationException", http.StatusBadRequest},
		"no gzip":   {"gzip", []byte("abc"), "SerializationException", http.StatusBadRequest},
	} {
		c := Call{HTTP: httptest.NewRequest(http.MethodPost, "/", nil), Body: test.body}
		c.HTTP.Header.Set("Content-Encoding", test.encoding)
		fault := c.Inflate(100)
		switch {
		case fault != nil && (fault.Code != test.want || fault.Status != test.status):
			t.Errorf("%s: %d %s, want %d %s", name, fault.Status, fault.Code, test.status, test.want)
		case fault == nil && (test.status != 0 || string(c.Body) != test.want):
			t.Errorf("%s: body %q, want %q", name, c.Body, test.want)
		}
	}
}
