package report

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/shell"
	"sagetop/runner"
)

// BaseDir is where run folders are, unless a run is told otherwise.
const BaseDir = "sagetop-runs"

// Files of a run folder.
const (
	SummaryFile  = "run.json"
	TimelineFile = "timeline.ndjson"
	HlogFile     = "latency.hlog"

	SamplePayloadFile = "sample-payload" // of one request, and its answer
	SampleAnswerFile  = "sample-answer"
)

// Errors of run folders.
var (
	ErrFolder = errors.New("the run folder cannot be made")
	ErrTaken  = errors.New("holds a run already")
)

const (
	folderMode  = 0o700
	fileMode    = 0o600
	startLayout = "20060102T150405Z"
	mostTwins   = 1000 // runs of one endpoint that start in one second
)

// Folder keeps a run on disk while it goes on. It is a session.Journal; its methods may be called from several goroutines and never
// wait for the disk.
type Folder struct {
	dir   string
	made  bool // not there before
	owed  Owed // what the run may come to owe
	files []*os.File
	disk  []*spool     // to files
	kept  atomic.Int32 // screens

	mu       sync.Mutex // one line after the other
	timeline *spool
	latency  *spool
	history  *spool
	hlog     *hlog
	sums     *sums
	broken   string // what could not be encoded, the first one
	closed   bool
}

// Create makes the folder out of a run, with its first line. An empty out stands for a new folder under BaseDir that is named after
// start and endpoint. An out that exists is used when it holds no run yet.
func Create(out string, info session.Info) (*Folder, error) {
	_, err := os.Stat(out)
	made := err != nil
	dir, err := makeDir(out, info)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, made: made, owed: owedBy(&info)}
	if err := f.begin(info); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// begin the files that are written while the run goes on.
func (f *Folder) begin(info session.Info) (err error) {
	if f.timeline, err = f.open(TimelineFile); err != nil {
		return err
	}
	lock(f.files[0])
	if f.latency, err = f.open(HlogFile); err != nil {
		return err
	}
	if f.history, err = f.open(HistoryFile); err != nil {
		return err
	}
	if info.Schema == "" {
		info.Schema = TimelineSchema
	}
	if f.hlog, err = newHlog(info.Started, f.latency); err != nil {
		return err
	}
	f.sums = newSums(f.history.add)
	return f.add(&line{Kind: kindConfig, T: info.Started, Config: &info})
}

func (f *Folder) open(name string) (*spool, error) {
	file, err := create(f.dir, name)
	if err != nil {
		return nil, err
	}
	s := newSpool(file)
	f.files, f.disk = append(f.files, file), append(f.disk, s)
	return s, nil
}

func makeDir(out string, info session.Info) (string, error) {
	if out != "" {
		return out, mkdir(out)
	}
	if err := mkdir(BaseDir); err != nil {
		return "", err
	}
	base := filepath.Join(BaseDir, info.Started.UTC().Format(startLayout)+"_"+fileName(info.Target.Name))
	dir := base
	for i := 2; ; i++ {
		err := os.Mkdir(dir, folderMode)
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrExist) || i > mostTwins {
			return "", cannot(dir, err)
		}
		dir = fmt.Sprintf("%s-%d", base, i)
	}
}

func mkdir(dir string) error {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return cannot(dir, err)
	}
	return nil
}

func create(dir, name string) (*os.File, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, fileMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("%s %w: choose another --out", dir, ErrTaken)
	case err != nil:
		return nil, cannot(path, err)
	}
	return f, nil
}

// cannot says why in the system's words, without repeating the path.
func cannot(path string, err error) error {
	return fmt.Errorf("%w: %s: %w; choose a place that can be written with --out DIR", ErrFolder, path, withoutPath(err))
}

// withoutPath is the system's reason alone.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// fileName is an endpoint's name, or the URL of a container, as part of a file's name.
func fileName(endpoint string) string {
	_, rest, isURL := strings.Cut(endpoint, "://")
	if !isURL {
		rest = endpoint
	}
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, rest)
	if safe = strings.Trim(safe, "-."); safe == "" {
		safe = "endpoint"
	}
	return safe[:min(len(safe), 100)]
}

