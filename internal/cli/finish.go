package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/session"
)

// onlyLooked says that nothing was loaded, none was to be, and no instances came or went: of that nothing is kept.
func onlyLooked(st *session.State) bool {
	return st.Info.Watch && st.Load.Total.Sent == 0 && len(st.Scalings) == 0
}

// finish writes what was measured and says it.
func (r *rig) finish(ctx context.Context, s *session.Session, folder *report.Folder, written func(), failed error) error {
	var st session.State
	s.State(&st)
	if onlyLooked(&st) && failed == nil {
		written()
		return r.leaveNothing(folder)
	}
	sum, unwritten := folder.Finish(&st)
	written()
	if err := r.say(ctx, &st, sum, folder.Dir(), unwritten); err != nil && st.Reason != session.EndHangup { // a terminal that is gone takes nothing
		return err
	}
	if failed == nil {
		failed = st.Err
	}
	if failed != nil && outcome(&st) == exitFailed {
		return fmt.Errorf("the run ended early: %s", oneLine(failed))
	}
	if code := r.code(&st); code != exitOK {
		return &exit{code: code}
	}
	return nil
}

// leaveNothing after an endpoint was only looked at, but for the screens that were saved.
func (r *rig) leaveNothing(folder *report.Folder) error {
	if err := errors.Join(removeLog(folder.Dir()), folder.Discard()); err != nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %v\n", err)
	}
	if folder.Screens() > 0 {
		fmt.Fprintf(r.std.Err, "saved screens are in %s\n", folder.Dir())
	}
	return nil
}

// say prints the summary and what could not be written. Everything else is done by then, so a signal ends the wait for a terminal, or
// a pipe, that takes nothing.
func (r *rig) say(ctx context.Context, st *session.State, sum *report.Summary, dir string, unwritten error) error {
	said := make(chan error, 1)
	go func() { said <- r.sayAll(st, sum, dir, unwritten) }()
	select {
	case err := <-said:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-said:
		return err
	case <-time.After(time.Second): // what came before the signal is being printed
		return context.Cause(ctx)
	}
}

func (r *rig) sayAll(st *session.State, sum *report.Summary, dir string, unwritten error) error {
	if r.view.left != nil {
		<-r.view.left
	}
	if unwritten != nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %v\n", unwritten)
	}
	output := r.o.output
	switch {
	case r.background != nil:
		output = "text" // for who reads the log: programs have run.json
	case r.o.json:
		output = "json"
	}
	r.sayToCI(sum, dir)
	err := r.print(sum, dir, output) // what is owed is said all the same
	if c := sum.Scaled; output == "json" && c != nil && c.Undo != "" && !r.e.simulated {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %s; to go back to %d: %s\n", c.Stay(), c.Before, c.Undo)
	}
	if command := sum.VerifyCommand(dir); output == "json" && command != "" {
		fmt.Fprintf(r.std.Err, "sagetop: projected, not verified; to verify it: %s\n", command)
	}
	r.sayOwed(dir)
	if st.Lost != "" {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %s\n", st.Lost)
	}
	return err
}

// code of the run. The demo's own SLO is there to be seen failing: nobody asked for it to hold.
func (r *rig) code(st *session.State) int {
	if r.e.simulated && !r.o.set["slo"] {
		st.SLOs = nil
	}
	return outcome(st)
}
