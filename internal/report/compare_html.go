package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed html/compare.html
var compareText string

var compareTemplate = parsed("compare", compareText)

// comparedPage is what its template takes: the words and figures of the text.
type comparedPage struct {
	Policy  string // what it may load: nothing
	Style   template.CSS
	Title   string
	Runs    []comparedRun
	Gates   []toned
	Facts   []Fact
	Caveats []string
	Note    string
}

type toned struct{ Word, Why, Tone string }

type comparedRun struct {
	toned
	Name, Letter string
	Rows         []comparedRow
}

type comparedRow struct{ Label, Baseline, Value, Text, Tone string }

// comparedTones of headlines, gates and differences.
var comparedTones = map[string]string{
	"WORSE": "bad", "BETTER": "good", "NOT JUDGED": "warn", "NO DIFFERENCE SEEN": "good",
	gateWords[Passed]: "bad", gateWords[Missed]: "good", gateWords[Unknown]: "warn",
	string(Worse): "bad", string(Better): "good",
}

// WriteHTML writes c as a page of its own, which needs nothing else and loads nothing.
func (c *Comparison) WriteHTML(w io.Writer) error {
	p := &comparedPage{
		Policy: fmt.Sprintf("default-src 'none'; style-src %s; base-uri 'none'; form-action 'none'", hashed(pageStyle)), Style: template.CSS(pageStyle),
		Title: "sagetop: runs compared", Caveats: c.Caveats, Note: byChance,
	}
	for i := range c.Runs {
		r := &c.Runs[i]
		p.Facts = append(p.Facts, Fact{"Run " + r.Name, r.about()})
		if i > 0 {
			p.Runs = append(p.Runs, r.page())
		}
	}
	for _, g := range c.Gates {
		p.Gates = append(p.Gates, toned{g.word(), g.text(), comparedTones[g.word()]})
	}
	return compareTemplate.Execute(w, p)
}

func (c *Compared) page() comparedRun {
	word, why := c.headline()
	r := comparedRun{toned: toned{word, c.against() + ": " + why, comparedTones[word]}, Name: c.against(), Letter: c.Name}
	for i := range c.Differences {
		d := &c.Differences[i]
		r.Rows = append(r.Rows, comparedRow{strings.TrimSpace(d.label()), amount(d.Baseline), amount(d.Value), d.text(), comparedTones[string(d.Verdict)]})
	}
	return r
}
