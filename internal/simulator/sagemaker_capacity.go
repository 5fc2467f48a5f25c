package simulator

import (
	"fmt"
	"slices"

	"sagetop/internal/simulator/wire"
)

// SageMaker: how many instances the variants of an endpoint have, and their shares of its requests.

type capacitiesInput struct {
	EndpointName                string
	DesiredWeightsAndCapacities []capacity
}

type capacity struct {
	VariantName          string
	DesiredWeight        *float64
	DesiredInstanceCount *int
}

func (in *capacitiesInput) check() *wire.Error {
	var c constraints
	c.some(len(in.DesiredWeightsAndCapacities), "desiredWeightsAndCapacities", maxVariants)
	for i, want := range in.DesiredWeightsAndCapacities {
		at := fmt.Sprintf("desiredWeightsAndCapacities.%d.member", i+1)
		c.name(want.VariantName, at+".variantName")
		between(&c, want.DesiredWeight, at+".desiredWeight", 0, maxWeight)
		between(&c, want.DesiredInstanceCount, at+".desiredInstanceCount", 1, maxInstances)
	}
	return c.fault()
}

// updateWeightsAndCapacities does all that it is asked for, or nothing.
func (s *Server) updateWeightsAndCapacities(in *capacitiesInput) (*endpointOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	now := s.change()
	defer s.changes.Unlock()
	e, fault := s.described(in.EndpointName)
	if fault != nil {
		return nil, fault
	}
	if fault := s.ready(e, now); fault != nil {
		return nil, fault
	}
	more := map[string]int{} // instances, by type
	for _, want := range in.DesiredWeightsAndCapacities {
		v := e.variant(want.VariantName)
		if v == nil {
			return nil, wire.Invalid("The variant name(s) \"%s\" is/are not present within endpoint configuration \"%s\".", want.VariantName, e.deployed.Load().config.name)
		}
		if want.DesiredInstanceCount != nil {
			_, desired := v.Counts(now)
			more[v.InstanceType] += *want.DesiredInstanceCount - desired
			if fault := s.limitInstances(now, v.InstanceType, more); fault != nil {
				return nil, fault
			}
		}
	}
	for _, want := range in.DesiredWeightsAndCapacities {
		if want.DesiredWeight != nil {
			s.weigh(e, want.VariantName, *want.DesiredWeight)
			e.occupy(now+s.moment(e.variant(want.VariantName).profile), s.clock.Wall(now))
		}
		if want.DesiredInstanceCount != nil {
			s.resize(e, e.variant(want.VariantName), *want.DesiredInstanceCount, now)
		}
	}
	return &endpointOutput{s.endpointARN(e)}, nil
}

// weigh gives a variant another weight.
func (s *Server) weigh(e *endpoint, name string, weight float64) {
	d := *e.deployed.Load()
	d.variants = slices.Clone(d.variants)
	for i, v := range d.variants {
		if v.name == name {
			d.variants[i] = v.weighed(weight)
		}
	}
	e.deployed.Store(&d)
}
