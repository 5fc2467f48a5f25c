package tui

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// What is worth a mark in the endpoint's figures, in percent.
const (
	gpuFull    = 90.0
	memoryHigh = 80.0 // below it is noise and not shown
)

// modelGrown is how many times its least ModelLatency must be for a mark, when something is wrong anyway.
const modelGrown = 1.5

// line of the endpoint's panel. A share of 0 or more is also drawn as a bar.
type line struct {
	text  string
	wrong bool
	share float64
}

func textLine(text string, wrong bool) line { return line{text, wrong, -1} }

// endpointPanel is what CloudWatch says of one period.
func (f *frame) endpointPanel() {
	r := f.layout.endpoint
	if r.Empty() {
		return
	}
	p := newest(f.st.Points)
	f.heading(r, "Endpoint"+f.periodText(p))
	rows := r.H - 1
	if r.H == endpointRows && r.W > 40 { // two columns of lines
		lines := f.endpointLines(p, r.W/2)
		half := canvas.Rect{X: r.X, Y: r.Y, W: r.W / 2, H: r.H}
		f.flow(half, lines[:min(rows, len(lines))])
		half.X += half.W
		half.W = r.W - half.W
		f.flow(half, lines[min(rows, len(lines)):])
		return
	}
	lines := f.endpointLines(p, r.W)
	f.flow(r, lines)
	f.history(r, len(lines))
}

// flow writes lines; those that do not fit are left out from the end.
func (f *frame) flow(r canvas.Rect, lines []line) {
	for i, l := range lines {
		f.text(r, i, l.text, l.wrong)
		x := r.X + 1 + canvas.Width(l.text) + 1
		if w := min(r.X+r.W-1-x, 40); l.share >= 0 && w >= 4 && i < r.H-1 {
			style := plain
			if l.wrong {
				style = bad
			}
			f.g.Bar(x, r.Y+1+i, w, l.share/100, f.ascii, style)
		}
	}
}

// newest point that has both what the hosts and what the invocations say; one of them publishes earlier. While nothing is sent there
// are no invocations, so after two periods the newest point counts as it is.
func newest(points []cwmetrics.Point) *cwmetrics.Point {
	if len(points) == 0 {
		return nil
	}
	last := &points[len(points)-1]
	for i := len(points) - 1; i >= max(0, len(points)-3); i-- {
		if p := &points[i]; p.CPU != nil && p.Model != nil {
			return p
		}
	}
	return last
}

// periodText is ", minute 14:03".
func (f *frame) periodText(p *cwmetrics.Point) string {
	if p == nil {
		return ""
	}
	return ", " + sizing.PeriodText(p.At, p.Period)
}

// endpointLines are in the order of what matters. w is the width of the panel.
func (f *frame) endpointLines(p *cwmetrics.Point, w int) []line {
	problems := f.problemLines(w - 2)
	if p == nil {
		return append(problems, f.figureLines(&cwmetrics.Point{})...)
	}
	l := f.figureLines(p)
	if len(problems) > 0 {
		return append(l, problems...)
	}
	if next := f.nextPoint(); next != "" {
		l = append(l, textLine(next, false))
	}
	return l
}

// problemLines say why there are no (new) points.
func (f *frame) problemLines(w int) []line {
	var text string
	switch p := f.st.Sample.Problem; {
	case !f.st.Info.CloudWatch:
		return []line{textLine("not polled", false)}
	case p == nil:
		return nil
	case p.Permission != "":
		text = "denied: grant " + p.Permission
	case p.Throttled:
		text = "CloudWatch throttles, retrying"
	default:
		text = p.Message
	}
	var l []line
	for i, part := range wrap(text, w) {
		l = append(l, textLine(part, i == 0))
	}
	return l
}

func (f *frame) figureLines(p *cwmetrics.Point) []line {
	l := []line{f.utilization("CPU", p.CPU, sizing.CPUFull)}
	if p.GPU != nil {
		l = append(l, f.utilization("GPU", p.GPU, gpuFull))
	}
	if p.Memory != nil && p.Memory.Average >= memoryHigh {
		l = append(l, line{"memory " + percentText(p.Memory.Average), p.Memory.Average >= sizing.MemoryFull, p.Memory.Average})
	}
	l = append(l, f.modelLine(p), textLine("Overhead "+latencyText(p.Overhead), false), f.invocationLine(p))
	wrong := above0(p.Errors4XX) || above0(p.Errors5XX)
	return append(l, textLine("4xx "+numberText(p.Errors4XX)+"  5xx "+numberText(p.Errors5XX), wrong))
}

// utilization is the share of everything, and the sum as AWS prints it.
func (f *frame) utilization(name string, u *cwmetrics.Utilization, full float64) line {
	switch {
	case u == nil:
		return textLine(name+" -", false)
	case u.Share == nil:
		return textLine(fmt.Sprintf("%s %.0f%% of ? cores (--vcpus)", name, u.Average), false)
	}
	text := fmt.Sprintf("%s %s %.0f/%d", name, percentText(*u.Share), u.Average, 100*u.Units)
	if f.component() != nil {
		text = fmt.Sprintf("%s %s of reserved", name, percentText(*u.Share))
	}
	return line{text, *u.Share >= full, *u.Share}
}

func (f *frame) modelLine(p *cwmetrics.Point) line {
	text := "ModelLat " + latencyText(p.Model)
	if p.Model == nil {
		return textLine(text, false)
	}
	if p99 := p.Model.P99; p99 != nil {
		text += "  p99 " + msFine(*p99)
	}
	return textLine(text, f.limited() && float64(p.Model.Mean) >= modelGrown*float64(f.leastModel()))
}

// limited says that something is wrong with the endpoint.
func (f *frame) limited() bool {
	return len(f.st.Findings) > 0 && f.st.Findings[0].Severity == sizing.Critical
}

// leastModel is the least mean ModelLatency of the run.
func (f *frame) leastModel() time.Duration {
	least := time.Duration(math.MaxInt64)
	for i := range f.st.Points {
		if m := f.st.Points[i].Model; m != nil {
			least = min(least, m.Mean)
		}
	}
	return least
}

// invocationLine compares what CloudWatch counted with what ended here in the same period.
func (f *frame) invocationLine(p *cwmetrics.Point) line {
	text := "Invoc " + numberText(p.Invocations)
	for i := len(f.st.Load.Periods) - 1; i >= 0 && !p.At.IsZero(); i-- {
		if w := &f.st.Load.Periods[i]; w.From == p.At.Unix() {
			text += ", ours " + strconv.FormatUint(w.Ended(), 10)
			break
		}
	}
	return textLine(text, false)
}

func latencyText(l *cwmetrics.Latency) string {
	if l == nil {
		return "-"
	}
	return msFine(l.Mean)
}

func numberText(v *float64) string {
	if v == nil {
		return "-"
	}
	return strconv.FormatFloat(*v, 'f', 0, 64)
}

func above0(v *float64) bool { return v != nil && *v > 0 }

// history of CPU over the newest periods, where a panel has rows to spare.
func (f *frame) history(r canvas.Rect, row int) {
	if row+2 >= r.H-1 || len(f.st.Points) < 3 {
		return
	}
	w := r.W - 14
	values := make([]float64, 0, w)
	for i := max(0, len(f.st.Points)-w); i < len(f.st.Points); i++ {
		v := math.NaN()
		if c := f.st.Points[i].CPU; c != nil && c.Share != nil {
			v = *c.Share
		}
		values = append(values, v)
	}
	f.text(r, row+1, "CPU so far", false)
	f.g.Spark(r.X+12, r.Y+2+row, w, values, 100, f.ascii, seriesOK)
}
