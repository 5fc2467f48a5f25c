package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
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
