package runner

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What BenchmarkOpenLoopLag compares.
const (
	lagRate  = 5000
	lagRound = 500 * time.Millisecond
	lagGap   = time.Second / lagRate
)

// instantTarget answers at once.
type instantTarget struct{}

func (instantTarget) NewInvoker(int) (Invoker, error) { return instantTarget{}, nil }

func (instantTarget) Invoke(context.Context, uint64, *Result) {}

func (instantTarget) Close() error { return nil }

// BenchmarkOpenLoopLag compares how late requests leave with how late bare loops of system sleeps come back, in short rounds in
// random order. Figures are medians over the rounds: what disturbs the machine for some milliseconds decides the p99 of its round.
// A bare nanosleep loop has the slack of 50 us that the system gives to all; "exact" is one without. It takes some ten rounds to
// say anything about p99: go test -run '^$' -bench OpenLoopLag -benchtime 30x.
func BenchmarkOpenLoopLag(b *testing.B) {
	kinds := []struct {
		name  string
		round func() *Hist
		lags  rounds
	}{
		{name: "pool", round: func() *Hist { return lagOfPool(b) }},
		{name: "sleep", round: func() *Hist { return lagOf(time.Sleep) }},
		{name: "nanosleep", round: func() *Hist { return lagOfNanosleep(50_000) }},
		{name: "exact", round: func() *Hist { return lagOfNanosleep(1) }},
	}
	rng := newRand()
	for b.Loop() {
		for _, i := range rng.Perm(len(kinds)) {
			kinds[i].lags.add(kinds[i].round())
		}
	}
	for name, q := range map[string]float64{"p50": 0.5, "p99": 0.99} {
		for _, k := range kinds {
			b.ReportMetric(micro(k.lags.median(q)), k.name+"-"+name+"-us")
		}
		best := min(kinds[1].lags.median(q), kinds[2].lags.median(q))
		b.ReportMetric(float64(kinds[0].lags.median(q))/float64(best), name+"-ratio")
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

// lagOfPool is the send lag of a pool.
func lagOfPool(b *testing.B) *Hist {
	lag := new(Hist)
	p, err := NewPool(Config{Target: instantTarget{}, Sink: func(d *Delta) { lag.Merge(d.Hist[SendLag]) }})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Apply(Plan{Loop: Open, Rate: lagRate, Users: 64}); err != nil {
		b.Fatal(err)
	}
	time.Sleep(lagRound)
	if err := p.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	return lag
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
