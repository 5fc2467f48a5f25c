package check

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sagetop/runner/expect"
	"sagetop/runner/sagemaker"
)

// probed is the Report of one request to a container.
func probed(t *testing.T, url, payload string) *Report {
	t.Helper()
	p, err := sagemaker.NewPayload([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	target, err := sagemaker.NewTarget(sagemaker.Config{URL: url, Payload: p, Expect: expects(t, "body contains fine"), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Name: "http://c/invocations"}
	r := LookAt(cfg, time.Millisecond)
	prober := NewProber(r, cfg, target)
	defer prober.Close()
	if err := prober.Probe(t.Context(), 1, time.Millisecond, func(int, Request) {}); err != nil {
		t.Fatal(err)
	}
	return r
}

func expects(t *testing.T, text string) []*expect.Expectation {
	t.Helper()
	e, err := expect.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return []*expect.Expectation{e}
}

// A container has no AWS in front of it: what it answers is its own.
func TestContainer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		switch string(body) {
		case "refuse":
			http.Error(w, "no such\ninput", http.StatusBadRequest)
		case "fail":
			http.Error(w, "out of memory", http.StatusInternalServerError)
		case "hang up":
			panic(http.ErrAbortHandler)
		case "cut":
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("fine"))
		default:
			_, _ = w.Write(body)
		}
	}))
	t.Cleanup(s.Close)
	for payload, want := range map[string]string{
		"all fine": "",
		"not so":   "the request was answered, but not as --expect wants it: body contains fine",
		"refuse":   "the model in http://c/invocations refused the request (status 400): no such input\ncheck -d and --content-type",
		"fail":     "the model in http://c/invocations failed (status 500): out of memory\nwhat it says is in its own output (docker logs)",
		"hang up":  "the container at http://c/invocations was reached, but: the connection broke before an answer\nwhat its model says is in its own output (docker logs)",
		"cut":      "the container at http://c/invocations was reached, but: the connection broke inside the answer\nwhat its model says is in its own output (docker logs)",
	} {
		r := probed(t, s.URL, payload)
		if got := r.Invocation; got.Error != want || r.OK() != (want == "") || r.Ahead != nil || r.Permissions != nil {
			t.Errorf("%s: %q, want %q; %s", payload, got.Error, want, mustJSON(t, r))
		}
	}
	s.Close()
	if got, want := probed(t, s.URL, "hi").Invocation.Error, "the request could not be sent to http://c/invocations: connection refused"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
