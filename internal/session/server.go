package session

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// server is what CloudWatch and DescribeEndpoint have said so far, joined with what the client measured in the same periods.
type server struct {
	variant  string
	unit     sizing.Unit // that is counted
	endpoint *cwmetrics.Endpoint
	sample   cwmetrics.Sample
	points   []cwmetrics.Point
	began    int64 // the load's first second; 0: nothing was sent yet
	periods  []sizing.Period
	joined   int       // client windows that the periods were made from
	stale    bool      // there may be something new to judge
	fresh    int64     // the Unix time from which on periods are to be made anew, where they were made already
	counts   []Count   // of instances, oldest first
	scalings []Scaling // that the run asked for, oldest first
	moved    []string
	foreign  bool // said once
	spread   bool // over several variants: of one of them CloudWatch counts fewer than ours

	scaling    *AutoScaling // as last seen; nil: none, or not known
	activities []Activity
}

func newServer(info *Info) server {
	s := server{variant: info.Target.Variant, unit: info.Target.Unit(), endpoint: &info.Target.Endpoint, spread: info.Target.Variants > 1, fresh: math.MaxInt64}
	s.scaling = info.Target.AutoScaling
	if n, _, ok := s.endpoint.Count(s.variant); ok {
		s.counts = []Count{{Instances: n}}
	}
	if here, there := info.Identity.ClientRegion, info.Target.Region; here != "" && here != there {
		s.note(fmt.Sprintf("the client is in %s, the endpoint in %s: the way there is in every response time", here, there))
	}
	return s
}

// add keeps the newest sample and merges its points: CloudWatch completes a period in several steps.
func (s *server) add(sample cwmetrics.Sample) {
	s.sample = sample
	if e := sample.Endpoint; e != nil && !s.outdated(sample.Described) {
		if !underway(s.scalings) {
			s.compareEndpoint(e)
		}
		s.endpoint = e
		s.recount(e, sample.At)
	}
	s.stale = s.stale || len(sample.Points) > 0
	if news := slices.DeleteFunc(slices.Clone(sample.Points), s.knows); len(news) > 0 {
		s.merge(news)
	}
}

// knows says whether p is known as it is: most of what a poll says, the one before it said as well.
func (s *server) knows(p cwmetrics.Point) bool {
	i, found := pointAt(s.points, p.At)
	if found {
		p.At = s.points[i].At // in the same zone
	}
	return found && reflect.DeepEqual(p, s.points[i])
}

func (s *server) merge(news []cwmetrics.Point) {
	points := slices.Clone(s.points)
	for _, p := range news {
		p.At = p.At.Local() // as events and everything else on the screen
		s.fresh = min(s.fresh, p.At.Unix())
		i, found := pointAt(points, p.At)
		if found {
			points[i] = p
		} else {
			points = slices.Insert(points, i, p)
		}
	}
	s.points = points
}

func pointAt(points []cwmetrics.Point, at time.Time) (i int, found bool) {
	return slices.BinarySearchFunc(points, at, func(q cwmetrics.Point, at time.Time) int { return q.At.Compare(at) })
}

// compareEndpoint notes an update that came during the run: other hardware, or a change of instances under way.
func (s *server) compareEndpoint(e *cwmetrics.Endpoint) {
	before := s.endpoint
	if before.Config != "" && e.Config != "" && before.Config != e.Config {
		s.note(fmt.Sprintf("the endpoint's configuration changed from %s to %s", before.Config, e.Config))
	}
	if before.Status != "" && e.Status != "" && before.Status != e.Status {
		s.note(fmt.Sprintf("the endpoint went from %s to %s", before.Status, e.Status))
	}
}

func (s *server) recount(e *cwmetrics.Endpoint, at time.Time) {
	now, _, ok := e.Count(s.variant)
	n := len(s.counts)
	if !ok || n > 0 && s.counts[n-1].Instances == now {
		return
	}
	if n > 0 && !underway(s.scalings) {
		s.note(fmt.Sprintf("%s changed from %d to %d", s.unit.Many(), s.counts[n-1].Instances, now))
	}
	s.counts = append(slices.Clip(s.counts), Count{at, now})
	s.fresh = min(s.fresh, at.Unix()-1)
}

// scale takes in a change of instances that the run itself asked for, or what became of it. Nothing moved that is not known.
func (s *server) scale(c Scaling) {
	if n := len(s.scalings); n > 0 && s.scalings[n-1].Asked.Equal(c.Asked) {
		s.scalings = s.scalings[:n-1]
	}
	s.scalings = append(slices.Clip(s.scalings), c)
	s.stale, s.fresh = true, min(s.fresh, c.Asked.Unix()-1)
	now, _, ok := s.endpoint.Count(s.variant)
	if !ok {
		return
	}
	if c.Over.IsZero() || c.Failed != "" {
		s.endpoint = s.endpoint.Counted(s.variant, now, c.To)
		return
	}
	s.endpoint = s.endpoint.Counted(s.variant, c.To, c.To)
	s.endpoint.Status = statusReady
	if c := s.endpoint.Component; c != nil {
		c.Status = statusReady
	}
	s.counts = append(slices.Clip(s.counts), Count{c.Over, c.To})
}

const statusReady = "InService"

// scalingIn says whether they were at some time between from and to.
func (s *server) scalingIn(from, to time.Time) bool {
	return slices.ContainsFunc(s.scalings, func(c Scaling) bool {
		return c.Asked.Before(to) && (c.Over.IsZero() || c.Over.After(from))
	})
}

// recountedIn says whether instances came or went between from and to, whoever asked for that.
func (s *server) recountedIn(from, to time.Time) bool {
	return slices.ContainsFunc(s.counts, func(c Count) bool { return c.Since.After(from) && !c.Since.After(to) })
}

