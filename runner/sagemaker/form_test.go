package sagemaker

import (
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// Models take turns by the numbers of requests, and content types come with the files; each is signed for what it is.
func TestForms(t *testing.T) {
	tree(t, map[string]string{"dir/a.json": "{}", "dir/b.PNG": "\x89PNG", "dir/c": "[1]", "dir/d.csv": "1,2\n"})
	p, err := ParsePayload(t.Context(), Source{Spec: "@dir/"})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Facts().ContentType; got != "application/json, image/png, text/csv" {
		t.Errorf("content types %q", got)
	}
	to := newRecorder(t, false)
	cfg := testConfig(t, "http://runtime.test")
	cfg.Payload, cfg.TargetModels = p, []string{"one.tar.gz", "two.tar.gz", "three.tar.gz"}
	for n := range uint64(12) {
		lean := to.record(t, by(Lean, cfg), n)
		same(t, &cfg, lean, to.record(t, by(SDK, cfg), n))
		kind := []string{typeJSON, "image/png", typeJSON, "text/csv"}[n%4]
		if got := lean.header(t, "Content-Type"); got != kind {
			t.Errorf("request %d is %s, want %s", n, got, kind)
		}
		if got := lean.header(t, "X-Amzn-Sagemaker-Target-Model"); got != cfg.TargetModels[n%3] {
			t.Errorf("request %d is for %s", n, got)
		}
	}
	cfg.ContentType = "text/plain"
	told := to.record(t, by(Lean, cfg), 1)
	if got := told.header(t, "Content-Type"); got != "text/plain" {
		t.Errorf("told to send text/plain, sent %s", got)
	}
}

// One invoker changes between payloads, models and bodies that it makes, and each request is what it would be alone.
func TestFormsOfOneInvoker(t *testing.T) {
	tree(t, map[string]string{"a.jsonl": strings.Repeat(`{"id":"{{.uuid}}"}`+"\n"+`{"n":{{.seq}},"line":{{.line}}}`+"\n", 3) + `"plain"`})
	p, err := ParsePayload(t.Context(), Source{Spec: "@a.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	s, cfg := newSimulator(t, nil) // refuses wrong signatures
	cfg.Payload = p
	eachClient(t, func(t *testing.T, client string) {
		if got := count(t, mustTarget(t, by(client, cfg)), 2, 40); got[runner.OK] != 80 {
			t.Errorf("%v, the simulator answered %v", got, s.Counts())
		}
	})
}

// A request that could not be signed leaves nothing behind: the next one has its own body.
func TestBodyAfterARequestThatWasNotSigned(t *testing.T) {
	_, cfg := newSimulator(t, nil) // refuses a signature of another body
	cfg.Payload, _ = NewPayload([]byte("one"), []byte("two"))
	target := mustTarget(t, by(Lean, cfg))
	inv, err := target.NewInvoker(0)
	if err != nil {
		t.Fatal(err)
	}
	defer inv.Close()
	var r runner.Result
	send := func(n uint64, want runner.Class) {
		t.Helper()
		if inv.Invoke(t.Context(), n, &r); r.Failure.Class != want {
			t.Errorf("request %d: %+v, want %v", n, r.Failure, want)
		}
	}
	send(0, runner.OK)
	signer := target.lane.signer
	signer.now.Store(&stamp{second: signer.second(time.Now()) + 2, err: &credentialsError{errUnfit}})
	send(1, runner.Auth)
	signer.now.Store(nil)
	send(2, runner.OK)
	send(3, runner.OK)
}
