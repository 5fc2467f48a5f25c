package session

import (
	"errors"
	"testing"
	"time"

	"sagetop/runner"
)

// patience with a load that nobody looks at.
const patience = 5 * time.Minute

// unwatched is a run without an end of its own that nobody has looked at yet.
func unwatched() Config {
	cfg := users(2, 0)
	cfg.Unseen = patience
	return cfg
}

func TestALoadThatNobodyLooksAtEnds(t *testing.T) {
	st := conducted(t, unwatched, nil)
	if st.Reason != EndUnseen || st.Elapsed.Round(time.Second) != patience {
		t.Errorf("ended by %s after %v", st.Reason, st.Elapsed)
	}
	want := "nobody looks: the run ends at " + st.Info.Started.Add(patience).Format("15:04") + " unless somebody attaches"
	if !logged(&st, want) || !logged(&st, drainText[EndUnseen]) {
		t.Errorf("no %q in\n%s", want, texts(&st))
	}
}

// Each screen that leaves last gives the run its whole patience again.
func TestALookRenewsThePatience(t *testing.T) {
	st := conducted(t, unwatched, func(s *Session) {
		time.Sleep(4 * time.Minute)
		first := s.Look()
		time.Sleep(6 * time.Minute)
		second := s.Look()
		first()
		first() // leaving twice is leaving once
		time.Sleep(time.Minute)
		second()
	})
	if want := 16 * time.Minute; st.Reason != EndUnseen || st.Elapsed.Round(time.Second) != want {
		t.Errorf("ended by %s after %v, want %v", st.Reason, st.Elapsed, want)
	}
	for _, at := range []time.Duration{patience, 16 * time.Minute} {
		if want := "ends at " + st.Info.Started.Add(at).Format("15:04"); !logged(&st, want) {
			t.Errorf("no %q in\n%s", want, texts(&st))
		}
	}
	if !logged(&st, "somebody looks: the run goes on until it is stopped") {
		t.Error(texts(&st))
	}
}

// A run with an end of its own needs nobody, until a person takes that end away.
func TestALoadWithAnEndNeedsNobody(t *testing.T) {
	for name, bound := range map[string]func(*Config){
		"duration": func(c *Config) { c.Info.Duration = 2 * patience },
		"stages":   func(c *Config) { c.Info.Stages = []Stage{{2 * patience, 2}} },
	} {
		st := conducted(t, func() Config {
			cfg := unwatched()
			bound(&cfg)
			return cfg
		}, nil)
		if st.Reason != EndDuration || st.Elapsed.Round(time.Second) != 2*patience || logged(&st, "nobody looks") {
			t.Errorf("%s: ended by %s after %v:\n%s", name, st.Reason, st.Elapsed, texts(&st))
		}
	}
	st := conducted(t, func() Config {
		cfg := unwatched()
		cfg.Info.Stages = []Stage{{2 * patience, 2}}
		return cfg
	}, func(s *Session) {
		leave := s.Look()
		time.Sleep(time.Minute)
		_ = s.Do(Command{Verb: SetUsers, Count: 3})
		time.Sleep(time.Minute)
		leave()
	})
	if want := patience + 2*time.Minute; st.Reason != EndUnseen || st.Elapsed.Round(time.Second) != want {
		t.Errorf("by hand: ended by %s after %v, want %v", st.Reason, st.Elapsed, want)
	}
	st = conducted(t, func() Config {
		cfg := unwatched()
		cfg.Info.Duration = 2 * patience
		return cfg
	}, func(s *Session) {
		time.Sleep(time.Minute)
		_ = s.Do(Command{Verb: Pause})
	})
	if took := st.Ended.Sub(st.Info.Started).Round(time.Second); st.Reason != EndUnseen || took != patience+time.Minute {
		t.Errorf("paused: ended by %s after %v", st.Reason, took)
	}
}

// Whose terminal is gone goes on where it was told to, and says so once; a signal that means it still ends it.
func TestAHangUpThatIsSurvived(t *testing.T) {
	st := conducted(t, func() Config {
		cfg := unwatched()
		cfg.Return = "sagetop attach last"
		return cfg
	}, func(s *Session) {
		leave := s.Look()
		time.Sleep(time.Minute)
		_ = s.Do(Command{Verb: Hangup})
		leave()
		_ = s.Do(Command{Verb: Hangup})
		time.Sleep(time.Minute)
		_ = s.Do(Command{Verb: Terminate})
	})
	if st.Reason != EndTerminate || st.Elapsed.Round(time.Second) != 2*time.Minute {
		t.Errorf("ended by %s after %v", st.Reason, st.Elapsed)
	}
	gone := 0
	for _, e := range st.Events {
		if e.Text == "the terminal is gone: the run goes on (sagetop attach last)" {
			gone++
		}
	}
	if gone != 1 || !logged(&st, "nobody looks: the run ends at ") {
		t.Errorf("it was told %d times:\n%s", gone, texts(&st))
	}
}

// Where nobody knows of other screens, taking the wheel changes nothing.
func TestTakingTheWheelAlone(t *testing.T) {
	st := conducted(t, func() Config { return users(2, time.Minute) }, func(s *Session) { _ = s.Do(Command{Verb: Take}) })
	if st.Load.Segment.Segment != 1 || st.Reason != EndDuration || logged(&st, "command") {
		t.Errorf("ended by %s in segment %d:\n%s", st.Reason, st.Load.Segment.Segment, texts(&st))
	}
}

// Credentials that lapsed are waited for as long as somebody looks who may renew them.
func TestLapsedCredentialsWhileSomebodyLooks(t *testing.T) {
	target := &fakeTarget{}
	target.fail.Store(&runner.Failure{Class: runner.Auth, HTTPStatus: 403, Code: "ExpiredTokenException"})
	st := conducted(t, func() Config {
		cfg := users(2, time.Minute)
		cfg.NewLoad, cfg.Creds, cfg.Lapse = poolOf(target, 0), &hopeless{err: errors.New("still expired")}, patience
		return cfg
	}, func(s *Session) {
		leave := s.Look()
		time.Sleep(2 * patience)
		leave()
	})
	if took := st.Ended.Sub(st.Info.Started).Round(time.Second); st.Reason != EndLapsed || took != 3*patience {
		t.Errorf("ended by %s after %v", st.Reason, took)
	}
}
