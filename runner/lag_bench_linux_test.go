package runner

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What BenchmarkOpenLoopLag compares.
const (
	lagRate  = 5000
	lagRound = time.Second
	lagGap   = time.Second / lagRate
)

// instantTarget answers at once.
type instantTarget struct{}

func (instantTarget) NewInvoker(int) (Invoker, error) { return instantTarget{}, nil }

func (instantTarget) Invoke(context.Context, uint64, *Result) {}

func (instantTarget) Close() error { return nil }

// BenchmarkOpenLoopLag compares how late requests leave with how late bare loops of system sleeps come back, in short rounds that
// take turns. Figures are medians over the rounds: what disturbs the machine for some milliseconds decides the p99 of its round. A
// bare nanosleep loop has the slack of 50 us that the system gives to all; "exact" is one without.
func BenchmarkOpenLoopLag(b *testing.B) {
	p, take := lagPool(b)
	var pool, timer, nano, exact rounds
	for b.Loop() {
		pool.add(lagOfPool(b, p, take))
		timer.add(lagOf(time.Sleep))
		nano.add(lagOfNanosleep(50_000))
		exact.add(lagOfNanosleep(1))
	}
	b.StopTimer()
	if err := p.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	for name, r := range map[string]rounds{"pool": pool, "sleep": timer, "nanosleep": nano, "exact": exact} {
		b.ReportMetric(micro(r.median(0.5)), name+"-p50-us")
		b.ReportMetric(micro(r.median(0.99)), name+"-p99-us")
	}
	for name, q := range map[string]float64{"p50": 0.5, "p99": 0.99} {
		b.ReportMetric(float64(pool.median(q))/float64(min(timer.median(q), nano.median(q))), name+"-ratio")
	}
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// rounds are the lags of one kind, round by round.
type rounds []*Hist

func (r *rounds) add(h *Hist) { *r = append(*r, h) }

// median over the rounds of their quantile q.
func (r rounds) median(q float64) time.Duration {
	list := make([]time.Duration, len(r))
	for i, h := range r {
		list[i] = h.Quantile(q)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// lagPool is a pool at rest, and what takes the send lags that it recorded.
func lagPool(b *testing.B) (p *Pool, take func() *Hist) {
	var mu sync.Mutex
	lag := new(Hist)
	p, err := NewPool(Config{Target: instantTarget{}, Sink: func(d *Delta) {
		mu.Lock()
		defer mu.Unlock()
		lag.Merge(d.Hist[SendLag])
	}})
	if err != nil {
		b.Fatal(err)
	}
	return p, func() *Hist {
		mu.Lock()
		defer mu.Unlock()
		taken := lag
		lag = new(Hist)
		return taken
	}
}

func lagOfPool(b *testing.B, p *Pool, take func() *Hist) *Hist {
	plan := Plan{Loop: Open, Rate: lagRate, Users: 64}
	for _, plan.Paused = range []bool{false, true} { // the second round is the pause that the second's end is cut in
		if err := p.Apply(plan); err != nil {
			b.Fatal(err)
		}
		time.Sleep(lagRound)
	}
	return take()
}

// lagOfNanosleep measures a bare loop of clock_nanosleep on a thread of its own.
func lagOfNanosleep(slack uintptr) *Hist {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, slack, 0, 0, 0)
	return lagOf(func(d time.Duration) {
		left := unix.NsecToTimespec(int64(d))
		_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &left, nil)
	})
}

func lagOf(sleep func(time.Duration)) *Hist {
	lag, start := new(Hist), time.Now()
	for due := lagGap; due <= lagRound; due += lagGap {
		for left := due - time.Since(start); left > 0; left = due - time.Since(start) {
			sleep(left)
		}
		lag.Record(time.Since(start) - due)
	}
	return lag
}
