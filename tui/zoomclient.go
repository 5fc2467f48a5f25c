package tui

import (
	"fmt"
	"math"
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
	past history
}

// history of a figure. One without of has none.
type history struct {
	of    func(*runner.Second) float64 // NaN where a second does not say
	write func(float64) string
	worst bool    // of the seconds in a column; else their mean
	least float64 // of its height, so that what is far from mattering is low
}

// Cells of a figure in the client's text.
const (
	grownLabel = 12
	grownValue = 10
	leastHalf  = 27 // for each of two columns of figures
	leastPast  = 3  // for a history
)

// clientText is every figure of the client: over the last ten seconds, and as a history. Where they and their head do not fit into
// so many rows two stand side by side; 0: they never do.
func (f *frame) clientText(w, rows int, scale int64) text {
	figures := f.clientFigures()
	if rows > 0 && rows < len(figures)+1 && w >= 2*leastHalf {
		return f.clientHalves(figures, w, scale)
	}
	cells := grownLabel + grownValue
	most := w >= cells+grownValue+2+leastPast*8
	if most {
		cells += grownValue
	}
	p := newStrip(f.st.Load.Seconds, w-cells-2, scale)
	t := text{title: clientTitle(&p)}
	if most {
		t.head = []row{{{fmt.Sprintf("%*s%*s", grownLabel+grownValue, "10s", grownValue, "most"), dim}}}
	}
	t.n, t.at = len(figures), func(i int) row { return f.grownRow(&figures[i], &p, most) }
	return t
}

func clientTitle(p *strip) string {
	if p.columns == 0 {
		return "Client, the last 10 s"
	}
	return fmt.Sprintf("Client, the last 10 s; history, %d s a column", p.scale)
}

// clientHalves sets figures side by side.
func (f *frame) clientHalves(figures []grown, w int, scale int64) text {
	each := (w - 2) / 2
	p := newStrip(f.st.Load.Seconds, each-grownLabel-grownValue-2, scale)
	t := text{title: clientTitle(&p)}
	height := (len(figures) + 1) / 2
	t.n, t.at = height, func(i int) row {
		l := f.grownRow(&figures[i], &p, false)
		if other := i + height; other < len(figures) {
			mark := piece{" ", plain}
			if figures[other].wrong {
				mark = piece{"!", bad}
			}
			l = append(l, piece{strings.Repeat(" ", max(each-canvas.Width(l.String()), 0)+1), plain}, mark)
			l = append(l, f.grownRow(&figures[other], &p, false)...)
		}
		return l
	}
	return t
}

// grownRow is label, value, the most that it was, and history.
func (f *frame) grownRow(g *grown, p *strip, most bool) row {
	style, top := plain, ""
	if g.wrong {
		style = bad
	}
	gap := max(grownLabel+grownValue-canvas.Width(g.label)-canvas.Width(g.value), 1)
	l := row{{g.label + strings.Repeat(" ", gap) + g.value, style}}
	if g.past.of == nil || p.columns == 0 {
		return l
	}
	values := p.values(&g.past)
	_, highest := span(values)
	if most {
		if highest >= 0 {
			top = g.past.write(highest)
		}
		l = append(l, piece{fmt.Sprintf("%*s", grownValue, top), dim})
	}
	return append(l, piece{"  ", plain}, piece{canvas.SparkText(values, max(highest, g.past.least), f.ascii), seriesOK})
}

// clientFigures are in the order of what matters.
func (f *frame) clientFigures() []grown {
	w, load := f.recent(), &f.st.Load
	users := counted(func(s *runner.Second) int { return s.Users })
	l := []grown{{entry: f.asked()}}
	if load.Plan.Loop == runner.Open {
		l = append(l, grown{entry{"users", fmt.Sprintf("%d of %d", load.Users, load.Plan.Users), false}, users})
	} else {
		l[0].past = users
	}
	l = append(
		l,
		grown{entry{"done", rateText(w.TPS()) + "/s", false}, history{of: (*runner.Second).TPS, write: perSecondText}},
		grown{entry: entry{"peak 1s", wholeRate(load.Run.Peak) + "/s", false}},
	)
	l = append(l, f.yieldFigures(w)...)
	l = append(
		l,
		grown{entry{"failed", failedText(w, grownValue), w.Failed > 0}, history{of: (*runner.Second).FailedPerSecond, write: perSecondText}},
		grown{entry{"in flight", strconv.Itoa(load.InFlight), false}, counted(func(s *runner.Second) int { return s.InFlight })},
	)
	if load.Plan.Loop == runner.Open {
		l = append(l, f.scheduleFigures(w)...)
	}
	l = append(l, f.machineFigures(w)...)
	l = append(
		l,
		grown{entry{"bytes out", bytesText(share(w.BytesOut, w.Length)), false}, bytesEach(func(s *runner.Second) int64 { return s.BytesOut })},
		grown{entry{"bytes in", bytesText(share(w.BytesIn, w.Length)), false}, bytesEach(func(s *runner.Second) int64 { return s.BytesIn })},
		grown{entry: entry{"total sent", strconv.FormatUint(load.Total.Sent, 10), false}},
		grown{entry: entry{"total ok", strconv.FormatUint(load.Total.OK, 10), false}},
		grown{entry: entry{"total failed", strconv.FormatUint(load.Total.Failed, 10), false}},
	)
	if load.Missing > 0 {
		l = append(l, grown{entry: entry{"deltas lost", strconv.FormatUint(load.Missing, 10), true}})
	}
	return l
}

