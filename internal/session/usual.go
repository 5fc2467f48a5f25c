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
	worst.CPUPercent = middle(seconds, func(c *runner.Client) float64 { return c.CPUPercent })
	worst.MachinePercent = middle(seconds, func(c *runner.Client) float64 { return c.MachinePercent })
	worst.Throttled = middle(seconds, func(c *runner.Client) float64 { return c.Throttled })
	worst.LinkPercent = middle(seconds, func(c *runner.Client) float64 { return c.LinkPercent })
	worst.SchedP99 = middle(seconds, func(c *runner.Client) time.Duration { return c.SchedP99 })
	return worst
}

// middle is the median of one figure.
func middle[T cmp.Ordered](seconds []runner.Second, figure func(*runner.Client) T) T {
	list := make([]T, len(seconds))
	for i := range seconds {
		list[i] = figure(&seconds[i].Client)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// within are the seconds from and before to.
func within(seconds []runner.Second, from, to int64) []runner.Second {
	at := func(second int64) int {
		i, _ := slices.BinarySearchFunc(seconds, second, func(s runner.Second, second int64) int { return cmp.Compare(s.Second, second) })
		return i
	}
	return seconds[at(from):at(to)]
}
