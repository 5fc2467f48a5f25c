package report

import (
	"fmt"
	"math"
	"strings"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// Capacity is what a search for the highest rate that holds the SLOs came to. Without a rate that held, or where the client was the
// limit, it has no figures.
type Capacity struct {
	Outcome   string    `json:"outcome"` // held, no rate holds, client limited, inconclusive, unfinished
	Answer    string    `json:"answer"`  // in a sentence
	TPS       *float64  `json:"capacity_tps,omitempty"`
	Held      *float64  `json:"held_s,omitempty"`
	BadShare  *float64  `json:"bad_share,omitempty"`            // failed, or above the SLO: 0 to 1
	BadWithin []float64 `json:"bad_interval,omitempty"`         // of BadShare, 90 %
	Failing   *float64  `json:"first_failing_tps,omitempty"`    // the lowest rate that did not hold
	CPUThere  *float64  `json:"capacity_cpu_percent,omitempty"` // share of all cores while it held
	NoCPU     string    `json:"capacity_cpu_unknown,omitempty"` // why
	Limit     string    `json:"capacity_limited_by,omitempty"`  // id of a finding: what runs out, or where nothing does yet, the CPU's band
	Void      []Void    `json:"void,omitempty"`                 // what was tried and counts for nothing
}

// Void is a rate that says nothing of the endpoint.
type Void struct {
	TPS    float64 `json:"tps"`
	Reason string  `json:"reason"`
}

// capacityOf the run; nil when none was searched for.
func capacityOf(st *session.State) *Capacity {
	if st.Search == nil {
		return nil
	}
	r := &st.Search.Result
	c := &Capacity{Outcome: r.Outcome.String(), Answer: r.String()}
	for _, v := range r.Void {
		c.Void = append(c.Void, Void{round(v.Rate), v.Reason})
	}
	switch {
	case r.Outcome == sizing.ClientLimited:
		return c
	case r.Rate > 0:
		c.TPS, c.Held = new(round(r.Capacity())), new(round(r.Held.Seconds()))
		c.BadShare, c.BadWithin = new(fine(r.Share())), []float64{fine(r.Low), fine(r.Top)}
		c.Limit = r.LimitedBy
		if c.NoCPU = noCPU(st); r.CPU != nil {
			c.CPUThere, c.NoCPU = new(round(*r.CPU)), ""
		}
	}
	c.Failing = positive(r.Failing)
	if reason, _ := st.Facts.Unsizable(); reason == "" && c.Limit == "" && c.CPUThere != nil && c.Failing != nil {
		c.Limit = sizing.Band(*c.CPUThere)
	}
	return c
}

// fine rounds a share of 0 to 1: a hundredth of a percent says something.
func fine(share float64) float64 { return math.Round(share*1e5) / 1e5 }

// noCPU is why nothing is known of the CPU while a rate held.
func noCPU(st *session.State) string {
	switch p := st.Sample.Problem; {
	case !st.Info.CloudWatch:
		return "CloudWatch was not read"
	case p != nil && p.Permission != "":
		return "grant " + p.Permission
	case p != nil:
		return p.Message
	}
	return "CloudWatch has no whole period in which it held"
}

// clientLimited says that a search found out the client's limit.
func clientLimited(st *session.State) bool {
	return st.Search != nil && st.Search.Result.Outcome == sizing.ClientLimited
}

// withCapacity adds what the search found to the answer that was asked for, if any was.
func withCapacity(out *Sizing, st *session.State) *Sizing {
	c := capacityOf(st)
	if c == nil {
		return out
	}
	r := &st.Search.Result
	if out != nil && clientLimited(st) {
		out = &Sizing{TargetTPS: out.TargetTPS, TargetCPU: out.TargetCPU, Problem: clientWasIt, Advice: r.Reason}
	}
	if out == nil {
		out = &Sizing{TargetCPU: r.TargetCPU, LimitedBy: c.Limit}
	}
	out.Unverified = unverified(st)
	if out.Capacity = c; out.TPSAtCPU == nil && r.Outcome != sizing.ClientLimited {
		out.TPSAtCPU, out.About = positive(r.AtCPU), r.About
	}
	return out
}

// unverified is why a search that was to go on to its target has not proven it; empty where it has, or was not to.
func unverified(st *session.State) string {
	switch p := st.Proposal; {
	case p == nil || st.Proof() != nil:
		return ""
	case p.Refused != "":
		return p.Refused
	}
	return "the run ended before its " + st.Info.Target.Unit().Many() + " had come"
}

// outcomeWords are those of the headline.
var outcomeWords = map[string]string{
	sizing.Held.String():          "CAPACITY",
	sizing.NoRate.String():        "NO RATE HOLDS",
	sizing.ClientLimited.String(): "INVALID",
	sizing.Inconclusive.String():  "INCONCLUSIVE",
	sizing.Unfinished.String():    "UNFINISHED",
}

// capacity that was searched for; nil when none was.
func (s *Summary) capacity() *Capacity {
	if s.Sizing == nil {
		return nil
	}
	return s.Sizing.Capacity
}

// capacityFacts are what the sentence does not say, and the sentence itself where it is not the headline.
func (s *Summary) capacityFacts() []fact {
	c := s.capacity()
	if c == nil {
		return nil
	}
	all := []fact{{"CPU there", c.cpuText()}}
	if !s.Find || s.verification() != nil {
		all = append([]fact{{s.foundLabel(), c.Answer}}, all...)
	}
	if o := s.Sizing; o.TargetTPS == 0 && o.TPSAtCPU != nil { // else the plan has it
		all = append(all, fact{"At " + whole(&o.TargetCPU) + "% CPU", about(o.About) + perSecond(o.TPSAtCPU) + "/s of one " + o.Unit.One()})
	}
	return append(all, fact{"Void", c.voidText()})
}

// foundLabel is a search's own word where it is the first of three.
func (s *Summary) foundLabel() string {
	if s.Find {
		return "Found"
	}
	return "Capacity"
}

func (c *Capacity) cpuText() string {
	text := ""
	switch {
	case c.TPS == nil:
		return ""
	case c.CPUThere != nil:
		text = whole(c.CPUThere) + "% of all cores"
	default:
		text = "unknown: " + c.NoCPU
	}
	switch {
	case c.Limit == "":
		return text
	case c.CPUThere != nil && sizing.Band(*c.CPUThere) == c.Limit:
		return text + ", not yet full (" + c.Limit + "); nothing else shows what runs out"
	}
	return text + "; what runs out: " + c.Limit
}

func (c *Capacity) voidText() string {
	var all []string
	for _, v := range c.Void {
		all = append(all, fmt.Sprintf("%s/s says nothing: %s", perSecond(&v.TPS), v.Reason))
	}
	return strings.Join(all, "; ")
}
