package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// control sends a request to the control path and reads its answer.
func (c clients) control(t *testing.T, method, path, body string, change ...func(*http.Request)) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, *c.config.BaseEndpoint+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Errorf("%s %s: no JSON: %s", method, path, text)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

func (c clients) wantControl(t *testing.T, method, path, body string, status int, answer string) {
	t.Helper()
	if got, text := c.control(t, method, path, body); got != status || text != answer {
		t.Errorf("%s %s %s: %d %s, want %d %s", method, path, body, got, text, status, answer)
	}
}

func TestControlOfFaults(t *testing.T) {
	c := serve(t, fast())
	c.wantControl(t, "GET", "/_simulate/faults", "", 200, `{"faults":[]}`)
	c.wantControl(t, "POST", "/_simulate/faults", `{"kind":"throttled","next":2}`, 200, `{"id":1}`)
	c.wantControl(t, "POST", "/_simulate/faults", `{"kind":"late_points","delay":"90s","for":"2m"}`, 200, `{"id":2}`)
	_, err := c.invoke(t)
	wantCode(t, err, "ThrottlingException", "")
	c.wantControl(t, "GET", "/_simulate/faults", "", 200,
		`{"faults":[{"id":1,"kind":"throttled","next":2,"met":1},{"id":2,"kind":"late_points","delay":"1m30s","for":"2m0s","met":0}]}`)
	c.wantControl(t, "DELETE", "/_simulate/faults/1", "", 200, `{"faults":[{"id":2,"kind":"late_points","delay":"1m30s","for":"2m0s","met":0}]}`)
	if _, err := c.invoke(t); err != nil {
		t.Errorf("after the fault was taken back: %v", err)
	}
	c.wantControl(t, "DELETE", "/_simulate/faults/1", "", 404, `{"error":"no fault \"1\" is set, or it is over"}`)
	c.wantControl(t, "DELETE", "/_simulate/faults", "", 200, `{"faults":[]}`)
	c.wantControl(t, "GET", "/_simulate/counts", "", 200,
		`{"counts":[{"operation":"InvokeEndpoint","status":200,"code":"","count":1},{"operation":"InvokeEndpoint","status":400,"code":"ThrottlingException","count":1}]}`)
}

func TestControlOfCredentials(t *testing.T) {
	c := serve(t, fast())
	c.wantControl(t, "POST", "/_simulate/credentials", `{"expire":true}`, 200, `{"access_key_id":"ASIATESTTESTTESTTEST","expired":true}`)
	_, err := c.invoke(t)
	wantCode(t, err, "ExpiredTokenException", "")
	c.wantControl(t, "POST", "/_simulate/credentials", `{"expire":false}`, 200, `{"access_key_id":"ASIATESTTESTTESTTEST","expired":false}`)
	if _, err := c.invoke(t); err != nil {
		t.Errorf("valid again: %v", err)
	}
	old := c.config.Credentials
	c.config.Credentials = aws.CredentialsProviderFunc(c.oldCredentials)
	c.wantControl(t, "POST", "/_simulate/credentials", `{"access_key_id":"AKIANEW","secret_access_key":"s"}`, 200, `{"access_key_id":"AKIANEW","expired":false}`)
	_, err = c.invoke(t)
	wantCode(t, err, "ExpiredTokenException", "")
	c.config.Credentials = old // the Server's
	if _, err := c.invoke(t); err != nil {
		t.Errorf("with the new ones: %v", err)
	}
	for _, body := range []string{`{}`, `{"access_key_id":"x"}`, `{"expire":true,"access_key_id":"x","secret_access_key":"y"}`} {
		if status, text := c.control(t, "POST", "/_simulate/credentials", body); status != 400 || !strings.Contains(text, "give either expire") {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
}

func TestControlRefusesBadRequests(t *testing.T) {
	c := serve(t, fast())
	c.wantControl(t, "POST", "/_simulate/faults", `{"kind":"reset","share":2}`, 400,
		`{"error":"bad fault: share \"2\": must be 0 to 1; 0 for all","field":"share","allowed":"0 to 1; 0 for all"}`)
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/_simulate/faults", `{"kind":"explode"}`, 400, `"allowed":"one of access_denied, bad_gateway, dependency`},
		{"POST", "/_simulate/faults", `{"kind":"reset","operation":"Nope"}`, 400, `"field":"operation"`},
		{"POST", "/_simulate/faults", `{"kind":"reset","endpoint":"nope"}`, 400, `unknown endpoint \"nope\"`},
		{"POST", "/_simulate/faults", `{"kind":`, 400, "not the JSON that is wanted"},
		{"POST", "/_simulate/faults", ``, 400, "not the JSON that is wanted"},
		{"POST", "/_simulate/faults", `"` + strings.Repeat("x", maxControlBody) + `"`, 400, "too large"},
		{"POST", "/_simulate/credentials", `{"expired":true}`, 400, `unknown field \"expired\"`},
		{"PUT", "/_simulate/faults", ``, 404, "PUT /_simulate/faults: there are DELETE /_simulate/faults, "},
		{"GET", "/_simulate/", ``, 404, "GET /_simulate/counts"},
		{"DELETE", "/_simulate/faults/x", ``, 404, `no fault`},
	} {
		if status, text := c.control(t, test.method, test.path, test.body); status != test.status || !strings.Contains(text, test.says) {
			t.Errorf("%s %s %.40s: %d %s, want %d %s", test.method, test.path, test.body, status, text, test.status, test.says)
		}
	}
}

// A page in a browser can reach loopback, by its own script or by a name that points there. Neither is answered.
func TestControlRefusesPagesAndOtherHosts(t *testing.T) {
	c := serve(t, fast())
	for name, test := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"curl":        {func(*http.Request) {}, 200},
		"localhost":   {func(r *http.Request) { r.Host = "localhost:8080" }, 200},
		"IPv6":        {func(r *http.Request) { r.Host = "[::1]:8080" }, 200},
		"a page":      {func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, 403},
		"a sandbox":   {func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		"a name":      {func(r *http.Request) { r.Host = "rebound.example.com" }, 403},
		"an address":  {func(r *http.Request) { r.Host = "192.0.2.1" }, 403},
		"a like name": {func(r *http.Request) { r.Host = "localhost.example.com:80" }, 403},
	} {
		if status, text := c.control(t, "GET", "/_simulate/faults", "", test.change); status != test.status {
			t.Errorf("%s: %d %s, want %d", name, status, text, test.status)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/_simulate/faults", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "127.0.0.1"
	for peer, allowed := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true, "192.0.2.1:1": false, "": false} {
		if r.RemoteAddr = peer; (local(r) == nil) != allowed {
			t.Errorf("from %q: %v", peer, local(r))
		}
	}
}