// outdated says that what was described at t is older than what is known of the run's own change: a sample repeats what was described
// before it.
func (s *server) outdated(t time.Time) bool {
	n := len(s.scalings)
	return n > 0 && (t.Before(s.scalings[n-1].Asked) || t.Before(s.scalings[n-1].Over))
}

// instances in service at t; 0 when that was never known.
func (s *server) instances(t time.Time) int {
	for i := len(s.counts) - 1; i >= 0; i-- {
		if !s.counts[i].Since.After(t) {
			return s.counts[i].Instances
		}
	}
	return 0
}

// shown are the points of the load; while there was none, of what is watched.
func (s *server) shown() []cwmetrics.Point {
	points := s.points
	for len(points) > 0 && points[0].End().Unix() <= s.began {
		points = points[1:]
	}
	return points
}

// join makes the periods that are new, or of which something new is known, when there are new points or new client windows. It says
// whether there was anything.
func (s *server) join(windows []runner.Window, seconds []runner.Second) bool {
	if !s.stale && s.joined == len(windows) {
		return false
	}
	keep := s.joined
	for keep > 0 && windows[keep-1].To > s.fresh {
		keep--
	}
	periods := s.periods
	if keep < s.joined {
		periods = slices.Clip(periods[:keep]) // a copy: who was shown them keeps them as they were
	}
	for i := keep; i < len(windows); i++ {
		periods = append(periods, s.period(&windows[i], seconds))
	}
	s.periods, s.joined, s.stale, s.fresh = periods, len(windows), false, math.MaxInt64
	return true
}

// period is what client and endpoint say of one client window.
func (s *server) period(w *runner.Window, seconds []runner.Second) sizing.Period {
	p := sizing.Period{Client: *w}
	p.Client.Client = usual(within(seconds, w.From, w.To), w.Client)
	if j, found := pointAt(s.points, time.Unix(w.From, 0)); found && s.points[j].End().Unix() == w.To {
		p.Server = s.figures(&s.points[j])
		s.compareTraffic(&p)
	}
	return p
}

func (s *server) figures(p *cwmetrics.Point) *sizing.Server {
	out := &sizing.Server{
		From: p.At, Period: p.Period, Partial: !p.Complete, Invocations: p.Invocations,
		Errors4XX: p.Errors4XX, Errors5XX: p.Errors5XX,
		Model: latency(p.Model), Overhead: latency(p.Overhead),
		Instances: s.instances(p.End()), Scaling: s.scalingIn(p.At, p.End()) || s.recountedIn(p.At, p.End()),
	}
	if p.CPU != nil {
		out.CPU = p.CPU.Share
		if s.unit == sizing.Instance {
			out.CPUSum = &p.CPU.Average
		}
		if p.CPU.Units > 0 {
			out.CPUMax = new(p.CPU.Maximum / float64(p.CPU.Units))
		}
	}
	if p.Memory != nil {
		out.Memory = &p.Memory.Average
	}
	if p.GPU != nil {
		out.GPU = p.GPU.Share
	}
	return out
}

func latency(l *cwmetrics.Latency) *sizing.Latency {
	if l == nil {
		return nil
	}
	return &sizing.Latency{Mean: l.Mean, Min: &l.Min, P99: l.P99}
}

// compareTraffic notes, once, that CloudWatch counts other requests than ours under load: then its figures are not judged.
func (s *server) compareTraffic(p *sizing.Period) {
	if s.began == 0 || p.Client.To <= s.began {
		return
	}
	extra, known := p.Foreign()
	if !known || extra == 0 || s.foreign || s.spread || p.Client.Ramp || p.Client.Plans > 1 {
		return
	}
	s.foreign = true
	what := "other traffic"
	if extra < 0 {
		what = "some of ours went elsewhere"
	}
	s.note(fmt.Sprintf("%s: %.0f invocations in the period at %s, ours %d",
		what, *p.Server.Invocations, p.Server.From.UTC().Format("15:04:05Z"), p.Client.Ended()))
}

func (s *server) note(text string) {
	if !slices.Contains(s.moved, text) {
		s.moved = append(slices.Clip(s.moved), text)
	}
}

func (s *server) facts(info *Info) sizing.Facts {
	refused := s.sample.Problem != nil && s.sample.Problem.Permission != "" && len(s.points) == 0
	f := sizing.Facts{CloudWatch: info.CloudWatch && !refused, Variants: info.Target.Variants, Container: info.Target.Container}
	if v := s.endpoint.Variant(s.variant); v != nil {
		f.Instances = v.Instances
		f.VCPUs, f.GPUs, f.InstanceType, f.Routing = v.Hardware.VCPUs, v.Hardware.GPUs, v.InstanceType, v.Routing
		f.Serverless, f.Components, f.Neuron, f.Burstable = v.Serverless, v.Components, v.Hardware.Neuron, v.Hardware.Burstable
		if c := s.endpoint.Component; c != nil {
			ofCopies(&f, c, v)
		}
	}
	return f
}

// ofCopies makes f facts of the component that carries the load. What it reserves is not known where it could not be described: then its
// model may do its work on any of the accelerators.
func ofCopies(f *sizing.Facts, c *cwmetrics.Component, v *cwmetrics.Variant) {
	f.Copies, f.Components, f.Serverless, f.Instances, f.PerInstance, f.VCPUs = true, false, false, c.Copies, c.PerInstance(v.Hardware), 0
	if whole := int(c.Cores); float64(whole) == c.Cores {
		f.VCPUs = whole
	}
	if c.Status != "" {
		f.GPUs = int(math.Ceil(c.Accelerators))
		f.Neuron = f.Neuron && c.Accelerators > 0
		if f.Neuron {
			f.GPUs = 0
		}
	}
}
