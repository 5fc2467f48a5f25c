package sagemaker

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"sagetop/runner"
)

// A container is asked as SageMaker would, unsigned, and without any AWS configuration.
func TestContainer(t *testing.T) {
	var got *http.Request
	var body string
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		io.WriteString(w, "{}")
	})
	s.Start()
	payload, _ := NewPayload([]byte(`{"a": 1}`))
	cfg := Config{
		URL:     strings.Replace(s.URL, "http://", "http://user:pass@", 1) + "/invocations?debug=1",
		Payload: payload, TargetModels: []string{"m.tar.gz"}, SessionID: "s-1", CustomAttributes: "trace=1", Accept: "text/csv",
	}
	inv := newInvoker(t, cfg)
	var r runner.Result
	for range 2 {
		if inv.Invoke(t.Context(), 0, &r); r.Failure.Class != runner.OK || r.BytesIn != 2 || r.BytesOut != 8 {
			t.Fatalf("%+v", r)
		}
	}
	if got.Method != "POST" || got.RequestURI != "/invocations?debug=1" || body != `{"a": 1}` || s.conns.Load() != 1 {
		t.Errorf("%s %s %q on %d connections", got.Method, got.RequestURI, body, s.conns.Load())
	}
	for name, want := range map[string]string{
		"Content-Type": typeJSON, "Accept": "text/csv", "User-Agent": "sagetop", "Authorization": "Basic dXNlcjpwYXNz",
		"X-Amzn-Sagemaker-Target-Model": "m.tar.gz", "X-Amzn-Sagemaker-Session-Id": "s-1", "X-Amzn-Sagemaker-Custom-Attributes": "trace=1",
	} {
		if v := got.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	for name := range got.Header {
		if strings.HasPrefix(name, "X-Amz-") || strings.HasPrefix(name, "Amz-") {
			t.Errorf("a header of AWS's: %s", name)
		}
	}
}

// Whatever a container answers that is no success is a failure of the model, as SageMaker would report it.
func TestContainerFailures(t *testing.T) {
	for status, want := range map[int]runner.Failure{
		400: {Class: runner.ModelError, HTTPStatus: 400, OriginalStatus: 400, Message: "bad request"},
		404: {Class: runner.ModelError, HTTPStatus: 404, OriginalStatus: 404, Message: "not found"},
		503: {Class: runner.ModelError, HTTPStatus: 503, OriginalStatus: 503, Message: "service unavailable"},
		307: {Class: runner.Other, HTTPStatus: 307, Message: "temporary redirect"},
	} {
		s := newServer(t, reply(status, "", "no model named 'x'"))
		s.Start()
		cfg := Config{URL: s.URL, Payload: testConfig(t, "").Payload}
		if r, sample := invokeBy(t, cfg, 0); r.Failure != want || sample.Message != "no model named 'x'" {
			t.Errorf("%d: %+v, sample %+v", status, r.Failure, sample)
		}
	}
	cfg := Config{URL: "http://127.0.0.1:1", Payload: testConfig(t, "").Payload}
	if r, _ := invokeBy(t, cfg, 0); r.Failure.Class != runner.Connect {
		t.Errorf("%+v", r.Failure)
	}
}

func TestContainerURL(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:8080":                    "http://127.0.0.1:8080/invocations",
		"http://127.0.0.1:8080/":                   "http://127.0.0.1:8080/invocations",
		"https://model.test/v1/invocations?x=1#no": "https://model.test/v1/invocations?x=1",
		"http://[::1]:8080/predict":                "http://[::1]:8080/predict",
	} {
		if u, err := ContainerURL(text); err != nil || u.String() != want {
			t.Errorf("%s: %v, %v, want %s", text, u, err, want)
		}
	}
	for _, text := range []string{"http://", "ftp://a/b", "http:///invocations", "http://user:hunter22@bad host/", "https://user:hunter22@a:port/"} {
		_, err := ContainerURL(text)
		if !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "hunter22") || !strings.Contains(err.Error(), "http://127.0.0.1:8080/invocations") {
			t.Errorf("%s: %v", text, err)
		}
	}
	cfg := Config{URL: "http://127.0.0.1:1", Payload: testConfig(t, "").Payload, Client: SDK}
	if _, err := NewTarget(cfg); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}
