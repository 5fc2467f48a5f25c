package canvas

import (
	"math"
	"strconv"
)

// Axis maps values to heights above a chart's baseline, in rows.
type Axis struct {
	rows  int
	every int     // rows from one label to the next
	base  float64 // value at the baseline; of a log axis its decimal logarithm
	step  float64 // a row; of a log axis in decades
	log   bool
}

// mostLabels is how many labels an axis has above its baseline before some rows go without.
const mostLabels = 8

// Linear is an axis from 0 to at least top, with round numbers as labels.
func Linear(top float64, rows int) Axis {
	rows = max(rows, 1)
	if !(top > 0) || math.IsInf(top, 0) {
		top = 1
	}
	every := (rows + mostLabels - 1) / mostLabels
	label := roundUp(top * float64(every) / float64(rows))
	return Axis{rows: rows, every: every, step: label / float64(every)}
}

// roundUp returns the least round number that is not below v.
func roundUp(v float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if v <= m*decade*(1+1e-9) {
			return m * decade
		}
	}
	return 10 * decade
}

// Log is a logarithmic axis that holds lo and hi, as fine as the rows allow with at least three labels. Labels go up by quarters of
// a decade (1, 1.8, 3.2, 5.6), by thirds (1, 2.2, 4.6), by halves or by whole ones.
func Log(lo, hi float64, rows int) Axis {
	rows = max(rows, 1)
	if !(lo > 0) || math.IsInf(lo, 0) {
		lo = 1
	}
	if !(hi > lo) || math.IsInf(hi, 0) {
		hi = lo
	}
	from, to := math.Log10(lo), math.Log10(hi)
	best, _ := logAxis(from, to, rows, 1, 8)
	for every := 1; every <= max(rows/3, 1); every++ {
		for _, decades := range [...]float64{1. / 4, 1. / 3, 1. / 2, 1, 2, 4} {
			if a, ok := logAxis(from, to, rows, every, decades); ok && a.step < best.step*(1-1e-9) {
				best = a
			}
		}
	}
	return best
}

// logAxis has a label each so many rows, so many decades apart; ok says that it reaches to the logarithm to.
func logAxis(from, to float64, rows, every int, decades float64) (a Axis, ok bool) {
	const grace = 1e-9                                    // the rounding of a logarithm must not cost a row
	base := (math.Ceil(from/decades-grace) - 1) * decades // below from, or a line there would lie on the baseline
	a = Axis{rows: rows, every: every, base: base, step: decades / float64(every), log: true}
	return a, base+float64(rows)*a.step >= to-grace
}

// Height of v above the baseline, 0 to the number of rows; outside it is cut off.
func (a Axis) Height(v float64) float64 {
	return min(max(a.at(v), 0), float64(a.rows))
}

// Holds says whether v lies above the baseline and not above the top.
func (a Axis) Holds(v float64) bool {
	h := a.at(v)
	return h > 0 && h <= float64(a.rows)+1e-9
}

func (a Axis) at(v float64) float64 {
	if !a.log {
		return (v - a.base) / a.step
	}
	if v <= 0 {
		return 0
	}
	return (math.Log10(v) - a.base) / a.step
}

// Label is the text at the upper edge of the given row, counted from 1 above the baseline, which is row 0. Rows between two labels
// have none.
func (a Axis) Label(row int) string {
	if row%a.every != 0 {
		return ""
	}
	v := a.base + float64(row)*a.step
	if a.log {
		return Short(roundTo2(math.Pow(10, v)))
	}
	return Short(v)
}

// roundTo2 keeps two significant digits.
func roundTo2(v float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/decade) * decade
}

// Short prints v, below 10^12, in at most four cells: 0.25, 7.5, 180, 1200, 12k, 3.5M.
func Short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 999.5e6:
		return strconv.FormatFloat(v/1e9, 'f', 0, 64) + "G"
	case a >= 9.995e6:
		return strconv.FormatFloat(v/1e6, 'f', 0, 64) + "M"
	case a >= 999_500:
		return trim(v/1e6, 1) + "M"
	case a >= 9999.5:
		return strconv.FormatFloat(v/1e3, 'f', 0, 64) + "k"
	case a >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 0.995:
		return trim(v, 1)
	}
	return trim(v, 2)
}

// trim prints v with at most so many decimals.
func trim(v float64, decimals int) string {
	pow := math.Pow(10, float64(decimals))
	return strconv.FormatFloat(math.Round(v*pow)/pow, 'f', -1, 64)
}
