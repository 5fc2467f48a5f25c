package report

import (
	"strings"
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		clean(" a\tb\r\n c\x1b[31m \u2026 "): "a b c?[31m ?",
		cut("abcdefghij", 10):                "abcdefghij",
		cut("abcdefghijk", 10):               "abcdefg...",
		count(0):                             "0",
		count(999):                           "999",
		count(uint64(1234567)):               "1,234,567",
		amount(nil):                          "-",
		amount(new(0.)):                      "0.00",
		amount(new(9.994)):                   "9.99",
		amount(new(9.996)):                   "10.0",
		amount(new(999.96)):                  "1,000",
		rate(0):                              "0",
		rate(1000.0 / 3):                     "333.333",
		whole(nil):                           "-",
		whole(new(1499.6)):                   "1,500",
		percent(0, 0):                        "0%",
		percent(1, 1_000_000):                "under 0.01%",
		percent(54, 100_000):                 "0.05%",
		percent(999_999, 1_000_000):          "99.9%",
		percent(5, 5):                        "100.0%",
		span(42):                             "42s",
		span(187):                            "3m07s",
		span(3725):                           "1h02m",
		offset(247):                          "4:07",
		plural(1, "user"):                    "1 user",
		plural(10_000, "user"):               "10,000 users",
		percentile(new(131.), 100, .99):      "~131.0",
		percentile(new(131.), 1000, .99):     "131.0",
		percentile(nil, 99, .99):             "-",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	text := "one two three fourteencharss five"
	lines := wrap(text, 9)
	if strings.Join(lines, " ") != text || lines[0] != "one two" || len(lines) != 4 {
		t.Errorf("%q", lines)
	}
	if lines := wrap("", 9); len(lines) != 0 {
		t.Errorf("of nothing: %q", lines)
	}
}

// Times of the summary are UTC, wherever it is read.
func TestFindingsSayTheirPeriod(t *testing.T) {
	from := start.Truncate(time.Minute).In(time.FixedZone("", 3600))
	for _, c := range []struct {
		evidence string
		length   time.Duration
		want     string
	}{
		{"CPU 99% at 202 ok/s; 71% fail, 5xx", time.Minute, "CPU 99% at 202 ok/s in minute 15:04Z; 71% fail, 5xx"},
		{"CPU 67% at 135 ok/s", 10 * time.Second, "CPU 67% at 135 ok/s in the 10s from 15:04:00Z"},
		{"CPU 67% at 135 ok/s", 5 * time.Minute, "CPU 67% at 135 ok/s in the 5 min from 15:04Z"},
	} {
		if got := (&Finding{Evidence: c.evidence, From: from, To: from.Add(c.length)}).dated(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if got := (&Finding{Evidence: "it publishes no CPU"}).dated(); got != "it publishes no CPU" {
		t.Errorf("%q", got)
	}
	for seconds, want := range map[float64]string{60: "minute 15:04Z", 10: "10s from 15:04:00Z", 300: "5 min from 15:04Z"} {
		s := Summary{Server: &Server{PeriodS: seconds}}
		if got := s.when(&Point{T: from}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
