package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sagetop/internal/session"
)

// Rebuild makes the page of the run in dir anew and returns its path and the run's summary. A run that goes on has it as far as the run is;
// one that was killed gets Locust's tables as well. Without an error the path is of a page that is whole.
func Rebuild(dir string) (path string, s *Summary, err error) {
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		return "", nil, missing(dir, err)
	}
	defer f.Close()
	var history bytes.Buffer
	u := newSums(func(row []byte) { history.Write(row) })
	r, err := read(f, u)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	var st session.State
	r.State(&st)
	s, err = readSummary(dir)
	if errors.Is(err, fs.ErrNotExist) {
		s, err = Summarize(&st), nil
		if !Alive(dir) { // it was killed
			u.tables.flush()
			err = errors.Join(write(dir, HistoryFile, history.Bytes()), u.tables.write(dir, s))
		}
	}
	if s == nil {
		return "", nil, err
	}
	path, unwritten := u.page(&st, s).write(dir)
	return path, s, errors.Join(unwritten, err)
}
