package sizing

import (
	"time"

	"sagetop/runner"
)

// minCoverage is the share of a server period that the load must have filled for the two to be compared.
const minCoverage = .95

// wholeTen is how many seconds the trailing window must count to be judged by itself.
const wholeTen = 10

// Diagnose says what the figures mean. The first finding is the verdict; the others hold as well.
//
// Server figures are judged on the newest closed period that has them and that saw one Plan, without ramp, warm-up or pause, one
// count of instances, and as many requests at the endpoint as ours (see Period.Foreign); on none when the load reaches several
// variants. What the client alone can tell is judged on ten, the trailing ten seconds, when those are of one such Plan, else on the
// same period; whether there were enough users on the period, and on ten where no period of that load has figures or will get them.
// Nothing to judge gives no finding, unless it is known that there will never be one: then an Info finding says why.
func Diagnose(f Facts, ten runner.Window, periods []Period) []Finding {
	s := newScene(f, &ten, periods)
	var found []Finding
	for i := range checks {
		if c := &checks[i]; c.applies(s) && c.holds(s) {
			found = append(found, c.finding(s))
		}
	}
	if len(found) > 0 {
		return found
	}
	reason, advice := f.Unsizable()
	switch {
	case reason == "":
		return bandFindings(s)
	case f.CloudWatch:
		return []Finding{{ID: "no-sizing", Severity: Info, Title: "not sized by CPU", Evidence: reason, Advice: advice}}
	}
	return nil
}

// Unsizable is why CPU figures cannot size this endpoint and what would help, "" when they can.
func (f Facts) Unsizable() (reason, advice string) {
	switch {
	case f.Variants > 1:
		return "several variants share the load, and the figures of one say nothing about all of it",
			"Give --variant NAME: then one variant gets the load and is judged."
	case f.Components:
		return "inference components share its instances: their CPU share is not of this load alone", "Judge it by latency and errors alone."
	case f.Serverless:
		return "a serverless endpoint publishes no CPUUtilization", "Judge it by latency and errors alone."
	case f.Neuron:
		return typeName(f) + " does its work on Neuron chips, which publish no utilisation here", "Judge it by latency and errors alone."
	case f.GPUs > 0:
		return typeName(f) + " does its work on GPUs, so its CPU share does not size it", "Watch GPUUtilization and latency as the load grows."
	case f.Burstable:
		return typeName(f) + " is burstable and its CPU credits are not published", "Size on a type with full cores, such as ml.m5 or ml.c5."
	case f.VCPUs <= 0:
		return "the vCPUs of " + typeName(f) + " are not known, so CPUUtilization has no full mark", "Give --vcpus N, the vCPUs of one instance."
	}
	return "", ""
}

func typeName(f Facts) string {
	if f.InstanceType == "" {
		return "this instance type"
	}
	return f.InstanceType
}

// finding is c with its figures and the time they belong to.
func (c *check) finding(s *scene) Finding {
	out := Finding{ID: c.id, Severity: c.severity, Title: c.title, Evidence: c.evidence(s), Advice: c.advice(s)}
	switch {
	case c.on == onPeriod || s.clientIsPeriod || c.on == onUsers && s.usersOfPeriod():
		out.From, out.To = s.period.Server.From, s.period.Server.From.Add(s.period.Server.Period)
		if s.otherInstances() && !out.Invalidates() {
			out.Severity, out.Advice = Advice, s.unjudgedAdvice()
			out.Evidence = joined(out.Evidence, s.outdatedText())
		}
	default:
		out.From, out.To = time.Unix(s.client.From, 0), time.Unix(s.client.To, 0)
	}
	return out
}

// judgedPeriod is the newest period that can be judged, nil when there is none.
func judgedPeriod(f Facts, periods []Period) *Period {
	if f.Variants > 1 {
		return nil
	}
	for i := len(periods) - 1; i >= 0; i-- {
		if judgeable(periods, i) {
			return &periods[i]
		}
	}
	return nil
}

// judgeable says whether the client and server figures of periods[i] belong together and to one setting.
func judgeable(periods []Period, i int) bool {
	p := &periods[i]
	if p.Server == nil || p.Server.Partial || p.Server.Scaling || !steadyLoad(&p.Client) || !covers(p) || rescaled(periods, i) {
		return false
	}
	extra, _ := p.Foreign()
	return extra == 0
}

// steadyLoad says whether w saw answers under one Plan that was not on its way, warming up or paused.
func steadyLoad(w *runner.Window) bool {
	return w.Plans == 1 && !w.Ramp && !w.Warmup && !w.Paused && w.Ended() > 0
}

// TenTells says whether the client can be judged by the trailing ten seconds: they are whole, under load and of one setting.
func TenTells(ten *runner.Window) bool {
	return ten.Length.Seconds() >= minCoverage*wholeTen && steadyLoad(ten)
}

// covers says whether the load ran for all of the period: the server's averages are over all of it.
func covers(p *Period) bool {
	return p.Client.Length.Seconds() >= minCoverage*p.Server.Period.Seconds()
}

// rescaled says whether instances came or went in or just before periods[i].
func rescaled(periods []Period, i int) bool {
	if i == 0 || periods[i-1].Server == nil {
		return false
	}
	before, now := periods[i-1].Server.Instances, periods[i].Server.Instances
	return before > 0 && now > 0 && before != now
}
