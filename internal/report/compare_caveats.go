package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// shortRun is measured for less than that: docs/method.md has how much more often chance is called a difference then.
const shortRun = 2 * time.Minute

// settingText is what a run's load was, without its length.
func (s *Summary) settingText() string {
	var all []string
	for _, l := range s.loops() {
		all = append(all, l+" loop, "+s.asked(l))
	}
	text := strings.Join(all, "; then ")
	for _, more := range []struct{ label, value string }{{"think time ", s.Load.ThinkTime}, {"stages ", s.Load.Stages}, {"arrivals ", s.Load.Arrivals}} {
		if more.value != "" {
			text += ", " + more.label + more.value
		}
	}
	return text
}

// caveatsOf the runs: what makes a difference between them something other than a difference of the endpoint.
func caveatsOf(sides []*side) []string {
	all := []string{}
	for _, s := range sides {
		all = append(all, s.spoilt()...)
	}
	for _, e := range sameness {
		var said []string
		for _, s := range sides {
			said = append(said, e.of(s))
		}
		if text := differing(sides, said); text != "" {
			all = append(all, "not the same "+e.name+": "+text)
		}
	}
	if text := lengths(sides); text != "" {
		all = append(all, text)
	}
	for _, s := range sides {
		all = append(all, s.doubts()...)
	}
	return append(all, brief(sides)...)
}

// brief says which runs are so short that the intervals know little of what comes and goes slowly.
func brief(sides []*side) []string {
	var names []string
	for _, s := range sides {
		if s.measured.length() < shortRun {
			names = append(names, s.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("measured for less than %s: %s; what comes and goes slowly is in no interval, so chance is called a difference more often",
		span(shortRun.Seconds()), strings.Join(names, ", "))}
}

// sameness is what must be the same in all runs.
var sameness = []struct {
	name string
	of   func(*side) string
}{
	{"load", func(s *side) string { return s.sum.settingText() }},
	{"payload", func(s *side) string { return s.sum.Payload.text() }},
	{"instances", (*side).instances},
	{"kind of endpoint", func(s *side) string { return s.sum.Endpoint.kind() }},
	{"region", func(s *side) string { return s.sum.Endpoint.Region }},
	{"client", func(s *side) string { return s.sum.clientKind() }},
	{"warm-up", func(s *side) string { return s.sum.warmupText() }},
}

// instances are empty where the endpoint was not described.
func (s *side) instances() string {
	if s.sum.Endpoint.InstanceType == "" {
		return ""
	}
	return s.sum.Endpoint.on()
}

// differing is what each run has, where that is not the same; empty where it is, or a run does not know.
func differing(sides []*side, said []string) string {
	if slices.Contains(said, "") || len(slices.Compact(slices.Clone(said))) == 1 {
		return ""
	}
	for i, s := range sides {
		said[i] = s.name + " " + said[i]
	}
	return strings.Join(said, "; ")
}

// text of what was sent.
func (p *Payload) text() string {
	if p.ContentType == "" && p.Bytes == 0 {
		return ""
	}
	text := fmt.Sprintf("%s bytes %s", count(p.Bytes), p.ContentType)
	if p.Distinct != 1 {
		text = fmt.Sprintf("%d of ", max(p.Distinct, p.Count)) + text
	}
	if p.SHA256 != "" {
		text += " (" + p.SHA256[:min(8, len(p.SHA256))] + ")"
	}
	return text
}

func (e *Endpoint) kind() string {
	switch {
	case e.Simulated:
		return "simulated"
	case e.Container:
		return "a container"
	}
	return "at AWS"
}

// clientKind is what sent, and on how many cores.
func (s *Summary) clientKind() string {
	if s.Client == nil || s.Load.Client == "" {
		return ""
	}
	return fmt.Sprintf("%s on %s cores", s.Load.Client, rate(s.Client.Cores))
}

// warmupText says whether there was one: of its length hardly anything depends.
func (s *Summary) warmupText() string {
	if slices.ContainsFunc(s.Load.Segments, func(g Segment) bool { return g.Warmup }) {
		return "left out"
	}
	return "none"
}

// spoilt is what a run measured that was not its endpoint under its load.
func (s *side) spoilt() (all []string) {
	if !s.sum.Valid {
		all = append(all, s.name+" is invalid, "+clientWasIt+": "+s.sum.InvalidReason)
	}
	if word, how := s.sum.brokenOff(); word != "" {
		all = append(all, s.name+" "+word+": "+how)
	}
	if len(s.sum.Moved) > 0 {
		all = append(all, s.name+": "+s.sum.Moved[0])
	}
	return all
}

// doubts are what a run's own figures leave open.
func (s *side) doubts() (all []string) {
	n := 0
	for i := range s.sum.Load.Segments {
		if s.sum.Load.Segments[i].measured() {
			n++
		}
	}
	if n > 1 {
		all = append(all, fmt.Sprintf("the load changed within %s: its figures are of all of its %d segments", s.name, n))
	}
	if slower := s.measured.slowStart(); slower > 0 {
		all = append(all, fmt.Sprintf("the first seconds of %s are %.0f%% slower than those after them: leave them out with --warmup", s.name, slower))
	}
	return all
}

// lengths says that one run is more than twice as long as another.
func lengths(sides []*side) string {
	byLength := func(a, b *side) int { return int(a.measured.length() - b.measured.length()) }
	short, long := slices.MinFunc(sides, byLength), slices.MaxFunc(sides, byLength)
	if long.measured.length() <= 2*short.measured.length() {
		return ""
	}
	return fmt.Sprintf("not the same length: %s was measured for %s, %s for %s",
		short.name, span(short.measured.length().Seconds()), long.name, span(long.measured.length().Seconds()))
}
