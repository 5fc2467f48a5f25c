package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"sagetop/internal/sizing"
)

// Schema of run.json.
const Schema = "sagetop.run/1"

// Summary is run.json. Latencies are milliseconds with three decimals, times RFC 3339 in UTC. What is not known is absent, never 0.
type Summary struct {
	Schema        string    `json:"schema"`
	Version       string    `json:"version,omitempty"` // of sagetop
	Valid         bool      `json:"valid"`             // false: the client was the bottleneck
	InvalidReason string    `json:"invalid_reason,omitempty"`
	Started       time.Time `json:"started,omitzero"`
	Ended         time.Time `json:"ended,omitzero"` // absent when the process died before the end
	DurationS     float64   `json:"duration_s"`     // of the load, pauses left out
	Endpoint      Endpoint  `json:"endpoint"`
	Payload       Payload   `json:"payload"`
	Load          Load      `json:"load"`
	Scaled        *Scaled   `json:"scaled,omitempty"` // instances that the run changed

	Activities []ScalingActivity `json:"scaling_activities,omitempty"` // of auto scaling, oldest first

	Requests  Requests  `json:"requests"` // everything, warm-up included
	TPS       TPS       `json:"tps"`
	Bytes     Bytes     `json:"bytes"`
	Latency   Latency   `json:"latency_ms"`                   // response time of successes, without warm-up
	Service   *Latency  `json:"service_ms,omitempty"`         // the same from the send
	Failure   *Latency  `json:"failure_latency_ms,omitempty"` // of failures
	FirstByte *Latency  `json:"ttfb_ms,omitempty"`
	ChunkGap  *Latency  `json:"chunk_gap_ms,omitempty"`
	Errors    []Error   `json:"errors"` // most frequent first, warm-up included
	Client    *Client   `json:"client,omitempty"`
	Server    *Server   `json:"server,omitempty"` // absent when CloudWatch was not read
	SLO       []SLO     `json:"slo"`
	Findings  []Finding `json:"findings"`
	Sizing    *Sizing   `json:"sizing,omitempty"`     // when a target was given, or the capacity searched for
	Find      bool      `json:"find,omitempty"`       // all of the load was that search: the rules of SLO are judged in it alone
	EndedBy   string    `json:"ended_by,omitempty"`   // duration, requests, found, stopped, aborted, interrupt, hangup, terminate, failed
	AbortedBy string    `json:"aborted_by,omitempty"` // the --abort-on rule that fired
	Failed    string    `json:"failed,omitempty"`     // why the load could not go on
	Moved     []string  `json:"moved,omitempty"`      // what else moved: other traffic, instance counts, credentials
	Notes     []string  `json:"notes,omitempty"`      // caveats known before the start
	Lost      string    `json:"lost,omitempty"`       // what could not be kept or read back

	streamed
}

// Endpoint is what was loaded.
type Endpoint struct {
	Name         string `json:"name"`
	Account      string `json:"account,omitempty"`
	Region       string `json:"region,omitempty"`
	Variant      string `json:"variant,omitempty"`
	InstanceType string `json:"instance_type,omitempty"`
	Instances    int    `json:"instances,omitempty"` // as last described
	VCPUs        int    `json:"vcpus_per_instance,omitempty"`
	GPUs         int    `json:"gpus_per_instance,omitempty"`
	Simulated    bool   `json:"simulated"`
	Container    bool   `json:"container,omitempty"` // asked by its URL: there is no AWS

	Component string     `json:"inference_component,omitempty"` // that was loaded: its copies are counted wherever instances of segments, points, sizing and changes are
	Copies    *Component `json:"copies,omitempty"`
}

// Component is the inference component that was loaded, as last described.
type Component struct {
	Count        int            `json:"count"`
	Cores        float64        `json:"cores_per_copy,omitempty"`
	Accelerators float64        `json:"accelerators_per_copy,omitempty"`
	MemoryMiB    int            `json:"memory_mib_per_copy,omitempty"`
	PerInstance  int            `json:"copies_per_instance,omitempty"` // for which an instance has room when nothing else is on it
	Neighbours   map[string]int `json:"neighbours,omitempty"`          // copies of the others on the instances, at the start
}

// Payload is what was sent.
type Payload struct {
	Count       int     `json:"count,omitempty"`
	Distinct    int     `json:"distinct,omitempty"` // absent where there are too many to tell
	Bytes       int64   `json:"bytes,omitempty"`    // of all distinct payloads; of all where there are too many to tell
	Least       int64   `json:"min_bytes,omitempty"`
	Mean        float64 `json:"mean_bytes,omitempty"`
	Most        int64   `json:"max_bytes,omitempty"`
	SHA256      string  `json:"sha256,omitempty"`
	ContentType string  `json:"content_type,omitempty"`
	Fields      bool    `json:"fields,omitempty"` // filled in for each request; figures are of the text as written
	Order       string  `json:"order,omitempty"`  // sequential or random, where there are several
}

