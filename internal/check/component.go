package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sagetop/cwmetrics"
)

// ofComponents is what can be asked only where inference components share the instances.
type ofComponents struct {
	named                *cwmetrics.Component // the one that is invoked; without a status it could not be described
	there                []string             // names of all on the endpoint
	describeErr, listErr error
}

// component that is asked about, nil when it is none.
func (l *look) component() *cwmetrics.Component {
	if l.Component == "" {
		return nil
	}
	return &cwmetrics.Component{Name: l.Component}
}

// ofComponent asks about the one that is named.
func (l *look) ofComponent() []func(context.Context) {
	if l.Component == "" {
		return nil
	}
	return []func(context.Context){
		func(ctx context.Context) {
			e := &cwmetrics.Endpoint{Name: l.Name}
			err := cwmetrics.DescribeComponent(ctx, l.api, e, l.Component)
			l.components.named = e.Component
			switch {
			case e.Component.Status != "": // then the error is of its neighbours
			case errors.Is(err, cwmetrics.ErrNoComponent):
				l.components.describeErr = err
			default:
				l.components.describeErr = l.Cloud.Explain(err)
			}
		},
		l.listComponents,
	}
}

func (l *look) listComponents(ctx context.Context) {
	there, err := cwmetrics.Components(ctx, l.api, l.Name)
	l.components.there, l.components.listErr = there, l.Cloud.Explain(err)
}

// shares says whether inference components share the instances, as far as that is known.
func (l *look) shares() bool {
	if l.endpoint != nil {
		for i := range l.endpoint.Variants {
			if l.endpoint.Variants[i].Components {
				return true
			}
		}
	}
	return l.Component != ""
}

// componentPermissions are those that only inference components take.
func (l *look) componentPermissions() (all []Permission) {
	if l.Component != "" {
		all = append(all, permission(svcSageMaker, "DescribeInferenceComponent", l.componentARN(), l.components.describeErr))
	}
	if l.shares() {
		all = append(all, permission(svcSageMaker, "ListInferenceComponents", "*", l.components.listErr))
	}
	return all
}

// scalePermission is the one to change what carries the load.
func (l *look) scalePermission() Permission {
	if l.Component != "" {
		return permission(svcSageMaker, "UpdateInferenceComponentRuntimeConfig", l.componentARN(), changes)
	}
	return permission(svcSageMaker, "UpdateEndpointWeightsAndCapacities", l.arn(), changes)
}

// invokePermission is of the endpoint, and of the component as well where one is invoked.
func (l *look) invokePermission(operation string, err error) Permission {
	p := permission(svcRuntime, operation, l.arn(), err)
	if l.Component != "" {
		p.also = l.componentARN()
	}
	return p
}

func (l *look) componentARN() string {
	return l.resource("sagemaker", "inference-component/"+strings.ToLower(l.Component))
}

// componentText is what is known of the component that is invoked.
func componentText(c *cwmetrics.Component) string {
	if c.Status == "" {
		return c.Name + ": not described, see the permissions below"
	}
	text := fmt.Sprintf("%s: %s%s, %s", c.Name, c.Status, words(": ", oneLine(c.FailureReason)), copies(c.Copies))
	if c.Desired != c.Copies {
		text += fmt.Sprintf(" (%d wanted)", c.Desired)
	}
	var reserved []string
	for _, r := range []struct {
		amount float64
		of     string
	}{{c.Cores, "cores"}, {c.Accelerators, "accelerators"}, {float64(c.MemoryMiB), "MiB"}} {
		if r.amount > 0 {
			reserved = append(reserved, fmt.Sprintf("%g %s", r.amount, r.of))
		}
	}
	if len(reserved) > 0 {
		text += ", " + strings.Join(reserved, ", ") + " each"
	}
	for i, n := range c.Neighbours {
		text += []string{"; beside ", ", "}[min(i, 1)] + n.Name + " (" + copies(n.Copies) + ")"
	}
	return text
}

func copies(n int) string {
	if n == 1 {
		return "1 copy"
	}
	return fmt.Sprintf("%d copies", n)
}
