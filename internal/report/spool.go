package report

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	spoolBytes = 16 << 20        // waiting for the disk: about an hour of a busy timeline
	spoolRetry = time.Second     // after the disk refused
	spoolHangs = 5 * time.Second // a write that takes longer is said, and does not keep the program from ending
)

// spool writes to a file from a goroutine of its own, so that a slow disk delays nobody. What is added is written at once, with plain
// write calls: these outlive the process, however it is killed. Only a crash of the machine could lose what the kernel has not yet
// put on the disk, and syncing once a second would load that disk in a run that may last for hours.
//
// What the disk refuses is tried again each second, from the byte where it stopped, so a disk that was full for a while loses nothing.
type spool struct {
	to   io.Writer
	wake chan struct{} // holds one
	quit chan struct{}
	done chan struct{}

	mu      sync.Mutex
	waiting []byte // whole lines that the goroutine has not taken
	held    int    // bytes that the goroutine has taken and not written
	dropped int    // lines for which there was no room
	since   time.Time
	began   time.Time // the write under way, zero when there is none
	closed  bool
	err     error // why the disk refuses, nil when it does not
}

func newSpool(to io.Writer) *spool {
	s := &spool{to: to, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s
}

// add copies one line. It never waits for the disk.
func (s *spool) add(text []byte) {
	s.mu.Lock()
	if s.closed || len(s.waiting)+s.held+len(text) > spoolBytes {
		s.drop()
	} else {
		s.waiting = append(s.waiting, text...)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// drop counts a line that will not be written. s.mu is held.
func (s *spool) drop() {
	s.dropped++
	if s.since.IsZero() {
		s.since = time.Now()
	}
}

func (s *spool) run() {
	defer close(s.done)
	retry := time.NewTicker(spoolRetry)
	defer retry.Stop()
	var rest []byte
	for {
		select {
		case <-s.quit:
			if rest = s.take(rest); len(rest) > 0 {
				s.write(rest)
			}
			return
		case <-s.wake:
			if len(rest) > 0 {
				continue // the ticker tries again
			}
		case <-retry.C:
		}
		if rest = s.take(rest); len(rest) > 0 {
			rest = s.write(rest)
		}
	}
}

// take adds what is waiting to the rest of the last write.
func (s *spool) take(rest []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(rest) == 0 {
		rest, s.waiting = s.waiting, nil
	} else {
		rest, s.waiting = append(rest, s.waiting...), s.waiting[:0]
	}
	if s.held = len(rest); s.held > 0 {
		s.began = time.Now()
	}
	return rest
}

// write returns what could not be written.
func (s *spool) write(text []byte) []byte {
	n, err := s.to.Write(text)
	n = min(max(n, 0), len(text))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.err, s.began = len(text)-n, err, time.Time{}
	switch {
	case err != nil && s.since.IsZero():
		s.since = time.Now()
	case err == nil && s.dropped == 0:
		s.since = time.Time{}
	}
	return text[n:]
}

// close writes what is waiting and ends the goroutine. It waits a few seconds at most.
func (s *spool) close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.quit)
	}
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-time.After(spoolHangs):
	}
}

// lost says what is not in the file and since when, or nothing.
func (s *spool) lost(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := s.since
	if since.IsZero() && !s.began.IsZero() && time.Since(s.began) >= spoolHangs {
		since = s.began
	}
	if since.IsZero() {
		return ""
	}
	text := fmt.Sprintf("%s is incomplete since %s", name, since.UTC().Format("15:04:05Z"))
	if s.err != nil {
		text += fmt.Sprintf(" (%v)", withoutPath(s.err))
	}
	if s.dropped > 0 {
		text += fmt.Sprintf(", %d lines are lost", s.dropped)
	}
	if n := s.held + len(s.waiting); n > 0 {
		text += fmt.Sprintf(", %d bytes are not written", n)
	}
	return text
}
