package simulator

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// SageMaker: inference components. A component's copies are to it what instances are to a variant: they start, serve, leave and are
// measured alike. What they reserve of the instances of the variant they run on is their own.

const maxCopies = 1000

// component of an endpoint. But for what is guarded by Server.changes it does not change.
type component struct {
	Component
	endpoint *endpoint
	host     string   // the variant on whose instances it runs
	copies   *variant // they are its instances

	desired  int
	busy     time.Duration // until when it is Updating
	reason   string        // why it has less than it should
	modified time.Time
}

// complete fills in what k does not say, from the instances of e, and says what is wrong.
func (k *Component) complete(e *EndpointConfig) error {
	h := e.Profile.Hardware
	k.Cores = cmp.Or(k.Cores, max(1, h.VCPUs/4))
	k.MemoryMB = cmp.Or(k.MemoryMB, int(h.MemoryGiB*mibPerGiB*k.share(h)))
	switch {
	case !validName(k.Name) || k.Copies < 0 || k.Copies > maxCopies:
		return fmt.Errorf("%w: endpoint %s: inference component %q with %d copies, must be a name like the endpoint's and 0 to %d", ErrConfig, e.Name, k.Name, k.Copies, maxCopies)
	case k.Cores < 0 || k.Cores > h.VCPUs:
		return fmt.Errorf("%w: endpoint %s: inference component %s: %d cores, must be 1 to the %d of an instance", ErrConfig, e.Name, k.Name, k.Cores, h.VCPUs)
	case k.MemoryMB < leastMemory || float64(k.MemoryMB) > h.MemoryGiB*mibPerGiB:
		return fmt.Errorf("%w: endpoint %s: inference component %s: memory_mb %d, must be %d to the %.0f of an instance", ErrConfig, e.Name, k.Name, k.MemoryMB, leastMemory, h.MemoryGiB*mibPerGiB)
	case k.Accelerators < 0 || k.Accelerators > h.GPUs:
		return fmt.Errorf("%w: endpoint %s: inference component %s: %d accelerators, must be 0 to the %d of an instance", ErrConfig, e.Name, k.Name, k.Accelerators, h.GPUs)
	case h.GPUs > 0 && k.Accelerators == 0:
		return fmt.Errorf("%w: endpoint %s: inference component %s: accelerators 0, must be 1 to %d for a model that does its work on them", ErrConfig, e.Name, k.Name, h.GPUs)
	}
	if k.Scaling != nil {
		k.Scaling = new(*k.Scaling)
		k.Scaling.Metric = cmp.Or(k.Scaling.Metric, invocationsPerCopy)
	}
	return k.Scaling.complete(e.Name)
}

const (
	mibPerGiB   = 1024
	leastMemory = 128 // MB, that SageMaker lets a copy reserve
)

// share of an instance's cores that a copy reserves.
func (k *Component) share(h model.Hardware) float64 { return float64(k.Cores) / float64(h.VCPUs) }

func (k *Component) memoryShare(h model.Hardware) float64 {
	return float64(k.MemoryMB) / (h.MemoryGiB * mibPerGiB)
}

// profile is how a copy behaves on an instance that behaves as p.
func (k *Component) profile(p model.Profile) *model.Profile {
	h := p.Hardware
	share, memory := k.share(h), k.memoryShare(h)
	some := func(n int, share float64) int { return max(min(n, 1), int(math.Round(float64(n)*share))) }
	p.Workers, p.Backlog = some(p.Workers, share), some(p.Backlog, share)
	p.CPU.Idle *= share
	p.Throttle.TPS, p.Throttle.Burst = p.Throttle.TPS*share, some(p.Throttle.Burst, share)
	p.Memory.PerWorker, p.Memory.PerRequest = p.Memory.PerWorker/memory, p.Memory.PerRequest/memory
	if h.GPUs > 0 {
		gpus := float64(k.Accelerators) / float64(h.GPUs)
		p.LLM.Batch = some(p.LLM.Batch, gpus)
		p.GPU.Idle, p.GPU.Active, p.GPU.Memory.Idle = p.GPU.Idle*gpus, p.GPU.Active*gpus, p.GPU.Memory.Idle*gpus
	}
	p.Hardware.VCPUs, p.Hardware.GPUs, p.Hardware.MemoryGiB = k.Cores, k.Accelerators, float64(k.MemoryMB)/mibPerGiB
	return &p
}

