package cli_test

import (
	"net"
	"strings"
	"testing"
)

// A service that takes connections and never answers: the run says so, and what to do, instead of waiting for ever.
func TestServiceThatNeverAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	w := newWorld(t)
	w.unreachable("http://"+silent.Addr().String(), "gives no answer")
}

// A host that does not even take the connection, as without a route or a VPC endpoint.
func TestHostThatNeverConnects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unreachable("http://"+deaf(t), "unreachable after 2s")
}

// unreachable checks what a run against url comes to.
func (w *world) unreachable(url, says string) {
	w.t.Helper()
	p := w.headless("run", "fast", "-d", "hi", "--endpoint-url", url, "--out", "run")
	p.exits(1)
	said := p.stderr.String()
	for _, want := range []string{says, strings.TrimPrefix(url, "http://"), "check --endpoint-url"} {
		if !strings.Contains(said, want) {
			w.t.Errorf("no %q in\n%s", want, said)
		}
	}
	if n := strings.Count(said, "\n"); n > 3 || p.stdout.String() != "" || w.has("") {
		w.t.Errorf("it said, in %d lines,\n%s", n, p.said())
	}
}
