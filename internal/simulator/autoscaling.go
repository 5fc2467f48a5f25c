package simulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// Application Auto Scaling, of the variants of endpoints and of inference components.

const (
	scalingNamespace       = "sagemaker"
	scalingDimension       = "sagemaker:variant:DesiredInstanceCount"
	copiesDimension        = "sagemaker:inference-component:DesiredCopyCount"
	invocationsPerInstance = "SageMakerVariantInvocationsPerInstance"
	invocationsPerCopy     = "SageMakerInferenceComponentInvocationsPerCopy"
)

var (
	policyPattern    = regexp.MustCompile(`^\P{C}{1,256}$`)
	resourcePattern  = regexp.MustCompile(`^endpoint/([^/]+)/variant/([^/]+)$`)
	componentPattern = regexp.MustCompile(`^inference-component/([^/]+)$`)
)

// dimensionOf a resource, which is a variant's or an inference component's.
func dimensionOf(resource string) string {
	if componentPattern.MatchString(resource) {
		return copiesDimension
	}
	return scalingDimension
}

// metricOf a resource that policies may track.
func metricOf(resource string) string {
	if componentPattern.MatchString(resource) {
		return invocationsPerCopy
	}
	return invocationsPerInstance
}

// scalableResource names what an operation is about.
type scalableResource struct {
	ServiceNamespace, ScalableDimension string
	ResourceId                          string
}

func (in *scalableResource) check() *wire.Error {
	var c constraints
	c.required(in.ServiceNamespace, "serviceNamespace")
	if c.required(in.ResourceId, "resourceId") && len(in.ResourceId) > 1600 {
		c.add("of this length", "resourceId", "have length less than or equal to 1600")
	}
	c.required(in.ScalableDimension, "scalableDimension")
	if fault := c.fault(); fault != nil {
		return fault
	}
	switch {
	case in.ServiceNamespace != scalingNamespace:
		return wire.Invalid("Service namespace %.64s is not simulated: use %s.", in.ServiceNamespace, scalingNamespace)
	case in.ScalableDimension != scalingDimension && in.ScalableDimension != copiesDimension:
		return wire.Invalid("Scalable dimension %.64s is not simulated: use %s or %s.", in.ScalableDimension, scalingDimension, copiesDimension)
	case !resourcePattern.MatchString(in.ResourceId) && !componentPattern.MatchString(in.ResourceId), in.ScalableDimension != dimensionOf(in.ResourceId):
		return wire.Invalid("Unsupported service namespace, resource type or scalable dimension: %.256s", in.ResourceId)
	}
	return nil
}

// missing is said when what, such as a scalable target, is not there.
func (in *scalableResource) missing(what, more string) *wire.Error {
	return wire.BadRequest("ObjectNotFoundException", "No %s found for service namespace: %s, resource ID: %s, scalable dimension: %s%s", what, in.ServiceNamespace, in.ResourceId, in.ScalableDimension, more)
}

// scalableAt is what in names, not yet registered.
func (s *Server) scalableAt(in *scalableResource) (*scalable, *wire.Error) {
	if names := componentPattern.FindStringSubmatch(in.ResourceId); names != nil {
		k, _ := s.componentNamed(names[1])
		if k == nil {
			return nil, wire.Invalid("SageMaker inference component doesn't exist: %s", in.ResourceId)
		}
		return scalableOf(k), nil
	}
	names := resourcePattern.FindStringSubmatch(in.ResourceId)
	if e := s.exactly(names[1]); e != nil && e.variant(names[2]) != nil {
		return &scalable{endpoint: e.name, variant: names[2]}, nil
	}
	return nil, wire.Invalid("SageMaker endpoint variant doesn't exist: %s", in.ResourceId)
}

type suspendedState struct {
	DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended bool
}

type registerInput struct {
	scalableResource
	MinCapacity, MaxCapacity *int
	SuspendedState           *suspendedState
}

type registerOutput struct{ ScalableTargetARN string }

// registerScalableTarget makes a target or changes it, and brings its capacity within the bounds at once.
func (s *Server) registerScalableTarget(in *registerInput) (*registerOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	now := s.change()
	defer s.changes.Unlock()
	fresh, fault := s.scalableAt(&in.scalableResource)
	if fault != nil {
		return nil, fault
	}
	c := s.scaling.target(in.ResourceId)
	b, fault := in.bounds(c)
	if fault != nil {
		return nil, fault
	}
	if c == nil {
		c = s.register(fresh)
	}
	c.bounds = b
	s.judge(c, now)
	return &registerOutput{s.targetARN(c)}, nil
}

func (s *Server) targetARN(c *scalable) string {
	return s.arn("application-autoscaling", "scalable-target/"+c.resource())
}

