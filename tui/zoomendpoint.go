package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// period is a row of the endpoint's text: what CloudWatch says of it, and what the client has of the same time.
type period struct {
	*cwmetrics.Point
	ours     *runner.Window // nil: not measured
	count    int            // of instances; 0: not known
	changing bool           // that count
}

// periodColumn of the endpoint's text. Absent is "-".
type periodColumn struct {
	name  string
	cells int
	rank  int // the higher, the sooner it is left out where there is no room
	of    func(*period) (text string, wrong bool)
	has   func(*cwmetrics.Point) bool // nil: always shown; else where some point has it
}

// periodColumns are in the order in which they are shown.
func periodColumns(unit sizing.Unit) []periodColumn {
	count := "inst"
	if unit == sizing.Copy {
		count = unit.Many()
	}
	right := func(text string) (string, bool) { return text, false }
	return []periodColumn{
		{"CPU", 5, 0, func(p *period) (string, bool) { return shareText(p.CPU, sizing.CPUFull) }, nil},
		{"as AWS", 11, 4, func(p *period) (string, bool) { return right(sumText(p.CPU)) }, nil},
		{"hottest", 9, 10, func(p *period) (string, bool) { return right(hottestText(p.CPU)) }, nil},
		{"memory", 7, 6, func(p *period) (string, bool) { return shareText(p.Memory, sizing.MemoryFull) }, func(p *cwmetrics.Point) bool { return p.Memory != nil }},
		{"GPU", 6, 1, func(p *period) (string, bool) { return shareText(p.GPU, gpuFull) }, func(p *cwmetrics.Point) bool { return p.GPU != nil }},
		{"GPU mem", 8, 7, func(p *period) (string, bool) { return shareText(p.GPUMem, gpuFull) }, func(p *cwmetrics.Point) bool { return p.GPUMem != nil }},
		{"ModelLat", 9, 0, func(p *period) (string, bool) { return right(latencyText(p.Model)) }, nil},
		{"p50", 6, 9, func(p *period) (string, bool) { return right(quantileText(p.Model, median)) }, nil},
		{"p99", 6, 1, func(p *period) (string, bool) { return right(quantileText(p.Model, slowest)) }, nil},
		{"max", 6, 10, func(p *period) (string, bool) { return right(maxText(p.Model)) }, nil},
		{"Overhead", 9, 3, func(p *period) (string, bool) { return right(latencyText(p.Overhead)) }, nil},
		{"Invoc", 7, 2, func(p *period) (string, bool) { return right(numberText(p.Invocations)) }, nil},
		{"ours", 7, 2, func(p *period) (string, bool) { return right(p.oursText()) }, nil},
		{"4xx", 6, 2, func(p *period) (string, bool) { return numberText(p.Errors4XX), above0(p.Errors4XX) }, nil},
		{"5xx", 7, 1, func(p *period) (string, bool) { return numberText(p.Errors5XX), above0(p.Errors5XX) }, nil},
		{count, len(count) + 1, 5, func(p *period) (string, bool) { return right(p.instancesText()) }, nil},
		{"each", 7, 8, func(p *period) (string, bool) { return right(numberText(p.PerInstance)) }, nil},
	}
}

// fit leaves out what no point has, and then what has no room in w cells: of what matters least the last first.
func fit(columns []periodColumn, points []cwmetrics.Point, w int) []periodColumn {
	columns = slices.DeleteFunc(columns, func(c periodColumn) bool {
		return c.has != nil && !slices.ContainsFunc(points, func(p cwmetrics.Point) bool { return c.has(&p) })
	})
	for len(columns) > 1 {
		sum, least := 0, 0
		for i, c := range columns {
			sum += c.cells
			if c.rank >= columns[least].rank {
				least = i
			}
		}
		if sum <= w {
			break
		}
		columns = slices.Delete(columns, least, least+1)
	}
	return columns
}

