package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/cloud"
	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/shell"
)

const restoreLong = `Puts back the instances, or copies of an inference component, that a run with --restore still owes, because it was killed or its own wait for the endpoint was given up.
It waits while the endpoint is being updated, asks, and waits until the instances are as before the run. Where something else changed
their number since, it says so and changes nothing.
RUN is the path of a run folder, its name under sagetop-runs/, or last.`

func (a *app) restoreCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{Use: "restore RUN", Short: "Put back the instances that a run still owes", Long: restoreLong, Args: oneRun("restore")}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.profile, "profile", "", "AWS profile (default: the run's)")
	f.StringVar(&o.endpointURL, "endpoint-url", "", "`URL` of all AWS services (default: the run's)")
	f.StringVarP(&o.yes, "yes", "y", "", "answer yes to the question about this `ENDPOINT`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dir, err := report.Find(args[0])
		if err != nil {
			return err
		}
		info, err := report.Began(dir)
		if err != nil {
			return err
		}
		if err := inherit(cmd, info, "profile", "endpoint-url"); err != nil {
			return err
		}
		if err := o.take(cmd, a.env); err != nil {
			return err
		}
		return a.restore(cmd.Context(), o, dir, info)
	}
	return cmd
}

// restore settles what the run in dir owes.
func (a *app) restore(ctx context.Context, o *options, dir string, info *session.Info) error {
	name := runName(dir)
	owed, err := report.ReadOwed(dir)
	switch {
	case errors.Is(err, report.ErrNothingOwed):
		return a.owesNothing(dir, info)
	case err != nil:
		return err
	case report.Alive(dir):
		return fmt.Errorf("%s is still going on, and puts the %s back at its end\nend it with ctrl+c where it runs, or %s", name, owed.Unit().Many(), command("stop", name))
	}
	o.region = owed.Region
	site, err := a.connect(ctx, o, &errand{endpoint: owed.Endpoint})
	if err != nil {
		return err
	}
	if here := site.identity.Account; owed.Account != "" && here != owed.Account {
		return fmt.Errorf("%s owes %s of %s in account %s, and these credentials are of account %s\ngive those of the run, such as with --profile NAME",
			name, owed.Unit().Many(), owed.Endpoint, orDash(owed.Account), orDash(here))
	}
	b := &back{
		app: a, o: o, dir: dir, owed: owed, site: site,
		scaler: &cloud.Scaler{Cloud: site.cloud, Endpoint: owed.Endpoint, Variant: owed.Variant, Component: owed.Component},
	}
	err = b.settle(ctx)
	if ctx.Err() != nil {
		if _, still := report.ReadOwed(dir); still == nil {
			fmt.Fprintf(a.std.Err, "still owed: %s; %s\n", owed, command("restore", name))
		}
		return context.Cause(ctx)
	}
	return err
}

// owesNothing says so of the run in dir, and what it changed without being told to put it back.
func (a *app) owesNothing(dir string, info *session.Info) error {
	sum, err := report.Read(dir)
	if err != nil {
		return err
	}
	name := runName(dir)
	if c := sum.Scaled; c != nil && c.Undo != "" && !info.Restore && !info.Target.Simulated {
		return fmt.Errorf("%s was not told to --restore: it left %s, where there were %d\nto go back: %s", name, c.Unit.Count(c.After), c.Before, c.Undo)
	}
	fmt.Fprintf(a.std.Out, "%s owes no instances\n", name)
	return nil
}

// back is the way back of a variant's instances.
type back struct {
	*app
	o      *options
	dir    string
	owed   *report.Owed
	site   *site
	scaler *cloud.Scaler
}

func (b *back) settle(ctx context.Context) error {
	err := b.putBack(ctx)
	switch {
	case errors.Is(err, cloud.ErrNoEndpoint):
		return b.done("the endpoint is gone")
	case errors.Is(err, cloud.ErrNoComponent):
		return b.done("the inference component is gone")
	}
	return err
}

