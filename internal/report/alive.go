package report

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// A run holds a lock on its timeline. The system takes it away with the process, however that ends.

// lock f for as long as it is open. Where the file system has no locks, a run passes for one that is over.
func lock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// Alive says whether the process of the run in dir is still there.
func Alive(dir string) bool {
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(tryLock(f), syscall.EWOULDBLOCK)
}

// orphaned says that no process writes the timeline f any more. Where the file system has no locks it is not known, and the answer no.
func orphaned(f *os.File) bool { return tryLock(f) == nil }

// tryLock says why f cannot be locked, and does not keep it locked.
func tryLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if err == nil {
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	}
	return err
}
