package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sagetop/internal/session"
	"sagetop/runner"
)

// Errors of reading a run back.
var (
	ErrTimeline = errors.New("not a timeline of sagetop")
	ErrNewer    = errors.New("was written by a newer sagetop")
	ErrNoRun    = errors.New("no such run")
)

// longestLine that is read. Lines of a run are a few kilobytes.
const longestLine = 4 << 20

// Run is a run read back. It is a session.Watcher that shows the run's end.
type Run struct {
	info session.Info
	book *session.Book
	lost string
}

// Open reads the timeline of the run folder dir.
func Open(dir string) (*Run, error) {
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		return nil, missing(dir, err)
	}
	defer f.Close()
	r, err := read(f, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return r, nil
}

// State shows the run as of its last line. Lost says what could not be read.
func (r *Run) State(st *session.State) {
	r.book.State(st)
	st.Lost = r.lost
}

// Summary of what the timeline holds.
func (r *Run) Summary() *Summary {
	var st session.State
	r.State(&st)
	return Summarize(&st)
}

// Read gives the summary of the run in dir: run.json, or what the timeline says where the process died before it could write that.
func Read(dir string) (*Summary, error) {
	s, err := readSummary(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Recover(dir)
	}
	return s, err
}

// readSummary of a run that is over.
func readSummary(dir string) (*Summary, error) {
	path := filepath.Join(dir, SummaryFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, withoutPath(err))
	}
	s := new(Summary)
	switch err = json.Unmarshal(text, s); {
	case s.Schema != "" && s.Schema != Schema: // whatever else may be wrong with it
		return nil, fmt.Errorf("%s: %w", path, newer(s.Schema, Schema, s.Version))
	case err == nil && s.Schema == "":
		err = errors.New("it has no schema, as the summary of a run has")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w\nwithout that file the run is read from %s", path, err, TimelineFile)
	}
	return s, nil
}

// Recover summarises the run in dir from its timeline alone. It writes nothing: the run may still be going on.
func Recover(dir string) (*Summary, error) {
	r, err := Open(dir)
	if err != nil {
		return nil, err
	}
	return r.Summary(), nil
}

// reading of a timeline, which may still grow.
type reading struct {
	from    *bufio.Reader
	text    []byte // of the line that is being read
	long    bool   // it is longer than what is kept
	bytes   int64  // so far
	n       int    // lines so far
	skipped int
	why     string // of the first one that was skipped
	deltas  deltas // what takes them in as the Book does; nil: nothing
}

// deltas is what takes in a run's Deltas beside its Book.
type deltas interface{ add(d *runner.Delta) }

func newReading(from io.Reader) *reading { return &reading{from: bufio.NewReaderSize(from, 64<<10)} }

// read puts a timeline into a Book, and its Deltas into d as well. Lines that cannot be read are left out, and said.
func read(from io.Reader, d deltas) (*Run, error) {
	in := newReading(from)
	in.deltas = d
	info, err := in.config()
	if err != nil {
		return nil, err
	}
	r := &Run{info: *info}
	if r.book, err = session.NewBook(r.info); err != nil {
		return nil, err
	}
	for {
		text, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if text != nil {
			in.put(text, r.book)
		}
	}
	r.book.Close()
	r.lost = in.lost(true)
	return r, nil
}

// config reads the first line.
func (in *reading) config() (*session.Info, error) {
	text, err := in.next()
	if err == io.EOF {
		return nil, fmt.Errorf("%w: its first line is missing or torn", ErrTimeline)
	}
	if err != nil {
		return nil, err
	}
	l, err := decode(text)
	if err != nil || l.Kind != kindConfig || l.Config == nil {
		return nil, fmt.Errorf("%w: its first line is not a run's config", ErrTimeline)
	}
	if l.Config.Schema != TimelineSchema {
		return nil, newer(l.Config.Schema, TimelineSchema, l.Config.Version)
	}
	return l.Config, nil
}

// newer says which sagetop reads what this one cannot.
func newer(schema, own, version string) error {
	which := "the sagetop that wrote it"
	if version != "" {
		which = fmt.Sprintf("sagetop %.40s or later", version)
	}
	return fmt.Errorf("%w: its schema is %.40q, this one reads %q; %s reads it", ErrNewer, schema, own, which)
}

// next line, valid until the one after it is asked for; nil for one that is too long. Memory stays within longestLine. At the end,
// what there is of a last line waits for its rest: more may be read later.
func (in *reading) next() ([]byte, error) {
	for {
		part, err := in.from.ReadSlice('\n')
		in.take(part)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err != nil:
			return nil, err
		}
		in.n++
		text, long := in.text, in.long
		in.text, in.long = in.text[:0], false
		if long {
			in.skip(fmt.Errorf("longer than %d MB", longestLine>>20))
			return nil, nil
		}
		return text, nil
	}
}

func (in *reading) take(part []byte) {
	in.bytes += int64(len(part))
	if in.long = in.long || len(in.text)+len(part) > longestLine; in.long {
		in.text = nil
	} else {
		in.text = append(in.text, part...)
	}
}

// torn says that the last line has no end.
func (in *reading) torn() bool { return len(in.text) > 0 || in.long }

// put one line into b.
func (in *reading) put(text []byte, b *session.Book) {
	l, err := decode(text)
	if err != nil {
		in.skip(err)
		return
	}
	if l.ends() {
		b.Close() // as the session did before it wrote this line: for the seconds that were still open nothing came any more
	}
	if err := l.write(b); err != nil {
		in.skip(err)
	} else if l.Delta != nil && in.deltas != nil {
		in.deltas.add(l.Delta)
	}
}

func (in *reading) skip(why error) {
	if in.skipped++; in.skipped == 1 {
		in.why = fmt.Sprintf("line %d: %v", in.n, why)
	}
}

// lost says which lines are not in the Book. The rest of a torn last one may come, until the run is over.
func (in *reading) lost(over bool) string {
	var skipped, torn string
	if in.skipped > 0 {
		skipped = fmt.Sprintf("%d of %d lines of %s are left out (%.200s)", in.skipped, in.n, TimelineFile, in.why)
	}
	if over && in.torn() {
		torn = "the last line of " + TimelineFile + " is torn and left out: the process was killed, or the disk was full"
	}
	return joined(skipped, torn)
}

// missing says that dir holds no run, or cannot be read.
func missing(dir string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be read: %w", dir, err)
	}
	return fmt.Errorf("%w: %s has no %s", ErrNoRun, dir, TimelineFile)
}
