// Package sizing judges: what limits an endpoint, whether an SLO holds, when a run must stop. It is pure, without I/O and without a
// clock, so that the same judgement runs live and in a replay.
package sizing

import (
	"fmt"
	"time"

	"sagetop/runner"
)

// Period joins client and server figures of one closed CloudWatch period. Server is nil until CloudWatch has published the period,
// and stays nil where it never does.
type Period struct {
	Client runner.Window
	Server *Server
}

// Server is what CloudWatch says of one period, of one variant. Nil is unknown.
type Server struct {
	From        time.Time
	Period      time.Duration
	Partial     bool     // more of it is still to be published: judged by nobody yet
	Instances   int      // that are in service; 0 when unknown
	Scaling     bool     // others came in it, or the run had asked for some that were on their way: judged by nobody
	CPU         *float64 // share of all cores, 0-100, average over the instances
	CPUMax      *float64 // the same of the hottest instance
	CPUSum      *float64 // as AWS prints it, average over the instances
	Memory      *float64
	GPU         *float64 // share of all GPUs
	Model       *Latency
	Overhead    *Latency
	Invocations *float64
	Errors4XX   *float64
	Errors5XX   *float64
}

// Latency of one period.
type Latency struct {
	Mean time.Duration
	Min  *time.Duration // of the quickest; failures count too
	P99  *time.Duration
}

// Facts about the run that periods do not say.
type Facts struct {
	Instances    int // in service now; 0 when unknown
	VCPUs        int // of one instance, or that a copy reserves; 0 when unknown
	GPUs         int // of one instance, or that a copy reserves
	InstanceType string
	Routing      string // of requests to instances: RANDOM (also where it is empty), LEAST_OUTSTANDING_REQUESTS, ...
	Serverless   bool
	Neuron       bool
	Container    bool // asked by its URL: there is no AWS
	Burstable    bool
	CloudWatch   bool // points are to be expected
	Over         bool // the run is: no more of them will come
	Variants     int  // production variants that the load may reach; more than 1: CloudWatch's figures are of one of them
	Components   bool // inference components share the instances, and the load is not of one of them alone
	Copies       bool // of one inference component carry the load: they are meant where instances are spoken of, and shares are of what they reserve
	PerInstance  int  // so many of them have room on an instance; 0 when unknown
	SLOs         []Rule
	Capacity     float64       // successes a second of one instance that a search held the SLOs with, for minutes; 0: unknown
	Alone        time.Duration // that the request tried before the load took, which met no other of ours; 0: unknown
}

// Severity of a Finding.
type Severity uint8

// The severities, worst last.
const (
	Info     Severity = iota // as it should be
	Advice                   // works, could be better
	Warning                  // near a limit
	Critical                 // something is limited or broken
)

func (s Severity) String() string {
	return [...]string{"info", "advice", "warning", "critical"}[min(s, Critical)]
}

// MarshalText writes the name of s.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name that MarshalText wrote.
func (s *Severity) UnmarshalText(text []byte) error {
	for l := Info; l <= Critical; l++ {
		if l.String() == string(text) {
			*s = l
			return nil
		}
	}
	return fmt.Errorf("sizing: unknown severity %q", text)
}

// Finding is one thing that the figures say, with the figures and the period that they belong to.
type Finding struct {
	ID       string    `json:"id"` // cpu-saturated, right-sized, client-cpu, ...
	Severity Severity  `json:"severity"`
	Title    string    `json:"title"`
	Evidence string    `json:"evidence"` // numbers with units, in clauses with "; " between; the period and its age are the reader's to add
	Advice   string    `json:"advice"`
	From     time.Time `json:"from,omitzero"` // of the period judged
	To       time.Time `json:"to,omitzero"`
}

// Invalidates says whether f means that the client was what was measured: then the run is not valid.
func (f Finding) Invalidates() bool {
	return f.ID == "client-cpu" || f.ID == "client-network" || f.ID == "client-pool"
}
