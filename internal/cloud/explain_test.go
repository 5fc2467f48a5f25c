package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// checkWords holds what every explanation must be: short lines in words, no SDK chain, no credential.
func checkWords(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*Problem](err); !ok {
		t.Errorf("not explained: %v", err)
		return
	}
	text := err.Error()
	if n := strings.Count(text, "\n"); n > 2 || text == "" || strings.HasSuffix(text, "\n") {
		t.Errorf("%d lines: %q", n+1, text)
	}
	for _, bad := range []string{"operation error", "https response error", "StatusCode", "RequestID", "%!", "cloud:", testSecret, testToken, testKey, testSecret[:12], testToken[:12]} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in %q", bad, text)
		}
	}
}

func wantProblem(t *testing.T, err, kind error, parts ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%v, want %v", err, kind)
		return
	}
	checkWords(t, err)
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	repeat := "The Canonical String for this request should have been 'x-amz-security-token:" + testToken + " " + testSecret + " " + testKey
	tests := []struct {
		name   string
		answer http.HandlerFunc
		kind   error
		parts  []string
	}{
		{
			"denied", failure(400, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized to perform: sagemaker:ListEndpoints on resource: * because no identity-based policy allows the sagemaker:ListEndpoints action"),
			ErrDenied,
			[]string{"sagemaker:ListEndpoints", "arn:aws:sts::123456789012:assumed-role/dev/me"},
		},
		{"denied without words", failure(403, "", ""), ErrDenied, []string{"sagemaker:ListEndpoints"}},
		{
			"explicit deny", failure(400, "AccessDeniedException", "User: arn:aws:iam::1:user/u is not authorized to perform: sagemaker:ListEndpoints with an explicit deny in a service control policy"),
			ErrDenied,
			[]string{"forbids"},
		},
		{"expired", failure(400, "ExpiredTokenException", "The security token included in the request is expired"), ErrExpired, []string{"expired", "aws sso login"}},
		{"unrecognized", failure(400, "UnrecognizedClientException", "The security token included in the request is invalid."), ErrBadCredentials, []string{"UnrecognizedClientException", "aws sts get-caller-identity"}},
		{"signature", failure(403, "InvalidSignatureException", repeat), ErrBadCredentials, []string{"InvalidSignatureException"}},
		{"clock", failure(400, "InvalidSignatureException", "Signature expired: 20261123T100000Z is now earlier than 20261123T101500Z"), ErrClock, []string{"clock", "UTC"}},
		{"clock, early", failure(403, "SignatureDoesNotMatch", "Signature not yet current"), ErrClock, nil},
		{"skewed", failure(403, "RequestTimeTooSkewed", ""), ErrClock, nil},
		{"no endpoint", failure(400, "ValidationException", `Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/my-endpiont".`), ErrNoEndpoint, []string{"my-endpiont in us-east-1"}},
		{"no endpoint, runtime's words", failure(400, "ValidationError", "Endpoint my-endpiont of account 123456789012 not found."), ErrNoEndpoint, []string{"my-endpiont in us-east-1"}},
		{"no endpoint configuration", failure(400, "ValidationException", `Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:1:endpoint-config/c".`), ErrRefused, nil},
		{"validation", failure(400, "ValidationException", "1 validation error\nfor \x1b[31mname"), ErrRefused, []string{"ValidationException: 1 validation error for [31mname"}},
		{"not AWS", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); io.WriteString(w, "<html>") }, ErrNotAWS, []string{"is not AWS (HTTP 404)", "--endpoint-url"}},
		{"HTML with 200", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") }, ErrNotAWS, []string{"is not AWS (HTTP 200)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bare(t)
			withKeys(t)
			f := newAWS(t)
			f.on("ListEndpoints", tt.answer)
			_, err := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL}).Endpoints(t.Context())
			wantProblem(t, err, tt.kind, tt.parts...)
		})
	}
}

// These are retried, with a pause between.
func TestRetriedAnswers(t *testing.T) {
	for kind, answer := range map[error]http.HandlerFunc{
		ErrThrottled: failure(400, "ThrottlingException", "Rate exceeded"),
		ErrService:   failure(503, "ServiceUnavailable", ""),
	} {
		bare(t)
		withKeys(t)
		f := newAWS(t)
		f.on("ListEndpoints", answer)
		_, err := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL}).Endpoints(t.Context())
		wantProblem(t, err, kind, "sagemaker:ListEndpoints in us-east-1")
		if n := len(f.keys); n != 3 {
			t.Errorf("%d attempts, want 3", n)
		}
	}
}

