package session

import (
	"testing"
	"time"

	"sagetop/runner"
)

// The request tried before the load is what findings know of an endpoint that nothing else waits for; a failed one tells nothing.
func TestTheTriedRequestIsOneAlone(t *testing.T) {
	const took = 66 * time.Millisecond
	for class, want := range map[runner.Class]time.Duration{runner.OK: took, runner.ModelError: 0} {
		book, err := NewBook(Info{Period: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		d := runner.Delta{Worker: "try", Seq: 1, Second: 1_800_000_000, Final: true, Last: true, Counts: runner.Counts{Sent: 1, OK: 1}}
		measure := runner.Response
		if class != runner.OK {
			d.OK, d.Failed, measure = 0, 1, runner.FailureLat
		}
		d.Hist[measure] = new(runner.Hist)
		d.Hist[measure].Record(took)
		if err := book.Delta(&d); err != nil {
			t.Fatal(err)
		}
		var st State
		if book.State(&st); st.Facts.Alone != want {
			t.Errorf("class %v: alone it took %v, want %v", class, st.Facts.Alone, want)
		}
	}
}
