package runner

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Errors of a Ledger.
var (
	ErrRepeated = errors.New("runner: this delta was added before")
	ErrClosed   = errors.New("runner: the ledger is closed")
)

const (
	defaultPeriod = 10 * time.Second
	trailing      = 10 // seconds of the trailing windows
	patience      = 2  // seconds that all other workers must be ahead before a second closes without one
)

// LedgerConfig says what a Ledger judges and how it divides time.
type LedgerConfig struct {
	SLO    time.Duration // response times above it count as Over; 0: none
	Period time.Duration // of Snapshot.Periods, whole seconds; 0: 10 s
}

// Ledger turns Deltas into figures. It is a Viewer: of a running load, or of a replay. The same Deltas in the same order give the
// same Snapshot, also after they were written as JSON and read back.
//
// A second closes once every worker seen so far, but for those who sent their Last one, sent its Final Delta for it; figures are made
// then, once a second. A worker that fell silent is waited for until all others are 2 s ahead; what it still sends for a closed second
// counts in the oldest open one. Percentiles come from merged histograms only.
type Ledger struct {
	slo    time.Duration
	period int64 // seconds

	mu       sync.Mutex
	closed   bool
	workers  map[string]*worker
	open     []*moment // by second, oldest first
	upTo     int64     // seconds before it are closed
	recent   []*moment // closed, for the trailing windows, oldest first
	spare    []*moment
	segments map[int]*segment // not published yet
	sealed   int              // segments up to this one are published
	errors   errorTable       // of everything
	run      *tally
	steady   *tally
	inPeriod *tally
	scratch  *tally
	figures  Snapshot
}

// worker is what the Ledger knows of one.
type worker struct {
	seq      uint64
	gone     bool        // it sent its last Delta
	final    int64       // its last second with a Final Delta
	inFlight map[int]int // by segment, where there is any
}

// segment that is not published yet.
type segment struct {
	tally    *tally
	inFlight int
	sealed   *Window // its figures, when they are final; then tally is nil
}

// NewLedger returns an empty Ledger.
func NewLedger(cfg LedgerConfig) (*Ledger, error) {
	if cfg.Period == 0 {
		cfg.Period = defaultPeriod
	}
	if cfg.Period < time.Second || cfg.Period%time.Second != 0 {
		return nil, fmt.Errorf("%w: a period of %v, must be whole seconds", ErrConfig, cfg.Period)
	}
	if cfg.SLO < 0 {
		return nil, fmt.Errorf("%w: an SLO of %v, must be more than 0", ErrConfig, cfg.SLO)
	}
	return &Ledger{
		slo: cfg.SLO, period: int64(cfg.Period / time.Second),
		workers: make(map[string]*worker), segments: make(map[int]*segment),
		errors: errorTable{limit: maxRunErrors}, run: newTally(maxRunErrors), steady: newTally(maxRunErrors),
		inPeriod: newTally(maxFailures), scratch: newTally(maxFailures),
	}, nil
}

// Add takes d in; it keeps nothing that d points to, Samples excepted. Of a worker's Deltas each Seq counts once: a repeated one is
// left out with an error wrapping ErrRepeated, and Seqs that are skipped are counted in Snapshot.Missing.
func (l *Ledger) Add(d *Delta) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	w := l.worker(d.Worker)
	if d.Seq <= w.seq {
		return fmt.Errorf("%w: number %d of worker %q, after %d", ErrRepeated, d.Seq, d.Worker, w.seq)
	}
	l.figures.Missing += d.Seq - w.seq - 1
	w.seq, w.gone = d.Seq, d.Last
	l.count(d, w)
	if d.Final {
		l.finish(d, w)
	}
	return nil
}

func (l *Ledger) worker(name string) *worker {
	w := l.workers[name]
	if w == nil {
		w = &worker{inFlight: make(map[int]int)}
		l.workers[name] = w
	}
	return w
}

// count takes in the requests of d.
func (l *Ledger) count(d *Delta, w *worker) {
	l.figures.State, l.figures.Plan = Running, d.Plan
	l.figures.Total.Add(d.Counts)
	l.errors.merge(d.Errors)
	l.moment(max(d.Second, l.upTo)).add(d, l.slo, l.errors.canonical)
	if s := l.segment(d.Segment); s != nil {
		s.inFlight += d.InFlight - w.inFlight[d.Segment]
	}
	w.inFlight[d.Segment] = d.InFlight
	if d.InFlight == 0 {
		delete(w.inFlight, d.Segment)
	}
}

// segment is nil for one that is sealed: what comes late for it counts everywhere but there.
func (l *Ledger) segment(number int) *segment {
	if number <= l.sealed {
		return nil
	}
	s := l.segments[number]
	if s == nil {
		s = &segment{tally: newTally(maxFailures)}
		l.segments[number] = s
	}
	return s
}

// finish takes in what a worker's last Delta of a second says of that worker, and closes the seconds that all are done with.
func (l *Ledger) finish(d *Delta, w *worker) {
	s := l.moment(max(d.Second, l.upTo))
	s.users += d.Users
	s.due += d.Due
	for _, n := range w.inFlight {
		s.inFlight += n
	}
	w.final = max(w.final, d.Second)
	if d.Segment == 0 {
		return // before the load: its second may still be the load's first one
	}
	for len(l.open) > 0 && l.over(l.open[0].second) {
		l.closeSecond()
	}
}

// over says whether second can be closed: all workers are done with it, or those who are not lag behind all others.
func (l *Ledger) over(second int64) bool {
	late, ahead, active := 0, 0, 0
	for _, w := range l.workers {
		if w.gone {
			continue
		}
		active++
		switch {
		case w.final < second:
			late++
		case w.final >= second+patience:
			ahead++
		}
	}
	return late == 0 || late+ahead == active && ahead > 0
}

// moment is the open one of a second, made when there is none.
func (l *Ledger) moment(second int64) *moment {
	i, found := slices.BinarySearchFunc(l.open, second, func(s *moment, at int64) int { return int(s.second - at) })
	if found {
		return l.open[i]
	}
	s := new(moment)
	if n := len(l.spare); n > 0 {
		s, l.spare = l.spare[n-1], l.spare[:n-1]
	}
	s.second = second
	l.open = slices.Insert(l.open, i, s)
	return s
}

// Close closes the seconds that are open still: no further Delta will come. It may be called again.
func (l *Ledger) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	for len(l.open) > 0 {
		l.closeSecond()
	}
	l.closed = true
	l.figures.State = Stopped
	l.seal(true)
}

// Hist is a copy of the histogram of m over the whole run without warm-up.
func (l *Ledger) Hist(m Measure) *Hist {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.run.hist[m].Clone()
}

// Snapshot writes the figures as of the last closed second to s. Total and Errors may be ahead by what came after it.
func (l *Ledger) Snapshot(s *Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.figures
	*s = *f
	s.Segments, s.Periods, s.Seconds = slices.Clip(f.Segments), slices.Clip(f.Periods), slices.Clip(f.Seconds)
	s.InFlight = s.Total.InFlight()
	s.Errors = l.errors.sorted()
}
