package cli_test

import (
	"os"
	"strings"
	"testing"

	"sagetop/internal/simulator"
)

// findFast is a search that nothing ends by itself for half a minute.
func findFast(flags ...string) []string {
	return append([]string{"find", "fast", "-d", "hi", "--slo", "p99<200ms", "--max-rate", "100", "--cw-wait", "0s", "--out", "run"}, flags...)
}

// What an interrupted search had found out is written, also when it is not much yet.
func TestFindInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	p := w.headless(findFast()...)
	p.says("FIND 0:")
	p.signal(os.Interrupt)
	p.exits(130)
	s := w.summary()
	if !s.Find || s.Sizing == nil || s.Sizing.Outcome != "unfinished" || s.Sizing.TPS != nil {
		t.Errorf("find %v, %+v", s.Find, s.Sizing)
	}
	if out := strings.Join(strings.Fields(p.stdout.String()), " "); !strings.Contains(out, "INTERRUPTED by ctrl+c") || !strings.Contains(out, "no rate was found that holds p99<200ms") {
		t.Errorf("printed\n%s", out)
	}
}

// Auto scaling would change what is searched: without somebody to ask, that takes a word, and both commands are there to be copied.
func TestFindRefusesWhatScales(t *testing.T) {
	t.Parallel()
	e := quick()
	e.Scaling = &simulator.Scaling{Min: 1, Max: 4}
	w := newWorld(t, e)
	p := w.headless(findFast()...)
	p.exits(1)
	for _, want := range []string{
		"fast scales from 1 to 4 instances by itself", "suspend: aws application-autoscaling register-scalable-target", "DynamicScalingInSuspended=true",
		"resume:  aws application-autoscaling", "DynamicScalingInSuspended=false", "--yes=fast",
	} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, p.stderr.String())
		}
	}
	if n := w.invoked(); n != 0 {
		t.Errorf("%d requests were sent all the same", n)
	}
	w.headless(findFast("--yes=fast", "-z", "1s")...).exits(5)
}
