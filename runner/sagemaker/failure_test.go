package sagemaker

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sagetop/runner"
)

// reply writes an answer as the service writes it.
func reply(status int, code, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Requestid", uuid)
		if code != "" {
			w.Header().Set("X-Amzn-Errortype", code)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

const containerTimeout = `{"ErrorCode":"INTERNAL_FAILURE_FROM_MODEL","LogStreamArn":"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/e",` +
	`"OriginalMessage":"Your invocation timed out","OriginalStatusCode":0,"Message":"Received server error (0) from model with message ` +
	`\"Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch\". ` +
	`See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/e in account 123456789012 for more information."}`

func TestAnswersAreClassified(t *testing.T) {
	tests := []struct {
		name, code string
		status     int
		body       string
		want       runner.Failure
	}{
		{
			"model error", "ModelError", 424, `{"OriginalStatusCode":507,"OriginalMessage":"oom","Message":"Received server error (507) from model with message \"oom\". See https://x.test/a in account 123456789012 for more information."}`,
			runner.Failure{Class: runner.ModelError, OriginalStatus: 507, Code: "ModelError", Message: `Received server error (507) from model with message "oom".`},
		},
		{
			"container timed out", "ModelError", 424, containerTimeout,
			runner.Failure{Class: runner.ModelError, Code: "ModelError", Message: `Received server error (0) from model with message "Your invocation timed out while waiting for a response from container primary. Review the latency metrics...`},
		},
		{"424 alone", "", 424, "", runner.Failure{Class: runner.ModelError, Message: "failed dependency"}},
		{"throttled, null message", "ThrottlingException", 400, `{"message": null}`, runner.Failure{Class: runner.Throttled, Code: "ThrottlingException"}},
		{"throttled by type in the body", "", 400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`, runner.Failure{Class: runner.Throttled, Code: "ThrottlingException", Message: "Rate exceeded"}},
		{"too many requests", "TooManyRequestsException", 429, `{}`, runner.Failure{Class: runner.Throttled, Code: "TooManyRequestsException"}},
		{"not ready", "ModelNotReadyException", 429, `{"Message":"The model is loading"}`, runner.Failure{Class: runner.NotReady, Code: "ModelNotReadyException", Message: "The model is loading"}},
		{"429 alone", "", 429, "", runner.Failure{Class: runner.NotReady, Message: "too many requests"}},
		{"validation", "ValidationError", 400, `{"Message":"Endpoint e of account 123456789012 not found."}`, runner.Failure{Class: runner.Validation, Code: "ValidationError", Message: "Endpoint e of account # not found."}},
		{"validation with a namespace", "com.amazon.coral.validate#ValidationException:http://internal.amazon.com/", 400, `{"message":"bad"}`, runner.Failure{Class: runner.Validation, Code: "ValidationException", Message: "bad"}},
		{"400 alone", "", 400, "", runner.Failure{Class: runner.Validation, Message: "bad request"}},
		{"413 from a gateway", "", 413, "<html>too large</html>", runner.Failure{Class: runner.Validation, Message: "request entity too large"}},
		{"404 unknown code", "Strange", 404, `{"message":"?"}`, runner.Failure{Class: runner.Validation, Code: "Strange", Message: "?"}},
		{
			"access denied", "AccessDeniedException", 403, `{"Message":"User: arn:aws:iam::123456789012:user/u is not authorized to perform: sagemaker:InvokeEndpoint"}`,
			runner.Failure{Class: runner.Auth, Code: "AccessDeniedException", Message: "User: arn:aws:iam::#:user/u is not authorized to perform: sagemaker:InvokeEndpoint"},
		},
		{"expired token", "ExpiredTokenException", 403, `{"message":"The security token included in the request is expired"}`, runner.Failure{Class: runner.Auth, Code: "ExpiredTokenException", Message: "The security token included in the request is expired"}},
		{"expired token 400", "ExpiredToken", 400, `{}`, runner.Failure{Class: runner.Auth, Code: "ExpiredToken"}},
		{"unrecognized client", "UnrecognizedClientException", 403, `{}`, runner.Failure{Class: runner.Auth, Code: "UnrecognizedClientException"}},
		{"invalid signature", "InvalidSignatureException", 403, `{}`, runner.Failure{Class: runner.Auth, Code: "InvalidSignatureException"}},
		{"signature mismatch", "SignatureDoesNotMatch", 403, `{}`, runner.Failure{Class: runner.Auth, Code: "SignatureDoesNotMatch"}},
		{"incomplete signature", "IncompleteSignatureException", 400, `{}`, runner.Failure{Class: runner.Auth, Code: "IncompleteSignatureException"}},
		{"request expired", "RequestExpired", 400, `{}`, runner.Failure{Class: runner.Auth, Code: "RequestExpired"}},
		{"skewed", "RequestTimeTooSkewed", 403, `{}`, runner.Failure{Class: runner.Auth, Code: "RequestTimeTooSkewed"}},
		{"no token", "MissingAuthenticationTokenException", 400, `{}`, runner.Failure{Class: runner.Auth, Code: "MissingAuthenticationTokenException"}},
		{"invalid client token", "InvalidClientTokenId", 403, `{}`, runner.Failure{Class: runner.Auth, Code: "InvalidClientTokenId"}},
		{"401 alone", "", 401, "", runner.Failure{Class: runner.Auth, Message: "unauthorized"}},
		{"403 alone", "", 403, "<html></html>", runner.Failure{Class: runner.Auth, Message: "forbidden"}},
		{"408 alone", "", 408, "", runner.Failure{Class: runner.Timeout, Message: "request timeout"}},
		{"internal", "InternalFailure", 500, `{"Message":"oops"}`, runner.Failure{Class: runner.Internal, Code: "InternalFailure", Message: "oops"}},
		{"500 alone", "", 500, "", runner.Failure{Class: runner.Internal, Message: "internal server error"}},
		{"502 alone", "", 502, "<html>bad gateway</html>", runner.Failure{Class: runner.Unavailable, Message: "bad gateway"}},
		{"unavailable", "ServiceUnavailable", 503, `{"Message":"try later"}`, runner.Failure{Class: runner.Unavailable, Code: "ServiceUnavailable", Message: "try later"}},
		{"503 alone", "", 503, "", runner.Failure{Class: runner.Unavailable, Message: "service unavailable"}},
		{"504 alone", "", 504, "", runner.Failure{Class: runner.Unavailable, Message: "gateway timeout"}},
		{"dependency", "InternalDependencyException", 530, `{"Message":"kms"}`, runner.Failure{Class: runner.Internal, Code: "InternalDependencyException", Message: "kms"}},
		{"530 alone", "", 530, "", runner.Failure{Class: runner.Internal, Message: "HTTP status 530"}},
		{"redirect is not followed", "", 307, "", runner.Failure{Class: runner.Other, Message: "temporary redirect"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, reply(tt.status, tt.code, tt.body))
			s.Start()
			r := invoke(t, testConfig(t, s.URL))
			tt.want.HTTPStatus = tt.status
			if r.Failure != tt.want {
				t.Errorf("got  %+v\nwant %+v", r.Failure, tt.want)
			}
			if n := s.requests.Load(); n != clients {
				t.Errorf("server saw %d requests, want one a client: no retries", n)
			}
			if r.BytesIn != int64(len(tt.body)) {
				t.Errorf("BytesIn %d, want %d", r.BytesIn, len(tt.body))
			}
		})
	}
}

func TestUnequalDetailsMakeEqualFailures(t *testing.T) {
	eachClient(t, unequalDetailsMakeEqualFailures)
}

func unequalDetailsMakeEqualFailures(t *testing.T, client string) {
	n := 0
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		body := fmt.Sprintf(`{"Message":"worker 10.0.%d.7:8%03d died after %d ms, request 0f6b2bb4-3a5c-4ae0-9f0b-17c1d0e94d%02d at 2026-11-23T10:%02d:00Z"}`, n, n, 100*n, n+10, n)
		reply(424, "ModelError", body)(w, r)
	})
	s.Start()
	inv := newInvoker(t, by(client, testConfig(t, s.URL)))
	seen := map[runner.Failure]int{}
	for i := range uint64(5) {
		var r runner.Result
		inv.Invoke(t.Context(), i, &r)
		seen[r.Failure]++
	}
	if len(seen) != 1 {
		t.Errorf("%d different failures, want 1: %v", len(seen), seen)
	}
}

// AWS repeats the request, session token included, when a signature does not match.
func TestNoCredentialInAFailure(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		head := ""
		if strings.Contains(r.URL.Path, "full") {
			head = "The Canonical String for this request should have been"
		}
		_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		said := fmt.Sprintf("bad signature %s 'x-amz-security-token:%s %s %s' Signature=%s", head, r.Header.Get("X-Amz-Security-Token"), testSecret, testKey, signature)
		code, status := "InvalidSignatureException", 403
		if strings.Contains(r.URL.Path, "container") {
			code, status = "ModelError", 424
		}
		reply(status, code, fmt.Sprintf(`{"message":%q,"OriginalMessage":%[1]q,"LogStreamArn":%[1]q}`, said))(w, r)
	})
	s.Start()
	for endpoint, class := range map[string]runner.Class{"bare": runner.Auth, "full": runner.Auth, "container": runner.ModelError} {
		cfg := testConfig(t, s.URL)
		cfg.Endpoint = endpoint
		f := invoke(t, cfg).Failure
		_, sample := invokeBy(t, cfg, 0)
		if f.Class != class || !strings.HasPrefix(f.Message, "bad signature") || !strings.HasPrefix(sample.Message, "bad signature") {
			t.Errorf("%s: %+v, %+v", endpoint, f, sample)
		}
		all := fmt.Sprint(f, sample)
		if regexp.MustCompile(`[0-9a-f]{40}`).MatchString(all) {
			t.Errorf("%s: a signature is in %q", endpoint, all)
		}
		for _, secret := range []string{testToken, testSecret, testKey, testToken[:20], testSecret[:12]} {
			if strings.Contains(all, secret) {
				t.Errorf("%s: %q is in %q", endpoint, secret, all)
			}
		}
	}
}

// Of a failure's body the beginning is read, which may be no whole JSON.
func TestLongFailures(t *testing.T) {
	long := strings.Repeat("words ", 20_000)
	for _, body := range []string{`{"Message":"` + long + `"}`, `{"Message":"short","Long":"` + long + `"}`, `{"Message":"short"}` + long, long} {
		s := newServer(t, reply(424, "ModelError", body))
		s.Start()
		r := invoke(t, testConfig(t, s.URL))
		if r.Failure.Class != runner.ModelError || r.BytesIn != int64(len(body)) {
			t.Errorf("%.40q: %+v", body, r)
		}
	}
}

// What an answer means does not depend on those before it, and they are not all kept.
func TestDecoderForgets(t *testing.T) {
	d := newDecoder()
	var key []byte
	for range 2 {
		for i := range 2*maxDecoded + 10 {
			word := strings.Repeat("a", 1+i)[:min(1+i, 150)]
			body := fmt.Appendf(nil, `{"Message":"%s","n":%d}`, word, i)
			var f runner.Failure
			f, key = d.failure(424, []byte("ModelError"), body, key)
			if f.Message != word || f.Code != "ModelError" || f.HTTPStatus != 424 {
				t.Fatalf("%d: %+v", i, f)
			}
		}
	}
	if len(d.known) > maxDecoded {
		t.Errorf("%d answers are remembered", len(d.known))
	}
}