// scheduleFigures say what became of the schedule of an open loop.
func (f *frame) scheduleFigures(w *runner.Window) []grown {
	lag, wait := &w.Stats[runner.SendLag], &w.Stats[runner.PoolWait]
	due := counted(func(s *runner.Second) int { return s.Due })
	due.worst = true
	return []grown{
		{f.openEntries(w)[1], due},
		{entry: entry{"never sent", strconv.FormatUint(f.st.Load.Total.Unsent, 10), false}},
		{entry: entry{"lag p50", withUnit(figure(lag, colP50)), false}},
		{f.late(w), delayed(tailOf(runner.SendLag))},
		{entry: entry{"lag max", withUnit(figure(lag, colMax)), false}},
		{entry{"wait p99", tail(wait), wait.P99 >= sizing.ClientLate}, delayed(tailOf(runner.PoolWait))},
		{entry: entry{"wait max", withUnit(figure(wait, colMax)), false}},
	}
}

// machineFigures are what the client costs, and what it runs on.
func (f *frame) machineFigures(w *runner.Window) []grown {
	c := &w.Client
	own, machine, rtt := "-", "-", "-"
	if w.Length > 0 {
		own = wholePercent(c.CPUPercent)
	}
	if c.MachinePercent > 0 {
		machine = wholePercent(c.MachinePercent)
	}
	if c.RTT > 0 {
		rtt = withUnit(msText(c.RTT))
	}
	l := []grown{
		{sched(w), delayed(known(func(c *runner.Client) float64 { return float64(c.SchedP99) }))},
		{entry{"GC pause", withUnit(msText(c.GCPause)), false}, delayed(known(func(c *runner.Client) float64 { return float64(c.GCPause) }))},
		{entry{"own CPU", own, c.CPUPercent >= sizing.ClientBusy}, percent(known(func(c *runner.Client) float64 { return c.CPUPercent }))},
		{entry{"machine CPU", machine, c.MachinePercent >= sizing.ClientBusy}, percent(known(func(c *runner.Client) float64 { return orNaN(c.MachinePercent) }))},
		{entry: entry{"cores", rateText(c.Cores), false}},
		{entry{"opened 10s", strconv.Itoa(c.Opened), false}, counted(func(s *runner.Second) int { return s.Client.Opened })},
		{entry: entry{"opened run", strconv.Itoa(f.st.Load.Run.Client.Opened), false}},
		{entry: entry{"RTT", rtt, false}},
	}
	if c.LinkPercent > 0 {
		l = append(l, grown{entry{"link", percentText(c.LinkPercent), sizing.LinkFull(c)}, percent(known(func(c *runner.Client) float64 { return orNaN(c.LinkPercent) }))})
	}
	if c.Throttled > 0 {
		l = append(l, grown{entry{"throttled", percentText(c.Throttled), c.Throttled >= sizing.ClientThrottled}, percent(known(func(c *runner.Client) float64 { return c.Throttled }))})
	}
	return l
}

// counted is the history of a number.
func counted(of func(*runner.Second) int) history {
	return history{of: func(s *runner.Second) float64 { return float64(of(s)) }, write: wholeRate}
}

// bytesEach is the history of bytes a second.
func bytesEach(of func(*runner.Second) int64) history {
	return history{of: func(s *runner.Second) float64 { return share(of(s), s.Covered+s.Draining) }, write: bytesText}
}

// delayed is the history of a delay, the worst in each column.
func delayed(of func(*runner.Second) float64) history {
	write := func(v float64) string { return withUnit(msText(time.Duration(v))) }
	return history{of: of, write: write, worst: true, least: float64(sizing.ClientLate)}
}

// percent is the history of a share, the worst in each column.
func percent(of func(*runner.Second) float64) history {
	return history{of: of, write: wholePercent, worst: true, least: 100}
}

// known is a figure of the client's own, where a second has those.
func known(of func(*runner.Client) float64) func(*runner.Second) float64 {
	return func(s *runner.Second) float64 {
		if s.Client.Cores == 0 {
			return math.NaN()
		}
		return of(&s.Client)
	}
}

func perSecondText(v float64) string { return wholeRate(v) + "/s" }

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

// share of n that a second has.
func share(n int64, length time.Duration) float64 {
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

// strip is the newest seconds as columns of a history, each of scale seconds of the clock, so that a second does not change its
// column.
type strip struct {
	seconds []runner.Second
	columns int
	scale   int64
}

// newStrip has the run as far as it fits, or so many seconds a column.
func newStrip(seconds []runner.Second, columns int, scale int64) strip {
	seconds = seconds[firstActive(seconds):]
	if len(seconds) == 0 || columns < leastPast {
		return strip{}
	}
	first, last := seconds[0].Second, seconds[len(seconds)-1].Second
	if scale == 0 {
		scale = fitting(last-first+1, columns-1) // the first and the last may be parts of a column
	}
	return strip{seconds: seconds, columns: min(columns, int(last/scale-first/scale)+1), scale: scale}
}

// values of a figure, the newest at the end; NaN where nothing is known.
func (p *strip) values(h *history) []float64 {
	out, count := gaps(p.columns), make([]float64, p.columns)
	last := p.seconds[len(p.seconds)-1].Second
	for i := len(p.seconds) - 1; i >= 0; i-- {
		s := &p.seconds[i]
		c := p.columns - 1 - int(last/p.scale-s.Second/p.scale)
		if c < 0 {
			break
		}
		v := h.of(s)
		switch {
		case math.IsNaN(v):
			continue
		case count[c] == 0:
			out[c] = v
		case h.worst:
			out[c] = max(out[c], v)
		default:
			out[c] += v
		}
		count[c]++
	}
	for c := range out {
		if !h.worst {
			out[c] /= count[c] // a gap stays one
		}
	}
	return out
}
