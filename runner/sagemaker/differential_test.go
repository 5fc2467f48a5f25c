package sagemaker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"sagetop/runner"
)

// option is one thing to set, and the values it is tried with.
type option struct {
	name   string
	values []string
	set    func(c *Config, value string)
}

var options = []option{
	{"url", []string{
		"http://127.0.0.1:8080", "http://runtime.test", "http://runtime.test:80", "http://runtime.test:443", "http://runtime.test:8080/",
		"http://[::1]:8080", "http://[2001:db8::7]", "http://[::1]:8081/base", "http://runtime.test/base/path", "http://runtime.test/with%20space/%C3%A9/",
		"http://runtime.test/a//b", "http://runtime.test/base?b=2&a=1", "http://RUNTIME.test", "https://runtime.test", "https://runtime.test:443",
		"https://runtime.test:80", "https://runtime.test:8443/base/", "https://[::1]",
	}, func(c *Config, v string) { c.BaseEndpoint = v }},
	{"endpoint", []string{"test-endpoint", "a b", "a/b", "a%2Fb", "a+b&c=d?e#f", "模型", "~._-", "..", "*'();:@$,[]"}, func(c *Config, v string) { c.Endpoint = v }},
	{"variant", []string{"AllTraffic", "v 2"}, func(c *Config, v string) { c.Variant = v }},
	{"model", []string{"m.tar.gz", "dir/m.tar.gz", "a  b"}, func(c *Config, v string) { c.TargetModels = []string{v} }},
	{"component", []string{"ic-1"}, func(c *Config, v string) { c.InferenceComponent = v }},
	{"session", []string{"NEW_SESSION", "ab:cd"}, func(c *Config, v string) { c.SessionID = v }},
	{"attributes", []string{"trace=1", "a  b   c", " outside ", "a,b;c=\"d  e\"", "~!@#$%^&*()"}, func(c *Config, v string) { c.CustomAttributes = v }},
	{"accept", []string{"text/csv", "application/json;verbose=true, */*"}, func(c *Config, v string) { c.Accept = v }},
	{"content type", []string{"text/csv; charset=utf-8", "image/png"}, func(c *Config, v string) { c.ContentType = v }},
	{"region", []string{"eu-central-1", "cn-north-1"}, func(c *Config, v string) { c.AWS.Region = v }},
	{"token", []string{"", testToken}, func(c *Config, v string) {
		c.AWS.Credentials = credentials.NewStaticCredentialsProvider(testKey, testSecret, v)
	}},
	{"payload", []string{"1", "2", "8191", "8192", "8193", "65535", "65536", "65537", "1048576"}, setPayload},
	{"text", []string{"plain text", "{\"a\": \"é\"}", "\x00\xff\r\n\r\n"}, func(c *Config, v string) { c.Payload, _ = NewPayload([]byte(v)) }},
}

// setPayload makes one of that many bytes, which are the same each time.
func setPayload(c *Config, size string) {
	n, _ := strconv.Atoi(size)
	body := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(body)
	c.Payload, _ = NewPayload(body)
}

// Whatever is asked for, both clients send the same, signed as the SDK's signer signs it.
func TestSameRequest(t *testing.T) {
	plain, secure := newRecorder(t, false), newRecorder(t, true)
	check := func(t *testing.T, set func(*Config)) {
		t.Helper()
		cfg := testConfig(t, "http://runtime.test")
		set(&cfg)
		to := plain
		if strings.HasPrefix(cfg.BaseEndpoint, "https:") {
			to = secure
		}
		same(t, &cfg, to.record(t, by(Lean, cfg), 0), to.record(t, by(SDK, cfg), 0))
	}
	t.Run("nothing", func(t *testing.T) { check(t, func(*Config) {}) })
	for _, o := range options {
		for _, value := range o.values {
			t.Run(fmt.Sprintf("%s %.30q", o.name, value), func(t *testing.T) { check(t, func(c *Config) { o.set(c, value) }) })
		}
	}
	draw := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		t.Run(fmt.Sprint("drawn ", i), func(t *testing.T) {
			check(t, func(c *Config) {
				for _, o := range options {
					if value := o.values[draw.IntN(len(o.values))]; draw.IntN(2) == 0 {
						t.Logf("%s %.40q", o.name, value)
						o.set(c, value)
					}
				}
			})
		})
	}
}

