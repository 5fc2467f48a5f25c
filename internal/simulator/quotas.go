package simulator

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"sagetop/internal/simulator/wire"
)

// Service Quotas: how many instances of each type endpoints may have. The value is the limit that the simulator itself keeps.

const (
	quotaService  = "sagemaker"
	endpointUsage = " for endpoint usage" // behind an instance type: a quota's name
)

type quotasInput struct {
	ServiceCode, QuotaCode string
	MaxResults             *int
	NextToken              string
}

type serviceQuota struct {
	ServiceCode, ServiceName, QuotaArn, QuotaCode, QuotaName, Unit string
	Value                                                          float64
	Adjustable, GlobalQuota                                        bool
	QuotaAppliedAtLevel                                            string
}

type quotaOutput struct{ Quota serviceQuota }

type quotasOutput struct {
	Quotas    []serviceQuota
	NextToken string `json:",omitempty"`
}

func (in *quotasInput) check() *wire.Error {
	switch {
	case in.ServiceCode == "":
		return wire.BadRequest("IllegalArgumentException", "ServiceCode must not be null.")
	case in.ServiceCode != quotaService:
		return wire.BadRequest("NoSuchResourceException", "No quotas of the service %.64q are simulated, only those of %s.", in.ServiceCode, quotaService)
	case in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > 100):
		return wire.BadRequest("IllegalArgumentException", "MaxResults %d: must be 1 to 100.", *in.MaxResults)
	}
	return nil
}

// quota is how many instances of a type all endpoints may have together.
func (s *Server) quota(instanceType string) int {
	if n, own := s.config.Quotas[instanceType]; own {
		return n
	}
	return maxInstances
}

// quotas by instance type, with the value that of gives each.
func (s *Server) quotas(of func(instanceType string) int) []serviceQuota {
	var out []serviceQuota
	for _, instanceType := range slices.Sorted(maps.Keys(instanceTypes)) {
		code := quotaCode(instanceType)
		out = append(out, serviceQuota{
			ServiceCode: quotaService, ServiceName: "Amazon SageMaker", QuotaArn: s.arn("servicequotas", quotaService+"/"+code), QuotaCode: code,
			QuotaName: instanceType + endpointUsage, Unit: "None", Value: float64(of(instanceType)), Adjustable: true, QuotaAppliedAtLevel: "ACCOUNT",
		})
	}
	return out
}

// quotaCode looks like AWS's, and is none of them.
func quotaCode(instanceType string) string {
	return fmt.Sprintf("L-%08X", crc32.ChecksumIEEE([]byte(instanceType)))
}

func (s *Server) getServiceQuota(in *quotasInput) (*quotaOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	for _, q := range s.quotas(s.quota) {
		if q.QuotaCode == in.QuotaCode {
			return &quotaOutput{q}, nil
		}
	}
	return nil, wire.BadRequest("NoSuchResourceException", "The request failed because the specified service quota %.64q does not exist.", in.QuotaCode)
}

func (s *Server) listServiceQuotas(in *quotasInput) (*quotasOutput, *wire.Error) {
	return in.list(s.quotas(s.quota))
}

// listDefaultQuotas are those of an account without any of its own.
func (s *Server) listDefaultQuotas(in *quotasInput) (*quotasOutput, *wire.Error) {
	return in.list(s.quotas(func(string) int { return maxInstances }))
}

func (in *quotasInput) list(all []serviceQuota) (*quotasOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	if in.QuotaCode != "" {
		all = slices.DeleteFunc(all, func(q serviceQuota) bool { return q.QuotaCode != in.QuotaCode })
	}
	page, next, ok := pageOf(all, in.NextToken, orUsual(in.MaxResults, 100))
	if !ok {
		return nil, wire.BadRequest("InvalidPaginationTokenException", "The pagination token is invalid.")
	}
	return &quotasOutput{Quotas: page, NextToken: next}, nil
}
