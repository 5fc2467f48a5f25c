package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sagetop/runner"
)

// clean makes text of elsewhere fit for a terminal and for any encoding: printable ASCII, no line ends, single spaces.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// cut text to width columns.
func cut(text string, width int) string {
	if len(text) <= width {
		return text
	}
	return text[:max(0, width-3)] + "..."
}

// wrap breaks text between words into lines of at most width columns. A longer word has a line to itself.
func wrap(text string, width int) []string {
	var lines []string
	for word := range strings.FieldsSeq(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// count writes n with a comma at every thousand.
func count[N int | int64 | uint64](n N) string {
	digits := strconv.FormatUint(uint64(n), 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// amount writes x with as many decimals as say something, "-" when it is not known.
func amount(x *float64) string {
	switch {
	case x == nil:
		return "-"
	case *x >= 999.95:
		return count(uint64(math.Round(*x)))
	case *x >= 9.995:
		return strconv.FormatFloat(*x, 'f', 1, 64)
	}
	return strconv.FormatFloat(*x, 'f', 2, 64)
}

// rate writes what was asked for as it was.
func rate(x float64) string { return strconv.FormatFloat(round(x), 'f', -1, 64) }

// whole writes x without decimals.
func whole(x *float64) string {
	if x == nil {
		return "-"
	}
	return count(uint64(math.Round(max(*x, 0))))
}

// percentile writes x with a mark when n samples are few for p.
func percentile(x *float64, n uint64, p float64) string {
	if x != nil && (runner.Stats{Count: n}).Trust(p) == runner.Rough {
		return "~" + amount(x)
	}
	return amount(x)
}

// percent writes a share of 0 to 1 so that a few failures of many do not look like none.
func percent(part, all uint64) string {
	if all == 0 {
		return "0%"
	}
	switch p := 100 * float64(part) / float64(all); {
	case part == 0:
		return "0%"
	case p < 0.01:
		return "under 0.01%"
	case p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	case p > 99 && part < all:
		return strconv.FormatFloat(math.Floor(p*10)/10, 'f', 1, 64) + "%"
	default:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	}
}

// span writes seconds as 42s, 3m07s or 1h02m.
func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// offset writes seconds since the start as 4:05.
func offset(seconds float64) string {
	s := int(seconds)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// plural writes a count and its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(max(n, 0)) + " " + noun + "s"
}