// Load is what was asked of the client. Users and Rate are the most that any segment of the Loop asked for: segments that differ are
// told apart in Segments.
type Load struct {
	Loop      string    `json:"loop"`               // closed or open: the last one
	Users     int       `json:"users"`              // open loop: at most so many
	Rate      *float64  `json:"rate,omitempty"`     // open loop: arrivals a second
	Arrivals  string    `json:"arrivals,omitempty"` // open loop: poisson or constant
	ThinkTime string    `json:"think_time,omitempty"`
	Stages    string    `json:"stages,omitempty"`
	Client    string    `json:"client,omitempty"`
	Segments  []Segment `json:"segments"`
}

// Segment is the time under one Plan.
type Segment struct {
	FromS    float64  `json:"from_s"` // since the start
	ToS      float64  `json:"to_s"`
	Loop     string   `json:"loop"`
	Users    int      `json:"users"` // open loop: at most so many
	Rate     *float64 `json:"rate,omitempty"`
	Requests Requests `json:"requests"`
	Latency  Latency  `json:"latency_ms"`
	TPS      *float64 `json:"tps,omitempty"` // successes a second
	Warmup   bool     `json:"warmup,omitempty"`
	Trial    bool     `json:"trial,omitempty"`  // tried by a search, and no part of the run's own figures
	Paused   bool     `json:"paused,omitempty"` // nothing was sent
	Ramp     bool     `json:"ramp,omitempty"`   // a stage on its way
	// Of the endpoint, the last two from the whole CloudWatch periods in the segment: absent when there was none.
	Instances int      `json:"instances,omitempty"`
	Scaling   bool     `json:"scaling,omitempty"` // their number was changing
	CPU       *float64 `json:"cpu_per_core_percent,omitempty"`
	Model     *float64 `json:"model_latency_ms,omitempty"` // mean
}

// Scaled is what the run made of the variant's instances, or of the component's copies.
type Scaled struct {
	Unit     sizing.Unit `json:"unit,omitempty"` // copies, where they are counted
	Before   int         `json:"instances_before"`
	After    int         `json:"instances_after"` // that the run asked for last
	Restored bool        `json:"restored"`        // those before were asked for again
	Changes  []Change    `json:"changes"`
	Undo     string      `json:"undo,omitempty"` // the command that puts back what is owed
}

// Change of the number of instances.
type Change struct {
	From    int      `json:"from"`
	To      int      `json:"to"`
	AskedS  float64  `json:"asked_s"`                // since the start
	InUseS  *float64 `json:"in_service_s,omitempty"` // absent when that was not waited for, or did not come
	Failed  string   `json:"failed,omitempty"`
	Restore bool     `json:"restore,omitempty"`
}

// Requests counts them: sent = ok + failed + in flight at the end.
type Requests struct {
	Sent     uint64 `json:"sent"`
	OK       uint64 `json:"ok"`
	Failed   uint64 `json:"failed"`
	InFlight uint64 `json:"in_flight_at_end"`
	Unsent   uint64 `json:"unsent"` // arrivals that were due and never got a user
}

// TPS is completed successes a second, without warm-up.
type TPS struct {
	Mean   *float64 `json:"mean,omitempty"`
	Steady *float64 `json:"steady,omitempty"` // without ramps as well
	Peak   *float64 `json:"peak_1s,omitempty"`
}

// Bytes of all requests' and answers' bodies.
type Bytes struct {
	In  int64 `json:"in"`
	Out int64 `json:"out"`
}

