package session

import (
	"fmt"
	"testing"
	"time"

	"sagetop/runner"
)

// However long a ramp before it was, the first steady ten seconds are judged: those of a short hold are all that it has.
func TestFirstSteadyTenSecondsAreJudged(t *testing.T) {
	for ramp := 1; ramp <= 45; ramp++ {
		t.Run(fmt.Sprintf("after %d s", ramp), func(t *testing.T) {
			start := time.Unix(1_800_000_003, 0)
			book, err := NewBook(Info{Started: start, Period: 10 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			p := runner.Plan{Users: 8}
			for i := range ramp + 12 {
				d := runner.Delta{
					Seq: uint64(i + 1), Second: start.Unix() + int64(i), Segment: 1, Final: true, Plan: p, Covered: time.Second, Users: 8,
					Ramp:   i < ramp,
					Counts: runner.Counts{Sent: 100, OK: 100},
					Client: runner.Client{CPUPercent: 100, Cores: 1, SchedP99: time.Second},
				}
				if i >= ramp {
					d.Segment = 2
				}
				d.Hist[runner.Response] = new(runner.Hist)
				for range d.OK {
					d.Hist[runner.Response].Record(time.Millisecond)
				}
				if err := book.Delta(&d); err != nil {
					t.Fatal(err)
				}
			}
			var st State
			book.State(&st)
			if st.Invalid == nil {
				t.Error("the client was out of CPU, and nobody noticed")
			}
		})
	}
}
