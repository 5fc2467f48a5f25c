package cli

import (
	"context"
	"os"
	"sync"
	"syscall"

	"sagetop/internal/session"
)

// signalled is the cause with which a signal ends what has no session yet.
type signalled struct{ sig os.Signal }

func (s *signalled) Error() string { return "ended by " + s.sig.String() }

func (s *signalled) code() int {
	switch s.sig {
	case syscall.SIGTERM:
		return exitTerminate
	case syscall.SIGHUP:
		return exitHangup
	}
	return exitInterrupt
}

// relays hands signals to the session, once there is one, and ends everything else.
type relays struct {
	mu     sync.Mutex
	to     session.Conductor
	cancel context.CancelCauseFunc
	asked  int             // interrupts so far: the second one aborts
	pass   func(os.Signal) // takes them all, once there is one
	hungUp func()          // is told of SIGHUP beside the session
}

func relay(signals <-chan os.Signal, cancel context.CancelCauseFunc) *relays {
	r := &relays{cancel: cancel}
	go func() {
		for sig := range signals {
			r.handle(sig)
		}
	}()
	return r
}

// conduct sends signals to c from now on; with nil they end everything else again.
func (r *relays) conduct(c session.Conductor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = c
}

// forward signals to pass from now on.
func (r *relays) forward(pass func(os.Signal)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pass = pass
}

// onHangup tells hungUp of SIGHUP, where that does not end the session.
func (r *relays) onHangup(hungUp func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hungUp = hungUp
}

func (r *relays) handle(sig os.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pass != nil {
		r.pass(sig)
		return
	}
	if r.to == nil {
		r.cancel(&signalled{sig})
		return
	}
	verb := session.Interrupt
	switch sig {
	case syscall.SIGTERM:
		verb = session.Terminate
	case syscall.SIGHUP:
		verb = session.Hangup
		if r.hungUp != nil {
			defer r.hungUp()
		}
	default:
		if r.asked++; r.asked > 1 {
			verb = session.Abort
		}
	}
	_ = r.to.Do(session.Command{Verb: verb}) // a full queue: there are enough commands to end it
}
