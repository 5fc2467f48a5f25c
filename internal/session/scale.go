package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Scaler changes how many instances the variant, or copies the component that is loaded, has.
type Scaler interface {
	Scale(ctx context.Context, instances int) error // asks for them, and returns once that was taken on
	Await(ctx context.Context, instances int) error // returns once they are in service, or will not be
}

// Scaling is a change of the variant's instances that the run asked for.
type Scaling struct {
	From    int         `json:"from"`
	To      int         `json:"to"`
	Unit    sizing.Unit `json:"unit,omitempty"`    // what is counted
	Asked   time.Time   `json:"asked"`             // when it was taken on
	Over    time.Time   `json:"over,omitzero"`     // when it was in service, or known not to be; zero: not waited for to the end
	Failed  string      `json:"failed,omitempty"`  // why it never was
	Restore bool        `json:"restore,omitempty"` // puts back what was there before the run
}

func (c *Scaling) String() string { return fmt.Sprintf("%d -> %s", c.From, c.Unit.Count(c.To)) }

// MaxInstances that can be asked for: more is a slip of the finger.
const MaxInstances = 1000

const (
	scalePatience   = time.Hour        // with instances that are on their way; large ones take long
	restorePatience = 20 * time.Minute // with an endpoint that cannot be put back while it is being updated
)

// Count of instances in service since a moment.
type Count struct {
	Since     time.Time
	Instances int
}

// Instances under w's load, and whether they were changing meanwhile. 0: not known.
func (st *State) Instances(w *runner.Window) (n int, changing bool) {
	for _, c := range st.Counts {
		switch at := c.Since.Unix(); {
		case at <= w.From:
			n = c.Instances
		case at < w.To:
			changing = true
		}
	}
	for _, c := range st.Scalings {
		if c.Asked.Unix() <= w.From && (c.Over.IsZero() || w.From < c.Over.Unix()) {
			changing = true
		}
	}
	return n, changing
}

// Owed says how many instances there were before the run changed that, and whether it has not put them back.
func (st *State) Owed() (before int, owed bool) {
	if len(st.Scalings) == 0 {
		return 0, false
	}
	before = st.Scalings[0].From
	return before, st.Scalings[len(st.Scalings)-1].To != before
}

// Underway is the change of instances that the run asked for and that is on its way; nil when there is none.
func (st *State) Underway() *Scaling {
	if !underway(st.Scalings) {
		return nil
	}
	return &st.Scalings[len(st.Scalings)-1]
}

// underway says that the last of all is: instances which the run asked for are on their way.
func underway(all []Scaling) bool {
	n := len(all)
	return n > 0 && all[n-1].Over.IsZero()
}

// scaleStep is what came of asking for instances, or of waiting for them.
type scaleStep struct {
	of   *Scaling
	over bool // the wait; else the asking
	err  error
}

// scale asks for n instances, as far as it is known that this cannot be wrong. The load goes on.
func (s *Session) scale(n int) {
	switch c := &s.state; {
	case c.change != nil:
		s.refuse(fmt.Sprintf("%s is on its way: one change at a time", c.change))
	case s.cfg.Scaler == nil || s.cfg.Info.NoScale != "":
		s.refuse(s.unit().Many() + " stay as they are: " + s.cfg.Info.NoScale)
	case n < 1 || n > MaxInstances:
		s.refuse(fmt.Sprintf("%s: must be 1 to %d", s.unit().Count(n), MaxInstances))
	case n == s.instances():
		s.refuse("it has " + s.unit().Count(n) + " already")
	default:
		s.startScaling(n)
	}
}

// instances in service, as last described.
func (s *Session) instances() int {
	st := &s.state.now
	s.book.State(st)
	n, _, _ := st.Endpoint.Count(s.cfg.Info.Target.Variant)
	return n
}

func (s *Session) unit() sizing.Unit { return s.cfg.Info.Target.Unit() }

// startScaling in a goroutine of its own: answers may take long, and instances take minutes.
func (s *Session) startScaling(n int) {
	change := &Scaling{From: s.instances(), To: n, Unit: s.unit()}
	before, first := change.From, len(s.state.now.Scalings) == 0
	if !first {
		before = s.state.now.Scalings[0].From
	}
	ctx, cancel := context.WithTimeout(s.life, scalePatience)
	s.state.change, s.state.giveUpChange = change, cancel
	go func() {
		defer cancel()
		err := s.asking(func() error { return s.owing(ctx, n, before, first) })
		s.tell(scaleStep{of: change, err: err})
		if err == nil || unanswered(err) {
			s.tell(scaleStep{of: change, over: true, err: s.asking(func() error { return s.cfg.Scaler.Await(ctx, n) })})
		}
	}()
}

// asking guards a call of what the Config gave.
func (s *Session) asking(call func() error) (err error) {
	if bug := s.guarded(func() { err = call() }); bug != nil {
		return bug
	}
	return err
}

func (s *Session) tell(step scaleStep) {
	select {
	case s.state.steps <- step:
	case <-s.life.Done():
	}
}

// scaled takes the next step of the change under way, not of one that was given up.
func (s *Session) scaled(step scaleStep) {
	switch {
	case step.of != s.state.change:
	case step.of.Restore:
		s.restored(step.err)
	case step.over:
		s.scaleOver(step.err)
	default:
		s.scaleAsked(step.err)
	}
}

