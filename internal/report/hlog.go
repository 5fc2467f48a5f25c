package report

import (
	"bytes"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sagetop/runner"
)

// hlogTags are the tags of the lines of latency.hlog. Successes have none, so that a tool that knows no tags reads the right ones.
var hlogTags = [...]string{"", "failures", "warmup", "warmup-failures", "trial", "trial-failures"}

// Indexes of hlogTags. A Delta of warm-up has both of its kinds warmup later, and one of what a search only tried trial later.
const (
	successes = iota
	failed
	warmup
	_
	trial
)

// hlog makes the lines of an HdrHistogram interval log, version 1.3: response times in microseconds, one interval a second.
//
// A second's Deltas (of several segments or workers) are merged, so an interval is written when the next second comes. A Delta of a
// second already written makes an interval of its own: readers add them up.
type hlog struct {
	base   int64 // Unix second to which the timestamps relate
	second int64
	open   [len(hlogTags)]runner.Hist
	to     *spool
}

func newHlog(start time.Time, to *spool) (*hlog, error) {
	h := &hlog{base: start.Unix(), to: to}
	var text bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&text)
	ms := h.base * 1000
	for _, write := range []func() error{
		w.OutputLogFormatVersion,
		func() error { return w.OutputComment("[Response times in microseconds; Interval_Max in seconds]") },
		func() error { return w.OutputBaseTime(ms) },
		func() error { return w.OutputStartTime(ms) },
		w.OutputLegend,
	} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	to.add(text.Bytes())
	return h, nil
}

// add takes d's histograms; they may be reused afterwards.
func (h *hlog) add(d *runner.Delta) error {
	if d.Second != h.second {
		if err := h.flush(); err != nil {
			return err
		}
		h.second = d.Second
	}
	kind := 0
	switch {
	case d.Plan.Trial:
		kind = trial
	case d.Plan.Warmup:
		kind = warmup
	}
	h.open[kind+successes].Merge(d.Hist[runner.Response])
	h.open[kind+failed].Merge(d.Hist[runner.FailureLat])
	return nil
}

// flush writes the open second.
func (h *hlog) flush() error {
	for i := range h.open {
		if h.open[i].Count() == 0 {
			continue
		}
		if err := h.write(hlogTags[i], &h.open[i]); err != nil {
			return err
		}
		h.open[i].Reset()
	}
	return nil
}

func (h *hlog) write(tag string, hist *runner.Hist) error {
	hdr := hist.HDR()
	from := max(h.second, h.base) * 1000 // a reader knows no negative time
	hdr.SetTag(tag)
	hdr.SetStartTimeMs(from)
	hdr.SetEndTimeMs(from + 1000)
	var text bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&text)
	w.SetBaseTime(h.base * 1000)
	if err := w.OutputIntervalHistogram(hdr); err != nil {
		return err
	}
	h.to.add(text.Bytes())
	return nil
}
