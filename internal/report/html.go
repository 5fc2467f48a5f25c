package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"sagetop/internal/session"
)

// PageFile is the run as a page. All that it needs is in it.
const PageFile = "report.html"

// The page's parts. uPlot is a chart library, version 1.6.32.
var (
	//go:embed html/head.html
	headText string
	//go:embed html/page.html
	pageText string
	//go:embed html/page.css
	pageStyle string
	//go:embed html/page.js
	pageScript string
	//go:embed html/uPlot.iife.min.js
	uPlotScript string
	//go:embed html/uPlot.min.css
	uPlotStyle string
	//go:embed html/uPlot.LICENSE
	uPlotLicense string
)

var pageTemplate = parsed(PageFile, pageText)

// parsed is the template of a page, that begins as all do.
func parsed(name, text string) *template.Template {
	return template.Must(template.Must(template.New(name).Parse(headText)).Parse(text))
}

// page is what its template takes. Figures are those of the Summary, in the words of its text.
type page struct {
	Policy  string // what it may load: nothing
	Style   template.CSS
	Script  template.JS
	Data    template.JS
	Title   string
	Version string

	Word, Why, Tone             string // of the verdict; Tone is good, bad, warn or plain
	Meaning, MeaningTone, Hints string
	Tiles                       []tile
	Sizing, Facts               []Fact
	Tables                      []sheet
	Command, Undo               string
	PayloadLeft                 bool // out of the command, whose TEXT is long
	Caveats                     []string
	Log                         []entry
	LogBefore                   int // entries that are not shown
	Charts                      bool
	Failures, CloudWatch        bool
}

// Fact is one row of what is known.
type Fact struct{ Label, Text string }

// tile is a figure to be seen first.
type tile struct{ Label, Value, Unit, Note, Tone string }

// entry of the log.
type entry struct {
	At, Text string
	Bad      bool
}

const mostEntries = 500

// page of the run that st shows and s sums up.
func (u *sums) page(st *session.State, s *Summary) *page {
	word, why := s.headline()
	mark, meaning, hints := s.meaning()
	p := &page{
		Title: word + ": " + s.Endpoint.Name, Version: s.Version,
		Word: word, Why: why, Tone: tones[word], Meaning: meaning, MeaningTone: markTones[mark], Hints: hints,
		Tiles: s.tiles(), Sizing: stated(s.sizingFacts()), Facts: stated(append(s.runFacts(), fact{"SLO", s.sloText()})),
		Tables: s.tables(), Caveats: s.caveats(),
		Charts: len(measuredSeconds(st)) > 0, Failures: s.Requests.Failed > 0, CloudWatch: s.Server != nil && len(s.Server.Points) > 0,
	}
	p.Command, p.PayloadLeft = st.Info.PassedOn()
	if s.Scaled != nil {
		p.Undo = s.Scaled.Undo
	}
	p.LogBefore = max(0, len(st.Events)-mostEntries)
	for _, e := range st.Events[p.LogBefore:] {
		p.Log = append(p.Log, entry{signed(e.At.Sub(st.Info.Started).Seconds()), e.Text, e.Bad})
	}
	p.embed(u.seriesOf(st, s))
	return p
}

// tones of the headline's words; those of a run that says nothing either way have none.
var tones = map[string]string{
	"SLO HELD": "good", "VERIFIED": "good", "CAPACITY": "good",
	"SLO FAILED": "bad", "NOT VERIFIED": "bad", "NO RATE HOLDS": "bad", "INVALID": "bad", "ABORTED": "bad", "FAILED": "bad",
	"INCONCLUSIVE": "warn", "INTERRUPTED": "warn", "UNFINISHED": "warn",
}

var markTones = map[string]string{"!! ": "bad", "! ": "warn"}

