package canvas

import (
	"math"
	"testing"
)

// A column has one of eight heights from 0 up; nothing measured is a gap, and what is not nothing is never more than the top.
func TestSparkText(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		values      []float64
		top         float64
		want, ascii string
	}{
		{nil, 1, "", ""},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, 8, "▁▁▂▃▄▅▆▇█", ".._-=+*%#"},
		{[]float64{0, nan, 50, 100, 250}, 100, "▁ ▄██", ". =##"},
		{[]float64{nan, nan}, 1, "  ", "  "},
		{[]float64{0, 0, nan}, 0, "▁▁ ", ".. "},
		{[]float64{-1, math.Inf(1)}, 10, " █", " #"},
		{[]float64{95, 96, 97}, 97, "███", "###"},
	} {
		if got := SparkText(tt.values, tt.top, false); got != tt.want {
			t.Errorf("%v of %v is %q, want %q", tt.values, tt.top, got, tt.want)
		}
		if got := SparkText(tt.values, tt.top, true); got != tt.ascii {
			t.Errorf("%v of %v in ASCII is %q, want %q", tt.values, tt.top, got, tt.ascii)
		}
	}
}

// Of more values than there is room for the newest are drawn, and nothing beside them.
func TestSparkInAGrid(t *testing.T) {
	g := &Grid{}
	g.Reset(8, 1)
	g.Spark(2, 0, 3, []float64{8, 8, 2, 4, 6}, 8, false, 0)
	same(t, g, "\n\t  ▂▄▆\n")
}
