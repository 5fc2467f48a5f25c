package report

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
)

// hostile is what an endpoint may answer.
const hostile = `</script><script>document.title="taken"</script><img src=x onerror="document.title='taken'"> & more`

// pageOf a run of 40 s with failures, both loops, and an endpoint that answers with markup.
func pageOf(t *testing.T) (path string, s *Summary) {
	t.Helper()
	t.Chdir(t.TempDir())
	f, st := kept(t)
	st.Load.Errors[0].Message = hostile
	st.Events = append(st.Events, session.Event{At: start.Add(12 * time.Second), Kind: session.KindError, Text: "first: " + hostile, Bad: true})
	st.Info.Command = []string{"sagetop", "run", "distilbert", "--slo", "p99<200ms"}
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(f.Dir(), PageFile), s
}

// canvases has, of each chart, how many colours it has been drawn in, or why there is none.
const canvases = `Object.fromEntries([...document.querySelectorAll("figure")].map(f => {
	const c = f.querySelector("canvas");
	if (!c) return [f.id, 0];
	const pixels = new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer);
	return [f.id, new Set(pixels).size];
}))`

// TestPage shows a page in Chromium, from its file: drawn, without an error, light and dark, narrow and on paper, zoomed and pointed at.
func TestPage(t *testing.T) {
	b := openBrowser(t)
	path, s := pageOf(t)
	b.size(1200, 900)
	b.open(path)
	drawn := map[string]int{}
	b.value(canvases, &drawn)
	for _, chart := range []string{"tps", "latency", "heat", "failed", "users", "own", "cpu", "model", "curves"} {
		if drawn[chart] < 8 {
			t.Errorf("the chart %s has %d colours: it is blank", chart, drawn[chart])
		}
	}
	word, why := s.headline()
	text := b.text("document.body.innerText")
	for _, want := range []string{word, why, "sagetop run distilbert --slo 'p99<200ms'", hostile, "ModelLatency", count(s.Requests.Sent), amount(s.Latency.P99)} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if title := b.text("document.title"); !strings.HasPrefix(title, word) {
		t.Errorf("the title is %q", title)
	}
	if n := b.text("performance.getEntriesByType('resource').length"); n != "0" {
		t.Errorf("the page has loaded %s things", n)
	}
	b.pointed()
	b.zoomed()
	b.dressed()
	b.short()
	b.well()
}

// short runs, and those of which little is known, have pages, too.
func (b *browser) short() {
	b.t.Helper()
	all := scenes(b.t)
	one := all["no-cloudwatch"]
	one.Load.Seconds = day()[:1]
	for _, name := range []string{"no-cloudwatch", "empty"} {
		st := all[name]
		s, dir := Summarize(st), b.t.TempDir()
		if err := newSums(func([]byte) {}).page(st, s).write(dir); err != nil {
			b.t.Fatal(err)
		}
		b.open(filepath.Join(dir, PageFile))
		word, _ := s.headline()
		if text := b.text("document.body.innerText"); !strings.HasPrefix(text, word) {
			b.t.Errorf("%s begins with %.40q", name, text)
		}
	}
}

// pointed at one chart, all others show their values of the same time.
func (b *browser) pointed() {
	b.t.Helper()
	var at struct{ X, Y, W float64 }
	b.value(`(() => { document.getElementById("tps").scrollIntoView(); const r = document.querySelector("#tps .u-over").getBoundingClientRect(); return {X: r.x, Y: r.y + r.height / 2, W: r.width}; })()`, &at)
	b.mouse("mouseMoved", at.X+at.W/2, at.Y)
	tps, latency := b.text(`document.querySelector("#tps .at").textContent`), b.text(`document.querySelector("#latency .at").textContent`)
	if !strings.HasPrefix(tps, "0:2") || latency != tps {
		b.t.Errorf("in the middle of 50 s the chart of TPS is at %q, that of latencies at %q", tps, latency)
	}
	if v := b.text(`document.querySelector("#cpu .key b").textContent`); v == "" || v == "-" {
		b.t.Errorf("the chart of the CPU shows %q there", v)
	}
}

// zoomed in one chart, all others are, and a double click ends it.
func (b *browser) zoomed() {
	b.t.Helper()
	var at struct{ X, Y, W float64 }
	b.value(`(() => { const r = document.querySelector("#latency .u-over").getBoundingClientRect(); return {X: r.x, Y: r.y + r.height / 2, W: r.width}; })()`, &at)
	picture := `document.querySelector("#users canvas").toDataURL()`
	whole := b.text(picture)
	b.mouse("mouseMoved", at.X+at.W/4, at.Y)
	b.mouse("mousePressed", at.X+at.W/4, at.Y)
	b.mouse("mouseMoved", at.X+at.W/2, at.Y)
	b.mouse("mouseReleased", at.X+at.W/2, at.Y)
	if b.text("document.body.classList") != "zoomed" || b.text(picture) == whole {
		b.t.Error("dragging over one chart does not zoom the others")
	}
	b.value(`(document.querySelector("#tps .u-over").dispatchEvent(new MouseEvent("dblclick", {bubbles: true})), 1)`, new(int))
	b.mouse("mouseMoved", 1, 1)
	if b.text("document.body.classList") != "" || b.text(picture) != whole {
		b.t.Error("a double click does not show the whole run again")
	}
}

