package runner

import (
	"testing"
	"testing/fstest"
)

// The CPUs that the process may not run on do not count, time stolen by other guests does, and guests of our own are in user already.
func TestMachineBusy(t *testing.T) {
	first, second := func(cpu int) bool { return cpu == 0 }, func(cpu int) bool { return cpu == 1 }
	var m machine
	for _, c := range []struct {
		name, stat string
		may        func(int) bool
		want       float64
	}{
		{"the first look", "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1000 0 1000 8000 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 1 2 3\n", first, 0},
		{"half, with waiting as idle and steal as busy", "cpu0 1100 100 1100 8300 200 0 0 200 70 0\ncpu1 5000 0 0 0 0 0 0 0 0 0\n", first, 50},
		{"no time has passed", "cpu0 1100 100 1100 8300 200 0 0 200 70 0\n", first, 50},
		{"only a moment", "cpu0 1102 100 1100 8300 200 0 0 200 70 0\n", first, 50},
		{"from before the moment", "cpu0 1250 100 1100 8450 200 0 0 200 70 0\n", first, 50},
		{"other CPUs than before", "cpu1 900 0 0 0 0 0 0 0 0 0\n", second, 0},
		{"all of it", "cpu1 1200 0 0 0 0 1 0 0 0 0\n", second, 100},
		{"not understood", "cpu1 x\n", second, 0},
	} {
		m.root = fstest.MapFS{"proc/stat": {Data: []byte(c.stat)}}
		if got := m.busy(c.may); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	m.root = fstest.MapFS{}
	if got := m.busy(anyCPU); got != 0 {
		t.Errorf("%v without a /proc, want 0", got)
	}
}
