package session

import (
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Info is what is known of the run before it starts. It is the journal's first line.
type Info struct {
	Schema     string        `json:"schema"` // of the timeline
	Version    string        `json:"version"`
	Started    time.Time     `json:"started"`
	Target     TargetInfo    `json:"endpoint"`
	Identity   Identity      `json:"identity"`
	Payload    Payload       `json:"payload"`
	Client     string        `json:"client"`          // lean or sdk
	Watch      bool          `json:"watch,omitempty"` // started at zero users, to look on
	Find       bool          `json:"find,omitempty"`  // the load is a search for the capacity, and ends with it
	Stages     []Stage       `json:"stages,omitempty"`
	Hold       bool          `json:"hold,omitempty"`     // after the last stage the load stays; else the run ends
	Duration   time.Duration `json:"duration,omitempty"` // 0: until stopped
	Requests   uint64        `json:"requests,omitempty"` // 0: no limit
	Warmup     time.Duration `json:"warmup,omitempty"`
	Plan       runner.Plan   `json:"plan"`                 // the first wish
	Other      runner.Plan   `json:"other,omitzero"`       // of the other loop than Plan's, for when the load is switched to that
	Instances  int           `json:"instances,omitempty"`  // that the variant is scaled to, or copies that the component is, before the load; 0: as it is
	ScaleLast  bool          `json:"scale_last,omitempty"` // after the stages instead: the last of them then goes on under the new instances
	Restore    bool          `json:"restore,omitempty"`    // at the end instances go back to what they were
	NoScale    string        `json:"no_scale,omitempty"`   // why instances cannot be changed; empty when they can
	Cold       time.Duration `json:"cold,omitempty"`       // for so long instances that were added under load are warm-up
	MaxRate    float64       `json:"max_rate,omitempty"`   // never more requests a second; 0: no limit
	SLOs       []string      `json:"slos,omitempty"`
	AbortOn    []string      `json:"abort_on,omitempty"`
	Limits     runner.Limits `json:"limits,omitzero"`    // that SLOs hold single requests to: those within them are counted
	Verify     *Verification `json:"verify,omitempty"`   // what the load is to prove; nil: it is as Plan and Stages say
	Prove      *Prove        `json:"prove,omitempty"`    // that a search goes on to prove Sizing.TPS, and how; nil: it ends with its answer
	CPUHold    time.Duration `json:"cpu_hold,omitempty"` // that a search needs no more of for the CPU's sake; 0: as much as it takes by itself
	Sizing     sizing.Ask    `json:"sizing,omitzero"`    // how many instances carry this; no TPS: what one carries at its CPU share
	Period     time.Duration `json:"period"`             // of CloudWatch's points; 10 s when it is not polled
	CloudWatch bool          `json:"cloudwatch"`         // polled at all
	Command    []string      `json:"command,omitempty"`  // the run as a command line
	Notes      []string      `json:"notes,omitempty"`    // caveats known before the start
}

// DefaultMaxUsers of an open loop.
const DefaultMaxUsers = 512

// PlanOf is what a load in that loop goes by, apart from how much of it is asked for.
func (i *Info) PlanOf(l runner.Loop) runner.Plan {
	p := i.Plan
	if p.Loop != l {
		p = i.Other
	}
	if p.Loop != l {
		p = runner.Plan{Loop: l}
	}
	if l == runner.Open && p.Users == 0 {
		p.Users = DefaultMaxUsers
	}
	return p
}

// total is how long the load is planned to be, 0 when it has no end.
func (i *Info) total() time.Duration {
	if i.Duration > 0 || i.Hold || i.ScaleLast { // how long instances take is not known
		return i.Duration
	}
	var sum time.Duration
	for _, st := range i.Stages {
		sum += st.Over
	}
	return sum
}

// TargetInfo names what is loaded.
type TargetInfo struct {
	Name         string             `json:"name"`
	Variant      string             `json:"variant"`
	Variants     int                `json:"variants,omitempty"` // that the load is spread over: more than Variant alone when none was chosen
	Region       string             `json:"region"`
	Simulated    bool               `json:"simulated,omitempty"`
	Container    bool               `json:"container,omitempty"` // asked by its URL: there is no AWS
	Endpoint     cwmetrics.Endpoint `json:"described"`
	AutoScaling  *AutoScaling       `json:"auto_scaling,omitempty"`  // nil: none, or not known
	ScalingKnown bool               `json:"scaling_known,omitempty"` // AutoScaling was read
}

// Unit that carries the load, and that is counted and scaled.
func (t *TargetInfo) Unit() sizing.Unit {
	if t.Endpoint.Component != nil {
		return sizing.Copy
	}
	return sizing.Instance
}

// Loaded is what is loaded, within the endpoint: a component, else a variant.
func (t *TargetInfo) Loaded() string {
	if c := t.Endpoint.Component; c != nil {
		return c.Name
	}
	return t.Variant
}

// Identity is who sends the requests.
type Identity struct {
	Account      string    `json:"account,omitempty"`
	Role         string    `json:"role,omitempty"` // short name of the role or user
	RegionFrom   string    `json:"region_from,omitempty"`
	ClientRegion string    `json:"client_region,omitempty"` // where it runs, where that is known
	Profile      string    `json:"profile,omitempty"`       // of AWS, where one was named
	CredsFrom    string    `json:"credentials_from,omitempty"`
	CredsExpire  time.Time `json:"credentials_expire,omitzero"`
}

// Payload is what is sent. Where it has fields, figures are of the text as written.
type Payload struct {
	Count       int     `json:"count,omitempty"`
	Distinct    int     `json:"distinct,omitempty"` // 0: too many to tell, or none at all
	Bytes       int64   `json:"bytes,omitempty"`    // of all distinct payloads; of all where they are too many to tell
	Least       int64   `json:"min_bytes,omitempty"`
	Mean        float64 `json:"mean_bytes,omitempty"`
	Most        int64   `json:"max_bytes,omitempty"`
	SHA256      string  `json:"sha256,omitempty"`
	ContentType string  `json:"content_type,omitempty"`
	Fields      bool    `json:"fields,omitempty"` // filled in for each request
	Order       string  `json:"order,omitempty"`  // sequential or random, where there are several
}

// None says whether there is nothing to send.
func (p *Payload) None() bool { return p.Distinct == 0 && p.Count == 0 }

// Same says whether all requests have the same body, so that a cache would flatter the endpoint.
func (p *Payload) Same() bool { return p.Distinct == 1 && !p.Fields }

// Stage goes linearly from what was before to Target (users, or rate when the Plan's loop is open) within Over.
type Stage struct {
	Over   time.Duration `json:"over"`
	Target float64       `json:"target"`
}
