// Package cli turns commands and flags into a configured run: it wires the other packages, and an outcome into an exit code. It is
// the only package that reads flags and environment.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes, as docs/reference.md lists them.
const (
	exitOK           = 0
	exitFailed       = 1 // could not run
	exitUsage        = 2
	exitSLO          = 3 // an SLO failed, or --abort-on fired
	exitInvalid      = 4 // the client was the bottleneck
	exitInconclusive = 5
	exitHangup       = 129
	exitInterrupt    = 130
	exitTerminate    = 143
)

// Streams are what a process has to the outside.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Signals  <-chan os.Signal // nil: none come
	Environ  []string         // KEY=value
}

// exit ends the program with a code, and with a message unless everything was said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(format, args...)}
}

// Main runs the command line and returns its exit code.
func Main(args []string, std Streams) int {
	a := &app{std: std, args: args, env: environment(std.Environ)}
	a.background = backgroundOf(a.env)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	a.signals = relay(std.Signals, cancel)
	root := a.root()
	root.SetArgs(args)
	root.SetIn(std.In)
	root.SetOut(std.Out)
	root.SetErr(std.Err)
	cmd, err := root.ExecuteContextC(ctx)
	return a.report(ctx, cmd, err)
}

// report prints what came of cmd in at most a few lines and says its exit code.
func (a *app) report(ctx context.Context, cmd *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	code := exitFailed
	if e, ok := errors.AsType[*exit](err); ok {
		code = e.code
		if e.err == nil {
			return code
		}
	}
	if sig, ok := errors.AsType[*signalled](context.Cause(ctx)); ok {
		return sig.code()
	}
	fmt.Fprintln(a.std.Err, "sagetop: "+strings.TrimPrefix(err.Error(), "sagetop: "))
	if code == exitUsage {
		fmt.Fprintf(a.std.Err, "See %s --help.\n", cmd.CommandPath())
	}
	return code
}

// app is one invocation of the program.
type app struct {
	std        Streams
	args       []string
	env        map[string]string
	signals    *relays
	background *background // nil, but in a detached run's process
}

func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	return env
}
