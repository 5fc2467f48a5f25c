package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sagetop/internal/attach"
	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/tui"
)

const attachLong = `Shows the screen of a run that has none of its own: one started with --detach, or with --on-hangup=continue. Leaving it (q,
ctrl+c, a closed terminal) leaves the run alone. Several may look at a run; one of them steers.
` + whichRun

const stopLong = `Ends a run that was started with --detach or --on-hangup=continue as q does: requests in flight end, CloudWatch's last points
are waited for, the summary is written. It waits for that; ctrl+c ends the wait. Stopping it once more skips the wait for CloudWatch.
` + whichRun

func (a *app) attachCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{Use: "attach RUN", Short: "The screen of a run in the background", Long: attachLong, Args: oneRun("attach")}
	o.looksFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fromEnvironment(cmd, a.env); err != nil {
			return err
		}
		return a.attach(cmd.Context(), o, args[0])
	}
	return cmd
}

func (a *app) stopCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "stop RUN", Short: "End a run in the background", Long: stopLong, Args: oneRun("stop")}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.stop(cmd.Context(), args[0]) }
	return cmd
}

// attach shows the run until it is over or left.
func (a *app) attach(ctx context.Context, o *options, run string) error {
	view := a.view(o)
	if view.headless {
		return usage("attach shows a screen, and %s: %s prints how far the run is", a.noScreen(), command("report", run, "-o", "text"))
	}
	dir, c, err := a.dial(run, attach.Screen)
	if err != nil {
		return err
	}
	defer c.Close()
	here, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		<-c.Done()
		if err := c.Err(); err != nil {
			cancel(err)
		}
	}()
	view.opts.Stuck = stuckTerminal
	err = tui.Run(here, view.in, a.std.Out, c, view.opts)
	switch {
	case err == nil:
		return a.sayOver(ctx, dir, c)
	case errors.Is(err, tui.ErrLeft), ctx.Err() != nil:
		fmt.Fprintf(a.std.Err, "the run goes on: %s\n", command("attach", runName(dir)))
		return context.Cause(ctx)
	case errors.Is(err, tui.ErrTerminal): // nobody is there to be told anything
		return &exit{code: exitHangup}
	case c.Err() != nil:
		return lost(dir, err)
	}
	return err
}

// sayOver prints the summary of the run that has just ended, once it is written.
func (a *app) sayOver(ctx context.Context, dir string, c *attach.Client) error {
	select {
	case <-c.Done():
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	var st session.State
	if c.State(&st); onlyLooked(&st) {
		return nil
	}
	sum, err := report.Read(dir)
	if err != nil {
		return err
	}
	return a.print(sum, dir, "text")
}

// stop the run, and wait for its end.
func (a *app) stop(ctx context.Context, run string) error {
	dir, c, err := a.dial(run, attach.Ender)
	if errors.Is(err, errOver) {
		fmt.Fprintln(a.std.Err, err)
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	var st session.State
	c.State(&st)
	if err := c.Do(session.Command{Verb: session.Stop}); err != nil {
		return err
	}
	progress(ctx, a.std.Err, c, len(st.Events), false, c.Done())
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(a.std.Err, "not waiting any longer: the run ends by itself\n"+
			"  %s   its screen\n  %s     skip its wait for CloudWatch\n", command("attach", runName(dir)), command("stop", runName(dir)))
		return context.Cause(ctx)
	case c.Err() != nil:
		return lost(dir, c.Err())
	}
	if c.State(&st); onlyLooked(&st) {
		fmt.Fprintf(a.std.Out, "%s is over: nothing was loaded, so nothing is kept\n", runName(dir))
		return nil
	}
	fmt.Fprintf(a.std.Out, "%s is over: %s\n", runName(dir), command("report", runName(dir), "-o", "text"))
	return nil
}

// errOver is of a run that has ended by itself or by somebody.
var errOver = errors.New("is over")

// dial the run, or say why it cannot be reached and what to do.
func (a *app) dial(run string, role attach.Role) (dir string, c *attach.Client, err error) {
	if dir, err = report.Find(run); err != nil {
		return "", nil, err
	}
	name := runName(dir)
	switch c, err = attach.Dial(dir, version, role); {
	case err == nil:
		return dir, c, nil
	case isOver(dir):
		return dir, nil, fmt.Errorf("%s %w: %s", name, errOver, command("report", name, "-o", "text"))
	case errors.Is(err, attach.ErrGone):
		return dir, nil, killed(name)
	case errors.Is(err, attach.ErrClosed):
		return dir, nil, fmt.Errorf("%s cannot be reached: only a run that was started with --detach or --on-hangup=continue can\n"+
			"if it goes on, it ends by q in its own terminal, or by SIGTERM to its process; how far it is or was: %s", name, command("report", name, "-o", "text"))
	}
	return dir, nil, fmt.Errorf("%s cannot be reached: %w", name, err)
}

// lost is of a run that was looked at, and of which no more comes.
func lost(dir string, err error) error {
	name := runName(dir)
	switch {
	case errors.Is(err, attach.ErrGone):
		return killed(name)
	case errors.Is(err, attach.ErrBroken):
		return fmt.Errorf("%w, and it goes on\n%s shows it again", err, command("attach", name))
	}
	return fmt.Errorf("%s is not shown any more: %w", name, err)
}

func killed(name string) error {
	return fmt.Errorf("%s was killed: its process is gone\nwhat it measured is kept: %s", name, command("report", name, "-o", "text"))
}

func isOver(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, report.SummaryFile))
	return err == nil
}
