// Command diagnosis tries the table of findings on load tests whose limit is known by how they are made, in event time, and prints
// how often the verdict is right: `make diagnosis`.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sagetop/internal/sizing"
)

func main() {
	seeds := flag.Int("seeds", 12, "runs of each scenario")
	first := flag.Uint64("first", 5001, "seed of the first of them")
	only := flag.String("only", "", "scenarios whose name contains this")
	wrong := flag.Bool("wrong", false, "print every wrong verdict with its evidence")
	flag.Parse()
	var some []scenario
	for _, s := range scenarios {
		if strings.Contains(s.name, *only) {
			some = append(some, s)
		}
	}
	results, err := tryAll(some, *first, *seeds)
	if err != nil {
		fmt.Fprintln(os.Stderr, "diagnosis:", err)
		os.Exit(1)
	}
	if *wrong {
		reportWrong(os.Stdout, some, results, *first)
	}
	report(os.Stdout, some, results)
}

// tryAll runs every scenario with so many seeds, on all cores, and returns the verdicts by scenario and seed.
func tryAll(all []scenario, first uint64, seeds int) ([][]sizing.Finding, error) {
	results := make([][]sizing.Finding, len(all))
	for i := range results {
		results[i] = make([]sizing.Finding, seeds)
	}
	jobs := make(chan int)
	errs := make(chan error, 1)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := range jobs {
				i, j := n/seeds, n%seeds
				got, err := all[i].try(first + uint64(j))
				if err != nil {
					select {
					case errs <- fmt.Errorf("%s, seed %d: %w", all[i].name, first+uint64(j), err):
					default:
					}
				}
				results[i][j] = got
			}
		})
	}
	for n := range len(all) * seeds {
		jobs <- n
	}
	close(jobs)
	wg.Wait()
	close(errs)
	return results, <-errs
}

// report prints the confusion table: what was expected, how often that was the verdict, and what was said instead.
func report(w io.Writer, all []scenario, results [][]sizing.Finding) {
	right, total := 0, 0
	fmt.Fprintf(w, "| %-38s | %-14s | right | instead |\n|%s|%s|---|---|\n", "Scenario", "Expected", strings.Repeat("-", 40), strings.Repeat("-", 16))
	for i, s := range all {
		n, instead := confusion(s.want, results[i])
		right, total = right+n, total+len(results[i])
		fmt.Fprintf(w, "| %-38s | %-14s | %d of %d | %s |\n", s.name, s.want, n, len(results[i]), instead)
	}
	fmt.Fprintf(w, "\n%d scenarios, %d runs: %d right, %.1f %%\n", len(all), total, right, 100*float64(right)/float64(total))
}

// reportWrong prints the wrong verdicts, each with the seed that brings it back and what it rests on.
func reportWrong(w io.Writer, all []scenario, results [][]sizing.Finding, first uint64) {
	for i, s := range all {
		for j, f := range results[i] {
			if f.ID != s.want {
				fmt.Fprintf(w, "%s, seed %d: %s: %s\n", s.name, first+uint64(j), f.ID, f.Evidence)
			}
		}
	}
	fmt.Fprintln(w)
}

// confusion counts the verdicts that are want, and names the others: "undersized x2".
func confusion(want string, got []sizing.Finding) (right int, instead string) {
	others := map[string]int{}
	for _, f := range got {
		switch f.ID {
		case want:
			right++
		case "":
			others["nothing"]++
		default:
			others[f.ID]++
		}
	}
	var names []string
	for _, id := range slices.Sorted(maps.Keys(others)) {
		names = append(names, fmt.Sprintf("%s x%d", id, others[id]))
	}
	return right, strings.Join(names, ", ")
}
