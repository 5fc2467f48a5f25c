package simulator

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// What containers log. The start and the end of a container follow from its instance's life and are written down nowhere; what goes
// wrong with requests is kept here, the newest keptEvents of a container.

const (
	keptEvents  = 256
	keptStreams = 1000
	sameWithin  = 10 * time.Second // of what goes wrong in one way, the first is logged, then how often it was repeated
)

// trouble is a way in which a request goes wrong in a container.
type trouble uint8

const (
	troubleRefused trouble = iota
	troubleTimedOut
	troubleFailed
	troubles
)

// logStream is a container, by where it runs. Variants that come after each other under one name are not the same.
type logStream struct {
	variant  *model.Variant
	instance int
}

// logEvent is a line of a container.
type logEvent struct {
	at      time.Duration
	stream  string
	seq     uint64 // within the stream
	message string
}

// order of events in a group.
func (e *logEvent) order(f *logEvent) int {
	return cmp.Or(cmp.Compare(e.at, f.at), cmp.Compare(e.stream, f.stream), cmp.Compare(e.seq, f.seq))
}

// id looks like AWS's: 56 digits, and stays the same.
func (e *logEvent) id(at time.Time) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(e.stream))
	return fmt.Sprintf("%020d%016d%020d", at.UnixMilli(), h.Sum32(), e.seq)
}

// logbook of all containers.
type logbook struct {
	mu      sync.Mutex
	streams map[logStream]*troubled
}

// troubled are the events of one container, the oldest first.
type troubled struct {
	events []logEvent
	last   uint64 // seq
	since  [troubles]repeated
}

// repeated counts what is not written because it was a moment ago.
type repeated struct {
	until time.Duration
	n     int
}

// firstTrouble is above the seq of what follows from an instance's life.
const firstTrouble = 100

// note writes down that something went wrong at t, which may lie ahead. say is only called when a line is written.
func (b *logbook) note(where logStream, what trouble, t time.Duration, say func() string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.streams[where]
	if c == nil {
		c = b.open(where)
	}
	if r := &c.since[what]; t < r.until {
		r.n++
		return
	}
	c.settle(what, t)
	c.since[what].until = t + sameWithin
	c.write(t, say())
}

// open begins a stream, in the place of the one that was silent for longest if there are too many.
func (b *logbook) open(where logStream) *troubled {
	if b.streams == nil {
		b.streams = map[logStream]*troubled{}
	}
	if len(b.streams) >= keptStreams {
		var oldest logStream
		for s, c := range b.streams {
			if o := b.streams[oldest]; o == nil || c.newest() < o.newest() {
				oldest = s
			}
		}
		delete(b.streams, oldest)
	}
	c := &troubled{last: firstTrouble}
	b.streams[where] = c
	return c
}

func (c *troubled) newest() time.Duration { return c.events[len(c.events)-1].at }

// settle writes how often something was repeated, once that is over at t.
func (c *troubled) settle(what trouble, t time.Duration) {
	if r := &c.since[what]; r.n > 0 && r.until <= t {
		c.write(r.until, fmt.Sprintf("[WARN ] model-server - The last message about %s was repeated %d times within %v", what, r.n, sameWithin))
		r.n = 0
	}
}

func (t trouble) String() string {
	return [troubles]string{"a refused request", "a timed out request", "a failed request"}[t]
}

func (c *troubled) write(at time.Duration, message string) {
	if len(c.events) == keptEvents {
		c.events = slices.Delete(c.events, 0, 1)
	}
	c.last++
	c.events = append(c.events, logEvent{at: at, seq: c.last, message: message})
}

// read copies the events of a container up to now.
func (b *logbook) read(where logStream, now time.Duration) []logEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.streams[where]
	if c == nil {
		return nil
	}
	for what := range troubles {
		c.settle(what, now)
	}
	return slices.DeleteFunc(slices.Clone(c.events), func(e logEvent) bool { return e.at > now })
}

