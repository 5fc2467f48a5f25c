package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signing is a request in the making.
type signing struct {
	method, path, body string
	header             map[string]string
	region, service    string
	at                 time.Time
	key                Credentials
	then               func(*http.Request) // after it was signed
}

// request signs with the SDK's own signer.
func (g signing) request(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), g.method, "http://localhost:1234"+g.path, strings.NewReader(g.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range g.header {
		r.Header.Set(k, v)
	}
	sum := sha256.Sum256([]byte(g.body))
	credentials := aws.Credentials{AccessKeyID: g.key.AccessKeyID, SecretAccessKey: g.key.SecretAccessKey, SessionToken: g.key.SessionToken}
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), g.service, g.region, g.at); err != nil {
		t.Fatal(err)
	}
	if g.then != nil {
		g.then(r)
	}
	in := httptest.NewRequest(g.method, "http://localhost:1234"+g.path, bytes.NewReader([]byte(g.body)))
	in.RequestURI = r.URL.RequestURI()
	in.Header, in.Host = r.Header, r.Host
	return in
}

func invocation() signing {
	return signing{
		method: http.MethodPost, path: "/endpoints/demo/invocations", body: `{"inputs":"x"}`,
		header: map[string]string{"Content-Type": "application/json", "X-Amzn-SageMaker-Custom-Attributes": "  a   b "},
		region: "us-east-1", service: "sagemaker", at: time.Now(), key: testCredentials,
	}
}

