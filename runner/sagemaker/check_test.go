package sagemaker

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"sagetop/runner"
	"sagetop/runner/expect"
)

func expected(t testing.TB, exprs ...string) (all []*expect.Expectation) {
	t.Helper()
	for _, expr := range exprs {
		e, err := expect.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// An answer that is not as expected is a failure, with what does not hold of it, and what it was.
func TestExpect(t *testing.T) {
	unmet := func(text string) runner.Failure {
		return runner.Failure{Class: runner.Check, HTTPStatus: 200, Message: text}
	}
	tests := []struct {
		name   string
		expect []string
		answer string
		want   runner.Failure
		sample string
	}{
		{"met", []string{"status == 200 && json .label exists"}, `{"label":"POSITIVE"}`, runner.Failure{}, ""},
		{"unmet", []string{"status == 200 && json .label exists"}, `{"error":"CUDA out of memory"}`, unmet("json .label exists"), `{"error":"CUDA out of memory"}`},
		{"the second", []string{"bytes > 0", "body contains cat"}, "dog", unmet("body contains cat"), "dog"},
		{"nothing came", []string{"bytes > 0"}, "", unmet("bytes > 0"), ""},
		{"long", []string{"body contains end"}, strings.Repeat("x", 200_000) + "end", runner.Failure{}, ""},
		{"too long", []string{"body contains end"}, strings.Repeat("x ", maxLooked/2) + "end", unmet(expect.TooLong), strings.TrimSpace(strings.Repeat("x ", 249)) + "..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				io.WriteString(w, tt.answer)
			})
			s.Start()
			cfg := testConfig(t, s.URL)
			cfg.Expect = expected(t, tt.expect...)
			eachClient(t, func(t *testing.T, client string) {
				r, sample := invokeBy(t, by(client, cfg), 0)
				if r.Failure != tt.want || r.BytesIn != int64(len(tt.answer)) {
					t.Errorf("%+v, %d bytes, want %+v", r.Failure, r.BytesIn, tt.want)
				}
				if sample.Message != tt.sample {
					t.Errorf("sample %q, want %q", sample.Message, tt.sample)
				}
				if r.After == 0 {
					t.Error("looking at the answer took no time: it is counted as latency")
				}
			})
		})
	}
}

// What is a failure anyway stays what it is.
func TestExpectIsOfSuccesses(t *testing.T) {
	s := newServer(t, reply(424, "ModelError", `{"OriginalStatusCode":500,"Message":"broken"}`))
	s.Start()
	cfg := testConfig(t, s.URL)
	cfg.Expect = expected(t, "status == 424", "body contains nothing")
	if r := invoke(t, cfg); r.Failure.Class != runner.ModelError || r.After != 0 {
		t.Errorf("%+v", r)
	}
}

// Each answer is judged by itself, also on a connection that has had another one.
func TestExpectOfOneConnection(t *testing.T) {
	n := 0
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		n++
		io.WriteString(w, []string{`{"ok":true}`, `{}`, `{"ok":true,"more":1}`}[n%3])
	})
	s.Start()
	cfg := testConfig(t, s.URL)
	cfg.Expect = expected(t, "json .ok == true")
	eachClient(t, func(t *testing.T, client string) {
		n = 0
		inv := newInvoker(t, by(client, cfg))
		var r runner.Result
		for i, want := range []runner.Class{runner.Check, runner.OK, runner.OK, runner.Check} {
			if inv.Invoke(t.Context(), uint64(i), &r); r.Failure.Class != want {
				t.Errorf("answer %d: %+v, want %v", i, r.Failure, want)
			}
		}
	})
}
