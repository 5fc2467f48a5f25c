package session

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// fakeLogs answers a line that counts the readings.
type fakeLogs struct {
	takes time.Duration
	fails int // the reading from which on it does
	read  []time.Duration
	since time.Time
	began time.Time
}

func (f *fakeLogs) Logs(ctx context.Context, since time.Time) ([]LogLine, bool, error) {
	f.read, f.since = append(f.read, time.Since(f.began)), since
	n := len(f.read)
	if !wait(ctx, f.takes) {
		return nil, false, errors.New("took too long")
	}
	if f.fails > 0 && n >= f.fails {
		return nil, false, errors.New("permission missing")
	}
	return []LogLine{{At: since, Text: fmt.Sprintf("reading %d", n)}}, n == 3, nil
}

// looking at the logs of a run of a minute from second 5 to second 26, as a screen asks for them.
func looking(t *testing.T, f *fakeLogs) State {
	return conducted(t, func() Config {
		cfg := users(1, time.Minute)
		f.began = time.Now()
		cfg.Logs = f
		return cfg
	}, func(s *Session) {
		time.Sleep(5 * time.Second)
		for range 84 {
			_ = s.Do(Command{Verb: ReadLogs})
			time.Sleep(250 * time.Millisecond)
		}
	})
}

// Logs are read while somebody looks, every ten seconds, and neither before nor after.
func TestLogsAreReadWhileTheyAreLookedAt(t *testing.T) {
	f := &fakeLogs{}
	st := looking(t, f)
	if got := fmt.Sprint(f.read); got != "[5s 15s 25s]" {
		t.Errorf("read at %s", got)
	}
	if want := st.Info.Started.Add(-time.Minute); !f.since.Equal(want) || !st.Logs.Since.Equal(want) {
		t.Errorf("read since %v, want %v", f.since, want)
	}
	if l := st.Logs; l.Problem != "" || len(l.Lines) != 1 || l.Lines[0].Text != "reading 3" || !l.Shared || l.Read.Sub(st.Info.Started) != 25*time.Second {
		t.Errorf("%+v", l)
	}
}

// What was read stays when the next reading fails.
func TestLogsThatCannotBeReadAnyMore(t *testing.T) {
	st := looking(t, &fakeLogs{fails: 2})
	if l := st.Logs; l.Problem != "permission missing" || len(l.Lines) != 1 || l.Lines[0].Text != "reading 1" {
		t.Errorf("%+v", l)
	}
}

// One reading at a time, which is given up once it takes too long.
func TestSlowLogs(t *testing.T) {
	f := &fakeLogs{takes: time.Hour}
	st := looking(t, f)
	if got := fmt.Sprint(f.read); got != "[5s]" || st.Logs.Problem != "took too long" || !st.Logs.Read.IsZero() {
		t.Errorf("read at %s: %+v", got, st.Logs)
	}
}

func TestNoLogs(t *testing.T) {
	st := conducted(t, func() Config { return users(1, 10*time.Second) }, after(time.Second, Command{Verb: ReadLogs}))
	if st.Logs.Problem != "this run reads no logs" {
		t.Errorf("%+v", st.Logs)
	}
}
