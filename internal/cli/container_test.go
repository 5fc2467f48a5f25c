package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// container is a model server as SageMaker runs them. It answers with what it was sent, fails for a body that says so, and is not
// ready as long as there is a file "loading" where the script runs.
type container struct {
	mu  sync.Mutex
	got []string
}

type containerKey struct{}

// containerOf serves one at $CONTAINER_URL.
func containerOf(env *testscript.Env) {
	c := &container{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) {
		if _, err := os.Stat(env.WorkDir + "/loading"); err == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /invocations", c.invoke)
	server := httptest.NewServer(mux)
	env.Defer(server.Close)
	env.Values[containerKey{}] = c
	env.Setenv("CONTAINER_URL", server.URL)
	env.Setenv("CONTAINER_HOST", strings.TrimPrefix(server.URL, "http://"))
}

func (c *container) invoke(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.got = append(c.got, strings.TrimSpace(fmt.Sprintf("%s %s %s %q", r.Header.Get("Content-Type"), r.Header.Get("X-Amzn-Sagemaker-Target-Model"), r.Header.Get("Authorization"), body)))
	c.mu.Unlock()
	if strings.Contains(string(body), "refuse") {
		http.Error(w, "no such input", http.StatusBadRequest)
		return
	}
	_, _ = w.Write(body)
}

// arrived FILE writes what has come to the container since the last time, a line each: content type, model, authorization, body.
func arrived(ts *testscript.TestScript, _ bool, args []string) {
	c := ts.Value(containerKey{}).(*container)
	c.mu.Lock()
	defer c.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(c.got, "\n")+"\n"), 0o600))
	c.got = nil
}
