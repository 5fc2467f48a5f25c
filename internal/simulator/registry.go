package simulator

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sagetop/internal/simulator/wire"
)

// What an account may have, so that clients that never delete cannot eat the machine.
const (
	maxInstances = 1000 // of all endpoints together, as far as operations may make them
	maxEndpoints = 100
	maxConfigs   = 200
	maxVariants  = 10 // of a configuration
	maxDeparted  = 20
)

// directory holds named things in the order in which they were made. A lookup, on the path of every invocation, reads a version that
// never changes; a change, under Server.changes, replaces the version.
//
// Names are SageMaker's: no two differ in nothing but case. The control plane finds a thing by its name in any case.
type directory[T any] struct {
	current atomic.Pointer[version[T]]
}

type version[T any] struct {
	order  []*T
	byName map[string]*T // as it was given, and in lower case
}

// get is the thing of that name, or nil.
func (d *directory[T]) get(name string) *T { return d.lookup(strings.ToLower(name)) }

func (d *directory[T]) lookup(key string) *T {
	if v := d.current.Load(); v != nil {
		return v.byName[key]
	}
	return nil
}

// all there are, oldest first. The slice is the caller's to read.
func (d *directory[T]) all() []*T {
	if v := d.current.Load(); v != nil {
		return v.order
	}
	return nil
}

func (d *directory[T]) add(name string, thing *T) {
	next := version[T]{byName: map[string]*T{}}
	if v := d.current.Load(); v != nil {
		next.order, next.byName = slices.Clone(v.order), maps.Clone(v.byName)
	}
	next.order = append(next.order, thing)
	next.byName[name], next.byName[strings.ToLower(name)] = thing, thing
	d.current.Store(&next)
}

// remove the thing of that name, if there is one.
func (d *directory[T]) remove(name string) {
	gone := d.get(name)
	if gone == nil {
		return
	}
	v := d.current.Load()
	next := version[T]{order: slices.Clone(v.order), byName: maps.Clone(v.byName)}
	next.order = slices.DeleteFunc(next.order, func(thing *T) bool { return thing == gone })
	maps.DeleteFunc(next.byName, func(_ string, thing *T) bool { return thing == gone })
	d.current.Store(&next)
}

// instances that all endpoints have at t or are about to have, by type.
func (s *Server) instances(t time.Duration) map[string]int {
	all := map[string]int{}
	for _, e := range s.endpoints.all() {
		for _, v := range e.variants() {
			_, desired := v.Counts(t)
			all[v.InstanceType] += desired
		}
		if coming := e.coming(); coming != nil && coming != e.deployed.Load() {
			for _, v := range coming.variants {
				all[v.InstanceType] += v.InitialInstanceCount
			}
		}
	}
	return all
}

// sum of instances of all types.
func sum(byType map[string]int) (n int) {
	for _, of := range byType {
		n += of
	}
	return n
}

// limitInstances refuses, at t, more instances than an account may have, of a type or of all types together.
func (s *Server) limitInstances(t time.Duration, instanceType string, more map[string]int) *wire.Error {
	now := s.instances(t)
	for _, limit := range []struct{ most, now, delta int }{
		{maxInstances, sum(now), sum(more)},
		{s.quota(instanceType), now[instanceType], more[instanceType]},
	} {
		if limit.delta > 0 && limit.now+limit.delta > limit.most {
			return limitExceeded(instanceType+endpointUsage, "Instances", limit.most, limit.now, limit.delta)
		}
	}
	return nil
}

func limitExceeded(limit, unit string, most, now, delta int) *wire.Error {
	return wire.BadRequest("ResourceLimitExceeded", "The account-level service limit '%s' is %d %s, with current utilization of %d %[3]s and a request delta of %[5]d %[3]s. Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for this quota.", limit, most, unit, now, delta)
}
