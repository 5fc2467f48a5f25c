package session

import (
	"cmp"
	"slices"
	"time"

	"sagetop/runner"
)

// usual is what the load generator cost in the middle second of those given: one second of garbage collection or of a busy neighbour
// must not make a run invalid, and the worst CPU and the worst wait for a core may come from different seconds. What is not a matter
// of a second stays as in worst.
func usual(seconds []runner.Second, worst runner.Client) runner.Client {
	if len(seconds) == 0 {
		return worst
	}
	cpu := make([]float64, len(seconds))
	wait := make([]time.Duration, len(seconds))
	for i := range seconds {
		cpu[i], wait[i] = seconds[i].Client.CPUPercent, seconds[i].Client.SchedP99
	}
	slices.Sort(cpu)
	slices.Sort(wait)
	worst.CPUPercent, worst.SchedP99 = cpu[len(cpu)/2], wait[len(wait)/2]
	return worst
}

// within are the seconds from and before to.
func within(seconds []runner.Second, from, to int64) []runner.Second {
	at := func(second int64) int {
		i, _ := slices.BinarySearchFunc(seconds, second, func(s runner.Second, second int64) int { return cmp.Compare(s.Second, second) })
		return i
	}
	return seconds[at(from):at(to)]
}
