package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// Sizing is how many instances a target takes, and the capacity where that was searched for. With a Problem the former is not known;
// without a TargetTPS nobody asked for it.
type Sizing struct {
	*Capacity

	TargetTPS float64 `json:"target_tps,omitempty"`
	TargetCPU float64 `json:"target_cpu"` // percent of all cores
	Problem   string  `json:"problem,omitempty"`
	Advice    string  `json:"advice,omitempty"` // which run would tell

	NoCPU     string    `json:"cpu_unknown,omitempty"`       // why the answer is by the SLO alone
	TPSAtCPU  *float64  `json:"tps_at_target_cpu,omitempty"` // successes a second of one instance
	Interval  []float64 `json:"tps_interval,omitempty"`      // the least and the most that it may be
	About     bool      `json:"about,omitempty"`             // read from far away
	Held      *float64  `json:"slo_held_tps,omitempty"`      // the most of one instance that held the SLOs
	Failed    *float64  `json:"slo_failed_tps,omitempty"`    // the least of one instance that did not
	LimitedBy string    `json:"limited_by,omitempty"`        // cpu, or slo where that fails before; without a target Capacity.Limit
	BasedOn   []SizedBy `json:"based_on,omitempty"`          // the periods that it is read from

	Needed       int           `json:"instances_needed,omitempty"`
	Instances    int           `json:"instances,omitempty"`         // one may fail
	ZoneSafe     int           `json:"instances_az_safe,omitempty"` // one of three zones may fail
	LostZone     int           `json:"instances_lost_with_az,omitempty"`
	AtSLO        int           `json:"instances_at_slo,omitempty"`      // by what held the SLO, whatever the CPU
	CPU          *float64      `json:"cpu_percent_at_target,omitempty"` // share of all cores, of Instances
	Price        *float64      `json:"price_per_hour,omitempty"`        // USD, of one
	PriceFrom    string        `json:"price_from,omitempty"`            // --price, or the price list
	NoPrice      string        `json:"price_unknown,omitempty"`         // why
	Hour         *float64      `json:"cost_per_hour,omitempty"`         // USD, of Instances
	Million      *float64      `json:"cost_per_million,omitempty"`      // requests, at the target
	SafeHour     *float64      `json:"cost_per_hour_az_safe,omitempty"` // of ZoneSafe
	SafeMill     *float64      `json:"cost_per_million_az_safe,omitempty"`
	Tracking     *float64      `json:"autoscaling_target,omitempty"`    // InvocationsPerInstance, a minute
	MaxRate      *float64      `json:"autoscaling_max_rps,omitempty"`   // of one instance, that it is made from
	Growth       float64       `json:"growth_per_minute,omitempty"`     // percent, that it leaves room for
	Tracked      int           `json:"autoscaling_instances,omitempty"` // at the target
	Least        int           `json:"autoscaling_min,omitempty"`
	Most         int           `json:"autoscaling_max,omitempty"`
	Unit         sizing.Unit   `json:"unit,omitempty"`          // copies, where all of these count them
	Hosts        int           `json:"hosts,omitempty"`         // instances that Instances copies fill, by what they reserve and with nothing else on them
	SafeHosts    int           `json:"hosts_az_safe,omitempty"` // that ZoneSafe copies do
	Verified     bool          `json:"verified"`
	Unverified   string        `json:"not_verified,omitempty"` // why a search that was to prove it has not
	Verification *Verification `json:"verification,omitempty"` // of a run that was to prove it
	Caveats      []string      `json:"caveats,omitempty"`
}

// SizedBy is one period that a Sizing is read from.
type SizedBy struct {
	T         time.Time `json:"t"`
	PeriodS   float64   `json:"period_s"`
	CPU       float64   `json:"cpu_per_core_percent"`
	TPS       float64   `json:"tps"`
	Instances int       `json:"instances"`
}

