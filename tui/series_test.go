package tui

import (
	"math"
	"slices"
	"testing"
	"time"

	"sagetop/runner"
)

// A run fits into its chart as long as a column may grow; after that its newest part is shown.
func TestGatherScales(t *testing.T) {
	tests := []struct {
		seconds, columns int
		asked            int64
		scale, from      int64
		last             int
	}{
		{1, 34, 0, 1, 0, 0},
		{34, 34, 0, 1, 0, 33},
		{35, 34, 0, 2, 0, 17},
		{252, 34, 0, 10, 0, 25},
		{341, 34, 0, 10, 10, 33},
		{3600, 34, 0, 10, 3260, 33},
		{3600, 34, 300, 300, 0, 11},
		{100, 34, 1, 1, 66, 33},
	}
	for _, tt := range tests {
		s := newScene().load(stretch{seconds: tt.seconds, plan: closed(9), ok: 100, p50: 60, p99: 130})
		got := gather(s.Load.Seconds, tt.columns, tt.asked, runner.Response)
		if got.scale != tt.scale || got.from != tt.from || got.last != tt.last || got.to != int64(tt.seconds) {
			t.Errorf("%+v: scale %d, from %d to %d, last column %d", tt, got.scale, got.from, got.to, got.last)
		}
	}
}

// Seconds that nobody measured are a gap, not zero; what came before the load is left out.
func TestGatherGaps(t *testing.T) {
	s := newScene().load(
		stretch{seconds: 30, plan: closed(0)},
		stretch{seconds: 10, plan: closed(9), ok: 100, p50: 60, p99: 130},
		stretch{seconds: 10, plan: closed(20), ok: 200, p50: 60, p99: 130},
	)
	seconds := slices.Delete(slices.Clone(s.Load.Seconds), 33, 36)
	got := gather(seconds, 20, 1, runner.Response)
	for i, v := range got.ok {
		if missing := i >= 3 && i < 6; math.IsNaN(v) != missing {
			t.Errorf("column %d is %v", i, v)
		}
	}
	if len(got.marks) != 1 || got.marks[0].Column != 10 || got.marks[0].Text != "20u" {
		t.Errorf("marks are %+v", got.marks)
	}
}

// Too few samples give no percentile.
func TestTrailingPercentilesNeedSamples(t *testing.T) {
	s := newScene().load(stretch{seconds: 12, plan: closed(1), ok: 4, p50: 60, p99: 130})
	got := gather(s.Load.Seconds, 20, 1, runner.Response)
	if math.IsNaN(got.p50[0]) || !math.IsNaN(got.p99[11]) {
		t.Errorf("p50 of 4 samples is %v, p99 of 40 is %v", got.p50[0], got.p99[11])
	}
}

func TestFormats(t *testing.T) {
	tests := []struct{ got, want string }{
		{clockText(252 * time.Second), "04:12"},
		{clockText(3852 * time.Second), "1:04:12"},
		{clockText(-time.Second), "00:00"},
		{axisTime(252), "4:12"},
		{spanText(48 * time.Second), "48s"},
		{spanText(182 * time.Second), "3m02s"},
		{spanText(64 * time.Minute), "1h04m"},
		{spanText(80 * time.Hour), "3d"},
		{untilText(43 * time.Minute), "43m"},
		{untilText(8*time.Minute + 5*time.Second), "8m05s"},
		{msText(400 * time.Microsecond), "0.4"},
		{msText(131600 * time.Microsecond), "132"},
		{msText(9999600 * time.Microsecond), "10.0s"},
		{msFine(58_100 * time.Microsecond), "58.1"},
		{countText(99_999), "99999"},
		{countText(288_040), "288k"},
		{countText(12_345_678), "12.3M"},
		{countText(99_949_999), "99.9M"},
		{countText(99_950_000), "100M"},
		{rateText(0), "0"},
		{rateText(135.24), "135.2"},
		{rateText(1234.5), "1234"},
		{percentText(0.01), "<0.1%"},
		{percentText(0.62), "0.6%"},
		{percentText(71.4), "71%"},
		{cut("distilbert", 6, false), "disti…"},
		{cut("distilbert", 6, true), "disti~"},
		{cut("日本語", 5, false), "日本…"},
		{cut("x", 0, false), ""},
	}
	for i, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%d: got %q, want %q", i, tt.got, tt.want)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		text string
		w    int
		want []string
	}{
		{"", 5, nil},
		{"a bc def", 4, []string{"a bc", "def"}},
		{"abcdefgh ij", 3, []string{"abc", "def", "gh", "ij"}},
		{"a\n b", 9, []string{"a b"}},
		{"日本語", 4, []string{"日本", "語"}},
		{"more: aws a --b c --d e", 14, []string{`more: aws a \`, `--b c --d e`}},
		{"more: aws a --b c --d e", 15, []string{`more: aws a \`, `--b c --d e`}},
		{"sagetop run a -d 'b c' --users 6", 20, []string{`sagetop run a -d \`, `'b c' --users 6`}},
		{"sagetop run a -d 'it'\\''s b' -n 6", 19, []string{`sagetop run a -d \`, `'it'\''s b' -n 6`}},
		{"sagetop run a -d 'too long for a line' -n 6", 16, []string{`sagetop run a \`, `-d 'too long for`, `a line' -n 6`}},
		{"get them: aws sso login (or not), and again", 20, []string{"get them: aws sso", "login (or not), and", "again"}},
	}
	for _, tt := range tests {
		if got := wrap(tt.text, tt.w); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.text, tt.w, got, tt.want)
		}
	}
}
