package session

import (
	"context"
	"slices"
	"time"

	"sagetop/runner"
)

// refreshEvery is how often lapsed credentials are read anew.
const refreshEvery = 10 * time.Second

// lapseCodes are AWS's words for credentials that were good once, and our own for a source that gives none any more. RequestExpired
// is none of them: that is a wrong clock.
var lapseCodes = []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "NoCredentials"}

// lapse is what the loop remembers of lapsed credentials.
type lapse struct {
	since  time.Time // of the first of failures that did not end, or when the last screen left
	judged int64     // the last second that was looked at
	read   time.Time // when the credentials were last read anew
}

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
	if last.Second <= c.lapse.judged {
		return
	}
	c.lapse.judged = last.Second
	if !lapsed(last.Errors) {
		return
	}
	c.lapsed = true
	now := time.Now()
	c.lapse.since = now
	c.clock.stop(now)
	s.apply(s.rampLeft())
	s.say(Event{Kind: KindCreds, Text: "the credentials have expired: paused, reading them anew every 10 s (renew them in another terminal)", Bad: true})
	s.refresh(refreshEvery - now.Sub(c.lapse.read)) // at once, unless they were read just now and are no better
}

func lapsed(errors []runner.ErrorCount) bool {
	return slices.ContainsFunc(errors, func(e runner.ErrorCount) bool {
		return e.Class == runner.Auth && slices.Contains(lapseCodes, e.Code)
	})
}

// refresh reads the credentials anew after d, in its own goroutine: it may take long.
func (s *Session) refresh(d time.Duration) {
	go func() {
		if !wait(s.life, d) {
			return
		}
		var r refreshed
		if err := s.guarded(func() { r = s.readCredentials() }); err != nil {
			r.err = err
		}
		select {
		case s.state.refreshed <- r:
		case <-s.life.Done():
		}
	}()
}

func (s *Session) readCredentials() (r refreshed) {
	ctx, cancel := context.WithTimeout(s.life, refreshEvery)
	defer cancel()
	r.expires, r.err = s.cfg.Creds.Refresh(ctx)
	return r
}

// resume goes on with the load when the credentials are good again, else tries again.
func (s *Session) resume(r refreshed) {
	c := &s.state
	if c.phase != Run || !c.lapsed {
		return
	}
	c.lapse.read = time.Now()
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

// giveUpLapse ends a run that nobody will renew credentials for.
func (s *Session) giveUpLapse() {
	c := &s.state
	if s.looking.Load() > 0 { // somebody may renew them
		c.lapse.since = time.Now()
	}
	if c.lapsed && s.cfg.Lapse > 0 && time.Since(c.lapse.since) >= s.cfg.Lapse {
		s.end(EndLapsed)
	}
}
