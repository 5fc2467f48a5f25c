package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"sagetop/internal/sizing"
)

// planLines is how long the text of a plan may be: it is pasted into a ticket.
const planLines = 25

// WritePlan writes how many instances the target of s takes, for a ticket: at most 25 lines of 80 columns, but for two commands that
// are one line each so that they can be copied. s must have a Sizing without a Problem. dir is the run's folder.
func WritePlan(w io.Writer, s *Summary, dir string) error {
	t, tail := &text{}, &text{}
	t.hang(s.Sizing.word()+"  ", s.planTitle())
	t.WriteByte('\n')
	for _, f := range s.planFacts() {
		t.row(f.label, f.text)
	}
	tail.row("Run", dir)
	tail.hang("", clean(s.clampText()))
	tail.WriteString(s.registerCommand() + "\n" + s.policyCommand() + "\n")
	t.fill("Caveat", s.planCaveats(), planLines-t.lines()-tail.lines())
	_, err := w.Write(append(t.Bytes(), tail.Bytes()...))
	return err
}

// fill writes as many of all as have room in so many lines, one row each, and says how many have none.
func (t *text) fill(label string, all []string, lines int) {
	for i, one := range all {
		lines -= len(wrap(clean(one), textWidth-labelWidth))
		if left := len(all) - i; lines < 0 || lines == 0 && left > 1 {
			t.row(label, fmt.Sprintf("%d more with -o md", left))
			return
		}
		t.row(label, one)
		label = ""
	}
}

func (t *text) lines() int { return strings.Count(t.String(), "\n") }

// WritePlanMarkdown is WritePlan as Markdown, with Terraform beside the commands.
func WritePlanMarkdown(w io.Writer, s *Summary, dir string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** %s\n\n| | |\n|---|---|\n", s.Sizing.word(), escape(s.planTitle()))
	for _, f := range s.planFacts() {
		row(&b, f.label, f.text)
	}
	row(&b, "Run", dir)
	b.WriteByte('\n')
	for _, c := range s.planCaveats() {
		fmt.Fprintf(&b, "- %s\n", escape(c))
	}
	fmt.Fprintf(&b, "\n%s\n\n```sh\n%s\n%s\n```\n\n```hcl\n%s```\n", escape(s.clampText()), s.registerCommand(), s.policyCommand(), s.terraform())
	_, err := io.WriteString(w, b.String())
	return err
}

// WritePlanTerraform writes the auto scaling of a plan as Terraform.
func WritePlanTerraform(w io.Writer, s *Summary) error {
	_, err := fmt.Fprintf(w, "# %s: %s\n# %s\n%s", s.Sizing.word(), clean(s.planTitle()), clean(s.clampText()), s.terraform())
	return err
}

func (s *Summary) planTitle() string {
	o := s.Sizing
	what := fmt.Sprintf("%d x %s", o.Instances, s.Endpoint.InstanceType)
	if o.Unit == sizing.Copy {
		what = o.Unit.Count(o.Instances) + " of " + s.Endpoint.Component
	}
	return fmt.Sprintf("%s TPS takes %s: %d for the load, %d to spare", rate(o.TargetTPS), what, o.Needed, o.Instances-o.Needed)
}

// planFacts in the order in which a person asks for them.
func (s *Summary) planFacts() []fact {
	o := s.Sizing
	return []fact{
		{"Endpoint", s.endpointText()},
		{"By CPU", o.cpuText()},
		{"By SLO", s.sizedSLOText()},
		{"Zone lost", fmt.Sprintf("%d: when one of three zones takes %d of them, %d are left", o.ZoneSafe, o.LostZone, o.ZoneSafe-o.LostZone)},
		{"Cost", o.costText()},
		{"Based on", o.basis()},
		{"Scaling", s.trackingText()},
	}
}

func (o *Sizing) cpuText() string {
	if o.NoCPU != "" {
		return "not known: " + o.NoCPU
	}
	text := o.atCPU()
	if o.Interval != nil {
		text += fmt.Sprintf(" (%s to %s)", perSecond(&o.Interval[0]), perSecond(&o.Interval[1]))
	}
	if o.LimitedBy == "cpu" {
		text = fmt.Sprintf("%d: %s", o.Needed, text)
	}
	return text + fmt.Sprintf("; %d come to about %s%%", o.Instances, whole(o.CPU))
}

// sizedSLOText is what one instance was seen to bear within the SLOs; empty where none speaks of requests.
func (s *Summary) sizedSLOText() string {
	o := s.Sizing
	var all []string
	for i := range s.SLO {
		if unit := s.SLO[i].unit(); unit == " ms" || unit == "%" {
			all = append(all, s.SLO[i].Expr)
		}
	}
	rules := strings.Join(all, ", ")
	switch {
	case rules == "" || o.Held == nil && o.Failed == nil:
		return ""
	case o.Held == nil:
		return rules + " failed at " + perSecond(o.Failed) + "/s each and held nowhere"
	}
	n := o.AtSLO
	if o.LimitedBy == "slo" {
		n = o.Needed
	}
	text := fmt.Sprintf("%d: %s held up to %s/s each", n, rules, perSecond(o.Held))
	if o.Failed != nil {
		text += ", failed at " + perSecond(o.Failed)
	}
	return text
}

