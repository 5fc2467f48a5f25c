package runner

import (
	"math"
	"net/netip"
	"os"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"
)

// What the runtime measures of itself.
const (
	schedLatencies = "/sched/latencies:seconds"
	gcPauses       = "/sched/pauses/total/gc:seconds"
)

// shortestMeasure is the least time whose CPU share says anything: the system counts CPU time in steps of milliseconds.
const shortestMeasure = 100 * time.Millisecond

// clientMeter measures what this process costs from one call to the next. Its buffers are used again.
type clientMeter struct {
	at           time.Time
	cpu          time.Duration
	last         Client
	allowance    allowance
	link         link
	local        *netip.Addr // of the load's own connections, as last seen
	samples      []metrics.Sample
	sched, pause countsSince
}

func newClientMeter(local *netip.Addr) *clientMeter {
	m := &clientMeter{at: time.Now(), cpu: processCPU(), local: local, link: newLink(os.DirFS("/")), samples: []metrics.Sample{{Name: schedLatencies}, {Name: gcPauses}}}
	m.allowance = newAllowance(m.at)
	m.readRuntime(new(Client))
	return m
}

// measure writes CPU shares, the link's, scheduler latency and GC pause since the last call. After less than shortestMeasure it repeats itself.
func (m *clientMeter) measure(c *Client) {
	now := time.Now()
	wall := now.Sub(m.at)
	if wall < shortestMeasure {
		*c = m.last
		return
	}
	cpu := processCPU()
	c.Cores, c.Throttled, c.MachinePercent = m.allowance.cores(now), m.allowance.throttled, m.allowance.busy
	c.CPUPercent = min(100, 100*float64(cpu-m.cpu)/(float64(wall)*c.Cores))
	c.LinkPercent = m.link.percent(*m.local, now)
	m.readRuntime(c)
	m.at, m.cpu, m.last = now, cpu, *c
}

func (m *clientMeter) readRuntime(c *Client) {
	metrics.Read(m.samples) // fills the histograms that the samples had the last time
	if h := histogramOf(m.samples[0]); h != nil {
		c.SchedP99 = m.sched.update(h, 0.99)
	}
	if h := histogramOf(m.samples[1]); h != nil {
		c.GCPause = m.pause.update(h, 1)
	}
}

// histogramOf is nil on a runtime that does not have the metric.
func histogramOf(s metrics.Sample) *metrics.Float64Histogram {
	if s.Value.Kind() != metrics.KindFloat64Histogram {
		return nil
	}
	return s.Value.Float64Histogram()
}

// processCPU is the CPU time, user and system, of this process. It is 0 where the system does not say.
func processCPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// countsSince remembers a histogram that only grows, to see what came to it.
type countsSince struct{ before []uint64 }

// update is the quantile q of what came to h since the last call, by a line through its bucket: buckets are up to a quarter wide, and
// their bounds would be that far off. The greatest, of q 1, is its bucket's upper bound. It is 0 when nothing came.
func (s *countsSince) update(h *metrics.Float64Histogram, q float64) time.Duration {
	if len(s.before) != len(h.Counts) {
		s.before = make([]uint64, len(h.Counts))
	}
	var total uint64
	for i, n := range h.Counts {
		total += n - s.before[i]
	}
	rank := uint64(math.Ceil(q * float64(total)))
	var sum uint64
	var value time.Duration
	for i, n := range h.Counts {
		fresh := n - s.before[i]
		if sum < rank && sum+fresh >= rank {
			value = inBucket(h.Buckets, i, float64(rank-sum)/float64(fresh))
		}
		sum += fresh
		s.before[i] = n
	}
	return value
}

// inBucket is the value at a share of bucket i, or the bound that it has where the other one is infinite.
func inBucket(edges []float64, i int, share float64) time.Duration {
	low, high := edges[i], edges[i+1]
	switch {
	case math.IsInf(high, 1):
		high = low
	case math.IsInf(low, -1):
		low = high
	}
	return seconds(max(0, low+share*(high-low)))
}
