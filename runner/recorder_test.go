package runner

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"
)

func newOrder(segment int) *order {
	return &order{segment: segment, plan: Plan{Users: 1}, changed: make(chan struct{})}
}

func newTestRecorder() *recorder {
	r := newRecorder(0, Limits{})
	r.publish(newOrder(1))
	return r
}

// begin counts a request as sent.
func begin(s *shard) *order {
	o := s.current()
	s.begin(o)
	return o
}

// took are the times of a closed loop's request.
func took(d time.Duration) times { return times{response: d} }

// scheduled are those of an open loop's.
var scheduled = times{response: 72 * time.Millisecond, service: 70 * time.Millisecond, lag: 2 * time.Millisecond, wait: time.Millisecond}

// cutNow takes, joins and gives back, as a Pool does each second.
func cutNow(r *recorder, c *cutter) dialled {
	taken, net := r.take(c.taken[:0])
	c.taken = taken
	c.join(nil, &r.sets)
	c.release(&r.sets)
	return net
}

func TestRecorderDoesNotAllocate(t *testing.T) {
	for _, loop := range []Loop{Closed, Open} {
		recorderDoesNotAllocate(t, loop)
	}
}

func recorderDoesNotAllocate(t *testing.T, loop Loop) {
	r, c := newRecorder(0, Limits{}), new(cutter)
	r.publish(&order{segment: 1, plan: Plan{Users: 1, Loop: loop}})
	good := &Result{BytesIn: 10, Opened: true, Connect: time.Millisecond}
	bad := &Result{Failure: Failure{Class: ModelError, HTTPStatus: 424, Message: "worker timed out"}}
	one := func(res *Result) {
		s := r.shard(3)
		o := begin(s)
		s.end(o, res, scheduled)
	}
	for _, res := range []*Result{good, bad} {
		one(res)
		cutNow(r, c)
		one(res)
		if n := testing.AllocsPerRun(1000, func() { one(res) }); n != 0 {
			t.Errorf("%v allocations for %v, %v loop", n, res.Failure, loop)
		}
		if n := testing.AllocsPerRun(100, func() { one(res); cutNow(r, c) }); n != 0 {
			t.Errorf("%v allocations with a cut, for %v, %v loop", n, res.Failure, loop)
		}
	}
}

func TestShardFillsPairsOfCacheLines(t *testing.T) {
	if size := unsafe.Sizeof(shard{}); size%128 != 0 {
		t.Errorf("%d bytes", size)
	}
}

func TestRecorderForgetsSegmentsThatAreOver(t *testing.T) {
	r, c := newTestRecorder(), new(cutter)
	s := r.shard(0)
	hung := begin(s)
	for segment := 2; segment <= 50; segment++ {
		r.publish(newOrder(segment))
		o := begin(s)
		s.end(o, new(Result), took(time.Second))
	}
	cutNow(r, c)
	if n := len(s.accounts); n != 2 {
		t.Errorf("%d accounts, want the hung one's and the current", n)
	}
	if s.accounts[0].set != nil || s.accounts[1].set != nil {
		t.Error("a set stayed behind")
	}
	s.end(hung, new(Result), took(time.Minute))
	cutNow(r, c)
	if n := len(s.accounts); n != 1 || r.inFlight() != 0 {
		t.Errorf("%d accounts, %d in flight", n, r.inFlight())
	}
}

func TestNothingBeginsUnderAnOrderThatDoesNotSend(t *testing.T) {
	r := newTestRecorder()
	for _, o := range []*order{{segment: 2, plan: Plan{Paused: true}}, {segment: 2, quit: true}} {
		r.publish(o)
		if _, v := r.shard(1).begin(o); v != hold {
			t.Errorf("verdict %v", v)
		}
	}
	if r.inFlight() != 0 {
		t.Error("something is in flight")
	}
}

