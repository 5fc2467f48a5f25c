package report

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sagetop/internal/session"
)

const (
	followEvery = 500 * time.Millisecond // a run that goes on is looked at for new lines
	quietLoad   = 10 * time.Second       // under load there are lines each second: after so long without any it hangs
	quietElse   = 2 * time.Minute        // before and after the load only what CloudWatch says
	saidFor     = 10 * time.Second       // of the run: what came of a key stands in the log
)

// Replay looks back at the run in a folder, which may be over, have been killed, or go on. It is a session.Conductor that shows what
// a screen could have shown then, and can be moved in time. While it stands at the end of a run that goes on, it follows it.
type Replay struct {
	dir   string
	file  *os.File
	in    *reading
	book  *session.Book
	whole chan struct{} // closed once all was read that there was
	once  sync.Once

	mu      sync.Mutex
	moments *moments
	at      int           // number of the moment that is shown; end: whichever is the newest
	shown   session.State // as of the last look
	changed bool          // since then
	look    session.Look
	lost    string
	pace    pace
	said    []session.Event // of what was asked for here, at the moment at which it was
	saving  bool            // a screen
}

// end stands for the newest moment.
const end = -1

// NewReplay opens the timeline of the run folder dir. What is in it is read by Follow.
func NewReplay(dir string) (*Replay, error) { return newReplay(dir, mostBytes) }

func newReplay(dir string, most int) (*Replay, error) {
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		return nil, missing(dir, err)
	}
	r := &Replay{dir: dir, file: f, in: newReading(f), whole: make(chan struct{}), moments: newMoments(most), at: end, pace: pace{speed: 1}}
	info, err := r.in.config()
	if err == nil {
		r.book, err = session.NewBook(*info)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	r.keep()
	return r, nil
}

// Follow reads the timeline, and then what is added to it, until ctx ends.
func (r *Replay) Follow(ctx context.Context) {
	defer r.file.Close()
	t := time.NewTicker(followEvery)
	defer t.Stop()
	for {
		r.read(ctx)
		r.once.Do(func() { close(r.whole) })
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// Whole is closed once all was read that there was.
func (r *Replay) Whole() <-chan struct{} { return r.whole }

// read what there is.
func (r *Replay) read(ctx context.Context) {
	orphan := orphaned(r.file) // before it is read to its end: then that is the end of it
	size, wrote := r.grown()
	for ctx.Err() == nil {
		text, err := r.in.next()
		if err != nil {
			if err != io.EOF {
				r.in.skip(err)
			}
			r.pauseReading(wrote, orphan)
			return
		}
		if text != nil {
			r.in.put(text, r.book)
		}
		r.progress(size)
	}
}

// grown is how long the timeline is, and when it was last written to.
func (r *Replay) grown() (size int64, wrote time.Time) {
	info, err := r.file.Stat()
	if err != nil {
		return 0, time.Time{}
	}
	return info.Size(), info.ModTime()
}

// keep what the Book shows now.
func (r *Replay) keep() {
	var st session.State
	r.book.State(&st)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moments.add(&st)
	r.look.End, r.changed = st.Now, true
}

// progress after each line.
func (r *Replay) progress(size int64) {
	r.keep()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.look.Read < 1 {
		r.look.Read = min(float64(r.in.bytes)/float64(max(size, 1)), 0.99)
	}
}

// pauseReading until there is more. A run that has no end goes on, or is broken off: at once where it has no process any more, and once
// nothing came for long.
func (r *Replay) pauseReading(wrote time.Time, orphan bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	newest := &r.moments.newest
	patience := quietLoad
	if newest.Phase.LoadOver() || newest.Phase == session.Scale {
		patience = quietElse
	}
	before, lost := r.look, r.lost
	r.look.Read = 1
	r.look.GoesOn = newest.Phase != session.Done && !orphan && time.Since(wrote) < patience
	r.look.Broken = newest.Phase != session.Done && !r.look.GoesOn
	r.lost = r.in.lost(!r.look.GoesOn)
	r.changed = r.changed || r.look != before || r.lost != lost
}

// State shows the moment that is looked at.
func (r *Replay) State(st *session.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.play(time.Now())
	if r.changed {
		r.changed = false
		r.render()
	}
	*st = r.shown
}

// noLogs is said where the endpoint's logs would be.
const noLogs = "the endpoint's logs are in no run folder: they can be read while a run goes on, or in the CloudWatch console"

// render makes the State that is shown.
func (r *Replay) render() {
	st := &r.shown
	r.moments.show(r.index(), st)
	st.Place, st.Look, st.Lost, st.Logs.Problem = session.Past, r.look, r.lost, noLogs
	if r.pace.on {
		st.Look.Speed = r.pace.speed
	}
	for _, e := range r.said {
		if age := st.Now.Sub(e.At); age >= 0 && age < saidFor {
			st.Events = append(st.Events[:len(st.Events):len(st.Events)], e)
		}
	}
}

// index of the moment that is shown.
func (r *Replay) index() int {
	if r.at == end {
		return len(r.moments.kept) - 1
	}
	return r.moments.of(r.at)
}
