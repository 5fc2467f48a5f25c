package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Bounds of the text form: it is read in a terminal and pasted into chats.
const (
	textWidth    = 80
	labelWidth   = 11
	loadWidth    = 12
	mostSegments = 4
	mostErrors   = 3
	mostCaveats  = 3
)

// WriteText writes what a person wants to know after a run, verdict first, in 15 to 25 lines of at most 80 columns of ASCII, and a
// few more when the run changed the endpoint. dir is the run's folder; empty when nothing was kept. Times are UTC.
func WriteText(w io.Writer, s *Summary, dir string) error {
	t := &text{}
	t.verdict(s)
	for _, f := range s.facts() {
		t.row(f.label, f.text)
		if f.label == "TPS" {
			t.latencies(s)
			t.segments(s)
			t.settings(s)
			t.errors(s)
		}
	}
	t.list("Caveat", s.caveats(), mostCaveats)
	if dir != "" {
		t.row("Run", dir)
	}
	t.proof(s, dir)
	t.undo(s)
	_, err := w.Write(t.Bytes())
	return err
}

// text is a page that is filled from the top.
type text struct{ bytes.Buffer }

func (t *text) verdict(s *Summary) {
	word, why := s.headline()
	t.hang(word+"  ", clean(why))
	if mark, meaning, advice := s.meaning(); meaning != "" {
		t.hang(mark, clean(meaning))
		t.hang(strings.Repeat(" ", len(mark))+"-> ", clean(advice))
	}
	t.WriteByte('\n')
}

// hang writes text after head, and below it where it needs more lines.
func (t *text) hang(head, text string) {
	indent := strings.Repeat(" ", len(head))
	for _, l := range wrap(text, textWidth-len(head)) {
		t.WriteString(strings.TrimRight(head+l, " ") + "\n")
		head = indent
	}
}

func (t *text) row(label, text string) {
	if text != "" {
		t.hang(fmt.Sprintf("%-*s", labelWidth, label), clean(text))
	}
}

// list writes at most n of all, one row each.
func (t *text) list(label string, all []string, n int) {
	for i, one := range all {
		if i == n {
			t.row("", fmt.Sprintf("and %d more in %s", len(all)-n, SummaryFile))
			return
		}
		t.row(label, one)
		label = ""
	}
}

func (t *text) latencies(s *Summary) {
	if s.Latency.Count == 0 && s.Failure == nil {
		return
	}
	t.columns("Latency ms", "mean", "p50", "p90", "p95", "p99", "p99.9", "max", "n")
	t.latency("  response", &s.Latency)
	if s.Load.Loop == "open" { // in a closed loop it is the same
		t.latency("  from send", s.Service)
	}
	for _, l := range s.streamLatencies() {
		t.latency("  "+l.name, l.of)
	}
	t.latency("  failures", s.Failure)
}

func (t *text) latency(name string, l *Latency) {
	if l == nil {
		return
	}
	t.columns(name, amount(l.Mean),
		percentile(l.P50, l.Count, .5), percentile(l.P90, l.Count, .9), percentile(l.P95, l.Count, .95),
		percentile(l.P99, l.Count, .99), percentile(l.P999, l.Count, .999), amount(l.Max), count(l.Count))
}

// segments tells settings apart, the last ones when there are many.
func (t *text) segments(s *Summary) {
	all := s.Load.Segments
	if len(all) < 2 {
		return
	}
	t.columns("Segments", "from", "to", wide("load"), "TPS", "p50", "p99", "ok", "failed")
	if n := len(all) - mostSegments; n > 0 {
		t.row("", fmt.Sprintf("%d before these are in %s", n, SummaryFile))
		all = all[n:]
	}
	for i := range all {
		g := &all[i]
		load := plural(g.Users, "user")
		if g.Rate != nil {
			load = rate(*g.Rate) + "/s"
		}
		t.columns(g.kind(), offset(g.FromS), offset(g.ToS), wide(load), amount(g.TPS),
			percentile(g.Latency.P50, g.Latency.Count, .5), percentile(g.Latency.P99, g.Latency.Count, .99),
			narrow(g.Requests.OK), narrow(g.Requests.Failed))
	}
}

// narrow is a count that fits into a column.
func narrow(n uint64) string {
	if n < 1_000_000 {
		return count(n)
	}
	return fmt.Sprintf("%.2fM", float64(n)/1e6)
}

func (g *Segment) kind() string {
	switch {
	case g.Paused:
		return "  paused"
	case g.Scaling:
		return "  scaling"
	case g.Warmup:
		return "  warm-up"
	case g.Trial:
		return "  trial"
	}
	return ""
}

func wide(load string) string { return fmt.Sprintf("%*s", loadWidth, load) }

// columns writes a label and right-aligned cells.
func (t *text) columns(label string, cells ...string) {
	fmt.Fprintf(t, "%-*s", labelWidth, label)
	for _, c := range cells {
		fmt.Fprintf(t, " %7s", c)
	}
	t.WriteByte('\n')
}

// errors has one line for each kind, the most frequent first; that one may have two. A sample is there where they leave room for it.
func (t *text) errors(s *Summary) {
	var all []string
	lines, width := 2, 2*(textWidth-labelWidth-4)
	for i := range s.Errors {
		e := &s.Errors[i]
		line := cut(clean(e.text()), width)
		if whole := line + e.sample(); len(wrap(whole, textWidth-labelWidth)) <= lines {
			line = whole
		}
		all = append(all, line)
		lines, width = 1, textWidth-labelWidth
	}
	t.list("Errors", all, mostErrors)
}