// host takes in the components of c.
func (s *Server) host(e *endpoint, c *EndpointConfig) error {
	for _, one := range c.Components {
		if k, _ := s.componentNamed(one.Name); k != nil {
			return fmt.Errorf("%w: endpoint %s: inference component %s is there twice", ErrConfig, e.name, one.Name)
		}
		p := production{
			productionVariant{VariantName: c.Variant, InstanceType: c.InstanceType, InitialInstanceCount: one.Copies, RoutingConfig: routingConfig{c.Routing}},
			one.profile(*c.Profile),
		}
		k := &component{Component: one, endpoint: e, host: c.Variant, desired: one.Copies, modified: e.created}
		k.copies = s.newVariant(e.deployed.Load().config, p, componentSeed+s.seeds, 0)
		s.seeds++
		e.components = append(e.components, k)
		if room := k.room(0); one.Copies > room {
			return fmt.Errorf("%w: endpoint %s: %d copies of inference component %s, and there is room for %d", ErrConfig, e.name, one.Copies, one.Name, room)
		}
		s.scalingOf(scalableOf(k), one.Scaling)
	}
	return nil
}

// componentSeed keeps the random numbers of copies apart from those of instances.
const componentSeed = 1 << 40

// room is how many copies of k have a place at t on the instances of its variant, beside those of its neighbours. A copy is on one of
// them.
func (k *component) room(t time.Duration) int {
	v := k.endpoint.variant(k.host)
	if v == nil {
		return 0
	}
	n, _ := v.Counts(t)
	free := make([]Component, n)
	h := v.profile.Hardware
	for i := range free {
		free[i] = Component{Cores: h.VCPUs, MemoryMB: int(h.MemoryGiB * mibPerGiB), Accelerators: h.GPUs}
	}
	for _, other := range k.endpoint.components {
		if other == k || other.host != k.host {
			continue
		}
		_, copies := other.copies.Counts(t)
		for range copies {
			other.place(free)
		}
	}
	placed := 0
	for placed < maxCopies && k.place(free) {
		placed++
	}
	return placed
}

// place a copy on the first of the instances that has so much free.
func (k *component) place(instances []Component) bool {
	for i := range instances {
		in := &instances[i]
		if in.Cores >= k.Cores && in.MemoryMB >= k.MemoryMB && in.Accelerators >= k.Accelerators {
			in.Cores, in.MemoryMB, in.Accelerators = in.Cores-k.Cores, in.MemoryMB-k.MemoryMB, in.Accelerators-k.Accelerators
			return true
		}
	}
	return false
}

// resizeComponent sets at t how many copies k is to have, and returns when those that find a place are in service.
func (s *Server) resizeComponent(k *component, copies int, t time.Duration) (done time.Duration) {
	_, before := k.copies.Counts(t)
	placed := min(copies, k.room(t))
	k.copies.Scale(t, placed)
	done = t + s.moment(k.copies.profile)
	if placed > before {
		done = t + s.boot(k.copies.profile)
	}
	k.desired, k.busy, k.modified, k.reason = copies, done, s.clock.Wall(t), ""
	if placed < copies {
		k.reason = "There is not enough hardware resources on the instances for this endpoint to create a copy of the inference component."
	}
	return done
}

// status of k at t.
func (k *component) status(t time.Duration) Status {
	switch {
	case t < k.busy:
		return Updating
	case k.reason != "":
		return Failed
	}
	return InService
}

