package simulator

import (
	"crypto/sha256"
	"fmt"
	"time"

	"sagetop/internal/simulator/wire"
)

// SageMaker: DescribeEndpoint.

type endpointDescription struct {
	EndpointName, EndpointArn, EndpointConfigName string
	EndpointStatus                                Status
	FailureReason                                 string `json:",omitempty"`
	CreationTime, LastModifiedTime                wire.Time
	MetricsConfig                                 metricsConfig
	ProductionVariants                            []variantSummary `json:",omitempty"`
	PendingDeploymentSummary                      *pendingSummary  `json:",omitempty"`
}

// pendingSummary is of the deployment that boots.
type pendingSummary struct {
	EndpointConfigName string
	ProductionVariants []variantSummary
	StartTime          wire.Time
}

type variantSummary struct {
	VariantName          string
	DeployedImages       []deployedImage `json:",omitempty"`
	CurrentInstanceCount int
	DesiredInstanceCount int
	CurrentWeight        float64
	DesiredWeight        float64
	RoutingConfig        routingConfig
	VariantStatus        []variantStatus `json:",omitempty"`
}

type deployedImage struct {
	SpecifiedImage, ResolvedImage string
	ResolutionTime                wire.Time
}

type variantStatus struct {
	Status    Status
	StartTime wire.Time
}

// describeEndpoint shows no variant while the endpoint is created, as in life: they are pending.
func (s *Server) describeEndpoint(in *endpointName) (*endpointDescription, *wire.Error) {
	now := s.change()
	defer s.changes.Unlock()
	e, fault := s.described(in.EndpointName)
	if fault != nil {
		return nil, fault
	}
	d := e.deployed.Load()
	out := &endpointDescription{
		EndpointName: e.name, EndpointArn: s.endpointARN(e), EndpointConfigName: d.config.name,
		EndpointStatus: e.status(now), CreationTime: wire.Time{Time: e.created}, MetricsConfig: d.config.metrics,
	}
	e.mu.Lock()
	phase, pending, since := e.phase, e.pending, wire.Time{Time: e.since}
	out.LastModifiedTime, out.FailureReason = wire.Time{Time: e.modified}, e.reason
	e.mu.Unlock()
	if pending != nil {
		out.PendingDeploymentSummary = &pendingSummary{pending.config.name, s.summaries(pending, now, Creating, since), since}
	}
	if phase != Creating {
		out.ProductionVariants = s.summaries(d, now, phase, out.LastModifiedTime)
	}
	return out, nil
}

// summaries of the variants of d, all of them in a phase since then.
func (s *Server) summaries(d *deployment, t time.Duration, phase Status, since wire.Time) []variantSummary {
	var out []variantSummary
	for _, v := range d.variants {
		current, desired := v.Counts(t)
		one := variantSummary{
			VariantName: v.name, CurrentInstanceCount: current, DesiredInstanceCount: desired,
			CurrentWeight: v.weight, DesiredWeight: v.weight, RoutingConfig: v.RoutingConfig,
		}
		if v.ModelName != "" {
			one.DeployedImages = []deployedImage{s.image(v, d.config.created)}
		}
		status := phase
		if status == InService && current != desired {
			status = Updating
		}
		if status != InService {
			one.VariantStatus = []variantStatus{{status, since}}
		}
		out = append(out, one)
	}
	return out
}

// image of v's container: nobody can pull it, but its name and digest tell models apart.
func (s *Server) image(v *variant, resolved time.Time) deployedImage {
	repository := fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com/%s", s.config.Account, s.config.Region, v.ModelName)
	return deployedImage{
		SpecifiedImage: repository + ":latest", ResolvedImage: fmt.Sprintf("%s@sha256:%x", repository, sha256.Sum256([]byte(v.ModelName))),
		ResolutionTime: wire.Time{Time: resolved},
	}
}
