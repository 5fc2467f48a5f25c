package sizing

import (
	"slices"
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
		if a.Step(&s, &runner.Window{}) {
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
		if a.Step(&s, &runner.Window{}) {
			t.Fatal("one second, seen ten times, is no span")
		}
	}
	if a.Held() != time.Second || a.Rule() != r {
		t.Errorf("held %v, rule %v", a.Held(), a.Rule())
	}
}

// latencySecond is one second's successes and how many of them were slow.
type latencySecond struct{ ok, slow int }

// stats of so many answers of 10 ms, or of 2 s where they were slow.
func (l latencySecond) stats() (s runner.Stats) {
	s.Count = uint64(l.ok)
	for _, q := range []struct {
		p    float64
		into *time.Duration
	}{{.5, &s.P50}, {.9, &s.P90}, {.95, &s.P95}, {.99, &s.P99}, {.999, &s.P999}, {1, &s.Max}} {
		*q.into = 10 * ms
		if float64(l.slow) > (1-q.p)*float64(l.ok) {
			*q.into = 2 * time.Second
		}
	}
	if l.ok > 0 {
		s.Mean = (10*ms*time.Duration(l.ok-l.slow) + 2*time.Second*time.Duration(l.slow)) / time.Duration(l.ok)
	}
	return s
}

// watchLatency feeds a rule and returns the second it fired in, -1 for never. A second of -1 successes is one of a pause.
func watchLatency(t *testing.T, rule string, seconds []latencySecond) int {
	t.Helper()
	r, err := ParseAbort(rule)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAbortWatch(r)
	for i, l := range seconds {
		s := runner.Second{Delta: runner.Delta{Second: int64(5000 + i), Covered: time.Second, InFlight: 2}}
		if l.ok < 0 {
			s.Plan.Paused = true
		} else {
			s.Sent, s.OK = uint64(l.ok), uint64(l.ok)
			s.Stats[runner.Response] = l.stats()
		}
		var sum latencySecond
		for _, l := range seconds[max(0, i-9) : i+1] {
			sum.ok, sum.slow = sum.ok+max(l.ok, 0), sum.slow+l.slow
		}
		ten := runner.Window{Length: 10 * time.Second, Counts: runner.Counts{OK: uint64(sum.ok)}}
		ten.Stats[runner.Response] = sum.stats()
		if a.Step(&s, &ten) {
			return i
		}
	}
	return -1
}

func times(n int, ok, slow int) []latencySecond {
	return slices.Repeat([]latencySecond{{ok, slow}}, n)
}

func TestAbortOnLatency(t *testing.T) {
	good, slow := times(60, 20, 0), times(60, 20, 20)
	for _, c := range []struct {
		name, rule string
		seconds    []latencySecond
		want       int
	}{
		{"p99 of 200 a second", "p99>1s for 10s", slices.Concat(times(60, 200, 0), times(60, 200, 9)), 69},
		{"p99 of 20 a second, slow at once", "p99>1s for 10s", slices.Concat(good, slow), 78},
		{"p99 of 20 a second, slow from the start", "p99>1s for 10s", slow, 22},
		{"p99 of 20 a second, one in ten", "p99>1s for 10s", slices.Concat(good, times(60, 20, 2)), 79},
		{"p99 of 20 a second, all well", "p99>1s for 10s", times(600, 20, 0), -1},
		{"p99 of 20 a second, near one in a hundred", "p99>1s for 10s", slices.Repeat(slices.Concat(times(4, 20, 0), times(1, 20, 1), times(5, 20, 0)), 60), -1},
		{"one slow second is not ten", "p99>1s for 10s", slices.Concat(good, times(1, 20, 20), good), -1},
		{"nine slow seconds are not ten", "p99>1s for 10s", slices.Concat(good, times(9, 20, 20), good), -1},
		{"ten slow seconds are", "p99>1s for 10s", slices.Concat(good, times(10, 20, 20), good), 78},
		{"one slow second for a rule of 1 s", "p99>1s for 1s", slices.Concat(good, times(1, 20, 20), good), 69},
		{"a good second of enough samples ends it", "p99>1s for 10s", slices.Concat(good, times(15, 20, 20), times(1, 200, 0), times(15, 20, 0)), -1},
		{"too few in ten seconds", "p99>1s for 10s", times(600, 9, 9), -1},
		{"p95 of 3 a second", "p95>1s for 5s", times(60, 3, 3), 19},
		{"a second without an answer is no evidence", "p95>1s for 1s", slices.Concat(good, times(1, 19, 19), times(1, 1, 1), times(60, 0, 0)), -1},
		{
			"a busy second does not vouch for those before", "p99>1s for 10s",
			slices.Concat(good, times(1, 20, 20), times(8, 20, 0), times(1, 200, 200), times(1, 200, 0), good), -1,
		},
		{"a pause ends it", "p99>1s for 10s", slices.Concat(good, times(15, 20, 20), times(1, -1, 0), times(3, 20, 20)), -1},
		{"slow answers from before a pause", "p99>1s for 1s", slices.Concat(good, times(1, 20, 20), times(1, -1, 0), good), -1},
		{"the mean needs no more than the second", "mean>1s for 5s", slices.Concat(times(60, 1, 0), times(60, 1, 1)), 64},
	} {
		if got := watchLatency(t, c.rule, c.seconds); got != c.want {
			t.Errorf("%s: %s fired at %d, want %d", c.name, c.rule, got, c.want)
		}
	}
}

func TestAbortOnErrorsIsNotSmeared(t *testing.T) {
	r, _ := ParseAbort("errors>50% for 3s")
	a := NewAbortWatch(r)
	ten := runner.Window{Length: 10 * time.Second, Counts: runner.Counts{Failed: 1000}}
	for i := range int64(20) {
		s := runner.Second{Delta: runner.Delta{Second: i, Covered: time.Second, InFlight: 1}}
		if a.Step(&s, &ten) {
			t.Fatal("fired on the ten seconds' errors")
		}
	}
}
