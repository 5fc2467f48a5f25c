package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// A detached run is another process of the same program, with the same words. Until it is under load it speaks and asks on the terminal
// of the one that started it, which waits for that and passes signals on. Then it leaves the terminal to its log.

const (
	onHangupStop     = "stop"
	onHangupContinue = "continue"
)

// detachedLog in the run's folder is what a run says that has no terminal any more.
const detachedLog = "detached.log"

// backgroundEnv tells the process that it is the detached one, and which of its files are what.
const (
	backgroundEnv  = "SAGETOP_BACKGROUND"
	backgroundKeys = "keys" // there are some beside stdin
	backgroundNone = "none"

	startedFile = 3 // where to tell that it started
	keysFile    = 4
)

func (o *options) awayFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.detach, "detach", false, "run in the background; sagetop attach shows the screen, sagetop stop ends it")
	f.StringVar(&o.onHangup, "on-hangup", onHangupStop, "stop, or continue without the terminal when it is gone")
}

func (o *options) validateAway() error {
	switch {
	case o.onHangup != onHangupStop && o.onHangup != onHangupContinue:
		return usage("--on-hangup %q: must be stop or continue", o.onHangup)
	case o.detach && o.set["on-hangup"] && o.onHangup == onHangupStop:
		return usage("--detach with --on-hangup=stop: a detached run has no terminal that could hang up")
	}
	return nil
}

// survives says whether the run goes on without its terminal.
func (o *options) survives() bool { return o.detach || o.onHangup == onHangupContinue }

// background is what the detached process was given.
type background struct {
	started *os.File
	keys    *os.File // of the terminal, for questions; nil when stdin has them, or there are none
}

// backgroundOf the environment; nil in every other process.
func backgroundOf(env map[string]string) *background {
	given, ok := env[backgroundEnv]
	if !ok {
		return nil
	}
	_ = os.Unsetenv(backgroundEnv) // what this process starts is not it
	b := &background{started: os.NewFile(startedFile, "started")}
	syscall.CloseOnExec(startedFile)
	if given == backgroundKeys {
		b.keys = os.NewFile(keysFile, "keys")
		syscall.CloseOnExec(keysFile)
	}
	return b
}

// detaches says whether this process only starts the one that runs.
func (a *app) detaches(o *options) bool { return o.detach && !o.dryRun && a.background == nil }

// detach starts the run as a process of its own session and waits until it is under load, or is not to be.
func (a *app) detach(ctx context.Context, o *options) error {
	heard, said, err := os.Pipe()
	if err != nil {
		return err
	}
	defer heard.Close()
	cmd, err := a.again(said)
	if err == nil {
		err = cmd.Start()
	}
	_ = said.Close()
	if err != nil {
		return fmt.Errorf("the run cannot be detached: %w", err)
	}
	a.signals.forward(func(sig os.Signal) { _ = cmd.Process.Signal(sig) })
	if early, ok := errors.AsType[*signalled](context.Cause(ctx)); ok {
		_ = cmd.Process.Signal(early.sig)
	}
	dir, err := bufio.NewReader(heard).ReadString('\n')
	if err != nil { // it has said why
		return ended(cmd)
	}
	return a.sayDetached(o, strings.TrimSuffix(dir, "\n"), cmd.Process.Pid)
}

// again is this program with the same words, in a session of its own.
func (a *app) again(said *os.File) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, a.args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.std.In, a.std.Out, a.std.Err
	cmd.ExtraFiles = []*os.File{said}
	given := backgroundNone
	if keys := a.keys(); keys != nil && keys != a.std.In {
		given = backgroundKeys
		cmd.ExtraFiles = append(cmd.ExtraFiles, keys)
	}
	cmd.Env = append(a.std.Environ[:len(a.std.Environ):len(a.std.Environ)], backgroundEnv+"="+given)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd, nil
}

// ended is the exit code of a run that did not come to its load.
func ended(cmd *exec.Cmd) error {
	err := cmd.Wait()
	state, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return err
	}
	if how, ok := state.Sys().(syscall.WaitStatus); ok && how.Signaled() { // before it could take signals, or by one that it cannot take
		return &exit{128 + int(how.Signal()), fmt.Errorf("the run was ended before its load: %s", state)}
	}
	return &exit{code: state.ExitCode()}
}

// detachedSchema is of what --detach says to a script.
const detachedSchema = "sagetop.detached/1"

// detachedRun is a run in the background, and how to come back to it.
type detachedRun struct {
	Schema string `json:"schema"`
	Run    string `json:"run"`    // as the commands take it, in the same working directory
	Folder string `json:"folder"` // absolute
	PID    int    `json:"pid"`
	Attach string `json:"attach"`
	Stop   string `json:"stop"`
}

// sayDetached tells whoever started the run in dir where it is: a person in words, a script in one object.
func (a *app) sayDetached(o *options, dir string, pid int) error {
	folder, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	name := runName(dir)
	d := detachedRun{detachedSchema, name, folder, pid, command("attach", name), command("stop", name)}
	if o.json || o.output == "json" {
		return json.NewEncoder(a.std.Out).Encode(&d)
	}
	_, err = fmt.Fprintf(a.std.Out, "%s runs in the background (process %d)\n  %s   its screen\n  %s     end it\nwhat it measures and says is in %s (%s)\n",
		name, pid, d.Attach, d.Stop, dir, detachedLog)
	return err
}

// leave the terminal, once everything stands: whoever started the run is told, and from here on the log takes what is said, a panic
// included. A run that nobody knows of is not begun.
func (b *background) leave(dir string) error {
	log, err := openLog(dir)
	if err != nil {
		return err
	}
	defer log.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	if b.keys != nil {
		_ = b.keys.Close()
	}
	if _, err := fmt.Fprintln(b.started, dir); err != nil {
		return errors.New("what started the detached run is gone: nothing was loaded")
	}
	for fd, file := range []*os.File{null, log, log} {
		if err := unix.Dup2(int(file.Fd()), fd); err != nil {
			return err
		}
	}
	return b.started.Close()
}

// openLog does not go through a link that somebody else laid in a folder of --out.
func openLog(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, detachedLog), os.O_WRONLY|os.O_CREATE|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
}

// drop the terminal that is gone: what is still to be said goes to the log. Where there is no room for one, nowhere.
func (a *app) drop(dir string) {
	log, err := openLog(dir)
	if err != nil {
		log, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	}
	a.std.Out, a.std.Err = log, log
}

// ignorePipes lets a write to what nobody reads any more fail, where it would end the run.
func ignorePipes() { signal.Ignore(syscall.SIGPIPE) }
