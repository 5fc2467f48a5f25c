package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of a Pool.
var (
	ErrConfig = errors.New("runner: bad configuration")
	ErrEnded  = errors.New("runner: the load has ended, it takes no further plan")
	ErrStuck  = errors.New("runner: users did not come back")
)

// stuckAfter is how long aborted users may take to come back before the load ends without them.
const stuckAfter = 5 * time.Second

// Config of a Pool.
type Config struct {
	Target   Target  // required
	Ledger   *Ledger // gets every Delta; nil: the Pool's own, or none at all when there is a Sink
	Worker   string  // names this pool in its Deltas
	Requests uint64  // exactly so many are sent, then the load drains and ends by itself; 0: no limit
	MaxRate  float64 // never more sends a second, whatever the Plan; 0: no limit
	Seed     uint64  // of think times and of Poisson arrivals
	Limits   Limits  // that Counts.Good goes by

	// Sink, when set, is called with every Delta after the Ledger got it, in the goroutine that cuts them: while it runs no second
	// is cut, and it must not call Stop. The Delta and what it points to, Samples excepted, are used again once Sink has returned.
	// Who has a Sink and no Ledger keeps the figures: Snapshot then fills in only what is live (State, Err, Users, InFlight, Plan).
	Sink func(*Delta)

	// MeasureClient writes what the load generator cost since the last call, connections excepted. Nil measures this process.
	MeasureClient func(*Client)
}

// PanicError is why a load ended whose Invoker, or Sink, panicked. What was measured until then stands.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("runner: panic under load: %v", e.Value) }

// Unwrap is the error that was panicked with, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Pool is a Load of goroutine users in this process.
//
//	Idle --Apply--> Running --Stop, request limit, error, panic--> Draining --last user gone, or given up--> Stopped
//	Idle --Stop--> Stopped
type Pool struct {
	cfg    Config
	ledger *Ledger
	rec    *recorder
	ctx    context.Context // of all requests
	abort  context.CancelFunc

	wanted   atomic.Int64 // users with a lower number stay
	starting atomic.Int64 // users who do not have their Invoker yet
	users    sync.WaitGroup
	kick     chan struct{} // a new Plan for control
	draining chan struct{} // closed when nothing is sent any more
	left     chan struct{} // closed when all users have left, or were given up
	done     chan struct{}
	wait     func(time.Duration) // sleeps until a moment since start, at most fine ahead; nil until the first Apply: sleeper's
	sleeper  *sleeper            // since the first Apply

	mu       sync.Mutex
	state    State
	err      error
	start    time.Time
	order    *order
	course   course
	rates    rateCourse
	applied  time.Duration // since start: where course and rates begin
	slots    []*user       // by number; nil where none is live
	live     int
	calendar *calendar

	cutter cutter // of the cutting goroutine alone
}

var _ Load = (*Pool)(nil)

// NewPool returns a Pool that is idle: nothing runs until the first Apply.
func NewPool(cfg Config) (*Pool, error) {
	if cfg.Target == nil {
		return nil, fmt.Errorf("%w: no Target to send requests to", ErrConfig)
	}
	if !finite(cfg.MaxRate) {
		return nil, fmt.Errorf("%w: at most %v requests a second, must be a number of 0 or more", ErrConfig, cfg.MaxRate)
	}
	p := &Pool{
		cfg: cfg, ledger: cfg.Ledger, rec: newRecorder(cfg.Requests, cfg.Limits),
		kick: make(chan struct{}, 1), draining: make(chan struct{}), left: make(chan struct{}), done: make(chan struct{}),
	}
	if p.ledger == nil && cfg.Sink == nil {
		own, err := NewLedger(LedgerConfig{})
		if err != nil {
			return nil, err
		}
		p.ledger = own
	}
	p.ctx, p.abort = context.WithCancel(context.Background())
	return p, nil
}

// Apply makes plan the latest wish and starts a segment, also when it equals the one before. It returns at once: users follow.
func (p *Pool) Apply(plan Plan) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state >= Draining {
		return ErrEnded
	}
	if p.state == Idle {
		p.begin()
	}
	now := p.cease()
	p.issue(p.orderFor(plan, now), now)
	select {
	case p.kick <- struct{}{}:
	default:
	}
	return nil
}

// forever is longer than any load: it keeps sums of durations from overflowing.
const forever = time.Duration(1<<63 - 1)

// cease ends the arrivals of the order in force, and says when. It is called with p.mu held.
func (p *Pool) cease() (now time.Duration) {
	if p.order != nil && p.order.arrivals != nil {
		return p.order.arrivals.close(p.start)
	}
	return time.Since(p.start)
}

