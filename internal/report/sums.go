package report

import (
	"sagetop/runner"
)

// sums are what a page and Locust's tables show of a run and no State has: histograms. They take in the Deltas that its Book does.
type sums struct {
	curves curves
	tables *locust
}

func newSums(history func(table []byte)) *sums { return &sums{tables: newLocust(history)} }

func (s *sums) add(d *runner.Delta) {
	s.curves.add(d)
	s.tables.add(d)
}

// curves are the whole run's times, without warm-up.
type curves struct{ response, service, failure runner.Hist }

func (c *curves) add(d *runner.Delta) {
	if d.Plan.Warmup {
		return
	}
	c.response.Merge(d.Hist[runner.Response])
	c.service.Merge(d.Hist[runner.Service])
	c.failure.Merge(d.Hist[runner.FailureLat])
}
