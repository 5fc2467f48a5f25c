package model

import "time"

// Lifetime is when an instance is in service. Times may lie ahead.
type Lifetime struct {
	Number      int // over the whole life of the variant
	ID          string
	Ready, Left time.Duration // Left is far ahead while nobody took it away
	Cold        bool          // it warms up
}

// Lifetimes of all instances that v remembers at t: booting, in service, and gone not long ago.
func (v *Variant) Lifetimes(t time.Duration) []Lifetime {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advance(t)
	out := make([]Lifetime, len(v.all))
	for i, in := range v.all {
		out[i] = Lifetime{Number: in.number, ID: instanceID(v.seed, in.number), Ready: in.ready, Left: in.left, Cold: !in.warm}
	}
	return out
}