// record sends request n to r, whatever URL the configuration names, and returns what came.
func (r *recorder) record(t *testing.T, cfg Config, n uint64) request {
	t.Helper()
	if r.roots != nil {
		cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			tr.TLSClientConfig = &tls.Config{RootCAs: r.roots, ServerName: "example.com"}
		})
	}
	target := mustTarget(t, cfg)
	if target.lane != nil {
		target.lane.dialer.Host, target.lane.dialer.Port, _ = net.SplitHostPort(r.addr)
	} else if cfg.Client == Lean {
		_, why := target.Client()
		t.Fatal(why)
	}
	target.transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", r.addr)
	}
	inv, err := target.NewInvoker(0)
	if err != nil {
		t.Fatal(err)
	}
	defer inv.Close()
	var res runner.Result
	inv.Invoke(t.Context(), n, &res)
	if res.Failure.Class != runner.OK {
		t.Fatalf("%s: %+v", cfg.Client, res.Failure)
	}
	return parts(<-r.raw)
}

// same says where two requests differ in more than the moment and the SDK's own count of tries.
func same(t *testing.T, cfg *Config, lean, sdk request) {
	t.Helper()
	if lean.line != sdk.line {
		t.Errorf("lean %q\nsdk  %q", lean.line, sdk.line)
	}
	if a, b := constant(lean.fields), constant(sdk.fields); !slices.Equal(a, b) {
		t.Errorf("lean %q\nsdk  %q", a, b)
	}
	if !bytes.Equal(lean.body, sdk.body) || !slices.ContainsFunc(cfg.Payload.bodies, func(b []byte) bool { return bytes.Equal(b, lean.body) }) {
		t.Errorf("bodies of %d and %d bytes differ", len(lean.body), len(sdk.body))
	}
	a, b := verified(t, cfg, &lean), verified(t, cfg, &sdk)
	if a.scope != b.scope {
		t.Errorf("lean is signed for %s, sdk for %s", a.scope, b.scope)
	}
	b.signed = slices.DeleteFunc(b.signed, func(name string) bool { return strings.HasPrefix(name, "amz-sdk-") })
	if !slices.Equal(a.signed, b.signed) {
		t.Errorf("lean signs %q\nsdk  signs %q", a.signed, b.signed)
	}
}

// constant are the headers that do not depend on when, or on how often, a request is sent.
func constant(fields []string) []string {
	var kept []string
	for _, f := range fields {
		name, _, _ := strings.Cut(f, ":")
		if name != "Authorization" && name != "X-Amz-Date" && !strings.HasPrefix(name, "Amz-Sdk-") {
			kept = append(kept, f)
		}
	}
	slices.Sort(kept)
	return kept
}

// authorization is what a request says of its signature.
type authorization struct {
	scope  string // without the day
	signed []string
}

// verified signs the request again, as it came, with the SDK's signer.
func verified(t *testing.T, cfg *Config, r *request) (a authorization) {
	t.Helper()
	auth := r.header(t, "Authorization")
	var scope, names string
	if _, err := fmt.Sscanf(strings.ReplaceAll(auth, ",", " "), "AWS4-HMAC-SHA256 Credential="+testKey+"/%s SignedHeaders=%s", &scope, &names); err != nil {
		t.Fatalf("%q: %v", auth, err)
	}
	day, scope, _ := strings.Cut(scope, "/")
	a = authorization{scope: scope, signed: strings.Split(names, ";")}
	at, err := time.Parse("20060102T150405Z", r.header(t, "X-Amz-Date"))
	if err != nil || at.Format("20060102") != day || time.Since(at).Abs() > time.Minute {
		t.Errorf("date %v, day %s: %v", at, day, err)
	}
	if want := signedBySDK(t, cfg, r, a, at); auth != want {
		t.Errorf("signed\n %s\nwant\n %s", auth, want)
	}
	return a
}