// unanswered says that nobody knows whether AWS took it on: what may cost money is taken to be there.
func unanswered(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// scaleAsked begins a segment: from here on it is not known how many instances answer.
func (s *Session) scaleAsked(err error) {
	c := &s.state
	if err != nil && !unanswered(err) {
		e := Event{Kind: KindScale, Text: fmt.Sprintf("%s refused: %s", c.change, flat(err)), Bad: true}
		c.change = nil
		s.scaleFailed(e, err)
	} else {
		c.change.Asked = time.Now()
		if c.phase == Run {
			s.apply(s.rampLeft())
		}
		s.say(Event{At: c.change.Asked, Kind: KindScale, Text: c.change.String() + " asked", Scaling: new(*c.change)})
	}
	if c.drained {
		s.afterLoad()
	}
}

// scaleOver begins a segment under the new instances. Those that were added are cold at first.
func (s *Session) scaleOver(err error) {
	c := &s.state
	done := c.change
	done.Over = time.Now()
	c.change = nil
	if unanswered(err) {
		err = fmt.Errorf("not InService after %v", scalePatience)
	}
	if err != nil {
		done.Failed = flat(err)
		s.scaleFailed(Event{At: done.Over, Kind: KindScale, Text: fmt.Sprintf("%s failed: %s", done, done.Failed), Bad: true, Scaling: done}, err)
		return
	}
	took := done.Over.Sub(done.Asked).Round(time.Second)
	e := Event{At: done.Over, Kind: KindScale, Text: fmt.Sprintf("InService after %.0f s: %s", took.Seconds(), done.Unit.Count(done.To)), Scaling: done}
	switch c.phase {
	case Scale:
		c.phase, e.Phase = Run, Run
		s.say(e)
		s.start()
		return
	case Run:
		if s.verifies() {
			s.say(e)
			s.hold()
			return
		}
		s.warmInstances(done)
		s.apply(s.rampLeft())
		s.lastStageAgain()
	}
	s.say(e)
}

// warmInstances leaves the first of new instances' time out of the figures.
func (s *Session) warmInstances(done *Scaling) {
	c := &s.state
	if cold := s.cfg.Info.Cold; cold > 0 && done.To > done.From {
		c.wish.Warmup, c.warm = true, warm{length: cold, until: c.clock.elapsed(time.Now()) + cold}
	}
}

// lastStageAgain holds the load of the last stage under the new instances for as long as it was held under the old ones.
func (s *Session) lastStageAgain() {
	c, info := &s.state, &s.cfg.Info
	if n := len(info.Stages); info.ScaleLast && !info.Hold && n > 0 && c.stage == n {
		c.until = max(c.warm.until, c.clock.elapsed(time.Now())) + info.Stages[n-1].Over
	}
}

// scaleFailed says e, and ends a run that was to be about those instances. Any other goes on as it is.
func (s *Session) scaleFailed(e Event, err error) {
	c, info := &s.state, &s.cfg.Info
	if c.phase == Scale || s.verifies() || c.phase == Run && info.ScaleLast && !info.Hold && c.stage == len(info.Stages) {
		e.Kind, s.err = KindError, err
		s.say(e)
		s.end(EndFailed)
		return
	}
	s.say(e)
}

// afterLoad puts back what is to be put back, and then settles. An answer about instances that is still out comes first: without it
// nobody knows what is owed.
func (s *Session) afterLoad() {
	c := &s.state
	if c.change != nil && c.change.Asked.IsZero() {
		return
	}
	s.book.State(&c.now)
	if before, owed := c.now.Owed(); owed && s.cfg.Info.Restore {
		s.restore(before)
		return
	}
	s.settle()
}

// restore asks for the instances that were there before the run. An endpoint that is being updated takes no other update: then it
// waits for the end of that one, but not for ever, and ctrl+c ends the wait. Restored instances are not waited for.
func (s *Session) restore(before int) {
	c := &s.state
	open := c.change
	if open != nil {
		c.giveUpChange()
	}
	back := &Scaling{From: c.now.Scalings[len(c.now.Scalings)-1].To, To: before, Unit: s.unit(), Restore: true}
	c.change = back
	patience := restorePatience
	if c.reason == EndTerminate || c.reason == EndHangup {
		patience = signalDrain
	}
	ctx, cancel := context.WithTimeout(s.life, patience)
	c.abortRestore = cancel
	s.enter(Restore, fmt.Sprintf("the load is over: back to %s; ctrl+c gives that up", back.Unit.Count(before)))
	go func() {
		defer cancel()
		s.tell(scaleStep{of: back, err: s.asking(func() error {
			if open != nil {
				_ = s.cfg.Scaler.Await(ctx, open.To) // if it will not come to that, it can be put back all the same
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			return s.owing(ctx, before, before, false)
		})})
	}()
}

// restored comes after the load. What it did not put back is owed, and said at the end of the run.
func (s *Session) restored(err error) {
	c := &s.state
	back := c.change
	c.change = nil
	switch {
	case unanswered(err):
		s.refuse(fmt.Sprintf("not put back to %s: the wait for the endpoint was given up", back.Unit.Count(back.To)))
	case err != nil:
		s.refuse(fmt.Sprintf("not put back to %s: %s", back.Unit.Count(back.To), flat(err)))
	default:
		back.Asked = time.Now()
		s.say(Event{At: back.Asked, Kind: KindScale, Text: back.String() + " asked: as before the run", Scaling: back})
	}
	s.settle()
}

// flat is err in one line of the log.
func flat(err error) string { return strings.ReplaceAll(plain(err), "\n", "; ") }
