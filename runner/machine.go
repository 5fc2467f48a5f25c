package runner

import (
	"bufio"
	"bytes"
	"io/fs"
	"strconv"
	"strings"
)

// machine reads how busy the CPUs are that this process may run on, with all that runs on them: a load generator that its neighbours
// keep from running measures them.
type machine struct {
	root  fs.FS // the system's root directory
	last  ticks
	share float64 // at the last look that could tell
}

// ticks of CPU time, a hundredth of a second each, since the system started.
type ticks struct{ busy, all uint64 }

// leastTicks between two looks say something about a load: a look after a moment would find nothing or everything busy.
const leastTicks = 250

// busy is the share of the CPUs' time since the last look, in percent, in which something ran on them, or another guest of the
// hypervisor in their place. It is 0 where the system does not say.
func (m *machine) busy(may func(cpu int) bool) float64 {
	before, now := m.last, m.ticks(may)
	switch {
	case before.all == 0 || now.all < before.all || now.busy < before.busy: // the first look, or other CPUs than before
		m.last, m.share = now, 0
	case now.all-before.all >= leastTicks:
		m.last, m.share = now, min(100, 100*float64(now.busy-before.busy)/float64(now.all-before.all))
	}
	return m.share
}

func (m *machine) ticks(may func(cpu int) bool) ticks {
	var sum ticks
	data, err := fs.ReadFile(m.root, "proc/stat")
	if err != nil {
		return sum
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		name, figures, _ := strings.Cut(lines.Text(), " ")
		number, isCPU := strings.CutPrefix(name, "cpu")
		if !isCPU {
			break // they come first
		}
		if cpu, err := strconv.Atoi(number); err == nil && may(cpu) {
			sum.add(figures)
		}
	}
	return sum
}

// add a line's user, nice, system, idle, iowait, irq, softirq and steal; what follows them is contained in user and nice.
func (t *ticks) add(figures string) {
	const idle, iowait, steal = 3, 4, 7
	for i, text := range strings.Fields(figures) {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || i > steal {
			return
		}
		t.all += n
		if i != idle && i != iowait {
			t.busy += n
		}
	}
}
