package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"sagetop/internal/check"
)

// Interrupted, a probe sums up what it has.
func TestCheckInterrupted(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"text", "json"} {
		t.Run(output, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, quick())
			p := w.headless("check", "fast", "-d", "hi", "-n", "10000", "--every", "20ms", "-o", output)
			w.sends(4, p) // the probe sends one after the other, so it has three
			p.signal(os.Interrupt)
			p.exits(130)
			said := p.stdout.String()
			if output == "text" {
				if !strings.Contains(said, " sent, 0 failed; ") {
					t.Errorf("no sum in\n%s", p.said())
				}
				return
			}
			var r check.Report
			if err := json.Unmarshal([]byte(said), &r); err != nil || r.Schema != check.Schema || r.Latency.Sent < 3 || len(r.Requests) != r.Latency.Sent {
				t.Errorf("%v in\n%s", err, p.said())
			}
		})
	}
}

// On a terminal there are colours, unless they are not wanted, and no line but what is to be copied is longer than it is wide.
func TestCheckOnATerminal(t *testing.T) {
	t.Parallel()
	for _, noColor := range []string{"", "1"} {
		t.Run("NO_COLOR="+noColor, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, quick())
			w.setenv("NO_COLOR", noColor)
			c := w.console("check", "fast", "-d", "hi")
			c.leaves(0)
			said := c.stdout.String()
			if strings.Contains(said, "\x1b[32mInService") != (noColor == "") || strings.Contains(said, "\x1b") != (noColor == "") {
				t.Errorf("%q", said)
			}
			for line := range strings.Lines(said) {
				if ansi.StringWidth(strings.TrimSpace(line)) > 80 {
					t.Errorf("wider than the terminal: %s", line)
				}
			}
		})
	}
}

// The next command is for the same container, its query with it, and can be pasted. A password is not in it.
func TestCheckOfAContainerKeepsItsQuery(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	c := newWorld(t).console("check", "http://me:hunter2@"+host+"/invocations?model=a&size=1", "-d", "hi", "--no-color")
	c.leaves(0)
	if said, want := c.stdout.String(), "Next  sagetop run 'http://"+host+"/invocations?model=a&size=1' -d hi -c 12"; !strings.Contains(said, want) {
		t.Errorf("%q lacks %q", said, want)
	}
}
