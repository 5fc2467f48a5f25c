package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// csvHeaders are Locust's.
var csvHeaders = map[string]string{
	StatsFile:      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n",
	HistoryFile:    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size\r\n",
	FailuresFile:   "Method,Name,Error,Occurrences\r\n",
	ExceptionsFile: "Count,Message,Traceback,Nodes\r\n",
}

// tableOf is a file as its rows, by the names of its columns.
func tableOf(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte(csvHeaders[filepath.Base(path)])) || bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) {
		t.Errorf("%s begins with %.80q", path, text)
	}
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// Locust's tables have what Locust has in them: failures count among the requests, and their times too.
func TestTables(t *testing.T) {
	t.Chdir(t.TempDir())
	f, st := kept(t)
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	var all runner.Hist
	play(t, forDeltas(func(d *runner.Delta) {
		all.Merge(d.Hist[runner.Response])
		all.Merge(d.Hist[runner.FailureLat])
	}))
	stats := tableOf(t, filepath.Join(f.Dir(), StatsFile))
	if len(stats) != 2 || stats[0]["Type"] != "POST" || stats[0]["Name"] != "/endpoints/distilbert/invocations" || stats[1]["Type"] != "" || stats[1]["Name"] != "Aggregated" {
		t.Fatalf("rows %v", stats)
	}
	ended := s.Requests.OK + s.Requests.Failed
	want := map[string]string{
		"Request Count": fmt.Sprint(ended), "Failure Count": fmt.Sprint(s.Requests.Failed),
		"Median Response Time": wholeMillis(all.Quantile(.5)), "99%": wholeMillis(all.Quantile(.99)), "100%": wholeMillis(all.Stats().Max),
		"Average Response Time": number(ms(all.Stats().Mean)), "Min Response Time": number(ms(all.Stats().Min)), "Max Response Time": number(ms(all.Stats().Max)),
		"Average Content Size": number(float64(s.Bytes.In) / float64(ended)), "Requests/s": number(float64(ended) / 40), "Failures/s": number(float64(s.Requests.Failed) / 40),
	}
	for name, text := range want {
		if stats[0][name] != text || stats[1][name] != text {
			t.Errorf("%s is %q and %q, want %q", name, stats[0][name], stats[1][name], text)
		}
	}
	history := tableOf(t, filepath.Join(f.Dir(), HistoryFile))
	if len(history) != 40 {
		t.Fatalf("%d seconds of history, want 40", len(history))
	}
	last := history[39]
	if last["Timestamp"] != strconv.FormatInt(start.Unix()+40, 10) || last["Total Request Count"] != fmt.Sprint(ended) || last["User Count"] != "48" || last["Name"] != "Aggregated" || last["99%"] != stats[0]["99%"] {
		t.Errorf("the last second: %v", last)
	}
	if rate := last["Requests/s"]; rate != "180.000000" {
		t.Errorf("over the last ten seconds %s requests a second", rate)
	}
	failures := tableOf(t, filepath.Join(f.Dir(), FailuresFile))
	if len(failures) != 1 || failures[0]["Error"] != "model_error 424: Received server error (503) from primary <&>" || failures[0]["Occurrences"] != fmt.Sprint(s.Requests.Failed) {
		t.Errorf("failures %v", failures)
	}
	if rows := tableOf(t, filepath.Join(f.Dir(), ExceptionsFile)); len(rows) != 0 {
		t.Errorf("exceptions %v", rows)
	}
}

// forDeltas is a journal that wants nothing else.
type forDeltas func(*runner.Delta)

func (f forDeltas) Delta(d *runner.Delta) error { f(d); return nil }
func (forDeltas) Sample(cwmetrics.Sample) error { return nil }
func (forDeltas) Event(session.Event) error     { return nil }

// Before anything has ended there are no percentiles, and the rates are those of the last ten seconds, whatever was before.
func TestHistory(t *testing.T) {
	var text bytes.Buffer
	l := newLocust(func(row []byte) { text.Write(row) })
	at := func(second int64, ended, failed uint64) {
		d := &runner.Delta{Second: start.Unix() + second, Segment: 1, Counts: runner.Counts{OK: ended - failed, Failed: failed}, Users: 3}
		d.Hist[runner.Response] = new(runner.Hist)
		for range ended {
			d.Hist[runner.Response].Record(20 * time.Millisecond)
		}
		l.add(d)
	}
	at(0, 0, 0)
	for s := range int64(20) {
		at(1+s, 10, 1)
	}
	at(40, 50, 0) // the process did not run meanwhile
	l.flush()
	lines := strings.Split(strings.TrimSpace(text.String()), "\r\n")
	if len(lines) != 1+22 {
		t.Fatalf("%d lines", len(lines))
	}
	second := func(s int64) string { return strconv.FormatInt(start.Unix()+s+1, 10) }
	for line, want := range map[string]string{
		lines[1]:  second(0) + ",3,,Aggregated,0.000000,0.000000," + strings.Repeat("N/A,", 11) + "0,0,0,0,0,0,0",
		lines[2]:  second(1) + ",3,,Aggregated,5.000000,0.500000," + strings.Repeat("20,", 11) + "10,1,20,20,20,20,0",
		lines[21]: second(20) + ",3,,Aggregated,10.000000,1.000000," + strings.Repeat("20,", 11) + "200,20,20,20,20,20,0",
		lines[22]: second(40) + ",3,,Aggregated,5.000000,0.000000," + strings.Repeat("20,", 11) + "250,20,20,20,20,20,0",
	} {
		if line != want {
			t.Errorf("got  %s\nwant %s", line, want)
		}
	}
}

