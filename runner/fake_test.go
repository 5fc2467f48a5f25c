package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeTarget answers after a time, in the fake clock of a synctest bubble.
type fakeTarget struct {
	takes  func(user int, n uint64) time.Duration // nil: 70 ms
	fails  func(n uint64) Failure                 // nil: never
	during func(user int, n uint64)               // called while a request is in flight
	before time.Duration                          // of what a request takes: until it is sent
	after  time.Duration                          // of what a request takes: once its answer is there
	refuse func(user int) error                   // by NewInvoker
	deaf   chan struct{}                          // when set, requests ignore their context and wait for it

	mu       sync.Mutex
	sent     map[uint64]int
	open     atomic.Int64
	mostOpen int64
	made     []int // users, in the order of their Invokers
}

func (t *fakeTarget) NewInvoker(user int) (Invoker, error) {
	if t.refuse != nil {
		if err := t.refuse(user); err != nil {
			return nil, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made = append(t.made, user)
	t.mostOpen = max(t.mostOpen, t.open.Add(1))
	return &fakeInvoker{target: t, user: user}, nil
}

func (t *fakeTarget) users() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.made)
}

func (t *fakeTarget) requests() map[uint64]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent
}

type fakeInvoker struct {
	target *fakeTarget
	user   int
}

func (i *fakeInvoker) Invoke(ctx context.Context, n uint64, r *Result) {
	t := i.target
	t.mu.Lock()
	if t.sent == nil {
		t.sent = make(map[uint64]int)
	}
	t.sent[n]++
	during := t.during
	t.mu.Unlock()
	if during != nil {
		during(i.user, n)
	}
	if t.deaf != nil {
		<-t.deaf
		return
	}
	takes := 70 * time.Millisecond
	if t.takes != nil {
		takes = t.takes(i.user, n)
	}
	if takes > 0 { // in a bubble, a timer that is over when it is looked at crashes the race detector of Go 1.26
		select {
		case <-time.After(takes):
		case <-ctx.Done():
		}
	}
	r.BytesIn, r.BytesOut, r.Before, r.After = 10, 3, t.before, t.after
	if t.fails != nil {
		r.Failure = t.fails(n)
	}
}

// Explain names the request after its number, with a byte that is no text.
func (i *fakeInvoker) Explain(s *Sample) {
	s.RequestID, s.Message = fmt.Sprint("request-", s.Request), "said\xff"
}

func (i *fakeInvoker) Close() error {
	i.target.open.Add(-1)
	return nil
}

// tape keeps the Deltas of a Sink, as a journal would: as JSON.
type tape struct {
	t      *testing.T
	mu     sync.Mutex
	lines  [][]byte
	deltas []Delta
}

func (r *tape) sink(d *Delta) {
	line, err := json.Marshal(d)
	if err != nil {
		r.t.Error(err)
	}
	var back Delta
	if err := json.Unmarshal(line, &back); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
	r.deltas = append(r.deltas, back)
}

func (r *tape) all() []Delta {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.deltas)
}

func noClient(*Client) {}

// newLoad is a Pool on a fake target. Its tape is checked when the test ends.
func newLoad(t *testing.T, target Target, change func(*Config)) (*Pool, *tape) {
	t.Helper()
	r := &tape{t: t}
	ledger, err := NewLedger(LedgerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Target: target, Ledger: ledger, Sink: r.sink, Seed: 1, MeasureClient: noClient}
	if change != nil {
		change(&cfg)
	}
	p, err := NewPool(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.wait = func(at time.Duration) { time.Sleep(at - p.elapsed()) } // the system's sleep does not know the bubble's clock
	t.Cleanup(ledger.Close)
	return p, r
}

func apply(t *testing.T, l Load, p Plan) {
	t.Helper()
	if err := l.Apply(p); err != nil {
		t.Fatal(err)
	}
}

func stop(t *testing.T, l Load) {
	t.Helper()
	if err := l.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// bubble runs f in fake time. Its clock is off whole seconds by what other tests would not notice: 137 ms and a bit.
func bubble(t *testing.T, f func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(137*time.Millisecond + 11)
		f(t)
	})
}