// PriceFlag is where a price that was given comes from.
const PriceFlag = "--price"

// sizingOf answers what the run was asked; nil when it was not.
func sizingOf(st *session.State) *Sizing {
	out := answered(st)
	if out != nil && st.Verify != nil && st.Verify.TPS == out.TargetTPS { // a plan may ask a run for more than that proved
		out.verify(st)
	}
	return out
}

// answered is the answer from what the run measured.
func answered(st *session.State) *Sizing {
	if st.Info.Sizing.TPS <= 0 {
		return nil
	}
	s := st.Size()
	out := &Sizing{TargetTPS: s.TPS, TargetCPU: s.CPU, Problem: s.Problem, Advice: s.Advice, NoCPU: s.NoCPU}
	if f := st.Invalid; f != nil && !st.Info.Find { // after a search that is of its verification: what was found stands
		out.Problem, out.Advice = clientWasIt+" ("+f.ID+")", f.Advice
	}
	if out.Problem != "" {
		return out
	}
	out.bears(&s)
	out.takes(&s)
	out.costs(&s)
	return out
}

func (o *Sizing) bears(s *sizing.Sizing) {
	o.TPSAtCPU, o.About = positive(s.Each.TPS), s.Each.About
	if o.TPSAtCPU != nil && !o.About {
		o.Interval = []float64{round(s.Each.Low), round(s.Each.High)}
	}
	o.Held, o.Failed = positive(s.Held), positive(s.Failed)
	o.LimitedBy = "cpu"
	if s.BySLO {
		o.LimitedBy = "slo"
	}
	for _, p := range s.Each.From {
		o.BasedOn = append(o.BasedOn, SizedBy{
			T: utc(p.Server.From), PeriodS: round(p.Server.Period.Seconds()), CPU: round(*p.Server.CPU),
			TPS: round(p.Client.TPS()), Instances: p.Server.Instances,
		})
	}
}

func (o *Sizing) takes(s *sizing.Sizing) {
	o.Needed, o.Instances, o.ZoneSafe, o.LostZone, o.AtSLO = s.Needed, s.Spared, s.ZoneSafe, s.LostZone(), s.AtSLO
	if s.NoCPU == "" {
		o.CPU = new(round(s.CPUAtTarget()))
	}
	o.Tracking, o.MaxRate, o.Growth, o.Tracked = new(s.Tracking), new(round(s.MaxRate())), s.Growth, s.Tracked()
	o.Least, o.Most = sizing.LeastTracked, s.MostTracked()
	o.Verified, o.Caveats = s.Verified, s.Caveats
	if o.Unit = s.Unit; o.Unit == sizing.Copy {
		o.Hosts, o.SafeHosts = s.Hosts(s.Spared), s.Hosts(s.ZoneSafe)
	}
}

func (o *Sizing) costs(s *sizing.Sizing) {
	if s.Unit == sizing.Copy && s.Hosts(1) == 0 {
		o.NoPrice = "how many copies fill an instance is not known: the component does not say what a copy reserves, or the type what it has"
		return
	}
	if s.Price <= 0 {
		o.NoPrice = "no --price was given; sagetop plan looks it up"
		return
	}
	o.Price, o.PriceFrom = new(s.Price), PriceFlag
	o.Hour, o.Million = new(round(s.CostPerHour(s.Spared))), new(round(s.CostPerMillion(s.Spared)))
	o.SafeHour, o.SafeMill = new(round(s.CostPerHour(s.ZoneSafe))), new(round(s.CostPerMillion(s.ZoneSafe)))
}

// Asked is the target that the run itself was given.
func (r *Run) Asked() sizing.Ask { return r.info.Sizing }

// Info is how the run described itself at its start.
func (r *Run) Info() *session.Info { return &r.info }

