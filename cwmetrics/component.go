package cwmetrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"
)

// ComponentAPI is what describing inference components takes; *sagemaker.Client has it.
type ComponentAPI interface {
	DescribeInferenceComponent(context.Context, *sagemaker.DescribeInferenceComponentInput, ...func(*sagemaker.Options)) (*sagemaker.DescribeInferenceComponentOutput, error)
	ListInferenceComponents(context.Context, *sagemaker.ListInferenceComponentsInput, ...func(*sagemaker.Options)) (*sagemaker.ListInferenceComponentsOutput, error)
}

// ErrNoComponent is of a name that no inference component of the endpoint has.
var ErrNoComponent = errors.New("cwmetrics: no such inference component")

// Component is the inference component that is loaded. Its copies carry the load, on the instances of a variant.
type Component struct {
	Name          string      `json:"name"`
	Status        string      `json:"status,omitempty"` // InService, Updating, ...; empty: it could not be described
	FailureReason string      `json:"failure_reason,omitempty"`
	Variant       string      `json:"variant,omitempty"`
	Copies        int         `json:"copies"`
	Desired       int         `json:"desired"`
	Cores         float64     `json:"cores,omitempty"` // that a copy reserves, as the next two; 0: not said
	Accelerators  float64     `json:"accelerators,omitempty"`
	MemoryMiB     int         `json:"memory_mib,omitempty"`
	Neighbours    []Neighbour `json:"neighbours,omitempty"` // as they were when the run began
}

// Neighbour is another component on the same instances.
type Neighbour struct {
	Name   string `json:"name"`
	Copies int    `json:"copies"`
}

const (
	maxComponents = 100 // of an endpoint, that are listed
	maxNeighbours = 20  // that are asked for their copies
)

// PerInstance is how many copies an instance of that hardware has room for when nothing else is on it; 0 when that cannot be told.
func (c *Component) PerInstance(h Hardware) int {
	room := math.Inf(1)
	for _, r := range []struct{ has, takes float64 }{
		{float64(h.VCPUs), c.Cores},
		{float64(h.GPUs), c.Accelerators},
		{h.MemoryGiB * 1024, float64(c.MemoryMiB)},
	} {
		if r.takes > 0 {
			room = min(room, math.Floor(r.has/r.takes))
		}
	}
	if math.IsInf(room, 1) {
		return 0
	}
	return int(room)
}

// DescribeComponent describes the component of that name, which is on e, and its neighbours. Of what could not be described e.Component
// has the name alone. Errors wrap ErrNoComponent or those of api.
func DescribeComponent(ctx context.Context, api ComponentAPI, e *Endpoint, name string) error {
	e.Component = &Component{Name: name}
	c, err := describeComponent(ctx, api, e.Name, name)
	if err != nil {
		return err
	}
	e.Component = c
	return describeNeighbours(ctx, api, e)
}

func describeComponent(ctx context.Context, api ComponentAPI, endpoint, name string) (*Component, error) {
	out, err := api.DescribeInferenceComponent(ctx, &sagemaker.DescribeInferenceComponentInput{InferenceComponentName: &name})
	switch {
	case err != nil && strings.Contains(err.Error(), "Could not find inference component"):
		return nil, fmt.Errorf("%w: %s", ErrNoComponent, name)
	case err != nil:
		return nil, &callError{"sagemaker:DescribeInferenceComponent", err}
	case aws.ToString(out.EndpointName) != endpoint:
		return nil, fmt.Errorf("%w: %s is on endpoint %s", ErrNoComponent, name, aws.ToString(out.EndpointName))
	}
	c := &Component{
		Name: cmp.Or(aws.ToString(out.InferenceComponentName), name), Status: string(out.InferenceComponentStatus),
		FailureReason: aws.ToString(out.FailureReason), Variant: aws.ToString(out.VariantName),
	}
	if r := out.RuntimeConfig; r != nil {
		c.Copies, c.Desired = int(aws.ToInt32(r.CurrentCopyCount)), int(aws.ToInt32(r.DesiredCopyCount))
	}
	c.require(out.Specification)
	return c, nil
}

// require takes in what a copy reserves. With a specification for each of several instance types there is no one answer.
func (c *Component) require(s *types.InferenceComponentSpecificationSummary) {
	if s == nil || s.ComputeResourceRequirements == nil {
		return
	}
	r := s.ComputeResourceRequirements
	c.Cores, c.Accelerators = float64(aws.ToFloat32(r.NumberOfCpuCoresRequired)), float64(aws.ToFloat32(r.NumberOfAcceleratorDevicesRequired))
	c.MemoryMiB = int(aws.ToInt32(r.MinMemoryRequiredInMb))
}

func describeNeighbours(ctx context.Context, api ComponentAPI, e *Endpoint) error {
	all, err := list(ctx, api, e.Name, e.Component.Variant)
	if err != nil {
		return err
	}
	for _, name := range all {
		if name == e.Component.Name || len(e.Component.Neighbours) == maxNeighbours {
			continue
		}
		c, err := describeComponent(ctx, api, e.Name, name)
		if err != nil {
			return err
		}
		e.Component.Neighbours = append(e.Component.Neighbours, Neighbour{c.Name, c.Copies})
	}
	return nil
}

// Components are the names of those on the endpoint, 100 at most.
func Components(ctx context.Context, api ComponentAPI, endpoint string) ([]string, error) {
	return list(ctx, api, endpoint, "")
}

func list(ctx context.Context, api ComponentAPI, endpoint, variant string) ([]string, error) {
	in := &sagemaker.ListInferenceComponentsInput{EndpointNameEquals: &endpoint, MaxResults: aws.Int32(maxComponents), SortBy: types.InferenceComponentSortKeyName, SortOrder: types.OrderKeyAscending}
	if variant != "" {
		in.VariantNameEquals = &variant
	}
	out, err := api.ListInferenceComponents(ctx, in)
	if err != nil {
		return nil, &callError{"sagemaker:ListInferenceComponents", err}
	}
	var names []string
	for _, c := range out.InferenceComponents {
		names = append(names, aws.ToString(c.InferenceComponentName))
	}
	return names, nil
}

// Count is how many carry the load: copies of the component that is loaded, else instances of the variant. ok is false where that is
// not known.
func (e *Endpoint) Count(variant string) (now, desired int, ok bool) {
	if c := e.Component; c != nil {
		return c.Copies, c.Desired, c.Status != ""
	}
	if v := e.Variant(variant); v != nil {
		return v.Instances, v.Desired, true
	}
	return 0, 0, false
}

// Counted is e with other counts of what carries the load, as a change of them that is known makes it.
func (e *Endpoint) Counted(variant string, now, desired int) *Endpoint {
	changed := *e
	if e.Component != nil {
		c := *e.Component
		c.Copies, c.Desired = now, desired
		changed.Component = &c
		return &changed
	}
	changed.Variants = append([]Variant(nil), e.Variants...)
	if v := changed.Variant(variant); v != nil {
		v.Instances, v.Desired = now, desired
	}
	return &changed
}
