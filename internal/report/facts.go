package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sagetop/internal/sizing"
)

// fact is one row that both the text and the Markdown form show.
type fact struct{ label, text string }

// facts in the order in which a person asks for them. Latencies and segments are tables of their own.
func (s *Summary) facts() []fact {
	all := append(s.runFacts(), s.capacityFacts()...)
	proven := append([]fact{{"SLO", s.sloText()}}, s.proofFacts()...)
	if s.verification() != nil && s.capacity() != nil { // what was found led to the plan, and that to the target
		return append(append(all, fact{"Planned", s.Sizing.short()}), proven...)
	}
	return append(append(all, proven...), fact{"Size", s.Sizing.short()}, fact{"Unverified", s.unverifiedText()})
}

// runFacts are what was done and measured.
func (s *Summary) runFacts() []fact {
	all := []fact{
		{"Endpoint", s.endpointText()},
		{"Load", s.loadText()},
		{"Scaled", s.scaledText()},
		{"Autoscaled", s.autoScaledText()},
		{"Requests", s.requestsText()},
		{"TPS", s.tpsText()},
	}
	all = append(all, s.streamFacts()...)
	if s.Server != nil {
		all = append(all, fact{"CloudWatch", s.serverText()})
	}
	if s.Client != nil {
		all = append(all, fact{"Client", s.clientText()})
	}
	return all
}

// proofFacts are what came of a target that was to be held.
func (s *Summary) proofFacts() []fact {
	v := s.verification()
	return []fact{{"Held", v.heldText()}, {"Projected", v.projectedText()}}
}

func (s *Summary) unverifiedText() string {
	if s.Sizing == nil {
		return ""
	}
	return s.Sizing.Unverified
}

func (s *Summary) endpointText() string {
	e := &s.Endpoint
	name := e.Name
	if loaded := cmp.Or(e.Component, e.Variant); loaded != "" {
		name += "/" + loaded
	}
	if e.Simulated {
		name = "SIMULATED " + name
	}
	if e.Container {
		name = "container " + name
	}
	parts := []string{name}
	if e.InstanceType != "" {
		parts = append(parts, e.on())
	}
	if e.Region != "" {
		parts = append(parts, e.Region)
	}
	return strings.Join(parts, ", ")
}

// loadText has the loops in the order in which they came: "closed loop, 48 users; then open loop, 60 to 135/s".
func (s *Summary) loadText() string {
	var loops []string
	for _, l := range s.loops() {
		text := l + " loop, " + s.asked(l)
		if l == "closed" && s.Load.ThinkTime != "" {
			text += ", think time " + s.Load.ThinkTime
		}
		loops = append(loops, text)
	}
	when := span(s.DurationS)
	if !s.Started.IsZero() {
		when += " from " + s.Started.Format("2006-01-02 15:04:05Z")
	}
	return strings.Join(loops, "; then ") + ", " + when
}

// loops of the load that was measured, the last one last.
func (s *Summary) loops() []string {
	for i := range s.Load.Segments {
		if g := &s.Load.Segments[i]; g.measured() && g.Loop != s.Load.Loop {
			return []string{g.Loop, s.Load.Loop}
		}
	}
	return []string{s.Load.Loop}
}

// loaded says whether g had figures of its own.
func (g *Segment) loaded() bool { return !g.Warmup && !g.Paused && g.Requests.Sent > 0 }

// measured says whether they are part of the run's.
func (g *Segment) measured() bool { return g.loaded() && !g.Trial }

// asked is the load of the segments of that loop: "12 to 240 users", "60 to 135/s, up to 512 users".
func (s *Summary) asked(loop string) string {
	var users, rates []float64
	for i := range s.Load.Segments {
		g := &s.Load.Segments[i]
		if g.Loop != loop || g.Warmup || g.Paused || g.Trial {
			continue
		}
		users = append(users, float64(g.Users))
		if g.Rate != nil {
			rates = append(rates, *g.Rate)
		}
	}
	if loop == s.Load.Loop {
		users = append(users, float64(s.Load.Users))
		if s.Load.Rate != nil {
			rates = append(rates, *s.Load.Rate)
		}
	}
	if len(rates) == 0 {
		low, high := slices.Min(users), slices.Max(users)
		return ranged(low != high, whole(&low)+" to ", plural(int(high), "user"))
	}
	low, high := slices.Min(rates), slices.Max(rates)
	return ranged(low != high, rate(low)+" to ", rate(high)+"/s") + ", up to " + plural(int(slices.Max(users)), "user")
}

func ranged(differ bool, low, high string) string {
	if differ {
		return low + high
	}
	return high
}

func (s *Summary) requestsText() string {
	r := &s.Requests
	text := fmt.Sprintf("%s: %s ok", count(r.Sent), count(r.OK))
	if n := r.OK - min(r.OK, s.Latency.Count); n > 0 {
		text += fmt.Sprintf(" (%s tried or in warm-up)", count(n))
	}
	text += fmt.Sprintf(", %s failed (%s)", count(r.Failed), percent(r.Failed, r.OK+r.Failed))
	if r.InFlight > 0 {
		text += fmt.Sprintf(", %s in flight", count(r.InFlight))
	}
	if r.Unsent > 0 {
		text += fmt.Sprintf("; %s more were due and never sent", count(r.Unsent))
	}
	return text
}