// What was tried while instances were still to come is long ago, and no time of the load.
func TestHistoryAfterATry(t *testing.T) {
	var text bytes.Buffer
	l := newLocust(func(row []byte) { text.Write(row) })
	l.add(&runner.Delta{Second: start.Unix() - 5, Counts: runner.Counts{OK: 1}})
	l.add(&runner.Delta{Second: start.Unix(), Segment: 1, Counts: runner.Counts{OK: 10}})
	l.flush()
	for _, want := range []string{"Aggregated,0.000000,", "Aggregated,10.000000,"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, text.String())
		}
	}
}

// The headers and line ends are byte for byte those that Locust itself writes, where it is installed.
func TestTablesLikeLocust(t *testing.T) {
	locust := program(t, "locust")
	dir := t.TempDir()
	file := filepath.Join(dir, "locustfile.py")
	text := "from locust import User, task, constant\nclass Idle(User):\n    wait_time = constant(0.1)\n    @task\n    def rest(self): pass\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), locust, "-f", file, "--headless", "-u", "1", "-t", "1s", "--csv", filepath.Join(dir, "results"), "--host", "http://127.0.0.1:9")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for name, want := range csvHeaders {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if first, _, _ := bytes.Cut(got, []byte("\n")); string(first)+"\n" != want {
			t.Errorf("%s: Locust writes\n%q, want\n%q", name, first, want)
		}
	}
}

// The tables and the page of a run that was killed are made from its timeline, and are those that it would have written.
func TestRebuildAfterKill(t *testing.T) {
	t.Chdir(t.TempDir())
	f, st := kept(t)
	if _, err := f.Finish(st); err != nil {
		t.Fatal(err)
	}
	names := []string{HistoryFile, StatsFile, FailuresFile, ExceptionsFile, PageFile}
	want := map[string][]byte{}
	for _, name := range names {
		want[name], _ = os.ReadFile(filepath.Join(f.Dir(), name))
	}
	for _, name := range append(slices.Clone(names), SummaryFile) {
		if err := os.Remove(filepath.Join(f.Dir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	path, s, err := Rebuild(f.Dir())
	if err != nil || path != filepath.Join(f.Dir(), PageFile) || s.Requests.Sent == 0 {
		t.Fatalf("%s %v %v", path, s, err)
	}
	for _, name := range names {
		if got, _ := os.ReadFile(filepath.Join(f.Dir(), name)); !bytes.Equal(got, want[name]) {
			t.Errorf("%s is not what the run wrote", name)
		}
	}
}

// Of a run that goes on the page is made, and its own files are left to it.
func TestRebuildWhileItGoesOn(t *testing.T) {
	t.Chdir(t.TempDir())
	f, _ := kept(t)
	f.timeline.close() // all that came is on the disk
	path, s, err := Rebuild(f.Dir())
	if err != nil || s.Requests.Sent == 0 {
		t.Fatal(s, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(f.Dir(), StatsFile)); err == nil {
		t.Error("the tables of a run that goes on were written by somebody else")
	}
}

// The interval log as another reader of HdrHistogram's sees it says what run.json says.
func TestHlogForOthers(t *testing.T) {
	node := program(t, "node", "nodejs")
	if said, err := exec.CommandContext(t.Context(), node, "-e", `require("hdr-histogram-js")`).CombinedOutput(); err != nil {
		leaveOut(t, "node finds no hdr-histogram-js (NODE_PATH says where): "+string(said))
	}
	script, err := filepath.Abs("testdata/hlog.js")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	f, st := kept(t)
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, script, filepath.Join(f.Dir(), HlogFile)).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var read map[string]struct {
		Count                          uint64
		Mean, P50, P90, P99, P999, Max float64
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]*Latency{"": &s.Latency, "failures": s.Failure} {
		got := read[tag]
		if got.Count != want.Count {
			t.Errorf("tag %q has %d, run.json %d", tag, got.Count, want.Count)
		}
		for name, pair := range map[string][2]*float64{
			"mean": {&got.Mean, want.Mean}, "p50": {&got.P50, want.P50}, "p90": {&got.P90, want.P90}, "p99": {&got.P99, want.P99}, "p99.9": {&got.P999, want.P999}, "max": {&got.Max, want.Max},
		} {
			if pair[1] != nil && (*pair[0] < *pair[1]*.998 || *pair[0] > *pair[1]*1.002) {
				t.Errorf("tag %q: %s is %v ms, in run.json %v", tag, name, *pair[0], *pair[1])
			}
		}
	}
	if read["warmup"].Count == 0 || read["warmup"].Count+read[""].Count != s.Requests.OK {
		t.Errorf("%d of warm-up and %d are not %d", read["warmup"].Count, read[""].Count, s.Requests.OK)
	}
}

func TestRequested(t *testing.T) {
	for want, e := range map[string]Endpoint{
		"/endpoints/e/invocations": {Name: "e"},
		"/v2/invocations":          {Name: "http://127.0.0.1:8080/v2/invocations", Container: true},
	} {
		if got := requested(&e); got != want {
			t.Errorf("%+v: %s, want %s", e, got, want)
		}
	}
}
