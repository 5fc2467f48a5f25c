package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Summarize says what came of the run that st shows. It depends on nothing but st, so that a run and its replay say the same.
func Summarize(st *session.State) *Summary {
	info, load := &st.Info, &st.Load
	s := &Summary{
		Schema: Schema, Version: info.Version,
		Valid:   st.Invalid == nil && !clientLimited(st),
		Started: utc(info.Started), Ended: utc(st.Ended), DurationS: round(st.Elapsed.Seconds()),
		Endpoint: endpoint(st),
		Payload:  Payload(info.Payload),
		Load:     loadOf(st),
		Scaled:   scaled(st), Activities: activities(st.Activities),
		Requests: requests(load.Total),
		TPS:      tps(load),
		Bytes:    Bytes{In: load.Total.BytesIn, Out: load.Total.BytesOut},
		Errors:   failures(st),
		Client:   client(st),
		Server:   server(st),
		SLO:      slos(st.SLOs),
		Findings: findings(st.Findings),
		Sizing:   withCapacity(sizingOf(st), st), Find: info.Find,
		EndedBy: st.Reason, AbortedBy: st.Aborted,
		Moved: st.Moved, Notes: info.Notes, Lost: st.Lost,
	}
	if f := st.Invalid; f != nil {
		s.InvalidReason = f.Title + ": " + (&Finding{Evidence: f.Evidence, From: f.From, To: f.To}).dated()
	}
	if s.Find && clientLimited(st) {
		s.InvalidReason = st.Search.Result.Reason
	}
	if st.Reason == session.EndFailed {
		s.Failed = lastError(st.Events)
	}
	if n := load.Missing; n > 0 {
		s.Lost = joined(s.Lost, fmt.Sprintf("%d of the client's seconds are missing from the figures", n))
	}
	s.latencies(&load.Run)
	s.streamed = streamedOf(st)
	return s
}

// lastError is the log's, because a replay has no other. A panic's stack stays there.
func lastError(events []session.Event) string {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == session.KindError {
			text, _, _ := strings.Cut(events[i].Text, "\n")
			return text
		}
	}
	return ""
}

func (s *Summary) latencies(w *runner.Window) {
	s.Latency = latency(w.Stats[runner.Response])
	s.Failure = measured(w.Stats[runner.FailureLat])
	s.FirstByte = measured(w.Stats[runner.FirstByte])
	s.ChunkGap = measured(w.Stats[runner.ChunkGap])
	switch w.Stats[runner.Service].Count {
	case 0: // a closed loop: both begin with the send
		s.Service = measured(w.Stats[runner.Response])
	case w.Stats[runner.Response].Count:
		s.Service = measured(w.Stats[runner.Service])
	} // else both loops in one run: half of the answers would stand for all
}

func endpoint(st *session.State) Endpoint {
	t := &st.Info.Target
	e := Endpoint{Name: t.Name, Account: st.Info.Identity.Account, Region: t.Region, Variant: t.Variant, Simulated: t.Simulated, Container: t.Container}
	described := st.Endpoint
	if described == nil {
		described = &t.Endpoint
	}
	if v := described.Variant(t.Variant); v != nil {
		e.Variant, e.InstanceType, e.Instances = v.Name, v.InstanceType, v.Instances
		e.VCPUs, e.GPUs = v.Hardware.VCPUs, v.Hardware.GPUs
	}
	e.component(described, t.Variant)
	return e
}

func loadOf(st *session.State) Load {
	kept := segments(&st.Load)
	plan := lastLoaded(kept, st.Load.Plan)
	l := Load{
		Loop: plan.Loop.String(), ThinkTime: thinkTime(st.Info.Plan), Stages: stages(st.Info.Stages),
		Client: st.Info.Client, Segments: []Segment{},
	}
	rate := 0.0
	for _, w := range kept {
		g := segment(st.Info.Started, w)
		g.serve(st, w)
		l.Segments = append(l.Segments, g)
		if w.Plan.Loop == plan.Loop && w.Plan.Paused == plan.Paused {
			l.Users, rate = max(l.Users, w.Plan.Users), max(rate, w.Plan.Rate)
		}
	}
	if plan.Loop == runner.Open {
		l.Rate, l.Arrivals = new(round(rate)), "constant"
		if plan.Poisson {
			l.Arrivals = "poisson"
		}
	}
	return l
}

