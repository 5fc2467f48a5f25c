package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/report"
	"sagetop/tui"
)

const viewLong = `Shows the screen of a run again: of a finished one, of one that was killed, and of one that goes on, which it follows.
left and right move in time by a column of the charts, home and end to the begin and the end, space plays. Nothing is steered.
` + whichRun

// firstPicture waits so long for a run to be read: that of a few minutes is there at once, a longer one is seen to come.
const firstPicture = 300 * time.Millisecond

func (a *app) viewCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "view RUN",
		Short: "Look back at a run on the same screen, moving in time",
		Long:  viewLong,
		Args:  oneRun("view"),
	}
	o.looksFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fromEnvironment(cmd, a.env); err != nil {
			return err
		}
		return a.viewRun(cmd.Context(), o, args[0])
	}
	return cmd
}

// viewRun until whoever looks leaves, by a key or by hanging up: nothing is lost by that.
func (a *app) viewRun(ctx context.Context, o *options, arg string) error {
	dir, err := report.Find(arg)
	if err != nil {
		return err
	}
	v := a.view(o)
	if v.headless {
		return usage("view shows a screen, and %s: %s prints the run's summary", a.noScreen(), command("report", arg, "-o", "text"))
	}
	replay, err := report.NewReplay(dir)
	if err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	followed := make(chan struct{})
	defer func() { stop(); <-followed }()
	go func() { defer close(followed); replay.Follow(reading) }()
	select {
	case <-replay.Whole():
	case <-time.After(firstPicture):
	}
	err = tui.Run(ctx, v.in, a.std.Out, replay, v.opts)
	if err == nil || ctx.Err() != nil || errors.Is(err, tui.ErrTerminal) {
		return nil
	}
	return fmt.Errorf("the screen failed: %w", err)
}