// dressed for the dark, for a telephone and for paper.
func (b *browser) dressed() {
	b.t.Helper()
	paper, picture := `getComputedStyle(document.documentElement).backgroundColor`, `document.querySelector("#tps canvas").toDataURL()`
	b.scheme("", "light")
	lightPaper, light := b.text(paper), b.text(picture)
	b.scheme("", "dark")
	if b.text(paper) == lightPaper || b.text(picture) == light {
		b.t.Error("the dark page looks like the light one")
	}
	b.scheme("print", "light")
	printed := b.text(picture)
	b.scheme("", "dark")
	b.scheme("print", "dark")
	if b.text(paper) != lightPaper || b.text(picture) != printed {
		b.t.Error("on paper the page is not the light one")
	}
	b.scheme("", "light")
	b.size(390, 800)
	if wide := b.text("document.documentElement.scrollWidth"); wide != "390" {
		b.t.Errorf("on a screen of 390 the page is %s wide", wide)
	}
	var pdf struct{ Data string }
	b.do("Page.printToPDF", map[string]any{"preferCSSPageSize": true}, &pdf)
	if len(pdf.Data) < 10_000 {
		b.t.Errorf("printed it has %d bytes", len(pdf.Data))
	}
}

// What an endpoint answers stays text, and the page may load nothing.
func TestPageIsClosed(t *testing.T) {
	path, _ := pageOf(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("<img")) || bytes.Count(text, []byte("<script")) != 2 || bytes.Count(text, []byte("</script>")) != 2 {
		t.Error("an answer has become part of the page")
	}
	for _, want := range []string{"default-src &#39;none&#39;", "script-src &#39;sha256-", "Copyright (c) 2022 Leon Sorokin"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, bad := range []string{"src=", "href=", "@import", "url("} {
		if at := bytes.Index(text, []byte(bad)); at >= 0 && !bytes.Contains(text[at:min(at+40, len(text))], []byte("x onerror")) {
			t.Errorf("the page refers to something: %.60s", text[at:])
		}
	}
}

// Every scene has a page, whatever is missing in it.
func TestPages(t *testing.T) {
	for name, st := range scenes(t) {
		s, dir := Summarize(st), t.TempDir()
		if err := newSums(func([]byte) {}).page(st, s).write(dir); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, _ := os.ReadFile(filepath.Join(dir, PageFile))
		word, _ := s.headline()
		if !bytes.Contains(text, []byte(word)) || bytes.Contains(text, []byte("ZgotmplZ")) {
			t.Errorf("%s: the page is not whole", name)
		}
	}
}

// A page is to be mailed and opened at once, also that of a long run.
func TestPageSize(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	dir := folderOf(t, longRun(t, 3600))
	path, s, err := Rebuild(dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 1<<20 || path != filepath.Join(dir, PageFile) || s.Requests.Sent != 180*3600 {
		t.Errorf("the page of %d requests is %s and has %d bytes", s.Requests.Sent, path, info.Size())
	}
}

// day of seconds that are alike but for one that is slow, one that fails, and a minute of which nothing is known.
func day() []runner.Second {
	all := make([]runner.Second, 0, 86_400)
	for i := range int64(86_400) {
		if i >= 50_000 && i < 50_060 {
			continue
		}
		s := runner.Second{}
		s.Second, s.Segment, s.Covered, s.Measured = start.Unix()+i, 1, time.Second, time.Second
		s.OK, s.Sent, s.Users = 180, 180, 12
		s.Stats[runner.Response] = stats(180, 61)
		s.Heat[18] = 180
		if i == 40_000 {
			s.Stats[runner.Response].Max = 9 * time.Second
		}
		if i == 70_000 {
			s.OK, s.Failed = 100, 80
			s.Errors = []runner.ErrorCount{{Failure: runner.Failure{Class: runner.ModelError}, Count: 80}}
		}
		all = append(all, s)
	}
	return all
}

// Of a day only some seconds are drawn, those with its extremes among them; where nothing is known nothing is drawn.
func TestDayIsThinned(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and of one goroutine")
	}
	st := good(t)
	st.Load.Seconds = day()
	s := new(sums).seriesOf(st, Summarize(st))
	if n := len(s.Seconds.T); n > 8*mostStretches || n < mostStretches {
		t.Errorf("%d seconds of a day are drawn", n)
	}
	slow, failed, unknown := false, false, false
	for i, at := range s.Seconds.T {
		slow = slow || at == 40_000 && s.Seconds.Max[i] == 9000
		failed = failed || at == 70_000 && s.Seconds.Failed[i] == 80 && s.Seconds.OK[i] == 100
		unknown = unknown || at == 50_000 && math.IsNaN(s.Seconds.OK[i]) && math.IsNaN(s.Seconds.P99[i])
		if at > 50_000 && at < 50_060 {
			t.Errorf("second %v is drawn, of which nothing is known", at)
		}
	}
	if !slow || !failed || !unknown {
		t.Errorf("drawn: the slow second %v, the failed one %v, the gap %v", slow, failed, unknown)
	}
	if n, w := len(s.Heat.Columns), s.Heat.Width; n != 1440 || w != 60 {
		t.Errorf("the heat map has %d columns of %d s", n, w)
	}
	var successes uint64
	for _, c := range s.Heat.Columns {
		for _, n := range c {
			successes += uint64(n)
		}
	}
	if successes != 180*(86_400-60) || len(s.Kinds) != 1 || math.Abs(s.Kinds[0].Failed[70_000/60]-80./60) > 1e-9 {
		t.Errorf("%d successes in the heat map, kinds of failures %+v", successes, len(s.Kinds))
	}
	text, err := json.Marshal(s)
	if err != nil || len(text) > 1<<20 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

// A CloudWatch period that is missing is a gap, and one that has no figure is no 0.
func TestServerGaps(t *testing.T) {
	st := good(t)
	st.Points[1].At = st.Points[1].At.Add(time.Minute)
	st.Points[1].Model = nil
	p := serverPoints(Summarize(st), st.Info.Started.Unix())
	first := float64(st.Points[0].At.Unix() - st.Info.Started.Unix())
	want := values{first, first + 60 - periodGap, first + 60, first + 120, first + 180 - periodGap}
	for i, at := range want {
		if i >= len(p.T) || p.T[i] != at {
			t.Fatalf("times %v, want %v", p.T, want)
		}
	}
	text, _ := json.Marshal(map[string]values{"cpu": p.CPU, "model": p.Model})
	if got := string(text); got != `{"cpu":[83.25,83.25,null,90.6,90.6],"model":[58.2,58.2,null,null,null]}` {
		t.Errorf("got %s", got)
	}
}

// A curve is solid, then dashed, then ends, as its samples allow.
func TestCurve(t *testing.T) {
	var h runner.Hist
	for i := range 1000 {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	c := curve("x", &h)
	at := func(v values, nine float64) float64 { return v[int(nine*stepsANine)] }
	if got := at(c.Firm, 1); math.Abs(got-900) > 1 {
		t.Errorf("p90 is %v", got)
	}
	if !math.IsNaN(at(c.Rough, 1)) || math.IsNaN(at(c.Firm, 2)) || math.IsNaN(at(c.Rough, 2)) || !math.IsNaN(at(c.Firm, 2.5)) || math.IsNaN(at(c.Rough, 3)) {
		t.Errorf("p90 %v and %v, p99 %v and %v, p99.9 %v", at(c.Firm, 1), at(c.Rough, 1), at(c.Firm, 2), at(c.Rough, 2), at(c.Rough, 3))
	}
	if got := at(c.Rough, 4); !math.IsNaN(got) {
		t.Errorf("p99.99 of 1000 samples is %v", got)
	}
}

// Marks stand in the order of time, whatever they are of, and the load that a run begins with has none.
func TestMarks(t *testing.T) {
	st := restored(t)
	st.Events = []session.Event{{At: start.Add(70 * time.Second), Text: "first failure", Bad: true}, {At: start.Add(80 * time.Second), Text: "a note"}}
	var got []string
	for _, m := range marksOf(st, Summarize(st)) {
		got = append(got, offset(m.T)+" "+m.Kind+": "+m.Text)
	}
	want := []string{
		"0:30 plan: 48 users", "1:00 plan: 240 users", "1:10 event: first failure", "2:00 plan: 240 users", "2:30 plan: 240 users, warm-up",
		"2:30 instances: 5 instances", "2:42 plan: 96 users",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A mark is of the plan that began, and a rate in it no longer than says something.
func TestMarkText(t *testing.T) {
	open := func(rate float64) runner.Plan { return runner.Plan{Loop: runner.Open, Rate: rate, Users: 512} }
	for want, w := range map[string]runner.Window{
		"1 user":         {Plan: runner.Plan{Users: 1}},
		"paused":         {Plan: runner.Plan{Users: 12, Paused: true}},
		"135/s, warm-up": {Plan: open(135), Warmup: true},
		"12.25/s":        {Plan: open(12.25)},
		"0.25/s":         {Plan: open(.25)},
		"333/s":          {Plan: open(1000. / 3)},
		"3.3/s":          {Plan: open(10. / 3)},
		"1235/s":         {Plan: open(1234.5678)},
	} {
		if got := markText(&w); got != want {
			t.Errorf("%+v: %q, want %q", w.Plan, got, want)
		}
	}
}

// A page is passed on: a long payload is not in it, nor the folder that is taken.
func TestPagesCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	f, st := kept(t)
	st.Info.Command = []string{"sagetop", "run", "distilbert", "--payload", strings.Repeat("secret ", 50), "--out", "mine"}
	if _, err := f.Finish(st); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(f.Dir(), PageFile))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(page); !strings.Contains(text, "sagetop run distilbert --payload @payload<") || !strings.Contains(text, "put it into a file named payload") || strings.Contains(text, "secret secret") {
		t.Errorf("the command of the page: %s", text[strings.Index(text, "The same run again"):][:200])
	}
}
