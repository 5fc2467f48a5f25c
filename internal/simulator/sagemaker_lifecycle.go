package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sagetop/internal/simulator/wire"
)

// SageMaker: endpoints come, change and go.

// establish makes a variant of the server's configuration, and its endpoint with the first of them: they have been there for ever.
func (s *Server) establish(c *EndpointConfig) error {
	e := s.endpoints.get(c.Name)
	if e == nil {
		since := s.clock.Origin
		if !c.Profile.Warmup.Initial { // a client must not take what is warm for new
			since = since.Add(-time.Hour)
		}
		e = newEndpoint(c.Name, c.seed, since)
		e.lateness = c.Lateness
		e.tags = tagsOf(c.Tags)
		e.deployed.Store(&deployment{config: &endpointConfig{name: configNameOf(c.Name), created: e.created, metrics: metricsConfig{
			c.EnhancedMetrics, int(c.PublishEvery.Seconds()),
		}}})
		s.endpoints.add(e.name, e)
		s.configs.add(e.deployed.Load().config.name, e.deployed.Load().config)
	}
	switch {
	case e.name != c.Name:
		return fmt.Errorf("%w: endpoints %s and %s differ in nothing but case", ErrConfig, e.name, c.Name)
	case e.variant(c.Variant) != nil:
		return fmt.Errorf("%w: endpoint %s has two variants %s", ErrConfig, c.Name, c.Variant)
	}
	d := e.deployed.Load()
	p := production{productionVariant{c.Variant, c.Profile.Name, c.InstanceType, c.Instances, c.Weight, routingConfig{c.Routing}}, c.Profile}
	if len(c.Components) > 0 {
		p.ModelName = ""
	}
	d.config.variants = append(d.config.variants, p)
	d.variants = append(d.variants, s.newVariant(d.config, p, c.seed, 0))
	s.seeds = max(s.seeds, c.seed+1)
	if err := s.host(e, c); err != nil {
		return err
	}
	s.scalingOf(&scalable{endpoint: c.Name, variant: c.Variant}, c.Scaling)
	return nil
}

// configNameOf the endpoint of that name, which was there from the start: a name that SageMaker would take, too.
func configNameOf(endpoint string) string {
	if name := endpoint + "-config"; validName(name) {
		return name
	}
	return endpoint
}

// deploy makes the variants of c for e, all of them in service at the time that is returned.
func (s *Server) deploy(c *endpointConfig, t time.Duration, as func(production) production) (*deployment, time.Duration, *wire.Error) {
	d, start := &deployment{config: c}, t
	for _, p := range c.variants {
		start = max(start, t+s.boot(p.profile))
	}
	more := map[string]int{} // instances, by type
	for _, p := range c.variants {
		p = as(p)
		more[p.InstanceType] += p.InitialInstanceCount
		if fault := s.limitInstances(t, p.InstanceType, more); fault != nil {
			return nil, 0, fault
		}
		d.variants = append(d.variants, s.newVariant(c, p, s.seeds, start))
		s.seeds++
	}
	return d, start, nil
}

type createEndpointInput struct {
	EndpointName, EndpointConfigName string
	Tags                             []tag
	DeploymentConfig                 *deploymentConfig
}

// deploymentConfig: of the ways to deploy, all at once is simulated.
type deploymentConfig struct {
	BlueGreenUpdatePolicy struct {
		TrafficRoutingConfiguration struct{ Type string }
	}
	RollingUpdatePolicy, AutoRollbackConfiguration json.RawMessage
}

func (d *deploymentConfig) check() *wire.Error {
	if d == nil {
		return nil
	}
	if kind := d.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.Type; kind != "" && kind != "ALL_AT_ONCE" {
		return wire.Invalid("Traffic routing %.64s is not simulated: use ALL_AT_ONCE.", kind)
	}
	return notSimulated(feature{"RollingUpdatePolicy", d.RollingUpdatePolicy}, feature{"AutoRollbackConfiguration", d.AutoRollbackConfiguration})
}

type endpointOutput struct{ EndpointArn string }

// createEndpoint boots the first instances; until they are in service, so is nothing.
func (s *Server) createEndpoint(in *createEndpointInput) (*endpointOutput, *wire.Error) {
	var c constraints
	c.name(in.EndpointName, "endpointName")
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	tags, fault := tags{}.with(in.Tags)
	if fault != nil {
		return nil, fault
	}
	if fault := in.DeploymentConfig.check(); fault != nil {
		return nil, fault
	}
	now := s.change()
	defer s.changes.Unlock()
	config, fault := s.configured(in.EndpointConfigName)
	if fault != nil {
		return nil, fault
	}
	e := newEndpoint(in.EndpointName, s.seeds, s.config.Now())
	e.tags = tags
	if len(s.config.Endpoints) > 0 {
		e.lateness = s.config.Endpoints[0].Lateness
	}
	switch n := len(s.endpoints.all()); {
	case s.endpoints.get(e.name) != nil:
		return nil, wire.Invalid("Cannot create already existing endpoint \"%s\".", s.endpointARN(e))
	case n >= maxEndpoints:
		return nil, limitExceeded("Number of endpoints", "Endpoints", maxEndpoints, n, 1)
	}
	d, start, fault := s.deploy(config, now, func(p production) production { return p })
	if fault != nil {
		return nil, fault
	}
	if before := s.remembered(e.name); before != nil {
		d.follow(before.deployed.Load())
		s.departed.remove(e.name)
	}
	e.deployed.Store(d)
	e.enter(Creating, d, e.created)
	s.endpoints.add(e.name, e)
	s.agenda.when(start, func(at time.Duration) {
		if e.coming() == d {
			e.enter(InService, nil, s.clock.Wall(at))
		}
	})
	return &endpointOutput{s.endpointARN(e)}, nil
}

