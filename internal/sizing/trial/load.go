package trial

import (
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/runner"
)

const forever = time.Duration(1<<63 - 1)

// load drives a variant by a Plan, from event to event: arrivals, answers, ends of thinking.
type load struct {
	variant *model.Variant
	rng     *rand.Rand
	now     time.Duration

	plan     runner.Plan
	segment  int
	parts    []*part         // of the Plan in force, last, and of those before it that have requests in flight
	next     time.Duration   // arrival
	waiting  []time.Duration // when arrivals were due that no user is free for
	busy     int             // users with a request
	thinking int
	users    int // started
	events   events

	foreign     float64
	nextForeign time.Duration
	others      *rand.Rand

	stream bool
	answer func(time.Duration, *rand.Rand) (time.Duration, runner.Failure)
	way    *rand.Rand
}

// part is one segment's share of a second.
type part struct {
	segment  int
	plan     runner.Plan
	from, to time.Duration // in force; to is forever while it is
	counts   runner.Counts
	inFlight int
	hist     runner.Hists
	errors   []runner.ErrorCount
}

// The streams of random numbers beside the instances', which have small ones.
const (
	arrivalStream = 1 << 40
	foreignStream = 1 << 41
	answerStream  = 1 << 42
)

func newLoad(v *model.Variant, c *Config) load {
	l := load{
		variant: v, rng: model.NewRand(c.Seed, arrivalStream), others: model.NewRand(c.Seed, foreignStream),
		next: forever, nextForeign: forever, foreign: c.Foreign,
		stream: c.Stream, answer: c.Answer, way: model.NewRand(c.Seed, answerStream),
	}
	if c.Foreign > 0 {
		l.nextForeign = age + gap(l.others, c.Foreign)
	}
	return l
}

func gap(rng *rand.Rand, rate float64) time.Duration {
	return time.Duration(rng.ExpFloat64() / rate * float64(time.Second))
}

// apply puts plan in force at t, up to which everything has happened.
func (l *load) apply(plan runner.Plan, t time.Duration) {
	if n := len(l.parts); n > 0 {
		l.parts[n-1].to = t
		l.parts[n-1].counts.Unsent += uint64(len(l.waiting))
	}
	l.waiting = l.waiting[:0]
	l.segment++
	l.plan = plan
	l.parts = append(l.parts, &part{segment: l.segment, plan: plan, from: t, to: forever})
	l.next = forever
	switch {
	case plan.Paused:
	case plan.Loop == runner.Closed:
		l.users = plan.Users
		l.engage()
	default:
		l.users = min(max(l.users, 1), plan.Users)
		l.arrive(t)
	}
}

// arrive finds the arrival after one at t.
func (l *load) arrive(t time.Duration) {
	switch {
	case l.plan.Rate <= 0:
		l.next = forever
	case l.plan.Poisson:
		l.next = t + gap(l.rng, l.plan.Rate)
	default:
		l.next = t + time.Duration(float64(time.Second)/l.plan.Rate)
	}
}

// engage lets all free users of a closed loop send.
func (l *load) engage() {
	for l.busy+l.thinking < l.plan.Users {
		l.send(l.now)
	}
}

// run lets everything happen up to t.
func (l *load) run(t time.Duration) {
	for {
		at := min(l.events.next(), l.next, l.nextForeign)
		if at > t {
			break
		}
		l.now = at
		switch at {
		case l.events.next():
			l.happen(l.events.pop())
		case l.next:
			l.arrive(at)
			l.meet(at)
		default:
			l.variant.Admit(at)
			l.nextForeign = at + gap(l.others, l.foreign)
		}
	}
	l.now = t
}

// meet gives an arrival to a free user, or lets it wait for one.
func (l *load) meet(due time.Duration) {
	if l.busy >= l.plan.Users {
		l.waiting = append(l.waiting, due)
		return
	}
	l.send(due)
}

// send what was due at that moment, now.
func (l *load) send(due time.Duration) {
	p := l.parts[len(l.parts)-1]
	p.counts.Sent++
	p.inFlight++
	l.busy++
	l.users = max(l.users, l.busy)
	admit := l.variant.Admit
	if l.stream {
		admit = l.variant.Stream
	}
	a := admit(l.now)
	e := event{at: l.now + a.Total, due: due, sent: l.now, part: p, outcome: a.Outcome, generation: a.Generation}
	if l.answer != nil {
		later, f := l.answer(e.at, l.way)
		e.at, e.failure = e.at+later, f
	}
	l.events.push(e)
}

