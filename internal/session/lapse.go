package session

import (
	"context"
	"strings"
	"time"

	"sagetop/runner"
)

// refreshEvery is how often lapsed credentials are read anew.
const refreshEvery = 10 * time.Second

// refreshed is what came of reading the credentials anew.
type refreshed struct {
	expires time.Time
	err     error
}

// watchCredentials pauses the load when the last second's answers say that the credentials have lapsed. The pause is left out of
// the figures; the failures that told of it are not.
func (s *Session) watchCredentials() {
	c := &s.state
	if c.lapsed || s.cfg.Creds == nil || len(c.now.Load.Seconds) == 0 {
		return
	}
	last := &c.now.Load.Seconds[len(c.now.Load.Seconds)-1]
	if !lapsed(last.Errors) {
		return
	}
	c.lapsed = true
	c.clock.stop(time.Now())
	s.apply(s.rampLeft())
	s.say(Event{Kind: KindCreds, Text: "the credentials have expired: paused, reading them anew every 10 s (renew them in another terminal)", Bad: true})
	s.refresh(0)
}

// noCredentials is the Code of a request that could not be signed: the source of the credentials gave none any more.
const noCredentials = "NoCredentials"

// lapsed says whether errors tell of expired credentials. AWS's services name it in several ways.
func lapsed(errors []runner.ErrorCount) bool {
	for _, e := range errors {
		if e.Class == runner.Auth && (strings.Contains(e.Code, "Expired") || e.Code == noCredentials) {
			return true
		}
	}
	return false
}

// refresh reads the credentials anew after d, in its own goroutine: it may take long.
func (s *Session) refresh(d time.Duration) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), d+refreshEvery)
		defer cancel()
		var r refreshed
		wait(ctx, d)
		if err := s.guarded(func() { r.expires, r.err = s.cfg.Creds.Refresh(ctx) }); err != nil {
			r.err = err
		}
		select {
		case s.state.refreshed <- r:
		case <-s.done:
		}
	}()
}

// resume goes on with the load when the credentials are good again, else tries again.
func (s *Session) resume(r refreshed) {
	c := &s.state
	if c.phase != Run || !c.lapsed {
		return
	}
	if r.err != nil {
		s.refresh(refreshEvery)
		return
	}
	c.lapsed = false
	if !c.paused {
		c.clock.start(time.Now())
	}
	s.apply(s.rampLeft())
	s.say(Event{Kind: KindCreds, Text: "the credentials are good again: resumed, the gap is left out", Expires: r.expires})
}
