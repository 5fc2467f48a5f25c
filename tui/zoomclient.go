package tui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/tui/canvas"
)

// grown is a figure of the client, and how it went.
type grown struct {
	entry
	of    func(*runner.Second) float64 // NaN where a second does not say; nil: no history
	worst bool                         // of the seconds in a column; else their mean
	least float64                      // of the history's height, so that what is far from mattering is low
}

// Cells of a figure in the client's text, and how high the history of a delay is at least.
const (
	grownLabel = 13
	grownValue = 11
	leastHalf  = 27 // for each of two columns of figures
	leastPast  = 3  // cells of a history
	late       = float64(sizing.ClientLate)
)

// clientText is every figure of the client: over the last ten seconds, and as a history. Where they do not fit below each other into
// so many rows two stand side by side; 0: they never do.
func (f *frame) clientText(w, rows int, scale int64) text {
	figures, columns := f.clientFigures(), 1
	if rows > 0 && rows < len(figures) && w >= 2*leastHalf {
		columns = 2
	}
	each := (w - 2*(columns-1)) / columns
	p := newPast(f.st.Load.Seconds, each-grownLabel-grownValue-2, scale)
	t := text{title: "Client, the last 10 s"}
	if p.columns > 0 {
		t.title += fmt.Sprintf("; history, %d s a column", p.scale)
	}
	height := (len(figures) + columns - 1) / columns
	for i := range height {
		l := f.grownRow(&figures[i], &p)
		if other := i + height; columns > 1 && other < len(figures) {
			l = append(l, piece{strings.Repeat(" ", max(each-canvas.Width(l.String()), 0)) + " ", plain})
			mark := piece{" ", plain}
			if figures[other].wrong {
				mark = piece{"!", bad}
			}
			l = append(append(l, mark), f.grownRow(&figures[other], &p)...)
		}
		t.rows = append(t.rows, l)
	}
	return t
}

// grownRow is label, value and history.
func (f *frame) grownRow(g *grown, p *past) row {
	style := plain
	if g.wrong {
		style = bad
	}
	l := row{{fmt.Sprintf("%-*s%*s  ", grownLabel, g.label, grownValue, g.value), style}}
	if g.of == nil || p.columns < leastPast {
		return l
	}
	values := p.values(g.of, g.worst)
	_, most := span(values)
	return append(l, piece{canvas.SparkText(values, max(most, g.least), f.ascii), seriesOK})
}

// clientFigures are in the order of what matters.
func (f *frame) clientFigures() []grown {
	w, load := f.recent(), &f.st.Load
	users := func(s *runner.Second) float64 { return float64(s.Users) }
	l := []grown{{entry: f.asked()}}
	if load.Plan.Loop == runner.Open {
		l = append(l, grown{entry: entry{"users", fmt.Sprintf("%d of %d", load.Users, load.Plan.Users), false}, of: users})
	} else {
		l[0].of = users
	}
	l = append(
		l,
		grown{entry: entry{"done", rateText(w.TPS()) + "/s", false}, of: (*runner.Second).TPS},
		grown{entry: entry{"peak 1s", wholeRate(load.Run.Peak) + "/s", false}},
		grown{entry: entry{"failed", failedText(w, grownValue), w.Failed > 0}, of: (*runner.Second).FailedPerSecond},
		grown{entry: entry{"in flight", strconv.Itoa(load.InFlight), false}, of: func(s *runner.Second) float64 { return float64(s.InFlight) }},
	)
	if load.Plan.Loop == runner.Open {
		l = append(l, f.scheduleFigures(w)...)
	}
	l = append(l, f.machineFigures(w)...)
	l = append(
		l,
		grown{entry: entry{"bytes out", bytesText(rate(w.BytesOut, w.Length)), false}, of: func(s *runner.Second) float64 { return float64(s.BytesOut) }},
		grown{entry: entry{"bytes in", bytesText(rate(w.BytesIn, w.Length)), false}, of: func(s *runner.Second) float64 { return float64(s.BytesIn) }},
		grown{entry: entry{"total sent", strconv.FormatUint(load.Total.Sent, 10), false}},
		grown{entry: entry{"total ok", strconv.FormatUint(load.Total.OK, 10), false}},
		grown{entry: entry{"total failed", strconv.FormatUint(load.Total.Failed, 10), false}},
	)
	if load.Missing > 0 {
		l = append(l, grown{entry: entry{"seconds lost", strconv.FormatUint(load.Missing, 10), true}})
	}
	return l
}

// scheduleFigures say what became of the schedule of an open loop.
func (f *frame) scheduleFigures(w *runner.Window) []grown {
	load := &f.st.Load
	lag, wait := &w.Stats[runner.SendLag], &w.Stats[runner.PoolWait]
	waiting := f.openEntries(w)[1]
	return []grown{
		{entry: waiting, of: func(s *runner.Second) float64 { return float64(s.Due) }, worst: true},
		{entry: entry{"never sent", strconv.FormatUint(load.Total.Unsent, 10), false}},
		{entry: entry{"lag p50", withUnit(figure(lag, colP50)), false}},
		{entry: f.late(w), of: tailOf(runner.SendLag), worst: true, least: late},
		{entry: entry{"lag max", withUnit(figure(lag, colMax)), false}},
		{entry: entry{"wait p99", tail(wait), wait.P99 >= sizing.ClientLate}, of: tailOf(runner.PoolWait), worst: true, least: late},
		{entry: entry{"wait max", withUnit(figure(wait, colMax)), false}},
	}
}

