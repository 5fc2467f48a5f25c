package session

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// end stops the load for that reason. The first reason stays, unless a signal follows: its exit code is the process's. Asking again
// hurries: see hurry. Any end skips the settling.
func (s *Session) end(reason string) {
	c := &s.state
	switch c.phase {
	case Drain:
		s.hurry(reason)
		return
	case Restore:
		s.because(reason)
		if signals(reason) {
			s.state.abortRestore()
		}
		return
	case Settle:
		s.because(reason)
		s.finish()
		return
	case Done:
		return
	}
	c.reason = reason
	c.clock.stop(time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), s.patience(reason))
	c.abortDrain = cancel
	s.enter(Drain, drainText[reason])
	go func() {
		defer cancel()
		if err := s.guarded(func() { _ = s.load.Stop(ctx) }); err != nil {
			s.failed <- err
		}
	}()
}

// signals are the reasons that come from outside the run.
func signals(reason string) bool {
	return reason == EndInterrupt || reason == EndHangup || reason == EndTerminate
}

func (s *Session) because(reason string) {
	if signals(reason) && !signals(s.state.reason) {
		s.state.reason = reason
	}
}

// patience with requests in flight: after a signal but ctrl+c somebody will soon kill harder.
func (s *Session) patience(reason string) time.Duration {
	if reason == EndTerminate || reason == EndHangup {
		return min(s.cfg.Drain, signalDrain)
	}
	return s.cfg.Drain
}

// hurry a drain: the second ctrl+c or SIGTERM gives up what is in flight, and after any signal there is no more time than if it had
// come first.
func (s *Session) hurry(reason string) {
	again := signals(s.state.reason) && (reason == EndInterrupt || reason == EndTerminate)
	s.because(reason)
	switch {
	case again:
		s.abort()
	case reason == EndTerminate || reason == EndHangup:
		time.AfterFunc(s.patience(reason), s.state.abortDrain)
	}
}

var drainText = map[string]string{
	EndDuration:  "time is up: requests in flight end",
	EndRequests:  "all requests are sent",
	EndFound:     "the search is over: requests in flight end",
	EndStopped:   "stopped: requests in flight end",
	EndAborted:   "stopped by --abort-on: requests in flight end",
	EndInterrupt: "interrupted: requests in flight end, ctrl+c again gives them up",
	EndHangup:    "the terminal is gone: requests in flight end",
	EndTerminate: "terminated: requests in flight end",
	EndFailed:    "the load cannot go on",
	EndLapsed:    "the credentials did not come back: the run ends",
	EndUnseen:    "nobody looked any more: requests in flight end",
}

// abort gives up what is still in flight.
func (s *Session) abort() {
	if s.state.abortDrain != nil {
		s.state.abortDrain()
	}
}

// drained comes when the load is over, be it asked to or by itself.
func (s *Session) drained() {
	c := &s.state
	c.phase = Drain // also when the load ended by itself
	if c.reason == "" {
		c.reason = EndRequests
		s.load.Snapshot(&c.live)
		if err := c.live.Err; err != nil {
			c.reason = EndFailed
			s.say(Event{Kind: KindError, Text: plain(err), Bad: true})
		}
	}
	s.tellChange("not reached any more")
	s.book.Close()
	s.review()
	c.drained = true
	s.afterLoad()
}

// settle waits for CloudWatch's last points, if anybody wants to.
func (s *Session) settle() {
	c := &s.state
	if !s.settles() || s.settled() {
		s.finish()
		return
	}
	c.settleUntil = time.Now().Add(s.cfg.Settle)
	s.enter(Settle, fmt.Sprintf("the load is over: waiting up to %v for CloudWatch's last points", s.cfg.Settle))
}

// plain is err in one line: the stack of a panic is for the journal's own event.
func plain(err error) string {
	if p, ok := errors.AsType[*runner.PanicError](err); ok {
		return fmt.Sprintf("a bug: %v\n%s", p.Value, p.Stack)
	}
	return err.Error()
}

// settles says whether this end waits for CloudWatch: a person who interrupts does not want to.
func (s *Session) settles() bool {
	if s.cfg.Poller == nil || s.cfg.Settle <= 0 || s.state.now.Load.Total.Sent == 0 || s.state.clock.elapsed(time.Now()) == 0 {
		return false
	}
	switch s.state.reason {
	case EndDuration, EndRequests, EndFound, EndStopped, EndAborted, EndUnseen:
		return true
	}
	return false
}

// settled says whether every whole period of the load has its points, or will never have.
func (s *Session) settled() bool {
	st := &s.state.now
	s.book.State(st)
	if p := st.Sample.Problem; p != nil && p.Permission != "" {
		return true
	}
	return published(st.Periods, math.MaxInt64)
}

// published says whether CloudWatch has said all that it will of the last period, up to a Unix time, in which anything was answered.
func published(periods []sizing.Period, to int64) bool {
	for i := len(periods) - 1; i >= 0; i-- {
		p := &periods[i]
		if p.Client.OK == 0 || p.Client.To > to {
			continue // what never reached a container left no ModelLatency
		}
		return p.Server != nil && (!p.Server.Partial || p.Server.Model != nil && p.Server.CPU != nil)
	}
	return true
}

// finish ends the run.
func (s *Session) finish() {
	c := &s.state
	if c.phase == Done {
		return
	}
	c.phase = Done
	s.say(Event{Kind: KindPhase, Phase: Done, Reason: c.reason, Text: "done"})
	s.review() // of what waited for points until now
}

// collapse ends a run whose conductor failed: the load is stopped at once and what was measured stays.
func (s *Session) collapse(err error) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.guarded(func() { _ = s.load.Stop(ctx) })
	s.book.Close()
	s.say(Event{Kind: KindError, Text: plain(err), Bad: true})
	s.say(Event{Kind: KindPhase, Phase: Done, Reason: EndFailed, Text: "done"})
}