type updateEndpointInput struct {
	EndpointName, EndpointConfigName string
	RetainAllVariantProperties       bool
	ExcludeRetainedVariantProperties []struct{ VariantPropertyType string }
	RetainDeploymentConfig           bool
	DeploymentConfig                 *deploymentConfig
}

func (in *updateEndpointInput) retains(property string) bool {
	return in.RetainAllVariantProperties && !slices.ContainsFunc(in.ExcludeRetainedVariantProperties, func(x struct{ VariantPropertyType string }) bool {
		return x.VariantPropertyType == property
	})
}

// updateEndpoint boots a whole new deployment beside the one that serves; when all of it is in service, requests go there.
func (s *Server) updateEndpoint(in *updateEndpointInput) (*endpointOutput, *wire.Error) {
	if fault := in.DeploymentConfig.check(); fault != nil {
		return nil, fault
	}
	now := s.change()
	defer s.changes.Unlock()
	e, fault := s.described(in.EndpointName)
	if fault != nil {
		return nil, fault
	}
	config, fault := s.configured(in.EndpointConfigName)
	if fault != nil {
		return nil, fault
	}
	if fault := s.ready(e, now); fault != nil {
		return nil, fault
	}
	if fault := s.mayUpdate(e, config); fault != nil {
		return nil, fault
	}
	d, start, fault := s.deploy(config, now, func(p production) production { return in.retained(e.variant(p.VariantName), p, now) })
	if fault != nil {
		return nil, fault
	}
	e.enter(Updating, d, s.clock.Wall(now))
	s.agenda.when(start, func(at time.Duration) { s.replace(e, d, at) })
	return &endpointOutput{s.endpointARN(e)}, nil
}

// mayUpdate refuses to change under auto scaling what that counts with.
func (s *Server) mayUpdate(e *endpoint, to *endpointConfig) *wire.Error {
	var held []string
	for _, v := range e.variants() {
		if s.scaling.target(resourceID(e.name, v.name)) == nil {
			continue
		}
		if !slices.ContainsFunc(to.variants, func(p production) bool { return p.VariantName == v.name && p.InstanceType == v.InstanceType }) {
			held = append(held, v.name)
		}
	}
	if len(held) > 0 {
		return wire.Invalid("The variant(s) \"%v\" must be deregistered as scalable targets with AWS Auto Scaling before they can be removed or have their instance type updated.", held)
	}
	return nil
}

// retained is p with what the variant that serves is to keep.
func (in *updateEndpointInput) retained(v *variant, p production, t time.Duration) production {
	if v == nil {
		return p
	}
	if in.retains("DesiredInstanceCount") {
		_, p.InitialInstanceCount = v.Counts(t)
	}
	if in.retains("DesiredWeight") {
		p.InitialVariantWeight = v.weight
	}
	return p
}

// replace ends an update, unless something else came between: d serves, and the instances of before leave.
func (s *Server) replace(e *endpoint, d *deployment, t time.Duration) {
	if e.coming() != d {
		return
	}
	old := e.deployed.Load()
	d.follow(old)
	e.deployed.Store(d)
	for _, v := range old.variants {
		v.Retire(t)
	}
	e.enter(InService, nil, s.clock.Wall(t))
}

type endpointName struct{ EndpointName string }

func (s *Server) deleteEndpoint(in *endpointName) (*struct{}, *wire.Error) {
	now := s.change()
	defer s.changes.Unlock()
	e, fault := s.described(in.EndpointName)
	if fault != nil {
		return nil, fault
	}
	switch e.status(now) {
	case Creating, Updating, RollingBack, Deleting:
		return nil, wire.Invalid("Cannot update in-progress endpoint \"%s\".", s.endpointARN(e))
	}
	e.mu.Lock()
	e.forced, e.reason = "", ""
	e.mu.Unlock()
	e.enter(Deleting, nil, s.clock.Wall(now))
	s.agenda.when(now+s.moment(e.variants()[0].profile), func(at time.Duration) { s.depart(e, at) })
	return &struct{}{}, nil
}

// depart ends a deletion.
func (s *Server) depart(e *endpoint, t time.Duration) {
	for _, v := range e.variants() {
		v.Retire(t)
	}
	for _, k := range e.components {
		k.copies.Retire(t)
	}
	s.forget(e)
	s.endpoints.remove(e.name)
	if all := s.departed.all(); len(all) >= maxDeparted {
		s.departed.remove(all[0].name)
	}
	s.departed.remove(e.name)
	s.departed.add(e.name, e)
}
