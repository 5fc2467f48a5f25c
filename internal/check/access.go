package check

import (
	"errors"
	"slices"
	"strings"

	"sagetop/internal/cloud"
	"sagetop/runner"
)

// State of a permission and of the way to what it is for.
type State string

// The states of a Permission.
const (
	Have        State = "have"
	Missing     State = "missing"
	Unreachable State = "unreachable"
	Unknown     State = "unknown" // it was answered, but not so that it would be known
	NotTried    State = "not tried"
)

// Permission to do what sagetop does.
type Permission struct {
	Action string `json:"action"` // as IAM names it
	State  State  `json:"state"`
	Why    string `json:"why,omitempty"`

	service   string // the SDK's name of it
	resource  string // of a policy that gives it
	also      string // one more of them; empty: there is none
	forbidden bool   // no policy can
	likely    bool   // missing as well, though it was not tried
	nameless  bool   // the service's host has no address: no way to it would help
	proxied   bool   // it is the proxy that is not reached, or refuses
}

// The services that are asked, by the SDK's names.
const (
	svcSageMaker = "SageMaker"
	svcRuntime   = "SageMaker Runtime"
	svcWatch     = "CloudWatch"
	svcScaling   = "Application Auto Scaling"
	svcLogs      = "CloudWatch Logs"
	svcPricing   = "Pricing"
	svcQuotas    = "Service Quotas"
	svcSTS       = "STS"
)

// Why calls are not made.
const (
	changes   = notTried("changes something")
	streams   = notTried("one more request")
	noPayload = notTried("no payload")
	noTarget  = notTried("nothing scales")
	needed    = notTried("needs the one before")
	noARN     = notTried("needs the ARN")
	unsure    = notTried("needs what is unknown")
)

// permissions of everything that sagetop does, in the order in which it does it.
func (l *look) permissions() []Permission {
	endpoint, all := l.arn(), "*"
	config := "*"
	if l.endpoint != nil && l.endpoint.Config != "" {
		config = l.resource("sagemaker", "endpoint-config/"+strings.ToLower(l.endpoint.Config))
	}
	describeErr, configErr := l.describeErr, error(nil)
	switch {
	case l.endpoint != nil:
		describeErr, configErr = nil, l.describeErr
	case describeErr != nil:
		configErr = dependent(describeErr, needed)
	}
	targetsErr, policiesErr := l.variant.scalingErr, error(nil)
	switch {
	case l.variant.scaling != nil:
		targetsErr, policiesErr = nil, l.variant.scalingErr
	case targetsErr != nil:
		policiesErr = dependent(targetsErr, needed)
	default:
		policiesErr = noTarget
	}
	return slices.Concat(
		[]Permission{
			permission(svcSTS, "GetCallerIdentity", all, l.whoErr),
			permission(svcSageMaker, "DescribeEndpoint", endpoint, describeErr),
			permission(svcSageMaker, "DescribeEndpointConfig", config, configErr),
			permission(svcSageMaker, "ListTags", endpoint, l.tagsErr),
			permission(svcSageMaker, "ListEndpoints", all, l.listErr),
		},
		l.componentPermissions(),
		[]Permission{
			l.invokePermission("InvokeEndpoint", noPayload),
			l.invokePermission("InvokeEndpointWithResponseStream", streams),
			permission(svcWatch, "GetMetricData", all, l.variant.trafficErr),
			permission(svcScaling, "DescribeScalableTargets", all, targetsErr),
			permission(svcScaling, "DescribeScalingPolicies", all, policiesErr),
			permission(svcScaling, "DescribeScalingActivities", all, l.variant.activitiesErr),
			permission(svcLogs, "FilterLogEvents", l.resource("logs", "log-group:"+l.logsGroup+":*"), l.logsErr),
			permission(svcPricing, "GetProducts", all, l.priceErr),
			permission(svcQuotas, "ListServiceQuotas", all, l.quotaErr),
			permission(svcQuotas, "ListAWSDefaultServiceQuotas", all, l.defaultErr),
			l.scalePermission(),
		},
	)
}

