package tui

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
)

// moving is a run whose figures change each second, as those of a real one do.
type moving struct {
	mu    sync.Mutex
	scene *scene
	rnd   *rand.Rand
	next  time.Time
	over  bool
}

func newMoving(s *scene) *moving {
	return &moving{scene: s, rnd: rand.New(rand.NewPCG(1, 2)), next: time.Now()}
}

func (m *moving) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
}

// State moves on by the seconds that went by.
func (m *moving) State(st *session.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for now := time.Now(); !now.Before(m.next); m.next = m.next.Add(time.Second) {
		m.step()
	}
	m.scene.Load.InFlight = 90 + m.rnd.IntN(20)
	if m.over {
		m.scene.Phase = session.Done
	}
	*st = m.scene.State
}

func (m *moving) step() {
	s := m.scene
	s.segment-- // the same Plan goes on
	s.load(stretch{
		seconds: 1, plan: s.Load.Plan, ok: 190 + m.rnd.Uint64N(25), failed: 450 + m.rnd.Uint64N(90),
		p50: 520 + 40*m.rnd.Float64(), p99: 590 + 60*m.rnd.Float64(),
	})
}

func (*moving) Do(session.Command) error { return nil }

// One picture at 120x36 with new figures and new charts: pulled, drawn and put together. The slowest in a hundred takes ms-p99.
func BenchmarkFrame(b *testing.B) {
	b.ReportAllocs()
	s := saturated()
	c := &fake{st: s.State}
	m := newModel(c, Options{})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	took := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		begin := time.Now()
		m.charts.drawn = chartKey{} // as if a second had been closed
		m.Update(tickMsg{})
		_ = m.View()
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(millis(took[(len(took)*99-1)/100]), "ms-p99")
}

// The same between two closed seconds.
func BenchmarkFrameNumbers(b *testing.B) {
	b.ReportAllocs()
	c := &fake{st: saturated().State}
	m := newModel(c, Options{})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	for b.Loop() {
		m.Update(tickMsg{})
		_ = m.View()
	}
}

// counting is a terminal that only counts.
type counting struct {
	mu    sync.Mutex
	bytes int
}

func (c *counting) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes += len(p)
	return len(p), nil
}

func (c *counting) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.bytes
	c.bytes = 0
	return n
}

// BenchmarkBytes is how much the whole program writes to a terminal of 80x24 while figures move, the first picture left out: early in
// a run, when each second is a new column of the charts, and later.
func BenchmarkBytes(b *testing.B) {
	b.Run("first minute", func(b *testing.B) { benchmarkBytes(b, starting()) })
	b.Run("after 7 minutes", func(b *testing.B) { benchmarkBytes(b, saturated()) })
}

func benchmarkBytes(b *testing.B, s *scene) {
	const watched = 10 * time.Second
	run, out, ended := newMoving(s), &counting{}, make(chan error, 1)
	go func() { ended <- run80x24(b.Context(), out, run) }()
	time.Sleep(2 * time.Second)
	out.take()
	var bytes, seconds float64
	for b.Loop() {
		time.Sleep(watched)
		bytes += float64(out.take())
		seconds += watched.Seconds()
	}
	b.ReportMetric(bytes/seconds, "bytes/s")
	run.end()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// run80x24 is Run without a keyboard on a terminal of that size.
func run80x24(ctx context.Context, out *counting, c session.Conductor) error {
	o := Options{Environ: []string{"TERM=xterm-256color"}}
	return run(ctx, nil, out, c, o, patience, tea.WithWindowSize(80, 24))
}
