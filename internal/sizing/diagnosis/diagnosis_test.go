package main

import (
	"strings"
	"sync/atomic"
	"testing"

	"sagetop/internal/sizing"
)

// leastRight is the share of verdicts that must be right.
const leastRight = .97

// The table is right about load tests that it was not made on. `make diagnosis` tries more of them, and CloudWatch periods of a minute.
func TestDiagnosis(t *testing.T) {
	seeds := []uint64{2, 4}
	if testing.Short() {
		seeds = seeds[:1]
	}
	var wrong atomic.Int64
	t.Run("scenarios", func(t *testing.T) {
		for i := range scenarios {
			s := &scenarios[i]
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				for _, seed := range seeds {
					switch got, err := s.try(seed); {
					case err != nil:
						t.Fatal(err)
					case got.ID != s.want:
						wrong.Add(1)
						t.Logf("seed %d: %s, want %s: %s", seed, got.ID, s.want, got.Evidence)
					}
				}
			})
		}
	})
	all := len(scenarios) * len(seeds)
	if right := all - int(wrong.Load()); float64(right) < leastRight*float64(all) {
		t.Errorf("%d of %d are right, fewer than %v %%", right, all, 100*leastRight)
	}
}

// Every finding is wanted by some scenario, and no two scenarios are one.
func TestScenariosCoverTheTable(t *testing.T) {
	wanted := map[string]bool{}
	names := map[string]bool{}
	for _, s := range scenarios {
		if names[s.name] {
			t.Errorf("two scenarios are named %q", s.name)
		}
		names[s.name], wanted[s.want] = true, true
	}
	for _, f := range sizing.Explain() {
		if !wanted[f.ID] {
			t.Errorf("no scenario wants %s", f.ID)
		}
	}
}

func TestReport(t *testing.T) {
	all := []scenario{{name: "a", want: "container"}, {name: "b", want: "tight"}}
	results := [][]sizing.Finding{{{ID: "container"}, {ID: "oversized", Evidence: "CPU 8%"}}, {{ID: "tight"}, {}}}
	var out, wrong strings.Builder
	report(&out, all, results)
	reportWrong(&wrong, all, results, 5)
	for _, want := range []string{"1 of 2 | oversized x1 |", "1 of 2 | nothing x1 |", "2 scenarios, 4 runs: 2 right, 50.0 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
	if want := "a, seed 6: oversized: CPU 8%\nb, seed 6: : \n\n"; wrong.String() != want {
		t.Errorf("%q, want %q", wrong.String(), want)
	}
}
