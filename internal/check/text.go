package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"sagetop/cwmetrics"
	"sagetop/internal/cloud"
)

// Facts are as whom the endpoint is asked, and what it is.
func (p *Printer) Facts() {
	p.wrapped("", p.paint(bold, p.Endpoint.Name)+words(" ", p.Endpoint.ARN), indent)
	if p.Container != nil {
		p.container()
		return
	}
	p.identity()
	p.endpoint()
}

// Access is the table of permissions and ways, and what to ask an administrator for. A container takes none.
func (p *Printer) Access() {
	if p.Container != nil {
		return
	}
	p.clock()
	p.heading("Permissions")
	for i := range p.Permissions {
		p.permission(&p.Permissions[i])
	}
	p.asks()
}

// Request that came to its end as the i-th of n, in full when it is the only one.
func (p *Printer) Request(i, n int, one Request) {
	if n == 1 {
		p.Outcome()
		return
	}
	if i == 0 {
		p.heading("Requests")
	}
	status := "-"
	if one.Status != 0 {
		status = strconv.Itoa(one.Status)
	}
	text := fmt.Sprintf("%5d  %s  %-3s %9.1f ms  %s", i+1, one.At.Format(time.TimeOnly), status, one.MS, cmp.Or(one.RequestID, "-"))
	if !one.OK {
		text += "  " + p.paint(red, strings.TrimSpace(one.Class+" "+one.Code))
	}
	p.line(text)
}

// Summary of several requests, and why the first of them failed that did.
func (p *Printer) Summary() {
	l := p.Latency
	text := fmt.Sprintf("%d failed", l.Failed)
	if l.Failed > 0 {
		text = p.paint(red, text)
	}
	text = fmt.Sprintf("%d sent, %s", l.Sent, text)
	if l.Min != nil {
		p95 := amount(l.P95)
		if l.rough {
			p95 = "~" + p95
		}
		text += fmt.Sprintf("; ms of successes: min %s  p50 %s  p95 %s  max %s", amount(l.Min), amount(l.P50), p95, amount(l.Max))
	}
	p.line("")
	p.wrapped("", text, 2)
	if i := slices.IndexFunc(p.Requests, func(one Request) bool { return !one.OK }); i >= 0 {
		p.wrapped("  ", fmt.Sprintf("the first that failed, %d: ", i+1)+strings.ReplaceAll(p.Requests[i].Error, "\n", "; "), 2)
	}
}

// Next is the command to type.
func (p *Printer) Next() {
	p.line("")
	p.line(p.paint(bold, "Next") + "  " + p.Report.Next)
}

func (p *Printer) identity() {
	id := &p.Identity
	p.field("Account", cmp.Or(id.Account, "unknown")+words(", ", id.kind()+id.Name))
	text := "from " + id.From
	switch left := id.Expires.Sub(p.At); {
	case id.Expires.IsZero():
	case left < 0:
		text += ", " + p.paint(red, "expired")
	default:
		text += fmt.Sprintf(", expire at %s, in %s", id.Expires.Format("15:04"), span(left))
	}
	p.field("Credentials", text)
	p.field("Region", id.Region+" from "+id.RegionFrom)
}

// kind of what the credentials are for, with a space.
func (id *Identity) kind() string {
	switch {
	case strings.Contains(id.ARN, ":assumed-role/"):
		return "role "
	case strings.Contains(id.ARN, ":user/"):
		return "user "
	}
	return ""
}

func (p *Printer) endpoint() {
	e := &p.Endpoint
	if e.Facts == nil {
		p.field("Endpoint", "not described: see the permissions below")
	} else {
		p.facts(e.Facts)
	}
	switch {
	case e.Component != nil:
		p.field("Component", componentText(e.Component))
	case len(e.Components) > 0:
		p.field("Components", oneLine(strings.Join(e.Components, ", "))+": requests must name one, --inference-component "+e.Components[0])
	}
	p.field("Auto scaling", scalingText(e.Scaling))
	traffic := "unknown"
	if e.Invocations != nil {
		traffic = fmt.Sprintf("%.0f in the last 15 min", *e.Invocations)
	}
	p.field("Invocations", traffic)
	if s := e.Server; s != nil {
		p.field("CloudWatch", fmt.Sprintf("of the %.0f s from %s, %s old:", s.PeriodS, s.T.Format(time.TimeOnly), span(time.Duration(s.AgeS)*time.Second)))
		p.field("", "ModelLatency    "+s.Model.text())
		p.field("", "OverheadLatency "+s.Overhead.text())
	}
}

