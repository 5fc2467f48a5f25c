package report

import (
	"math"
	"slices"
	"time"

	"sagetop/runner"
)

// binWidth is the step from one bin of response times to the next, as a share: figures are resampled from coarser counts than the
// histograms', because a thousand merges of these would take minutes.
const binWidth = 0.005

// bin of a duration in microseconds.
func bin(us float64) int { return int(math.Log(max(us, 1)) / binWidth) }

// edge is where bin b begins, in milliseconds.
func edge(b int) float64 { return math.Exp(float64(b)*binWidth) / 1000 }

// second of a run, and what was measured in it.
type second struct {
	at         int64
	ok, failed uint64
	length     time.Duration // that counts for rates
	bins       []binCount    // of successes; a bin may stand there more than once
}

type binCount struct {
	bin int
	n   uint32
}

// measurement has the seconds of a run that its figures are of: those without warm-up, pauses and what a search tried.
type measurement struct {
	all     []second
	classes [runner.NumClasses]uint64 // failures
}

// add takes in what the Ledger's Run does: not the time in which an endpoint was only watched, nor pauses.
func (m *measurement) add(d *runner.Delta) {
	loaded := d.Active() && !d.Plan.Paused
	if d.Plan.Warmup || d.Plan.Trial || !loaded && d.OK+d.Failed == 0 {
		return
	}
	at := m.second(d.Second)
	at.ok += d.OK
	at.failed += d.Failed
	if loaded {
		at.length += d.Covered
	}
	for slot, n := range d.Hist[runner.Response].Slots() {
		at.bins = append(at.bins, binCount{bin(float64(slot[0]+slot[1]) / 2), uint32(n)})
	}
	for i := range d.Errors {
		m.classes[d.Errors[i].Class] += d.Errors[i].Count
	}
}

// second finds the one that is asked for, or makes it. Deltas come nearly in order.
func (m *measurement) second(at int64) *second {
	i := len(m.all)
	for i > 0 && m.all[i-1].at >= at {
		i--
	}
	if i == len(m.all) || m.all[i].at != at {
		m.all = slices.Insert(m.all, i, second{at: at})
	}
	return &m.all[i]
}

// has says whether all of the seconds from from on, to exclusive, were measured.
func (m *measurement) has(from, to int64) bool {
	i, _ := slices.BinarySearchFunc(m.all, from, func(one second, at int64) int { return int(one.at - at) })
	j, _ := slices.BinarySearchFunc(m.all, to, func(one second, at int64) int { return int(one.at - at) })
	return int64(j-i) == to-from
}

// length that counts for rates.
func (m *measurement) length() (d time.Duration) {
	for i := range m.all {
		d += m.all[i].length
	}
	return d
}

// bins that successes fall into, from the first to the last.
func (m *measurement) bins() (first, last int) {
	first = math.MaxInt
	for i := range m.all {
		for _, b := range m.all[i].bins {
			first, last = min(first, b.bin), max(last, b.bin)
		}
	}
	return min(first, last), last
}

func (m *measurement) ok() (n uint64) {
	for i := range m.all {
		n += m.all[i].ok
	}
	return n
}

func (m *measurement) failed() (n uint64) {
	for i := range m.all {
		n += m.all[i].failed
	}
	return n
}

// slowStart says by how many percent answers of the first seconds were slower in the mean than those after them; 0 when they hardly were.
func (m *measurement) slowStart() float64 {
	const startS, worthAWord = 10, 25
	if len(m.all) < 3*startS {
		return 0
	}
	slower := 100 * (mean(m.all[:startS])/mean(m.all[startS:]) - 1)
	if !(slower >= worthAWord) { // also of no success
		return 0
	}
	return slower
}

// mean of the successes of all, in milliseconds.
func mean(all []second) float64 {
	sum, n := 0.0, 0.0
	for i := range all {
		for _, b := range all[i].bins {
			sum += float64(b.n) * edge(b.bin)
			n += float64(b.n)
		}
	}
	return sum / n
}
