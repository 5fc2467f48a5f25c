package report

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sagetop/internal/session"
	"sagetop/runner"
)

func TestReadBackIsTheRun(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	t.Chdir(t.TempDir())
	f, st := kept(t)
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(f.Dir(), SummaryFile))
	if err != nil {
		t.Fatal(err)
	}
	if s.Requests.Sent < 6000 || s.Latency.P99 == nil || len(s.Load.Segments) != 3 || len(s.Errors) != 1 || len(s.Server.Points) < 4 {
		t.Fatalf("the run is not what was played:\n%s", want)
	}
	r, err := Open(f.Dir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Summary().JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("read back:\n%s\nrun.json:\n%s", got, want)
	}
}

func TestRecoverAfterKill(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	t.Chdir(t.TempDir())
	f, st := kept(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole := Summarize(st)
	path := filepath.Join(f.Dir(), TimelineFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	tail := bytes.Join(lines[len(lines)-4:], nil) // Settle, the last sample, Done and the empty rest
	if err := os.WriteFile(path, text[:len(text)-len(tail)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Read(f.Dir())
	if err != nil {
		t.Fatal(err)
	}
	if word, _ := s.headline(); word != "UNFINISHED" || !s.Ended.IsZero() {
		t.Errorf("headline %q, ended %v", word, s.Ended)
	}
	if !strings.Contains(s.Lost, "the last line of timeline.ndjson is torn") {
		t.Errorf("lost: %q", s.Lost)
	}
	if s.Requests.Sent != whole.Requests.Sent || s.Latency.Count == 0 || s.Latency.Count != whole.Latency.Count {
		t.Errorf("figures: %+v of %+v", s.Requests, whole.Requests)
	}
	if _, err := os.Stat(filepath.Join(f.Dir(), SummaryFile)); err == nil {
		t.Error("reading wrote run.json: the run may still be going on")
	}
}

func TestModes(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := Create("", info())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Finish(good(t)); err != nil {
		t.Fatal(err)
	}
	want := map[string]os.FileMode{BaseDir: 0o700, f.Dir(): 0o700}
	files := []string{SummaryFile, TimelineFile, HlogFile, StatsFile, HistoryFile, FailuresFile, ExceptionsFile, PageFile}
	for _, name := range files {
		want[filepath.Join(f.Dir(), name)] = 0o600
	}
	for path, mode := range want {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s: %v %v, want %o", path, st.Mode(), err, mode)
		}
	}
	entries, _ := os.ReadDir(f.Dir())
	if len(entries) != len(files) {
		t.Errorf("%d files are left, want %d: %v", len(entries), len(files), entries)
	}
}

func TestNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, want := range []string{"20261123T150405Z_distilbert", "20261123T150405Z_distilbert-2", "20261123T150405Z_distilbert-3"} {
		f, err := Create("", info())
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Dir() != filepath.Join(BaseDir, want) {
			t.Errorf("folder %s, want %s", f.Dir(), want)
		}
	}
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:8080/invocations": "127.0.0.1-8080-invocations", "../../etc": "etc", "": "endpoint", "a b\x1b": "a-b",
		strings.Repeat("x", 300): strings.Repeat("x", 100),
	} {
		if got := fileName(endpoint); got != want {
			t.Errorf("fileName(%q) = %q, want %q", endpoint, got, want)
		}
	}
}

func TestOut(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a", "b")
	f, err := Create(out, info())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Create(out, info()); !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), out) {
		t.Errorf("a second run in %s: %v", out, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Create(filepath.Join(file, "run"), info())
	if !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "not a directory") || !strings.Contains(err.Error(), "--out") {
		t.Errorf("in a file: %v", err)
	}
}

func TestUnwritable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(filepath.Join(dir, "run"), info()); !errors.Is(err, ErrFolder) || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("in a folder that cannot be written: %v", err)
	}
}

func TestNoSuchNumber(t *testing.T) {
	f, err := Create(t.TempDir(), info())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := &runner.Delta{Second: start.Unix(), Client: runner.Client{CPUPercent: math.NaN()}}
	if err := f.Delta(d); err == nil {
		t.Error("NaN was written as JSON")
	}
	if !strings.Contains(f.Lost(), "delta at 15:04:06 cannot be written") {
		t.Errorf("lost: %q", f.Lost())
	}
}

func TestFinishCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my run")
	f, err := Create(dir, info())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s, err := f.Finish(good(t))
	if err == nil || !strings.Contains(err.Error(), "run.json is not written") || !strings.Contains(err.Error(), "sagetop report '"+dir+"' makes what is missing") || strings.Count(err.Error(), "\n") > 2 || s == nil || s.Requests.Sent == 0 {
		t.Errorf("summary %v, error %v", s, err)
	}
}

