package sagemaker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sagetop/runner"
)

// withDialer returns cfg with an SDK client whose dialer is changed.
func withDialer(cfg Config, change func(*net.Dialer)) Config {
	cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithDialerOptions(change)
	return cfg
}

// noNames answers every DNS question on a loopback port with "no such name".
func noNames(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			buf[2], buf[3] = 0x81, 0x83      // an answer: NXDOMAIN
			copy(buf[6:12], make([]byte, 6)) // without records
			conn.WriteTo(buf[:n], from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestNoConnection(t *testing.T) {
	tests := []struct {
		name string
		cfg  func(Config) Config
		want runner.Failure
	}{
		{
			"refused", func(c Config) Config { c.BaseEndpoint = "http://" + freePort(t); return c },
			runner.Failure{Class: runner.Connect, Message: "connection refused"},
		},
		{"no such name", func(c Config) Config {
			c.BaseEndpoint = "http://runtime.nowhere.test.:80"
			return withDialer(c, func(d *net.Dialer) { d.Resolver = noNames(t) })
		}, runner.Failure{Class: runner.Connect, Message: "no such host runtime.nowhere.test."}},
		{"unreachable", func(c Config) Config {
			c.BaseEndpoint = "http://" + freePort(t)
			return withDialer(c, func(d *net.Dialer) {
				d.Control = func(string, string, syscall.RawConn) error { return syscall.ENETUNREACH }
			})
		}, runner.Failure{Class: runner.Connect, Message: "network is unreachable"}},
		{"never connects", func(c Config) Config {
			c.BaseEndpoint, c.Timeout = "http://"+freePort(t), 50*time.Millisecond
			return withDialer(c, func(d *net.Dialer) {
				d.ControlContext = func(ctx context.Context, _, _ string, _ syscall.RawConn) error { <-ctx.Done(); return ctx.Err() }
			})
		}, runner.Failure{Class: runner.Connect, Message: msgConnectLate}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := invoke(t, tt.cfg(testConfig(t, "")))
			if r.Failure != tt.want {
				t.Errorf("got  %+v\nwant %+v", r.Failure, tt.want)
			}
			if r.BytesOut != 0 || r.BytesIn != 0 || r.Opened {
				t.Errorf("sent without a connection: %+v", r)
			}
		})
	}
}

// A dial that runs into its own cap, as the transport reports it.
func TestDialTimeoutIsConnect(t *testing.T) {
	d := net.Dialer{Timeout: time.Nanosecond}
	_, err := d.Dial("tcp", "127.0.0.1:1")
	if f := Classify(err); f != (runner.Failure{Class: runner.Connect, Message: msgConnectLate}) {
		t.Errorf("%v is %+v", err, f)
	}
}

func TestTLS(t *testing.T) {
	ok := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") }
	secure := newServer(t, ok)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	plain := newServer(t, ok)
	plain.Start()
	secure.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	trusting := func(c Config, name string) Config {
		c.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			tr.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: name}
		})
		return c
	}
	base := testConfig(t, secure.URL)
	tests := []struct {
		name, message string
		cfg           Config
		class         runner.Class
	}{
		{"trusted", "", trusting(base, ""), runner.OK},
		{"unknown authority", "certificate not accepted: x509: certificate signed by unknown authority", base, runner.TLS},
		{"another name", "certificate not accepted: x509: certificate is valid for", trusting(base, "other.test"), runner.TLS},
		{"no TLS there", "no TLS at the other end", testConfig(t, strings.Replace(plain.URL, "http:", "https:", 1)), runner.TLS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := invoke(t, tt.cfg).Failure
			if f.Class != tt.class || !strings.HasPrefix(f.Message, tt.message) {
				t.Errorf("got %+v, want %v %q", f, tt.class, tt.message)
			}
		})
	}
}

// hijacked writes raw bytes and closes the connection; with reset, by RST.
func hijacked(raw string, reset bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		io.WriteString(conn, raw)
		if reset {
			conn.(*net.TCPConn).SetLinger(0)
		}
		conn.Close()
	}
}

