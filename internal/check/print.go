package check

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// Style of the text.
type Style struct {
	Width int  // columns; 0: lines are not broken
	Lines int  // of an answer; 0: all of them
	Color bool // ANSI colours
}

// indent is how far text stands behind its label.
const indent = 13

// colour of words, by its number in ANSI's select graphic rendition.
type colour int

const (
	plain colour = 0
	bold  colour = 1
	faint colour = 2
	red   colour = 31
	green colour = 32
)

// Printer writes a report for people, piece by piece as it comes about.
type Printer struct {
	*Report
	Style
	Out io.Writer
	Err error // of the first write that failed
}

// field is a label, and text in the lines that it takes.
func (p *Printer) field(label, text string) {
	p.wrapped(fmt.Sprintf("%-*s", indent, label), text, indent)
}

// wrapped text after a begin; what does not fit goes on below, so far to the right.
func (p *Printer) wrapped(begin, text string, right int) {
	for i, line := range p.wrap(text, p.Width-right) {
		if i > 0 {
			begin = strings.Repeat(" ", right)
		}
		p.line(begin + line)
	}
}

// wrap breaks text between words. A name is never broken, so that it can be copied: a longer one sticks out.
func (p *Printer) wrap(text string, room int) []string {
	if p.Width == 0 {
		return []string{text}
	}
	lines := []string{""}
	for i, word := range strings.Split(text, " ") {
		last := &lines[len(lines)-1]
		switch {
		case i == 0:
			*last = word
		case ansi.StringWidth(*last)+1+ansi.StringWidth(word) <= room:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

func (p *Printer) heading(text string) {
	p.line("")
	p.wrapped("", p.paint(bold, text), 0)
}

func (p *Printer) line(text string) {
	if p.Err == nil {
		_, p.Err = fmt.Fprintln(p.Out, strings.TrimRight(text, " "))
	}
}

func (p *Printer) paint(c colour, text string) string {
	if !p.Color || c == plain {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[m", c, text)
}

// words after a begin; nothing at all where there are none.
func words(begin, text string) string {
	if text == "" {
		return ""
	}
	return begin + text
}

// amount of milliseconds, with as many decimals as say something.
func amount(x *float64) string {
	switch {
	case x == nil:
		return "-"
	case *x >= 100:
		return fmt.Sprintf("%.0f", *x)
	}
	return fmt.Sprintf("%.1f", *x)
}

// size in bytes.
func size(n int64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// span of time in its two largest units.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return d.Round(time.Second).String()
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("2006-01-02 15:04")
}

// oneLine of what a service says.
func oneLine(text string) string { return strings.Join(strings.Fields(printable(text)), " ") }

// printable is text that moves no cursor and rings no bell.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
