package cli

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"sagetop/internal/cloud"
	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// scaleFlags change how many instances the variant has.
func (o *options) scaleFlags(f *pflag.FlagSet) {
	f.IntVar(&o.instances, "instances", 0, "scale the variant to so many (an inference component to so many copies), and load it once they are in service")
	f.BoolVar(&o.restore, "restore", false, "at the end, put instances, or copies, back to what they were")
}

// validateScale refuses what contradicts itself.
func (o *options) validateScale() error {
	switch {
	case o.set["instances"] && (o.instances < 1 || o.instances > session.MaxInstances):
		return usage("--instances %d: must be 1 to %d", o.instances, session.MaxInstances)
	case o.set["instances"] && o.readOnly:
		return usage("--instances %d with --read-only: the one changes what the other forbids", o.instances)
	}
	return nil
}

// mayScale says whether instances may be changed where nobody can be asked. What is simulated costs nothing, and a dry run changes none.
func (o *options) mayScale(e *errand) error {
	switch name := nameOf(e.endpoint); {
	case o.restore && o.instances == 0 && !o.detach && !o.proves():
		return usage("--restore has no meaning without --instances, unless there is a screen to scale on")
	case o.instances > 0 && !e.simulated && o.yes != name && !o.dryRun:
		return usage("--instances %d changes endpoint %s at AWS and costs money, and without a screen nobody can be asked: add --yes=%s", o.instances, name, name)
	}
	return nil
}

// noScale is why the number of instances cannot be changed, or "".
func (s *site) noScale(o *options) string {
	c := s.endpoint.Component
	switch v := s.variant; {
	case s.container != nil:
		return "a container by its URL has none"
	case o.readOnly:
		return "--read-only was given"
	case c != nil && c.Status == "":
		return "how many there are is not known (sagemaker:DescribeInferenceComponent)"
	case c != nil:
		return ""
	case v == nil:
		return "how many there are is not known (sagemaker:DescribeEndpoint)"
	case s.variants(o) > 1:
		return "several variants share the load: give --variant to choose one"
	case v.Serverless:
		return "a serverless variant has none to set"
	case v.Components:
		return "inference components share them: give --inference-component to scale the copies of one"
	}
	return ""
}

// scalable says why the instances that were asked for cannot be had now, or nil.
func (r *rig) scalable() error {
	flag := fmt.Sprintf("--instances %d", r.o.instances)
	switch {
	case r.o.proves():
		flag = "--verify"
	case !r.scales():
		return nil
	}
	if why := r.site.noScale(r.o); why != "" {
		return fmt.Errorf("%s: %s stay as they are: %s", flag, r.site.unit().Many(), why)
	}
	if c := r.site.endpoint.Component; c != nil && (c.Status == "Updating" || c.Status == "Creating") {
		return fmt.Errorf("%s: inference component %s is %s, and takes no update until it is InService\nlook at it: aws sagemaker describe-inference-component --inference-component-name %s",
			flag, c.Name, c.Status, c.Name)
	}
	if e := r.site.endpoint; e.Status != "" && e.Status != "InService" {
		return fmt.Errorf("%s: endpoint %s is %s, and takes no update until it is InService\nwait: aws sagemaker wait endpoint-in-service --endpoint-name %s",
			flag, e.Name, e.Status, e.Name)
	}
	return nil
}

// scales says whether the flags ask for other instances than there are.
func (r *rig) scales() bool {
	n := r.o.first()
	return n > 0 && r.site.count() != n
}

// scaleText is what --instances will do, with what it costs; "" when that is nothing.
func (r *rig) scaleText() string {
	if !r.scales() {
		return ""
	}
	s, n := r.site, r.o.instances
	what := fmt.Sprintf("%d x %s", n, orDash(s.variant.InstanceType))
	until := ", which cost money until they are scaled back"
	if s.unit() == sizing.Copy {
		what, until = s.unit().Count(n)+" of "+s.endpoint.Component.Name, ", which stay after it; instances cost money, copies take their room"
	}
	if r.o.restore {
		until = " until the end of the run"
	}
	text := fmt.Sprintf("it goes from %d to %s%s", s.count(), what, until)
	if why := r.site.bounds(r.o.instances); why != "" {
		text += "; " + why
	}
	return text + r.quotaText()
}

// scaleNotes are caveats of other instances that are known before the start.
func (r *rig) scaleNotes() (notes []string) {
	if !r.scales() || r.site.variant == nil {
		return nil
	}
	if r.o.instances > r.site.count() && r.o.warmup == 0 && !r.e.simulated && r.e.verify == nil {
		notes = append(notes, "new "+r.site.unit().Many()+" are slower for their first two minutes: --warmup 2m leaves those out of the figures")
	}
	if why := r.site.bounds(r.o.instances); why != "" {
		notes = append(notes, why)
	}
	return notes
}

// bounds is what auto scaling will make of n instances, or "".
func (s *site) bounds(n int) string {
	switch a := s.scaling; {
	case a == nil || a.Paused:
		return ""
	case n < a.Min || n > a.Max:
		return fmt.Sprintf("auto scaling keeps it at %d to %d and may undo that", a.Min, a.Max)
	default:
		return fmt.Sprintf("auto scaling (%d to %d) may change it again", a.Min, a.Max)
	}
}

// scaler of what is under load. A simulated one is looked at more often: its time passes faster.
func (r *rig) scaler() *cloud.Scaler {
	s := &cloud.Scaler{Cloud: r.site.cloud, Endpoint: r.site.endpoint.Name, Variant: r.site.variantName(), Component: report.ComponentOf(r.site.endpoint)}
	if r.e.simulated {
		s.Every = time.Second
	}
	return s
}

// cold is how long instances that come under load are warm-up. Where they come first, --warmup says so.
func (r *rig) cold() time.Duration {
	if r.e.simulated {
		return time.Duration(float64(warmup) / r.o.timeScale)
	}
	return warmup
}
