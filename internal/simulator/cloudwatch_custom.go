package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// What is remembered of custom metrics.
const (
	maxCustomMetrics = 10_000  // distinct ones
	maxCustomValues  = 500_000 // of all periods together
)

// customMetrics are what PutMetricData brought. When they have become too many, the older half is forgotten.
type customMetrics struct {
	mu     sync.Mutex
	byKey  map[string]*customMetric
	values int
}

// customMetric has its points by unit and by the begin of their period.
type customMetric struct {
	metric
	units map[string]map[time.Duration]*model.Tally
}

// put books d in the period that begins at begin.
func (c *customMetrics) put(namespace string, d *datum, begin time.Duration) *wire.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byKey) >= maxCustomMetrics || c.values >= maxCustomValues {
		c.forget()
	}
	m := metric{namespace, d.MetricName, append([]dimension{}, d.Dimensions...)}
	known := c.byKey[m.key()]
	if known == nil && len(c.byKey) >= maxCustomMetrics || c.values >= maxCustomValues {
		return &wire.Error{
			Code: "LimitExceededFault", Query: "LimitExceeded", Status: http.StatusBadRequest,
			Message: fmt.Sprintf("No more than %d metrics with %d values can be kept.", maxCustomMetrics, maxCustomValues),
		}
	}
	if known == nil {
		known = &customMetric{m, map[string]map[time.Duration]*model.Tally{}}
		c.byKey[m.key()] = known
	}
	unit := cmp.Or(d.Unit, "None")
	if known.units[unit] == nil {
		known.units[unit] = map[time.Duration]*model.Tally{}
	}
	t := known.units[unit][begin]
	if t == nil {
		t = new(model.Tally)
		known.units[unit][begin] = t
	} else {
		c.values -= t.Len()
	}
	d.addTo(t)
	c.values += t.Len()
	return nil
}

func (d *datum) addTo(t *model.Tally) {
	switch set := d.StatisticValues; {
	case set == nil:
	case *set.Minimum == *set.Maximum: // then the values are known
		t.Add(*set.Minimum, *set.SampleCount)
	default:
		t.AddSet(*set.SampleCount, *set.Sum, *set.Minimum, *set.Maximum)
	}
	if d.Value != nil {
		t.Add(*d.Value, 1)
	}
	for i, value := range d.Values {
		n := 1.0
		if len(d.Counts) > 0 {
			n = d.Counts[i]
		}
		t.Add(value, n)
	}
}

// forget the older half of the periods, and the metrics that had no others.
func (c *customMetrics) forget() {
	var begins []time.Duration
	for _, m := range c.byKey {
		for _, periods := range m.units {
			for begin := range periods {
				begins = append(begins, begin)
			}
		}
	}
	slices.Sort(begins)
	middle := begins[len(begins)/2]
	for key, m := range c.byKey {
		for unit, periods := range m.units {
			for begin, t := range periods {
				if begin < middle {
					delete(periods, begin)
					c.values -= t.Len()
				}
			}
			if len(periods) == 0 {
				delete(m.units, unit)
			}
		}
		if len(m.units) == 0 {
			delete(c.byKey, key)
		}
	}
}

// streams of m's points whose periods begin within [from, to).
func (c *customMetrics) streams(m *metric, unit string, from, to time.Duration) []stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.byKey[m.key()]
	if known == nil {
		return nil
	}
	var out []stream
	for name, periods := range known.units {
		if unit != "" && unit != name {
			continue
		}
		of := stream{unit: name}
		for begin, t := range periods {
			if begin >= from && begin < to {
				of.points = append(of.points, model.Point{At: begin, Summary: t.Summary()})
			}
		}
		out = append(out, of)
	}
	return out
}

// listed are the wanted metrics that have points from then on.
func (c *customMetrics) listed(in *listMetricsInput, from time.Duration) []metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []metric{}
	for _, m := range c.byKey {
		if in.wants(&m.metric) && m.reaches(from) {
			out = append(out, m.metric)
		}
	}
	return out
}

func (m *customMetric) reaches(from time.Duration) bool {
	for _, periods := range m.units {
		for begin := range periods {
			if begin >= from {
				return true
			}
		}
	}
	return false
}
