package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// loadRun is a run in a folder: so many users, each request taking so long, of which the first 20 s may be warm-up.
type loadRun struct {
	users, seconds int
	slower         float64
	failing        float64
	warmup         bool
	change         func(*session.Info)
}

// keep l in dir.
func (l loadRun) keep(t *testing.T, dir string, seed uint64) string {
	t.Helper()
	f, err := Create(dir, l.info())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Finish(l.play(t, f, seed)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// side is what is read of l, without a folder.
func (l loadRun) side(t *testing.T, name string) *side {
	t.Helper()
	s := &side{name: name, measured: new(measurement)}
	s.sum = Summarize(l.play(t, taking{s.measured}, 1))
	return s
}

// taking takes in Deltas alone.
type taking struct{ to deltas }

func (j taking) Delta(d *runner.Delta) error { j.to.add(d); return nil }
func (taking) Sample(cwmetrics.Sample) error { return nil }
func (taking) Event(session.Event) error     { return nil }

func (l loadRun) info() session.Info {
	i := info()
	i.Plan.Users, i.Warmup = l.users, 0
	i.Payload = session.Payload{Distinct: 1, Bytes: 42, SHA256: "9f86d081884c7d65", ContentType: "application/json"}
	if l.change != nil {
		l.change(&i)
	}
	return i
}

// play l to the journal, and give what its Book knew at the end.
func (l loadRun) play(t *testing.T, to session.Journal, seed uint64) *session.State {
	t.Helper()
	book, err := session.NewBook(l.info())
	if err != nil {
		t.Fatal(err)
	}
	p := &player{t: t, to: both{book, to}, rng: rand.New(rand.NewPCG(seed, 3))}
	for s := range int64(l.seconds) {
		plan := runner.Plan{Users: l.users, Warmup: l.warmup && s < 20}
		p.segment = 1
		if plan.Warmup {
			p.segment = 0
		}
		p.deltaOf(s, plan, l)
		if s%10 == 9 {
			p.sample(s)
		}
	}
	end := start.Add(time.Duration(l.seconds+12) * time.Second)
	p.event(session.Event{At: end, Kind: session.KindPhase, Phase: session.Settle, Text: "waiting"})
	p.event(session.Event{At: end, Kind: session.KindPhase, Phase: session.Done, Reason: session.EndDuration, Text: "done"})
	st := new(session.State)
	book.State(st)
	return st
}

func (p *player) deltaOf(second int64, plan runner.Plan, l loadRun) {
	p.t.Helper()
	p.seq++
	d := &runner.Delta{Worker: "local", Seq: p.seq, Second: start.Unix() + second, Segment: p.segment + 1, Final: true, Plan: plan, Covered: time.Second, Users: plan.Users}
	d.Hist[runner.Response] = new(runner.Hist)
	for range 10 * l.users {
		d.Sent++
		if p.rng.Float64() < l.failing {
			d.Failed++
			continue
		}
		d.OK++
		d.Hist[runner.Response].Record(time.Duration(l.slower * (50_000 + p.rng.ExpFloat64()*20_000) * float64(time.Microsecond)))
	}
	if d.Failed > 0 {
		d.Errors = []runner.ErrorCount{{Failure: runner.Failure{Class: runner.Throttled, HTTPStatus: 400}, Count: d.Failed, First: d.Second, Last: d.Second}}
	}
	d.Client = runner.Client{CPUPercent: 3, Cores: 8, SchedP99: 87 * time.Microsecond}
	p.check(p.to.Delta(d))
}

// usual is what the other runs of these tests differ from.
var usual = loadRun{users: 12, seconds: 80, slower: 1, failing: .002, warmup: true}

func compared(t *testing.T, runs []loadRun, gates ...string) *Comparison {
	t.Helper()
	var dirs []string
	for i, l := range runs {
		dirs = append(dirs, l.keep(t, t.TempDir(), uint64(i)))
	}
	var all []Gate
	for _, text := range gates {
		g, err := ParseGate(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	c, err := Compare(dirs, all)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func differenceOf(t *testing.T, c *Comparison, run int, figure string) *Difference {
	t.Helper()
	for i := range c.Runs[run].Differences {
		if d := &c.Runs[run].Differences[i]; d.Figure == figure {
			return d
		}
	}
	t.Fatalf("no %s in %+v", figure, c.Runs[run])
	return nil
}

func TestCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and of one goroutine")
	}
	slower := usual
	slower.slower, slower.failing = 1.15, .03
	c := compared(t, []loadRun{usual, usual, slower}, "p99 worse by 10%", "p99 worse by 100ms", "errors worse by 2 points")
	for _, figure := range []string{"mean", "p50", "p90", "p95", "p99", "errors", "tps"} {
		if d := differenceOf(t, c, 1, figure); d.Verdict != Unseen {
			t.Errorf("the same again: %s %s", figure, d.text())
		}
		if d := differenceOf(t, c, 2, figure); d.Verdict != Worse || d.Interval[0]**d.Change < 0 && d.Interval[1]**d.Change < 0 {
			t.Errorf("15%% slower: %s %s", figure, d.text())
		}
	}
	if d := differenceOf(t, c, 2, "p50"); *d.Change < 13 || *d.Change > 17 || d.Interval[0] > *d.Change || d.Interval[1] < *d.Change {
		t.Errorf("15%% slower: p50 %s", d.text())
	}
	if d := differenceOf(t, c, 2, "throttled"); d.Verdict != Unjudged || *d.Value < 2 {
		t.Errorf("throttled: %+v", d)
	}
	if d := differenceOf(t, c, 2, "p999"); d.Verdict != Unjudged || !strings.Contains(d.Why, "7,") || !strings.HasSuffix(d.Why, "of the 10,000 successes it takes") {
		t.Errorf("p99.9 of 7,000 successes: %+v", d)
	}
	want := []Pass{Missed, Missed, Missed, Passed, Missed, Passed}
	for i, g := range c.Gates {
		if g.Holds != want[i] || g.Why == "" {
			t.Errorf("gate %d: %+v, want %s", i, g, want[i])
		}
	}
	if len(c.Caveats) != 1 || !strings.HasPrefix(c.Caveats[0], "measured for less than 2m00s: A, B, C;") {
		t.Errorf("caveats of the same load, briefly: %q", c.Caveats)
	}
}

// TestComparedFigures holds that what is compared are the figures of each run's own summary.
func TestComparedFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and of one goroutine")
	}
	c := compared(t, []loadRun{usual, usual})
	s, err := Read(c.Runs[1].Dir)
	if err != nil {
		t.Fatal(err)
	}
	for figure, want := range map[string]*float64{"tps": s.TPS.Mean, "mean": s.Latency.Mean, "p99": s.Latency.P99, "max": s.Latency.Max} {
		if d := differenceOf(t, c, 1, figure); *d.Value != *want {
			t.Errorf("%s is %v, in the summary %v", figure, *d.Value, *want)
		}
	}
	m := c.Runs[1]
	if m.MeasuredS != 60 || s.Latency.Count == 0 {
		t.Errorf("measured %v s, %d successes", m.MeasuredS, s.Latency.Count)
	}
	side, err := readSide(c.Runs[1].Dir)
	if err != nil || side.measured.ok() != s.Latency.Count {
		t.Errorf("%d successes are resampled of %d (%v)", side.measured.ok(), s.Latency.Count, err)
	}
	if whole := side.measured.resample(0).whole; round(whole[drawnTPS]) != *s.TPS.Mean {
		t.Errorf("%v TPS are resampled of %v", whole[drawnTPS], *s.TPS.Mean)
	}
	if d := differenceOf(t, c, 1, "cpu"); d.Baseline == nil || *d.Value < 40 || *d.Value > 50 {
		t.Errorf("CPU: %+v", d)
	}
}

// A run in which nothing succeeds is worse by all there is to lose; of one there is no telling what is better than that.
func TestCompareOutage(t *testing.T) {
	well, out := loadRun{users: 1, seconds: 15, slower: 1}, loadRun{users: 1, seconds: 15, slower: 1, failing: 1}
	a, b := well.side(t, "A"), out.side(t, "B")
	a.draws, b.draws = a.measured.resample(0), b.measured.resample(1)
	if tps := b.differences(a)[0]; tps.Figure != "tps" || tps.Verdict != Worse || *tps.Change != -100 || *tps.Interval != [2]float64{-100, -100} {
		t.Errorf("out: %+v", tps)
	}
	if tps := a.differences(b)[0]; tps.Verdict != Unjudged || tps.Why != "B has no successes, and from 0 there is no percent" {
		t.Errorf("from out: %+v", tps)
	}
}

// style of a page, and its hash.
var style = regexp.MustCompile(`(?s)<style>.*</style>|style-src [^;]*;[^;]*;`)

func TestCompareWrites(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and of one goroutine")
	}
	other := loadRun{users: 24, seconds: 30, slower: 1.15, failing: .03}
	c := compared(t, []loadRun{usual, other, usual}, "p99 worse by 10%", "errors worse", "p999 worse")
	for i := range c.Runs {
		c.Runs[i].Dir = fmt.Sprintf("sagetop-runs/run%d", i)
	}
	var text, md, page bytes.Buffer
	if err := errors.Join(c.WriteText(&text), c.WriteMarkdown(&md), c.WriteHTML(&page)); err != nil {
		t.Fatal(err)
	}
	js, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, "compare", text.String(), 100, textWidth)
	golden(t, "compare.txt", text.Bytes())
	golden(t, "compare.md", md.Bytes())
	golden(t, "compare.json", js)
	golden(t, "compare.html", style.ReplaceAll(page.Bytes(), nil)) // it is that of a run's page
	var again Comparison
	if err := json.Unmarshal(js, &again); err != nil {
		t.Fatal(err)
	}
	if twice, _ := again.JSON(); !bytes.Equal(twice, js) {
		t.Error("read and written again it is another")
	}
}

