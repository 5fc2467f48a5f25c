// Package attach shows a run to screens of other processes, and takes their commands, over a unix socket of the run's user.
//
// A Server stands beside the run's session, a Client beside a screen. What travels is session.State, as a whole at first and then
// what changed of it, and session.Command. Several may look at a run; one of them steers.
package attach

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sagetop/internal/session"
)

// Errors of attaching.
var (
	ErrClosed = errors.New("no screen can be attached to it") // nothing says where: it was not made for that, or is over
	ErrGone   = errors.New("its process is gone")
	ErrSilent = errors.New("its process does not answer")
	ErrOther  = errors.New("it takes no screen of this sagetop")
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

// write w into folder.
func (w Where) write(folder string) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, File), append(text, '\n'), 0o600)
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
