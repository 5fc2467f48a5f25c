package simulator

import (
	"slices"
	"time"

	"sagetop/internal/simulator/model"
)

// Streams of random numbers beside those of the variants, which number theirs from 0.
const (
	variantStream = 1<<32 + iota
	faultStream
)

// variant is a production variant of a deployment.
type variant struct {
	*model.Variant
	production
	name   string
	weight float64
	answer model.Response
	body   []byte     // of answer
	past   []*variant // those of this name in earlier deployments, oldest first, for what CloudWatch remembers
}

// maxPast is how many deployments back CloudWatch remembers a variant: more than anybody makes while points are of interest.
const maxPast = 100

// newVariant makes p's variant, whose first instances are in service at start.
func (s *Server) newVariant(c *endpointConfig, p production, seed uint64, start time.Duration) *variant {
	return &variant{
		Variant: model.NewVariant(model.Config{
			Profile: *p.profile, Instances: p.InitialInstanceCount, Routing: p.RoutingConfig.RoutingStrategy, Seed: seed, Clock: s.clock,
			TimeScale: s.config.TimeScale, Start: start,
			PublishEvery: c.metrics.publishEvery(), EnhancedMetrics: c.metrics.EnableEnhancedMetrics,
		}),
		production: p, name: p.VariantName, weight: p.InitialVariantWeight, answer: p.profile.Answer, body: []byte(p.profile.Answer.Body),
	}
}

// generations are v and those before it, oldest first.
func (v *variant) generations() []*variant { return append(slices.Clip(v.past), v) }

// weighed is v with another weight.
func (v *variant) weighed(weight float64) *variant {
	other := *v
	other.weight = weight
	return &other
}

// boot is how long a new instance of p takes.
func (s *Server) boot(p *model.Profile) time.Duration { return s.scaled(time.Duration(p.Boot)) }

// moment is how long a change takes that needs no new instance.
func (s *Server) moment(p *model.Profile) time.Duration {
	return s.scaled(min(5*time.Second, time.Duration(p.Boot)))
}

// serviceModel is how the instances of a created endpoint behave: as the ready profile that its model is called after, else like those of
// the server's first endpoint.
func (s *Server) serviceModel(modelName string) *model.Profile {
	if p, ok := model.Named(modelName); ok {
		return &p
	}
	if len(s.config.Endpoints) > 0 {
		return s.config.Endpoints[0].Profile
	}
	return new(model.Default())
}