// embed what is drawn, and how. The policy names the one script and the one style by what is in them, so that nothing else runs: not what
// an endpoint answered either.
func (p *page) embed(data *series) {
	text, err := json.Marshal(data) // with < and > escaped: no text can end the script
	if err != nil {
		text = []byte("null") // the script then says so
	}
	script := "/*!\nuPlot 1.6.32\n\n" + uPlotLicense + "*/\n" + uPlotScript + "\n" + pageScript
	style := uPlotStyle + "\n" + pageStyle
	p.Data, p.Script, p.Style = template.JS(text), template.JS(script), template.CSS(style)
	p.Policy = fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'", hashed(script), hashed(style))
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// write the page into dir.
func (p *page) write(dir string) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		return fmt.Errorf("report: %s: %w", PageFile, err)
	}
	return write(dir, PageFile, text.Bytes())
}

// stated are the facts that say something.
func stated(all []fact) (out []Fact) {
	for _, f := range all {
		if f.text != "" {
			out = append(out, Fact{f.label, f.text})
		}
	}
	return out
}

// tiles are what the screen has in the largest place: how much, how fast, how well, what it takes.
func (s *Summary) tiles() []tile {
	all := []tile{
		{Label: "TPS", Value: amount(s.TPS.Mean), Note: "mean of successes; best second " + whole(s.TPS.Peak)},
		{Label: "p50", Value: percentile(s.Latency.P50, s.Latency.Count, .5), Unit: "ms", Note: "mean " + amount(s.Latency.Mean)},
		{Label: "p99", Value: percentile(s.Latency.P99, s.Latency.Count, .99), Unit: "ms", Note: s.ruleOf("p99<"), Tone: s.toneOf("p99<")},
		{Label: "failed", Value: percent(s.Requests.Failed, s.Requests.OK+s.Requests.Failed), Note: count(s.Requests.Failed) + " of " + count(s.Requests.OK+s.Requests.Failed), Tone: s.toneOf("errors")},
	}
	all = append(all, s.streamTiles()...)
	if s.Server != nil && s.shown() != nil {
		q := s.shown()
		t := tile{Label: "CPU", Value: "-", Note: s.when(q)}
		switch {
		case q.CPUPerCore != nil:
			t.Value, t.Unit = whole(q.CPUPerCore), "%"
		case q.CPU != nil:
			t.Value, t.Unit, t.Note = whole(q.CPU), "%", t.Note+", over all cores"
		}
		all = append(all, t)
	}
	if o := s.Sizing; o != nil && o.TargetTPS > 0 && o.Problem == "" {
		all = append(all, tile{Label: rate(o.TargetTPS) + " TPS take", Value: fmt.Sprintf("%d+%d", o.Needed, o.Instances-o.Needed), Unit: o.Unit.Many(), Note: o.word()})
	}
	if c := s.capacity(); c != nil && c.TPS != nil {
		all = append(all, tile{Label: "capacity", Value: perSecond(c.TPS), Unit: "/s", Note: "the highest rate that holds the SLO"})
	}
	return all
}

// ruleOf is the first SLO that begins so, and whether it held.
func (s *Summary) ruleOf(begin string) string {
	for i := range s.SLO {
		if o := &s.SLO[i]; strings.HasPrefix(o.Expr, begin) {
			return o.Expr + " " + strings.Trim(passWords[o.Pass], "()")
		}
	}
	return "no SLO"
}

func (s *Summary) toneOf(begin string) string {
	for i := range s.SLO {
		if o := &s.SLO[i]; strings.HasPrefix(o.Expr, begin) {
			return passTones[o.Pass]
		}
	}
	return ""
}

var passTones = map[Pass]string{Passed: "good", Missed: "bad", Unknown: "warn"}

// sizingFacts are the answer to how many instances, and what it rests on.
func (s *Summary) sizingFacts() []fact {
	all := append([]fact{{"Size", s.Sizing.short()}}, s.capacityFacts()...)
	if o := s.Sizing; o != nil && o.TargetTPS > 0 {
		if o.Problem != "" {
			all = append(all, fact{"To know it", o.Advice})
		} else {
			all = append(all, s.planFacts()[1:]...) // without the endpoint
		}
	}
	return append(all, s.proofFacts()...)
}

// signed is an offset that may be before the start.
func signed(seconds float64) string {
	if seconds < 0 {
		return "-" + offset(-seconds)
	}
	return offset(seconds)
}