// Latency in milliseconds. A percentile that has too few samples is absent.
type Latency struct {
	Count  uint64   `json:"count"`
	Min    *float64 `json:"min,omitempty"`
	Mean   *float64 `json:"mean,omitempty"`
	P50    *float64 `json:"p50,omitempty"`
	P90    *float64 `json:"p90,omitempty"`
	P95    *float64 `json:"p95,omitempty"`
	P99    *float64 `json:"p99,omitempty"`
	P999   *float64 `json:"p999,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	StdDev *float64 `json:"stddev,omitempty"`
}

// Error is one kind of failure.
type Error struct {
	Class          string `json:"class"`
	HTTPStatus     int    `json:"http_status,omitempty"`
	Code           string `json:"code,omitempty"`
	OriginalStatus int    `json:"original_status,omitempty"` // what the container answered
	Message        string `json:"message,omitempty"`
	Count          uint64 `json:"count"`
	FirstS         int64  `json:"first_s"` // the second since the start in which it was first seen
	LastS          int64  `json:"last_s"`

	Sample *Sample `json:"sample,omitempty"` // the first one, to look further
}

// Sample is one failed request.
type Sample struct {
	At              time.Time `json:"at"`                         // when it had failed
	Took            float64   `json:"took_ms"`                    // its response time
	Request         uint64    `json:"request"`                    // its number, from 0
	Payload         int       `json:"payload,omitempty"`          // which of several, from 1
	RequestID       string    `json:"request_id,omitempty"`       // AWS's name for it
	Message         string    `json:"message,omitempty"`          // as it came
	OriginalMessage string    `json:"original_message,omitempty"` // the container's
	LogStreamARN    string    `json:"log_stream_arn,omitempty"`
}

// Client is what the load generator itself cost, in its worst second without warm-up.
type Client struct {
	CPUPercent     float64         `json:"cpu_percent"`                 // of the cores it may use, 0-100
	Cores          float64         `json:"cores,omitempty"`             // a container's quota may be part of one
	MachinePercent float64         `json:"machine_percent,omitempty"`   // of the CPUs it may run on, by whatever runs there
	Throttled      float64         `json:"throttled_percent,omitempty"` // of the quota's periods, in which it ran out
	LinkPercent    float64         `json:"link_percent,omitempty"`      // of what its network interface can carry; absent when its speed is unknown
	SchedLat       *ClientSchedule `json:"scheduler_latency_ms,omitempty"`
	SendLag        *ClientLag      `json:"send_lag_ms,omitempty"`  // open loop
	PoolWait       *ClientLag      `json:"pool_wait_ms,omitempty"` // the part of it in which no user was free
	GCPause        *float64        `json:"gc_pause_ms,omitempty"`  // longest
	RTT            *float64        `json:"rtt_ms,omitempty"`       // least TCP connect time of the run's own connections
	Connections    int             `json:"connections_opened"`     // warm-up included
	Bottleneck     string          `json:"bottleneck,omitempty"`   // the finding that makes the run invalid
}

// ClientSchedule is how long goroutines waited for a core.
type ClientSchedule struct {
	P99 float64 `json:"p99"`
}

// ClientLag is actual minus scheduled send, or what made it up.
type ClientLag struct {
	P50 *float64 `json:"p50,omitempty"`
	P99 *float64 `json:"p99,omitempty"`
	Max *float64 `json:"max,omitempty"`
}

// Server is what CloudWatch said.
type Server struct {
	PeriodS float64  `json:"period_s,omitempty"`
	AgeS    *float64 `json:"age_s,omitempty"` // of the newest point, at the end of the run
	Points  []Point  `json:"points"`
	Queries int      `json:"queries"` // metrics requested
	CostUSD *float64 `json:"cost_usd,omitempty"`
	Problem string   `json:"problem,omitempty"` // why the last poll gave nothing
}

// Point is one closed CloudWatch period.
type Point struct {
	T           time.Time  `json:"t"`                              // start of the period
	CPU         *float64   `json:"cpu_percent,omitempty"`          // as AWS prints it: the sum over an instance's cores
	CPUPerCore  *float64   `json:"cpu_per_core_percent,omitempty"` // share of all cores, 0-100
	CPUSamples  *float64   `json:"cpu_samples,omitempty"`
	Memory      *float64   `json:"memory_percent,omitempty"`
	GPU         *float64   `json:"gpu_percent,omitempty"` // as AWS prints it: the sum over an instance's GPUs
	Model       *ServerLat `json:"model_latency_ms,omitempty"`
	Overhead    *ServerLat `json:"overhead_latency_ms,omitempty"`
	Invocations *float64   `json:"invocations,omitempty"`
	PerInstance *float64   `json:"invocations_per_instance,omitempty"`
	Errors4XX   *float64   `json:"errors_4xx,omitempty"`
	Errors5XX   *float64   `json:"errors_5xx,omitempty"`
	ModelErrors *float64   `json:"model_errors,omitempty"`
	Instances   int        `json:"instances,omitempty"`
}

// ServerLat is a latency as CloudWatch aggregates it, in milliseconds.
type ServerLat struct {
	Count float64  `json:"count"` // samples
	Mean  float64  `json:"mean"`
	P50   *float64 `json:"p50,omitempty"`
	P90   *float64 `json:"p90,omitempty"`
	P99   *float64 `json:"p99,omitempty"`
}

// SLO is one rule and whether it held.
type SLO struct {
	Expr  string   `json:"expr"`
	Value *float64 `json:"value,omitempty"` // milliseconds, percent or per second; absent when Pass is unknown
	Pass  Pass     `json:"pass"`
}

// Finding is one thing that the figures say.
type Finding struct {
	ID       string    `json:"id"`
	Severity string    `json:"severity"` // info, advice, warning, critical
	Title    string    `json:"title"`
	Evidence string    `json:"evidence"`
	Advice   string    `json:"advice"`
	From     time.Time `json:"from,omitzero"` // of the period judged
	To       time.Time `json:"to,omitzero"`
}

// Pass is true, false or, on too few samples, "unknown".
type Pass string

// The three Passes.
const (
	Passed  Pass = "true"
	Missed  Pass = "false"
	Unknown Pass = "unknown"
)

// MarshalJSON writes true, false or "unknown".
func (p Pass) MarshalJSON() ([]byte, error) {
	if p == Passed || p == Missed {
		return []byte(p), nil
	}
	return []byte(`"unknown"`), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Pass) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true", "false":
		*p = Pass(text)
	case `"unknown"`:
		*p = Unknown
	default:
		return fmt.Errorf("report: pass is %.40s, not true, false or \"unknown\"", text)
	}
	return nil
}

// JSON is s as run.json holds it.
func (s *Summary) JSON() ([]byte, error) { return indented(s) }

func indented(v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // p99<200ms stays readable
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return text.Bytes(), nil
}