// bounds are those asked for, and where nothing is asked those of c.
func (in *registerInput) bounds(c *scalable) (bounds, *wire.Error) {
	var b bounds
	switch {
	case c != nil:
		b = c.bounds
	case in.MinCapacity == nil || in.MaxCapacity == nil:
		return b, wire.Invalid("MinCapacity and MaxCapacity are required when a scalable target is registered for the first time.")
	}
	var broken constraints
	between(&broken, in.MinCapacity, "minCapacity", 0, maxInstances)
	between(&broken, in.MaxCapacity, "maxCapacity", 0, maxInstances)
	if in.MinCapacity != nil {
		b.min = *in.MinCapacity
	}
	if in.MaxCapacity != nil {
		b.max = *in.MaxCapacity
	}
	if in.SuspendedState != nil {
		b.suspended = *in.SuspendedState
	}
	if fault := broken.fault(); fault != nil {
		return b, fault
	}
	if b.max < b.min {
		return b, wire.Invalid("Maximum capacity cannot be less than minimum capacity")
	}
	return b, nil
}

func (s *Server) deregisterScalableTarget(in *scalableResource) (*struct{}, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	c := s.scaling.target(in.ResourceId)
	if c == nil {
		return nil, in.missing("scalable target", "")
	}
	s.scaling.targets = slices.DeleteFunc(s.scaling.targets, func(one *scalable) bool { return one == c })
	return &struct{}{}, nil
}

// scalingQuery is the input of the Describe operations.
type scalingQuery struct {
	ServiceNamespace, ScalableDimension string
	ResourceIds                         []string
	ResourceId                          string
	PolicyNames                         []string
	MaxResults                          *int
	NextToken                           string
}

func (in *scalingQuery) check() *wire.Error {
	var c constraints
	c.required(in.ServiceNamespace, "serviceNamespace")
	between(&c, in.MaxResults, "maxResults", 1, maxScalingPage)
	return c.fault()
}

const maxScalingPage = 50

func (in *scalingQuery) wants(resource string) bool {
	return in.ServiceNamespace == scalingNamespace &&
		(in.ScalableDimension == "" || in.ScalableDimension == dimensionOf(resource)) &&
		(len(in.ResourceIds) == 0 || slices.Contains(in.ResourceIds, resource)) &&
		(in.ResourceId == "" || in.ResourceId == resource)
}

// scalingPage is the page of items that in asks for.
func scalingPage[T any](in *scalingQuery, items []T) (page []T, next string, fault *wire.Error) {
	return cutPage(items, in.NextToken, orUsual(in.MaxResults, maxScalingPage))
}

type scalableTarget struct {
	ServiceNamespace, ResourceId, ScalableDimension, RoleARN, ScalableTargetARN string
	MinCapacity, MaxCapacity                                                    int
	CreationTime                                                                wire.Time
	SuspendedState                                                              suspendedState
}

type targetsOutput struct {
	ScalableTargets []scalableTarget
	NextToken       string `json:",omitempty"`
}

func (s *Server) describeScalableTargets(in *scalingQuery) (*targetsOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	targets := []scalableTarget{}
	for _, c := range s.scaling.targets {
		if !in.wants(c.resource()) {
			continue
		}
		targets = append(targets, scalableTarget{
			ServiceNamespace: scalingNamespace, ResourceId: c.resource(), ScalableDimension: dimensionOf(c.resource()),
			RoleARN:           fmt.Sprintf("arn:aws:iam::%s:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint", s.config.Account),
			ScalableTargetARN: s.targetARN(c), MinCapacity: c.min, MaxCapacity: c.max,
			CreationTime: wire.Time{Time: c.created}, SuspendedState: c.suspended,
		})
	}
	page, next, fault := scalingPage(in, targets)
	return &targetsOutput{page, next}, fault
}

type scalingActivity struct {
	ActivityId, ServiceNamespace, ResourceId, ScalableDimension string
	Description, Cause                                          string
	StartTime                                                   wire.Time
	EndTime                                                     *wire.Time `json:",omitempty"`
	StatusCode, StatusMessage                                   string
}

type activitiesOutput struct {
	ScalingActivities []scalingActivity
	NextToken         string `json:",omitempty"`
}

// describeScalingActivities answers the newest first.
func (s *Server) describeScalingActivities(in *scalingQuery) (*activitiesOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	now := s.change()
	defer s.changes.Unlock()
	activities := []scalingActivity{}
	for _, a := range slices.Backward(s.scaling.activities) {
		if in.wants(a.resource) {
			one := scalingActivity{
				ActivityId: a.id, ServiceNamespace: scalingNamespace, ResourceId: a.resource, ScalableDimension: dimensionOf(a.resource),
				Description: a.description, Cause: a.cause, StartTime: wire.Time{Time: s.clock.Wall(a.start)},
			}
			one.StatusCode, one.StatusMessage = a.status(now)
			if one.StatusCode != "InProgress" {
				one.EndTime = &wire.Time{Time: s.clock.Wall(a.end)}
			}
			activities = append(activities, one)
		}
	}
	page, next, fault := scalingPage(in, activities)
	return &activitiesOutput{page, next}, fault
}

// status of a at t, and in words.
func (a *activity) status(t time.Duration) (code, message string) {
	done := strings.Replace(strings.TrimSuffix(a.description, "."), "Setting", "Successfully set", 1)
	switch {
	case a.failure != "":
		return "Failed", a.failure
	case t < a.end:
		return "InProgress", done + ". Waiting for change to be fulfilled by sagemaker."
	}
	return "Successful", done + ". Change successfully fulfilled by sagemaker."
}