// orderFor begins the courses that lead from what is to plan. It is called with p.mu held, after cease.
func (p *Pool) orderFor(plan Plan, now time.Duration) *order {
	users, _, _ := p.course.at(now - p.applied)
	rate := p.rates.rate(now - p.applied)
	p.course, p.rates, p.applied = newCourse(users, plan), newRateCourse(rate, plan), now
	next := &order{segment: 1, plan: plan, changed: make(chan struct{})}
	length := p.course.length()
	if plan.Loop == Open {
		p.course = p.course.open(p.rates)
		length = p.rates.length()
	}
	next.reached = now + min(length, forever-now)
	if p.order != nil {
		next.segment = p.order.segment + 1
	}
	if plan.Loop == Open && !plan.Paused {
		next.arrivals = newArrivals(newSequence(p.rates, plan, p.phase(now), p.cfg.Seed, next.segment), now)
	}
	return next
}

// phase is what has passed of a gap between the arrivals that ended now. It is called with p.mu held.
func (p *Pool) phase(now time.Duration) float64 {
	if p.order == nil || p.order.arrivals == nil {
		return 0
	}
	return p.order.arrivals.phase(now)
}

// begin starts the clock and what runs beside the users. It is called with p.mu held.
func (p *Pool) begin() {
	p.state = Running
	p.start = time.Now()
	p.calendar = newCalendar(p.start)
	p.cutter.measure = p.cfg.MeasureClient
	if p.cutter.measure == nil {
		p.cutter.measure = newClientMeter(&p.cutter.local).measure
	}
	p.sleeper = newSleeper(p.start)
	if p.wait == nil {
		p.wait = p.sleeper.wait
	}
	go p.control()
	go p.cutSeconds()
}

// issue puts o in force and wakes those who wait under the order before, whose arrivals ended now. It is called with p.mu held.
func (p *Pool) issue(o *order, now time.Duration) {
	if p.order != nil {
		o.turns = p.order.turns.anew(time.Now())
	} else {
		o.turns = newTurns(p.cfg.MaxRate)
	}
	p.calendar.change(o, now)
	p.rec.publish(o)
	if p.order != nil && p.order.arrivals != nil {
		p.rec.giveUp(p.order.segment, p.order.arrivals.dueBy(now))
	}
	if p.order != nil {
		close(p.order.changed)
	}
	p.order = o
}

// drain ends the load: nothing is sent any more, and users leave after the request in hand. The first err is the reason that
// stands. It is called with p.mu held.
func (p *Pool) drain(err error) {
	if p.err == nil {
		p.err = err
	}
	switch p.state {
	case Idle:
		p.state = Stopped
		p.abort()
		close(p.done)
	case Running:
		p.state = Draining
		now := p.cease()
		p.issue(&order{segment: p.order.segment, plan: p.order.plan, quit: true, changed: make(chan struct{})}, now)
		close(p.draining)
		go p.awaitUsers()
	}
}

// fail ends the load because of err.
func (p *Pool) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drain(err)
}

// awaitUsers says when all users have left. After an abort it does not wait for ever: the figures of a run must not be lost to an
// Invoker that ignores its context.
func (p *Pool) awaitUsers() {
	gone := make(chan struct{})
	go func() {
		p.users.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-p.ctx.Done():
		stuck := time.NewTimer(stuckAfter)
		defer stuck.Stop()
		select {
		case <-gone:
		case <-stuck.C:
			p.fail(fmt.Errorf("%w within %v of being aborted: %d of them", ErrStuck, stuckAfter, p.liveUsers()))
		}
	}
	close(p.left)
}

// elapsed is the time since the start. It reads one clock, where time.Now reads two.
func (p *Pool) elapsed() time.Duration { return time.Since(p.start) }

func (p *Pool) liveUsers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live
}

// Stop sends nothing more and waits for the requests in flight. When ctx ends first they are aborted: they are recorded neither as
// successes nor as failures and stay in flight in the last Delta, and the error says how many they were. When Stop returns, the
// last Delta was delivered and Done is closed. It may be called again, and from several goroutines: the first ctx to end aborts.
func (p *Pool) Stop(ctx context.Context) error {
	p.fail(nil)
	select {
	case <-p.done:
	case <-ctx.Done():
		p.abort()
		<-p.done
	}
	if n := p.rec.inFlight(); n > 0 && ctx.Err() != nil {
		return fmt.Errorf("runner: %d requests were aborted: %w", n, context.Cause(ctx))
	}
	return nil
}

// Done is closed when the load has ended and its last Delta was delivered.
func (p *Pool) Done() <-chan struct{} { return p.done }

// Snapshot shows the Ledger's figures as of the last closed second, and users and requests in flight as of now.
func (p *Pool) Snapshot(s *Snapshot) {
	if p.ledger != nil {
		p.ledger.Snapshot(s)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.State, s.Err, s.Users, s.InFlight = p.state, p.err, p.live, p.rec.inFlight()
	if p.order != nil {
		s.Plan = p.order.plan
	}
}
