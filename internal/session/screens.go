package session

import (
	"path/filepath"
	"time"
)

// Screens keeps what a screen showed, beside the run.
type Screens interface {
	KeepScreen(elapsed time.Duration, text string) (path string, err error)
}

// saveScreen in a goroutine of its own: a disk may be slow. One at a time, so that a held-down key on such a disk piles up nothing.
func (s *Session) saveScreen(text string) {
	c := &s.state
	switch {
	case s.cfg.Screens == nil:
		s.refuse("the screen is not saved: this run keeps no files")
		return
	case c.saving:
		s.refuse("the screen is not saved: the one before is still being written")
		return
	}
	c.saving = true
	s.book.State(&c.now)
	elapsed := c.now.Elapsed
	go func() {
		e := s.keepScreen(elapsed, text)
		select {
		case c.saved <- e:
		case <-s.life.Done():
		}
	}()
}

// keepScreen says where the screen is, its own name first: a long folder is what a narrow log cuts.
func (s *Session) keepScreen(elapsed time.Duration, text string) Event {
	var path string
	err := s.asking(func() (err error) {
		path, err = s.cfg.Screens.KeepScreen(elapsed, text)
		return err
	})
	if err != nil {
		return Event{Kind: KindNote, Text: "the screen is not saved: " + flat(err), Bad: true}
	}
	return Event{Kind: KindNote, Text: "saved " + filepath.Base(path) + " in " + filepath.Dir(path)}
}
