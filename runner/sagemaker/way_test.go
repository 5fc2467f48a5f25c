package sagemaker

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"

	"sagetop/runner"
)

// secureServer serves an empty object by TLS, and writes its certificate to a file.
func secureServer(t *testing.T) (s *server, bundle string) {
	t.Helper()
	s = newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") })
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	bundle = filepath.Join(t.TempDir(), "bundle.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return s, bundle
}

// The certificates that AWS_CA_BUNDLE names are trusted, no others.
func TestCABundle(t *testing.T) {
	s, bundle := secureServer(t)
	for name, want := range map[string]runner.Class{bundle: runner.OK, "": runner.TLS} {
		t.Setenv("AWS_CA_BUNDLE", name)
		t.Setenv("AWS_CONFIG_FILE", os.DevNull)
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
		cfg := testConfig(t, s.URL)
		loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithCredentialsProvider(cfg.AWS.Credentials))
		if err != nil {
			t.Fatal(err)
		}
		cfg.AWS = loaded
		if f := invoke(t, cfg).Failure; f.Class != want {
			t.Errorf("AWS_CA_BUNDLE=%s: %+v", name, f)
		}
	}
}

// proxyTo is a proxy that connects all who ask to one address, and notes whom they asked for.
func proxyTo(t *testing.T, to string, asked chan<- string) string {
	return raw(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		asked <- req.Host + " " + req.Header.Get("Proxy-Authorization")
		there, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		defer there.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(there, in)
			there.Close()
		}()
		io.Copy(conn, there)
	})
}

// proxyChild is set for the process that TestProxyOfTheEnvironment starts: net/http reads the environment once in a process.
const proxyChild = "SAGETOP_TEST_PROXY_CHILD"

// HTTPS_PROXY is used, with its password, but not for the hosts of NO_PROXY.
func TestProxyOfTheEnvironment(t *testing.T) {
	if url := os.Getenv(proxyChild); url != "" {
		invokeByEnvironment(t, url)
		return
	}
	s, bundle := secureServer(t)
	asked := make(chan string, 10)
	proxy := proxyTo(t, s.Listener.Addr().String(), asked)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyOfTheEnvironment$")
	child.Env = append(os.Environ(), proxyChild+"="+bundle, "HTTPS_PROXY=http://me:secret@"+proxy, "NO_PROXY=direct.test", "HTTP_PROXY=", "ALL_PROXY=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	close(asked)
	n := 0
	for who := range asked {
		n++
		if who != "example.com:443 Basic bWU6c2VjcmV0" {
			t.Errorf("%q", who)
		}
	}
	if n != clients {
		t.Errorf("%d connections through the proxy, want one a client", n)
	}
}

func invokeByEnvironment(t *testing.T, bundle string) {
	text, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	for url, want := range map[string]runner.Class{"https://example.com": runner.OK, "https://direct.test": runner.Connect} {
		cfg := testConfig(t, url)
		cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = roots }).
			WithDialerOptions(func(d *net.Dialer) { d.Resolver = noNames(t) })
		if f := invoke(t, cfg).Failure; f.Class != want {
			t.Errorf("%s: %+v", url, f)
		}
	}
}

// The connection outlives a context, and the time that passes between requests.
func TestContextsInTurn(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") })
		s.Start()
		inv := newInvoker(t, by(client, testConfig(t, s.URL)))
		var r runner.Result
		for n := range uint64(3) {
			ctx, cancel := context.WithCancel(t.Context())
			inv.Invoke(ctx, n, &r)
			if r.Failure.Class != runner.OK || r.Opened != (n == 0) {
				t.Errorf("request %d: %+v", n, r)
			}
			defer cancel()
		}
		if n := s.conns.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// A server whose clock is far from ours refuses one signature, and takes the next.
func TestSkewIsCorrected(t *testing.T) {
	const ahead = 2 * time.Hour
	eachClient(t, func(t *testing.T, client string) {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			now := time.Now().Add(ahead)
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
			at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil || now.Sub(at).Abs() > 5*time.Minute {
				reply(403, "InvalidSignatureException", `{"message":"Signature expired"}`)(w, r)
			}
		})
		s.Start()
		inv := newInvoker(t, by(client, testConfig(t, s.URL)))
		var classes []runner.Class
		for n := range uint64(3) {
			var r runner.Result
			inv.Invoke(t.Context(), n, &r)
			classes = append(classes, r.Failure.Class)
		}
		if classes[0] != runner.Auth || classes[1] != runner.OK || classes[2] != runner.OK {
			t.Errorf("%v", classes)
		}
	})
}

// A provider of credentials that hangs is a matter of credentials, in the request's own time.
func TestCredentialsHang(t *testing.T) {
	cfg := testConfig(t, "http://127.0.0.1:1")
	cfg.Timeout = short
	cfg.AWS.Credentials = aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		<-ctx.Done()
		return aws.Credentials{}, ctx.Err()
	})
	if f := invoke(t, cfg).Failure; f.Class != runner.Auth || !strings.HasPrefix(f.Code, "NoCred") {
		t.Errorf("%+v", f)
	}
}
