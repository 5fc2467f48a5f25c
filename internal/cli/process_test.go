package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// soon bounds how long a test waits for what must come; nothing is judged by how fast it comes.
const soon = 60 * time.Second

// until waits for ok. What is waited for names it when it does not come, show what there is instead.
func until(t *testing.T, what string, ok func() bool, show func() string) {
	t.Helper()
	for deadline := time.Now().Add(soon); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come; there is\n%s", what, show())
		}
	}
}

// world is a simulated AWS, and a home of its own for the processes that are started in it.
type world struct {
	t      *testing.T
	server *simulator.Server
	url    string
	dir    string
	env    []string
}

func newWorld(t *testing.T, endpoints ...simulator.EndpointConfig) *world {
	t.Helper()
	return newWorldOf(t, simulator.Config{Endpoints: endpoints})
}

func newWorldOf(t *testing.T, c simulator.Config) *world {
	t.Helper()
	s, err := simulator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: s, url: l.URL, dir: t.TempDir()}
	t.Cleanup(func() { _ = l.Close() }) // after the processes, before their home
	keys := s.Credentials()
	w.env = []string{
		"HOME=" + w.dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + w.dir, "LANG=C.UTF-8", "TERM=xterm-256color",
		"AWS_ENDPOINT_URL=" + l.URL, "AWS_REGION=" + s.Region(), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + keys.SecretAccessKey, "AWS_SESSION_TOKEN=" + keys.SessionToken,
	}
	return w
}

// quick is an endpoint that answers at once.
func quick() simulator.EndpointConfig {
	p := model.Fast()
	return simulator.EndpointConfig{Name: "fast", Profile: &p, EnhancedMetrics: true, PublishEvery: 10 * time.Second}
}

// setenv for processes that are started from now on. An empty value takes the variable away.
func (w *world) setenv(name, value string) {
	kept := w.env[:0]
	for _, kv := range w.env {
		if !strings.HasPrefix(kv, name+"=") {
			kept = append(kept, kv)
		}
	}
	if value != "" {
		kept = append(kept, name+"="+value)
	}
	w.env = kept
}

// invoked is how many invocations the endpoint's service has answered so far, with or without success.
func (w *world) invoked() uint64 {
	n := uint64(0)
	for answer, times := range w.server.Counts() {
		if answer.Operation == "InvokeEndpoint" {
			n += times
		}
	}
	return n
}

// sends waits until n invocations were answered.
func (w *world) sends(n uint64, p *process) {
	w.t.Helper()
	until(w.t, fmt.Sprintf("invocation %d", n), func() bool { return w.invoked() >= n || p.gone() }, p.said)
}

// command is the real program, not yet started. The test binary is it by that name; see TestMain.
func (w *world) command(args ...string) *exec.Cmd {
	w.t.Helper()
	path, err := exec.LookPath("sagetop")
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	return cmd
}

// path of a file in the home of the processes.
func (w *world) path(parts ...string) string {
	return filepath.Join(append([]string{w.dir}, parts...)...)
}

// has says whether the folder run has that file.
func (w *world) has(name string) bool {
	_, err := os.Stat(w.path("run", name))
	return err == nil
}

// summary of the finished run in the folder run, after checks that hold for every run: nothing is missing, the requests add up, and
// the timeline alone tells the same.
func (w *world) summary() *report.Summary {
	t := w.t
	t.Helper()
	for _, name := range []string{report.SummaryFile, report.TimelineFile, report.HlogFile} {
		if !w.has(name) {
			t.Errorf("%s is missing", name)
		}
	}
	s, err := report.Read(w.path("run"))
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Requests; r.Sent != r.OK+r.Failed+r.InFlight {
		t.Errorf("requests do not add up: %+v", r)
	}
	if s.Lost != "" {
		t.Errorf("lost: %s", s.Lost)
	}
	again, err := report.Recover(w.path("run"))
	if err != nil {
		t.Fatal(err)
	}
	said, _ := s.JSON()
	if told, _ := again.JSON(); !bytes.Equal(said, told) {
		t.Errorf("run.json and the timeline differ:\n%s\n%s", said, told)
	}
	return s
}

// process is the real program at work.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr transcript
	done           chan struct{} // closed once it ended and everything it said was read
}

// headless starts the program without a terminal.
func (w *world) headless(args ...string) *process {
	w.t.Helper()
	p := &process{t: w.t, cmd: w.command(args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.begin(p.cmd.Start)
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // its code is what matters
	}()
	return p
}

// begin starts p and sees to it that it does not outlive the test.
func (p *process) begin(start func() error) {
	p.t.Helper()
	if err := start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.done
	})
}

func (p *process) said() string {
	return fmt.Sprintf("stdout:\n%s\nstderr:\n%s", p.stdout.String(), p.stderr.String())
}

func (p *process) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// says waits for text on stderr.
func (p *process) says(text string) {
	p.t.Helper()
	until(p.t, "the text "+text, func() bool { return strings.Contains(p.stderr.String(), text) || p.gone() }, p.said)
	if !strings.Contains(p.stderr.String(), text) {
		p.t.Fatalf("it ended without saying %q; it said\n%s", text, p.said())
	}
}

// signal p, which must still be there.
func (p *process) signal(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// exits waits for the end of p and checks its code.
func (p *process) exits(code int) {
	p.t.Helper()
	until(p.t, "the end of the process", p.gone, p.said)
	if got := p.cmd.ProcessState.ExitCode(); got != code && !(got == 4 && p.tooBusy()) {
		p.t.Fatalf("exit code %d, want %d; it said\n%s", got, code, p.said())
	}
}

// tooBusy says that this machine had too little time for p, beside other tests, and that p noticed: its run is not valid, which
// outranks how it went.
func (p *process) tooBusy() bool {
	s, err := report.Read(filepath.Join(p.cmd.Dir, "run"))
	return err == nil && !s.Valid && s.InvalidReason != ""
}

// transcript is what somebody said so far. Its zero value is ready.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
