package sizing

import (
	"fmt"
	"time"

	"sagetop/runner"
)

// Projection is what a plan says of one instance and of a target, to be held against what is measured.
type Projection struct {
	TPS       float64 `json:"tps_per_instance,omitempty"` // at CPU; 0: it is by the SLO alone
	CPU       float64 `json:"cpu_percent,omitempty"`      // share of all cores that it is sized for; 0: as TPS
	Idle      float64 `json:"idle_percent,omitempty"`     // share without load
	Needed    int     `json:"instances_needed"`
	Instances int     `json:"instances"` // with those to spare
	Type      string  `json:"instance_type,omitempty"`
}

// Projection of s, which has no Problem, on instances as f says.
func (s *Sizing) Projection(f Facts) *Projection {
	p := &Projection{Needed: s.Needed, Instances: s.Spared, Type: f.InstanceType}
	if s.NoCPU == "" {
		p.TPS, p.CPU, p.Idle = s.Each.TPS, s.CPU, s.Each.idle
	}
	return p
}

// CPUAt is the share of all cores, by the line through p and the idle endpoint, at which one instance gives tps.
func (p *Projection) CPUAt(tps float64) float64 { return p.Idle + (p.CPU-p.Idle)*tps/p.TPS }

// TPSAt is the other way round; 0 for a share that is no more than that without load.
func (p *Projection) TPSAt(cpu float64) float64 {
	return max(0, p.TPS*(cpu-p.Idle)/(p.CPU-p.Idle))
}

// Trial is a target that was held.
type Trial struct {
	TPS       float64
	For       time.Duration  // that it was to be held
	From, To  int64          // Unix seconds, of that time
	Held      *runner.Window // under the target; nil: it did not come to that
	Instances int            // that bore it; 0: not known
	Changing  bool           // they came or went
	Projected *Projection    // nil: there is none
}

// Judged is a rule and how it stood under the target.
type Judged struct {
	Rule    Rule
	Value   float64
	Verdict Verdict
}

// Proof is what came of a Trial.
type Proof struct {
	Verdict   Verdict
	Why       string // it did not hold, or is not known
	Rules     []Judged
	CPU       *float64 // share of all cores, mean over its whole periods; nil: not known
	PerInst   float64  // successes a second of one instance; 0: not known
	Periods   int      // that CPU is of
	Projected float64  // CPU share that the projection has for the target on these instances; 0: none
	Expected  float64  // successes a second that it has for one instance at CPU; 0: none
}

// Prove judges t: an SLO that failed, or a target that was not served, disproves it, and so does a CPU share above the one that as many
// instances as the plan wanted were sized for, by more than minutes differ anyway. Too few samples, or too short a time, prove nothing.
func Prove(f Facts, periods []Period, t Trial) Proof {
	w := t.Held
	if w == nil || w.Length.Seconds() < minCoverage*t.For.Seconds() {
		held := time.Duration(0)
		if w != nil {
			held = w.Length.Round(time.Second)
		}
		return Proof{Why: fmt.Sprintf("%s/s were held for %v of %v", decimal(t.TPS), held, t.For)}
	}
	p := Proof{Rules: make([]Judged, 0, len(f.SLOs))}
	for _, r := range f.SLOs {
		value, v := r.Judge(w)
		p.Rules = append(p.Rules, Judged{r, value, v})
	}
	p.compare(periods, &t)
	p.Verdict, p.Why = p.judge(f, &t)
	p.Why = f.unit().words(p.Why)
	return p
}

// compare what was measured with what was projected.
func (p *Proof) compare(periods []Period, t *Trial) {
	sum := 0.
	for i := range periods {
		c := &periods[i].Client
		if c.From >= t.From && c.To <= t.To && judgeable(periods, i) && periods[i].Server.CPU != nil {
			sum, p.Periods = sum+*periods[i].Server.CPU, p.Periods+1
		}
	}
	if p.Periods > 0 {
		p.CPU = new(sum / float64(p.Periods))
	}
	if t.Instances == 0 || t.Changing {
		return
	}
	n := float64(t.Instances)
	p.PerInst = t.Held.TPS() / n
	if t.Projected == nil || t.Projected.TPS == 0 {
		return
	}
	p.Projected = t.Projected.CPUAt(t.TPS / n)
	if p.CPU != nil {
		p.Expected = t.Projected.TPSAt(*p.CPU)
	}
}

func (p *Proof) judge(f Facts, t *Trial) (v Verdict, why string) {
	w := t.Held
	if t.Changing {
		return Unknown, "instances came or went under the target"
	}
	for _, r := range p.Rules {
		if r.Verdict == Unknown {
			return Unknown, "too few samples to judge " + r.Rule.String()
		}
	}
	for _, r := range p.Rules {
		if r.Verdict == Fail {
			return Fail, r.String()
		}
	}
	due := w.Sent + w.Unsent - min(uint64(w.InFlight), w.Sent)
	if float64(w.OK) < served*float64(due) {
		return Fail, fmt.Sprintf("%s of the requests that were due succeeded", percentText(100*float64(w.OK)/float64(due)))
	}
	if j := t.Projected; j != nil && j.CPU > 0 && p.CPU != nil && t.Instances >= j.Needed && t.Instances > 0 && *p.CPU > j.CPU*(1+2*leastSpread) {
		return Fail, fmt.Sprintf("CPU %s, and %s were to stay within %s", percentText(*p.CPU), instancesText(t.Instances), percentText(j.CPU))
	}
	if f.CloudWatch && p.CPU == nil {
		return Pass, "CPU is not known: CloudWatch has no whole period of it"
	}
	return Pass, ""
}

// String is "p99<200ms is 230 ms".
func (j Judged) String() string {
	unit := " ms"
	if f, _ := figureNamed(j.Rule.Metric); f.unit == percent {
		unit = "%"
	} else if f.unit == perSecond {
		unit = "/s"
	}
	return j.Rule.String() + " is " + decimal(j.Value) + unit
}
