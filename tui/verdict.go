package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// verdict is the first finding with its figures, and what to do about it. Before there is one it says what is waited for.
func (f *frame) verdict() {
	r := f.layout.verdict
	if len(f.st.Findings) == 0 {
		f.waiting(r)
		return
	}
	first := &f.st.Findings[0]
	mark, style := severityMark(first.Severity)
	f.g.Text(r.X+1, r.Y, r.W, mark, style)
	head, rest := f.evidence(first, r.W-5)
	f.g.Text(r.X+4, r.Y, r.W-1, head, style)
	f.g.Text(r.X+4, r.Y+1, r.W-1, cut(f.second(first, rest, r.W-5), r.W-5, f.ascii), plain)
}

func severityMark(s sizing.Severity) (string, canvas.Style) {
	switch s {
	case sizing.Critical:
		return "!!", bad
	case sizing.Warning:
		return "!", bad
	case sizing.Advice:
		return "->", warn
	}
	return "OK", good
}

// evidence spreads the parts of a finding over the first row, as far as they fit with its period, and returns what is left.
func (f *frame) evidence(d *sizing.Finding, w int) (head string, rest []string) {
	parts := strings.Split(d.Evidence, "; ")
	head = f.dated(d, d.ID+": "+parts[0], w)
	parts = append(parts, f.failingNow(d)...)
	for _, p := range append(parts[1:], f.sloText()...) {
		if canvas.Width(head)+2+canvas.Width(p) <= w {
			head += "; " + p
		} else {
			rest = append(rest, p)
		}
	}
	return head, rest
}

// dated is text with the finding's period and how old that is: "CPU 99% at 202 ok/s in minute 14:06, 40s old". Where there is no room
// it leaves out first what stands in brackets, then the age, and then the end of text.
func (f *frame) dated(d *sizing.Finding, text string, w int) string {
	if d.From.IsZero() {
		return cut(withoutBracketsBeyond(text, w), w, f.ascii)
	}
	period := " " + sizing.InPeriod(d.From, d.To.Sub(d.From))
	age := ", " + spanText(f.st.Now.Sub(d.To)) + " old"
	text = withoutBracketsBeyond(text, w-canvas.Width(period+age))
	if canvas.Width(text+period+age) > w {
		age = ""
	}
	return cut(text, w-canvas.Width(period), f.ascii) + period + age
}

// withoutBracketsBeyond is text, without brackets when it is wider than w.
func withoutBracketsBeyond(text string, w int) string {
	if canvas.Width(text) > w {
		return withoutBrackets(text)
	}
	return text
}

// withoutBrackets leaves out what stands in brackets: the same figure in another form.
func withoutBrackets(text string) string {
	before, rest, ok := strings.Cut(text, " (")
	_, after, closed := strings.Cut(rest, ")")
	if !ok || !closed {
		return text
	}
	return before + after
}

// manyFail is from which share of failures on the verdict speaks of them, whatever CloudWatch has said by then.
const manyFail = .05

// failingNow is what the client knows before CloudWatch does: "now 71% fail", unless d says so of its period.
func (f *frame) failingNow(d *sizing.Finding) []string {
	share := f.st.Load.Ten.FailedShare()
	if share < manyFail || f.over() || strings.Contains(d.Evidence, "fail") {
		return nil
	}
	return []string{fmt.Sprintf("now %.0f%% fail", 100*share)}
}

func (f *frame) over() bool {
	return f.st.Phase == session.Drain || f.st.Phase.LoadOver()
}

// sloText is "10s p99 132 < 200 ms" for a rule that was judged: of the trailing ten seconds, and after the load of the whole run.
func (f *frame) sloText() []string {
	span, w := "10s ", &f.st.Load.Ten
	if f.over() {
		span, w = "run ", &f.st.Load.Run
	}
	for _, s := range f.st.SLOs {
		op := s.Rule.Op
		value, verdict := s.Rule.Judge(w)
		switch verdict {
		case sizing.Fail:
			op = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[op]
		case sizing.Unknown:
			continue
		}
		return []string{fmt.Sprintf("%s%s %s %s %s", span, s.Rule.Metric, plainNumber(value), op, ruleLimit(s.Rule))}
	}
	return nil
}

func ruleLimit(r sizing.Rule) string {
	limit := plainNumber(r.Limit)
	switch r.Metric {
	case "errors":
		return limit + "%"
	case "tps", "failures", "tokens":
		return limit + "/s"
	}
	return limit + " ms"
}

