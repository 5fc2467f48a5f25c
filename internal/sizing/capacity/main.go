// Command capacity tries the capacity search, and two ways of the trade, on simulated endpoints whose capacity is known, in event time.
// It prints how near they come, how long they take and what they do to the endpoint.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
)

func main() {
	seeds := flag.Int("seeds", 20, "runs on each endpoint")
	requests := flag.Float64("requests", 3e6, "requests of each run that the truth is found by")
	drawn := flag.Int("hold-out", 8, "endpoints drawn at random")
	flag.Parse()
	if flag.NArg() > 0 || *seeds < 1 || *requests < 1e5 || *drawn < 1 {
		fmt.Fprintln(os.Stderr, "capacity: -seeds and -hold-out must be 1 or more, -requests 100000 or more")
		os.Exit(2)
	}
	ready, drew, other := tuning(), holdOut(*drawn), others()
	know(ready, *requests)
	know(drew, *requests)
	know(other, *requests)
	fmt.Printf("%d runs on each endpoint; truths by %.0f million requests\n", *seeds, *requests/1e6)
	compare("tuned on", ready, ways, *seeds)
	compare("hold-out", drew, ways, *seeds)
	compare("other", other, ways[:1], *seeds)
	project(&ready[0], *seeds, *requests)
}

// know finds the truth about the subjects.
func know(subjects []subject, requests float64) {
	parallel(len(subjects), func(i int) { subjects[i].learn(requests) })
}

// parallel does n things, as many at once as there are cores.
func parallel(n int, do func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
