package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"sagetop/internal/simulator"
)

// Lines are put by without waiting for an output that nobody reads, and such as have no room are counted.
func TestAccessLogNeverWaits(t *testing.T) {
	_, unread := io.Pipe()
	l := newAccessLog(unread)
	go l.run()
	line := simulator.Access{At: time.Unix(0, 0), Method: "POST", Operation: "GetMetricData", Status: 200}
	for range maxUnread / 10 {
		l.add(line)
	}
	l.mu.Lock()
	n, dropped := len(l.lines), l.dropped
	l.mu.Unlock()
	if n < maxUnread || n > maxUnread+1000 || dropped == 0 {
		t.Errorf("%d bytes wait, %d lines are dropped", n, dropped)
	}
	if text := string(l.take(nil)); !strings.Contains(text, "lines left out") {
		t.Errorf("nothing says that lines are left out: %q", text[len(text)-100:])
	}
	l.close() // does not hang
}

func TestAccessLogLines(t *testing.T) {
	var out bytes.Buffer
	l := newAccessLog(&out)
	at := time.Date(2026, 5, 1, 12, 0, 0, 123e6, time.FixedZone("", 3600))
	l.add(simulator.Access{At: at, Took: 58300 * time.Microsecond, Method: "POST", Path: "/endpoints/a/invocations", Operation: "InvokeEndpoint", Endpoint: "a", Status: 424, Code: "ModelError", In: 41, Out: 512})
	l.add(simulator.Access{At: at, Method: "GET", Path: "/x%0Ay", Status: 403, Code: "MissingAuthenticationToken"})
	l.add(simulator.Access{At: at, Method: "POST", Path: "/", Operation: "GetMetricData", Code: "Reset"})
	go l.run()
	l.close()
	want := `2026-05-01T11:00:00.123Z POST InvokeEndpoint/a 424 ModelError 58.3 41 512
2026-05-01T11:00:00.123Z GET /x%0Ay 403 MissingAuthenticationToken 0.0 0 0
2026-05-01T11:00:00.123Z POST GetMetricData - Reset 0.0 0 0
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
