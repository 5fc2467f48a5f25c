package cwmetrics

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// ErrConfig is wrapped by every error about a PollerConfig that cannot be used.
var ErrConfig = errors.New("cwmetrics: bad poller configuration")

const (
	describeEvery  = 10 * time.Second // DescribeEndpoint is free of charge, and scaling is watched by it
	defaultTimeout = 15 * time.Second
	defaultSince   = 15 * time.Minute
	overlap        = 3 // complete periods that are read again, since late values may still change them
	// maxSpan is how far back CloudWatch has periods below a minute.
	maxSpan = 3 * time.Hour
)

// PollerConfig of a Poller.
type PollerConfig struct {
	CloudWatch CloudWatchAPI
	SageMaker  SageMakerAPI     // nil: the endpoint is not described again
	Endpoint   *Endpoint        // as Describe gave it
	Variant    string           // empty: the first one
	Describe   DescribeOptions  // as given to Describe
	Since      time.Time        // the first period of interest is the one that this lies in; zero: 15 minutes ago
	Interval   time.Duration    // between polls, at least 5 s; 0: from the period and from how late points show up
	Timeout    time.Duration    // of one call with its retries; 0: 15 s
	Now        func() time.Time // nil: time.Now
}

// Poller reads CloudWatch's metrics of one variant, or of the inference component that its Endpoint names, again and again. It belongs to one goroutine.
type Poller struct {
	cfg      PollerConfig
	describe describer
	endpoint *Endpoint
	seen     time.Time // when endpoint was described
	question question
	since    time.Time

	complete time.Time // start of the newest complete period; zero: none yet
	schedule schedule
	metrics  task
	facts    task

	fresh   *Point
	queries int
}

// task is one of the two things that a Poller does, each in its own time.
type task struct {
	at       time.Time // when it is next due
	failures int       // in a row
	problem  *Problem  // of the last try
}

