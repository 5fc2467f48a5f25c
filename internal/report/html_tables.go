package report

import (
	"fmt"
	"strings"
)

// sheet is a table of the page.
type sheet struct {
	Title, Note string
	Head        []column
	Rows        [][]string
}

// column of a sheet: of figures, which stand at the right, or of text.
type column struct {
	Name string
	Text bool
}

const mostRows = 300 // of one sheet

func words(names ...string) (all []column) {
	for _, n := range names {
		all = append(all, column{n, true})
	}
	return all
}

func numbers(names ...string) (all []column) {
	for _, n := range names {
		all = append(all, column{n, false})
	}
	return all
}

// tables of s that have rows.
func (s *Summary) tables() (all []sheet) {
	for _, t := range []sheet{s.latencySheet(), s.sloSheet(), s.findingSheet(), s.errorSheet(), s.segmentSheet(), s.scaledSheet(), s.serverSheet()} {
		if len(t.Rows) == 0 {
			continue
		}
		if n := len(t.Rows) - mostRows; n > 0 {
			t.Rows, t.Note = t.Rows[:mostRows], fmt.Sprintf("%s more in %s", count(n), SummaryFile)
		}
		all = append(all, t)
	}
	return all
}

func (s *Summary) latencySheet() sheet {
	t := sheet{
		Title: "Latency ms", Note: "of the whole run without warm-up; ~ on few samples, - on too few",
		Head: append(words(""), numbers("mean", "p50", "p90", "p95", "p99", "p99.9", "max", "n")...),
	}
	if s.Load.Loop == "open" {
		t.Note = "the response time begins when a request was due; " + t.Note
	}
	add := func(name string, l *Latency) {
		if l != nil && l.Count > 0 {
			t.Rows = append(t.Rows, []string{
				name, amount(l.Mean),
				percentile(l.P50, l.Count, .5), percentile(l.P90, l.Count, .9), percentile(l.P95, l.Count, .95),
				percentile(l.P99, l.Count, .99), percentile(l.P999, l.Count, .999), amount(l.Max), count(l.Count),
			})
		}
	}
	add("response time", &s.Latency)
	if s.Load.Loop == "open" { // in a closed loop it is the same
		add("from send", s.Service)
	}
	add("first byte", s.FirstByte)
	add("between chunks", s.ChunkGap)
	add("first token", s.FirstToken)
	add("per token", s.TokenTime)
	add("failures", s.Failure)
	return t
}

func (s *Summary) sloSheet() sheet {
	t := sheet{Title: "SLO", Head: append(words("rule"), append(numbers("value"), words("")...)...)}
	for i := range s.SLO {
		o := &s.SLO[i]
		value := "-"
		if o.Value != nil {
			value = amount(o.Value) + o.unit()
		}
		t.Rows = append(t.Rows, []string{o.Expr, value, strings.Trim(passWords[o.Pass], "()")})
	}
	return t
}

func (s *Summary) findingSheet() sheet {
	t := sheet{Title: "Findings", Note: "the first is the verdict", Head: words("", "finding", "evidence", "what to do")}
	for i := range s.Findings {
		f := &s.Findings[i]
		t.Rows = append(t.Rows, []string{f.Severity, f.Title, f.dated(), keyHints.Replace(f.Advice)})
	}
	return t
}

func (s *Summary) errorSheet() sheet {
	t := sheet{Title: "Errors", Note: "most frequent first, warm-up included, each with its first one", Head: append(numbers("count"), words("kind", "seen", "a sample")...)}
	for i := range s.Errors {
		e := &s.Errors[i]
		t.Rows = append(t.Rows, []string{count(e.Count), e.kind(), offset(float64(e.FirstS)) + "\u00a0to\u00a0" + offset(float64(e.LastS)), e.Sample.text()})
	}
	return t
}

// text of a sample: what it takes to look further.
func (p *Sample) text() string {
	if p == nil {
		return ""
	}
	parts := []string{p.At.UTC().Format("15:04:05.000Z"), "after " + amount(&p.Took) + " ms", "request " + count(p.Request)}
	if p.Payload > 0 {
		parts = append(parts, fmt.Sprintf("payload %d", p.Payload))
	}
	if p.RequestID != "" {
		parts = append(parts, "id "+p.RequestID)
	}
	text := strings.Join(parts, ", ")
	for _, said := range []struct{ who, text string }{{"message", p.Message}, {"container", p.OriginalMessage}, {"log", p.LogStreamARN}} {
		if said.text != "" {
			text += "\n" + said.who + ": " + said.text
		}
	}
	return text
}

func (s *Summary) segmentSheet() sheet {
	t := sheet{Title: "Segments", Note: "one for each setting", Head: append(numbers("from", "to", "load", "TPS", "p50", "p99", "ok", "failed", unitOf(s.Endpoint.Component).Many(), "CPU", "ModelLat"), words("")...)}
	for i := range s.Load.Segments {
		g := &s.Load.Segments[i]
		cells, instances := g.cells(), "-"
		if g.Instances > 0 {
			instances = fmt.Sprint(g.Instances)
		}
		t.Rows = append(t.Rows, []string{
			offset(g.FromS), offset(g.ToS), cells[0], cells[1], cells[2], cells[3], count(g.Requests.OK), count(g.Requests.Failed),
			instances, cells[5], cells[6], strings.TrimSpace(g.kind()),
		})
	}
	return t
}

func (s *Summary) scaledSheet() sheet {
	t := sheet{Title: s.countName(), Note: s.scaledText(), Head: append(numbers("asked", "from", "to", "InService after"), words("")...)}
	if s.Scaled == nil {
		return t
	}
	for _, c := range s.Scaled.Changes {
		took, word := "-", c.Failed
		if c.InUseS != nil {
			took = span(*c.InUseS - c.AskedS)
		}
		if c.Restore {
			word = strings.TrimSpace("put back " + word)
		}
		t.Rows = append(t.Rows, []string{offset(c.AskedS), fmt.Sprint(c.From), fmt.Sprint(c.To), took, word})
	}
	return t
}

func (s *Summary) serverSheet() sheet {
	t := sheet{Title: "CloudWatch", Head: append(numbers("period", "periods", "age of the newest", "metrics asked for", "cost"), words("")...)}
	v := s.Server
	if v == nil {
		return t
	}
	age, cost := "-", "none: SIMULATED"
	if v.AgeS != nil {
		age = span(*v.AgeS)
	}
	if v.CostUSD != nil {
		cost = fmt.Sprintf("%.2f USD", *v.CostUSD)
	}
	t.Rows = [][]string{{span(v.PeriodS), count(len(v.Points)), age, count(v.Queries), cost, v.Problem}}
	return t
}
