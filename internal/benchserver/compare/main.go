// Command compare measures sagetop's clients beside wrk, hey and Locust, all in one run on one machine against internal/benchserver,
// and prints tables with the goals that they are to meet. make bench runs it; docs/performance.md says what is measured and how.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// run is the comparison, or one of the processes that it starts: the server, and each client of ours.
func run(ctx context.Context, args []string, in io.Reader, out, progress io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "server":
			return serve(in, out)
		case "client":
			return drive(ctx, args[1:], in, out)
		}
	}
	o, err := parseOptions(args, progress)
	if err != nil {
		return err
	}
	return compare(ctx, o, out, progress)
}
