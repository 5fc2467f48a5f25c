package runner

import (
	"io/fs"
	"os"
	"runtime"
	"time"
)

// lookAgain is how old an allowance may grow. A quota or a CPU set can change while the process runs, but hardly ever does, and
// looking reads a handful of files.
const lookAgain = 5 * time.Second

// allowance is how much CPU time this process may use. GOMAXPROCS is only its upper bound: the runtime makes a whole number of a
// quota, and never less than 2, so half a core would pass for two.
type allowance struct {
	groups    cgroups
	machine   machine
	looked    time.Time
	most      float64 // CPU seconds a second, by quota and CPU set
	throttled float64 // percent of the quota's periods, up to the last look
	busy      float64 // percent of the CPUs' time that whatever runs there took, up to the last look
}

func anyCPU(int) bool { return true }

func newAllowance(now time.Time) allowance {
	a := allowanceOf(os.DirFS("/"))
	a.look(now)
	return a
}

// allowanceOf the system with that root directory.
func allowanceOf(root fs.FS) allowance {
	return allowance{groups: cgroups{root: root}, machine: machine{root: root}}
}

// cores is the allowance, not older than lookAgain.
func (a *allowance) cores(now time.Time) float64 {
	if now.Sub(a.looked) >= lookAgain {
		a.look(now)
	}
	return min(a.most, float64(runtime.GOMAXPROCS(0)))
}

func (a *allowance) look(now time.Time) {
	a.looked = now
	a.most, a.throttled = a.groups.look()
	n, may := affinity()
	a.busy = a.machine.busy(may)
	if n > 0 {
		a.most = min(a.most, float64(n))
	}
}