// never holds the answer (after what raw says) until the client has gone.
func never(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if raw != "" {
			io.WriteString(w, raw)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
}

func TestBrokenAnswers(t *testing.T) {
	tests := []struct {
		name    string
		handle  http.HandlerFunc
		timeout time.Duration
		want    runner.Failure
	}{
		{"closed", hijacked("", false), 0, runner.Failure{Class: runner.Reset, Message: msgReset}},
		{"reset", hijacked("", true), 0, runner.Failure{Class: runner.Reset, Message: msgReset}},
		{"cut in the header", hijacked("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", false), 0, runner.Failure{Class: runner.Reset, Message: msgReset}},
		{
			"cut in the body", hijacked("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", false), 0,
			runner.Failure{Class: runner.Truncated, HTTPStatus: 200, Message: msgTruncated},
		},
		{
			"cut in a chunk", hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nshort", false), 0,
			runner.Failure{Class: runner.Truncated, HTTPStatus: 200, Message: msgTruncated},
		},
		{
			"cut in a failure's body", hijacked("HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nshort", false), 0,
			runner.Failure{Class: runner.Truncated, HTTPStatus: 503, Message: msgTruncated},
		},
		{"no answer", never(""), late, runner.Failure{Class: runner.Timeout, Message: msgLate}},
		{"half an answer", never("half"), late, runner.Failure{Class: runner.Timeout, Message: msgLate}},
		{
			"not HTTP", hijacked("220 smtp ready\r\n\r\n", false), 0,
			runner.Failure{Class: runner.Other, Message: "the answer is not HTTP/1.1 as it should be"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, tt.handle)
			s.Start()
			cfg := testConfig(t, s.URL)
			cfg.Timeout = tt.timeout
			r := invoke(t, cfg)
			if r.Failure != tt.want {
				t.Errorf("got  %+v\nwant %+v", r.Failure, tt.want)
			}
			if n := s.requests.Load(); n != clients {
				t.Errorf("server saw %d requests, want one a client", n)
			}
		})
	}
}

func TestProxyRefuses(t *testing.T) {
	proxy := newServer(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	proxy.Start()
	cfg := testConfig(t, "https://runtime.test:443")
	cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.Proxy = func(r *http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	})
	want := runner.Failure{Class: runner.Connect, Message: "the proxy refused the connection (403 Forbidden)"}
	if f := invoke(t, cfg).Failure; f != want {
		t.Errorf("got %+v, want %+v", f, want)
	}
}

func TestNoCredentials(t *testing.T) {
	s := newServer(t, reply(200, "", "{}"))
	s.Start()
	cfg := testConfig(t, s.URL)
	cfg.AWS.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, fmt.Errorf("the SSO session has expired, secret %s", testSecret)
	})
	want := runner.Failure{Class: runner.Auth, Code: "NoCredentials", Message: "no valid credentials to sign with"}
	if f := invoke(t, cfg).Failure; f != want {
		t.Errorf("got %+v, want %+v", f, want)
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests sent without credentials", n)
	}
}

// Credentials with the end of a line in them, as of a file that was read whole, would end the head before its time.
func TestUnfitCredentials(t *testing.T) {
	s := newServer(t, reply(200, "", "{}"))
	s.Start()
	for _, c := range []struct{ key, token string }{
		{testKey + "\n", ""}, {testKey, testToken + "\n"}, {testKey + "\r", testToken}, {testKey, testToken + "\r\n\r\nPOST / HTTP/1.1\r\n"},
	} {
		cfg := testConfig(t, s.URL)
		cfg.AWS.Credentials = credentials.NewStaticCredentialsProvider(c.key, testSecret, c.token)
		want := runner.Failure{Class: runner.Auth, Code: "NoCredentials", Message: "no valid credentials to sign with"}
		if f := invoke(t, cfg).Failure; f != want {
			t.Errorf("%q: got %+v, want %+v", c, f, want)
		}
	}
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests sent", n)
	}
}
