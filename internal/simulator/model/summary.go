package model

import (
	"math"
	"slices"
	"strconv"
)

// Summary is what CloudWatch keeps of the values of one metric in one period: enough for every statistic.
type Summary struct {
	count, sum, min, max float64
	values               []weighted // for percentiles
}

type weighted struct{ value, n float64 }

func (s *Summary) add(value, n float64) {
	s.Merge(Summary{count: n, sum: value * n, min: value, max: value, values: []weighted{{value, n}}})
}

func (s *Summary) Merge(o Summary) {
	if o.count == 0 {
		return
	}
	if s.count == 0 {
		s.min, s.max = o.min, o.max
	}
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
	s.count += o.count
	s.sum += o.sum
	s.values = append(s.values, o.values...)
}

// Raise every value by so much.
func (s *Summary) Raise(by float64) {
	s.sum += by * s.count
	s.min, s.max = s.min+by, s.max+by
	s.values = slices.Clone(s.values)
	for i := range s.values {
		s.values[i].value += by
	}
}

// percentile is the least value that at least p percent of all values do not exceed; within [min, max], which are exact.
func (s *Summary) percentile(p float64) float64 {
	slices.SortFunc(s.values, func(a, b weighted) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	rank := max(1, math.Ceil(p/100*s.count))
	seen := 0.0
	for _, v := range s.values {
		if seen += v.n; seen >= rank {
			return min(max(v.value, s.min), s.max)
		}
	}
	return s.max
}

// Statistic of a valid name.
func (s *Summary) Statistic(name string) float64 {
	switch name {
	case "Average":
		return s.sum / s.count
	case "Sum":
		return s.sum
	case "Minimum":
		return s.min
	case "Maximum":
		return s.max
	case "SampleCount":
		return s.count
	}
	p, _ := strconv.ParseFloat(name[1:], 64) // a name that is none is p0
	return s.percentile(p)
}

// Knows tells whether s can say the statistic of that name: of a set whose values nobody told there are no percentiles.
func (s *Summary) Knows(statistic string) bool {
	if statistic[0] != 'p' {
		return true
	}
	told := 0.0
	for _, v := range s.values {
		told += v.n
	}
	return told > s.count*(1-1e-9)
}
