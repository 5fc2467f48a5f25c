package cli

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// sessionWorker is the process of AWS Systems Manager's agent that a Session Manager session runs under.
const sessionWorker = "ssm-session-worker"

// hint of a run that loads something, or may.
func (r *rig) hint() string {
	if r.target == nil {
		return ""
	}
	hint := r.lossNote(r.o, &r.view)
	if owing := r.owing(); owing != "" && !r.view.headless { // else it stands right above the log
		return strings.TrimPrefix(hint+"; "+owing, "; ")
	}
	return hint
}

// lossNote says how the terminal may go, and the run with it; empty where it is not known to, or nothing would be lost. Idle limits are
// AWS's own: they go by keys, whatever is on the screen.
func (a *app) lossNote(o *options, v *view) string {
	const keep = "--detach or --on-hangup=continue"
	multiplexed := a.env["TMUX"] != "" || a.env["STY"] != ""
	switch {
	case !isTerminal(a.std.Out) && !isTerminal(a.std.Err):
		return ""
	case a.env["AWS_EXECUTION_ENV"] == "CloudShell":
		return "AWS CloudShell ends after 20 to 30 minutes without a key, and all that runs in it: for a longer run use an EC2 instance"
	case v.detached || o.survives() || multiplexed:
		return ""
	case descends(os.DirFS("/proc"), os.Getpid(), sessionWorker):
		return "Session Manager ends a session after 20 minutes (unless set otherwise) without a key, and the run with it: use tmux, " + keep
	case a.env["SSH_CONNECTION"] != "" || a.env["SSH_TTY"] != "":
		return "a dropped connection ends the run: use tmux, " + keep
	}
	return ""
}

// commLength is how much of a process's name Linux keeps.
const commLength = 15

// descends says whether the process pid, or one that it comes from, has that name.
func descends(proc fs.FS, pid int, name string) bool {
	name = name[:min(len(name), commLength)]
	for range 100 { // no process has more ancestors, even if a number is used again meanwhile
		comm, parent, err := process(proc, pid)
		switch {
		case err != nil:
			return false
		case comm == name:
			return true
		}
		pid = parent
	}
	return false
}

// process reads /proc/PID/stat: "7 (a name) S 1 ...", where the name may have brackets of its own.
func process(proc fs.FS, pid int) (comm string, parent int, err error) {
	text, err := fs.ReadFile(proc, strconv.Itoa(pid)+"/stat")
	if err != nil {
		return "", 0, err
	}
	_, rest, _ := strings.Cut(string(text), "(")
	end := strings.LastIndex(rest, ")")
	if end < 0 {
		return "", 0, fmt.Errorf("process %d: %q", pid, text)
	}
	var state string
	_, err = fmt.Sscan(rest[end+1:], &state, &parent)
	return rest[:end], parent, err
}