// lastLoaded is the last Plan under which there was load, or else the wish: what was asked for in a pause that never ended is not what
// the figures are of.
func lastLoaded(kept []*runner.Window, wish runner.Plan) runner.Plan {
	for i := len(kept) - 1; i >= 0; i-- {
		if !kept[i].Plan.Paused {
			return kept[i].Plan
		}
	}
	return wish
}

// shortestSegment that is worth telling when nothing was sent in it: stages start with a shorter one.
const shortestSegment = 100 * time.Millisecond

// segments of the load in which anything was sent or measured, oldest first, the current one included.
func segments(load *runner.Snapshot) []*runner.Window {
	var all []*runner.Window
	for i := range load.Segments {
		all = append(all, &load.Segments[i])
	}
	if n := len(all); n == 0 || all[n-1].Segment != load.Segment.Segment {
		all = append(all, &load.Segment)
	}
	kept := all[:0]
	for _, w := range all {
		if w.Sent > 0 || w.Unsent > 0 || w.Length >= shortestSegment {
			kept = append(kept, w)
		}
	}
	return kept
}

func segment(start time.Time, w *runner.Window) Segment {
	s := Segment{
		FromS: sinceStart(start, w.From), ToS: sinceStart(start, w.To),
		Loop: w.Plan.Loop.String(), Users: w.Plan.Users,
		Requests: requests(w.Counts),
		Latency:  latency(w.Stats[runner.Response]),
		Warmup:   w.Warmup, Trial: w.Plan.Trial, Paused: w.Plan.Paused, Ramp: w.Plan.Ramp > 0,
	}
	if w.Plan.Loop == runner.Open {
		s.Rate = new(round(w.Plan.Rate))
	}
	if w.Length >= time.Second { // a rate of less says nothing
		s.TPS = new(round(w.TPS()))
	}
	return s
}

func sinceStart(start time.Time, second int64) float64 {
	return float64(max(0, second-start.Unix())) // the request that is tried first may stand before the start
}

func requests(c runner.Counts) Requests {
	return Requests{Sent: c.Sent, OK: c.OK, Failed: c.Failed, InFlight: c.Sent - min(c.Sent, c.OK+c.Failed), Unsent: c.Unsent}
}

func tps(load *runner.Snapshot) TPS {
	var t TPS
	if load.Run.Length > 0 {
		t.Mean, t.Peak = new(round(load.Run.TPS())), new(round(load.Run.Peak))
	}
	if load.Steady.Length > 0 {
		t.Steady = new(round(load.Steady.TPS()))
	}
	return t
}

func failures(st *session.State) []Error {
	all := []Error{}
	for _, e := range st.Load.Errors {
		all = append(all, Error{
			Class: e.Class.String(), HTTPStatus: e.HTTPStatus, Code: e.Code,
			OriginalStatus: e.OriginalStatus, Message: e.Message, Count: e.Count,
			FirstS: int64(sinceStart(st.Info.Started, e.First)), LastS: int64(sinceStart(st.Info.Started, e.Last)), Sample: sample(e.Sample),
		})
	}
	return all
}

func sample(s *runner.Sample) *Sample {
	if s == nil {
		return nil
	}
	return &Sample{
		At: utc(s.At), Took: ms(s.Took), Request: s.Request, Payload: s.Payload,
		RequestID: s.RequestID, Message: s.Message, OriginalMessage: s.OriginalMessage, LogStreamARN: s.LogStreamARN,
	}
}