// logOutcome lets the container log what went wrong with x, which arrived at t.
func (s *Server) logOutcome(x *wire.Call, v *variant, t time.Duration, a *model.Admission) {
	where := logStream{v.Variant, a.Instance}
	switch a.Outcome {
	case model.Refused:
		s.logs.note(where, troubleRefused, t, func() string { return refusedLine(x, v.Profile().Backlog) })
	case model.Crashed:
		s.logs.note(where, troubleFailed, t, func() string {
			return fmt.Sprintf("[ERROR] model-server - Request %s failed with status 500: %s", x.ID, crashedMessage)
		})
	case model.TimedOut, model.Broken:
		s.logs.note(where, troubleTimedOut, t+a.Model, func() string {
			return fmt.Sprintf("[ERROR] model-server - Request %s ended: no response from the model within %v", x.ID, v.Profile().Timeout)
		})
	}
}

func refusedLine(x *wire.Call, backlog int) string {
	return fmt.Sprintf("[WARN ] model-server - Request %s refused: the job queue is full (%d waiting)", x.ID, backlog)
}

// logFault lets the oldest container log a fault that stands for one of its own.
func (s *Server) logFault(x *wire.Call, kind FaultKind, message string) {
	e := s.exactly(x.Endpoint)
	if e == nil || kind != FaultModel && kind != FaultRefused {
		return
	}
	v := e.named(x)
	lives := v.Lifetimes(s.now())
	if len(lives) == 0 {
		return
	}
	where := logStream{v.Variant, lives[0].Number}
	if kind == FaultRefused {
		s.logs.note(where, troubleRefused, s.now(), func() string { return refusedLine(x, v.Profile().Backlog) })
		return
	}
	s.logs.note(where, troubleFailed, s.now(), func() string {
		return fmt.Sprintf("[ERROR] model-server - Request %s failed with status 500: %s", x.ID, cmp.Or(message, modelFailedMessage))
	})
}

// life is what a container logs of itself up to now.
func life(in *model.Lifetime, p *model.Profile, now time.Duration) []logEvent {
	if in.Ready > now {
		return nil
	}
	lines := []string{
		fmt.Sprintf("[INFO ] model-server - Started: model %s, workers %d, job queue %d, response timeout %v", p.Name, p.Workers, p.Backlog, p.Timeout),
		"[INFO ] model-server - Listening on port 8080",
	}
	if w := p.Warmup; in.Cold && (w.Factor > 0 || w.First > 0) {
		lines = append(lines, fmt.Sprintf("[WARN ] model-server - Workers are cold: the first request of each takes %v longer, and all take up to %.2g times as long at first, easing over %v", w.First, 1+w.Factor, w.Decay))
	}
	var out []logEvent
	for i, line := range lines {
		out = append(out, logEvent{at: in.Ready, seq: uint64(i), message: line})
	}
	if in.Left <= now {
		out = append(out, logEvent{at: in.Left, seq: firstTrouble - 1, message: "[INFO ] model-server - Told to end: no longer in service"})
	}
	return out
}

// containerLog is a log stream as it can be read.
type containerLog struct {
	name   string // VARIANT/INSTANCE, or VARIANT/COPY
	began  time.Duration
	events []logEvent // in order
}

func (s *Server) containerLog(v *variant, in *model.Lifetime, now time.Duration) containerLog {
	profile := v.Profile()
	c := containerLog{name: v.name + "/" + in.ID, began: in.Ready}
	c.events = append(life(in, &profile, now), s.logs.read(logStream{v.Variant, in.Number}, now)...)
	for i := range c.events {
		c.events[i].stream = c.name
	}
	slices.SortStableFunc(c.events, func(a, b logEvent) int { return a.order(&b) })
	return c
}

// containerLogs of a group, of all that logged anything up to now, by name.
func (s *Server) containerLogs(l *logged, now time.Duration) []containerLog {
	var out []containerLog
	for _, v := range l.by {
		for _, in := range v.Lifetimes(now) {
			if c := s.containerLog(v, &in, now); len(c.events) > 0 {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b containerLog) int { return cmp.Compare(a.name, b.name) })
	return out
}