func TestNetwork(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	const long = 30 * time.Second
	tests := []struct {
		name, url string
		wait      time.Duration
		kind      error
		parts     []string
	}{
		{"refused", "http://" + freePort(t), long, ErrUnreachable, []string{"connection refused by 127.0.0.1:", "nothing listens at --endpoint-url http://127.0.0.1:"}},
		{"never answers", "http://" + silent(t), 2 * time.Second, ErrUnreachable, []string{"gives no answer", "--endpoint-url"}},
		{"closes", "http://" + closing(t), long, ErrUnreachable, []string{"broke the connection"}},
		{"unknown CA", secure.URL, long, ErrTLS, []string{"certificate of 127.0.0.1:", "unknown authority", "AWS_CA_BUNDLE"}},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), long, ErrTLS, []string{"plain HTTP"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bare(t)
			withKeys(t)
			opts := Options{Region: "us-east-1", EndpointURL: tt.url, DialTimeout: 2 * time.Second, AnswerTimeout: tt.wait}
			_, err := mustLoad(t, opts).Endpoints(t.Context())
			wantProblem(t, err, tt.kind, tt.parts...)
		})
	}
}

// What a person meets most: a network that drops packets, and a region that does not exist. Real errors of the net package, since no
// test may leave loopback.
func TestNetworkOfAWS(t *testing.T) {
	d := net.Dialer{Timeout: time.Nanosecond}
	_, late := d.Dial("tcp", "127.0.0.1:1")
	p := place{region: "us-esat-1", dial: 2 * time.Second}
	wantProblem(t, p.Explain(operation("SageMaker", late)), ErrUnreachable,
		"sagemaker in us-esat-1 unreachable after 2s", "no route, or no VPC endpoint", "com.amazonaws.us-esat-1.sagemaker.api")
	wantProblem(t, p.Explain(operation("CloudWatch", late)), ErrUnreachable, "com.amazonaws.us-esat-1.monitoring")
	missing := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.sagemaker.us-esat-1.amazonaws.com", IsNotFound: true}}
	wantProblem(t, p.Explain(operation("SageMaker", missing)), ErrUnreachable, "no such host api.sagemaker.us-esat-1.amazonaws.com", "region us-esat-1 spelled right")
}

// A proxy that is not there is named, and not the service behind it.
func TestNoProxy(t *testing.T) {
	proxy := freePort(t)
	_, refused := net.Dial("tcp", proxy)
	missing := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "proxy.test", IsNotFound: true}}
	for want, cause := range map[string]error{
		"no connection to the proxy " + proxy + ": connection refused": refused,
		"no connection to the proxy: no such host proxy.test":          missing,
	} {
		sent := &url.Error{Op: "Post", URL: "https://sts.us-east-1.amazonaws.com/", Err: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: cause}}
		err := place{region: "us-east-1"}.Explain(operation("STS", sent))
		wantProblem(t, err, ErrUnreachable, want, "HTTPS_PROXY")
		if unreachable(sent).Bool() {
			t.Error("it is tried again:", err)
		}
	}
}

// What a proxy answers to CONNECT is kept, and not tried again.
func TestProxyRefuses(t *testing.T) {
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := httpClient(Options{}).WithTransportOptions(func(tr *http.Transport) { tr.Proxy = http.ProxyURL(at) })
	cfg := aws.Config{Region: "us-east-1", HTTPClient: client, Retryer: Options{}.newRetryer, Credentials: aws.AnonymousCredentials{}}
	_, err = sagemaker.NewFromConfig(cfg).ListEndpoints(t.Context(), &sagemaker.ListEndpointsInput{})
	wantProblem(t, place{region: "us-east-1"}.Explain(err), ErrUnreachable,
		"api.sagemaker.us-east-1.amazonaws.com not reached: the proxy refused the connection (407 Proxy Authentication Required)", "HTTPS_PROXY")
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// How a connection that the other side closes is noticed depends on how far the request was.
func TestABrokenConnection(t *testing.T) {
	p := place{region: "us-east-1"}
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF,
		&net.OpError{Op: "read", Err: syscall.ECONNRESET}, &net.OpError{Op: "write", Err: syscall.EPIPE}, &net.OpError{Op: "write", Err: net.ErrClosed},
		errors.New("http: server closed idle connection"),
	} {
		sent := &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "http://127.0.0.1:1/", Err: err}}
		wantProblem(t, p.Explain(operation("SageMaker", sent)), ErrUnreachable, "broke the connection without an answer")
	}
}

