package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sagetop/internal/session"
)

// timeline of a whole run.
func timeline(t *testing.T) []byte {
	t.Helper()
	t.Chdir(t.TempDir())
	f, _ := kept(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(f.Dir(), TimelineFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTimelineLines(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(timeline(t)), "\n"), "\n")
	if !strings.HasPrefix(lines[0], `{"kind":"config","t":"2026-11-23T15:04:05.25Z","config":{"schema":"sagetop.timeline/1",`) {
		t.Errorf("first line: %.200s", lines[0])
	}
	if !strings.HasPrefix(lines[1], `{"kind":"delta","t":"2026-11-23T15:04:06Z","delta":{"worker":"local","seq":1,`) {
		t.Errorf("second line: %.200s", lines[1])
	}
	if want := 1 + 41 + 4 + 1 + 2; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	if !strings.Contains(string(lines[len(lines)-1]), `"kind":"event"`) {
		t.Errorf("last line: %.200s", lines[len(lines)-1])
	}
}

func TestBadLinesAreLeftOut(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	text := timeline(t)
	lines := bytes.SplitAfter(text, []byte("\n"))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	rest := join(lines[2:]...)
	for _, c := range []struct {
		name, lost string
		text       []byte
	}{
		{"whole", "", text},
		{"an unknown kind", "", join(lines[0], []byte(`{"kind":"dream","t":"2026-11-23T15:04:06Z"}`+"\n"), join(lines[1:]...))},
		{"torn tail", "is torn and left out", text[:len(text)-5]},
		{"no last line feed", "is torn and left out", text[:len(text)-1]},
		{"a broken line", "1 of 49 lines of timeline.ndjson are left out (line 2: ", join(lines[0], lines[1][:100], []byte("\n"), rest)},
		{"a histogram that cannot be", "1 of 49 lines", join(lines[0], bytes.Replace(lines[1], []byte(`"n":`), []byte(`"n":9`), 1), rest)},
		{"a line of 5 MB", "(line 2: longer than 4 MB)", join(lines[0], bytes.Repeat([]byte("x"), 5<<20), []byte("\n"), join(lines[1:]...))},
		{"a tail of 5 MB", "is torn", join(text, bytes.Repeat([]byte("x"), 5<<20))},
		{"the same delta twice", "(line 3: runner: this delta was added before", join(lines[0], lines[1], lines[1], rest)},
	} {
		r, err := read(bytes.NewReader(c.text), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		s := r.Summary()
		if c.lost == "" && s.Lost != "" || !strings.Contains(s.Lost, c.lost) {
			t.Errorf("%s: lost %q, want %q", c.name, s.Lost, c.lost)
		}
		if s.Requests.Sent < 6000 {
			t.Errorf("%s: only %d requests are left", c.name, s.Requests.Sent)
		}
	}
}

func TestNotATimeline(t *testing.T) {
	config := `{"kind":"config","t":"2026-11-23T15:04:05Z","config":{"schema":"sagetop.timeline/1","period":10000000000}}`
	for text, want := range map[string]error{
		"":                                ErrTimeline,
		config:                            ErrTimeline, // torn
		"{}\n":                            ErrTimeline,
		"PK\x03\x04\x00\n":                ErrTimeline,
		`{"kind":"delta"}` + "\n":         ErrTimeline,
		strings.Repeat("x", 5<<20) + "\n": ErrTimeline,
		strings.Replace(config, "line/1", "line/2", 1) + "\n": ErrNewer,
		config + "\n": nil,
	} {
		if _, err := read(strings.NewReader(text), nil); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", text, err, want)
		}
	}
}

// endless is a file that never ends.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	e.left -= len(p)
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestLongLineTakesNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := read(&endless{left: 64 << 20}, nil); !errors.Is(err, ErrTimeline) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8*longestLine {
		t.Errorf("a line of 64 MB took %d MB", grown>>20)
	}
}

func TestOpenNothing(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []func() error{
		func() error { _, err := Open(dir); return err },
		func() error { _, err := Read(dir); return err },
		func() error { _, err := Recover(filepath.Join(dir, "x")); return err },
	} {
		if err := f(); !errors.Is(err, ErrNoRun) || !strings.Contains(err.Error(), dir) {
			t.Errorf("error %v", err)
		}
	}
	for text, want := range map[string]string{
		`{"slo":[{"pass":"maybe"}]}`: `"maybe"`,
		`{}`:                         "no schema",
		`{"schema":`:                 "without that file the run is read from timeline.ndjson",
	} {
		if err := os.WriteFile(filepath.Join(dir, SummaryFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// FuzzTimeline holds that whatever follows the first line is read without a panic, and that what is shown adds up.
func FuzzTimeline(f *testing.F) {
	head := `{"kind":"config","t":"2026-11-23T15:04:05Z","config":{"schema":"sagetop.timeline/1","started":"2026-11-23T15:04:05Z","slos":["p99<200ms"],"period":10000000000}}` + "\n"
	f.Add(`{"kind":"delta","t":"2026-11-23T15:04:06Z","delta":{"seq":1,"second":1795446245,"segment":1,"final":true,"plan":{"loop":"closed","users":1},"covered":1000000000,"sent":2,"ok":2,"users":1,"client":{}}}` + "\n")
	f.Add(`{"kind":"delta","delta":{"seq":3,"second":-9223372036854775808,"segment":-1,"ok":18446744073709551615}}` + "\n")
	f.Add(`{"kind":"delta","delta":{"seq":1,"second":9223372036854775807,"segment":1}}` + "\n")
	f.Add(`{"kind":"sample","sample":{"at":"2026-11-23T15:04:06Z","period":60000000000,"points":[{"at":"2026-11-23T15:04:00Z","period":60000000000}]}}` + "\n")
	f.Add(`{"kind":"event","event":{"at":"2026-11-23T15:04:06Z","kind":"phase","phase":"DONE","reason":"duration"}}` + "\n{\"torn")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := read(strings.NewReader(head+text), newSums(func([]byte) {}))
		if err != nil {
			t.Fatal(err)
		}
		if torn := text != "" && !strings.HasSuffix(text, "\n"); torn && !strings.Contains(r.lost, "torn") {
			t.Errorf("the last line is torn, lost says %q", r.lost)
		}
		var st session.State
		r.State(&st)
		s := Summarize(&st)
		if _, err := s.JSON(); err != nil {
			t.Error(err)
		}
		if err := WriteText(io.Discard, s, "dir"); err != nil {
			t.Error(err)
		}
	})
}
