package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// mostLines of a summary for a ticket.
const mostLines = 25

// leastMissed are the rows that a ticket does without where there are too many, the first one first.
var leastMissed = []string{"from send", "Segments", "Void", "CPU there", "Client", "Autoscaled", "CloudWatch"}

// WriteMarkdown writes the summary for a ticket: at most 25 lines. dir is the run's folder; empty when nothing was kept.
func WriteMarkdown(w io.Writer, s *Summary, dir string) error {
	var b, tail strings.Builder
	word, why := s.headline()
	fmt.Fprintf(&b, "**%s** %s\n\n", word, escape(why))
	if _, meaning, advice := s.meaning(); meaning != "" {
		fmt.Fprintf(&b, "%s\n*%s*\n\n", escape(meaning), escape(advice))
	}
	b.WriteString("| | |\n|---|---|\n")
	if command := s.VerifyCommand(dir); command != "" {
		fmt.Fprintf(&tail, "\nTo verify it: `%s`\n", command)
	}
	if s.Scaled != nil && s.Scaled.Undo != "" {
		fmt.Fprintf(&tail, "\nTo put the %s back: `%s`\n", s.Scaled.Unit.Many(), s.Scaled.Undo)
	}
	for _, f := range fitting(s.rows(dir), mostLines-strings.Count(b.String()+tail.String(), "\n")) {
		row(&b, f.label, f.text)
	}
	_, err := io.WriteString(w, b.String()+tail.String())
	return err
}

// rows of the summary that say something.
func (s *Summary) rows(dir string) (all []fact) {
	for _, f := range s.facts() {
		all = append(all, f)
		if f.label == "TPS" {
			all = append(all, fact{"Latency ms", s.Latency.oneLine()})
			if s.Load.Loop == "open" && s.Service != nil {
				all = append(all, fact{"from send", s.Service.oneLine()})
			}
			for _, l := range s.streamLatencies() {
				all = append(all, fact{l.name, l.of.oneLine()})
			}
			all = append(all,
				fact{"Segments", first(s.segmentLines(), mostSegments)},
				fact{s.countName(), first(s.settingLines(), 2*mostSegments)},
				fact{"Errors", first(s.errorLines(), mostErrors)},
			)
		}
	}
	all = append(all, fact{"Caveats", first(s.caveats(), mostCaveats)}, fact{"Run", dir})
	return slices.DeleteFunc(all, func(f fact) bool { return f.text == "" })
}

// fitting are all of the rows, or as many as have room in so many lines, and which ones have none.
func fitting(all []fact, lines int) []fact {
	var left []string
	for _, label := range leastMissed {
		if len(all)+min(len(left), 1) <= lines {
			break
		}
		if i := slices.IndexFunc(all, func(f fact) bool { return f.label == label }); i >= 0 {
			all, left = slices.Delete(all, i, i+1), append(left, label)
		}
	}
	if len(left) > 0 {
		all = append(all, fact{"Left out", strings.Join(left, ", ") + ": in " + SummaryFile})
	}
	return all
}

func row(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "| %s | %s |\n", label, escape(text))
	}
}

// marks that Markdown would take for its own.
var marks = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", `\<`, "*", `\*`, "`", "\\`", "[", `\[`)

func escape(text string) string { return marks.Replace(clean(text)) }

// first n of all in one line.
func first(all []string, n int) string {
	if len(all) > n {
		all = append(all[:n:n], fmt.Sprintf("%d more in %s", len(all)-n, SummaryFile))
	}
	return strings.Join(all, "; ")
}

func (l *Latency) oneLine() string {
	if l.Count == 0 {
		return "no success to measure"
	}
	return fmt.Sprintf("mean %s, p50 %s, p90 %s, p95 %s, p99 %s, p99.9 %s, max %s (n = %s)", amount(l.Mean),
		percentile(l.P50, l.Count, .5), percentile(l.P90, l.Count, .9), percentile(l.P95, l.Count, .95),
		percentile(l.P99, l.Count, .99), percentile(l.P999, l.Count, .999), amount(l.Max), count(l.Count))
}

func (s *Summary) segmentLines() []string {
	if len(s.Load.Segments) < 2 {
		return nil
	}
	var all []string
	for i := range s.Load.Segments {
		g := &s.Load.Segments[i]
		text := offset(g.FromS) + " " + plural(g.Users, "user")
		if g.Rate != nil {
			text = offset(g.FromS) + " " + rate(*g.Rate) + "/s"
		}
		all = append(all, fmt.Sprintf("%s: %s TPS, p99 %s", text, amount(g.TPS), percentile(g.Latency.P99, g.Latency.Count, .99)))
	}
	return all
}

// settingLines are the settings side by side: before the change of instances, and after.
func (s *Summary) settingLines() []string {
	var all []string
	for _, g := range s.settings() {
		c := g.cells()
		all = append(all, fmt.Sprintf("%d under %s: %s TPS, p50 %s, p99 %s, %s failed, CPU %s, ModelLatency %s", g.Instances, c[0], c[1], c[2], c[3], c[4], c[5], c[6]))
	}
	return all
}

func (s *Summary) errorLines() []string {
	var all []string
	for i := range s.Errors {
		all = append(all, cut(clean(s.Errors[i].text()), 2*textWidth)+s.Errors[i].sample())
	}
	return all
}