// happen is an event: a user has its answer, or has thought.
func (l *load) happen(e event) {
	if e.part == nil {
		l.thinking--
		if l.closed() && l.busy+l.thinking < l.plan.Users {
			l.send(l.now)
		}
		return
	}
	if e.generation != nil {
		p := l.variant.Progress(e.generation, l.now)
		if p.Tokens > 0 && l.stream && !e.begun {
			e.begun = true
			e.part.in(runner.FirstByte).Record(l.now - e.sent)
		}
		if !p.Ended {
			e.at = p.Next
			l.events.push(e)
			return
		}
		e.outcome = p.Outcome
	}
	l.busy--
	e.part.record(&e, l.now)
	l.follow()
}

func (l *load) closed() bool { return l.plan.Loop == runner.Closed && !l.plan.Paused }

// follow gives a user that got free something to do.
func (l *load) follow() {
	switch {
	case l.closed() && l.busy+l.thinking < l.plan.Users:
		if l.plan.ThinkMax == 0 {
			l.send(l.now)
			return
		}
		l.thinking++
		spread := float64(l.plan.ThinkMax - l.plan.ThinkMin)
		l.events.push(event{at: l.now + l.plan.ThinkMin + time.Duration(l.rng.Float64()*spread)})
	case len(l.waiting) > 0 && l.busy < l.plan.Users:
		due := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.send(due)
	}
}

// failures as the client classes what the endpoint answers.
var failures = map[model.Outcome]runner.Failure{
	model.Refused:   {Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 503, Code: "ModelError", Message: "queue full"},
	model.Crashed:   {Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 500, Code: "ModelError", Message: "out of memory"},
	model.TimedOut:  {Class: runner.ModelError, HTTPStatus: 424, Code: "ModelError", Message: "timed out"},
	model.Broken:    {Class: runner.Stream, Code: "ModelStreamError", Message: "timed out"},
	model.Throttled: {Class: runner.Throttled, HTTPStatus: 400, Code: "ThrottlingException", Message: "rate exceeded"},
}

// record counts the answer that came at t.
func (p *part) record(e *event, t time.Duration) {
	p.inFlight--
	open := p.plan.Loop == runner.Open
	f := failures[e.outcome]
	if f.Class == runner.OK {
		f = e.failure
	}
	if f.Class == runner.OK {
		p.counts.OK++
		p.in(runner.Response).Record(t - e.due)
		if open {
			p.in(runner.Service).Record(t - e.sent)
		}
	} else {
		p.counts.Failed++
		p.in(runner.FailureLat).Record(t - e.due)
		p.fail(f)
	}
	if open {
		p.in(runner.SendLag).Record(e.sent - e.due)
		p.in(runner.PoolWait).Record(e.sent - e.due)
	}
}

func (p *part) in(m runner.Measure) *runner.Hist {
	if p.hist[m] == nil {
		p.hist[m] = new(runner.Hist)
	}
	return p.hist[m]
}

func (p *part) fail(f runner.Failure) {
	i := slices.IndexFunc(p.errors, func(e runner.ErrorCount) bool { return e.Failure == f })
	if i < 0 {
		i = len(p.errors)
		p.errors = append(p.errors, runner.ErrorCount{Failure: f})
	}
	p.errors[i].Count++
}

// cut yields the Deltas of the second that began at begun and ends now, and forgets what they say.
func (l *load) cut(begun time.Duration, second int64) iter.Seq[*runner.Delta] {
	return func(yield func(*runner.Delta) bool) {
		for i, p := range l.parts {
			last := i == len(l.parts)-1
			d := p.delta(begun, l.now, second)
			d.Final, d.Users = last, l.users
			if last {
				d.Due = len(l.waiting)
			}
			if !yield(&d) {
				return
			}
			p.clear()
		}
		l.parts = slices.DeleteFunc(l.parts, func(p *part) bool { return p.inFlight == 0 && p.to < forever })
	}
}

func (p *part) delta(begun, end time.Duration, second int64) runner.Delta {
	for i := range p.errors {
		p.errors[i].First, p.errors[i].Last = second, second
	}
	return runner.Delta{
		Second: second, Segment: p.segment, Plan: p.plan, Covered: max(min(end, p.to)-max(begun, p.from), 0),
		Counts: p.counts, InFlight: p.inFlight, Hist: p.hist, Errors: p.errors,
	}
}

// clear keeps the memory of what was recorded.
func (p *part) clear() {
	p.counts, p.errors = runner.Counts{}, p.errors[:0]
	for _, h := range p.hist {
		if h != nil {
			h.Reset()
		}
	}
}
