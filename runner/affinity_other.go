//go:build !linux

package runner

// affinity is not known here: GOMAXPROCS bounds the cores.
func affinity() int { return 0 }
