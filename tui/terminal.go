package tui

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// file is what Bubble Tea needs of a terminal to know its size.
type file interface {
	io.ReadWriteCloser
	Fd() uintptr
}

// terminal is the output. Bubble Tea passes over errors of writing, so this notes the first one; and it knows since when a write has
// not returned.
type terminal struct {
	out    io.Writer
	old    bool // see kind
	lost   context.CancelCauseFunc
	since  atomic.Int64 // Unix nanoseconds at which the write now going on began; 0: none
	given  atomic.Bool  // up: nobody is there for answers
	input  file         // nil when it is no terminal
	before *term.State
}

func newTerminal(in io.Reader, out io.Writer, lost context.CancelCauseFunc) *terminal {
	t := &terminal{out: out, lost: lost}
	if f, ok := in.(file); ok && term.IsTerminal(int(f.Fd())) {
		if before, err := term.GetState(int(f.Fd())); err == nil {
			t.input, t.before = f, before
		}
	}
	return t
}

// Write passes p on. After an error the terminal counts as gone.
func (t *terminal) Write(p []byte) (int, error) {
	passed := p
	switch {
	case t.old:
		passed = []byte(withoutQuestions.Replace(string(p)))
	case t.given.Load():
		passed = []byte(withoutAnswers.Replace(string(p)))
	}
	t.since.Store(time.Now().UnixNano())
	_, err := t.out.Write(passed)
	t.since.Store(0)
	if err != nil {
		t.lost(fmt.Errorf("%w: %w", ErrTerminal, err))
		return 0, err
	}
	return len(p), nil
}

// stalled says that a write has been going on for longer than d.
func (t *terminal) stalled(d time.Duration) bool {
	since := t.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > d
}

// giveUp restores the modes of the input, for a program that could not do it itself. What can be done is done: an error has no one to
// act on it. What that program still has to ask, once the terminal reads again, is not asked: the answers would stand at the prompt.
func (t *terminal) giveUp() {
	t.given.Store(true)
	if t.input != nil {
		_ = term.Restore(int(t.input.Fd()), t.before)
	}
}

// writer is t with the face of a file where the output is one, so that its size is known and followed.
func (t *terminal) writer() io.Writer {
	if f, ok := t.out.(file); ok {
		return &terminalFile{terminal: t, file: f}
	}
	return t
}

// terminalFile writes through terminal and is a file in all else.
type terminalFile struct {
	*terminal
	file file
}

func (t *terminalFile) Read(p []byte) (int, error) { return t.file.Read(p) }
func (t *terminalFile) Close() error               { return t.file.Close() }
func (t *terminalFile) Fd() uintptr                { return t.file.Fd() }
