package sagemaker

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"sagetop/runner"
	"sagetop/runner/http1"
)

// Answers at the edges of HTTP/1.1, or beyond.
func TestOddAnswers(t *testing.T) {
	const (
		ok      = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
		chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	)
	notHTTP := runner.Failure{Class: runner.Other, Message: msgNotHTTP}
	tooLong := runner.Failure{Class: runner.Other, Message: msgTooLong}
	truncated := func(status int) runner.Failure {
		return runner.Failure{Class: runner.Truncated, HTTPStatus: status, Message: msgTruncated}
	}
	bodyTooLong := runner.Failure{Class: runner.Other, HTTPStatus: 200, Message: msgTooLong}
	headOf := func(n int) string {
		const rest = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: \r\n\r\n"
		return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + strings.Repeat("x", n-len(rest)) + "\r\n\r\n"
	}
	tests := []struct {
		name, raw string
		want      runner.Failure
		in        int64
	}{
		{"to the end", "HTTP/1.1 200 OK\r\n\r\nto the end", runner.Failure{}, 10},
		{"to the end, HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nto the end", runner.Failure{}, 10},
		{"empty to the end", "HTTP/1.0 200 OK\r\n\r\n", runner.Failure{}, 0},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok, runner.Failure{}, 2},
		{"interim and no more", "HTTP/1.1 100 Continue\r\n\r\n", runner.Failure{Class: runner.Reset, Message: msgReset}, 0},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", runner.Failure{}, 0},
		{"no content, but a length", "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", runner.Failure{}, 0},
		{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", runner.Failure{Class: runner.Other, HTTPStatus: 304, Message: "not modified"}, 0},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", runner.Failure{}, 2},
		{"chunks", chunked + "2;a=b\r\nab\r\n3\r\ncde\r\n0\r\nX-Trailer: 1\r\n\r\n", runner.Failure{}, 5},
		{"more than was asked for", ok + ok, runner.Failure{}, 2},
		{"a failure in chunks", "HTTP/1.1 424 Failed Dependency\r\nX-Amzn-Errortype: ModelError\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n{\"Message\":\"oops\"}\r\n0\r\n\r\n", runner.Failure{Class: runner.ModelError, HTTPStatus: 424, Code: "ModelError", Message: "oops"}, 18},
		{"an error type twice", "HTTP/1.1 400 Bad Request\r\nx-amzn-errortype: ThrottlingException\r\nX-Amzn-ErrorType: ValidationError\r\nContent-Length: 2\r\n\r\n{}", runner.Failure{Class: runner.Throttled, HTTPStatus: 400, Code: "ThrottlingException"}, 2},

		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", runner.Failure{Class: runner.Other, HTTPStatus: 101, Message: "switching protocols"}, 0},

		{"bad chunk size", chunked + "zz\r\nab\r\n0\r\n\r\n", truncated(200), 0},
		{"bad end of a chunk", chunked + "2\r\nabcd\r\n0\r\n\r\n", truncated(200), 2},
		{"chunks with bare line feeds", chunked + "2\nab\n0\n\n", truncated(200), 0},
		{"chunks without an end", chunked + "2\r\nab\r\n", truncated(200), 2},
		{"trailers without an end", chunked + "2\r\nab\r\n0\r\nX: 1\r\n", truncated(200), 2},
		{"bad trailer", chunked + "2\r\nab\r\n0\r\nX Y: 1\r\nZ\r\n\r\n", truncated(200), 2},
		{"all framing", chunked + strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\na\r\n", 20), truncated(200), 16},

		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", notHTTP, 0},
		{"no number", "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}", notHTTP, 0},
		{"unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}", notHTTP, 0},
		{"no name", "HTTP/1.1 200 OK\r\nno name\r\n\r\n", notHTTP, 0},
		{"control character", "HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n", notHTTP, 0},
		{"no status", "HTTP/1.1\r\n\r\n", notHTTP, 0},
		{"longest head", headOf(http1.MaxHead) + "{}", runner.Failure{}, 2},
		{"head too long", headOf(http1.MaxHead+5000) + "{}", tooLong, 0},
		{"endless head", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 20_000), tooLong, 0},
		{"endless interim", strings.Repeat("HTTP/1.1 100 Continue\r\nX: "+strings.Repeat("y", 1000)+"\r\n\r\n", 100), tooLong, 0},

		{"longest body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000), runner.Failure{}, 1000},
		{"body too long", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + strings.Repeat("x", 1001), bodyTooLong, 1001},
		{"chunk too long", chunked + "3e9\r\n" + strings.Repeat("x", 1001) + "\r\n0\r\n\r\n", bodyTooLong, 1001},
		{"endless body", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 1001), bodyTooLong, 1001},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, hijacked(tt.raw, false))
			s.Start()
			cfg := testConfig(t, s.URL)
			cfg.maxBody = 1000
			r := invoke(t, cfg)
			if r.Failure != tt.want || r.BytesIn != tt.in {
				t.Errorf("got  %+v, %d bytes\nwant %+v, %d bytes", r.Failure, r.BytesIn, tt.want, tt.in)
			}
			if n := s.requests.Load(); n != clients {
				t.Errorf("server saw %d requests, want one a client", n)
			}
		})
	}
}

