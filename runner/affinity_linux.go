package runner

import (
	"os"

	"golang.org/x/sys/unix"
)

// affinity is how many CPUs this process may run on now, and which; 0 and all of them when that is not known. It is asked of the main
// thread: others may have been bound to a CPU of their own.
func affinity() (n int, may func(cpu int) bool) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(os.Getpid(), &set) != nil {
		return 0, anyCPU
	}
	return set.Count(), set.IsSet
}