// A timeline that is not whole either holds no run, and nothing can be made from it.
func TestFinishWithoutATimeline(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(dir, info())
	if err != nil {
		t.Fatal(err)
	}
	f.timeline.mu.Lock()
	f.timeline.drop()
	f.timeline.mu.Unlock()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_, err = f.Finish(good(t))
	if err == nil || !strings.Contains(err.Error(), "run.json is not written") || strings.Contains(err.Error(), "still holds") || strings.Contains(err.Error(), "makes what is missing") {
		t.Error(err)
	}
}

// intervals reads an interval log with the library's own reader.
func intervals(t *testing.T, path string) (counts map[string]int64, seconds map[string]int, first *hdrhistogram.Histogram) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	counts, seconds = map[string]int64{}, map[string]int{}
	for r := hdrhistogram.NewHistogramLogReader(file); ; {
		h, err := r.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			return counts, seconds, first
		}
		if first == nil {
			first = h
		}
		if h.EndTimeMs()-h.StartTimeMs() != 1000 {
			t.Errorf("an interval of %d ms", h.EndTimeMs()-h.StartTimeMs())
		}
		counts[h.Tag()] += h.TotalCount()
		seconds[h.Tag()]++
	}
}

func TestHlog(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	t.Chdir(t.TempDir())
	f, st := kept(t)
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.Dir(), HlogFile)
	counts, seconds, first := intervals(t, path)
	if counts[""] != int64(s.Latency.Count) || counts["failures"] != int64(s.Failure.Count) {
		t.Errorf("intervals count %v, run.json %d and %d", counts, s.Latency.Count, s.Failure.Count)
	}
	all := counts[""] + counts["warmup"]
	if all != int64(s.Requests.OK) || counts["warmup"] == 0 || counts["failures"]+counts["warmup-failures"] != int64(s.Requests.Failed) {
		t.Errorf("intervals count %v, run.json %+v", counts, s.Requests)
	}
	if seconds[""] != 35 || seconds["warmup"] != 5 {
		t.Errorf("intervals: %v, want one a second", seconds)
	}
	if at := first.StartTimeMs(); at != start.Unix()*1000 {
		t.Errorf("the first interval starts at %d ms, the run at %d", at, start.UnixMilli())
	}
	text, _ := os.ReadFile(path)
	for _, want := range []string{"#[Histogram log format version 1.3]", "#[BaseTime: 1795446245 ", "#[StartTime: 1795446245 (seconds since epoch), 2026-11-23T15:04:05Z]"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %.400s", want, text)
		}
	}
}

// Successes are kept by their response time: in an open loop that is from the schedule, which is more than from the send.
func TestHlogHasResponseTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	t.Chdir(t.TempDir())
	f, st := kept(t)
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(f.Dir(), HlogFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	slowest := int64(0)
	for r := hdrhistogram.NewHistogramLogReader(file); ; {
		h, err := r.NextIntervalHistogram()
		if err != nil || h == nil {
			break
		}
		if h.Tag() == "" {
			slowest = max(slowest, h.Max())
		}
	}
	if got, want := float64(slowest)/1000, *s.Latency.Max; math.Abs(got-want) > want/500 || st.Load.Run.Stats[runner.Service].Max > st.Load.Run.Stats[runner.Response].Max/2 {
		t.Errorf("the slowest success took %v ms, in run.json %v", got, want)
	}
}

func TestHlogOfAnOlderSecond(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(dir, info())
	if err != nil {
		t.Fatal(err)
	}
	for seq, second := range []int64{-1, 0, 1, 0, 2} {
		d := &runner.Delta{Seq: uint64(seq + 1), Second: start.Unix() + second}
		d.Hist[runner.Response] = new(runner.Hist)
		d.Hist[runner.Response].Record(50 * time.Millisecond)
		if err := f.Delta(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if counts, seconds, _ := intervals(t, filepath.Join(dir, HlogFile)); counts[""] != 5 || seconds[""] != 5 {
		t.Errorf("counts %v in %v intervals", counts, seconds)
	}
}

func TestClosedTwice(t *testing.T) {
	f, err := Create(t.TempDir(), info())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	if err := f.Event(session.Event{At: start}); err != nil {
		t.Error(err)
	}
	if f.Lost() == "" {
		t.Error("an event after the end is lost, and that is not said")
	}
}

func TestDiscard(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("mine", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{"", "mine", "new"} {
		f, err := Create(out, info())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Discard(); err != nil {
			t.Errorf("--out %q: %v", out, err)
		}
	}
	left, err := os.ReadDir(".")
	if err != nil || len(left) != 1 || left[0].Name() != "mine" {
		t.Errorf("left: %v, %v", left, err)
	}
	if left, _ := os.ReadDir("mine"); len(left) != 0 {
		t.Errorf("left in a folder that was there: %v", left)
	}
}