func TestCompareCaveats(t *testing.T) {
	short := usual
	short.seconds = 40
	first := short.side(t, "A")
	for want, change := range map[string]func(*loadRun){
		"not the same load: A closed loop, 12 users; B closed loop, 24 users": func(l *loadRun) { l.users = 24 },
		"not the same length: A was measured for 20s, B for 45s":              func(l *loadRun) { l.seconds = 65 },
		"not the same warm-up: A left out; B none":                            func(l *loadRun) { l.warmup = false },
		"not the same payload: A 42 bytes application/json (9f86d081); B 43 bytes text/csv": func(l *loadRun) {
			l.change = func(i *session.Info) { i.Payload = session.Payload{Distinct: 1, Bytes: 43, ContentType: "text/csv"} }
		},
		"not the same client: A sdk on 8 cores; B lean on 8 cores":                                                                      func(l *loadRun) { l.change = func(i *session.Info) { i.Client = "lean" } },
		"not the same region: A us-east-1; B eu-west-1":                                                                                 func(l *loadRun) { l.change = func(i *session.Info) { i.Target.Region = "eu-west-1" } },
		"not the same kind of endpoint: A at AWS; B simulated":                                                                          func(l *loadRun) { l.change = func(i *session.Info) { i.Target.Simulated = true } },
		"measured for less than 2m00s: A, B; what comes and goes slowly is in no interval, so chance is called a difference more often": func(l *loadRun) { l.seconds = 39 },
	} {
		other := short
		change(&other)
		if all := caveatsOf([]*side{first, other.side(t, "B")}); !slices.Contains(all, want) {
			t.Errorf("caveats %q lack %q", all, want)
		}
	}
}

