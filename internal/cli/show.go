package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"sagetop/internal/session"
	"sagetop/tui"
)

// view is how a run is shown: a screen, or plain lines.
type view struct {
	app      *app
	opts     tui.Options
	headless bool
	survives bool // its terminal
	detached bool // a screen comes and goes: no end is put to the load because there is none
	quiet    bool
	in       *os.File        // the terminal's keys; nil when nobody can be asked
	left     <-chan struct{} // closed once a terminal that reads nothing was left; nil when it did not come to that
}

// alone says that no screen will ever show the run.
func (v *view) alone() bool { return v.headless && !v.detached }

// view decides what the streams allow. A detached run asks at the terminal, and shows nothing there.
func (a *app) view(o *options) view {
	v := a.viewOf(o)
	if a.background != nil || o.detach {
		v.headless, v.detached = true, true
	}
	return v
}

// viewOf the streams. Without a terminal on both sides there is nobody to press a key.
func (a *app) viewOf(o *options) view {
	v := view{app: a, headless: true, survives: o.survives(), quiet: o.quiet}
	if o.headless || o.json || a.env["TERM"] == "dumb" || !isTerminal(a.std.Out) {
		return v
	}
	v.in = a.keys()
	v.headless = v.in == nil
	v.opts = tui.Options{ASCII: o.ascii || !utf8Locale(a.env), NoColor: o.noColor || a.env["NO_COLOR"] != "", Environ: a.std.Environ}
	return v
}

// noScreen is why there is none.
func (a *app) noScreen() string {
	if a.env["TERM"] == "dumb" {
		return "TERM=dumb can show none"
	}
	return "there is no terminal for it"
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// keys is stdin, or the terminal itself when stdin is a payload.
func (a *app) keys() *os.File {
	if isTerminal(a.std.In) {
		return a.std.In.(*os.File)
	}
	if a.background != nil {
		return a.background.keys
	}
	if f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		return f
	}
	return nil
}

// utf8Locale says whether the locale's characters are UTF-8; without any locale a terminal of today is taken to be.
func utf8Locale(env map[string]string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := env[name]; v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// stuckTerminal is for how long a terminal may read nothing before the run is taken to go on without it.
const stuckTerminal = time.Minute

// show the session until it is done. A terminal that goes away ends the run as a hang-up does, or the run goes on without it;
// whatever else befalls the screen, the session goes on.
func (v *view) show(ctx context.Context, s *session.Session, leave func(), dir string) {
	here, hungUp := context.WithCancelCause(ctx)
	defer hungUp(nil)
	survives := v.survives && !v.detached
	if survives {
		v.opts.Stuck = stuckTerminal
		v.app.signals.onHangup(func() { hungUp(tui.ErrTerminal) })
	}
	if v.headless {
		v.follow(here, s)
	} else {
		v.screen(here, s, hungUp)
	}
	leave()
	if survives && here.Err() != nil {
		v.tellLeft(runName(dir))
		v.app.drop(dir)
		v.follow(ctx, s)
	}
	<-s.Done()
}

// screen shows the session. When the terminal is gone, hungUp is told.
func (v *view) screen(ctx context.Context, s *session.Session, hungUp context.CancelCauseFunc) {
	err := tui.Run(ctx, v.in, v.app.std.Out, s, v.opts)
	if stuck, ok := errors.AsType[*tui.StuckError](err); ok {
		v.left = stuck.Left
	}
	if errors.Is(err, tui.ErrTerminal) {
		hungUp(err)
		_ = s.Do(session.Command{Verb: session.Hangup})
	} else if err != nil {
		fmt.Fprintf(v.app.std.Err, "sagetop: the screen failed: %s\nthe run ends\n", oneLine(err))
		_ = s.Do(session.Command{Verb: session.Stop})
	}
}

// tellLeft says where the run is on a terminal that reads again.
func (v *view) tellLeft(run string) {
	left, to := v.left, v.app.std.Err
	if v.left = nil; left == nil {
		return
	}
	go func() {
		<-left
		fmt.Fprintf(to, "this terminal read nothing for %v: the run goes on without it\nctrl+c ends it; %s shows it\n", stuckTerminal, command("attach", run))
	}()
}

// follow the session with plain lines until it is done, or ctx is.
func (v *view) follow(ctx context.Context, s *session.Session) {
	w := v.app.std.Err // which drop changes meanwhile
	told := make(chan struct{})
	go func() {
		defer close(told)
		progress(ctx, w, s, 0, v.quiet, s.Done())
	}()
	select {
	case <-s.Done():
	case <-ctx.Done():
		return
	}
	select {
	case <-told:
	case <-time.After(time.Second): // stderr takes nothing: what was measured must still be written
	}
}
