package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Verdicts on a target.
const (
	Verified     = "verified"
	NotVerified  = "failed"
	Inconclusive = "inconclusive"
)

// Verification is what came of a target that the run was to prove.
type Verification struct {
	Run       string      `json:"run,omitempty"` // that projected it
	TargetTPS float64     `json:"target_tps"`
	ForS      float64     `json:"for_s"` // that it was to be held
	Verdict   string      `json:"verdict"`
	Why       string      `json:"why,omitempty"`
	From      time.Time   `json:"from,omitzero"`
	HeldS     float64     `json:"held_s"`
	Instances int         `json:"instances,omitempty"`
	Unit      sizing.Unit `json:"unit,omitempty"` // copies, where they are counted
	TPS       *float64    `json:"tps,omitempty"`
	Latency   *Latency    `json:"latency_ms,omitempty"`
	SLO       []SLO       `json:"slo"`

	CPU          *float64 `json:"cpu_per_core_percent,omitempty"`
	CPUProjected *float64 `json:"cpu_projected_percent,omitempty"` // for the target on these instances
	CPUError     *float64 `json:"cpu_error_points,omitempty"`      // measured less projected
	Each         *float64 `json:"tps_per_instance,omitempty"`
	EachAtCPU    *float64 `json:"tps_per_instance_projected,omitempty"` // at that CPU
	EachError    *float64 `json:"tps_error_percent,omitempty"`          // measured less projected
	Planned      int      `json:"instances_planned,omitempty"`
	Unprojected  string   `json:"not_projected,omitempty"` // why there is no projection
	Caveats      []string `json:"caveats,omitempty"`
}

// verify adds what came of the run's verification.
func (o *Sizing) verify(st *session.State) {
	p, v := st.Proof(), st.Verify
	out := &Verification{
		Run: v.Run, TargetTPS: v.TPS, ForS: round(v.For.Seconds()), Verdict: verdictOf(p.Verdict), Why: p.Why, From: utc(v.From),
		SLO: []SLO{}, Unprojected: v.Unprojected, Unit: st.Info.Target.Unit(),
	}
	for _, j := range p.Rules {
		out.SLO = append(out.SLO, slos([]session.SLO{{Rule: j.Rule, Value: j.Value, Pass: j.Verdict}})...)
	}
	if w := st.Held(); w != nil {
		out.HeldS, out.TPS, out.Latency = round(w.Length.Seconds()), new(round(w.TPS())), measured(w.Stats[runner.Response])
		out.Instances, _ = st.Instances(w)
	}
	out.compare(p)
	out.caveats(st)
	o.Verification, o.Verified = out, p.Verdict == sizing.Pass
}

func verdictOf(v sizing.Verdict) string {
	return map[sizing.Verdict]string{sizing.Pass: Verified, sizing.Fail: NotVerified, sizing.Unknown: Inconclusive}[v]
}

func (v *Verification) compare(p *sizing.Proof) {
	if p.CPU != nil {
		v.CPU = new(round(*p.CPU))
	}
	v.Each, v.CPUProjected, v.EachAtCPU = positive(p.PerInst), positive(p.Projected), positive(p.Expected)
	if v.CPU != nil && v.CPUProjected != nil {
		v.CPUError = new(round(*p.CPU - p.Projected))
	}
	if v.Each != nil && v.EachAtCPU != nil {
		v.EachError = new(round(100 * (p.PerInst/p.Expected - 1)))
	}
}

// caveats are why the projection was of something else.
func (v *Verification) caveats(st *session.State) {
	j := st.Verify.Projected
	if j == nil {
		return
	}
	v.Planned = j.Instances
	if v.Instances > 0 && v.Instances != j.Instances {
		v.Caveats = append(v.Caveats, fmt.Sprintf("with %s, where the plan says %d (%d for the load)", st.Info.Target.Unit().Count(v.Instances), j.Instances, j.Needed))
	}
	if kind := st.Facts.InstanceType; kind != j.Type {
		v.Caveats = append(v.Caveats, fmt.Sprintf("on %s, where the plan is for %s", orNone(kind), orNone(j.Type)))
	}
}

func orNone(kind string) string {
	if kind == "" {
		return "an instance type that is not known"
	}
	return kind
}

// verification of the run; nil when it was none.
func (s *Summary) verification() *Verification {
	if s.Sizing == nil {
		return nil
	}
	return s.Sizing.Verification
}

// headline says in a word what came of the target, and why.
func (v *Verification) headline() (word, why string) {
	switch v.Verdict {
	case Verified:
		why = fmt.Sprintf("%s/s held for %s", rate(v.TargetTPS), span(v.ForS))
		if v.Instances > 0 {
			why += " with " + v.Unit.Count(v.Instances)
		}
		if v.Why != "" {
			why += "; " + v.Why
		}
		return "VERIFIED", why
	case NotVerified:
		return "NOT VERIFIED", fmt.Sprintf("%s/s: %s", rate(v.TargetTPS), v.Why)
	}
	return "INCONCLUSIVE", v.Why
}

// heldText is what was measured under the target.
func (v *Verification) heldText() string {
	if v == nil || v.TPS == nil {
		return ""
	}
	parts := []string{amount(v.TPS) + " TPS for " + span(v.HeldS)}
	if l := v.Latency; l != nil && !v.judgesP99() {
		parts = append(parts, "p99 "+percentile(l.P99, l.Count, .99)+" ms")
	}
	for i := range v.SLO {
		parts = append(parts, v.SLO[i].text()+" "+passWords[v.SLO[i].Pass])
	}
	if v.CPU != nil {
		parts = append(parts, "CPU "+whole(v.CPU)+"%")
	}
	return strings.Join(parts, ", ")
}

// judgesP99 says whether a rule is about it, and so names it.
func (v *Verification) judgesP99() bool {
	return slices.ContainsFunc(v.SLO, func(o SLO) bool { return strings.HasPrefix(o.Expr, "p99") && !strings.HasPrefix(o.Expr, "p999") })
}

// projectedText is by how much the projection was wrong.
func (v *Verification) projectedText() string {
	switch {
	case v == nil:
		return ""
	case v.Unprojected != "":
		return "nothing: " + v.Unprojected
	case v.CPUProjected == nil:
		return ""
	}
	text := "CPU " + whole(v.CPUProjected) + "% at the target"
	if v.CPUError != nil {
		text += fmt.Sprintf(": measured %s", apart(*v.CPUError, " points"))
	}
	if v.EachError != nil {
		text += fmt.Sprintf("; %s/s each at CPU %s%%: measured %s/s, %s", perSecond(v.EachAtCPU), whole(v.CPU), perSecond(v.Each), apart(*v.EachError, "%"))
	}
	if v.Run != "" {
		text += "; by " + v.Run
	}
	return text
}

// apart is "2.1 points more", "3% less".
func apart(by float64, unit string) string {
	size := math.Round(math.Abs(by)*10) / 10
	switch {
	case size == 0:
		return "as much"
	case by < 0:
		return rate(size) + unit + " less"
	}
	return rate(size) + unit + " more"
}
