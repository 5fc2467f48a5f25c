package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/shell"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// scaled is nil when the run left the instances alone.
func scaled(st *session.State) *Scaled {
	if len(st.Scalings) == 0 {
		return nil
	}
	before, owed := st.Owed()
	out := &Scaled{Unit: st.Info.Target.Unit(), Before: before, Changes: []Change{}, Restored: !owed}
	for _, c := range st.Scalings {
		if !c.Restore {
			out.After = c.To
		}
		out.Changes = append(out.Changes, change(st.Info.Started, &c))
	}
	if owed {
		by := owedBy(&st.Info)
		out.Undo = undo(&by, before, st.Info.Identity.Profile)
	}
	return out
}

func change(start time.Time, c *session.Scaling) Change {
	since := func(t time.Time) float64 { return round(t.Sub(start).Seconds()) }
	out := Change{From: c.From, To: c.To, AskedS: since(c.Asked), Failed: c.Failed, Restore: c.Restore}
	if !c.Over.IsZero() && c.Failed == "" {
		out.InUseS = new(since(c.Over))
	}
	return out
}

// undo is the command that puts what o is of back to n.
func undo(o *Owed, n int, profile string) string {
	words := fmt.Sprintf("aws sagemaker update-endpoint-weights-and-capacities --endpoint-name %s --desired-weights-and-capacities VariantName=%s,DesiredInstanceCount=%d --region %s",
		o.Endpoint, o.Variant, n, o.Region)
	if o.Component != "" {
		words = fmt.Sprintf("aws sagemaker update-inference-component-runtime-config --inference-component-name %s --desired-runtime-config CopyCount=%d --region %s", o.Component, n, o.Region)
	}
	if profile != "" {
		words += " --profile " + shell.Word(profile)
	}
	return words
}

// Stay is what is left of a change that was not put back.
func (c *Scaled) Stay() string {
	if c.Unit == sizing.Copy {
		return c.Unit.Count(c.After) + " stay"
	}
	return fmt.Sprintf("%d instances go on costing money", c.After)
}

// serve adds what the endpoint had, and what CloudWatch said of it, under w.
func (g *Segment) serve(st *session.State, w *runner.Window) {
	g.Instances, g.Scaling = st.Instances(w)
	var cpu, periods, model, answers float64
	for i := range st.Points {
		p := &st.Points[i]
		if !p.Complete || p.At.Unix() < w.From || p.End().Unix() > w.To {
			continue
		}
		if p.CPU != nil && p.CPU.Share != nil {
			cpu, periods = cpu+*p.CPU.Share, periods+1
		}
		if p.Model != nil {
			model, answers = model+ms(p.Model.Mean)*p.Model.Samples, answers+p.Model.Samples
		}
	}
	if periods > 0 {
		g.CPU = new(round(cpu / periods))
	}
	if answers > 0 {
		g.Model = new(round(model / answers))
	}
}

// scaledText says what was changed, and what of it is left.
func (s *Summary) scaledText() string {
	c := s.Scaled
	if c == nil {
		return ""
	}
	text := fmt.Sprintf("%d -> %s", c.Before, c.Unit.Count(c.After))
	switch last := c.last(); {
	case last.Failed != "":
		text += ", failed: " + last.Failed
	case last.InUseS != nil:
		text += fmt.Sprintf(", InService after %.0f s", *last.InUseS-last.AskedS)
	default:
		text += ", not seen InService"
	}
	switch {
	case c.Restored:
		text += fmt.Sprintf("; back to %d", c.Before)
	case c.Unit == sizing.Copy:
		text += fmt.Sprintf("; they stay until they are back to %d: the command below", c.Before)
	case s.Endpoint.Simulated:
		text += "; SIMULATED: at AWS they would cost money until the command below"
	default:
		text += fmt.Sprintf("; they cost money until they are back to %d: the command below", c.Before)
	}
	return text
}

// last change that was to stay for the load.
func (c *Scaled) last() *Change {
	i := len(c.Changes) - 1
	for i > 0 && c.Changes[i].Restore {
		i--
	}
	return &c.Changes[i]
}

// settings are the segments to be compared when instances were changed: those whose load was measured under several counts, else the
// last one of each count. Ramps, warm-up and the time of the change itself are none.
func (s *Summary) settings() []*Segment {
	var counts []int
	last := map[int]map[string]*Segment{}
	for i := range s.Load.Segments {
		g := &s.Load.Segments[i]
		if !g.loaded() || g.Ramp || g.Scaling || g.Instances == 0 || g.TPS == nil {
			continue
		}
		if last[g.Instances] == nil {
			counts, last[g.Instances] = append(counts, g.Instances), map[string]*Segment{}
		}
		last[g.Instances][g.load()] = g
		last[g.Instances][""] = g
	}
	if len(counts) < 2 {
		return nil
	}
	shared := map[string]int{}
	for _, loads := range last {
		for load := range loads {
			shared[load]++
		}
	}
	var all []*Segment
	for _, n := range counts {
		for load, g := range last[n] {
			if load != "" && shared[load] > 1 {
				all = append(all, g)
			}
		}
	}
	if len(all) == 0 {
		for _, n := range counts {
			all = append(all, last[n][""])
		}
	}
	slices.SortFunc(all, func(a, b *Segment) int { return cmp.Compare(a.FromS, b.FromS) })
	return all
}

// load in words: "240 users", "135/s".
func (g *Segment) load() string {
	if g.Rate != nil {
		return rate(*g.Rate) + "/s"
	}
	return plural(g.Users, "user")
}

// cells of a setting: load, TPS, p50, p99, failures, CPU, ModelLatency.
func (g *Segment) cells() []string {
	cpu := "-"
	if g.CPU != nil {
		cpu = whole(g.CPU) + "%"
	}
	return []string{
		g.load(), amount(g.TPS), percentile(g.Latency.P50, g.Latency.Count, .5), percentile(g.Latency.P99, g.Latency.Count, .99),
		percent(g.Requests.Failed, g.Requests.OK+g.Requests.Failed), cpu, amount(g.Model),
	}
}

var settingNames = []string{"load", "TPS", "p50 ms", "p99 ms", "failed", "CPU", "ModelLat"}

// settings side by side: before the change, and after.
func (t *text) settings(s *Summary) {
	all := s.settings()
	if len(all) == 0 {
		return
	}
	t.setting(s.countName(), settingNames)
	for _, g := range all {
		word := "after"
		if g.Instances == s.firstInstances() {
			word = "before"
		}
		t.setting(fmt.Sprintf("  %d %s", g.Instances, word), g.cells())
	}
}

func (t *text) setting(label string, cells []string) {
	cells = slices.Clone(cells)
	cells[0], cells[6] = wide(cells[0]), fmt.Sprintf("%8s", cells[6])
	t.columns(label, cells...)
}

// firstInstances that there were.
func (s *Summary) firstInstances() int {
	if s.Scaled != nil {
		return s.Scaled.Before
	}
	return s.settings()[0].Instances
}

// undo is a command to be copied: it may not be broken between words.
func (t *text) undo(s *Summary) {
	if s.Scaled == nil || s.Scaled.Undo == "" {
		return
	}
	lines := strings.NewReplacer(" --", " \\\n  --", " VariantName=", " \\\n    VariantName=")
	t.WriteString(lines.Replace(s.Scaled.Undo) + "\n")
}
