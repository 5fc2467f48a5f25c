package runner

import (
	"math"
	"runtime"
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
	samples      []metrics.Sample
	sched, pause countsSince
}

func newClientMeter() *clientMeter {
	m := &clientMeter{at: time.Now(), cpu: processCPU(), samples: []metrics.Sample{{Name: schedLatencies}, {Name: gcPauses}}}
	m.readRuntime(new(Client))
	return m
}

// measure writes CPU share, scheduler latency and GC pause since the last call. After less than shortestMeasure it repeats itself.
func (m *clientMeter) measure(c *Client) {
	now := time.Now()
	wall := now.Sub(m.at)
	if wall < shortestMeasure {
		*c = m.last
		return
	}
	cpu := processCPU()
	c.Cores = float64(runtime.GOMAXPROCS(0)) // heeds a container's CPU limit
	c.CPUPercent = min(100, 100*float64(cpu-m.cpu)/(float64(wall)*c.Cores))
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

// update is the quantile q of what came to h since the last call: the upper bound of its bucket. It is 0 when nothing came.
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
		if sum < rank && sum+n-s.before[i] >= rank {
			value = bucketTop(h.Buckets, i)
		}
		sum += n - s.before[i]
		s.before[i] = n
	}
	return value
}

// bucketTop is the upper bound of bucket i, or the lower one where there is none.
func bucketTop(edges []float64, i int) time.Duration {
	top := edges[i+1]
	if math.IsInf(top, 1) {
		top = edges[i]
	}
	return seconds(max(0, top))
}