// wait lets d pass.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// checkTape holds what must be true of the Deltas of any one worker's load.
func checkTape(t *testing.T, deltas []Delta) {
	t.Helper()
	sums := make(map[int]*Counts)
	var lengths []time.Duration // of seconds
	for i, d := range deltas {
		if d.Seq != uint64(i+1) {
			t.Fatalf("delta %d has number %d", i+1, d.Seq)
		}
		sum := sums[d.Segment]
		if sum == nil {
			sum = new(Counts)
			sums[d.Segment] = sum
		}
		sum.Add(d.Counts)
		if sum.Sent != sum.OK+sum.Failed+uint64(d.InFlight) {
			t.Fatalf("second %d, segment %d: %+v and %d in flight", d.Second, d.Segment, *sum, d.InFlight)
		}
		if n := d.Hist[Response].Count(); n != d.OK {
			t.Fatalf("second %d: %d successes, %d response times", d.Second, d.OK, n)
		}
		if n := d.Hist[FailureLat].Count(); n != d.Failed || countErrors(d.Errors) != d.Failed {
			t.Fatalf("second %d: %d failures, %d times, %d errors", d.Second, d.Failed, n, countErrors(d.Errors))
		}
		checkLags(t, &d)
		if i == 0 || deltas[i-1].Final {
			lengths = append(lengths, 0)
		}
		lengths[len(lengths)-1] += d.Covered + d.Draining
		if i > 0 {
			checkNext(t, deltas[i-1], d)
		}
	}
	if n := len(deltas); n > 0 && !deltas[n-1].Final {
		t.Fatal("the last delta is not final")
	}
	for i, d := range lengths {
		if edge := i == 0 || i == len(lengths)-1; d > time.Second || d < time.Second && !edge {
			t.Fatalf("second %d of %d lasted %v", i+1, len(lengths), d)
		}
	}
}

// checkLags holds what an open loop records of each request, and a closed one does not.
func checkLags(t *testing.T, d *Delta) {
	t.Helper()
	var ok, ended uint64
	if d.Plan.Loop == Open {
		ok, ended = d.OK, d.OK+d.Failed
	}
	if d.Hist[Service].Count() != ok || d.Hist[SendLag].Count() != ended || d.Hist[PoolWait].Count() != ended {
		t.Fatalf("second %d of a %v loop: %d successes, %d ended; %d service times, %d send lags, %d pool waits", d.Second, d.Plan.Loop,
			ok, ended, d.Hist[Service].Count(), d.Hist[SendLag].Count(), d.Hist[PoolWait].Count())
	}
	if d.Plan.Loop == Closed && (d.Due > 0 || d.Unsent > 0) || d.Due < 0 {
		t.Fatalf("second %d of a %v loop: %d due, %d unsent", d.Second, d.Plan.Loop, d.Due, d.Unsent)
	}
}

func checkNext(t *testing.T, d, next Delta) {
	t.Helper()
	switch {
	case d.Final && next.Second != d.Second+1:
		t.Fatalf("second %d follows %d", next.Second, d.Second)
	case !d.Final && (next.Second != d.Second || next.Segment <= d.Segment):
		t.Fatalf("second %d segment %d follows %d segment %d", next.Second, next.Segment, d.Second, d.Segment)
	}
}

func countErrors(list []ErrorCount) uint64 {
	var n uint64
	for _, e := range list {
		n += e.Count
	}
	return n
}

// replay feeds the tape to a new Ledger.
func (r *tape) replay(cfg LedgerConfig) *Ledger {
	r.t.Helper()
	l, err := NewLedger(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, line := range r.lines {
		var d Delta
		if err := json.Unmarshal(line, &d); err != nil {
			r.t.Fatal(err)
		}
		if err := l.Add(&d); err != nil {
			r.t.Fatal(err)
		}
	}
	l.Close()
	return l
}

func randomTarget(rng *rand.Rand) *fakeTarget {
	seed := rng.Uint64()
	at := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }
	return &fakeTarget{
		takes: func(_ int, n uint64) time.Duration { return time.Duration(at(n).ExpFloat64() * 90e6) },
		fails: func(n uint64) Failure {
			if r := at(n + 1<<40); r.IntN(5) == 0 {
				return Failure{Class: Class(1 + r.IntN(int(NumClasses)-1)), HTTPStatus: 500, Message: string([]byte{'a' + byte(r.IntN(20)), 0xff})}
			}
			return Failure{}
		},
	}
}
