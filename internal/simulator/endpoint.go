package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
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

// endpoint is a name for a deployment, which is replaced by another when the endpoint is updated.
type endpoint struct {
	name       string
	created    time.Time
	lateness   time.Duration
	components []*component // does not change
	tags       tags         // guarded by Server.changes

	deployed atomic.Pointer[deployment]

	mu       sync.Mutex
	rng      *rand.Rand
	phase    Status        // Creating, Updating to another configuration, Deleting; else InService
	pending  *deployment   // that will be in service after the phase
	since    time.Time     // begin of the phase
	busy     time.Duration // until when a change of weights or capacities keeps it Updating
	forced   Status        // set from outside; empty: the status follows from what happens
	reason   string
	modified time.Time
}

// deployment is a configuration at work. It does not change.
type deployment struct {
	config   *endpointConfig
	variants []*variant
	former   []*variant // of names that only earlier deployments had, the newest maxFormer, for what CloudWatch remembers
}

// maxFormer is how many variants are remembered that no deployment has any more.
const maxFormer = 2 * maxVariants

func (d *deployment) variant(name string) *variant {
	for _, v := range d.variants {
		if v.name == name {
			return v
		}
	}
	return nil
}

// known are the variants that CloudWatch remembers, in the newest generation of each.
func (d *deployment) known() []*variant { return slices.Concat(d.former, d.variants) }

// follow makes the variants of d those that come after the ones of the same name in old.
func (d *deployment) follow(old *deployment) {
	for _, was := range old.known() {
		if v := d.variant(was.name); v != nil {
			v.past = was.generations()
			v.past = v.past[max(0, len(v.past)-maxPast):]
		} else {
			d.former = append(d.former, was)
		}
	}
	d.former = d.former[max(0, len(d.former)-maxFormer):]
}

func newEndpoint(name string, seed uint64, created time.Time) *endpoint {
	return &endpoint{name: name, created: created, modified: created, since: created, phase: InService, rng: model.NewRand(seed, variantStream)}
}

// variants that serve, or will when the endpoint has been created.
func (e *endpoint) variants() []*variant { return e.deployed.Load().variants }

// variant of that name; nil when there is none.
func (e *endpoint) variant(name string) *variant { return e.deployed.Load().variant(name) }

// generations of the variant of that name, oldest first, as far as CloudWatch remembers them; of all variants for the empty name.
func (e *endpoint) generations(name string) []*variant {
	var out []*variant
	for _, v := range e.deployed.Load().known() {
		if v.name == name || name == "" {
			out = append(out, v.generations()...)
		}
	}
	return out
}

// metrics are how the endpoint publishes them.
func (e *endpoint) metrics() metricsConfig { return e.deployed.Load().config.metrics }

// pick draws a variant by weight.
func (e *endpoint) pick() *variant {
	variants := e.variants()
	if len(variants) == 1 {
		return variants[0]
	}
	total := 0.0
	for _, v := range variants {
		total += v.weight
	}
	e.mu.Lock()
	at := e.rng.Float64() * total
	e.mu.Unlock()
	for _, v := range variants {
		if at -= v.weight; at < 0 {
			return v
		}
	}
	return variants[0]
}

// serves: requests are answered. While it is created nothing can, whatever status it was given.
func (e *endpoint) serves() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.phase != Creating && cmp.Or(e.forced, e.phase).serves()
}

// coming is the deployment that the endpoint changes to, if it does.
func (e *endpoint) coming() *deployment {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pending
}

// status at t: that of its phase, or Updating while instances boot, unless it was set.
func (e *endpoint) status(t time.Duration) Status {
	e.mu.Lock()
	status, busy := cmp.Or(e.forced, e.phase), e.forced == "" && t < e.busy
	follows := e.forced == "" && e.phase == InService
	e.mu.Unlock()
	switch {
	case !follows:
		return status
	case busy:
		return Updating
	}
	for _, v := range e.variants() {
		if current, desired := v.Counts(t); current != desired {
			return Updating
		}
	}
	return InService
}

// enter begins a phase at t.
func (e *endpoint) enter(phase Status, pending *deployment, wall time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.phase, e.pending, e.since, e.modified = phase, pending, wall, wall
}

// occupy keeps the endpoint Updating until then.
func (e *endpoint) occupy(until time.Duration, wall time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy, e.modified = max(e.busy, until), wall
}

// ready says why the endpoint cannot be changed at t, or nil.
func (s *Server) ready(e *endpoint, t time.Duration) *wire.Error {
	switch status := e.status(t); status {
	case InService:
		return nil
	case Creating, Updating, RollingBack, Deleting:
		return wire.Invalid("Cannot update in-progress endpoint \"%s\".", s.endpointARN(e))
	default:
		return wire.Invalid("Cannot update endpoint \"%s\" because its status is %s.", s.endpointARN(e), status)
	}
}

// SetStatus overrides the status of an endpoint, with a reason for Failed; an empty status lets it follow from what happens again.
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

// Scale sets how many instances a variant is to have. New ones boot first, for Profile.Boot / TimeScale.
func (s *Server) Scale(endpoint, variant string, instances int) error {
	now := s.change()
	defer s.changes.Unlock()
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
	s.resize(e, v, instances, now)
	return nil
}

// resize sets how many instances v has, and returns when they are all in service or gone.
func (s *Server) resize(e *endpoint, v *variant, instances int, t time.Duration) (done time.Duration) {
	_, desired := v.Counts(t)
	v.Scale(t, instances)
	done = t
	switch {
	case instances > desired:
		done += s.boot(v.profile)
	case instances < desired:
		done += s.moment(v.profile)
	}
	e.occupy(done, s.clock.Wall(t))
	return done
}

func (s *Server) find(name string) (*endpoint, error) {
	if e := s.endpoints.get(name); e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%w endpoint %q", ErrUnknown, name)
}

// exactly is the endpoint that a caller of the runtime names: there, case matters.
func (s *Server) exactly(name string) *endpoint {
	if e := s.endpoints.lookup(name); e != nil && e.name == name {
		return e
	}
	return nil
}

// remembered is the endpoint that a dimension of CloudWatch or a group of logs names: one that was deleted, too.
func (s *Server) remembered(name string) *endpoint {
	if e := s.exactly(name); e != nil {
		return e
	}
	if e := s.departed.lookup(name); e != nil && e.name == name {
		return e
	}
	return nil
}

// described is the endpoint that a caller of the control plane names.
func (s *Server) described(name string) (*endpoint, *wire.Error) {
	var c constraints
	c.name(name, "endpointName")
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	if e := s.endpoints.get(name); e != nil {
		return e, nil
	}
	return nil, wire.Invalid("Could not find endpoint \"%s\".", s.arn("sagemaker", "endpoint/"+strings.ToLower(name)))
}

func (s *Server) endpointARN(e *endpoint) string {
	return s.arn("sagemaker", "endpoint/"+strings.ToLower(e.name))
}

func (s *Server) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, s.config.Region, s.config.Account, resource)
}