func client(st *session.State) *Client {
	run := &st.Load.Run
	if run.Length == 0 {
		return nil
	}
	own := &run.Client
	c := &Client{CPUPercent: round(own.CPUPercent), Cores: own.Cores, MachinePercent: round(own.MachinePercent), Throttled: round(own.Throttled), LinkPercent: round(own.LinkPercent)}
	if own.SchedP99 > 0 {
		c.SchedLat = &ClientSchedule{P99: ms(own.SchedP99)}
	}
	c.GCPause, c.RTT = known(own.GCPause), known(own.RTT)
	c.SendLag, c.PoolWait = lag(run.Stats[runner.SendLag]), lag(run.Stats[runner.PoolWait])
	for i := range st.Load.Seconds {
		c.Connections += st.Load.Seconds[i].Client.Opened
	}
	if st.Invalid != nil {
		c.Bottleneck = st.Invalid.ID
	}
	return c
}

// known is in milliseconds, nil when it was not measured.
func known(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	return new(ms(d))
}

func lag(s runner.Stats) *ClientLag {
	l := measured(s)
	if l == nil {
		return nil
	}
	return &ClientLag{P50: l.P50, P99: l.P99, Max: l.Max}
}

func slos(all []session.SLO) []SLO {
	out := []SLO{}
	for _, o := range all {
		s := SLO{Expr: o.Rule.String(), Pass: Unknown}
		switch o.Pass {
		case sizing.Pass:
			s.Pass = Passed
		case sizing.Fail:
			s.Pass = Missed
		}
		if s.Pass != Unknown {
			s.Value = new(round(o.Value))
		}
		out = append(out, s)
	}
	return out
}

func findings(all []sizing.Finding) []Finding {
	out := []Finding{}
	for _, f := range all {
		out = append(out, Finding{
			ID: f.ID, Severity: f.Severity.String(), Title: f.Title, Evidence: f.Evidence, Advice: f.Advice,
			From: utc(f.From), To: utc(f.To),
		})
	}
	return out
}

// measured is nil where nothing was.
func measured(s runner.Stats) *Latency {
	if s.Count == 0 {
		return nil
	}
	return new(latency(s))
}

func latency(s runner.Stats) Latency {
	l := Latency{Count: s.Count}
	if s.Count == 0 {
		return l
	}
	trusted := func(p float64, d time.Duration) *float64 {
		if s.Trust(p) == runner.Hidden {
			return nil
		}
		return new(ms(d))
	}
	l.Min, l.Mean, l.Max, l.StdDev = new(ms(s.Min)), new(ms(s.Mean)), new(ms(s.Max)), new(ms(s.StdDev))
	l.P50, l.P90, l.P95 = trusted(.5, s.P50), trusted(.9, s.P90), trusted(.95, s.P95)
	l.P99, l.P999 = trusted(.99, s.P99), trusted(.999, s.P999)
	return l
}

// thinkTime as --think-time takes it.
func thinkTime(p runner.Plan) string {
	switch {
	case p.ThinkMax == 0:
		return ""
	case p.ThinkMin == p.ThinkMax:
		return p.ThinkMin.String()
	}
	return p.ThinkMin.String() + ".." + p.ThinkMax.String()
}

// stages as --stages takes them.
func stages(all []session.Stage) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Over.String()+":"+strconv.FormatFloat(s.Target, 'f', -1, 64))
	}
	return strings.Join(out, ",")
}

// ms is d in milliseconds, to the microsecond.
func ms(d time.Duration) float64 { return float64(d.Round(time.Microsecond)/time.Microsecond) / 1000 }

// round to three decimals: more is noise in what was counted over seconds.
func round(x float64) float64 { return math.Round(x*1000) / 1000 }

// utc is t to the millisecond; the zero time stays zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}

// joined puts the texts that say something behind each other.
func joined(texts ...string) string {
	said := slices.DeleteFunc(texts, func(t string) bool { return t == "" })
	return strings.Join(said, "; ")
}
