package simulator

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"sagetop/internal/simulator/model"
)

// ErrUnknown is wrapped when a method names an endpoint or variant that is not there.
var ErrUnknown = errors.New("simulator: unknown")

// Status of an endpoint, in SageMaker's words.
type Status string

// The statuses that matter here.
const (
	InService    Status = "InService"
	Creating     Status = "Creating"
	Updating     Status = "Updating"
	RollingBack  Status = "RollingBack"
	OutOfService Status = "OutOfService"
	Deleting     Status = "Deleting"
	Failed       Status = "Failed"
)

// serves: requests are answered in this status.
func (s Status) serves() bool { return s == InService || s == Updating || s == RollingBack }

// endpoint is a name for variants.
type endpoint struct {
	config   *EndpointConfig // of its first variant
	created  time.Time
	variants []*variant // does not change

	mu       sync.Mutex
	rng      *rand.Rand
	forced   Status // set from outside; empty: it follows from the instances
	reason   string
	modified time.Time
	tags     map[string]string
}

func newEndpoint(c *EndpointConfig, created time.Time) *endpoint {
	return &endpoint{config: c, created: created, modified: created, rng: newRand(c.seed, variantStream), tags: maps.Clone(c.Tags)}
}

// Streams of random numbers beside those of the variants, which number theirs from 0.
const (
	variantStream = 1<<32 + iota
	faultStream
)

// newRand is a generator of its own for every (seed, stream).
func newRand(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

// variant is a production variant of an endpoint.
type variant struct {
	*model.Variant
	name         string
	instanceType string
	initial      int
	weight       float64
	routing      model.Routing
	modelName    string
	answer       model.Response
	body         []byte // of answer
}

func newVariant(c *EndpointConfig, cl model.Clock, scale float64) *variant {
	return &variant{
		Variant: model.NewVariant(model.Config{
			Profile: *c.Profile, Instances: c.Instances, Routing: c.Routing, Seed: c.seed, Clock: cl, TimeScale: scale,
			PublishEvery: c.PublishEvery, EnhancedMetrics: c.EnhancedMetrics,
		}),
		name: c.Variant, instanceType: c.InstanceType, initial: c.Instances, weight: c.Weight, routing: c.Routing,
		modelName: c.Profile.Name, answer: c.Profile.Answer, body: []byte(c.Profile.Answer.Body),
	}
}

func (e *endpoint) variant(name string) *variant {
	for _, v := range e.variants {
		if v.name == name {
			return v
		}
	}
	return nil
}

// pick draws a variant by weight.
func (e *endpoint) pick() *variant {
	if len(e.variants) == 1 {
		return e.variants[0]
	}
	total := 0.0
	for _, v := range e.variants {
		total += v.weight
	}
	e.mu.Lock()
	at := e.rng.Float64() * total
	e.mu.Unlock()
	for _, v := range e.variants {
		if at -= v.weight; at < 0 {
			return v
		}
	}
	return e.variants[0]
}

// status at t: Updating while instances boot, unless it was set.
func (e *endpoint) status(t time.Duration) Status {
	e.mu.Lock()
	forced := e.forced
	e.mu.Unlock()
	if forced != "" {
		return forced
	}
	for _, v := range e.variants {
		if current, desired := v.Counts(t); current != desired {
			return Updating
		}
	}
	return InService
}

// SetStatus overrides the status of an endpoint, with a reason for Failed; an empty status lets it follow from the instances again.
func (s *Server) SetStatus(endpoint string, status Status, reason string) error {
	e, err := s.find(endpoint)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forced, e.reason, e.modified = status, reason, s.config.Now()
	return nil
}

// SetTags replaces the tags of an endpoint.
func (s *Server) SetTags(endpoint string, tags map[string]string) error {
	e, err := s.find(endpoint)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tags = maps.Clone(tags)
	return nil
}

// Scale sets how many instances a variant is to have. New ones boot first, for Profile.Boot / TimeScale.
func (s *Server) Scale(endpoint, variant string, instances int) error {
	e, err := s.find(endpoint)
	if err != nil {
		return err
	}
	v := e.variant(variant)
	switch {
	case v == nil:
		return fmt.Errorf("%w variant %q of endpoint %s", ErrUnknown, variant, endpoint)
	case instances < 1 || instances > maxInstances:
		return fmt.Errorf("%w: %d instances, must be 1 to %d", ErrConfig, instances, maxInstances)
	}
	v.Scale(s.now(), instances)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.modified = s.config.Now()
	return nil
}

func (s *Server) find(name string) (*endpoint, error) {
	if e := s.byName[name]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%w endpoint %q", ErrUnknown, name)
}

func (s *Server) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, s.config.Region, s.config.Account, resource)
}
