package simulator

import (
	"fmt"
	"strings"
)

// desiredCapacity is what UpdateEndpointWeightsAndCapacities asks of one variant. What is left out stays.
type desiredCapacity struct {
	VariantName          string
	DesiredWeight        *float64
	DesiredInstanceCount *int
}

type capacityRequest struct {
	EndpointName                string
	DesiredWeightsAndCapacities []desiredCapacity
}

// updateCapacities changes instance counts. All of it is checked before any of it is done. Weights of a simulated endpoint are its
// configuration's and stay so.
func (s *Server) updateCapacities(x *exchange) (reply, *apiError) {
	var in capacityRequest
	if fault := decodeJSON(x.body, &in); fault != nil {
		return reply{}, fault
	}
	e := s.byName[in.EndpointName]
	if e == nil {
		return reply{}, errInvalid(fmt.Sprintf("Could not find endpoint \"%s\".", s.arn("sagemaker", "endpoint/"+strings.ToLower(in.EndpointName))))
	}
	if e.status(s.now()) != InService {
		return reply{}, errInvalid(fmt.Sprintf("Cannot update in-progress endpoint \"%s\".", s.endpointARN(e)))
	}
	if len(in.DesiredWeightsAndCapacities) == 0 {
		return reply{}, errInvalid("1 validation error detected: Value at 'desiredWeightsAndCapacities' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	for _, d := range in.DesiredWeightsAndCapacities {
		if fault := e.refuses(d); fault != nil {
			return reply{}, fault
		}
	}
	for _, d := range in.DesiredWeightsAndCapacities {
		if d.DesiredInstanceCount == nil {
			continue
		}
		if err := s.Scale(e.config.Name, d.VariantName, *d.DesiredInstanceCount); err != nil {
			return reply{}, errInvalid(err.Error())
		}
	}
	return replyJSON(struct{ EndpointArn string }{s.endpointARN(e)})
}

// refuses says what of d this endpoint cannot do, or nil.
func (e *endpoint) refuses(d desiredCapacity) *apiError {
	v := e.variant(d.VariantName)
	switch {
	case v == nil:
		return errInvalid(fmt.Sprintf("The variant name(s) \"%.64s\" is/are not present within endpoint configuration \"%s\".", d.VariantName, e.configName()))
	case d.DesiredWeight != nil && *d.DesiredWeight != v.weight:
		return errInvalid(fmt.Sprintf("The weight of variant \"%s\" cannot be changed: it is %v.", v.name, v.weight))
	case d.DesiredInstanceCount != nil && (*d.DesiredInstanceCount < 1 || *d.DesiredInstanceCount > maxInstances):
		return errInvalid(fmt.Sprintf("DesiredInstanceCount %d for variant \"%s\" must be between 1 and %d.", *d.DesiredInstanceCount, v.name, maxInstances))
	}
	return nil
}