func (b *back) putBack(ctx context.Context) error {
	now, err := b.scaler.Look(ctx)
	if err != nil {
		return err
	}
	if over, err := b.judge(now); over || err != nil {
		return err
	}
	if err := b.consent(ctx, now); err != nil {
		return err
	}
	if now.Busy() {
		if now, err = b.idle(ctx, now); err != nil {
			return err
		}
		if over, err := b.judge(now); over || err != nil { // it may have been rolled back
			return err
		}
	}
	if err := b.scaler.Scale(ctx, b.owed.Before); err != nil {
		return err
	}
	b.say("%d -> %s asked: as before the run", now.Desired, b.owed.Unit().Count(b.owed.Before))
	if err := report.Forget(b.dir); err != nil {
		return err
	}
	if err := b.scaler.Await(ctx, b.owed.Before); err != nil {
		return err
	}
	fmt.Fprintf(b.std.Out, "%s is InService with %s, as before %s\n", b.owed.Of(), b.owed.Unit().Count(b.owed.Before), runName(b.dir))
	return nil
}

// judge whether there is something to put back, and whether it is what the run left.
func (b *back) judge(now cloud.Capacity) (over bool, err error) {
	switch o := b.owed; {
	case now.Desired == o.Before:
		return true, b.done(fmt.Sprintf("%s has %s, as before the run", o.Of(), o.Unit().Count(o.Before)))
	case !slices.Contains(o.Asked, now.Desired):
		return false, fmt.Errorf("%s has %s, which are neither what %s asked for (%s) nor the %d before it: something else changed them, so they stay\n"+
			"to go back all the same: %s\nto forget what is owed: %s",
			o.Of(), o.Unit().Count(now.Desired), runName(b.dir), counts(o.Asked), o.Before, o.Undo(), shell.Line("rm", filepath.Join(b.dir, report.OwedFile)))
	}
	return false, nil
}

func (b *back) done(why string) error {
	fmt.Fprintf(b.std.Out, "nothing to put back: %s\n", why)
	return report.Forget(b.dir)
}

// consent asks a person, default No. Where nobody can be asked, it must have been given.
func (b *back) consent(ctx context.Context, now cloud.Capacity) error {
	name := b.owed.Endpoint
	if b.o.yes == name {
		return nil
	}
	keys := b.keys()
	if keys == nil || !isTerminal(b.std.Err) {
		return usage("restore changes endpoint %s at AWS from %d to %s, and here nobody can be asked: add --yes=%s", name, now.Desired, b.owed.Unit().Count(b.owed.Before), name)
	}
	fmt.Fprintf(b.std.Err, "%s in account %s, %s: it goes from %d back to %s\nPut them back? [y/N] ",
		b.owed.Of(), orDash(b.site.identity.Account), b.site.cloud.Region(), now.Desired, b.owed.Unit().Count(b.owed.Before))
	switch strings.ToLower(strings.TrimSpace(answer(ctx, keys))) {
	case "y", "yes":
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return fmt.Errorf("nothing was changed; still owed: %s", b.owed)
}

// idleLook is the time between two looks at an endpoint that takes no update yet.
const idleLook = 2 * time.Second

// idle waits until the endpoint takes an update. Trouble in looking that may pass is waited out, and said.
func (b *back) idle(ctx context.Context, now cloud.Capacity) (cloud.Capacity, error) {
	look := time.NewTicker(idleLook)
	defer look.Stop()
	var trouble error
	for next := time.Now(); now.Busy(); {
		if t := time.Now(); !t.Before(next) {
			next = t.Add(progressEvery)
			b.say("%s", b.waiting(now, trouble))
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return now, context.Cause(ctx)
		}
		var then cloud.Capacity
		switch then, trouble = b.scaler.Look(ctx); {
		case trouble == nil:
			now = then
		case cloud.Fatal(trouble), errors.Is(trouble, cloud.ErrDenied), errors.Is(trouble, cloud.ErrNoEndpoint), errors.Is(trouble, cloud.ErrNoComponent):
			return now, trouble
		}
	}
	return now, nil
}

func (b *back) waiting(now cloud.Capacity, trouble error) string {
	if trouble != nil {
		return "waiting, and not seeing the endpoint: " + oneLine(trouble)
	}
	return fmt.Sprintf("%s is %s, %d -> %s: waiting until it takes an update", b.owed.Owner(), now.Status, now.Current, b.owed.Unit().Count(now.Desired))
}

func (b *back) say(format string, args ...any) {
	fmt.Fprintf(b.std.Err, "%s   %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func counts(all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}