// TestCompareSpoilt is of what comes from summaries alone.
func TestCompareSpoilt(t *testing.T) {
	sides := func(change func(*Summary)) []*side {
		a, b := Summarize(good(t)), Summarize(good(t))
		change(b)
		m := truth{seconds: 120, rate: 5, slower: 1}.run(1)
		return []*side{{name: "A", sum: a, measured: m}, {name: "B", sum: b, measured: m}}
	}
	for want, change := range map[string]func(*Summary){
		"B is invalid, the client was the bottleneck: this measured the client: CPU": func(s *Summary) { s.Valid, s.InvalidReason = false, "CPU" },
		"B: instances changed from 1 to 2":                                           func(s *Summary) { s.Moved = []string{"instances changed from 1 to 2"} },
		"B INTERRUPTED: by ctrl+c after 2m10s of load: the figures end there":        func(s *Summary) { s.EndedBy = session.EndInterrupt },
		"not the same instances: A 1 x ml.m5.12xlarge; B 2 x ml.m5.12xlarge":         func(s *Summary) { s.Endpoint.Instances = 2 },
		"the load changed within B: its figures are of all of its 2 segments": func(s *Summary) {
			s.Load.Segments = append(s.Load.Segments, s.Load.Segments[len(s.Load.Segments)-1])
		},
	} {
		if all := caveatsOf(sides(change)); len(all) != 1 || all[0] != want {
			t.Errorf("caveats %q, want %q", all, want)
		}
	}
	if all := caveatsOf(sides(func(*Summary) {})); len(all) != 0 {
		t.Errorf("caveats of the same: %q", all)
	}
}

func TestSlowStart(t *testing.T) {
	cold := truth{seconds: 10, rate: 20, slower: 2}.run(1)
	for at, s := range (truth{seconds: 50, rate: 20, slower: 1}).run(2).all {
		s.at = int64(10 + at)
		cold.all = append(cold.all, s)
	}
	if slower := cold.slowStart(); slower < 80 || slower > 120 {
		t.Errorf("a start twice as slow is %v%% slower", slower)
	}
	if slower := (truth{seconds: 60, rate: 20, slower: 1}).run(3).slowStart(); slower != 0 {
		t.Errorf("an even run starts %v%% slower", slower)
	}
}

