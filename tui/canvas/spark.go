package canvas

import "math"

// Spark draws the newest w values as one row of columns between 0 and top. NaN is a gap.
func (g *Grid) Spark(x, y, w int, values []float64, top float64, ascii bool, s Style) {
	values = values[max(len(values)-w, 0):]
	g.Text(x, y, x+w, SparkText(values, top, ascii), s)
}

// SparkText is a rune for each of values: one of eight heights between 0 and top, also for 0 itself, so that only a gap, which NaN
// stands for, is blank.
func SparkText(values []float64, top float64, ascii bool) string {
	marks := lowerBlocks[:]
	if ascii {
		marks = []rune(" ._-=+*%#")
	}
	text := make([]rune, len(values))
	for i, v := range values {
		text[i] = marks[sparkHeight(v, top)]
	}
	return string(text)
}

// sparkHeight is 1 to 8, or 0 for what has no height.
func sparkHeight(v, top float64) int {
	switch {
	case !(v >= 0):
		return 0
	case v == 0 || !(top > 0):
		return 1
	}
	return int(min(max(math.Round(v/top*8), 1), 8)) // bounded before it is made an int: v may be infinite
}