func signedBySDK(t *testing.T, cfg *Config, r *request, a authorization, at time.Time) string {
	t.Helper()
	target := strings.Fields(r.line)[1]
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = r.header(t, "Host")
	u.Scheme, _, _ = strings.Cut(cfg.BaseEndpoint, ":")
	req := &http.Request{Method: strings.Fields(r.line)[0], URL: u, Host: u.Host, Header: http.Header{}, ContentLength: int64(len(r.body))}
	for _, name := range a.signed {
		if name != "host" && name != "content-length" {
			req.Header.Set(name, r.header(t, name))
		}
	}
	creds, err := cfg.AWS.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(r.body)
	region, service, _ := strings.Cut(strings.TrimSuffix(a.scope, "/aws4_request"), "/")
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, req, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		t.Fatal(err)
	}
	return req.Header.Get("Authorization")
}

// The SDK's steps that an AWS configuration adds are taken; the target says why it is not lean.
func TestSaysWhyNotLean(t *testing.T) {
	throughProxy := func(proxy string) func(*Config) {
		u, err := url.Parse(proxy)
		if err != nil {
			t.Fatal(err)
		}
		return func(c *Config) {
			c.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.Proxy = http.ProxyURL(u) })
		}
	}
	tests := []struct {
		name, url, why string
		set            func(*Config)
	}{
		{"plain", "http://127.0.0.1:1", "", func(*Config) {}},
		{"secure", "https://127.0.0.1:1", "", func(*Config) {}},
		{"http proxy", "https://127.0.0.1:1", "", throughProxy("http://proxy.test:3128")},
		{"http proxy to plain", "http://127.0.0.1:1", "to http://", throughProxy("http://proxy.test:3128")},
		{"SOCKS", "https://127.0.0.1:1", "socks5://user:xxxxx@proxy.test:1080", throughProxy("socks5://user:secret@proxy.test:1080")},
		{"https proxy", "https://127.0.0.1:1", "not https://proxy.test", throughProxy("https://proxy.test")},
		{"another scheme", "ftp://127.0.0.1:1", "not ftp://", func(*Config) {}},
		{"API options", "http://127.0.0.1:1", "steps of its own", func(c *Config) {
			c.AWS.APIOptions = append(c.AWS.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
		}},
		{"an interceptor", "http://127.0.0.1:1", "steps of its own", func(c *Config) { c.AWS.Interceptors.AddBeforeSigning(nil) }},
		{"no interceptors", "http://127.0.0.1:1", "", func(c *Config) { c.AWS.Interceptors.AfterAttempt = []smithyhttp.AfterAttemptInterceptor{} }},
		{"service options", "http://127.0.0.1:1", "steps of its own", func(c *Config) { c.AWS.ServiceOptions = append(c.AWS.ServiceOptions, func(string, any) {}) }},
		{"own TLS", "https://127.0.0.1:1", "a way of its own to connect", func(c *Config) {
			c.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
				tr.DialTLSContext = func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
			})
		}},
		{"refused by the SDK", "http://[::1]:80", "invalid endpoint host", func(*Config) {}},
		{"asked for", "http://127.0.0.1:1", "", func(c *Config) { c.Client = SDK }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := testConfig(t, tt.url)
			tt.set(&cfg)
			name, why := mustTarget(t, cfg).Client()
			if !strings.Contains(why, tt.why) || (tt.why == "") != (why == "") {
				t.Errorf("%q, want %q", why, tt.why)
			}
			if lean := why == "" && cfg.Client != SDK; lean != (name == Lean) {
				t.Errorf("%s, %q", name, why)
			}
		})
	}
}
