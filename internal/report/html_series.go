package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Bounds of what a page draws. A run of two hours is drawn second by second. Of a longer one each stretch of it, a minute of a day's, is
// drawn by the seconds that hold its extremes; no figure is a mean of figures.
const (
	mostSeconds   = 7200
	mostStretches = 1440
	mostKinds     = 5      // of failures, that have a line of their own
	pageTrail     = 10     // seconds that a percentile is taken over: one alone has too few samples for a p99
	periodGap     = 1. / 8 // seconds by which a period's end is drawn before the next one's begin
)

// series is what the page draws. Times are seconds since the start.
type series struct {
	Start   int64        `json:"start"` // Unix
	From    float64      `json:"from"`
	To      float64      `json:"to"`
	SLO     values       `json:"slo"` // at most one, in milliseconds
	Seconds seconds      `json:"seconds"`
	Heat    heatmap      `json:"heat"`
	Kinds   []kind       `json:"kinds"` // of failures
	Server  points       `json:"server"`
	Marks   []mark       `json:"marks"`
	Nines   values       `json:"nines"` // of the curves: 2 is p99
	Curves  []drawnCurve `json:"curves"`
}

// values are numbers of four digits. NaN is a gap: what is not known is not drawn.
type values []float64

// MarshalJSON writes a gap as null.
func (v values) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 6*len(v)+2)
	text = append(text, '[')
	for i, x := range v {
		if i > 0 {
			text = append(text, ',')
		}
		switch {
		case math.IsNaN(x):
			text = append(text, "null"...)
		case x == math.Trunc(x) && math.Abs(x) < 1e15: // times, too, which have more digits
			text = strconv.AppendInt(text, int64(x), 10)
		default:
			text = strconv.AppendFloat(text, x, 'g', 4, 64)
		}
	}
	return append(text, ']'), nil
}

var gap = math.NaN()

// seconds of the run that are drawn. Each is one that was measured.
type seconds struct {
	T        values `json:"t"`
	OK       values `json:"ok"`     // a second
	Failed   values `json:"failed"` // a second
	Asked    values `json:"asked"`  // a second, of an open loop
	P50      values `json:"p50"`
	P90      values `json:"p90"`
	P99      values `json:"p99"`
	Max      values `json:"max"`
	Users    values `json:"users"`
	InFlight values `json:"in_flight"`
	CPU      values `json:"cpu"` // the client's
}

func (c *seconds) all() []*values {
	return []*values{&c.T, &c.OK, &c.Failed, &c.Asked, &c.P50, &c.P90, &c.P99, &c.Max, &c.Users, &c.InFlight, &c.CPU}
}

// kind of failures.
type kind struct {
	Name   string `json:"name"`
	Failed values `json:"failed"` // a second, over each column of the heat map
}

// heatmap counts successes by their response times.
type heatmap struct {
	Width   int64      `json:"width"` // seconds, of a column
	T       values     `json:"t"`     // of its begin
	Edges   values     `json:"edges"` // of the buckets, in milliseconds
	Columns [][]uint32 `json:"columns"`
}

// points are CloudWatch's, each drawn over all of its period.
type points struct {
	T        values `json:"t"`
	CPU      values `json:"cpu"`
	Memory   values `json:"memory"`
	GPU      values `json:"gpu"`
	Model    values `json:"model"`
	ModelP99 values `json:"model_p99"`
	Overhead values `json:"overhead"`
	PerCore  bool   `json:"per_core"` // CPU is a share of all cores, not the sum over them
}

// seriesOf the run, whose own figures s has.
func (u *sums) seriesOf(st *session.State, s *Summary) *series {
	start := st.Info.Started.Unix()
	all := measuredSeconds(st)
	out := &series{
		Start: start, Seconds: drawn(all, start), Heat: heatOf(all, start), Server: serverPoints(s, start), Marks: marksOf(st, s),
		SLO: values{}, Kinds: []kind{}, Nines: nines(), Curves: u.curves.drawn(),
	}
	out.Kinds = out.Heat.kinds(all, start)
	var rules []sizing.Rule
	for _, o := range st.SLOs {
		rules = append(rules, o.Rule)
	}
	if limit, ok := sizing.LatencySLO(rules); ok {
		out.SLO = values{ms(limit)}
	}
	if n := len(all); n > 0 {
		out.To = float64(all[n-1].Second + 1 - start)
	}
	if n := len(out.Server.T); n > 0 {
		out.To = max(out.To, math.Ceil(out.Server.T[n-1]))
	}
	return out
}

// measuredSeconds are those from the start on: the request that is tried first may stand before it.
func measuredSeconds(st *session.State) []runner.Second {
	all := st.Load.Seconds
	first, _ := slices.BinarySearchFunc(all, st.Info.Started.Unix(), func(s runner.Second, at int64) int { return cmp.Compare(s.Second, at) })
	return all[first:]
}

func drawn(all []runner.Second, start int64) seconds {
	var c seconds
	for i := range all {
		s := &all[i]
		if i > 0 && s.Second > all[i-1].Second+1 { // nothing is known of what lies between
			c.add(float64(all[i-1].Second+1-start), gap, gap, gap, gap, gap, gap, gap, gap, gap, gap)
		}
		asked := gap
		if s.Plan.Loop == runner.Open && !s.Ramp && !s.Plan.Paused {
			asked = s.Plan.Rate
		}
		p := trailing(all[:i+1]).Percentiles()
		c.add(float64(s.Second-start), s.TPS(), s.FailedPerSecond(), asked, millis(p[0]), millis(p[1]), millis(p[2]),
			millis(s.Stats[runner.Response].Max), float64(s.Users), float64(s.InFlight), s.Client.CPUPercent)
	}
	c.thin()
	return c
}

