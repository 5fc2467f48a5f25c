package session

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"sagetop/cwmetrics"
	"sagetop/runner"
)

// Errors of a Session.
var (
	ErrConfig = errors.New("session: bad configuration")
	ErrBusy   = errors.New("session: too many commands at once")
)

// Poller reads CloudWatch. Poll returns an error only when ctx has ended; every other problem is in the Sample. Wait says how long
// to wait before the next Poll.
type Poller interface {
	Poll(ctx context.Context) (cwmetrics.Sample, error)
	Wait() time.Duration
}

// Credentials can be read anew after they lapsed. Refresh returns when the new ones expire (zero: never) or why there are none.
type Credentials interface {
	Refresh(ctx context.Context) (time.Time, error)
}

// Config of a Session.
type Config struct {
	Info    Info
	NewLoad func(sink func(*runner.Delta)) (runner.Load, error)
	NoLoad  string        // why users cannot be started; empty when they can
	Tried   *runner.Delta // the request tried before the load; nil: none was
	Journal Journal       // nil: nothing is kept
	Poller  Poller        // nil: CloudWatch is not read
	Creds   Credentials   // nil: never read anew
	Scaler  Scaler        // nil: instances stay as they are
	Debts   Debts         // nil: what is owed of them is not kept
	Screens Screens       // nil: screens are not kept
	Logs    LogReader     // nil: the endpoint's logs are not read

	AutoScaler AutoScaler // nil: there is no auto scaling to be looked at

	Quota func(context.Context) *Quota // reads that of the instances, nil where it cannot be; nil: nobody asks for any

	Settle time.Duration // how long to wait for CloudWatch's last points after the load
	Drain  time.Duration // how long requests in flight may take to end; default 75 s
	Lapse  time.Duration // how long lapsed credentials may stay so before the run ends; 0: for ever

	Hint   string        // about where the run was started from, for the log; no caveat of its figures
	Return string        // how to come back to a run that goes on when its terminal is gone; empty: that ends it
	Unseen time.Duration // how long a load without an end of its own may go on while no screen looks at it; 0: for ever
}

const (
	defaultDrain = 75 * time.Second // a request may take 70 s
	signalDrain  = 5 * time.Second  // after SIGTERM or SIGHUP somebody will soon kill harder
	tick         = 20 * time.Millisecond
)

// Session conducts one run. It is a Conductor.
type Session struct {
	cfg  Config
	book *Book
	load runner.Load

	commands chan Command
	samples  chan cwmetrics.Sample
	scaling  chan scalingLook
	turned   chan struct{} // a second was closed
	failed   chan error    // a panic somewhere
	done     chan struct{}

	logs    logs
	quota   atomic.Pointer[Quota] // nil: not known
	looking atomic.Int32          // screens
	writing sync.Mutex            // keeps the order of Book and Journal the same

	life  context.Context // ends with Run: of polling and of reading credentials anew
	err   error           // a panic that ended the load
	state conductor       // the loop's own
}

// New checks cfg and returns a Session that has not begun.
func New(cfg Config) (*Session, error) {
	if cfg.NewLoad == nil {
		return nil, fmt.Errorf("%w: NewLoad is missing", ErrConfig)
	}
	if err := errors.Join(cfg.Info.Plan.Validate(), cfg.Info.Other.Validate()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if cfg.Scaler == nil && cfg.Info.Instances > 0 {
		return nil, fmt.Errorf("%w: Scaler is missing", ErrConfig)
	}
	if cfg.Drain == 0 {
		cfg.Drain = defaultDrain
	}
	book, err := NewBook(cfg.Info)
	if err != nil {
		return nil, err
	}
	s := &Session{
		cfg: cfg, book: book,
		commands: make(chan Command, 256), samples: make(chan cwmetrics.Sample), scaling: make(chan scalingLook),
		turned: make(chan struct{}, 1), failed: make(chan error, 4), done: make(chan struct{}),
	}
	s.load, err = cfg.NewLoad(s.delta)
	return s, err
}

// Do hands c to the conductor and returns at once.
func (s *Session) Do(c Command) error {
	select {
	case s.commands <- c:
		return nil
	default:
		return fmt.Errorf("%w: %s was not taken", ErrBusy, c.Verb)
	}
}

// State shows the run as it is now.
func (s *Session) State(st *State) {
	s.book.State(st)
	s.load.Snapshot(&st.Load) // what is live: the figures are the Book's
	st.Err = st.Load.Err
	st.Logs, st.Quota = s.logs.read(), s.quota.Load()
	if st.Phase != Done {
		st.Now = time.Now()
	}
	if j, ok := s.cfg.Journal.(interface{ Lost() string }); ok {
		st.Lost = j.Lost()
	}
}

// Book holds the run's figures.
func (s *Session) Book() *Book { return s.book }

// Done is closed when the run is over and everything about it was written to the journal.
func (s *Session) Done() <-chan struct{} { return s.done }

// delta is the load's sink: it runs once a second in the goroutine that cuts.
func (s *Session) delta(d *runner.Delta) {
	s.record(func(j Journal) error { return j.Delta(d) })
	select {
	case s.turned <- struct{}{}:
	default:
	}
}

// record writes to Book and Journal in the same order. What the Book refuses is not journaled: it would be refused again.
func (s *Session) record(write func(Journal) error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := write(s.book); err != nil {
		return
	}
	if s.cfg.Journal != nil {
		_ = write(s.cfg.Journal) // it keeps what it could not write and says so in State.Lost
	}
}

// Run conducts until the run is over. It may be called once. Ending ctx terminates the run as SIGTERM does.
func (s *Session) Run(ctx context.Context) error {
	defer close(s.done)
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.life = life
	if s.cfg.Poller != nil {
		go s.poll(life)
	}
	if s.cfg.AutoScaler != nil {
		go s.watchScaling(life)
	}
	if s.cfg.Quota != nil {
		go s.readQuota(life)
	}
	err := s.guarded(func() {
		s.begin()
		s.loop(ctx)
	})
	if err != nil {
		s.collapse(err)
		return err
	}
	return s.err
}

// poll is CloudWatch's own goroutine: neither its slowness nor a bug in it touches the load.
func (s *Session) poll(ctx context.Context) {
	err := s.guarded(func() {
		for {
			sample, err := s.cfg.Poller.Poll(ctx)
			if err != nil {
				return
			}
			select {
			case s.samples <- sample:
			case <-ctx.Done():
				return
			}
			if !wait(ctx, s.cfg.Poller.Wait()) {
				return
			}
		}
	})
	if err == nil {
		return
	}
	s.say(Event{Kind: KindError, Text: plain(err), Bad: true})
	problem := &cwmetrics.Problem{Message: "reading CloudWatch broke off, the load goes on"}
	select {
	case s.samples <- cwmetrics.Sample{At: time.Now(), Period: s.cfg.Info.Period, Problem: problem}:
	case <-ctx.Done():
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// guarded turns a panic into an error with its stack, so that what was measured until then can still be written.
func (s *Session) guarded(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &runner.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	f()
	return nil
}
