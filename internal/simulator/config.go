package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// ErrConfig is wrapped by every error about a Config that cannot be served.
var ErrConfig = errors.New("simulator: bad config")

// Config says what is simulated. Zero fields mean the defaults named with them.
type Config struct {
	Region      string      // us-east-1
	Account     string      // 123456789012
	Role        string      // sagetop-demo: the role whose session the caller is
	Credentials Credentials // random ones without a session token; Server.Credentials tells them
	Endpoints   []EndpointConfig
	TimeScale   float64          // 1: boots, alarms and cooldowns pass so many times as fast
	Faults      []Fault          // none from the start
	Quotas      map[string]int   // of endpoints' instances by type, for all endpoints together; 1000 of each
	Access      func(Access)     // not told; called after each answer, by many at once
	Seed        uint64           // the same seed and the same requests at the same times give the same answers
	Now         func() time.Time // time.Now; another clock moves dates and points, waits are real
}

// Credentials are what requests must be signed with.
type Credentials = wire.Credentials

// EndpointConfig is one production variant of one endpoint. Several of the same Name are the variants of one endpoint; what belongs
// to the endpoint as a whole is taken from the first of them.
type EndpointConfig struct {
	Name         string
	Variant      string         // AllTraffic
	InstanceType string         // the profile's
	Instances    int            // 1 at the start
	Weight       float64        // 1: the variant's share of the requests that name none
	Routing      model.Routing  // Random
	Profile      *model.Profile // model.Default()
	Scaling      *Scaling       // none: auto scaling does not know the variant
	Components   []Component    // inference components on its instances; none: requests need not name one
	Price        float64        // USD an hour for an instance, simulated; one made of its hardware

	// Of the endpoint:
	EnhancedMetrics bool              // metrics for each instance; PublishEvery holds for all of them, not only for utilisation
	PublishEvery    time.Duration     // 60 s; 10, 30, 60, 120, 180, 240 or 300 s
	Lateness        time.Duration     // 0: how long after its period's end a point appears
	Tags            map[string]string // none

	seed uint64
}

// Scaling is what Application Auto Scaling does with a variant: between Min and Max instances, tracking Target. Cooldowns, alarms and
// boots pass TimeScale times as fast.
type Scaling struct {
	Min, Max                          int
	Metric                            string        // SageMakerVariantInvocationsPerInstance; others are described and do nothing
	Target                            float64       // of Metric; 0: a target without a policy
	ScaleInCooldown, ScaleOutCooldown time.Duration // 5 min
}

// Component is an inference component. Its copies share the variant's instances: each has a share of their workers, as large as that of
// the cores it reserves, and for itself.
type Component struct {
	Name         string   `json:"name"`
	Copies       int      `json:"copies"`       // 0: requests are refused
	Cores        int      `json:"cores"`        // that a copy reserves; a quarter of an instance's
	MemoryMB     int      `json:"memory_mb"`    // the same share of its memory
	Accelerators int      `json:"accelerators"` // 0
	Scaling      *Scaling `json:"-"`            // none: auto scaling does not know it
}

// maxWeight of a variant.
const maxWeight = 1e6

