package sagemaker

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// recorder answers requests, and keeps them as the bytes that came.
type recorder struct {
	addr  string
	roots *x509.CertPool // of a TLS one
	raw   chan []byte
}

func newRecorder(t *testing.T, secure bool) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &recorder{addr: l.Addr().String(), raw: make(chan []byte, 1)}
	if secure {
		cert := certificate(t)
		r.roots = x509.NewCertPool()
		r.roots.AddCert(cert.Leaf)
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r
}

// certificate is net/http/httptest's, for example.com and loopback.
func certificate(tb testing.TB) tls.Certificate {
	tb.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	cert := s.TLS.Certificates[0]
	cert.Leaf = s.Certificate()
	return cert
}

func (r *recorder) serve(conn net.Conn) {
	defer conn.Close()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(conn, &raw))
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil || in.Buffered() > 0 {
			return
		}
		r.raw <- bytes.Clone(raw.Bytes())
		raw.Reset()
		answer := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
		if strings.HasSuffix(req.URL.Path, "-stream") {
			answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" // a stream without parts
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}

// request is what was recorded, in its parts.
type request struct {
	line   string
	fields []string // in the order in which they came
	body   []byte
}

func parts(raw []byte) request {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	return request{line: lines[0], fields: lines[1:], body: body}
}

// header is the value of the one header of that name.
func (r *request) header(t *testing.T, name string) string {
	t.Helper()
	var values []string
	for _, f := range r.fields {
		if field, value, _ := strings.Cut(f, ":"); strings.EqualFold(field, name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	if len(values) != 1 {
		t.Errorf("%s: %q", name, values)
		return ""
	}
	return values[0]
}
