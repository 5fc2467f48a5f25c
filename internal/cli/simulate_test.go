package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"sagetop/internal/cli"
)

// TestSimulateServesAnyClient reads the line that simulate prints, runs against what it says with nothing else, and ends it.
func TestSimulateServesAnyClient(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	signals := make(chan os.Signal, 1)
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Main([]string{"simulate", "--region", "eu-west-1"}, cli.Streams{In: strings.NewReader(""), Out: in, Err: io.Discard, Signals: signals})
	}()
	text, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Endpoint, Variant, URL, Region string
		ID                             string `json:"access_key_id"`
		Secret                         string `json:"secret_access_key"`
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", line.ID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", line.Secret)
	var said strings.Builder
	args := []string{
		"run", line.Endpoint, "--region", line.Region, "--endpoint-url", line.URL, "--variant", line.Variant,
		"-d", "hi", "-n", "5", "--no-cloudwatch", "--headless", "--out", t.TempDir(),
	}
	if code := cli.Main(args, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: &said, Environ: os.Environ()}); code != 0 {
		t.Errorf("exit code %d: %s", code, said.String())
	}
	signals <- os.Interrupt
	if code := <-ended; code != 0 {
		t.Errorf("simulate ended with %d after an interrupt", code)
	}
}

// simulating is a process that serves, and what it says of how to reach it.
type simulating struct {
	*process
	Endpoint, Variant, URL, Region string
	ID                             string `json:"access_key_id"`
	Secret                         string `json:"secret_access_key"`
}

// simulates starts simulate and points the processes after it there.
func (w *world) simulates(args ...string) *simulating {
	w.t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		w.setenv(name, "")
	}
	s := &simulating{process: w.headless(append([]string{"simulate"}, args...)...)}
	until(w.t, "the line of JSON", func() bool { return strings.Contains(s.stdout.String(), "\n") || s.gone() }, s.said)
	line, _, _ := strings.Cut(s.stdout.String(), "\n")
	if err := json.Unmarshal([]byte(line), s); err != nil {
		w.t.Fatalf("%v: %s", err, s.said())
	}
	w.setenv("AWS_ENDPOINT_URL", s.URL)
	w.setenv("AWS_REGION", s.Region)
	w.setenv("AWS_ACCESS_KEY_ID", s.ID)
	w.setenv("AWS_SECRET_ACCESS_KEY", s.Secret)
	return s
}

// control sends body to a path of the control path and wants it to be accepted.
func (s *simulating) control(path, body string) {
	s.t.Helper()
	response, err := http.Post(s.URL+path, "application/json", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != 200 {
		s.t.Fatalf("%s %s: %d %s", path, body, response.StatusCode, text)
	}
}

// TestSimulateAsAProcess takes its flags, is disturbed while it serves, tells of each request in its access log, and ends with an
// interrupt.
func TestSimulateAsAProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t)
	profile := `{"name":"mine","service":{"median":"1ms","sigma":0},"warmup":{"factor":0,"first":"0s"},"faults":[{"kind":"not_ready","next":1,"from":"1h"}]}`
	if err := os.WriteFile(w.path("mine.json"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	w.setenv("SAGETOP_ENDPOINT", "mine")
	s := w.simulates("--region", "eu-west-1", "--instances", "2", "--profile-file", "mine.json", "--access-log")
	if s.Endpoint != "mine" || s.Region != "eu-west-1" || s.Variant != "AllTraffic" {
		t.Errorf("%+v", s)
	}
	w.headless("run", "mine", "-d", "hi", "-n", "5", "--no-cloudwatch", "--out", "first").exits(0)
	s.control("/_simulate/faults", `{"kind":"throttled","endpoint":"mine","next":3}`)
	w.headless("run", "mine", "-d", "hi", "-n", "6", "--no-cloudwatch", "--out", "run").exits(0)
	if sum := w.summary(); sum.Requests.OK != 4 || sum.Requests.Failed != 3 || sum.Endpoint.Instances != 2 {
		t.Errorf("%+v on %d instances, want 4 successes and 3 failures on 2", sum.Requests, sum.Endpoint.Instances)
	}
	s.control("/_simulate/credentials", `{"expire":true}`)
	w.headless("run", "mine", "-d", "hi", "-n", "6", "--no-cloudwatch", "--out", "expired").exits(1)
	s.signal(os.Interrupt)
	s.exits(0)
	if said := s.stderr.String(); said != "" {
		t.Errorf("without a terminal it says %q", said)
	}
	lines := strings.Split(strings.TrimSpace(s.stdout.String()), "\n")[1:]
	shape := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z POST (/|\w+|InvokeEndpoint/mine) (\d{3}|-) (-|\w+) \d+\.\d \d+ \d+$`)
	found := map[string]int{}
	for _, line := range lines {
		if !shape.MatchString(line) || strings.Contains(line, s.Secret) || strings.Contains(line, s.ID) {
			t.Errorf("line %q", line)
			continue
		}
		fields := strings.Fields(line)
		found[strings.Join(fields[2:5], " ")]++
	}
	for what, want := range map[string]int{"InvokeEndpoint/mine 200 -": 10, "InvokeEndpoint/mine 400 ThrottlingException": 3, "GetCallerIdentity 200 -": 2} {
		if found[what] != want {
			t.Errorf("%d lines of %s, want %d; there are %v", found[what], what, want, found)
		}
	}
}
