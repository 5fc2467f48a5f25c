package sagemaker

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"sagetop/runner"
)

func TestRequestOnTheWire(t *testing.T) {
	var got *http.Request
	var body []byte
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Write(bytes.Repeat([]byte("x"), 100_000))
	})
	s.Start()
	cfg := testConfig(t, s.URL)
	cfg.Variant, cfg.TargetModels, cfg.InferenceComponent = "AllTraffic", []string{"m.tar.gz"}, "ic-1"
	cfg.SessionID, cfg.CustomAttributes, cfg.Accept = "NEW_SESSION", "trace=1", "text/csv"
	r := invoke(t, cfg)
	if r.Failure != (runner.Failure{}) {
		t.Fatal(r.Failure)
	}
	if got.Method != "POST" || got.URL.Path != "/endpoints/test-endpoint/invocations" {
		t.Errorf("%s %s", got.Method, got.URL.Path)
	}
	for header, want := range map[string]string{
		"Content-Type":                         "application/json",
		"Accept":                               "text/csv",
		"X-Amzn-Sagemaker-Target-Variant":      "AllTraffic",
		"X-Amzn-Sagemaker-Target-Model":        "m.tar.gz",
		"X-Amzn-Sagemaker-Inference-Component": "ic-1",
		"X-Amzn-Sagemaker-Session-Id":          "NEW_SESSION",
		"X-Amzn-Sagemaker-Custom-Attributes":   "trace=1",
		"X-Amz-Security-Token":                 testToken,
		"Accept-Encoding":                      "",
		"X-Amzn-Sagemaker-Inference-Id":        "",
	} {
		if got.Header.Get(header) != want {
			t.Errorf("%s: %q, want %q", header, got.Header.Get(header), want)
		}
	}
	if string(body) != string(cfg.Payload.bodies[0]) {
		t.Errorf("body %q", body)
	}
	if r.BytesIn != 100_000 || r.BytesOut != int64(len(body)) {
		t.Errorf("%d bytes in, %d out", r.BytesIn, r.BytesOut)
	}
	if !r.Opened || r.FirstByte <= 0 {
		t.Errorf("%+v", r)
	}
}

// One request a connection at a time, so that what a connection costs is one user's; HTTP/2 would share it.
func TestSpeaksHTTP1(t *testing.T) {
	proto := ""
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) { proto = r.Proto })
	s.EnableHTTP2 = true
	s.StartTLS()
	cfg := testConfig(t, s.URL)
	cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.TLSClientConfig.RootCAs = x509.NewCertPool()
		tr.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	})
	if r := invoke(t, cfg); r.Failure.Class != runner.OK || proto != "HTTP/1.1" {
		t.Errorf("%q %+v", proto, r)
	}
}

func TestEmptyFieldsSendNoHeaders(t *testing.T) {
	var got http.Header
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) { got = r.Header })
	s.Start()
	if r := invoke(t, testConfig(t, s.URL)); r.Failure.Class != runner.OK || r.BytesIn != 0 {
		t.Errorf("an empty answer is %+v", r)
	}
	for name := range got {
		if strings.HasPrefix(name, "X-Amzn-Sagemaker") || name == "Accept" {
			t.Errorf("%s was sent", name)
		}
	}
}

// Every user keeps one connection, whatever comes back, and closes it when it leaves.
func TestOneConnectionPerUser(t *testing.T) { eachClient(t, oneConnectionPerUser) }

func oneConnectionPerUser(t *testing.T, client string) {
	const users, each = 20, 10
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("X-Amzn-Sagemaker-Custom-Attributes"), "fail") {
			reply(503, "ServiceUnavailable", strings.Repeat(" ", 200_000))(w, r)
			return
		}
		io.WriteString(w, "{}")
	})
	s.Start()
	cfg := by(client, testConfig(t, s.URL))
	fails := cfg
	fails.CustomAttributes = "fail"
	targets := []runner.Target{mustTarget(t, cfg), mustTarget(t, fails)}
	var wg sync.WaitGroup
	opened := make([]int, users)
	for u := range users {
		wg.Go(func() {
			inv, err := targets[u%2].NewInvoker(u)
			if err != nil {
				t.Error(err)
				return
			}
			defer inv.Close()
			var r runner.Result
			for n := range uint64(each) {
				inv.Invoke(t.Context(), n, &r)
				if r.Opened {
					opened[u]++
				}
				if want := []runner.Class{runner.OK, runner.Unavailable}[u%2]; r.Failure.Class != want {
					t.Errorf("user %d: %+v", u, r.Failure)
				}
			}
		})
	}
	wg.Wait()
	most, all := 1, 0
	if client == SDK {
		most++ // net/http gives up a connection whose writer was not given a core for 50 ms after its request
	}
	for u, n := range opened {
		if all += n; n < 1 || n > most {
			t.Errorf("user %d opened %d connections", u, n)
		}
	}
	if s.requests.Load() != users*each || s.conns.Load() != int64(all) || all > users+users/4 {
		t.Errorf("%d requests on %d connections, want %d on %d", s.requests.Load(), s.conns.Load(), users*each, all)
	}
}