// notTried is why a call was not made.
type notTried string

func (n notTried) Error() string { return string(n) }

// dependent is what is known of a call that was not made for the failure of another one of the same service.
func dependent(failed error, why notTried) error {
	switch state(failed) {
	case Unreachable:
		return failed
	case Unknown:
		return unsure
	}
	return why
}

func permission(service, operation, resource string, err error) Permission {
	p := Permission{Action: cloud.Action(service, operation), service: service, resource: resource, State: state(err)}
	p.likely = err == needed || err == noARN
	if p.State == Unreachable { // how both clients put it
		p.proxied = strings.Contains(err.Error(), "no connection to the proxy") || strings.Contains(err.Error(), "the proxy refused")
		p.nameless = !p.proxied && strings.Contains(err.Error(), "no such host")
	}
	late := false
	if problem, ok := errors.AsType[*cloud.Problem](err); ok {
		p.forbidden, late = problem.Forbidden, problem.Late
	}
	switch {
	case p.forbidden:
		p.Why = "a policy forbids it"
	case late:
		p.Why = "nothing came in time"
	case p.State != Have && p.State != Missing:
		p.Why, _, _ = strings.Cut(err.Error(), "\n")
		p.Why = strings.TrimPrefix(p.Why, p.Action+" ")
	}
	return p
}

// state that a call which came to err tells of. What the service found wrong with the request it found after it had allowed it.
func state(err error) State {
	_, never := errors.AsType[notTried](err)
	switch {
	case err == nil, errors.Is(err, cloud.ErrNoPrice), errors.Is(err, cloud.ErrNoEndpoint):
		return Have
	case never:
		return NotTried
	case errors.Is(err, cloud.ErrDenied):
		return Missing
	case errors.Is(err, cloud.ErrUnreachable), errors.Is(err, cloud.ErrTLS):
		return Unreachable
	}
	return Unknown
}

// invoked is what a request tells of the permission to send it.
func invoked(c runner.Class, err error) State {
	if errors.Is(err, cloud.ErrNotAWS) {
		return Unknown
	}
	switch c {
	case runner.OK, runner.Check, runner.ModelError, runner.NotReady, runner.Validation:
		return Have
	case runner.Connect, runner.TLS:
		return Unreachable
	}
	return state(err)
}

// Policy is an IAM policy.
type Policy struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// Statement of a Policy.
type Statement struct {
	Effect   string   `json:"Effect"`
	Action   []string `json:"Action"`
	Resource string   `json:"Resource"`
}

// advise says in r what to ask an administrator for: a policy with what is missing, and the interface endpoints of what is unreachable.
func (r *Report) advise(url string) {
	r.Policy, r.VPCEndpoints = nil, nil
	p := &Policy{Version: "2012-10-17"}
	for _, have := range r.Permissions {
		switch {
		case have.State == Missing && !have.forbidden, have.likely:
			p.add(have.Action, have.resource)
			if have.also != "" {
				p.add(have.Action, have.also)
			}
		case have.State == Unreachable && !have.nameless && !have.proxied && url == "":
			if name := cloud.VPCEndpoint(r.Identity.Region, have.service); name != "" {
				r.VPCEndpoints = append(r.VPCEndpoints, name)
			}
		}
	}
	if len(p.Statement) > 0 {
		r.Policy = p
	}
	slices.Sort(r.VPCEndpoints)
	r.VPCEndpoints = slices.Compact(r.VPCEndpoints)
}

// add an action on a resource.
func (p *Policy) add(action, resource string) {
	i := slices.IndexFunc(p.Statement, func(s Statement) bool { return s.Resource == resource })
	if i < 0 {
		i = len(p.Statement)
		p.Statement = append(p.Statement, Statement{Effect: "Allow", Resource: resource})
	}
	p.Statement[i].Action = append(p.Statement[i].Action, action)
}
