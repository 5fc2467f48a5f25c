package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sagetop/internal/attach"
	"sagetop/internal/report"
	"sagetop/internal/session"
)

// unseenLimit is how long a load without an end of its own goes on while no screen looks at it.
const unseenLimit = time.Hour

// stand lets screens attach to a run that may lose its terminal, until close. A detached one leaves the terminal here.
func (r *rig) stand(s *session.Session, folder *report.Folder) (closing func(), err error) {
	if !r.o.survives() {
		return func() {}, nil
	}
	ignorePipes()
	server, err := attach.Serve(attach.Config{Run: s, Version: version, Folder: folder.Dir(), Dirs: socketDirs(r.env)})
	if err != nil {
		return nil, fmt.Errorf("a run that goes on without its terminal must be in reach: %w", err)
	}
	closing = sync.OnceFunc(func() { _ = server.Close() }) // what is left of it is recognised as such
	if r.background == nil {
		return closing, nil
	}
	if err := r.background.leave(folder.Dir()); err != nil {
		closing()
		return nil, errors.Join(err, removeLog(folder.Dir()))
	}
	return closing, nil
}

// comeBack is the command that shows a run again which lost its terminal; empty for one that ends then.
func (r *rig) comeBack(dir string) string {
	if !r.o.survives() {
		return ""
	}
	return command("attach", runName(dir))
}

func (r *rig) unseen() time.Duration {
	if !r.o.survives() {
		return 0
	}
	return unseenLimit
}

// socketDirs are where a socket may go: a folder of ours among the temporary files, also in /tmp for a TMPDIR with too long a path.
// What the system gives each user comes last: it is removed with all in it when their last session ends, and a run goes on then.
func socketDirs(env map[string]string) []string {
	own := fmt.Sprintf("sagetop-%d", os.Geteuid())
	dirs := []string{filepath.Join(os.TempDir(), own), filepath.Join("/tmp", own)}
	if given := env["XDG_RUNTIME_DIR"]; filepath.IsAbs(given) {
		dirs = append(dirs, given)
	}
	return dirs
}

func removeLog(dir string) error {
	err := os.Remove(filepath.Join(dir, detachedLog))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