func (p *Printer) facts(f *Facts) {
	colour := red
	if f.Status == "InService" {
		colour = green
	}
	p.field("Endpoint", p.paint(colour, f.Status)+words(": ", oneLine(f.Reason))+fmt.Sprintf(", created %s, updated %s", day(f.Created), day(f.Modified)))
	for i := range f.Variants {
		p.field("Variant", variantText(&f.Variants[i], len(f.Variants) > 1))
	}
	publish := fmt.Sprintf("published every %.0f s", f.PublishS)
	if f.Enhanced {
		publish += ", enhanced"
	}
	capture := "off"
	if f.DataCapture {
		capture = "on"
	}
	p.field("Metrics", publish+"; data capture "+capture)
	if f.Async {
		p.field("", p.paint(red, "made for asynchronous inference: InvokeEndpoint may be refused"))
	}
}

func variantText(v *cwmetrics.Variant, several bool) string {
	var text string
	switch {
	case v.Serverless:
		text = "serverless"
	case len(v.Pools) > 0:
		text = fmt.Sprintf("%d instances of %d types", v.Instances, len(v.Pools))
	default:
		text = fmt.Sprintf("%d x %s", v.Instances, cmp.Or(v.InstanceType, "a type that is unknown"))
	}
	if v.Desired != v.Instances {
		text += fmt.Sprintf(" (%d wanted)", v.Desired)
	}
	if n := v.Hardware.VCPUs; n > 0 {
		text += fmt.Sprintf(", %d vCPUs each", n)
	}
	if v.Components {
		text += ", shared by inference components"
	}
	text += words(", routing ", v.Routing)
	if several {
		text += fmt.Sprintf(", weight %g", v.Weight)
	}
	return v.Name + ": " + text
}

func scalingText(s *Scaling) string {
	switch {
	case s == nil:
		return "unknown"
	case !s.On:
		return "none"
	}
	text := fmt.Sprintf("%d to %d %s", s.Min, s.Max, cmp.Or(s.Unit, "instances"))
	if len(s.Policies) > 0 {
		text += " by " + oneLine(strings.Join(s.Policies, ", "))
	}
	if s.Suspended {
		text += ", suspended"
	}
	return text
}

func (t *ServerTiming) text() string {
	if t == nil {
		return "-"
	}
	return fmt.Sprintf("mean %s  p50 %s  p90 %s  p99 %s ms", amount(&t.Mean), amount(t.P50), amount(t.P90), amount(t.P99))
}

// closeClock is what Date, which has whole seconds, cannot tell from none.
const closeClock = 2 * time.Second

func (p *Printer) clock() {
	if p.Ahead == nil {
		p.field("Clock", "not compared: nothing answered")
		return
	}
	ahead := time.Duration(*p.Ahead * float64(time.Second))
	off, side := ahead.Abs(), "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	text := fmt.Sprintf("%s %s AWS's", span(off), side)
	switch {
	case off <= closeClock:
		text = "within 2 s of AWS's"
	case off >= cloud.MaxSkew:
		text = p.paint(red, text) + ": AWS refuses what was signed 5 min ago; set it (chronyc makestep)"
	case off >= cloud.MaxSkew/5:
		text = p.paint(red, text) + ": at 5 min AWS refuses what it signs; set it (chronyc makestep)"
	}
	p.field("Clock", text)
}

// permission is a row of the table.
func (p *Printer) permission(have *Permission) {
	colour := map[State]colour{Have: green, Missing: red, Unreachable: red, NotTried: faint}[have.State]
	why := have.Why
	if why != "" {
		why = " (" + oneLine(why) + ")"
	}
	p.wrapped("  "+p.paint(colour, fmt.Sprintf("%-11s", have.State))+"  ", have.Action+why, indent+2)
}

