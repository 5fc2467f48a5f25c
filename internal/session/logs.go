package session

import (
	"context"
	"errors"
	"sync"
	"time"
)

var errNoLogs = errors.New("this run reads no logs")

// LogReader reads what the containers under load logged since then: the newest lines, the newest last. It says whether they are those of
// the whole endpoint, for want of a group of the component's own.
type LogReader interface {
	Logs(ctx context.Context, since time.Time) (lines []LogLine, shared bool, err error)
}

// LogLine of a container.
type LogLine struct {
	At     time.Time
	Stream string // variant/instance, or variant/copy
	Text   string
}

// Logs of the containers as last read. They are for looking at: neither the Book nor the journal has them.
type Logs struct {
	Since   time.Time // what was logged before is not read
	Read    time.Time // when they were last read; zero: not yet
	Lines   []LogLine // the newest last
	Shared  bool      // they are all of the endpoint's: the component has no log group of its own
	Problem string    // why they could not be read this time
}

const (
	logsEvery    = 10 * time.Second
	logsPatience = 30 * time.Second
	logsBefore   = time.Minute // the run: what came just before it may explain it
)

// logs are read beside the run, never in its way.
type logs struct {
	mu      sync.Mutex
	last    Logs
	asked   time.Time // when they were last begun to be read
	reading bool
}

func (l *logs) read() Logs {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// due says whether to read them now, and if so counts that as begun.
func (l *logs) due(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading || !l.asked.IsZero() && now.Sub(l.asked) < logsEvery {
		return false
	}
	l.asked, l.reading = now, true
	return true
}

// take what was read. Lines stay when it failed.
func (l *logs) take(since time.Time, lines []LogLine, shared bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reading = false
	l.last.Since = since
	if err != nil {
		l.last.Problem = plain(err)
		return
	}
	l.last.Lines, l.last.Shared, l.last.Read, l.last.Problem = lines, shared, time.Now(), ""
}

// readLogs in a goroutine of its own, and not again before logsEvery: once nobody asks any more, nothing is read.
func (s *Session) readLogs() {
	since := s.cfg.Info.Started.Add(-logsBefore)
	switch {
	case s.cfg.Logs == nil:
		s.logs.take(since, nil, false, errNoLogs)
		return
	case !s.logs.due(time.Now()):
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(s.life, logsPatience)
		defer cancel()
		var lines []LogLine
		var shared bool
		err := s.asking(func() (err error) {
			lines, shared, err = s.cfg.Logs.Logs(ctx, since)
			return err
		})
		s.logs.take(since, lines, shared, err)
	}()
}