// NewPoller returns a Poller that has asked nothing yet.
func NewPoller(cfg PollerConfig) (*Poller, error) {
	if cfg.CloudWatch == nil || cfg.Endpoint == nil {
		return nil, fmt.Errorf("%w: CloudWatch and Endpoint must be given", ErrConfig)
	}
	v := cfg.Endpoint.Variant(cfg.Variant)
	if v == nil {
		return nil, fmt.Errorf("%w: endpoint %s has no variant %q", ErrConfig, cfg.Endpoint.Name, cfg.Variant)
	}
	if cfg.Interval != 0 && cfg.Interval < minGap || cfg.Timeout < 0 {
		return nil, fmt.Errorf("%w: interval %v must be %v or more, timeout %v must not be negative", ErrConfig, cfg.Interval, minGap, cfg.Timeout)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Since.IsZero() {
		cfg.Since = cfg.Now().Add(-defaultSince)
	}
	p := &Poller{cfg: cfg, describe: describer{api: cfg.SageMaker, name: cfg.Endpoint.Name, opt: cfg.Describe, component: cfg.Endpoint.Component}}
	p.follow(cfg.Endpoint)
	p.facts.at = cfg.Now().Add(describeEvery)
	return p, nil
}

// Poll does what is due: it asks for metrics in one batched GetMetricData, describes the endpoint again, or both. It returns an
// error only when ctx has ended; whatever else goes wrong is the Sample's Problem.
func (p *Poller) Poll(ctx context.Context) (Sample, error) {
	if err := ctx.Err(); err != nil {
		return Sample{}, err
	}
	now := p.cfg.Now().Round(0) // a Sample is written down: wall time only
	if p.cfg.SageMaker != nil && !now.Before(p.facts.at) {
		p.describeAgain(ctx, now)
	}
	var points []Point
	if !now.Before(p.metrics.at) {
		points = p.measure(ctx, now)
	}
	if err := ctx.Err(); err != nil {
		return Sample{}, err
	}
	s := Sample{
		At: now, Period: p.question.period, Endpoint: p.endpoint, Described: p.seen, Points: points, Fresh: p.fresh,
		Queries: p.queries, Next: p.next(), Problem: p.metrics.problem,
	}
	if s.Problem == nil {
		s.Problem = p.facts.problem
	}
	return s, nil
}

// Wait is how long to wait from now until Poll has something to do.
func (p *Poller) Wait() time.Duration {
	at := p.metrics.at
	if p.cfg.SageMaker != nil && p.facts.at.Before(at) {
		at = p.facts.at
	}
	return max(0, at.Sub(p.cfg.Now()))
}

// next is when a new point may be there: when it is due, but not before it is asked for.
func (p *Poller) next() time.Time {
	return later(p.metrics.at, p.schedule.due(p.complete, p.question.period))
}

// follow takes e as the endpoint from now on. When it publishes in another way than before, points are expected anew.
func (p *Poller) follow(e *Endpoint) {
	p.endpoint = e
	v := e.Variant(p.cfg.Variant)
	if v == nil {
		return
	}
	q := newQuestion(e, v)
	if q.period != p.question.period || q.fresh != p.question.fresh {
		p.schedule = schedule{period: q.step(), interval: p.cfg.Interval}
		p.since = later(p.cfg.Since, p.complete).Truncate(q.period)
		p.complete, p.fresh = time.Time{}, nil
	}
	p.question = q
}

func (p *Poller) describeAgain(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	e, err := p.describe.describe(ctx)
	if e != nil && err != nil {
		inherit(e, p.endpoint)
	}
	if e != nil {
		p.follow(e)
		p.seen = now
	}
	p.facts.done(now, err, now.Add(describeEvery), describeEvery)
}

// inherit gives e, whose configuration could not be read, what is known of its variants from before.
func inherit(e, before *Endpoint) {
	for i := range e.Variants {
		v := &e.Variants[i]
		if old := before.Variant(v.Name); old != nil && e.Config == before.Config {
			v.InstanceType, v.Hardware, v.Components = old.InstanceType, old.Hardware, old.Components
		}
	}
}

// measure asks for what may have changed, and returns the points of it.
func (p *Poller) measure(ctx context.Context, now time.Time) []Point {
	start, end := p.span(now)
	if !start.Before(end) { // nothing has ended yet
		p.metrics.at = start.Add(p.question.step())
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	a, err := fetch(ctx, p.cfg.CloudWatch, p.input(start, end))
	p.queries += a.queries
	if err != nil {
		p.metrics.done(now, err, time.Time{}, p.schedule.gap())
		return nil
	}
	points := p.take(a, start, now)
	p.metrics.done(now, nil, p.schedule.next(now), p.schedule.gap())
	return points
}

// take what an answer to a poll at now says, and note how far it goes.
func (p *Poller) take(a answer, start, now time.Time) []Point {
	rows, fresh := p.question.sort(a, start, now)
	points := p.question.points(rows, now)
	for i := range points {
		if points[i].Complete {
			p.complete = later(p.complete, points[i].At)
		}
	}
	newest := p.complete
	if p.question.fresh > 0 {
		if f := p.question.newestFresh(fresh, newestEnd(points)); f != nil || len(points) > 0 {
			p.fresh = f
		}
		newest = newestStart(fresh)
	}
	p.schedule.seen(now, newest)
	return points
}

// span is what is asked for at now: from a few periods before the newest complete one to the end of the last closed one.
func (p *Poller) span(now time.Time) (start, end time.Time) {
	q := p.question
	start, end = p.since, now.Truncate(q.step())
	if !p.complete.IsZero() {
		start = later(start, p.complete.Add(-overlap*q.period))
	}
	if q.step() < defaultPublish {
		start = later(start, end.Add(-maxSpan).Truncate(q.period).Add(q.period))
	}
	return start, end
}

func (p *Poller) input(start, end time.Time) *cloudwatch.GetMetricDataInput {
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(start), EndTime: aws.Time(end), ScanBy: types.ScanByTimestampAscending}
	for _, c := range p.question.columns() {
		in.MetricDataQueries = append(in.MetricDataQueries, p.question.query(c))
	}
	return in
}

// done notes how a try at now went: the next one is at next, or later when this one failed.
func (t *task) done(now time.Time, err error, next time.Time, gap time.Duration) {
	t.problem = problemOf(err)
	switch {
	case err == nil:
		t.failures, t.at = 0, next
		return
	case t.problem.Permission != "":
		t.at = now.Add(deniedEvery)
	default:
		t.at = now.Add(backoff(t.failures, gap))
	}
	t.failures++
}

// newestEnd is the end of the newest point that has utilisation.
func newestEnd(points []Point) time.Time {
	for i := len(points) - 1; i >= 0; i-- {
		if points[i].CPU != nil || points[i].Memory != nil {
			return points[i].End()
		}
	}
	return time.Time{}
}

func newestStart(r rows) time.Time {
	starts := r.sorted()
	if len(starts) == 0 {
		return time.Time{}
	}
	return time.Unix(starts[len(starts)-1], 0)
}
