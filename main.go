// Command sagetop load-tests Amazon SageMaker real-time endpoints from a terminal.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"sagetop/internal/cli"
)

func main() {
	// Signals are data for the run, which ends in order and restores the terminal; ctrl+z is left alone on the screen, where the
	// terminal is in raw mode.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	os.Exit(cli.Main(os.Args[1:], cli.Streams{
		In:      os.Stdin,
		Out:     os.Stdout,
		Err:     os.Stderr,
		Signals: signals,
		Environ: os.Environ(),
	}))
}
