// Package check is the quick look at an endpoint: as whom it is asked, what it is, what may be asked and what can be reached, and what
// comes of invoking it. It changes nothing.
package check

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"sagetop/cwmetrics"
)

// Schema of a Report as JSON.
const Schema = "sagetop.check/1"

// Report is what a check found. What is not known is absent, never 0.
type Report struct {
	Schema   string    `json:"schema"`
	Version  string    `json:"version"` // of sagetop
	At       time.Time `json:"at"`
	Identity Identity  `json:"identity,omitzero"`
	Ahead    *float64  `json:"aws_clock_ahead_s,omitempty"` // AWS's clock before ours, right to half a second or so
	Endpoint Endpoint  `json:"endpoint"`

	Container *Container `json:"container,omitempty"` // that stands in place of the endpoint, and has no more than a name of it

	Permissions  []Permission `json:"permissions,omitempty"`   // absent: of a container, which takes none
	Policy       *Policy      `json:"policy,omitempty"`        // what is missing
	VPCEndpoints []string     `json:"vpc_endpoints,omitempty"` // by which a VPC without internet would reach what is unreachable

	Invocation *Invocation `json:"invocation,omitempty"` // the first one, in full
	Requests   []Request   `json:"requests,omitempty"`   // all, where more than one was asked for
	Latency    *Latency    `json:"latency_ms,omitempty"` // of the successes among them

	Next string `json:"next,omitempty"` // command
}

// Identity is as whom everything is asked.
type Identity struct {
	Account    string    `json:"account,omitempty"`
	ARN        string    `json:"arn,omitempty"`
	Name       string    `json:"name,omitempty"` // of the role or user
	From       string    `json:"credentials_from"`
	Expires    time.Time `json:"credentials_expire,omitzero"`
	Region     string    `json:"region"`
	RegionFrom string    `json:"region_from"`
}

// Endpoint is what is known of it.
type Endpoint struct {
	Name string `json:"name"`
	ARN  string `json:"arn,omitempty"`
	*Facts
	Component   *cwmetrics.Component `json:"inference_component,omitempty"`  // that is invoked; without a status it was not described
	Components  []string             `json:"inference_components,omitempty"` // names of all
	Scaling     *Scaling             `json:"auto_scaling,omitempty"`
	Invocations *float64             `json:"invocations_15m,omitempty"` // of everybody, over all variants, or of that component
	Server      *Server              `json:"server,omitempty"`
}

// Facts are what describing the endpoint says.
type Facts struct {
	Status      string              `json:"status"`
	Reason      string              `json:"failure_reason,omitempty"`
	Config      string              `json:"config,omitempty"`
	Created     time.Time           `json:"created,omitzero"`
	Modified    time.Time           `json:"modified,omitzero"`
	PublishS    float64             `json:"publish_s"` // period of CloudWatch's points
	Enhanced    bool                `json:"enhanced_metrics"`
	DataCapture bool                `json:"data_capture"`
	Async       bool                `json:"async"`
	Variants    []cwmetrics.Variant `json:"variants"`
}

// Scaling is whether and how the component, the one variant, or the first, scales by itself.
type Scaling struct {
	On        bool     `json:"on"`
	Unit      string   `json:"unit,omitempty"` // of Min and Max: copies; absent: instances
	Min       int      `json:"min,omitempty"`
	Max       int      `json:"max,omitempty"`
	Policies  []string `json:"policies,omitempty"`
	Suspended bool     `json:"suspended,omitempty"`
}

// Server is the newest closed period of the last 15 minutes in which the variant was invoked.
type Server struct {
	T        time.Time     `json:"t"`
	PeriodS  float64       `json:"period_s"`
	AgeS     float64       `json:"age_s"` // since its end
	Model    *ServerTiming `json:"model_latency_ms,omitempty"`
	Overhead *ServerTiming `json:"overhead_latency_ms,omitempty"`
}

// ServerTiming is one of CloudWatch's latencies, in milliseconds.
type ServerTiming struct {
	Mean float64  `json:"mean"`
	P50  *float64 `json:"p50,omitempty"`
	P90  *float64 `json:"p90,omitempty"`
	P99  *float64 `json:"p99,omitempty"`
}

// WriteJSON writes r as a document.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

func ms(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
