package sizing

import (
	"testing"
	"time"

	"sagetop/runner"
)

// abortAt feeds a rule one letter a second and returns the second it fired in, -1 for never: o all succeed, x all fail, h half of
// them, . nothing ends but requests are in flight, p paused, i nobody asks, _ the second is missing.
func abortAt(t *testing.T, rule, seconds string) int {
	t.Helper()
	r, err := ParseAbort(rule)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAbortWatch(r)
	for i, c := range seconds {
		s := runner.Second{Delta: runner.Delta{Second: int64(1000 + i), Covered: time.Second, InFlight: 5}}
		switch c {
		case 'o':
			s.Sent, s.OK = 10, 10
		case 'x':
			s.Sent, s.Failed = 10, 10
		case 'h':
			s.Sent, s.OK, s.Failed = 10, 5, 5
		case 'p':
			s.Plan.Paused = true
		case 'i':
			s.InFlight = 0
		case '_':
			continue
		}
		if a.Step(&s) {
			return i
		}
	}
	return -1
}

func TestAbortWatch(t *testing.T) {
	for _, c := range []struct {
		name, rule, seconds string
		want                int
	}{
		{"holds for its span", "errors>50% for 5s", "oxxxxx", 5},
		{"one second short", "errors>50% for 5s", "oxxxxo", -1},
		{"at the limit is not above it", "errors>50% for 5s", "hhhhhhhhhh", -1},
		{"starts again after a good second", "errors>50% for 5s", "xxxxoxxxxx", 9},
		{"the default span", "errors>50%", "xxxxxxxxxxxx", 9},
		{"time-outs that come in waves", "errors>50% for 10s", "x.....x......x", 13},
		{"two failures are not yet evidence", "errors>50% for 10s", "x............x", -1},
		{"it never fires on a second without evidence", "errors>50% for 5s", "xxx.........", -1},
		{"a short span needs no more than it has", "errors>50% for 2s", "xx", 1},
		{"a missing second is one without evidence", "errors>50% for 5s", "x__xx", 4},
		{"a pause ends it", "errors>50% for 5s", "xxxxpxxxx", -1},
		{"nobody asks ends it", "errors>50% for 5s", "xxxxixxxx", -1},
		{"no throughput is known to be none", "tps<1 for 4s", "o.....", 4},
		{"watching at zero users is not a stall", "tps<1 for 4s", "iiiiiiiiii", -1},
	} {
		if got := abortAt(t, c.rule, c.seconds); got != c.want {
			t.Errorf("%s: %s on %s fired at %d, want %d", c.name, c.rule, c.seconds, got, c.want)
		}
	}
}

func TestAbortWatchTakesASecondOnce(t *testing.T) {
	r, _ := ParseAbort("errors>50% for 3s")
	a := NewAbortWatch(r)
	s := runner.Second{Delta: runner.Delta{Second: 7, Counts: runner.Counts{Sent: 1, Failed: 1}}}
	for range 10 {
		if a.Step(&s) {
			t.Fatal("one second, seen ten times, is no span")
		}
	}
	if a.Held() != time.Second || a.Rule() != r {
		t.Errorf("held %v, rule %v", a.Held(), a.Rule())
	}
}

func TestAbortOnLatencyNeedsSamples(t *testing.T) {
	r, _ := ParseAbort("p99>1s for 3s")
	a := NewAbortWatch(r)
	fired := func(from, n int64, samples uint64) (did bool) {
		for i := range n {
			s := runner.Second{Delta: runner.Delta{Second: from + i, Counts: runner.Counts{Sent: samples, OK: samples}}}
			s.Stats[runner.Response] = runner.Stats{Count: samples, P99: 2 * time.Second}
			did = a.Step(&s) || did
		}
		return did
	}
	if fired(0, 10, 20) {
		t.Error("fired on a p99 of 20 samples")
	}
	if !fired(10, 3, 200) {
		t.Error("did not fire on 3 s of 200 samples each")
	}
}
