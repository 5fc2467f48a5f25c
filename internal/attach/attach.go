// Package attach shows a run to screens of other processes, and takes their commands, over a unix socket of the run's user.
//
// A Server stands beside the run's session, a Client beside a screen. What travels is session.State, as a whole at first and then
// what changed of it, and session.Command. Several may look at a run; one of them steers.
package attach

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sagetop/internal/session"
)

// Errors of attaching.
var (
	ErrClosed = errors.New("no screen can be attached to it") // nothing says where: it was not made for that, or is over
	ErrGone   = errors.New("its process is gone")
	ErrSilent = errors.New("its process does not answer")
	ErrOther  = errors.New("it takes no screen of this sagetop")
	ErrBroken = errors.New("the connection to it broke")
)

// File in the run's folder says where to attach, for as long as the run goes on.
const File = "attach.json"

// Where to attach to a run.
type Where struct {
	Socket  string    `json:"socket"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
}

// Find says where to attach to the run in folder.
func Find(folder string) (Where, error) {
	var w Where
	path := filepath.Join(folder, File)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return w, ErrClosed
	case err != nil:
		return w, err
	}
	if err := json.Unmarshal(text, &w); err != nil || w.Socket == "" {
		return w, fmt.Errorf("%s does not say where to attach", path)
	}
	return w, nil
}

// write w into folder, whole or not at all: somebody may be looking for it.
func (w Where) write(folder string) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(folder, ".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(text, '\n'))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(folder, File))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// dial the socket. That nobody listens there means that the process is gone; that it is not there at all does not, as long as the
// process is: whatever cleans up behind a login or among temporary files may have taken it.
func (w Where) dial() (*net.UnixConn, error) {
	dialer := net.Dialer{Timeout: greeting}
	conn, err := dialer.Dial("unix", w.Socket)
	switch {
	case err == nil:
		return conn.(*net.UnixConn), nil
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist) && !w.alive():
		_ = os.Remove(w.Socket) // a process that was killed leaves it
		return nil, fmt.Errorf("%w (its number was %d)", ErrGone, w.PID)
	}
	return nil, fmt.Errorf("%w (its number is %d): %w", ErrSilent, w.PID, err)
}

// alive says whether the process runs. One that is over but was not waited for, as where nothing does so for orphans, still has its
// number.
func (w Where) alive() bool {
	if w.PID <= 0 || errors.Is(syscall.Kill(w.PID, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.PID))
	if err != nil {
		return true
	}
	state := bytes.TrimLeft(stat[bytes.LastIndexByte(stat, ')')+1:], " ") // behind the name, which may have anything in it
	return len(state) == 0 || state[0] != 'Z' && state[0] != 'X'
}

// Role of a Client.
type Role string

// The roles.
const (
	Screen Role = "screen" // looks, and steers if no other one does
	Ender  Role = "ender"  // looks whether the run is over; may stop it, whoever steers
)

// own says that v is each screen's own matter: it changes nothing of the run.
func own(v session.Verb) bool { return v == session.SaveScreen || v == session.ReadLogs }