func testServer(t testing.TB) *Server {
	t.Helper()
	config := fast()
	config.Credentials = testCredentials
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignaturesOfTheSDKAreAccepted(t *testing.T) {
	s := testServer(t)
	for name, change := range map[string]func(*signing){
		"plain":           func(*signing) {},
		"query":           func(g *signing) { g.path += "?b=2&a=1%20x&a=0&c&d=%7E%2f" },
		"no body":         func(g *signing) { g.body = "" },
		"unsigned header": func(g *signing) { g.then = func(r *http.Request) { r.Header.Set("X-Forwarded-For", "1.2.3.4") } },
		"payload hash": func(g *signing) {
			sum := sha256.Sum256([]byte(g.body))
			g.header["X-Amz-Content-Sha256"] = hex.EncodeToString(sum[:])
		},
		"four minutes ago":  func(g *signing) { g.at = g.at.Add(-4 * time.Minute) },
		"in four minutes":   func(g *signing) { g.at = g.at.Add(4 * time.Minute) },
		"a strange path":    func(g *signing) { g.path = "/endpoints/" + url.PathEscape("a b:c+d*é") + "/invocations" },
		"several in a row":  func(g *signing) { g.header["X-Amzn-SageMaker-Session-Id"] = "s" },
		"another trace":     func(g *signing) { g.header["X-Amzn-Trace-Id"] = "Root=1" },
		"folded whitespace": func(g *signing) { g.header["Accept"] = "a,   b" },
	} {
		r := invocation()
		change(&r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.request(t))
		if w.Code == http.StatusForbidden {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestBadSignaturesAreRefused(t *testing.T) {
	s := testServer(t)
	authorization := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			h := r.Header.Get("Authorization")
			if changed := strings.Replace(h, old, new, 1); changed != h {
				r.Header.Set("Authorization", changed)
				return
			}
			panic("nothing to replace: " + old)
		}
	}
	for name, test := range map[string]struct {
		change  func(*signing)
		code    string
		message string
	}{
		"none":           {func(g *signing) { g.then = func(r *http.Request) { r.Header.Del("Authorization") } }, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		"basic":          {func(g *signing) { g.then = func(r *http.Request) { r.Header.Set("Authorization", "Basic abc") } }, "IncompleteSignatureException", "algorithm"},
		"no signature":   {func(g *signing) { g.then = authorization("Signature=", "S=") }, "IncompleteSignatureException", "'Signature'"},
		"no headers":     {func(g *signing) { g.then = authorization("SignedHeaders=", "H=") }, "IncompleteSignatureException", "'SignedHeaders'"},
		"no credential":  {func(g *signing) { g.then = authorization("Credential=", "C=") }, "IncompleteSignatureException", "'Credential'"},
		"short scope":    {func(g *signing) { g.then = authorization("/aws4_request", "") }, "IncompleteSignatureException", "5 slash-delimited"},
		"no date":        {func(g *signing) { g.then = func(r *http.Request) { r.Header.Del("X-Amz-Date") } }, "IncompleteSignatureException", "X-Amz-Date"},
		"bad date":       {func(g *signing) { g.then = func(r *http.Request) { r.Header.Set("X-Amz-Date", "today") } }, "IncompleteSignatureException", "ISO-8601"},
		"another day":    {func(g *signing) { g.then = authorization(g.at.UTC().Format("/20060102/"), "/20200101/") }, "InvalidSignatureException", "Date in Credential scope"},
		"old":            {func(g *signing) { g.at = g.at.Add(-6 * time.Minute) }, "InvalidSignatureException", "Signature expired"},
		"future":         {func(g *signing) { g.at = g.at.Add(6 * time.Minute) }, "InvalidSignatureException", "Signature not yet current"},
		"region":         {func(g *signing) { g.region = "eu-west-1" }, "InvalidSignatureException", "valid region"},
		"service":        {func(g *signing) { g.service = "s3" }, "InvalidSignatureException", "correct service: 'sagemaker'"},
		"access key":     {func(g *signing) { g.key.AccessKeyID = "AKIAOTHER" }, "UnrecognizedClientException", "security token"},
		"session token":  {func(g *signing) { g.key.SessionToken = "another" }, "UnrecognizedClientException", "security token"},
		"no token":       {func(g *signing) { g.key.SessionToken = "" }, "UnrecognizedClientException", "security token"},
		"secret":         {func(g *signing) { g.key.SecretAccessKey = "wrong" }, "InvalidSignatureException", "does not match"},
		"body":           {func(g *signing) { g.header["X-Amz-Content-Sha256"] = strings.Repeat("0", 64) }, "InvalidSignatureException", "payload"},
		"changed header": {func(g *signing) { g.then = func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") } }, "InvalidSignatureException", "does not match"},
		"changed query":  {func(g *signing) { g.then = func(r *http.Request) { r.URL.RawQuery = "a=b" } }, "InvalidSignatureException", "does not match"},
		"changed host":   {func(g *signing) { g.then = func(r *http.Request) { r.Host = "elsewhere" } }, "InvalidSignatureException", "does not match"},
		"not hex":        {func(g *signing) { g.then = authorization("Signature=", "Signature=zz") }, "InvalidSignatureException", "does not match"},
		"host unsigned":  {func(g *signing) { g.then = authorization(";host;", ";") }, "InvalidSignatureException", "'Host' must be"},
		"more of AWS's":  {func(g *signing) { g.then = func(r *http.Request) { r.Header.Set("X-Amz-Meta-X", "1") } }, "InvalidSignatureException", "'X-Amz-Meta-X' must be"},
	} {
		t.Run(name, func(t *testing.T) {
			g := invocation()
			test.change(&g)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, g.request(t))
			if w.Code != http.StatusForbidden || w.Header().Get("X-Amzn-Errortype") != test.code || !strings.Contains(w.Body.String(), test.message) {
				t.Errorf("%d %s: %s, want 403 %s: %s", w.Code, w.Header().Get("X-Amzn-Errortype"), w.Body, test.code, test.message)
			}
		})
	}
}

// A body that was changed on the way is noticed without a header that says its hash.
func TestChangedBodyIsRefused(t *testing.T) {
	s := testServer(t)
	r := invocation().request(t)
	changed := httptest.NewRequest(r.Method, r.URL.String(), strings.NewReader(`{"inputs":"y"}`))
	changed.Header, changed.Host, changed.RequestURI = r.Header, r.Host, r.RequestURI
	w := httptest.NewRecorder()
	s.ServeHTTP(w, changed)
	if w.Code != http.StatusForbidden {
		t.Errorf("%d %s, want 403", w.Code, w.Body)
	}
}

// The same refusal in the words of each protocol.
func TestRefusalsByProtocol(t *testing.T) {
	s := testServer(t)
	for _, test := range []struct {
		g           signing
		status      int
		contentType string
		body        string
	}{
		{signing{path: "/endpoints/demo/invocations", service: "sagemaker"}, 403, "application/json", `{"message":"The security token included in the request is invalid."}`},
		{signing{path: "/", service: "sagemaker", header: map[string]string{"X-Amz-Target": "SageMaker.ListEndpoints"}}, 400, "application/x-amz-json-1.1", `"__type":"UnrecognizedClientException"`},
		{signing{path: "/", service: "application-autoscaling", header: map[string]string{"X-Amz-Target": "AnyScaleFrontendService.DescribeScalableTargets"}}, 400, "application/x-amz-json-1.1", `"__type":"UnrecognizedClientException"`},
		{signing{path: "/", service: "sts", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 403, "text/xml", `<Code>InvalidClientTokenId</Code>`},
		{signing{path: "/service/GraniteServiceVersion20100801/operation/GetMetricData", service: "monitoring"}, 403, "application/cbor", `UnrecognizedClientException`},
	} {
		g := test.g
		g.method, g.region, g.at, g.key = http.MethodPost, "us-east-1", time.Now(), Credentials{AccessKeyID: "AKIAOTHER", SecretAccessKey: "x"}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, g.request(t))
		if w.Code != test.status || w.Header().Get("Content-Type") != test.contentType || !strings.Contains(w.Body.String(), test.body) {
			t.Errorf("%s %s: %d %s %q, want %d %s %q", g.service, g.path, w.Code, w.Header().Get("Content-Type"), w.Body, test.status, test.contentType, test.body)
		}
	}
}

func TestUnknownRequests(t *testing.T) {
	s := testServer(t)
	for _, g := range []signing{
		{method: "GET", path: "/", service: "sagemaker"},
		{method: "GET", path: "/endpoints/demo/invocations", service: "sagemaker"},
		{method: "POST", path: "/endpoints/demo/invocations-of-another-kind", service: "sagemaker"},
		{method: "POST", path: "/endpoints", service: "sagemaker"},
		{method: "POST", path: "/", service: "sts", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "%"},
		{method: "POST", path: "/service/GraniteServiceVersion20100801/operation/", service: "monitoring"},
	} {
		g.region, g.at, g.key = "us-east-1", time.Now(), testCredentials
		w := httptest.NewRecorder()
		s.ServeHTTP(w, g.request(t))
		if w.Code != http.StatusNotFound || w.Body.Len() == 0 {
			t.Errorf("%s %s: %d %q, want 404", g.method, g.path, w.Code, w.Body)
		}
	}
}

// A signed invocation through the whole handler, without a network: reading, verification, admission, answer.
func BenchmarkInvocation(b *testing.B) {
	s := testServer(b)
	g := invocation()
	r := g.request(b)
	b.ReportAllocs()
	for b.Loop() {
		r.Body = readCloser{strings.NewReader(g.body)}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := testServer(b)
	g := invocation()
	r, body := g.request(b), []byte(g.body)
	b.ReportAllocs()
	for b.Loop() {
		if fault := s.keys.Verify(r, body, "us-east-1", "sagemaker", g.at); fault != nil {
			b.Fatal(fault.Message)
		}
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
