package attach

import (
	"fmt"
	"sync"
	"time"

	"sagetop/internal/session"
)

// seat is the wheel of a run: the first screen that comes has it, and whoever takes it over. Once its holder leaves, it is the next
// one's who sends a command.
type seat struct {
	mu     sync.Mutex
	holder *viewer
	since  time.Time
}

// offer the seat to v, if it is free. It says whether v has it now.
func (s *seat) offer(v *viewer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == nil {
		s.holder, s.since = v, time.Now()
	}
	return s.holder == v
}

func (s *seat) take(v *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != v {
		s.holder, s.since = v, time.Now()
	}
}

func (s *seat) leave(v *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == v {
		s.holder = nil
	}
}

// aside is why v may not steer; empty when it may.
func (s *seat) aside(v *viewer) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == nil || s.holder == v {
		return ""
	}
	return fmt.Sprintf("another screen steers since %s: :take takes over", s.since.Format("15:04"))
}

// may says whether v's command reaches the run.
func (s *seat) may(v *viewer, verb session.Verb) bool {
	switch {
	case v.role == Ender:
		return verb == session.Stop
	case own(verb):
		return true
	case verb == session.Take:
		s.take(v)
		return false // it is done with that
	}
	return s.offer(v)
}
