package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
)

// chatty is a saturated endpoint whose two containers say so: 40 lines, 2 s apart.
func chatty() *scene {
	s := saturated()
	s.Logs = session.Logs{Since: start.Add(-time.Minute), Read: s.Now.Add(-3 * time.Second)}
	from := s.Now.Add(-83 * time.Second)
	for i := range 40 {
		stream, text := "AllTraffic/i-0a1b2c3d4e5f60718", fmt.Sprintf("Request %08d refused: 503, all workers busy and 100 waiting", i)
		if i%3 == 2 {
			stream, text = "AllTraffic/i-09f8e7d6c5b4a3921/container-2", "The last message about a refused request was repeated 4950 times within 10s"
		}
		at := from.Add(time.Duration(2*i) * time.Second)
		s.Logs.Lines = append(s.Logs.Lines, session.LogLine{At: at, Stream: stream, Text: at.Format("2006-01-02T15:04:05,000") + " [WARN ] model-server - " + text})
	}
	return s
}

// unlogged is an endpoint whose logs may not be read, or not any more.
func unlogged(lines int) *scene {
	s := chatty()
	s.Logs.Lines = s.Logs.Lines[:lines]
	if lines == 0 {
		s.Logs.Read = time.Time{}
	}
	s.Logs.Problem = "permission missing: logs:FilterLogEvents for arn:aws:sts::123456789012:assumed-role/ml-dev/me\nadd it to the policy of that role or user"
	return s
}

// silent is an endpoint that has logged nothing.
func silent() *scene {
	s := chatty()
	s.Logs.Lines = nil
	return s
}

func TestLogPictures(t *testing.T) {
	for name, scene := range map[string]func() *scene{
		"logs": chatty, "logs_empty": silent, "logs_reading": saturated,
		"logs_denied": func() *scene { return unlogged(0) }, "logs_denied_later": func() *scene { return unlogged(9) },
	} {
		for _, size := range []window{{"80x24", 80, 24}, {"120x36", 120, 36}} {
			m, _ := still(scene(), size.w, size.h, Options{}, "l")
			golden(t, name+"_"+size.name, picture(t, m))
		}
	}
}

// Of a component they are its own, not those of all that share the endpoint, unless it has none.
func TestLogsOfAComponent(t *testing.T) {
	s := component()
	s.Logs = session.Logs{Since: start.Add(-time.Minute), Read: s.Now}
	m, _ := still(s, 80, 24, Options{}, "l")
	if got := picture(t, m); !strings.Contains(got, "Component logs as of ") || !strings.Contains(got, "inference component bert has logged nothing since ") {
		t.Errorf("\n%s", got)
	}
	s.Logs.Shared = true
	m, _ = still(s, 80, 24, Options{}, "l")
	if got := picture(t, m); !strings.Contains(got, "Endpoint logs as of 14:04:12: the component has no log group ─") || !strings.Contains(got, " the endpoint has logged nothing since ") {
		t.Errorf("\n%s", got)
	}
}

// Logs are asked for as long as they stand on the screen, and not while that is frozen.
func TestLogsAreAskedForWhileTheyAreLookedAt(t *testing.T) {
	m, c := still(chatty(), 80, 24, Options{})
	asked := func(key string) (n int) {
		t.Helper()
		c.did = nil
		m.Update(press(key))
		m.Update(tickMsg{})
		for _, did := range c.did {
			if did.Verb == session.ReadLogs {
				n++
			}
		}
		return n
	}
	for _, tt := range []struct {
		key  string
		want int
	}{{"e", 0}, {"l", 2}, {"up", 1}, {"z", 0}, {"z", 1}, {"l", 0}, {"l", 2}, {"esc", 0}} {
		if n := asked(tt.key); n != tt.want {
			t.Errorf("%s: asked %d times, want %d", tt.key, n, tt.want)
		}
	}
}

// The newest line stays in sight until somebody scrolls away from it, and again once they are back.
func TestLogsFollow(t *testing.T) {
	m, c := still(chatty(), 80, 24, Options{}, "l")
	more := func(text string) bool {
		t.Helper()
		picture(t, m)
		c.st.Logs.Lines = append(c.st.Logs.Lines, session.LogLine{At: c.st.Now, Stream: "AllTraffic/i-1", Text: text})
		m.Update(tickMsg{})
		return strings.Contains(picture(t, m), text)
	}
	for _, tt := range []struct {
		keys string
		want bool
	}{{"", true}, {"up", false}, {"z z", false}, {"pgdown", true}, {"home", false}, {"end", true}, {"+", true}, {"l", false}, {"l", true}} {
		for _, k := range strings.Fields(tt.keys) {
			m.Update(press(k))
		}
		if text := "new after " + tt.keys + "."; more(text) != tt.want {
			t.Errorf("after %q the newest line is seen: %v", tt.keys, !tt.want)
		}
	}
}
