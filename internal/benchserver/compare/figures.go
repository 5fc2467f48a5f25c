package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// unknown is a figure that could not be measured.
var unknown = math.NaN()

// series has one figure a round; unknown ones are left out of what is said about it.
type series []float64

func (s series) known() series {
	k := slices.DeleteFunc(slices.Clone(s), math.IsNaN)
	slices.Sort(k)
	return k
}

// median is unknown when nothing is known.
func (s series) median() float64 {
	k := s.known()
	if len(k) == 0 {
		return unknown
	}
	return (k[(len(k)-1)/2] + k[len(k)/2]) / 2
}

// text is the median, with least and greatest behind it where there is more than one.
func (s series) text() string {
	k := s.known()
	switch len(k) {
	case 0:
		return "-"
	case 1:
		return number(k[0])
	}
	return fmt.Sprintf("%s (%s-%s)", number(s.median()), number(k[0]), number(k[len(k)-1]))
}

// number has three significant digits.
func number(x float64) string {
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return "-"
	case a >= 100:
		return fmt.Sprintf("%.0f", x)
	case a >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// over divides round by round: both figures of a ratio are of the same minute.
func (s series) over(o series) series {
	var ratios series
	for i := range min(len(s), len(o)) {
		ratios = append(ratios, s[i]/o[i])
	}
	return ratios
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// perRequest is what one request cost in microseconds.
func perRequest(d time.Duration, requests uint64) float64 {
	if requests == 0 {
		return unknown
	}
	return micros(d) / float64(requests)
}