func (o *Sizing) costText() string {
	if o.Price == nil {
		return "not known: " + o.NoPrice
	}
	if o.Unit == sizing.Copy {
		return fmt.Sprintf("%d copies fill %s by what they reserve: %s USD/h, %s per million requests; %d fill %d: %s and %s; at %s USD/h each (%s), nothing else on them",
			o.Instances, plural(o.Hosts, "instance"), usd(o.Hour), usd(o.Million), o.ZoneSafe, o.SafeHosts, usd(o.SafeHour), usd(o.SafeMill), rate(*o.Price), o.PriceFrom)
	}
	return fmt.Sprintf("%d: %s USD/h, %s per million requests; %d: %s and %s; at %s USD/h each (%s), without Savings Plans, data, and hours below the target",
		o.Instances, usd(o.Hour), usd(o.Million), o.ZoneSafe, usd(o.SafeHour), usd(o.SafeMill), rate(*o.Price), o.PriceFrom)
}

func (s *Summary) trackingText() string {
	o := s.Sizing
	half := *o.MaxRate * 30
	metric, _, _ := s.tracked()
	text := fmt.Sprintf("%s %s a minute, so %d at the target: ", metric, whole(o.Tracking), o.Tracked)
	if *o.Tracking < math.Floor(half) {
		return text + fmt.Sprintf("room to grow %s%% a minute (--growth) until new ones are there, 9 minutes; half of %s/s, the most known, as AWS begins, is %s", rate(o.Growth), perSecond(o.MaxRate), whole(&half))
	}
	return text + fmt.Sprintf("half of %s/s, the most known, as AWS begins", perSecond(o.MaxRate))
}

// planCaveats are those of the sizing, then those of the run.
func (s *Summary) planCaveats() []string {
	return append(s.Sizing.Caveats[:len(s.Sizing.Caveats):len(s.Sizing.Caveats)], s.caveats()...)
}

// clampText is what registering the bounds does to the instances at once.
func (s *Summary) clampText() string {
	o, now := s.Sizing, s.Endpoint.Instances
	if c := s.Endpoint.Copies; c != nil {
		now = c.Count
	}
	text := fmt.Sprintf("RegisterScalableTarget puts the count within %d to %d at once", o.Least, o.Most)
	switch then := min(max(now, o.Least), o.Most); {
	case now == 0:
		return text + ":"
	case now == then:
		return text + fmt.Sprintf(": %d stays.", now)
	default:
		return text + fmt.Sprintf(": from %d to %d.", now, then)
	}
}

func (s *Summary) scalingTarget() (dimension, resource string) {
	return ScalingTarget(s.Endpoint.Name, s.Endpoint.Variant, s.Endpoint.Component)
}

func (s *Summary) scalingCommand(operation, rest string) string {
	region := ""
	if s.Endpoint.Region != "" {
		region = " --region " + s.Endpoint.Region
	}
	dimension, resource := s.scalingTarget()
	return fmt.Sprintf("aws application-autoscaling %s%s --service-namespace sagemaker --scalable-dimension %s --resource-id %s %s",
		operation, region, dimension, resource, rest)
}

func (s *Summary) registerCommand() string {
	return s.scalingCommand("register-scalable-target", fmt.Sprintf("--min-capacity %d --max-capacity %d", s.Sizing.Least, s.Sizing.Most))
}

func (s *Summary) policyCommand() string {
	_, metric, policy := s.tracked()
	return s.scalingCommand("put-scaling-policy", fmt.Sprintf(
		`--policy-name %s --policy-type TargetTrackingScaling --target-tracking-scaling-policy-configuration '{"TargetValue":%.0f,"PredefinedMetricSpecification":{"PredefinedMetricType":"%s"}}'`,
		policy, *s.Sizing.Tracking, metric))
}

func (s *Summary) terraform() string {
	dimension, resource := s.scalingTarget()
	_, metric, policy := s.tracked()
	return fmt.Sprintf(`resource "aws_appautoscaling_target" "variant" {
  service_namespace  = "sagemaker"
  scalable_dimension = %q
  resource_id        = %q
  min_capacity       = %d
  max_capacity       = %d
}

resource "aws_appautoscaling_policy" "variant" {
  name               = %q
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.variant.service_namespace
  scalable_dimension = aws_appautoscaling_target.variant.scalable_dimension
  resource_id        = aws_appautoscaling_target.variant.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = %.0f
    predefined_metric_specification {
      predefined_metric_type = %q
    }
  }
}
`, dimension, resource, s.Sizing.Least, s.Sizing.Most, policy, *s.Sizing.Tracking, metric)
}

// JSON is o as run.json holds it.
func (o *Sizing) JSON() ([]byte, error) { return indented(o) }