func TestCompareNothing(t *testing.T) {
	warm := loadRun{users: 1, seconds: 15, slower: 1, warmup: true}.keep(t, t.TempDir(), 1)
	if _, err := Compare([]string{warm, warm}, nil); !errors.Is(err, ErrNothing) {
		t.Errorf("warm-up alone: %v", err)
	}
	if _, err := Compare([]string{warm, "nowhere"}, nil); err == nil {
		t.Error("no run, no error")
	}
}

func TestServerMeans(t *testing.T) {
	s := &side{sum: Summarize(good(t)), measured: &measurement{}}
	minute := s.sum.Server.Points[1].T.Unix()
	for at := minute - 30; at < minute+60; at++ { // the first minute was warm-up in part
		s.measured.second(at)
	}
	for _, f := range figures {
		if f.name == "cpu" {
			if got := f.of(s); got == nil || *got != 90.6 {
				t.Errorf("CPU of the one whole period is %v", got)
			}
		}
	}
	var none *cwmetrics.Latency
	if mean, weight := serverLat(none).weighed(); mean != nil || weight != 0 {
		t.Errorf("no latency has the mean %v", mean)
	}
}

func TestParseGate(t *testing.T) {
	for _, good := range []string{"p99 worse by 10%", "p99 worse", "tps worse by 5%", "tps differs by 12/s", "errors worse by 0.5 points", "errors worse by 1 point", "mean better by 20ms", "p999 differs by 1.5 s", "p50  worse by 100us"} {
		if g, err := ParseGate(good); err != nil || g.String() != strings.Join(strings.Fields(good), " ") {
			t.Errorf("%q: %v, %q", good, err, g)
		}
	}
	for text, want := range map[string]string{
		"":                         "it needs a figure and one of worse, better, differs",
		"p99":                      "it needs a figure",
		"p98 worse":                `"p98" is no figure; use one of tps errors mean p50 p90 p95 p99 p999`,
		"max worse":                `"max" is no figure`,
		"p99 slower by 10%":        `"slower" must be worse, better or differs`,
		"p99 worse than 10%":       `after worse comes "by" and an amount, not "than 10%"`,
		"p99 worse by":             `after worse comes "by" and an amount, not "by"`,
		"p99 worse by ten%":        `"ten%" is no amount`,
		"p99 worse by 10":          `"10" needs %, us, ms or s`,
		"errors worse by 10%":      `"10%" needs points`,
		"tps worse by 10ms":        `"10ms" needs % or /s`,
		"p99 worse by 10% or more": `"10%ormore" needs %, us, ms or s`,
	} {
		if _, err := ParseGate(text); !errors.Is(err, ErrGate) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestGateHolds(t *testing.T) {
	of := func(figure, unit string, from, to float64, verdict Told) Compared {
		d := Difference{Figure: figure, Unit: unit, Baseline: &from, Value: &to, Interval: new([2]float64), Verdict: verdict}
		d.change()
		return Compared{Name: "B", Differences: []Difference{d}}
	}
	for _, c := range []struct {
		gate string
		run  Compared
		want Pass
	}{
		{"p99 worse by 10%", of("p99", "ms", 100, 110.5, Worse), Passed},
		{"p99 worse by 10%", of("p99", "ms", 100, 109, Worse), Missed},
		{"p99 worse by 10%", of("p99", "ms", 100, 150, Unseen), Missed},
		{"p99 worse by 10%", of("p99", "ms", 100, 50, Better), Missed},
		{"p99 better by 10%", of("p99", "ms", 100, 50, Better), Passed},
		{"p99 better by 10%", of("p99", "ms", 100, 150, Worse), Missed},
		{"p99 differs by 10%", of("p99", "ms", 100, 50, Better), Passed},
		{"p99 worse by 20ms", of("p99", "ms", 1000, 1019, Worse), Missed},
		{"p99 worse by 0.02s", of("p99", "ms", 1000, 1021, Worse), Passed},
		{"p99 worse", of("p99", "ms", 100, 100.1, Worse), Passed},
		{"tps worse by 5%", of("tps", "/s", 100, 94, Worse), Passed},
		{"tps worse by 7/s", of("tps", "/s", 100, 94, Worse), Missed},
		{"errors worse by 0.5 points", of("errors", "%", .1, .7, Worse), Passed},
		{"errors worse by 1 point", of("errors", "%", .1, .7, Worse), Missed},
		{"p99 worse", of("p99", "ms", 100, 200, Unjudged), Unknown},
		{"p99 worse", of("p50", "ms", 100, 200, Worse), Unknown},
	} {
		g, err := ParseGate(c.gate)
		if err != nil {
			t.Fatal(err)
		}
		if h := g.hold(&c.run); h.Holds != c.want {
			t.Errorf("%s: %+v, want %s", c.gate, h, c.want)
		}
	}
}