var (
	namePattern     = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$`)
	accountPattern  = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern   = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	instancePattern = regexp.MustCompile(`^ml\.[a-z0-9-]{1,20}\.[a-z0-9]{1,20}$`)
	rolePattern     = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	publishSeconds  = []int{10, 30, 60, 120, 180, 240, 300} // what a configuration may say of its metrics
)

const maxName = 63 // letters of a name, hyphens included

// validName: SageMaker takes it for an endpoint, a variant, ...
func validName(name string) bool { return len(name) <= maxName && namePattern.MatchString(name) }

// complete fills in defaults and says what is wrong.
func (c *Config) complete() error {
	c.Region = cmp.Or(c.Region, "us-east-1")
	c.Account = cmp.Or(c.Account, "123456789012")
	c.Role = cmp.Or(c.Role, "sagetop-demo")
	c.TimeScale = cmp.Or(c.TimeScale, 1)
	if c.Now == nil {
		c.Now = time.Now
	}
	switch {
	case !regionPattern.MatchString(c.Region):
		return fmt.Errorf("%w: region %q, must look like us-east-1", ErrConfig, c.Region)
	case !accountPattern.MatchString(c.Account):
		return fmt.Errorf("%w: account %q, must be 12 digits", ErrConfig, c.Account)
	case !rolePattern.MatchString(c.Role):
		return fmt.Errorf("%w: role %q, must be a role's name", ErrConfig, c.Role)
	case !(c.TimeScale >= 1e-3 && c.TimeScale <= 1e6):
		return fmt.Errorf("%w: time scale %v, must be 0.001 to 1e6", ErrConfig, c.TimeScale)
	case (c.Credentials.AccessKeyID == "") != (c.Credentials.SecretAccessKey == ""):
		return fmt.Errorf("%w: credentials need both an access key id and a secret access key", ErrConfig)
	}
	for instanceType, n := range c.Quotas {
		if n < 0 || n > maxInstances {
			return fmt.Errorf("%w: a quota of %d %s, must be 0 to %d", ErrConfig, n, instanceType, maxInstances)
		}
	}
	c.Quotas, c.Endpoints = maps.Clone(c.Quotas), slices.Clone(c.Endpoints)
	for i := range c.Endpoints {
		c.Endpoints[i].seed = c.Seed + uint64(i)
		if err := c.Endpoints[i].complete(); err != nil {
			return err
		}
	}
	return nil
}

func (e *EndpointConfig) complete() error {
	e.Variant = cmp.Or(e.Variant, "AllTraffic")
	e.Instances = cmp.Or(e.Instances, 1)
	e.Weight = cmp.Or(e.Weight, 1)
	e.Routing = cmp.Or(e.Routing, model.Random)
	e.PublishEvery = cmp.Or(e.PublishEvery, model.StandardPeriod)
	if e.Profile == nil {
		e.Profile = new(model.Default())
	} else {
		e.Profile = new(*e.Profile) // what the caller does with its own later is no concern of ours
	}
	e.InstanceType = cmp.Or(e.InstanceType, e.Profile.Hardware.InstanceType)
	if e.InstanceType == e.Profile.Hardware.InstanceType {
		e.Price = cmp.Or(e.Price, e.Profile.Hardware.PriceUSD)
	}
	switch {
	case !instancePattern.MatchString(e.InstanceType):
		return fmt.Errorf("%w: endpoint %s: instance type %q, must look like ml.m5.12xlarge", ErrConfig, e.Name, e.InstanceType)
	case !validName(e.Name):
		return fmt.Errorf("%w: endpoint name %q, must be 1 to 63 letters, digits and inner hyphens", ErrConfig, e.Name)
	case !validName(e.Variant):
		return fmt.Errorf("%w: endpoint %s: variant name %q, must be 1 to 63 letters, digits and inner hyphens", ErrConfig, e.Name, e.Variant)
	case e.Instances < 1 || e.Instances > maxInstances:
		return fmt.Errorf("%w: endpoint %s: %d instances, must be 1 to %d", ErrConfig, e.Name, e.Instances, maxInstances)
	case !(e.Price >= 0 && e.Price <= 1e6):
		return fmt.Errorf("%w: endpoint %s: price %v, must be 0 to 1e6 USD an hour", ErrConfig, e.Name, e.Price)
	case !(e.Weight > 0 && e.Weight <= maxWeight):
		return fmt.Errorf("%w: endpoint %s: weight %v, must be above 0, at most 1e6", ErrConfig, e.Name, e.Weight)
	case e.Routing != model.Random && e.Routing != model.LeastOutstanding:
		return fmt.Errorf("%w: endpoint %s: routing %q, must be %s or %s", ErrConfig, e.Name, e.Routing, model.Random, model.LeastOutstanding)
	case !slices.Contains(publishSeconds, int(e.PublishEvery.Seconds())) || e.PublishEvery%time.Second != 0:
		return fmt.Errorf("%w: endpoint %s: publish period %v, must be one of %v seconds", ErrConfig, e.Name, e.PublishEvery, publishSeconds)
	case e.Lateness < 0:
		return fmt.Errorf("%w: endpoint %s: lateness %v, must not be negative", ErrConfig, e.Name, e.Lateness)
	}
	if err := e.Profile.Validate(); err != nil {
		return fmt.Errorf("%w: endpoint %s: %w", ErrConfig, e.Name, err)
	}
	e.Components = slices.Clone(e.Components)
	for i := range e.Components {
		if err := e.Components[i].complete(e); err != nil {
			return err
		}
	}
	if e.Scaling != nil {
		e.Scaling = new(*e.Scaling)
	}
	return e.Scaling.complete(e.Name)
}

func (s *Scaling) complete(endpoint string) error {
	if s == nil {
		return nil
	}
	s.Metric = cmp.Or(s.Metric, invocationsPerInstance)
	s.ScaleInCooldown, s.ScaleOutCooldown = cmp.Or(s.ScaleInCooldown, usualCooldown), cmp.Or(s.ScaleOutCooldown, usualCooldown)
	if s.ScaleInCooldown < 0 || s.ScaleOutCooldown < 0 {
		return fmt.Errorf("%w: endpoint %s: cooldowns of %v and %v, must not be negative", ErrConfig, endpoint, s.ScaleInCooldown, s.ScaleOutCooldown)
	}
	if s.Min < 0 || s.Max < s.Min || !(s.Target >= 0) {
		return fmt.Errorf("%w: endpoint %s: scaling between %d and %d to %v, must be 0 <= min <= max and target >= 0", ErrConfig, endpoint, s.Min, s.Max, s.Target)
	}
	return nil
}