// endpointText is a row for each of CloudWatch's periods, the newest first.
func (f *frame) endpointText(w int) text {
	points := f.st.Points
	t := text{title: "Endpoint, a row for each period"}
	if next := f.nextPoint(); next != "" {
		t.title += ", " + next
	}
	problems := f.problemRows(w)
	if f.st.AutoScaling != nil {
		problems = append(problems, row{f.scalingPiece(w)})
	}
	if len(points) == 0 {
		t.list(append(problems, row{{"CloudWatch has said nothing so far", plain}}))
		return t
	}
	first := len(sizing.PeriodClock(points[0].At, points[0].Period)) + 1
	columns := fit(periodColumns(f.unit()), points, w-first)
	head := strings.Repeat(" ", first)
	for _, c := range columns {
		head += rightward(c.name, c.cells)
	}
	t.head = append(problems, row{{head, dim}})
	t.n, t.at = len(points), func(i int) row { return f.periodRow(&points[len(points)-1-i], first, columns) }
	return t
}

// problemRows say why there are no new points.
func (f *frame) problemRows(w int) (l []row) {
	for _, p := range f.problemLines(w) {
		style := plain
		if p.wrong {
			style = bad
		}
		l = append(l, row{{p.text, style}})
	}
	return l
}

// rightward puts blanks before text, up to so many cells.
func rightward(text string, cells int) string {
	return strings.Repeat(" ", max(cells-len(text), 0)) + text
}

func (f *frame) periodRow(p *cwmetrics.Point, first int, columns []periodColumn) row {
	d := f.period(p)
	at := sizing.PeriodClock(p.At.In(f.st.Now.Location()), p.Period)
	l := make(row, 1, len(columns)+1)
	l[0] = piece{at + strings.Repeat(" ", max(first-len(at), 0)), plain}
	for _, c := range columns {
		text, wrong := c.of(&d)
		style := plain
		if wrong {
			text, style = "!"+text, bad
		}
		l = append(l, piece{rightward(text, c.cells), style})
	}
	return l
}

// period joins p with what the client has of it.
func (f *frame) period(p *cwmetrics.Point) period {
	d := period{Point: p}
	periods := f.st.Load.Periods
	if i, found := slices.BinarySearchFunc(periods, p.At.Unix(), func(w runner.Window, at int64) int { return cmp.Compare(w.From, at) }); found {
		d.ours = &periods[i]
	}
	d.count, d.changing = f.st.Instances(&runner.Window{From: p.At.Unix(), To: p.End().Unix()})
	return d
}

func (p *period) oursText() string {
	if p.ours == nil {
		return "-"
	}
	return strconv.FormatUint(p.ours.Ended(), 10)
}

// instancesText is how many there were; where that changed within the period a > stands behind it.
func (p *period) instancesText() string {
	switch {
	case p.count == 0:
		return "-"
	case p.changing:
		return strconv.Itoa(p.count) + ">"
	}
	return strconv.Itoa(p.count)
}

// shareText is the share of everything.
func shareText(u *cwmetrics.Utilization, full float64) (text string, wrong bool) {
	if u == nil || u.Share == nil {
		return "-", false
	}
	return percentText(*u.Share), *u.Share >= full
}

// sumText is the sum over cores as AWS prints it.
func sumText(u *cwmetrics.Utilization) string {
	switch {
	case u == nil:
		return "-"
	case u.Units == 0:
		return fmt.Sprintf("%.0f/?", u.Average)
	}
	return fmt.Sprintf("%.0f/%d", u.Average, 100*u.Units)
}

// hottestText is the share of the hottest instance.
func hottestText(u *cwmetrics.Utilization) string {
	if u == nil || u.Units == 0 {
		return "-"
	}
	return percentText(u.Maximum / float64(u.Units))
}

func median(l *cwmetrics.Latency) *time.Duration  { return l.P50 }
func slowest(l *cwmetrics.Latency) *time.Duration { return l.P99 }

func quantileText(l *cwmetrics.Latency, of func(*cwmetrics.Latency) *time.Duration) string {
	if l == nil || of(l) == nil {
		return "-"
	}
	return msFine(*of(l))
}

func maxText(l *cwmetrics.Latency) string {
	if l == nil {
		return "-"
	}
	return msFine(l.Max)
}
