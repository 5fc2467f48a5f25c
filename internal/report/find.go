package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Last is the RUN that stands for the one that started last.
const Last = "last"

// Find is the folder of the run that arg means: a folder's path (or that of a file in it), a name under BaseDir, or Last.
func Find(arg string) (string, error) {
	if arg == "" {
		return "", fmt.Errorf("%w: its name is empty; give a folder, a name under %s, or %q", ErrNoRun, BaseDir, Last)
	}
	if arg == Last && !isRun(arg) {
		return findLast()
	}
	for _, dir := range []string{arg, filepath.Dir(arg), filepath.Join(BaseDir, arg)} {
		if isRun(dir) && (dir != filepath.Dir(arg) || isFile(arg)) {
			return dir, nil
		}
	}
	return "", notFound(arg)
}

func isRun(dir string) bool { return isFile(filepath.Join(dir, TimelineFile)) }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func notFound(arg string) error {
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return fmt.Errorf("%w: the folder %s has no %s", ErrNoRun, arg, TimelineFile)
	}
	all, err := runs()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("%w: %q is not a run's folder, and there is none under %s", ErrNoRun, arg, BaseDir)
	}
	return fmt.Errorf("%w: %q is not a run's folder, nor one of the %d under %s; the last one is %s", ErrNoRun, arg, len(all), BaseDir, all[len(all)-1].name)
}

func findLast() (string, error) {
	all, err := runs()
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", fmt.Errorf("%w: there is none under %s; give the folder of one (or make one: sagetop demo)", ErrNoRun, BaseDir)
	}
	return filepath.Join(BaseDir, all[len(all)-1].name), nil
}

// found is a run under BaseDir.
type found struct {
	name  string
	start string // the part of the name that says when it started; empty when it does not
	wrote time.Time
}

// runs under BaseDir, the one that started last is last.
func runs() ([]found, error) {
	entries, err := os.ReadDir(BaseDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s cannot be read: %w", BaseDir, err)
	}
	var all []found
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(BaseDir, e.Name(), TimelineFile))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		all = append(all, found{e.Name(), startOf(e.Name()), info.ModTime()})
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.start, b.start), a.wrote.Compare(b.wrote), cmp.Compare(a.name, b.name))
	})
	return all, nil
}

func startOf(name string) string {
	if len(name) < len(startLayout) {
		return ""
	}
	start := name[:len(startLayout)]
	if _, err := time.Parse(startLayout, start); err != nil {
		return ""
	}
	return start
}