// raw serves connections as serve does it.
func raw(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// silent reads until the other end has gone.
func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

// says reads something, says what and closes the connection.
func says(what string) func(net.Conn) {
	return func(conn net.Conn) {
		conn.Read(make([]byte, 4096))
		io.WriteString(conn, what)
	}
}

const (
	short = 100 * time.Millisecond // for what never gets so far as to be sent
	late  = 2 * time.Second        // for what is connected and sent first, also on a busy machine
)

// What goes wrong before there is a connection to the endpoint.
func TestNoWayThrough(t *testing.T) {
	connectLate := runner.Failure{Class: runner.Connect, Message: msgConnectLate}
	reset := runner.Failure{Class: runner.Reset, Message: msgReset}
	tests := []struct {
		name    string
		serve   func(net.Conn) // at the other end, or as the proxy
		proxied bool
		timeout time.Duration
		want    runner.Failure
	}{
		{"handshake hangs", silent, false, short, connectLate},
		{"handshake is cut", says(""), false, 0, reset},
		{"handshake with HTTP", says("HTTP/1.1 400 Bad Request\r\n\r\n"), false, 0, runner.Failure{Class: runner.TLS, Message: "no TLS at the other end: first record does not look like a TLS handshake"}},
		{"handshake is refused", says("\x15\x03\x01\x00\x02\x02\x46"), false, 0, runner.Failure{Class: runner.TLS, Message: "remote error: tls: protocol version not supported"}},
		{"proxy hangs", silent, true, short, connectLate},
		{"proxy hangs up", says(""), true, 0, reset},
		{"proxy wants a password", says("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), true, 0, runner.Failure{Class: runner.Connect, Message: "the proxy refused the connection (407 Proxy Authentication Required)"}},
		{"proxy cannot", says("HTTP/1.0 503 Service Unavailable\r\n\r\nno such host"), true, 0, runner.Failure{Class: runner.Connect, Message: "the proxy refused the connection (503 Service Unavailable)"}},
		{"proxy speaks no HTTP", says("\x05\x00\r\n\r\n"), true, 0, runner.Failure{Class: runner.Other, Message: msgNotHTTP}},
		{"proxy connects to nothing", says("HTTP/1.1 200 Connection established\r\n\r\n"), true, 0, reset},
		{"proxy connects and hangs", func(conn net.Conn) {
			says("HTTP/1.1 200 OK\r\n\r\n")(conn)
			silent(conn)
		}, true, short, connectLate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr := raw(t, tt.serve)
			cfg := testConfig(t, "https://"+addr)
			cfg.Timeout = tt.timeout
			if tt.proxied {
				cfg.BaseEndpoint = "https://runtime.test"
				cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
					tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: addr})
				})
			}
			r := invoke(t, cfg)
			if r.Failure != tt.want || r.BytesIn != 0 || r.BytesOut != 0 || r.Opened {
				t.Errorf("got  %+v\nwant %+v", r, tt.want)
			}
		})
	}
}

// A proxy that is not there is named: of the endpoint nothing is known.
func TestNoProxy(t *testing.T) {
	proxy := freePort(t)
	cfg := testConfig(t, "https://runtime.test")
	cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: proxy})
	})
	want := runner.Failure{Class: runner.Connect, Message: "no connection to the proxy " + proxy + ": connection refused"}
	if r := invoke(t, cfg); r.Failure != want {
		t.Errorf("got  %+v\nwant %+v", r.Failure, want)
	}
}

// TLS 1.2 and 1.3 are spoken, what is older is refused.
func TestTLSVersions(t *testing.T) {
	for version, want := range map[uint16]runner.Class{tls.VersionTLS11: runner.TLS, tls.VersionTLS12: runner.OK, tls.VersionTLS13: runner.OK} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") })
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.TLS = &tls.Config{MinVersion: version, MaxVersion: version}
			s.StartTLS()
			cfg := testConfig(t, s.URL)
			cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
				tr.TLSClientConfig.RootCAs = x509.NewCertPool()
				tr.TLSClientConfig.RootCAs.AddCert(s.Certificate())
			})
			if f := invoke(t, cfg).Failure; f.Class != want || want == runner.TLS && !strings.Contains(f.Message, "protocol version") {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A server that does not read: the time-out holds while the request is sent, too.
func TestServerDoesNotRead(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	addr := raw(t, func(net.Conn) { <-done })
	cfg := testConfig(t, "http://"+addr)
	cfg.Timeout = late
	cfg.Payload, _ = NewPayload(make([]byte, 20<<20))
	if r := invoke(t, cfg); r.Failure != (runner.Failure{Class: runner.Timeout, Message: msgLate}) {
		t.Errorf("%+v", r.Failure)
	}
}
