package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Widths of a comparison's columns.
const (
	compareLabel = 17
	compareValue = 9
)

// byChance is what an interval does and does not say.
const byChance = "Each interval is of 95%: of twenty figures that are the same, one is called different by chance. It knows what varied within " +
	"these runs, not what another hour or host brings: repeat them to know that."

// WriteText writes c in lines of at most 80 columns of ASCII: what differs, what is not the same, and the figures, a table for each run but
// the first.
func (c *Comparison) WriteText(w io.Writer) error {
	t := &text{}
	for i := range c.Runs[1:] {
		word, why := c.Runs[i+1].headline()
		t.hang(word+"  ", c.Runs[i+1].against()+": "+why)
	}
	for _, g := range c.Gates {
		t.hang(g.word()+"  ", g.text())
	}
	t.WriteByte('\n')
	t.list("Caveat", c.Caveats, math.MaxInt)
	for i := range c.Runs {
		t.row("Run "+c.Runs[i].Name, c.Runs[i].about())
	}
	for i := range c.Runs[1:] {
		t.WriteByte('\n')
		c.Runs[i+1].table(t)
	}
	t.WriteByte('\n')
	t.hang("", byChance)
	_, err := w.Write(t.Bytes())
	return err
}

func (c *Compared) against() string { return c.Name + " against A" }

// headline says what differs.
func (c *Compared) headline() (word, why string) {
	var worse, better, unjudged []string
	for i := range c.Differences {
		switch d := &c.Differences[i]; {
		case d.Verdict == Worse:
			worse = append(worse, d.Figure+" "+d.changeText())
		case d.Verdict == Better:
			better = append(better, d.Figure+" "+d.changeText())
		case d.Why != "":
			unjudged = append(unjudged, d.Figure)
		}
	}
	var parts []string
	for _, p := range []struct {
		word string
		all  []string
	}{{"worse", worse}, {"better", better}, {"not judged", unjudged}} {
		if len(p.all) > 0 {
			parts = append(parts, p.word+": "+strings.Join(p.all, ", "))
		}
	}
	switch {
	case len(worse) > 0:
		word = "WORSE"
	case len(better) > 0:
		word = "BETTER"
	case len(unjudged) > 0 && !c.judged():
		word = "NOT JUDGED"
	default:
		word, parts = "NO DIFFERENCE SEEN", append([]string{"in what was judged"}, parts...)
	}
	return word, strings.Join(parts, "; ")
}

// judged says whether any figure was.
func (c *Compared) judged() bool {
	for i := range c.Differences {
		if c.Differences[i].Verdict != Unjudged {
			return true
		}
	}
	return false
}

// about says which run it is, of what, under what.
func (c *Compared) about() string {
	s := &Summary{Endpoint: c.Endpoint}
	about := []string{clean(c.Dir), s.endpointText(), c.Load, span(c.MeasuredS) + " measured", c.Payload.text()}
	for i := range c.SLO {
		about = append(about, c.SLO[i].text()+" "+passWords[c.SLO[i].Pass])
	}
	return joined(about...)
}

func (c *Compared) table(t *text) {
	fmt.Fprintf(t, "%-*s%*s%*s   %s\n", compareLabel, "", compareValue, "A", compareValue, c.Name, c.against())
	for i := range c.Differences {
		d := &c.Differences[i]
		head := fmt.Sprintf("%-*s%*s%*s   ", compareLabel, d.label(), compareValue, amount(d.Baseline), compareValue, amount(d.Value))
		t.hang(head, d.text())
		if d.text() == "" {
			t.WriteString(strings.TrimRight(head, " ") + "\n")
		}
	}
}

var compareLabels = map[string]string{
	"tps": "TPS", "errors": "failed %", "p999": "p99.9 ms", "cpu": "CPU per core %", "model": "ModelLatency ms", "overhead": "Overhead ms",
}

func (d *Difference) label() string {
	if label := compareLabels[d.Figure]; label != "" {
		return label
	}
	if d.Unit == "%" {
		return "  " + d.Figure
	}
	return d.Figure + " " + d.Unit
}

// text of what changed and whether that is real: "+12% (+6..+19%): worse".
func (d *Difference) text() string {
	switch {
	case d.Verdict == Unseen:
		return fmt.Sprintf("%s (%s)", Unseen, d.intervalText())
	case d.Verdict != Unjudged:
		return fmt.Sprintf("%s (%s): %s", d.changeText(), d.intervalText(), d.Verdict)
	case d.Why != "":
		return joined(d.changeText(), "not judged: "+d.Why)
	}
	return d.changeText()
}

func (d *Difference) unit() string {
	if d.Unit == "%" {
		return " points"
	}
	return "%"
}

func (d *Difference) changeText() string {
	if d.Change == nil {
		return ""
	}
	return withSign(*d.Change) + d.unit()
}

func (d *Difference) intervalText() string {
	return withSign(d.Interval[0]) + ".." + withSign(d.Interval[1]) + d.unit()
}

// withSign writes x with its sign and as many decimals as say something.
func withSign(x float64) string {
	digits := 0
	switch {
	case math.Abs(x) < 0.995:
		digits = 2
	case math.Abs(x) < 9.95:
		digits = 1
	}
	text := strconv.FormatFloat(x, 'f', digits, 64)
	switch {
	case strings.Trim(text, "-0.") == "":
		return "0"
	case x > 0:
		return "+" + text
	}
	return text
}

var gateWords = map[Pass]string{Passed: "FAIL", Missed: "OK", Unknown: "UNKNOWN"}

func (h *Held) word() string { return gateWords[h.Holds] }

func (h *Held) text() string { return h.Rule + ", " + h.Run + " against A: " + h.Why }

// WriteMarkdown is WriteText for a ticket, or the summary of a CI job.
func (c *Comparison) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	for i := range c.Runs[1:] {
		word, why := c.Runs[i+1].headline()
		fmt.Fprintf(&b, "**%s** %s: %s\n\n", word, c.Runs[i+1].against(), escape(why))
	}
	for _, g := range c.Gates {
		fmt.Fprintf(&b, "- **%s** %s\n", g.word(), escape(g.text()))
	}
	for _, text := range c.Caveats {
		fmt.Fprintf(&b, "- %s\n", escape(text))
	}
	for i := range c.Runs[1:] {
		one := &c.Runs[i+1]
		fmt.Fprintf(&b, "\n| | A | %s | %s |\n|---|---:|---:|---|\n", one.Name, one.against())
		for j := range one.Differences {
			d := &one.Differences[j]
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.TrimSpace(d.label()), amount(d.Baseline), amount(d.Value), escape(d.text()))
		}
	}
	b.WriteByte('\n')
	for i := range c.Runs {
		one := &text{}
		one.row("Run "+c.Runs[i].Name, c.Runs[i].about())
		fmt.Fprintf(&b, "- %s\n", escape(one.String()))
	}
	fmt.Fprintf(&b, "\n%s\n", byChance)
	_, err := io.WriteString(w, b.String())
	return err
}