// Keep writes a file beside the run.
func (f *Folder) Keep(name string, data []byte) error {
	path := filepath.Join(f.dir, name)
	if err := writeNew(path, string(data)); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, withoutPath(err))
	}
	return nil
}

// Dir is the folder's path.
func (f *Folder) Dir() string { return f.dir }

// Delta keeps d, its latencies and what is made of it at the end. d may be reused at once.
func (f *Folder) Delta(d *runner.Delta) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.add(&line{Kind: kindDelta, T: time.Unix(d.Second+1, 0), Delta: d})
	f.sums.add(d)
	return errors.Join(err, f.keep(f.hlog.add(d)))
}

// Sample keeps what CloudWatch and DescribeEndpoint said.
func (f *Folder) Sample(s cwmetrics.Sample) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(&line{Kind: kindSample, T: s.At, Sample: &s})
}

// Event keeps a line of the log.
func (f *Folder) Event(e session.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.add(&line{Kind: kindEvent, T: e.At, Event: &e})
}

// add encodes now, because what l points to may change once the caller has it back.
func (f *Folder) add(l *line) error {
	text, err := l.encode()
	if err != nil {
		return f.keep(err)
	}
	f.timeline.add(text)
	return nil
}

// keep remembers that something could not be encoded.
func (f *Folder) keep(err error) error {
	if err != nil && f.broken == "" {
		f.broken = err.Error()
	}
	return err
}

// Lost says what could not be kept and since when; nothing when everything was.
func (f *Folder) Lost() string {
	f.mu.Lock()
	broken := f.broken
	f.mu.Unlock()
	return joined(f.timeline.lost(TimelineFile), f.latency.lost(HlogFile), f.history.lost(HistoryFile), broken)
}

// Close writes what is waiting and closes the files; it gives a disk that hangs a few seconds. It may be called again.
func (f *Folder) Close() error {
	f.mu.Lock()
	closed := f.closed
	f.closed = true
	var err error
	if !closed && f.sums != nil {
		err = f.keep(f.hlog.flush())
		f.sums.tables.flush()
	}
	f.mu.Unlock()
	if closed {
		return nil
	}
	var closing sync.WaitGroup
	for _, s := range f.disk {
		closing.Go(s.close)
	}
	closing.Wait()
	for _, file := range f.files {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// Discard closes f and removes what it wrote: nothing was loaded that is worth keeping. Screens stay: somebody asked for them.
func (f *Folder) Discard() error {
	err := f.Close()
	for _, file := range f.files {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	if f.made && f.Screens() == 0 {
		err = errors.Join(err, os.Remove(f.dir))
		_ = os.Remove(BaseDir) // fails when it has other runs, as it should
	}
	if err != nil {
		return fmt.Errorf("%s is not removed: %w", f.dir, err)
	}
	return nil
}

// Finish closes f and writes what is made from the last State of the run's Book: run.json, then Locust's tables and the page, each
// whole or not at all. The Summary is returned even when something could not be written.
func (f *Folder) Finish(st *session.State) (*Summary, error) {
	err := f.Close()
	kept := *st
	kept.Lost = f.Lost()
	s := Summarize(&kept)
	text, jsonErr := s.JSON()
	if jsonErr != nil {
		return s, errors.Join(err, jsonErr)
	}
	whole := f.timeline.lost(TimelineFile) == "" // so that the run can be read back
	if cannot := write(f.dir, SummaryFile, text); cannot != nil {
		if whole {
			cannot = fmt.Errorf("%w; the timeline beside it still holds the run", cannot)
		}
		err = errors.Join(err, cannot)
	}
	if cannot := cmp.Or(f.sums.tables.write(f.dir, s), f.sums.page(&kept, s).write(f.dir)); cannot != nil {
		if whole {
			cannot = fmt.Errorf("%w\nonce that is mended, %s makes what is missing", cannot, shell.Line("sagetop", "report", f.dir))
		}
		err = errors.Join(err, cannot)
	}
	return s, err
}

// write a file of the folder dir, whole or not at all.
func write(dir, name string, text []byte) error {
	path := filepath.Join(dir, name)
	if err := replace(path, text); err != nil {
		return fmt.Errorf("%s is not written: %w", path, withoutPath(err))
	}
	return nil
}

// replace writes text to path through a file beside it. It is synced, once: a rename may reach the disk before what it names.
func replace(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
