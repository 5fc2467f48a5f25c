package report

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sagetop/internal/session"
)

// Rebuild makes the page of the run in dir anew, and returns its path and the run's summary. Of a run that goes on the page shows what there
// is. A run that was killed, or could not write them, gets Locust's tables as well. The summary is there, too, when dir cannot be written.
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
	}
	if err != nil {
		return "", nil, err
	}
	if !isFile(filepath.Join(dir, StatsFile)) && !Alive(dir) {
		u.tables.flush()
		err = cmp.Or(write(dir, HistoryFile, history.Bytes()), u.tables.write(dir, s))
	}
	return filepath.Join(dir, PageFile), s, cmp.Or(err, u.page(&st, s).write(dir))
}
