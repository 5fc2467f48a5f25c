// Package tui is the screen and the keys of a run.
//
// It only looks at a session, by pulling its State on a tick, and sends it Commands. A terminal that stops reading freezes the
// picture and nothing else.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"sagetop/internal/session"
)

// ErrTerminal is wrapped by the error of Run when the terminal is gone, or reads nothing any more. The run goes on without a screen
// until its session is told.
var ErrTerminal = errors.New("tui: the terminal is gone")

// StuckError is the ErrTerminal of a terminal that reads nothing. What was being written to it still waits there.
type StuckError struct {
	Left <-chan struct{} // closed once it reads again, or is gone for good, and the screen was taken off it
}

func (e *StuckError) Error() string { return errStuck.Error() }
func (e *StuckError) Unwrap() error { return ErrTerminal }

// Options of the screen.
type Options struct {
	ASCII   bool             // 7-bit characters only, also where TERM names a terminal that lacks others
	NoColor bool             // bold and reverse at most, also where TERM names a terminal without colours
	Environ []string         // of the terminal's session: TERM, SSH_TTY and so on; nil: that of this process
	Now     func() time.Time // nil: time.Now
	Stuck   time.Duration    // after which a terminal that reads nothing counts as gone; 0: not while the run goes on
}

const (
	framesPerSecond = 20              // at most; a key is answered within 50 ms
	patience        = 2 * time.Second // with a terminal that reads nothing, once the run is over
)

// Run shows c on the terminal until its Phase is Done, and then returns nil, or until a person leaves it; one that is looked back at is
// shown until it is left. The terminal is left as it was found, also after a panic, which is returned as an error. When ctx ends first,
// its cause is returned. Signals are the caller's.
//
// A terminal that reads nothing holds up nothing but the picture. If it still reads nothing when the run is over, ctx has ended or
// Options.Stuck has passed, Run gives up on it after two seconds with a StuckError; whoever goes on writing there should wait for its
// Left.
func Run(ctx context.Context, in io.Reader, out io.Writer, c session.Conductor, opts Options) error {
	return run(ctx, in, out, c, opts, patience)
}

func run(ctx context.Context, in io.Reader, out io.Writer, c session.Conductor, opts Options, patience time.Duration, more ...tea.ProgramOption) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	term := newTerminal(in, out, cancel)
	term.old = kindOf(uv.Environ(opts.Environ).Getenv("TERM")).old
	m := newModel(c, opts)
	keys, end := newKeyboard(in)
	p := tea.NewProgram(m, append(programOptions(inner, keys, term, opts), more...)...)
	ended, left := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(left)
		_, err := p.Run()
		end()
		ended <- err
	}()
	w := watcher{ended: ended, term: term, conductor: c, patience: patience, stuck: opts.Stuck}
	err := w.wait(inner)
	if errors.Is(err, errStuck) {
		cancel(err)
		term.giveUp()
		return &StuckError{Left: left}
	}
	if err == nil && m.left {
		return ErrLeft
	}
	return verdict(ctx, inner, err)
}

func programOptions(ctx context.Context, in io.Reader, term *terminal, opts Options) []tea.ProgramOption {
	o := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(term.writer()),
		tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond),
	}
	if opts.Environ != nil {
		o = append(o, tea.WithEnvironment(opts.Environ))
	}
	return o
}

// errStuck is the end of a program that cannot end by itself, because a write does not return.
var errStuck = fmt.Errorf("%w: it reads nothing", ErrTerminal)

// watcher waits for the program. Once the run is over or ctx has ended, it waits no longer than patience for a write that does not
// return.
type watcher struct {
	ended     <-chan error
	term      *terminal
	conductor session.Conductor
	patience  time.Duration
	stuck     time.Duration // 0: for ever
}

// wait returns what the program returned, or errStuck.
func (w *watcher) wait(ctx context.Context) error {
	look := time.NewTicker(w.patience)
	defer look.Stop()
	for {
		select {
		case err := <-w.ended:
			return err
		case <-ctx.Done():
			return w.lastChance()
		case <-look.C:
			if w.term.stalled(w.patience) && (w.over() || w.stuck > 0 && w.term.stalled(w.stuck)) {
				return w.lastChance()
			}
		}
	}
}

func (w *watcher) lastChance() error {
	t := time.NewTimer(w.patience)
	defer t.Stop()
	select {
	case err := <-w.ended:
		return err
	case <-t.C:
		return errStuck
	}
}

// over looks at the run itself: the model cannot, while its terminal is stuck. What is looked back at is over only for who leaves it.
func (w *watcher) over() bool {
	var st session.State
	w.conductor.State(&st)
	return st.Phase == session.Done && st.Place != session.Past
}

// verdict turns the program's error into what a caller can act on.
func verdict(outer, inner context.Context, err error) error {
	switch cause := context.Cause(inner); {
	case errors.Is(cause, ErrTerminal):
		return cause
	case outer.Err() != nil:
		return context.Cause(outer)
	case err == nil:
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("tui: the screen failed: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrTerminal, err)
}
