//go:build !linux

package runner

// affinity is not known here: GOMAXPROCS bounds the cores.
func affinity() (n int, may func(cpu int) bool) { return 0, anyCPU }