func (s *Summary) tpsText() string {
	if s.TPS.Mean == nil && s.trials() {
		return "of what the search tried alone: see the segments"
	}
	if s.TPS.Mean == nil {
		return "not measured: no whole second beyond warm-up"
	}
	text := amount(s.TPS.Mean) + " mean"
	if s.TPS.Steady != nil {
		text += ", " + amount(s.TPS.Steady) + " without ramps"
	}
	return text + ", " + whole(s.TPS.Peak) + " in the best second (successes)"
}

func (s *Summary) serverText() string {
	p := s.shown()
	if p == nil {
		if s.Server.Problem != "" {
			return "no points: " + s.Server.Problem
		}
		return "no points yet: they come one to three minutes late"
	}
	var parts []string
	switch {
	case p.CPUPerCore != nil && s.Endpoint.Component != "":
		parts = append(parts, fmt.Sprintf("CPU %s%% of what copies reserve", whole(p.CPUPerCore)))
	case p.CPUPerCore != nil:
		parts = append(parts, fmt.Sprintf("CPU %s%% (%s)", whole(p.CPUPerCore), whole(p.CPU)))
	case p.CPU != nil:
		parts = append(parts, fmt.Sprintf("CPU %s%% over all cores", whole(p.CPU)))
	}
	if p.GPU != nil {
		parts = append(parts, fmt.Sprintf("GPU %s%%", whole(p.GPU)))
	}
	parts = append(parts, serverLatText("ModelLatency", p.Model), serverLatText("OverheadLatency", p.Overhead))
	parts = append(parts, whole(p.Invocations)+" invocations", whole(p.Errors4XX)+" 4xx", whole(p.Errors5XX)+" 5xx")
	return s.when(p) + ": " + strings.Join(parts, ", ")
}

func serverLatText(name string, l *ServerLat) string {
	if l == nil {
		return name + " -"
	}
	text := name + " " + amount(&l.Mean) + " ms"
	if l.P99 != nil {
		text += " (p99 " + amount(l.P99) + ")"
	}
	return text
}

// shown is the point that the first finding judged, else the newest that knows latencies, else the newest.
func (s *Summary) shown() *Point {
	points := s.Server.Points
	if len(points) == 0 {
		return nil
	}
	last := &points[len(points)-1]
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		if len(s.Findings) > 0 && !s.Findings[0].From.IsZero() && p.T.Equal(s.Findings[0].From) {
			return p
		}
		if last.Model == nil && p.Model != nil {
			last = p
		}
	}
	return last
}

// when is the period of p: "minute 14:03Z".
func (s *Summary) when(p *Point) string {
	return sizing.PeriodText(p.T.UTC(), time.Duration(s.Server.PeriodS*float64(time.Second))) + "Z"
}

// clientText is of its worst second, and of the whole run how late it sent.
func (s *Summary) clientText() string {
	c := s.Client
	text := fmt.Sprintf("CPU %s%%", whole(&c.CPUPercent))
	if s.Load.Client != "" {
		text = s.Load.Client + ", " + text
	}
	if c.SchedLat != nil {
		text += fmt.Sprintf(", wait for a core %s ms", amount(&c.SchedLat.P99))
	}
	text += " (worst second)"
	if c.SendLag != nil {
		text += fmt.Sprintf(", sent %s ms late (p99)", amount(c.SendLag.P99))
	}
	if w := c.PoolWait; w != nil && w.P99 != nil && *w.P99 >= waitWorthAWord {
		text += fmt.Sprintf(", waited %s ms for a free user (p99)", amount(w.P99))
	}
	return text + ", " + plural(c.Connections, "connection")
}

// waitWorthAWord for a free user, in milliseconds.
const waitWorthAWord = 1

// sloText has the rules that the headline does not name.
func (s *Summary) sloText() string {
	if v := s.verification(); s.Find || v != nil && v.TPS != nil { // the search answers for them; they are judged under the target
		return ""
	}
	word, _ := s.headline()
	named := map[string]Pass{"SLO HELD": Passed, "SLO FAILED": Missed}[word]
	var all []string
	for i := range s.SLO {
		o := &s.SLO[i]
		if o.Pass != named {
			all = append(all, o.text()+" "+passWords[o.Pass])
		}
	}
	return strings.Join(all, "; ")
}

var passWords = map[Pass]string{Passed: "(held)", Missed: "(FAILED)", Unknown: "has too few samples"}

// sample is the request to ask AWS about: " (request id 0f6b..., 15:05:06Z)".
func (e *Error) sample() string {
	if e.Sample == nil || e.Sample.RequestID == "" {
		return ""
	}
	return fmt.Sprintf(" (request id %s, %s)", clean(e.Sample.RequestID), e.Sample.At.UTC().Format("15:04:05Z"))
}

// text of one kind of failure, and how often it was.
func (e *Error) text() string { return count(e.Count) + " " + e.kind() }

// kind of failure: "model_error 424 (container 503): message".
func (e *Error) kind() string {
	kind := e.Class
	if e.HTTPStatus != 0 {
		kind += fmt.Sprintf(" %d", e.HTTPStatus)
	}
	if e.OriginalStatus != 0 {
		kind += fmt.Sprintf(" (container %d)", e.OriginalStatus)
	}
	if why := cmp.Or(e.Message, e.Code); why != "" {
		kind += ": " + why
	}
	return kind
}
