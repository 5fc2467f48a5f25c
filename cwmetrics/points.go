package cwmetrics

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// settled is how long after its end a period is taken as complete whatever is missing: CloudWatch publishes within three minutes.
const settled = 5 * time.Minute

// row is what CloudWatch has for one period, by the id of a column. What is absent was not published.
type row map[string]float64

// rows of one period length, by the start in Unix seconds.
type rows map[int64]row

func (r rows) put(at time.Time, id string, v float64) {
	one := r[at.Unix()]
	if one == nil {
		one = row{}
		r[at.Unix()] = one
	}
	one[id] = v
}

// sorted starts, oldest first.
func (r rows) sorted() []int64 { return slices.Sorted(maps.Keys(r)) }

// sort an answer into rows of the question's period and of its fresh one. Periods that had not ended at now, or that started before
// start, are left out: CloudWatch answers with the part of a period that it has.
func (q question) sort(a answer, start, now time.Time) (points, fresh rows) {
	points, fresh = rows{}, rows{}
	a.each(func(id string, at time.Time, v float64) {
		to, period := points, q.period
		if name, ok := strings.CutPrefix(id, freshPrefix); ok {
			id, to, period = name, fresh, q.fresh
		}
		if !at.Before(start) && !at.Add(period).After(now) {
			to.put(at, id, v)
		}
	})
	return points, fresh
}

// points of rows, oldest first.
func (q question) points(r rows, now time.Time) []Point {
	points := make([]Point, 0, len(r))
	for _, at := range r.sorted() {
		points = append(points, q.point(r[at], time.Unix(at, 0).UTC(), q.period))
	}
	q.markComplete(points, now)
	return points
}

// markComplete marks the periods of which nothing more is to be expected: all that the endpoint publishes is there, for it or for a
// later one, or it ended long ago. So what is complete is always the older part of points.
func (q question) markComplete(points []Point, now time.Time) {
	var cpu, model, overhead, invocations bool
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		cpu = cpu || p.CPU != nil || q.serverless
		model = model || p.Model != nil
		overhead = overhead || p.Overhead != nil
		invocations = invocations || p.Invocations != nil
		p.Complete = cpu && model && overhead && invocations || now.Sub(p.End()) >= settled
	}
}

// newestFresh is the utilisation of the newest period that has any, nil when there is none that ends after a time.
func (q question) newestFresh(r rows, after time.Time) *Point {
	starts := r.sorted()
	if len(starts) == 0 {
		return nil
	}
	at := starts[len(starts)-1]
	p := q.point(r[at], time.Unix(at, 0).UTC(), q.fresh)
	if !p.End().After(after) {
		return nil
	}
	return &p
}

func (q question) point(r row, at time.Time, period time.Duration) Point {
	return Point{
		At: at, Period: period,
		CPU: r.utilization("cpu", q.cpus), Memory: r.utilization("memory", 1),
		GPU: r.utilization("gpu", q.gpus), GPUMem: r.utilization("gpumemory", q.gpus),
		Model: r.latency("model"), Overhead: r.latency("overhead"),
		Invocations: r.sum("invocations"), PerInstance: r.sum("perinstance"),
		Errors4XX: r.sum("errors4xx"), Errors5XX: r.sum("errors5xx"), ModelErrors: r.sum("modelerrors"),
	}
}

// four reads the statistics that every metric but a sum has: all of them or none.
func (r row) four(key string) (average, maximum, minimum, samples float64, ok bool) {
	found := 0
	read := func(stat string) float64 {
		v, ok := r[key+stat]
		if ok {
			found++
		}
		return v
	}
	average, maximum, minimum, samples = read("_average"), read("_maximum"), read("_minimum"), read("_samplecount")
	return average, maximum, minimum, samples, found == 4
}

func (r row) utilization(key string, units int) *Utilization {
	average, maximum, minimum, samples, ok := r.four(key)
	if !ok {
		return nil
	}
	u := &Utilization{Average: average, Maximum: maximum, Minimum: minimum, Samples: samples, Units: units}
	if units > 0 {
		u.Share = new(average / float64(units))
	}
	return u
}

func (r row) latency(key string) *Latency {
	average, maximum, minimum, samples, ok := r.four(key)
	if !ok {
		return nil
	}
	return &Latency{
		Mean: micros(average), Min: micros(minimum), Max: micros(maximum), Samples: samples,
		P50: r.percentile(key + "_p50"), P90: r.percentile(key + "_p90"), P99: r.percentile(key + "_p99"),
	}
}

func (r row) percentile(id string) *time.Duration {
	if v, ok := r[id]; ok {
		return new(micros(v))
	}
	return nil
}

func (r row) sum(key string) *float64 {
	if v, ok := r[key+"_sum"]; ok {
		return &v
	}
	return nil
}

// micros is CloudWatch's microseconds as a Duration.
func micros(us float64) time.Duration { return time.Duration(us * float64(time.Microsecond)) }