// asks are ready to be pasted.
func (p *Printer) asks() {
	if p.Policy != nil {
		text, err := json.MarshalIndent(p.Policy, "", "  ")
		if err != nil {
			panic(err) // strings alone
		}
		p.heading("Missing" + words(" for ", p.Identity.Name) + ": ask for this policy")
		p.line(string(text))
	}
	if slices.ContainsFunc(p.Permissions, func(have Permission) bool { return have.proxied }) {
		p.heading("Unreachable: check the proxy (HTTPS_PROXY, HTTP_PROXY), or name in NO_PROXY what is reached without it")
	}
	if slices.ContainsFunc(p.Permissions, func(have Permission) bool { return have.nameless }) {
		p.heading("Unreachable: is the region " + p.Identity.Region + " spelled right, and has this machine DNS?")
	}
	if len(p.VPCEndpoints) > 0 {
		p.heading("Unreachable: ask for a route or, in a VPC without internet, for these interface endpoints")
		for _, name := range p.VPCEndpoints {
			p.line(name)
		}
	}
}

// Outcome is the one invocation with its answer, or why there was none.
func (p *Printer) Outcome() {
	inv := p.Invocation
	if inv == nil {
		p.heading("Invocation")
		p.line("  none was sent: there is no payload, give -d TEXT, -d @file or -d - for stdin")
		return
	}
	result := p.paint(green, fmt.Sprint(inv.Status))
	if !inv.OK {
		result = p.paint(red, "failed, "+strings.TrimSpace(inv.Class+" "+inv.Code))
		if inv.Status != 0 {
			result += fmt.Sprintf(", HTTP %d", inv.Status)
		}
	}
	p.heading("Invocation")
	p.wrapped("  ", fmt.Sprintf("%s in %.1f ms%s%s", result, inv.MS, words(", variant ", inv.Variant), words(", request ", inv.RequestID)), 2)
	if ph := inv.Phases; ph != nil {
		text := fmt.Sprintf("ms: DNS %.1f  connect %.1f  TLS %.1f", ph.DNS, ph.Connect, ph.TLS)
		if ph.Other >= 1 {
			text += fmt.Sprintf("  proxy and other %.1f", ph.Other)
		}
		p.wrapped("  ", fmt.Sprintf("%s  first byte %.1f  body %.1f", text, ph.FirstByte, ph.Body), 2)
	}
	p.wrapped("  ", fmt.Sprintf("sent %s, by the %s client; came %s%s", size(inv.BytesOut), inv.Client, size(inv.BytesIn), inv.Answer.kind()), 2)
	if !inv.OK {
		p.failure(inv)
	}
	if inv.Answer != nil {
		p.answer(inv.Answer)
	}
}

func (a *Answer) kind() string {
	if a == nil {
		return ""
	}
	return words(" of ", a.ContentType)
}

func (p *Printer) failure(inv *Invocation) {
	for part := range strings.SplitSeq(inv.Error, "\n") {
		p.wrapped("  ", part, 2)
	}
	if inv.OriginalStatus != 0 && p.Container == nil { // whose own answer it was
		p.wrapped("  ", fmt.Sprintf("the container answered %d%s", inv.OriginalStatus, words(": ", inv.OriginalMessage)), 2)
	}
	if inv.LogStreamARN != "" {
		p.line("  " + inv.LogStreamARN)
	}
}

// answer in at most so many lines of at most so many columns.
func (p *Printer) answer(a *Answer) {
	p.line("")
	switch {
	case a.Binary:
		p.line("  (binary)")
		return
	case a.Text == "":
		p.line("  (empty)")
		return
	}
	lines := strings.Split(strings.TrimRight(a.Text, "\n"), "\n")
	shown := lines
	if p.Lines > 0 && len(lines) > p.Lines {
		shown = lines[:p.Lines]
	}
	for _, line := range shown {
		line = "  " + printable(line)
		if p.Width > 0 {
			line = ansi.Truncate(line, p.Width, "...")
		}
		p.line(line)
	}
	if more := len(lines) - len(shown); more > 0 {
		p.line("  " + p.paint(faint, fmt.Sprintf("(%d more lines are in --json)", more)))
	}
	if a.Cut {
		p.line("  " + p.paint(faint, "(only the first 64 KiB were kept)"))
	}
}
