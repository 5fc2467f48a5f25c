package main

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// table is one result.
type table struct {
	title   string
	columns []string
	rows    [][]string
	notes   []string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// write writes t as Markdown, in columns that also read well as they stand.
func (t *table) write(w io.Writer) {
	fmt.Fprintf(w, "\n## %s\n\n", t.title)
	if len(t.rows) > 0 {
		t.writeRows(w)
	}
	for _, n := range t.notes {
		fmt.Fprintf(w, "\n%s\n", n)
	}
}

func (t *table) writeRows(w io.Writer) {
	widths := make([]int, len(t.columns))
	lines := append([][]string{t.columns}, t.rows...)
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], len(cell))
		}
	}
	rule := make([]string, len(widths))
	for i, n := range widths {
		rule[i] = strings.Repeat("-", n)
	}
	lines = append(lines[:1:1], append([][]string{rule}, lines[1:]...)...)
	for _, cells := range lines {
		for i, cell := range cells {
			fmt.Fprintf(w, "| %-*s ", widths[i], cell)
		}
		fmt.Fprintln(w, "|")
	}
}

// goal is a figure that is to be reached.
type goal struct {
	name, want, got string
	known, met      bool
}

func (g *goal) verdict() string {
	switch {
	case !g.known:
		return "not measured"
	case g.met:
		return "met"
	}
	return "NOT met"
}

// atMost is a goal that figure, with its text, is not to be above; atLeast one that it is not to be below.
func atMost(name, unit string, figure, limit float64, text string) goal {
	return goal{name: name, want: "<= " + amount(limit, unit), got: text, known: !math.IsNaN(figure), met: figure <= limit}
}

func atLeast(name, unit string, figure, limit float64, text string) goal {
	return goal{name: name, want: ">= " + amount(limit, unit), got: text, known: !math.IsNaN(figure), met: figure >= limit}
}

func amount(x float64, unit string) string { return strings.TrimSpace(fmt.Sprintf("%v %s", x, unit)) }

// goalTable sums up.
func goalTable(goals []goal) *table {
	t := &table{title: "Goals", columns: []string{"goal", "wanted", "got", ""}}
	for _, g := range goals {
		t.add(g.name, g.want, g.got, g.verdict())
	}
	return t
}