// plainNumber has a decimal below 10.
func plainNumber(v float64) string {
	if v < 9.95 {
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// second row: what to do, or where nothing needs doing the main caveat; before it, as far as there is room, what the first row had
// none for.
func (f *frame) second(d *sizing.Finding, rest []string, w int) string {
	text := f.ending()
	switch caveat := f.caveat(); {
	case text != "":
	case d.Severity == sizing.Info && caveat != "":
		text = caveat
	default:
		text = d.Advice
	}
	before := ""
	for _, part := range rest {
		if canvas.Width(before)+canvas.Width(part)+2+canvas.Width(text) > w {
			continue
		}
		if before != "" {
			before = strings.TrimSuffix(before, ". ") + "; "
		}
		before += part + ". "
	}
	return before + text
}

// ending says what the run still waits for once the load is over.
func (f *frame) ending() string {
	switch f.st.Phase {
	case session.Drain:
		return "Load over: requests in flight end (" + strconv.Itoa(f.st.Load.InFlight) + " left)."
	case session.Restore:
		return "Load over: " + f.unit().Many() + " are being put back" + f.unlessPast("; ctrl+c gives that up") + "."
	case session.Settle:
		text := "Load over: awaiting CloudWatch's last points"
		if next := f.nextPoint(); next != "" {
			text += ", " + next
		}
		return text + f.skips() + "."
	}
	return ""
}

// skips says which key ends the wait for CloudWatch, where one does.
func (f *frame) skips() string {
	switch f.st.Place {
	case session.Past:
		return ""
	case session.Away:
		return "; q, then s skips"
	}
	return "; q skips"
}

// caveat is what a reader of the verdict must know before anything else.
func (f *frame) caveat() string {
	switch {
	case f.st.Lost != "":
		return "!the run folder lacks something: " + f.st.Lost
	case f.st.Invalid != nil:
		return "!this run is not valid: " + f.st.Invalid.Title
	case len(f.st.Moved) > 0:
		return "caveat: " + f.st.Moved[len(f.st.Moved)-1]
	case f.st.Info.Payload.Same():
		return "caveat: 1 payload, a cache would flatter this"
	case len(f.st.Info.Notes) > 0:
		return "caveat: " + f.st.Info.Notes[0]
	}
	return ""
}

// waiting is the verdict before there is one.
func (f *frame) waiting(r canvas.Rect) {
	text, second := f.awaited(), f.ending()
	mark, style := "..", dim
	if failing := f.failing(); failing != "" {
		text, mark, style = failing, "!!", bad
		if second == "" {
			second = f.awaited()
		}
	}
	f.g.Text(r.X+1, r.Y, r.W, mark, style)
	f.g.Text(r.X+4, r.Y, r.W-1, cut(text, r.W-5, f.ascii), textStyle(style))
	if second == "" {
		second = f.caveat()
	}
	f.g.Text(r.X+4, r.Y+1, r.W-1, cut(second, r.W-5, f.ascii), plain)
}

// textStyle is that of the words behind a mark.
func textStyle(mark canvas.Style) canvas.Style {
	if mark == dim {
		return plain
	}
	return mark
}

// failing is what is to be said of failures while nothing else can be: "71% of the last 10 s fail: model_error 424".
func (f *frame) failing() string {
	ten := &f.st.Load.Ten
	if ten.FailedShare() < manyFail || f.over() {
		return ""
	}
	text := fmt.Sprintf("%.0f%% of the last 10 s fail", 100*ten.FailedShare())
	if len(ten.Errors) > 0 {
		text += ": " + strings.TrimSpace(ten.Errors[0].Class.String()+" "+ten.Errors[0].Message)
	}
	return text
}

func (f *frame) awaited() string {
	switch p := f.st.Sample.Problem; {
	case f.st.Phase == session.Scale:
		return "the load begins once the " + f.unit().Many() + " are in service"
	case f.idle() && f.st.Phase == session.Watch:
		return "watching: nothing is sent" + f.unlessPast("; "+f.startHint())
	case f.st.Info.Target.Container:
		return "measuring the client alone: a container has no CloudWatch"
	case !f.st.Info.CloudWatch:
		return "measuring the client alone: CloudWatch is off (--no-cloudwatch)"
	case p != nil && p.Permission != "":
		return "CloudWatch denied: grant " + p.Permission
	case p != nil:
		return "no verdict yet: " + p.Message
	case f.st.Phase == session.Done:
		return "no verdict: CloudWatch has no whole period of one setting under load"
	}
	return "measuring: " + f.firstPeriod()
}

// firstPeriod says when there will be something to judge: CloudWatch's first whole period under load, and then its points.
func (f *frame) firstPeriod() string {
	period := f.st.Info.Period
	if period <= 0 {
		period = time.Minute
	}
	begin := f.st.Info.Started
	if i := firstActive(f.st.Load.Seconds); i < len(f.st.Load.Seconds) {
		begin = time.Unix(f.st.Load.Seconds[i].Second, 0)
	}
	closes := begin.Truncate(period).Add(period)
	if !begin.Equal(begin.Truncate(period)) {
		closes = closes.Add(period)
	}
	if left := closes.Sub(f.st.Now); left > 0 {
		return "first whole CloudWatch period closes in " + spanText(left.Truncate(time.Second)+time.Second)
	}
	if next := f.nextPoint(); next != "" {
		return "awaiting a CloudWatch period of one setting, " + next
	}
	return "awaiting a CloudWatch period of one setting"
}

// nextPoint is "next point in 12s", "" when it is not known, or none is awaited any more.
func (f *frame) nextPoint() string {
	next := f.st.Sample.Next
	if next.IsZero() || f.st.Phase == session.Done {
		return ""
	}
	left := next.Sub(f.st.Now)
	if left < -time.Second {
		return "next point " + spanText(-left) + " late"
	}
	return "next point in " + spanText(left)
}
