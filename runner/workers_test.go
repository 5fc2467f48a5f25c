package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

func TestRepeatedDeltasAreLeftOutAndGapsAreSeen(t *testing.T) {
	l, err := NewLedger(LedgerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	add := func(seq uint64) error {
		d := delta(t0+int64(seq), 1, 10, time.Millisecond)
		d.Seq = seq
		return l.Add(&d)
	}
	for _, step := range []struct {
		seq  uint64
		want error
	}{{0, ErrRepeated}, {1, nil}, {1, ErrRepeated}, {2, nil}, {5, nil}, {4, ErrRepeated}} {
		if err := add(step.seq); !errors.Is(err, step.want) {
			t.Errorf("number %d: %v, want %v", step.seq, err, step.want)
		}
	}
	if v := snapshot(l); v.Total.OK != 30 || v.Missing != 2 || len(v.Seconds) != 3 {
		t.Errorf("%d counted, %d missing", v.Total.OK, v.Missing)
	}
	l.Close()
	l.Close()
	if err := add(9); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestWorkersAreMerged(t *testing.T) {
	a := newScript(t, LedgerConfig{})
	a.worker = "a"
	b := &script{t: t, l: a.l, worker: "b"}
	a.add(delta(t0, 1, 10, 10*time.Millisecond))
	b.add(delta(t0+1, 1, 30, 30*time.Millisecond))
	if n := len(snapshot(a.l).Seconds); n != 1 {
		t.Fatalf("%d seconds closed before all workers were done", n)
	}
	a.add(delta(t0+1, 1, 20, 20*time.Millisecond))
	v := snapshot(a.l)
	if v.Last.OK != 50 || v.Last.Users != 20 || v.Last.Length != time.Second || v.Last.TPS() != 50 || v.Last.Stats[Response].Max != 30*time.Millisecond {
		t.Errorf("%+v", v.Last)
	}
}

func TestASegmentWaitsForItsOpenSeconds(t *testing.T) {
	a := newScript(t, LedgerConfig{})
	a.worker = "a"
	b := &script{t: t, l: a.l, worker: "b"}
	a.add(delta(t0, 1, 10, time.Millisecond))
	part := delta(t0+1, 1, 10, time.Millisecond)
	part.Final = false
	a.add(part)
	b.add(delta(t0, 2, 10, time.Millisecond))
	if n := len(snapshot(a.l).Segments); n != 0 {
		t.Error("sealed while an open second holds requests of it")
	}
	a.l.Close()
	if v := snapshot(a.l); len(v.Segments) != 1 || v.Segments[0].OK != 20 {
		t.Errorf("sealed %+v", v.Segments)
	}
}

func TestALostWorkerDoesNotHoldUpTheOthers(t *testing.T) {
	a := newScript(t, LedgerConfig{})
	a.worker = "a"
	b := &script{t: t, l: a.l, worker: "b"}
	a.add(delta(t0, 1, 10, time.Millisecond))
	b.add(delta(t0, 1, 10, time.Millisecond))
	for i := range int64(4) {
		a.add(delta(t0+1+i, 1, 10, time.Millisecond))
	}
	if n := len(snapshot(a.l).Seconds); n != 3 {
		t.Errorf("%d seconds closed, want those that are %d s old", n, patience)
	}
	b.add(delta(t0+1, 1, 10, time.Millisecond)) // too late for its second
	a.l.Close()
	v := snapshot(a.l)
	if v.Total.OK != 70 || v.Run.OK != 70 || len(v.Seconds) != 5 || v.Seconds[3].OK != 20 {
		t.Errorf("%+v in %d seconds", v.Run.Counts, len(v.Seconds))
	}
}

func TestWhatIsBeforeTheLoadSharesItsFirstSecond(t *testing.T) {
	before := newScript(t, LedgerConfig{})
	before.worker = "try"
	d := delta(t0, 0, 1, time.Second)
	d.Plan, d.Covered, d.Users, d.Last = Plan{Users: 1, Warmup: true}, 0, 0, true
	before.add(d)
	load := &script{t: t, l: before.l}
	for i := range int64(3) {
		d := delta(t0+i, 1, 10, time.Millisecond)
		d.Last = i == 2
		load.add(d)
		if n := len(snapshot(load.l).Seconds); n != int(i)+1 {
			t.Errorf("%d seconds closed after %d", n, i+1)
		}
	}
	v := snapshot(load.l)
	if v.Seconds[0].Second != t0 || v.Seconds[0].OK != 11 || v.Seconds[0].Covered != time.Second || v.Total.OK != 31 {
		t.Errorf("first second %+v", v.Seconds[0].Delta)
	}
	if v.Run.OK != 30 || v.Segment.OK != 30 || len(v.Segments) != 0 || v.Run.Stats[Response].Max != time.Millisecond {
		t.Errorf("run %+v", v.Run.Counts)
	}
}

// TestReplayShowsTheSameFigures writes Deltas of two workers as JSON and feeds them to a second Ledger.
func TestReplayShowsTheSameFigures(t *testing.T) {
	cfg := LedgerConfig{SLO: 80 * time.Millisecond, Period: 5 * time.Second}
	live := newScript(t, cfg)
	again := newScript(t, cfg)
	rng := rand.New(rand.NewPCG(11, 12))
	seqs := make([]uint64, 2)
	for i := range int64(60) {
		worker := rng.IntN(2)
		seqs[worker]++
		d := delta(t0+i/2, 1+int(i)/14, 0, 0)
		d.Worker, d.Seq = fmt.Sprint("w", worker), seqs[worker]
		d.OK, d.Failed = uint64(rng.IntN(50)), uint64(rng.IntN(100))
		d.Sent = d.OK + d.Failed
		d.Hist = Hists{Response: histOf(latencies(rng, int(d.OK), 70*time.Millisecond)...), FailureLat: histOf(latencies(rng, int(d.Failed), time.Second)...)}
		for range d.Failed { // more distinct ones than a Ledger lists
			d.Errors = append(d.Errors, ErrorCount{Failure: Failure{Class: Other, Code: fmt.Sprint(rng.IntN(900))}, Count: 1, First: d.Second, Last: d.Second})
		}
		d.Client = Client{CPUPercent: rng.Float64() * 100, Cores: 2}
		text, err := json.Marshal(&d)
		if err != nil {
			t.Fatal(err)
		}
		var back Delta
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(live.l.Add(&d), again.l.Add(&back)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(snapshot(live.l), snapshot(again.l)) {
			t.Fatalf("differ after delta %d", i)
		}
	}
	if n := len(snapshot(live.l).Errors); n <= maxRunErrors || n > 2*maxRunErrors+int(NumClasses) {
		t.Errorf("%d errors listed", n)
	}
}