// machineFigures are what the client costs, and what it runs on.
func (f *frame) machineFigures(w *runner.Window) []grown {
	c, share := &w.Client, func(v float64) string { return "-" }
	if w.Length > 0 {
		share = wholePercent
	}
	known := func(of func(*runner.Client) float64) func(*runner.Second) float64 {
		return func(s *runner.Second) float64 {
			if s.Client.Cores == 0 {
				return math.NaN()
			}
			return of(&s.Client)
		}
	}
	out := sizing.OutOfCPU(c)
	l := []grown{
		{entry: sched(w), of: known(func(c *runner.Client) float64 { return float64(c.SchedP99) }), worst: true, least: late},
		{entry: entry{"GC pause", withUnit(msText(c.GCPause)), false}, of: known(func(c *runner.Client) float64 { return float64(c.GCPause) }), worst: true, least: late},
		{entry: entry{"own CPU", share(c.CPUPercent), out && c.CPUPercent >= sizing.ClientBusy}, of: known(func(c *runner.Client) float64 { return c.CPUPercent }), worst: true, least: 100},
		{
			entry: entry{"machine CPU", "-", c.MachinePercent >= sizing.ClientBusy}, worst: true, least: 100,
			of: known(func(c *runner.Client) float64 { return orNaN(c.MachinePercent) }),
		},
		{entry: entry{"cores", rateText(c.Cores), false}},
		{entry: entry{"opened 10s", strconv.Itoa(c.Opened), false}, of: known(func(c *runner.Client) float64 { return float64(c.Opened) })},
		{entry: entry{"opened run", strconv.Itoa(f.st.Load.Run.Client.Opened), false}},
		{entry: entry{"RTT", "-", false}},
	}
	if c.MachinePercent > 0 {
		l[3].value = share(c.MachinePercent)
	}
	if c.RTT > 0 {
		l[7].value = withUnit(msText(c.RTT))
	}
	if c.Throttled > 0 {
		l = append(l, grown{entry: entry{"throttled", percentText(c.Throttled), c.Throttled >= sizing.ClientThrottled}, of: known(func(c *runner.Client) float64 { return c.Throttled }), worst: true, least: 100})
	}
	return l
}

// orNaN is v, where 0 stands for unknown.
func orNaN(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}

// tailOf is the p99 of a measure, where a second has samples enough for one.
func tailOf(m runner.Measure) func(*runner.Second) float64 {
	return func(s *runner.Second) float64 {
		if s.Stats[m].Trust(colP99.p) == runner.Hidden {
			return math.NaN()
		}
		return float64(s.Stats[m].P99)
	}
}

// rate is a second's share of n.
func rate(n int64, length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	return float64(n) / length.Seconds()
}

// bytesText is a rate of bytes: 980 B/s, 12.5 kB/s, 3.1 MB/s.
func bytesText(v float64) string {
	for _, unit := range []string{"B/s", "kB/s", "MB/s"} {
		if v < 999.5 {
			return wholeRate(v) + " " + unit
		}
		v /= 1000
	}
	return rateText(v) + " GB/s"
}

// past is the newest seconds as columns of a history, each of scale seconds of the clock, so that a second does not change its
// column.
type past struct {
	seconds []runner.Second
	columns int
	scale   int64
}

// newPast has the run as far as it fits, or so many seconds a column.
func newPast(seconds []runner.Second, columns int, scale int64) past {
	seconds = seconds[firstActive(seconds):]
	p := past{seconds: seconds, columns: max(columns, 0), scale: scale}
	if p.columns < leastPast {
		p.columns = 0
	}
	if n := len(seconds); scale == 0 && n > 0 {
		p.scale = fitting(seconds[n-1].Second-seconds[0].Second+1, p.columns-1) // the first and the last may be parts of a column
	}
	return p
}

// values of a figure, the newest at the end; NaN where nothing is known.
func (p *past) values(of func(*runner.Second) float64, worst bool) []float64 {
	out, count := gaps(p.columns), make([]float64, p.columns)
	for _, s := range slices.Backward(p.seconds) {
		c := p.columns - 1 - int(p.seconds[len(p.seconds)-1].Second/p.scale-s.Second/p.scale)
		if c < 0 {
			break
		}
		v := of(&s)
		switch {
		case math.IsNaN(v):
			continue
		case count[c] == 0:
			out[c] = v
		case worst:
			out[c] = max(out[c], v)
		default:
			out[c] += v
		}
		count[c]++
	}
	for c := range out {
		if !worst {
			out[c] /= count[c] // a gap stays one
		}
	}
	return out
}
