package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sagetop/internal/simulator/model"
)

// What Application Auto Scaling keeps and does, under Server.changes.

const (
	maxActivities = 1000
	maxPolicies   = 50  // of a target
	maxBehind     = 120 // alarm periods that are evaluated in retrospect
)

// scaling is the store of targets and activities.
type scaling struct {
	targets    []*scalable // in the order of registration
	activities []activity  // oldest first
	running    bool        // an evaluation is on the agenda
}

// scalable is a registered target: a variant, or an inference component with its copies for instances.
type scalable struct {
	bounds
	endpoint, variant string
	component         string
	created           time.Time
	policies          []*policy
	out, in           last
}

// policy of a target.
type policy struct {
	tracking
	name, arn string
	created   time.Time
	metric    string
	given     targetTracking // as it was put
	alarms    []scalingAlarm
}

// activity is a change that auto scaling made, or failed to make.
type activity struct {
	id, resource       string
	description, cause string
	start, end         time.Duration
	failure            string
}

func (c *scalable) resource() string {
	if c.component != "" {
		return "inference-component/" + c.component
	}
	return resourceID(c.endpoint, c.variant)
}

func scalableOf(k *component) *scalable {
	return &scalable{endpoint: k.endpoint.name, variant: k.host, component: k.Name}
}

func resourceID(endpoint, variant string) string {
	return fmt.Sprintf("endpoint/%s/variant/%s", endpoint, variant)
}

// target is the registered one of that resource, or nil.
func (g *scaling) target(resource string) *scalable {
	for _, c := range g.targets {
		if c.resource() == resource {
			return c
		}
	}
	return nil
}

func (c *scalable) policy(name string) *policy {
	for _, p := range c.policies {
		if p.name == name {
			return p
		}
	}
	return nil
}

// scalingOf registers c as the server's configuration says.
func (s *Server) scalingOf(c *scalable, how *Scaling) {
	if how == nil {
		return
	}
	target := s.register(c)
	target.bounds = bounds{min: how.Min, max: how.Max}
	if how.Target == 0 {
		return
	}
	given := targetTracking{
		TargetValue: how.Target, PredefinedMetricSpecification: &metricSpecification{how.Metric},
		ScaleInCooldown: new(int(how.ScaleInCooldown.Seconds())), ScaleOutCooldown: new(int(how.ScaleOutCooldown.Seconds())),
	}
	s.put(target, cmp.Or(c.component, c.endpoint)+"-target-tracking", given)
}

// register makes c a target and sees to it that it is evaluated.
func (s *Server) register(c *scalable) *scalable {
	c.created = s.config.Now()
	s.scaling.targets = append(s.scaling.targets, c)
	if !s.scaling.running {
		s.scaling.running = true
		s.agenda.when(s.evaluation(s.now()), s.evaluate)
	}
	return c
}

// put sets a policy of c.
func (s *Server) put(c *scalable, name string, given targetTracking) *policy {
	p := c.policy(name)
	if p == nil {
		id := s.requestID()
		p = &policy{name: name, created: s.config.Now()}
		p.arn = s.arn("autoscaling", fmt.Sprintf("scalingPolicy:%s:resource/sagemaker/%s:policyName/%s", id, c.resource(), name))
		for _, which := range []alarm{alarmHigh, alarmLow} {
			alarm := fmt.Sprintf("TargetTracking-%s-%s-%s", c.resource(), which, id)
			p.alarms = append(p.alarms, scalingAlarm{s.arn("cloudwatch", "alarm:"+alarm), alarm})
		}
		c.policies = append(c.policies, p)
	}
	p.given, p.metric = given, given.PredefinedMetricSpecification.PredefinedMetricType
	p.tracking = tracking{
		target: given.TargetValue, disableScaleIn: given.DisableScaleIn,
		scaleInCooldown: s.cooldown(given.ScaleInCooldown), scaleOutCooldown: s.cooldown(given.ScaleOutCooldown),
	}
	return p
}

func (s *Server) cooldown(seconds *int) time.Duration {
	if seconds == nil {
		return s.scaled(usualCooldown)
	}
	return s.scaled(time.Duration(*seconds) * time.Second)
}

// forget what auto scaling knows about e.
func (s *Server) forget(e *endpoint) {
	s.scaling.targets = slices.DeleteFunc(s.scaling.targets, func(c *scalable) bool { return c.endpoint == e.name })
}

// evaluation is when alarms are evaluated first after t: at the end of their period.
func (s *Server) evaluation(t time.Duration) time.Duration {
	period := model.AlarmPeriod(s.config.TimeScale)
	return s.clock.Begin(s.clock.Index(t, period)+1, period)
}

// evaluate lets each target act at the time at, the end of an alarm period.
func (s *Server) evaluate(at time.Duration) {
	s.scaling.running = len(s.scaling.targets) > 0
	if !s.scaling.running {
		return
	}
	for _, c := range s.scaling.targets {
		s.judge(c, at)
	}
	after := max(at, s.now()-maxBehind*model.AlarmPeriod(s.config.TimeScale))
	s.agenda.when(s.evaluation(after), s.evaluate)
}

// judge lets c act at t, unless it is changing: then nobody may change it.
func (s *Server) judge(c *scalable, t time.Duration) {
	e := s.endpoints.get(c.endpoint)
	v, status := e.variant(c.variant), e.status(t)
	if k := e.component(c.component); k != nil {
		v, status = k.copies, k.status(t)
	}
	if v == nil || status != InService {
		return
	}
	_, now := v.Counts(t)
	if d := c.decide(t, v.Demand(t-e.lateness-s.faults.late(e.name), lowPeriods), now); d.instances != now {
		s.act(c, e, v, d, t)
	}
}

// act does what was decided, and says so in an activity.
func (s *Server) act(c *scalable, e *endpoint, v *variant, d decision, t time.Duration) {
	_, now := v.Counts(t)
	a := activity{
		id: s.requestID(), resource: c.resource(), cause: d.cause(c, now),
		description: fmt.Sprintf("Setting desired instance count to %d.", d.instances), start: t, end: t,
	}
	if k := e.component(c.component); k != nil {
		a.description = fmt.Sprintf("Setting desired copy count to %d.", d.instances)
		a.end = s.resizeComponent(k, d.instances, t)
	} else if fault := s.limitInstances(t, v.InstanceType, map[string]int{v.InstanceType: d.instances - now}); fault != nil {
		a.failure = fmt.Sprintf("Failed to set desired instance count to %d. Reason: %s (Service: AmazonSageMaker; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)", d.instances, fault.Message, fault.Code, a.id)
	} else {
		a.end = s.resize(e, v, d.instances, t)
	}
	switch through := (last{at: a.end, was: true}); {
	case d.policy == nil: // cooldowns are of what policies did
	case d.instances > now:
		c.out = through
	default:
		c.in = through
	}
	s.scaling.activities = append(s.scaling.activities, a)
	s.scaling.activities = s.scaling.activities[max(0, len(s.scaling.activities)-maxActivities):]
}

// cause of d in place of now instances, in AWS's words.
func (d decision) cause(c *scalable, now int) string {
	switch {
	case d.policy == nil && d.instances < now:
		return fmt.Sprintf("maximum capacity was set to %d", c.max)
	case d.policy == nil:
		return fmt.Sprintf("minimum capacity was set to %d", c.min)
	}
	name := d.policy.alarms[0].AlarmName
	if d.alarm == alarmLow {
		name = d.policy.alarms[1].AlarmName
	}
	return fmt.Sprintf("monitor alarm %s in state ALARM triggered policy %s", name, d.policy.name)
}
