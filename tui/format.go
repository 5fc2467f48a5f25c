package tui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/runner"
	"sagetop/tui/canvas"
)

// clockText is 04:12, or 1:04:12.
func clockText(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%02d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// axisTime is 0:00 and 4:12.
func axisTime(seconds int64) string {
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// spanText is 48s, 3m02s, 1h04m, 3d.
func spanText(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return strconv.Itoa(s) + "s"
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 48*3600:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return strconv.Itoa(s/86400) + "d"
}

// untilText is spanText without seconds where those are noise.
func untilText(d time.Duration) string {
	if d >= 10*time.Minute && d < time.Hour {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return spanText(d)
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// msText prints milliseconds in at most five cells: 0.4, 5.8, 132, 9999, 12.3s.
func msText(d time.Duration) string {
	v := millis(d)
	switch {
	case v < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case d < secondsFrom:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v < 999_950:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + "s"
	}
	return strconv.FormatFloat(v/1000, 'f', 0, 64) + "s"
}

// withUnit puts ms behind a figure that msText wrote, unless it has its own unit or is none.
func withUnit(text string) string {
	if n := len(text); n > 0 && text[n-1] >= '0' && text[n-1] <= '9' {
		return text + "ms"
	}
	return text
}

// timesText joins pieces that end in a figure by msText. The unit stands once at the end, or with each where one is in seconds.
func timesText(pieces []string) string {
	if !slices.ContainsFunc(pieces, func(p string) bool { return strings.HasSuffix(p, "s") }) {
		return strings.Join(pieces, " ") + " ms"
	}
	for i, p := range pieces {
		pieces[i] = withUnit(p)
	}
	return strings.Join(pieces, " ")
}

// secondsFrom is from where msText leaves milliseconds.
const secondsFrom = 9999500 * time.Microsecond

// secondsText prints a time in at most four cells among others that are seconds: 0.3s, 9.9s, 17s, 900s, 17m. What would be no
// tenth of a second keeps its milliseconds: 12ms, <1ms.
func secondsText(d time.Duration) string {
	v := d.Seconds()
	switch {
	case d < time.Millisecond:
		return "<1ms"
	case v < 0.0995:
		return strconv.FormatFloat(millis(d), 'f', 0, 64) + "ms"
	case v < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64) + "s"
	case v < 999.5:
		return strconv.FormatFloat(v, 'f', 0, 64) + "s"
	}
	return strconv.FormatFloat(v/60, 'f', 0, 64) + "m"
}

// msFine keeps a decimal below 100 ms.
func msFine(d time.Duration) string {
	if v := millis(d); v < 99.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return msText(d)
}

// countText prints n in at most five cells.
func countText(n uint64) string {
	switch {
	case n < 100_000:
		return strconv.FormatUint(n, 10)
	case n < 1_000_000:
		return strconv.FormatUint(n/1000, 10) + "k"
	case n < 99_950_000:
		return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + "M"
	}
	return strconv.FormatUint((n+500_000)/1_000_000, 10) + "M"
}

// countWithin so many cells, four at least.
func countWithin(n uint64, cells int) string {
	if text := countText(n); len(text) <= cells {
		return text
	}
	return canvas.Short(float64(n))
}

// rateText is 0, 0.4, 135.2, 1234.
func rateText(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 999.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// wholeRate is rateText without a decimal that is noise.
func wholeRate(v float64) string {
	if v >= 9.95 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return rateText(v)
}

// exactRate is a rate as it was asked for, where that has room.
func exactRate(v float64) string {
	if text := strconv.FormatFloat(v, 'f', -1, 64); len(text) <= 6 {
		return text
	}
	return wholeRate(v)
}

// percentText prints percent: 0%, <0.1%, 0.4%, 71%.
func percentText(v float64) string {
	switch {
	case v == 0 || math.IsNaN(v):
		return "0%"
	case v < 0.1:
		return "<0.1%"
	case v < 9.95:
		return strconv.FormatFloat(v, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + "%"
}

// wholePercent is percentText without decimals.
func wholePercent(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) + "%" }

// planText is 240 users, 135/s, or pause.
func planText(p runner.Plan) string {
	switch {
	case p.Paused:
		return "pause"
	case p.Loop == runner.Open:
		return exactRate(p.Rate) + "/s"
	case p.Users == 1:
		return "1 user"
	}
	return strconv.Itoa(p.Users) + " users"
}

// planMark is planText for the axis of a chart.
func planMark(p runner.Plan) string {
	if p.Paused || p.Loop == runner.Open {
		return planText(p)
	}
	return strconv.Itoa(p.Users) + "u"
}

// cut shortens text to w cells and marks that with a dot-dot-dot.
func cut(text string, w int, ascii bool) string {
	if canvas.Width(text) <= w {
		return text
	}
	tail := "…"
	if ascii {
		tail = "~"
	}
	n := 0
	for i, r := range text {
		n += canvas.RuneWidth(r)
		if n > w-1 {
			if w < 1 {
				return ""
			}
			return text[:i] + tail
		}
	}
	return text
}