func (e *endpoint) component(name string) *component {
	for _, k := range e.components {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// reached are the copies of the component a request names, if it must or may name one.
func (e *endpoint) reached(name, account string) (*variant, *wire.Error) {
	switch {
	case len(e.components) == 0 && name == "":
		return nil, nil
	case len(e.components) == 0:
		return nil, errValidation("Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference components. Please remove the Inference Component header and try again.")
	case name == "":
		return nil, errValidation("Inference Component Name header is required for endpoints to which you plan to deploy inference components. Please include Inference Component Name header or consider using SageMaker models.")
	}
	if k := e.component(name); k != nil {
		return k.copies, nil
	}
	return nil, errValidation("Inference Component %s of account %s not found.", name, account)
}

func errNoCapacity() *wire.Error {
	return errValidation("Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.")
}

type componentName struct{ InferenceComponentName string }

type componentSummary struct {
	InferenceComponentName, InferenceComponentArn string
	EndpointName, EndpointArn, VariantName        string
	InferenceComponentStatus                      Status
	CreationTime, LastModifiedTime                wire.Time
}

type componentDescription struct {
	componentSummary
	FailureReason string `json:",omitempty"`
	Specification struct {
		ModelName                   string
		ComputeResourceRequirements computeRequirements
	}
	RuntimeConfig struct{ DesiredCopyCount, CurrentCopyCount int }
}

type computeRequirements struct {
	NumberOfCpuCoresRequired           float64
	NumberOfAcceleratorDevicesRequired float64 `json:",omitempty"`
	MinMemoryRequiredInMb              int
}

func (s *Server) summary(k *component, t time.Duration) componentSummary {
	return componentSummary{
		InferenceComponentName: k.Name, InferenceComponentArn: s.componentARN(k.Name),
		EndpointName: k.endpoint.name, EndpointArn: s.endpointARN(k.endpoint), VariantName: k.host,
		InferenceComponentStatus: k.status(t),
		CreationTime:             wire.Time{Time: k.endpoint.created}, LastModifiedTime: wire.Time{Time: k.modified},
	}
}

func (s *Server) componentARN(name string) string {
	return s.arn("sagemaker", "inference-component/"+strings.ToLower(name))
}

func (s *Server) componentNamed(name string) (*component, *wire.Error) {
	var c constraints
	c.name(name, "inferenceComponentName")
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	for _, e := range s.endpoints.all() {
		if k := e.component(name); k != nil {
			return k, nil
		}
	}
	return nil, wire.Invalid("Could not find inference component \"%s\".", s.componentARN(name))
}

func (s *Server) describeInferenceComponent(in *componentName) (*componentDescription, *wire.Error) {
	now := s.change()
	defer s.changes.Unlock()
	k, fault := s.componentNamed(in.InferenceComponentName)
	if fault != nil {
		return nil, fault
	}
	out := &componentDescription{componentSummary: s.summary(k, now)}
	if out.InferenceComponentStatus == Failed {
		out.FailureReason = k.reason
	}
	out.Specification.ModelName = k.copies.profile.Name
	out.Specification.ComputeResourceRequirements = computeRequirements{float64(k.Cores), float64(k.Accelerators), k.MemoryMB}
	out.RuntimeConfig.DesiredCopyCount = k.desired
	out.RuntimeConfig.CurrentCopyCount, _ = k.copies.Counts(now)
	return out, nil
}

type runtimeConfigInput struct {
	InferenceComponentName string
	DesiredRuntimeConfig   struct{ CopyCount *int }
}

type componentOutput struct{ InferenceComponentArn string }

// updateComponentRuntimeConfig takes every count on: whether there is room for so many shows later.
func (s *Server) updateComponentRuntimeConfig(in *runtimeConfigInput) (*componentOutput, *wire.Error) {
	var c constraints
	if in.DesiredRuntimeConfig.CopyCount == nil {
		c.required("", "desiredRuntimeConfig.copyCount")
	}
	between(&c, in.DesiredRuntimeConfig.CopyCount, "desiredRuntimeConfig.copyCount", 0, maxCopies)
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	now := s.change()
	defer s.changes.Unlock()
	k, fault := s.componentNamed(in.InferenceComponentName)
	if fault != nil {
		return nil, fault
	}
	if k.status(now) == Updating {
		return nil, wire.Invalid("Cannot update in-progress inference component \"%s\".", s.componentARN(k.Name))
	}
	s.resizeComponent(k, *in.DesiredRuntimeConfig.CopyCount, now)
	return &componentOutput{s.componentARN(k.Name)}, nil
}

type componentsInput struct {
	listing
	EndpointNameEquals, VariantNameEquals string
}

type componentsOutput struct {
	InferenceComponents []componentSummary
	NextToken           string `json:",omitempty"`
}

func (s *Server) listInferenceComponents(in *componentsInput) (*componentsOutput, *wire.Error) {
	now := s.change()
	defer s.changes.Unlock()
	var items []listed
	for _, e := range s.endpoints.all() {
		for _, k := range e.components {
			if cmp.Or(in.EndpointNameEquals, e.name) == e.name && cmp.Or(in.VariantNameEquals, k.host) == k.host {
				items = append(items, listed{name: k.Name, status: k.status(now), created: e.created, modified: k.modified})
			}
		}
	}
	page, next, fault := in.page(items)
	if fault != nil {
		return nil, fault
	}
	out := &componentsOutput{InferenceComponents: []componentSummary{}, NextToken: next}
	for _, l := range page {
		if k, _ := s.componentNamed(l.name); k != nil {
			out.InferenceComponents = append(out.InferenceComponents, s.summary(k, now))
		}
	}
	return out, nil
}
