package runner

import "time"

// Delta is one worker's second of one segment. A request counts in the second it ended, in the segment it was due in.
//
// Seconds are Unix seconds, so that they line up with those of other workers and with CloudWatch's periods. They follow the
// worker's monotonic clock from its first one on, so a wall clock that is set meanwhile neither repeats nor skips any.
type Delta struct {
	Worker  string `json:"worker,omitempty"`
	Seq     uint64 `json:"seq"` // from 1, without gaps, for each Worker
	Second  int64  `json:"second"`
	Segment int    `json:"segment"`         // from 1; 0 is before the load, see Try
	Final   bool   `json:"final,omitempty"` // the worker has nothing more for this second
	Last    bool   `json:"last,omitempty"`  // the worker has nothing more at all
	Late    bool   `json:"late,omitempty"`  // it was cut late: what ended in the seconds after it is counted in it
	Ramp    bool   `json:"ramp,omitempty"`  // users or rate were still on their way to the Plan
	Plan    Plan   `json:"plan"`

	// How long this segment was in force within the second, until the load was told to stop; and how long it only waited for its
	// last requests after that. Together they make up the second over all of its segments: 1 s, or less in the worker's first and
	// last one. Both are 0 for what is left of an older segment.
	Covered  time.Duration `json:"covered,omitempty"`
	Draining time.Duration `json:"draining,omitempty"`

	Counts
	Users    int          `json:"users"`         // live when it was cut
	InFlight int          `json:"in_flight"`     // of this segment, when it was cut
	Due      int          `json:"due,omitempty"` // arrivals not sent yet when it was cut: they wait for a free user, or for Config.MaxRate
	Hist     Hists        `json:"hist"`          // nil where nothing was recorded
	Errors   []ErrorCount `json:"errors,omitempty"`
	Client   Client       `json:"client"` // of the whole second; in the Final one
}

// Active says whether load was wished for, or still there. In an open loop that is a rate, also before its first arrival; users alone are
// none.
func (d *Delta) Active() bool {
	switch {
	case d.Sent+d.OK+d.Failed > 0:
		return true
	case d.Plan.Loop == Open:
		return d.Plan.Rate > 0 || d.Ramp
	}
	return d.Plan.Users > 0 || d.Users > 0
}

// Counts of requests. At every moment Sent = OK + Failed + in flight, and in an open loop all arrivals so far = Sent + due + Unsent.
type Counts struct {
	Sent     uint64 `json:"sent"`
	OK       uint64 `json:"ok"`
	Failed   uint64 `json:"failed"`
	Unsent   uint64 `json:"unsent,omitempty"` // arrivals that were still due when another Plan was applied, or the load ended
	BytesIn  int64  `json:"bytes_in"`
	BytesOut int64  `json:"bytes_out"`

	// Of successes.
	Chunks uint64 `json:"chunks,omitempty"` // that they came in, when streamed
	Tokens uint64 `json:"tokens,omitempty"` // in them, when streamed and counted
	Good   uint64 `json:"good,omitempty"`   // within Config.Limits; 0 without any
}

// Add adds o to c.
func (c *Counts) Add(o Counts) {
	c.Sent += o.Sent
	c.OK += o.OK
	c.Failed += o.Failed
	c.Unsent += o.Unsent
	c.BytesIn += o.BytesIn
	c.BytesOut += o.BytesOut
	c.Chunks += o.Chunks
	c.Tokens += o.Tokens
	c.Good += o.Good
}

// InFlight is how many were sent and have no outcome yet, when c counts from the start of the load or of a segment.
func (c *Counts) InFlight() int { return int(c.Sent - c.OK - c.Failed) }

// Second is closed, merged over workers and segments, and immutable: charts, search and abort rules read it. Its Delta carries no
// histograms; Segment and Plan are those it ended in.
type Second struct {
	Delta
	Stats     [NumMeasures]Stats
	Over      uint64              // failed, or a response time above the SLO's
	Heat      [HeatBuckets]uint32 // response times in log buckets, see HeatBucket
	FirstHeat FirstHeat           // of what streamed answers begin with
	Segments  int                 // how many segments had requests end or start in it
	Measured  time.Duration       // of Covered: without pauses
}

// TPS is successes a second: a first or last second may be a short one.
func (s *Second) TPS() float64 { return perSecond(s.OK, s.Covered+s.Draining) }

// FailedPerSecond stands beside TPS.
func (s *Second) FailedPerSecond() float64 { return perSecond(s.Failed, s.Covered+s.Draining) }

// TokensPerSecond of all answers together.
func (s *Second) TokensPerSecond() float64 { return perSecond(s.Tokens, s.Covered+s.Draining) }

// Goodput is how many requests a second were within Config.Limits.
func (s *Second) Goodput() float64 { return perSecond(s.Good, s.Covered+s.Draining) }

// Client is what the load generator itself cost during a second.
type Client struct {
	CPUPercent     float64       `json:"cpu_percent"`               // of Cores, 0-100
	Cores          float64       `json:"cores"`                     // that this process may use: a container's quota may be part of one
	MachinePercent float64       `json:"machine_percent,omitempty"` // of the CPUs it may run on, over some seconds, by whatever runs there; 0 when unknown
	Throttled      float64       `json:"throttled,omitempty"`       // percent of the quota's periods, over some seconds, in which it ran out
	SchedP99       time.Duration `json:"sched_p99"`                 // how long a runnable goroutine waited for a core
	GCPause        time.Duration `json:"gc_pause,omitempty"`        // longest
	Opened         int           `json:"opened,omitempty"`          // connections
	RTT            time.Duration `json:"rtt,omitempty"`             // least TCP connect time since the start, 0 when unknown

	LinkPercent float64 `json:"link_percent,omitempty"` // of what the network interface can carry, over some seconds, by all that goes there; 0 when unknown
}

// Merge adds o, another worker's or second's, to c: the worst is kept, except that connections add up and the least RTT stands.
func (c *Client) Merge(o Client) {
	if o.CPUPercent >= c.CPUPercent && o.Cores > 0 {
		c.CPUPercent, c.Cores = o.CPUPercent, o.Cores
	}
	c.MachinePercent = max(c.MachinePercent, o.MachinePercent)
	c.Throttled = max(c.Throttled, o.Throttled)
	c.LinkPercent = max(c.LinkPercent, o.LinkPercent)
	c.SchedP99 = max(c.SchedP99, o.SchedP99)
	c.GCPause = max(c.GCPause, o.GCPause)
	c.Opened += o.Opened
	c.RTT = leastRTT(c.RTT, o.RTT)
}

func leastRTT(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
