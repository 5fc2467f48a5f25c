package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// describe is everything that is known of what is loaded, with what, and as whom.
func (f *frame) describe(w int) []piece {
	info := &f.st.Info
	var l []piece
	add := func(label, text string) { l = indentLines(l, label, text, 14, w) }
	name := info.Target.Name
	if info.Target.Simulated {
		name += " (SIMULATED)"
	}
	add("endpoint", name)
	if info.Target.Container {
		add("metrics", "none: a container by its URL")
	} else {
		f.describeOfAWS(add)
	}
	f.describeLoad(add)
	if !info.Target.Container {
		add("account", strings.TrimSpace(info.Identity.Account+" "+info.Identity.Role))
		add("credentials", f.credentialsText())
		add("region", fromText(info.Target.Region, info.Identity.RegionFrom))
	}
	add("payload", payloadText(&info.Payload))
	add("client", info.Client+" "+info.Version)
	for _, n := range info.Notes {
		add("note", n)
	}
	return l
}

// describeOfAWS says what AWS says of the endpoint.
func (f *frame) describeOfAWS(add func(label, text string)) {
	info, e := &f.st.Info, f.endpoint()
	add("arn", e.ARN)
	add("status", strings.TrimSpace(e.Status+" "+e.FailureReason))
	add("config", e.Config)
	for i := range e.Variants {
		v := &e.Variants[i]
		add("variant", variantText(v, e.Component == nil && v.Name == info.Target.Variant))
		add("", hardwareText(v))
	}
	describeComponent(e.Component, add)
	f.describeScaling(add)
	add("data capture", onOff(e.DataCapture))
	add("metrics", metricsText(e, info))
	if !e.Modified.IsZero() {
		add("modified", e.Modified.Format(time.DateTime))
	}
	describePoint(newest(f.st.Points), add)
}

// describeLoad says what paces requests, and in an open loop what became of its schedule.
func (f *frame) describeLoad(add func(label, text string)) {
	p, run := f.st.Load.Plan, &f.st.Load.Run
	if p.Loop == runner.Closed {
		text := plural(p.Users, "user") + " in a closed loop"
		if p.ThinkMax > 0 {
			text += fmt.Sprintf(", thinking for %v to %v", p.ThinkMin, p.ThinkMax)
		}
		add("load", text)
		return
	}
	gaps := "even"
	if p.Poisson {
		gaps = "Poisson"
	}
	add("load", fmt.Sprintf("%s/s (open loop, %s arrivals), %d of at most %d users", exactRate(p.Rate), gaps, f.st.Load.Users, p.Users))
	add("  waiting", fmt.Sprintf("%d now; for a free user %s", f.st.Load.Last.Due, statsText(&run.Stats[runner.PoolWait])))
	add("  send lag", statsText(&run.Stats[runner.SendLag]))
	add("  from send", statsText(&run.Stats[runner.Service])+" (the panels: from schedule)")
}

func statsText(s *runner.Stats) string {
	var pieces []string
	for _, c := range []column{colP50, colP95, colP99, colMax} {
		pieces = append(pieces, c.name+" "+figure(s, c))
	}
	return timesText(pieces)
}

func variantText(v *cwmetrics.Variant, loaded bool) string {
	text := fmt.Sprintf("%s: %s, weight %g", v.Name, instancesText(v.Serverless, v.Instances, v.Desired, v.InstanceType), v.Weight)
	if v.Status != "" {
		text += ", " + v.Status
	}
	if loaded {
		text += " (loaded)"
	}
	return text
}

func hardwareText(v *cwmetrics.Variant) string {
	var parts []string
	h := &v.Hardware
	switch {
	case v.Serverless:
	case h.VCPUs > 0:
		parts = append(parts, strconv.Itoa(h.VCPUs)+" vCPUs")
	default:
		parts = append(parts, "vCPUs not known (--vcpus N)")
	}
	if h.MemoryGiB > 0 {
		parts = append(parts, fmt.Sprintf("%g GiB", h.MemoryGiB))
	}
	if h.GPUs > 0 {
		parts = append(parts, plural(h.GPUs, "GPU"))
	}
	if h.Neuron {
		parts = append(parts, "Neuron")
	}
	if h.Burstable {
		parts = append(parts, "burstable: CPU credits are invisible")
	}
	if v.Routing != "" {
		parts = append(parts, "routing "+v.Routing)
	}
	return strings.Join(parts, ", ")
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func metricsText(e *cwmetrics.Endpoint, info *session.Info) string {
	text := fmt.Sprintf("one point every %.0f s", info.Period.Seconds())
	if e.Enhanced {
		text += ", enhanced metrics on"
	}
	if !info.CloudWatch {
		text = "not polled (--no-cloudwatch)"
	}
	return text
}

func (f *frame) credentialsText() string {
	text := "do not expire"
	if at := f.expiry(); !at.IsZero() {
		text = "expire " + at.In(f.st.Now.Location()).Format(time.DateTime)
	}
	return fromText(text, f.st.Info.Identity.CredsFrom)
}

func fromText(text, from string) string {
	if from == "" || text == "" {
		return text
	}
	return text + ", from " + from
}

func payloadText(p *session.Payload) string {
	if p.None() {
		return "none: load needs one (-d)"
	}
	text := fmt.Sprintf("%d distinct, %d bytes", p.Distinct, p.Bytes)
	if p.Distinct == 0 {
		text = fmt.Sprintf("%d payloads, %d bytes", p.Count, p.Bytes)
	}
	if p.Least != p.Most {
		text += fmt.Sprintf(" (%d to %d each, mean %.0f)", p.Least, p.Most, p.Mean)
	}
	if p.Fields {
		text += ", fields filled in"
	}
	if p.Order == "random" {
		text += ", in random order"
	}
	if p.ContentType != "" {
		text += ", " + p.ContentType
	}
	if p.SHA256 != "" {
		text += ", sha256 " + cut(p.SHA256, 16, true)
	}
	return text
}
