package runner

import (
	"os"

	"golang.org/x/sys/unix"
)

// affinity is how many CPUs this process may run on now, 0 when that is not known. It is asked of the main thread: others may have
// been bound to a CPU of their own.
func affinity() int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(os.Getpid(), &set) != nil {
		return 0
	}
	return set.Count()
}
