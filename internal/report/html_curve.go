package report

import (
	"math"

	"sagetop/runner"
)

// The percentile plot.
const (
	mostNines  = 7  // it ends with p99.99999
	stepsANine = 20 // a tenth of the requests further
)

// drawnCurve is a curve of percentiles. What few samples carry is apart.
type drawnCurve struct {
	Name  string `json:"name"`
	Firm  values `json:"firm"`
	Rough values `json:"rough"`
}

// nines are where the curves have values: every step to the right is a tenth of the requests before it.
func nines() values {
	var v values
	for i := range mostNines*stepsANine + 1 {
		v = append(v, float64(i)/stepsANine)
	}
	return v
}

func (c *curves) drawn() []drawnCurve {
	all := []drawnCurve{}
	for _, one := range []struct {
		name string
		hist *runner.Hist
	}{{"response time", &c.response}, {"from send", &c.service}, {"failures", &c.failure}} {
		if one.hist.Count() > 0 {
			all = append(all, curve(one.name, one.hist))
		}
	}
	return all
}

func curve(name string, h *runner.Hist) drawnCurve {
	c := drawnCurve{Name: name, Firm: values{}, Rough: values{}}
	samples, last := runner.Stats{Count: h.Count()}, gap
	for _, x := range nines() {
		p := 1 - math.Pow(10, -x)
		trust, value := samples.Trust(p), ms(h.Quantile(p))
		firm, rough := gap, gap
		switch {
		case trust == runner.Firm:
			firm, last = value, value
		case trust == runner.Rough:
			if n := len(c.Rough); n > 0 && !math.IsNaN(last) { // the two parts meet
				c.Rough[n-1], last = last, gap
			}
			rough = value
		}
		c.Firm, c.Rough = append(c.Firm, firm), append(c.Rough, rough)
	}
	return c
}
