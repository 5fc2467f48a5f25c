package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"sagetop/runner"
)

// score of one run.
type score struct {
	off   float64 // of the rate, as a share of the truth
	after time.Duration
	above int     // seconds in which more than the truth was offered
	flood int     // seconds in which more than a fifth of the answers was bad
	atCPU float64 // how far TPS at 65 % CPU is off, as a share of the truth; NaN: not told, or nothing to tell
	none  bool    // no rate was found
}

func scoreOf(s *subject, f found) score {
	out := score{off: f.rate/s.capacity - 1, after: f.after, atCPU: math.NaN(), none: f.rate == 0}
	if f.atCPU > 0 && !f.about && s.atCPU > 0 {
		out.atCPU = f.atCPU/s.atCPU - 1
	}
	const fifth = .2
	for i := range f.seconds {
		second := &f.seconds[i]
		offered := second.Plan.Rate
		if second.Plan.Loop == runner.Closed {
			offered = second.TPS()
		}
		if offered > s.capacity {
			out.above++
		}
		if float64(second.Over) > fifth*float64(second.OK+second.Failed) {
			out.flood++
		}
	}
	return out
}

// compare prints what the ways find on the subjects.
func compare(title string, subjects []subject, ways []way, seeds int) {
	fmt.Printf("\n### %s\n\n| way | endpoint, SLO | truth | %s\n|---|---|---|%s\n", title, columns, rule)
	for _, w := range ways {
		var all []score
		runs := max(1, seeds/w.fewer)
		for i := range subjects {
			s := &subjects[i]
			scores := make([]score, runs)
			parallel(runs, func(seed int) { scores[seed] = scoreOf(s, w.find(s, uint64(seed))) })
			fmt.Printf("| %s | %s x %d, %s | %.1f | %s\n", w.name, s.name, s.instances, s.slo, s.capacity, row(scores))
			all = append(all, scores...)
		}
		fmt.Printf("| **%s** | **all** | | %s\n", w.name, row(all))
	}
}

const (
	columns = "MAE | mean error | > 3 % above | none found | median time | s above truth | s flooded | TPS at 65 % CPU |"
	rule    = "---|---|---|---|---|---|---|---|"
)

func row(all []score) string {
	found := slices.DeleteFunc(slices.Clone(all), func(s score) bool { return s.none })
	sized := slices.DeleteFunc(slices.Clone(all), func(s score) bool { return math.IsNaN(s.atCPU) })
	times := make([]float64, len(found))
	for i := range found {
		times[i] = found[i].after.Seconds()
	}
	slices.Sort(times)
	median := math.NaN()
	if len(times) > 0 {
		median = times[len(times)/2]
	}
	far := mean(found, func(s score) float64 {
		if s.off > .03 {
			return 1
		}
		return 0
	})
	cpu := "-"
	if len(sized) > 0 {
		cpu = fmt.Sprintf("%.1f %% off in %d", 100*mean(sized, func(s score) float64 { return math.Abs(s.atCPU) }), len(sized))
	}
	return fmt.Sprintf("%.1f %% | %+.1f %% | %.0f %% | %d | %.0f s | %.0f | %.0f | %s |",
		100*mean(found, func(s score) float64 { return math.Abs(s.off) }), 100*mean(found, func(s score) float64 { return s.off }),
		100*far, len(all)-len(found), median,
		mean(all, func(s score) float64 { return float64(s.above) }), mean(all, func(s score) float64 { return float64(s.flood) }), cpu)
}

func mean(all []score, of func(score) float64) float64 {
	sum := 0.
	for _, s := range all {
		sum += of(s)
	}
	return sum / float64(len(all))
}

// project prints what a capacity found on one instance says of several.
func project(s *subject, seeds int, requests float64) {
	found := make([]float64, seeds)
	parallel(seeds, func(seed int) { found[seed] = search(s, uint64(seed)).rate })
	slices.Sort(found)
	fmt.Printf("\n### From one instance to n, %s, %s\n\n| n | n x found (median) | truth | off by |\n|---|---|---|---|\n", s.name, s.slo)
	several := []subject{*s, *s}
	several[0].instances, several[1].instances = 5, 20
	know(several, 2*requests)
	for i := range several {
		n := &several[i]
		said := float64(n.instances) * found[len(found)/2]
		fmt.Printf("| %d | %.0f | %.0f | %+.1f %% |\n", n.instances, said, n.capacity, 100*(said/n.capacity-1))
	}
}
