package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// KeepScreen writes what a screen showed, so far into the load, into a file of its own and returns its path. It waits for the disk.
func (f *Folder) KeepScreen(elapsed time.Duration, text string) (string, error) {
	f.kept.Add(1) // before the folder might be removed
	path, err := keepScreen(f.dir, elapsed, text)
	if err != nil {
		f.kept.Add(-1)
	}
	return path, err
}

// Screens that were kept.
func (f *Folder) Screens() int { return int(f.kept.Load()) }

// keepScreen takes the next free name where there is such a screen already.
func keepScreen(dir string, elapsed time.Duration, text string) (string, error) {
	name := screenName(elapsed)
	path := filepath.Join(dir, name+".txt")
	for i := 2; ; i++ {
		err := writeNew(path, text)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrExist) || i > mostTwins {
			return "", fmt.Errorf("%s cannot be written: %w", path, withoutPath(err))
		}
		path = filepath.Join(dir, fmt.Sprintf("%s-%d.txt", name, i))
	}
}

// writeNew makes a file that was not there, whole or not at all.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// screenName is screen-04m12s, or screen-1h04m12s.
func screenName(elapsed time.Duration) string {
	s := int(elapsed / time.Second)
	if s < 3600 {
		return fmt.Sprintf("screen-%02dm%02ds", s/60, s%60)
	}
	return fmt.Sprintf("screen-%dh%02dm%02ds", s/3600, s/60%60, s%60)
}
