package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/tui"
)

// view is how a run is shown: a screen, or plain lines.
type view struct {
	app      *app
	opts     tui.Options
	headless bool
	quiet    bool
	in       *os.File        // the terminal's keys; nil when headless
	left     <-chan struct{} // closed once a terminal that reads nothing was left; nil when it did not come to that
}

// view decides what the streams allow. Without a terminal on both sides there is nobody to press a key.
func (a *app) view(o *options) view {
	v := view{app: a, headless: true, quiet: o.quiet}
	if o.headless || o.json || a.env["TERM"] == "dumb" || !isTerminal(a.std.Out) {
		return v
	}
	v.in = a.keys()
	v.headless = v.in == nil
	v.opts = tui.Options{ASCII: o.ascii || !utf8Locale(a.env), NoColor: o.noColor || a.env["NO_COLOR"] != "", Environ: a.std.Environ}
	return v
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

// show the session until it is done. A terminal that goes away ends the run as a hang-up does; whatever else befalls the screen, the
// session goes on and plain lines follow it.
func (v *view) show(ctx context.Context, s *session.Session) {
	if !v.headless {
		err := tui.Run(ctx, v.in, v.app.std.Out, s, v.opts)
		if stuck, ok := errors.AsType[*tui.StuckError](err); ok {
			v.left = stuck.Left
		}
		if errors.Is(err, tui.ErrTerminal) {
			_ = s.Do(session.Command{Verb: session.Hangup})
		} else if err != nil {
			fmt.Fprintf(v.app.std.Err, "sagetop: the screen failed: %s\nthe run ends\n", oneLine(err))
			_ = s.Do(session.Command{Verb: session.Stop})
		}
	}
	w := v.app.std.Err
	if v.quiet || !v.headless {
		w = io.Discard
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		progress(ctx, w, s, s.Done())
	}()
	<-s.Done()
	select {
	case <-told:
	case <-time.After(time.Second): // stderr takes nothing: what was measured must still be written
	}
}

// leaveNothing after an endpoint was only looked at, but for the screens that were saved.
func (r *rig) leaveNothing(folder *report.Folder) error {
	if err := folder.Discard(); err != nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %v\n", err)
	}
	if folder.Screens() > 0 {
		fmt.Fprintf(r.std.Err, "saved screens are in %s\n", folder.Dir())
	}
	return nil
}
