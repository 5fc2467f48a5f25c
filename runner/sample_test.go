package runner

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestTheFirstOfEachKindIsTheSample over a whole load, and it is in one Delta only.
func TestTheFirstOfEachKindIsTheSample(t *testing.T) {
	bubble(t, func(t *testing.T) {
		often, once := Failure{Class: Throttled, HTTPStatus: 400}, Failure{Class: ModelError, HTTPStatus: 424}
		target := &fakeTarget{fails: func(n uint64) Failure {
			switch {
			case n == 100:
				return once
			case n > 4:
				return often
			}
			return Failure{}
		}}
		p, r := newLoad(t, target, nil)
		apply(t, p, Plan{Users: 1})
		start := p.start
		wait(2 * time.Second)
		apply(t, p, Plan{Users: 30}) // another segment, and more shards
		wait(3 * time.Second)
		stop(t, p)
		p.cfg.Ledger.Close()
		want := map[Class]Sample{
			Throttled:  {At: start.Add(6 * 70 * time.Millisecond).UTC().Round(0), Took: 70 * time.Millisecond, Request: 5, RequestID: "request-5", Message: "said\uFFFD"},
			ModelError: {Took: 70 * time.Millisecond, Request: 100, RequestID: "request-100", Message: "said\uFFFD"},
		}
		for _, e := range snapshot(p.cfg.Ledger).Errors {
			w := want[e.Class]
			if w.At.IsZero() {
				w.At = e.Sample.At
			}
			if e.Sample == nil || *e.Sample != w || e.Sample.At.Unix() != e.First {
				t.Errorf("%v, first seen in second %d: %+v, want %+v", e.Class, e.First, e.Sample, w)
			}
			delete(want, e.Class)
		}
		if len(want) > 0 {
			t.Errorf("no failures of %v", want)
		}
		samples := 0
		for _, d := range r.all() {
			for _, e := range d.Errors {
				if e.Sample != nil {
					samples++
				}
			}
		}
		if samples != 2 {
			t.Errorf("%d samples in the Deltas, want one for each of 2 kinds", samples)
		}
	})
}

// TestTheEarliestSampleOfAllWorkersStands in whichever order they are heard, and windows keep none.
func TestTheEarliestSampleOfAllWorkersStands(t *testing.T) {
	f := Failure{Class: Reset}
	at := time.Unix(t0, 5e8).UTC()
	early, late := &Sample{At: at, Request: 9}, &Sample{At: at.Add(time.Millisecond), Request: 2}
	same := &Sample{At: at, Request: 9, RequestID: "b"}
	for _, order := range [][]*Sample{{early, late, same}, {same, late, early}, {nil, late, early, nil, same}} {
		s := newScript(t, LedgerConfig{})
		for i, sample := range order {
			d := delta(t0, 1, 0, 0)
			d.Worker, d.Seq = fmt.Sprint("w", i), 1
			d.Sent, d.Failed, d.Hist[FailureLat] = 1, 1, histOf(1)
			d.Errors = []ErrorCount{{Failure: f, Count: 1, First: t0, Last: t0, Sample: sample}}
			if err := s.l.Add(&d); err != nil {
				t.Fatal(err)
			}
		}
		s.l.Close()
		v := snapshot(s.l)
		if got := v.Errors[0].Sample; got != early {
			t.Errorf("%+v", got)
		}
		if v.Run.Errors[0].Sample != nil || v.Seconds[0].Errors[0].Sample != nil {
			t.Error("a window has a sample")
		}
	}
}

// TestFewKindsAreSighted whatever an endpoint answers; and failures that are known, or too many to be told apart, cost no memory.
func TestFewKindsAreSighted(t *testing.T) {
	r := newTestRecorder()
	n := 0
	for i := range 5000 {
		if r.seen.first(Failure{Class: Other, Code: fmt.Sprint("code", i%700), Message: fmt.Sprint("message ", i)}) {
			n++
		}
	}
	if most := 2*maxFailures + int(NumClasses); n < maxFailures || n > most || len(r.seen.kinds.index) > most {
		t.Errorf("%d kinds, want %d to %d", n, maxFailures, most)
	}
	if !r.seen.first(Failure{Class: Throttled}) {
		t.Error("the first of a class is none")
	}
	known, another := Failure{Class: Throttled}, Failure{Class: Other, Code: "code5", Message: "another"}
	if got := testing.AllocsPerRun(100, func() {
		if r.seen.first(known) || r.seen.first(another) {
			t.Error("sighted again")
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func TestSamplesAreFitToBeWritten(t *testing.T) {
	inv := explains{Message: strings.Repeat("é", maxSample), RequestID: "a\xc3", OriginalMessage: "ok", LogStreamARN: "\xff"}
	s := sampled(inv, 3, time.Now(), time.Second)
	if len(s.Message) > maxSample || !utf8.ValidString(s.Message) || s.RequestID != "a\uFFFD" || s.OriginalMessage != "ok" || s.LogStreamARN != "\uFFFD" {
		t.Errorf("%+v", s)
	}
	if s.Request != 3 || s.Took != time.Second || s.At.Location() != time.UTC {
		t.Errorf("%+v", s)
	}
}

// explains is an Invoker that has always the same to say.
type explains Sample

func (e explains) Explain(s *Sample) {
	s.RequestID, s.Message, s.OriginalMessage, s.LogStreamARN = e.RequestID, e.Message, e.OriginalMessage, e.LogStreamARN
}

func (e explains) Invoke(context.Context, uint64, *Result) {}
func (e explains) Close() error                            { return nil }