func TestCABundleIsHonoured(t *testing.T) {
	bare(t)
	withKeys(t)
	secure := httptest.NewTLSServer(jsonReply(`{"Endpoints":[]}`))
	t.Cleanup(secure.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, file, pemOf(secure))
	t.Setenv("AWS_CA_BUNDLE", file)
	if _, err := mustLoad(t, Options{Region: "us-east-1", EndpointURL: secure.URL}).Endpoints(t.Context()); err != nil {
		t.Error(err)
	}
	writeFile(t, file, "no certificate")
	_, err := Load(t.Context(), Options{Region: "us-east-1"})
	wantProblem(t, err, ErrTLS, "AWS_CA_BUNDLE")
}

func TestLoadProblems(t *testing.T) {
	config := "[profile dev]\nregion = eu-west-1\n[profile dev-admin]\n[sso-session corp]\nsso_region=eu-west-1\nsso_start_url=https://corp.test\n" +
		"[profile sso]\nregion=eu-west-1\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=r\n" +
		"[profile old]\nregion=eu-west-1\nsso_start_url=https://corp.test\nsso_region=eu-west-1\nsso_account_id=123456789012\nsso_role_name=r\n" +
		"[profile proc]\nregion=eu-west-1\ncredential_process=echo " + testSecret + "\n"
	tests := []struct {
		name  string
		opts  Options
		env   map[string]string
		kind  error
		parts []string
	}{
		{"no region", Options{}, nil, ErrNoRegion, []string{"--region", "AWS_REGION"}},
		{"bad region", Options{Region: "us east 1"}, nil, ErrOption, []string{`"us east 1"`, "us-east-1"}},
		{"bad URL", Options{EndpointURL: "localhost:80"}, nil, ErrOption, []string{`"localhost:80"`, "http://"}},
		{"URL with a user", Options{EndpointURL: "http://u:" + testSecret + "@h"}, nil, ErrOption, []string{"host h"}},
		{"no credentials", Options{Region: "us-east-1"}, nil, ErrNoCredentials, []string{"AWS_ACCESS_KEY_ID", "the default profile", "aws configure sso", "--profile"}},
		{"no such profile", Options{Profile: "dve"}, nil, ErrNoProfile, []string{`"dve"`, "~/.aws/config", "did you mean dev?", "dev-admin"}},
		{"no such AWS_PROFILE", Options{}, map[string]string{"AWS_PROFILE": "zzzzzz"}, ErrNoProfile, []string{`"zzzzzz"`, "there are: "}},
		{"SSO never signed in", Options{Profile: "sso"}, nil, ErrExpired, []string{"aws sso login --profile sso"}},
		{"old SSO never signed in", Options{Profile: "old"}, nil, ErrExpired, []string{"aws sso login --profile old"}},
		{"process fails", Options{Profile: "proc"}, nil, ErrNoCredentials, []string{"credential_process of profile proc"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home := bare(t)
			writeFile(t, filepath.Join(home, ".aws/config"), config)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			_, err := Load(t.Context(), tt.opts)
			wantProblem(t, err, tt.kind, tt.parts...)
		})
	}
}

// EC2's metadata that nobody serves must not hold the start up, nor be named as the fault.
func TestNoMetadataService(t *testing.T) {
	bare(t)
	os.Unsetenv("AWS_EC2_METADATA_DISABLED")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+silent(t))
	_, err := Load(t.Context(), Options{Region: "us-east-1"})
	wantProblem(t, err, ErrNoCredentials)
	_, err = Load(t.Context(), Options{})
	wantProblem(t, err, ErrNoRegion)
}

func TestNoEndpoint(t *testing.T) {
	bare(t)
	withKeys(t)
	f := newAWS(t)
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL})
	var names []string
	for _, name := range []string{"zebra", "my-endpoint", "my-endpoint-2", "b", "c", "d", "e"} {
		names = append(names, fmt.Sprintf(`{"EndpointName":%q,"EndpointArn":"a","EndpointStatus":"InService","CreationTime":1,"LastModifiedTime":1}`, name))
	}
	f.on("ListEndpoints", jsonReply(`{"Endpoints":[`+strings.Join(names, ",")+`]}`))
	wantProblem(t, c.NoEndpoint(t.Context(), "my-endpiont"), ErrNoEndpoint, `"my-endpiont" in us-east-1`, "did you mean my-endpoint? There are also: my-endpoint-2, ", " and 2 more")
	f.on("ListEndpoints", jsonReply(`{"Endpoints":[]}`))
	wantProblem(t, c.NoEndpoint(t.Context(), "x"), ErrNoEndpoint, "none at all")
	f.on("ListEndpoints", failure(400, "AccessDeniedException", ""))
	wantProblem(t, c.NoEndpoint(t.Context(), "x"), ErrNoEndpoint, "need sagemaker:ListEndpoints")
}