func mustTarget(t testing.TB, cfg Config) *Target {
	t.Helper()
	target, err := NewTarget(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestGoesOnAfterATimeout(t *testing.T) { eachClient(t, goesOnAfterATimeout) }

func goesOnAfterATimeout(t *testing.T, client string) {
	var slow sync.Once
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		slow.Do(func() { never("")(w, r) })
		io.WriteString(w, "{}")
	})
	s.Start()
	cfg := by(client, testConfig(t, s.URL))
	cfg.Timeout = 2 * time.Second
	inv := newInvoker(t, cfg)
	var classes []runner.Class
	var r runner.Result
	for n := range uint64(3) {
		inv.Invoke(t.Context(), n, &r)
		classes = append(classes, r.Failure.Class)
	}
	if classes[0] != runner.Timeout || classes[1] != runner.OK || classes[2] != runner.OK {
		t.Errorf("%v", classes)
	}
	if r.Opened {
		t.Error("the third request did not reuse the second's connection")
	}
}

// An abort is the caller's: Invoke returns at once and the next context works.
func TestAbort(t *testing.T) { eachClient(t, abort) }

func abort(t *testing.T, client string) {
	reached := make(chan struct{}, 1)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") == "application/json" {
			reached <- struct{}{}
			never("")(w, r)
		}
	})
	s.Start()
	inv := newInvoker(t, by(client, testConfig(t, s.URL)))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	var r runner.Result
	inv.Invoke(ctx, 0, &r)
	if ctx.Err() == nil || r.Failure.Class == runner.OK {
		t.Errorf("not aborted: %+v", r)
	}
	again, stop := context.WithCancel(t.Context())
	go func() { <-reached; stop() }()
	inv.Invoke(again, 1, &r)
	if s.requests.Load() != 2 {
		t.Errorf("%d requests, want 2: the second context must not be spent", s.requests.Load())
	}
}

// What an answer weighs does not matter: it is counted and dropped.
func TestLargeAnswerIsNotKept(t *testing.T) { eachClient(t, largeAnswerIsNotKept) }

func largeAnswerIsNotKept(t *testing.T, client string) {
	const size = 64 << 20
	chunk := make([]byte, 1<<20)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		for range size / len(chunk) {
			w.Write(chunk)
		}
	})
	s.Start()
	inv := newInvoker(t, by(client, testConfig(t, s.URL)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var r runner.Result
	inv.Invoke(t.Context(), 0, &r)
	runtime.ReadMemStats(&after)
	if r.BytesIn != size {
		t.Errorf("%d bytes in, want %d: %+v", r.BytesIn, size, r.Failure)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > size/8 {
		t.Errorf("allocated %d bytes for an answer of %d", got, size)
	}
}

func TestConfigErrors(t *testing.T) {
	tests := map[string]func(*Config){
		"no endpoint":              func(c *Config) { c.Endpoint = "" },
		"no payload":               func(c *Config) { c.Payload = nil },
		"no region":                func(c *Config) { c.AWS.Region = "" },
		"no credentials":           func(c *Config) { c.AWS.Credentials = nil },
		"time-out -1s":             func(c *Config) { c.Timeout = -time.Second },
		"custom attributes of 102": func(c *Config) { c.CustomAttributes = strings.Repeat("a", 1025) },
		"session id of 257":        func(c *Config) { c.SessionID = strings.Repeat("a", 257) },
		`accept "a\nb"`:            func(c *Config) { c.Accept = "a\nb" },
		"HTTP client of type":      func(c *Config) { c.AWS.HTTPClient = http.DefaultClient },
	}
	for want, change := range tests {
		cfg := testConfig(t, "")
		change(&cfg)
		if _, err := NewTarget(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