func TestBudgetIsSpentExactly(t *testing.T) {
	r := newRecorder(1000, Limits{})
	r.publish(newOrder(1))
	var mu sync.Mutex
	seen := make(map[uint64]bool)
	var wg sync.WaitGroup
	for user := range 8 {
		wg.Go(func() {
			for {
				s := r.shard(user)
				n, v := s.begin(s.current())
				if v == exhausted {
					return
				}
				mu.Lock()
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 1000 || r.inFlight() != 1000 || !seen[0] || !seen[999] {
		t.Errorf("%d numbers, %d in flight", len(seen), r.inFlight())
	}
}

func TestRecorderKeepsConnections(t *testing.T) {
	r, c := newTestRecorder(), new(cutter)
	local := netip.MustParseAddr("10.0.0.7")
	for user, connect := range []time.Duration{5 * time.Millisecond, 2 * time.Millisecond, 9 * time.Millisecond} {
		s := r.shard(user)
		o := begin(s)
		s.end(o, &Result{Opened: true, Connect: connect, Local: local}, took(time.Second))
	}
	if net := cutNow(r, c); net.opened != 3 || net.rtt != 2*time.Millisecond || net.local != local {
		t.Errorf("%+v", net)
	}
	if net := cutNow(r, c); net.opened != 0 || net.rtt != 2*time.Millisecond || net.local != local {
		t.Errorf("the second after: %+v", net)
	}
}

func TestStreamedAnswersHaveFirstByteAndGaps(t *testing.T) {
	s := newSet()
	s.succeeded(&Result{FirstByte: 80 * time.Millisecond, Chunks: []time.Duration{90 * time.Millisecond, 120 * time.Millisecond, 150 * time.Millisecond}}, time.Second)
	if s.hist[FirstByte].Count() != 1 || s.hist[ChunkGap].Count() != 2 || s.hist[ChunkGap].Quantile(1) != 30*time.Millisecond {
		t.Errorf("first byte %+v, gaps %+v", s.hist[FirstByte].Stats(), s.hist[ChunkGap].Stats())
	}
}

func TestErrorTableIsBoundedAndCountsAll(t *testing.T) {
	table := errorTable{limit: 8}
	var want uint64
	for i := range 5000 {
		f := Failure{Class: Class(1 + i%int(NumClasses-1)), Code: fmt.Sprint("code", i%700), Message: fmt.Sprint("message ", i)}
		table.add(&ErrorCount{Failure: f, Count: uint64(i), First: int64(i), Last: int64(i)})
		want += uint64(i)
	}
	if n := len(table.list); n > 2*8+int(NumClasses) {
		t.Errorf("%d entries", n)
	}
	if got := countErrors(table.list); got != want {
		t.Errorf("%d counted of %d", got, want)
	}
	perClass := make(map[Class]uint64)
	for _, e := range table.list {
		perClass[e.Class] += e.Count
	}
	for c := Class(1); c < NumClasses; c++ {
		if perClass[c] == 0 {
			t.Errorf("class %v was lost", c)
		}
	}
}

func TestErrorTableFoldsMessagesBeforeCodes(t *testing.T) {
	table := errorTable{limit: 2}
	for i := range 10 {
		table.add(&ErrorCount{Failure: Failure{Class: Throttled, Code: "Slow", Message: fmt.Sprint(i)}, Count: 1})
	}
	want := Failure{Class: Throttled, Code: "Slow", Message: foldedMessage}
	if top := table.sorted()[0]; top.Failure != want || top.Count != 8 {
		t.Errorf("%+v", top)
	}
}

func TestErrorTableKeepsFirstAndLast(t *testing.T) {
	table := errorTable{limit: 8}
	f := Failure{Class: Timeout}
	for _, second := range []int64{7, 3, 9} {
		table.add(&ErrorCount{Failure: f, Count: 1, First: second, Last: second})
	}
	if e := table.sorted()[0]; e.First != 3 || e.Last != 9 || e.Count != 3 {
		t.Errorf("%+v", e)
	}
}

func TestFailureClean(t *testing.T) {
	long := Failure{Class: Other, Message: "\xff" + string(make([]byte, 600))}
	for i := range 5 {
		f := Failure{Class: Other, Code: "a\xc3", Message: string(make([]byte, maxMessage-i)) + "äöü€𝄞"}.clean()
		if !utf8.ValidString(f.Message) || len(f.Message) > maxMessage || f.Code != "a\uFFFD" {
			t.Errorf("%d bytes, code %q", len(f.Message), f.Code)
		}
		if tail, _ := utf8.DecodeLastRuneInString(f.Message); tail == utf8.RuneError {
			t.Error("a letter was cut in two")
		}
	}
	if f := long.clean(); !utf8.ValidString(f.Message) {
		t.Errorf("%q", f.Message)
	}
	short := Failure{Class: Other, Message: "worker timed out"}
	if short.clean() != short {
		t.Error("changed what was fit")
	}
}

func TestPanicErrorUnwrapsOnlyErrors(t *testing.T) {
	boom := errors.New("boom")
	if !errors.Is(&PanicError{Value: boom}, boom) || (&PanicError{Value: "boom"}).Unwrap() != nil {
		t.Error("unwraps wrongly")
	}
}

func BenchmarkRecorder(b *testing.B) {
	r := newTestRecorder()
	s, res := r.shard(0), &Result{BytesIn: 100}
	b.ReportAllocs()
	for b.Loop() {
		o := begin(s)
		s.end(o, res, took(70*time.Millisecond))
	}
}

func BenchmarkRecorderOpen(b *testing.B) {
	r := newRecorder(0, Limits{})
	r.publish(&order{segment: 1, plan: Plan{Users: 1, Loop: Open}})
	s, res := r.shard(0), &Result{BytesIn: 100}
	b.ReportAllocs()
	for b.Loop() {
		o := begin(s)
		s.end(o, res, scheduled)
	}
}

func BenchmarkRecorderParallel(b *testing.B) {
	r := newTestRecorder()
	var mu sync.Mutex
	users := 0
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		mu.Lock()
		s := r.shard(users)
		users++
		mu.Unlock()
		res := &Result{BytesIn: 100}
		for pb.Next() {
			o := begin(s)
			s.end(o, res, took(70*time.Millisecond))
		}
	})
}

func BenchmarkRecorderFailure(b *testing.B) {
	r := newTestRecorder()
	s, res := r.shard(0), &Result{Failure: Failure{Class: ModelError, HTTPStatus: 424, Message: "Received server error (503) from primary"}}
	b.ReportAllocs()
	for b.Loop() {
		o := begin(s)
		s.end(o, res, took(70*time.Millisecond))
	}
}

func BenchmarkCut(b *testing.B) {
	r, c := newTestRecorder(), new(cutter)
	list := latencies(newRand(), 1000, 70*time.Millisecond)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for i, d := range list {
			s := r.shard(i)
			o := begin(s)
			s.end(o, new(Result), took(d))
		}
		b.StartTimer()
		cutNow(r, c)
	}
}