func TestExplainInvoke(t *testing.T) {
	tests := []struct {
		status        int
		code, message string
		kind          error
		parts         []string
	}{
		{403, "AccessDeniedException", "User: arn:aws:iam::#:user/u is not authorized to perform: sagemaker:InvokeEndpoint", ErrDenied, []string{"sagemaker:InvokeEndpoint", "user/u"}},
		{403, "ExpiredTokenException", "The security token included in the request is expired", ErrExpired, nil},
		{400, "ValidationError", "Endpoint e of account # not found.", ErrNoEndpoint, []string{"no endpoint e in us-east-1"}},
		{400, "ThrottlingException", "", ErrThrottled, []string{"sagemaker:InvokeEndpoint in us-east-1"}},
		{424, "ModelError", "Received server error (500)", ErrService, []string{"/aws/sagemaker/Endpoints/e", "server error (500)"}},
		{424, "", "failed dependency", ErrService, nil},
		{429, "ModelNotReadyException", "", ErrService, []string{"still loading"}},
		{503, "", "service unavailable", ErrService, []string{"HTTP 503"}},
		{0, "", "connection refused", ErrUnreachable, []string{"endpoint e in us-east-1 not reached: connection refused"}},
		{0, "NoCredentials", "", ErrNoCredentials, nil},
	}
	for _, tt := range tests {
		wantProblem(t, place{region: "us-east-1"}.ExplainInvoke("e", "", tt.status, 0, tt.code, tt.message), tt.kind, tt.parts...)
	}
	wantProblem(t, place{}.ExplainInvoke("e", "", 424, 400, "ModelError", "no such field"), ErrRefused, "the model in e refused the request (status 400): no such field", "--content-type")
	wantProblem(t, place{}.ExplainInvoke("e", "", 424, 503, "ModelError", "busy"), ErrService, "the model in e failed: busy", "log group /aws/sagemaker/Endpoints/e")
	wantProblem(t, place{}.ExplainInvoke("e", "llama", 424, 503, "ModelError", "busy"), ErrService, "the model in e failed: busy", "log group /aws/sagemaker/InferenceComponents/llama")
}

// A role that another profile's keys assume, by an STS on loopback.
func TestAssumeRole(t *testing.T) {
	home := bare(t)
	writeFile(t, filepath.Join(home, ".aws/config"), "[profile base]\naws_access_key_id="+testKey+"\naws_secret_access_key="+testSecret+
		"\n[profile dev]\nregion=us-east-1\nrole_arn=arn:aws:iam::123456789012:role/dev\nsource_profile=base\n")
	f := newAWS(t)
	t.Setenv("AWS_ENDPOINT_URL_STS", f.URL)
	f.on("AssumeRole", xmlFailure(403, "AccessDenied", "User: arn:aws:iam::123456789012:user/u is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/dev"))
	_, err := Load(t.Context(), Options{Profile: "dev"})
	wantProblem(t, err, ErrDenied, "sts:AssumeRole", "user/u")
	f.on("AssumeRole", xmlFailure(403, "ExpiredToken", "expired"))
	_, err = Load(t.Context(), Options{Profile: "dev"})
	wantProblem(t, err, ErrExpired, "--profile dev")
	f.on("AssumeRole", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	})
	creds, err := mustLoad(t, Options{Profile: "dev"}).Credentials(t.Context())
	if err != nil || creds.From != "assumed role, profile dev" || creds.Expires.Year() != 2099 {
		t.Errorf("%+v %v", creds, err)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0}, {"ABC", "abc", 0}, {"abcd", "acbd", 1}, {"kitten", "sitting", 3}, {"my", "my-endpoint", 2},
	} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestWhatIsNotOurs(t *testing.T) {
	var here place
	if here.Explain(nil) != nil {
		t.Error("nil is explained")
	}
	own := errors.New("own")
	if here.Explain(own) != own {
		t.Error("an error of somebody else is explained")
	}
	if err := here.Explain(operation("STS", context.Canceled)); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) {
		t.Errorf("a cancellation became %v", err)
	}
	p := problem(ErrClock, own, "x")
	if here.Explain(p) != error(p) || !errors.Is(p, own) || !errors.Is(p, ErrClock) {
		t.Error("a Problem must stay, and keep its kind and cause")
	}
}
