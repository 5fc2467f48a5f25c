package report

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// requireClients fails tests where a program that they ask is missing.
const requireClients = "SAGETOP_TEST_CLIENTS"

// program of the first of those names that is installed. Without one the test is left out, except with SAGETOP_TEST_CLIENTS=all in the
// environment.
func program(t *testing.T, names ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("other programs are not started in short tests")
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	leaveOut(t, names[0]+" is not installed")
	return ""
}

func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv(requireClients) == "all" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// browser is a headless Chromium with one page, told what to do over a pair of pipes by its DevTools protocol: one JSON object a message,
// with a zero byte behind it.
type browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	session string
	sent    int
	errors  []string // that the page had
	loads   int
	started bool
}

// message of the protocol.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// browserHangs is when a test gives up.
const browserHangs = 2 * time.Minute

func openBrowser(t *testing.T) *browser {
	path := program(t, "chromium", "chromium-browser", "google-chrome")
	ctx, cancel := context.WithTimeout(t.Context(), browserHangs)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
		"--no-first-run", "--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	in, to := pipe(t)
	from, out := pipe(t)
	cmd.ExtraFiles = []*os.File{in, out}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, from: bufio.NewReader(from)}
	b.do("Browser.getVersion", nil, nil)
	b.started = true
	b.attach()
	return b
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func (b *browser) attach() {
	var target struct {
		ID string `json:"targetId"`
	}
	b.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		Session string `json:"sessionId"`
	}
	b.do("Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached)
	b.session = attached.Session
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.do(domain+".enable", nil, nil)
	}
}

// do it and wait for what came of it.
func (b *browser) do(method string, params map[string]any, result any) {
	b.t.Helper()
	b.sent++
	m := map[string]any{"id": b.sent, "method": method, "params": params}
	if params == nil {
		m["params"] = map[string]any{}
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil && b.started { // else next says so
		b.t.Fatalf("%s: %v", method, err)
	}
	for {
		answer := b.next()
		if answer.ID != b.sent {
			continue
		}
		if answer.Error != nil {
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

// next message, of which those are remembered that tell of the page.
func (b *browser) next() *message {
	b.t.Helper()
	text, err := b.from.ReadBytes(0)
	if err != nil && !b.started {
		leaveOut(b.t, "the browser does not start")
	}
	if err != nil {
		b.t.Fatalf("the browser has ended: %v", err)
	}
	m := new(message)
	if err := json.Unmarshal(text[:len(text)-1], m); err != nil {
		b.t.Fatal(err)
	}
	switch m.Method {
	case "Page.loadEventFired":
		b.loads++
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
		b.errors = append(b.errors, m.Method+" "+string(m.Params))
	}
	return m
}

// open a file and wait until it is loaded.
func (b *browser) open(path string) {
	b.t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		b.t.Fatal(err)
	}
	before := b.loads
	b.do("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	for b.loads == before {
		b.next()
	}
}

// value of an expression in the page, after two frames: what it has to draw is drawn by then.
func (b *browser) value(expression string, to any) {
	b.t.Helper()
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception json.RawMessage `json:"exceptionDetails"`
	}
	drawn := "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(" + expression + "))))"
	b.do("Runtime.evaluate", map[string]any{"expression": drawn, "awaitPromise": true, "returnByValue": true}, &answer)
	if answer.Exception != nil {
		b.t.Fatalf("%s: %s", expression, answer.Exception)
	}
	if err := json.Unmarshal(answer.Result.Value, to); err != nil {
		b.t.Fatalf("%s: %v in %q", expression, err, answer.Result.Value)
	}
}

func (b *browser) text(expression string) (s string) {
	b.t.Helper()
	b.value("String("+expression+")", &s)
	return s
}

// mouse of the page.
func (b *browser) mouse(kind string, x, y float64) {
	b.t.Helper()
	button := map[string]any{"type": kind, "x": x, "y": y, "button": "none"}
	if kind != "mouseMoved" {
		button["button"], button["clickCount"] = "left", 1
	}
	b.do("Input.dispatchMouseEvent", button, nil)
}

// scheme that the page is shown in: light, dark, or on paper.
func (b *browser) scheme(media, colours string) {
	b.t.Helper()
	b.do("Emulation.setEmulatedMedia", map[string]any{"media": media, "features": []map[string]string{{"name": "prefers-color-scheme", "value": colours}}}, nil)
}

func (b *browser) size(width, height int) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// well fails when the page had an error so far.
func (b *browser) well() {
	b.t.Helper()
	if len(b.errors) > 0 {
		b.t.Errorf("the page says:\n%s", strings.Join(b.errors, "\n"))
	}
}
