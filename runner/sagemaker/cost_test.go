package sagemaker

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"sagetop/runner"
)

// thrifty answers every request with the same bytes, and allocates nothing for it: what is counted is the client's.
func thrifty(tb testing.TB, cert *tls.Certificate, answer string) (addr string) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	addr = l.Addr().String()
	if cert != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*cert}})
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answerAll(conn, []byte(answer))
		}
	}()
	return addr
}

func answerAll(conn net.Conn, answer []byte) {
	defer conn.Close()
	buf := make([]byte, 1<<20)
	for {
		filled, whole := 0, 0
		for whole == 0 || filled < whole {
			n, err := conn.Read(buf[filled:])
			if err != nil {
				return
			}
			filled += n
			whole = wholeLength(buf[:filled])
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

var (
	headEnd    = []byte("\r\n\r\n")
	lengthName = []byte("Content-Length: ")
)

// wholeLength is the length of the request that b begins with, 0 while its head is not whole.
func wholeLength(b []byte) int {
	head := bytes.Index(b, headEnd)
	if head < 0 {
		return 0
	}
	length := 0
	for _, c := range b[bytes.Index(b, lengthName)+len(lengthName):] {
		if c < '0' || c > '9' {
			break
		}
		length = 10*length + int(c-'0')
	}
	return head + len(headEnd) + length
}

// thriftyConfig invokes a thrifty server, by TLS or not.
func thriftyConfig(tb testing.TB, secure bool, answer string) Config {
	if !secure {
		return testConfig(tb, "http://"+thrifty(tb, nil, answer))
	}
	cert := certificate(tb)
	cfg := testConfig(tb, "https://"+thrifty(tb, &cert, answer))
	cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.TLSClientConfig.RootCAs = x509.NewCertPool()
		tr.TLSClientConfig.RootCAs.AddCert(cert.Leaf)
	})
	return cfg
}

const (
	success = "HTTP/1.1 200 OK\r\nDate: Wed, 25 Nov 2026 13:17:51 GMT\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n[{\"label\":\"POSITIVE\",\"score\":0.9991}]"
	chunky  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\n"
	refusal = "HTTP/1.1 424 Failed Dependency\r\nX-Amzn-Errortype: ModelError\r\nContent-Length: 45\r\n\r\n{\"OriginalStatusCode\":500,\"Message\":\"broken\"}"
)

// costCase is an exchange that is repeated.
type costCase struct {
	name, answer string
	class        runner.Class
	sizes        []int // of the payloads, which take turns
}

var costCases = []costCase{
	{"one payload", success, runner.OK, []int{40}},
	{"chunks", chunky, runner.OK, []int{40}},
	{"payloads in turn", success, runner.OK, []int{1, 40, 1000, joined}},
	{"failure", refusal, runner.ModelError, []int{40}},
}

// Once it has its memory, a request costs no allocation: whatever is sent, and whatever comes back.
func TestNoAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations are counted without the race detector, which drops what pools keep")
	}
	for _, tt := range append(costCases,
		costCase{"longer payloads", success, runner.OK, []int{joined + 1, 20_000, 60_000, 63 << 10}},
		costCase{"long payload", success, runner.OK, []int{100_000}}) {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.allocations(t, false); got != 0 {
				t.Errorf("%v allocations a request", got)
			}
		})
	}
}

// By TLS, a request costs what crypto/tls allocates for a record that is read, at both ends, and nothing else.
func TestAllocationsByTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations are counted without the race detector, which drops what pools keep")
	}
	bare := bareTLS(t)
	for _, tt := range costCases {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.allocations(t, true); got > bare {
				t.Errorf("%v allocations a request, a bare exchange has %v", got, bare)
			}
		})
	}
}

// allocations of a request, at both ends. The average is rounded down, so that the new signatures of each second are allowed for.
func (c *costCase) allocations(t *testing.T, secure bool) float64 {
	t.Helper()
	cfg := by(Lean, thriftyConfig(t, secure, c.answer))
	var bodies [][]byte
	for i, size := range c.sizes {
		bodies = append(bodies, bytes.Repeat([]byte{byte('a' + i)}, size))
	}
	cfg.Payload, _ = NewPayload(bodies...)
	inv := newInvoker(t, cfg)
	ctx, n := t.Context(), uint64(0)
	var r runner.Result
	once := func() {
		if inv.Invoke(ctx, n, &r); r.Failure.Class != c.class {
			t.Fatalf("%+v", r)
		}
		n++
	}
	for range 10 * len(bodies) {
		once()
	}
	return testing.AllocsPerRun(1000, once)
}

// bareTLS is what crypto/tls allocates for one record there and one back.
func bareTLS(t *testing.T) float64 {
	t.Helper()
	cert := certificate(t)
	conn, err := tls.Dial("tcp", thrifty(t, &cert, success), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request, buf := []byte("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), make([]byte, 4096)
	once := func() {
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(buf); n != len(success) || err != nil {
			t.Fatal(n, err)
		}
	}
	once()
	return testing.AllocsPerRun(1000, once)
}

// Bodies that are made for each request, and answers that are looked into, cost no allocation either.
func TestNoAllocationsWhenMade(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations are counted without the race detector")
	}
	t.Chdir(t.TempDir())
	longLines(t, "long.jsonl")
	for _, tt := range []struct {
		spec   string
		random bool
		expect []string
	}{
		{`{"id":"{{.uuid}}","n":{{.seq}},"u":{{.user}},"r":{{randInt 1 100}}}`, false, nil},
		{"@long.jsonl", false, nil},
		{"@long.jsonl", true, nil},
		{"text", false, []string{`status == 200 && json [0].label == POSITIVE`, `body contains POSITIVE`}},
	} {
		p, err := ParsePayload(t.Context(), Source{Spec: tt.spec})
		if err != nil {
			t.Fatal(err)
		}
		cfg := by(Lean, thriftyConfig(t, false, success))
		cfg.Payload, cfg.Random, cfg.Expect = p, tt.random, expected(t, tt.expect...)
		inv := newInvoker(t, cfg)
		ctx, n := t.Context(), uint64(0)
		var r runner.Result
		once := func() {
			if inv.Invoke(ctx, n, &r); r.Failure.Class != runner.OK {
				t.Fatalf("%+v", r)
			}
			n++
		}
		for range 500 { // until it has memory for the longest line
			once()
		}
		if got := testing.AllocsPerRun(1000, once); got != 0 {
			t.Errorf("%s: %v allocations a request", tt.spec, got)
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	for _, secure := range []bool{false, true} {
		for _, client := range []string{Lean, SDK} {
			b.Run(fmt.Sprintf("%s/tls=%v", client, secure), func(b *testing.B) {
				inv := newInvoker(b, by(client, thriftyConfig(b, secure, success)))
				ctx := b.Context()
				var r runner.Result
				b.ReportAllocs()
				for b.Loop() {
					inv.Invoke(ctx, 0, &r)
					if r.Failure.Class != runner.OK {
						b.Fatal(r.Failure)
					}
				}
			})
		}
	}
}

// BenchmarkNewInvoker says what a user costs before its first request.
func BenchmarkNewInvoker(b *testing.B) {
	target := mustTarget(b, testConfig(b, "http://127.0.0.1:1"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := target.NewInvoker(0); err != nil {
			b.Fatal(err)
		}
	}
}