// Project is what the run says of a, to be held against what a load of it measures; or why it says nothing.
func (r *Run) Project(a sizing.Ask) (p *sizing.Projection, why string) {
	var st session.State
	r.State(&st)
	st.Info.Sizing = a
	if problem := answered(&st).Problem; problem != "" {
		return nil, problem
	}
	s := st.Size()
	return s.Projection(st.Facts), ""
}

// Plan is the run's summary with the answer to a. from says where the price is from; PriceFlag when it is empty.
func (r *Run) Plan(a sizing.Ask, from string) *Summary {
	var st session.State
	r.State(&st)
	st.Info.Sizing = a
	s := Summarize(&st)
	if from != "" && s.Sizing.Price != nil {
		s.Sizing.PriceFrom = from
	}
	return s
}

// positive is nil for what is not known.
func positive(x float64) *float64 {
	if x <= 0 {
		return nil
	}
	return new(round(x))
}

// short is the answer in one line: "131/s each at 65% CPU; 1000 TPS = 8+1 (12 if a zone is lost), 31.50 USD/h, PROJECTED".
func (o *Sizing) short() string {
	if o == nil || o.TargetTPS == 0 {
		return ""
	}
	if o.Problem != "" {
		return fmt.Sprintf("%s TPS: not known: %s", rate(o.TargetTPS), o.Problem)
	}
	text := fmt.Sprintf("%s; %s TPS = %d+%d (%d if a zone is lost)", o.eachText(), rate(o.TargetTPS), o.Needed, o.Instances-o.Needed, o.ZoneSafe)
	if o.Hour != nil {
		text += ", " + usd(o.Hour) + " USD/h"
	}
	return text + ", " + o.word()
}

func (o *Sizing) word() string {
	if o.Verified {
		return "VERIFIED"
	}
	return "PROJECTED"
}

// eachText is what one instance carries: "131/s each at 65% CPU".
func (o *Sizing) eachText() string {
	if o.LimitedBy == "slo" {
		return perSecond(o.Held) + "/s each hold the SLO"
	}
	return o.atCPU()
}

func (o *Sizing) atCPU() string {
	return about(o.About) + perSecond(o.TPSAtCPU) + "/s each at " + whole(&o.TargetCPU) + "% CPU"
}

// perSecond is a rate of one instance, without the decimal that is noise.
func perSecond(x *float64) string {
	if x != nil && *x >= 99.5 {
		return whole(x)
	}
	return amount(x)
}

func usd(x *float64) string { return strconv.FormatFloat(*x, 'f', 2, 64) }

func about(is bool) string {
	if is {
		return "about "
	}
	return ""
}

// basis are the periods in words: "3 periods of 1m from 14:03Z to 14:06Z, CPU 60 to 70%, with 1 instance".
func (o *Sizing) basis() string {
	if len(o.BasedOn) == 0 {
		return ""
	}
	first, last := &o.BasedOn[0], &o.BasedOn[len(o.BasedOn)-1]
	low, high, few, many := first.CPU, first.CPU, first.Instances, first.Instances
	for i := range o.BasedOn {
		b := &o.BasedOn[i]
		low, high, few, many = min(low, b.CPU), max(high, b.CPU), min(few, b.Instances), max(many, b.Instances)
	}
	length := time.Duration(first.PeriodS * float64(time.Second))
	var b strings.Builder
	b.WriteString(sizing.PeriodText(first.T.UTC(), length) + "Z")
	if n := len(o.BasedOn); n > 1 {
		b.Reset()
		fmt.Fprintf(&b, "%d periods, %sZ to %sZ", n, sizing.PeriodClock(first.T.UTC(), length), sizing.PeriodClock(last.T.UTC(), length))
	}
	fmt.Fprintf(&b, ", CPU %s%%", ranged(whole(&low) != whole(&high), whole(&low)+" to ", whole(&high)))
	fmt.Fprintf(&b, ", %s", ranged(few != many, fmt.Sprintf("%d to ", few), o.Unit.Count(many)))
	return b.String()
}