func (c *seconds) add(row ...float64) {
	for i, v := range c.all() {
		*v = append(*v, row[i])
	}
}

// trailing are the last seconds, as long as they are of one setting.
func trailing(all []runner.Second) *runner.Spread {
	var p runner.Spread
	last := &all[len(all)-1]
	for i := len(all) - 1; i >= 0 && last.Second-all[i].Second < pageTrail && all[i].Segment == last.Segment; i-- {
		p.Add(&all[i])
	}
	return &p
}

// millis is a gap for what is not known.
func millis(d time.Duration) float64 {
	if d == 0 {
		return gap
	}
	return ms(d)
}

// thin keeps of each stretch of a long run the seconds that hold the least and the most of anything, and those where something is not
// known.
func (c *seconds) thin() {
	n := len(c.T)
	if n <= mostSeconds {
		return
	}
	keep := make([]bool, n)
	keep[0], keep[n-1] = true, true
	for i := range mostStretches {
		from, to := i*n/mostStretches, (i+1)*n/mostStretches
		for _, v := range c.all()[1:] {
			keepExtremes(keep[from:to], (*v)[from:to])
		}
	}
	for _, v := range c.all() {
		kept := values{}
		for i, k := range keep {
			if k {
				kept = append(kept, (*v)[i])
			}
		}
		*v = kept
	}
}

func keepExtremes(keep []bool, v values) {
	least, most, unknown := -1, -1, -1
	for i, x := range v {
		switch {
		case math.IsNaN(x):
			if unknown < 0 {
				unknown = i
			}
			continue
		case least < 0:
			least, most = i, i
		}
		if x < v[least] {
			least = i
		}
		if x > v[most] {
			most = i
		}
	}
	for _, i := range []int{least, most, unknown} {
		if i >= 0 {
			keep[i] = true
		}
	}
}

// heatOf counts in columns of whole seconds.
func heatOf(all []runner.Second, start int64) heatmap {
	h := heatmap{Width: 1, T: values{}, Edges: values{}, Columns: [][]uint32{}}
	if len(all) == 0 {
		return h
	}
	length := all[len(all)-1].Second - all[0].Second + 1
	h.Width = (length + mostStretches - 1) / mostStretches
	low, high := runner.HeatBuckets, 0
	counts := make([][runner.HeatBuckets]uint32, (length+h.Width-1)/h.Width)
	for i := range all {
		column := &counts[(all[i].Second-all[0].Second)/h.Width]
		for b, n := range all[i].Heat {
			if column[b] += n; n > 0 {
				low, high = min(low, b), max(high, b)
			}
		}
	}
	for i := range counts {
		h.T = append(h.T, float64(all[0].Second-start+int64(i)*h.Width))
		h.Columns = append(h.Columns, slices.Clone(counts[i][min(low, high+1):high+1]))
	}
	for b := low; b <= high+1 && low <= high; b++ {
		h.Edges = append(h.Edges, ms(runner.HeatEdge(b)))
	}
	return h
}

// kinds are the failures by class, most frequent first, over the same columns.
func (h *heatmap) kinds(all []runner.Second, start int64) []kind {
	byClass := map[runner.Class]values{}
	total := map[runner.Class]uint64{}
	for i := range all {
		column := (all[i].Second - all[0].Second) / h.Width
		for _, e := range all[i].Errors {
			if byClass[e.Class] == nil {
				byClass[e.Class] = make(values, len(h.T))
			}
			byClass[e.Class][column] += float64(e.Count) / float64(h.Width)
			total[e.Class] += e.Count
		}
	}
	var classes []runner.Class
	for c := range byClass {
		classes = append(classes, c)
	}
	slices.SortFunc(classes, func(a, b runner.Class) int { return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b)) })
	kinds := []kind{}
	for i, c := range classes {
		if i < mostKinds {
			kinds = append(kinds, kind{c.String(), byClass[c]})
			continue
		}
		rest := &kinds[mostKinds-1]
		rest.Name = fmt.Sprintf("%d other classes", len(classes)-mostKinds+1)
		for t, n := range byClass[c] {
			rest.Failed[t] += n
		}
	}
	return kinds
}

func serverPoints(s *Summary, start int64) points {
	p := points{T: values{}, CPU: values{}, Memory: values{}, GPU: values{}, Model: values{}, ModelP99: values{}, Overhead: values{}}
	if s.Server == nil {
		return p
	}
	p.PerCore = slices.ContainsFunc(s.Server.Points, func(q Point) bool { return q.CPUPerCore != nil })
	end := math.Inf(-1)
	for i := range s.Server.Points {
		q := &s.Server.Points[i]
		from := float64(q.T.Unix() - start)
		if !math.IsInf(end, -1) && from > end {
			p.add(end, gap, gap, gap, gap, gap, gap)
		}
		end = from + s.Server.PeriodS
		cpu := q.CPU
		if p.PerCore {
			cpu = q.CPUPerCore
		}
		model, p99, overhead := gap, gap, gap
		if q.Model != nil {
			model, p99 = q.Model.Mean, orGap(q.Model.P99)
		}
		if q.Overhead != nil {
			overhead = q.Overhead.Mean
		}
		for _, t := range []float64{from, end - periodGap} {
			p.add(t, orGap(cpu), orGap(q.Memory), orGap(q.GPU), model, p99, overhead)
		}
	}
	return p
}

func (p *points) add(row ...float64) {
	for i, v := range []*values{&p.T, &p.CPU, &p.Memory, &p.GPU, &p.Model, &p.ModelP99, &p.Overhead} {
		*v = append(*v, row[i])
	}
}

func orGap(x *float64) float64 {
	if x == nil {
		return gap
	}
	return *x
}
