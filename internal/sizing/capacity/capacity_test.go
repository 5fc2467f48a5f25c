package main

import (
	"math"
	"testing"
)

// known are the capacities that make capacity finds.
var known = map[string]float64{"distilbert-m5": 180, "hyperthreaded": 116.8, "heavy-tail": 186.7}

// A few runs of make capacity: every rate that is called held lies near the capacity of the endpoint, and all of them nearer.
func TestSearchIsNear(t *testing.T) {
	if testing.Short() {
		t.Skip("an hour and a half of load")
	}
	const seeds, most, mostMean = 3, .08, .03
	var all []score
	for _, s := range tuning() {
		s.capacity = known[s.name]
		if s.capacity == 0 {
			continue
		}
		scores := make([]score, seeds)
		parallel(seeds, func(seed int) { scores[seed] = scoreOf(&s, search(&s, uint64(seed))) })
		for seed, sc := range scores {
			if sc.none || math.Abs(sc.off) > most {
				t.Errorf("%s, seed %d: off by %.1f %%", s.name, seed, 100*sc.off)
			}
		}
		t.Logf("%s: %s", s.name, row(scores))
		all = append(all, scores...)
	}
	if off := mean(all, func(s score) float64 { return math.Abs(s.off) }); off > mostMean {
		t.Errorf("off by %.1f %% on average", 100*off)
	}
}

// At the rate that is called the truth the share of bad requests is the share allowed, in a run of other requests too.
func TestTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("an hour of load")
	}
	s := tuning()[0]
	const requests = 5e5
	rate := s.truth(requests)
	if math.Abs(rate/known[s.name]-1) > .03 {
		t.Errorf("%.1f, and %.1f by a longer look", rate, known[s.name])
	}
	if at, above := s.share(.97*rate, requests), s.share(1.05*rate, requests); at > s.alpha || above < 2*s.alpha {
		t.Errorf("%.2f %% are bad a little below, %.2f %% above", 100*at, 100*above)
	}
}

// What nothing was tuned on is the same on every machine.
func TestHoldOut(t *testing.T) {
	a, b := holdOut(8), holdOut(8)
	for i := range a {
		if a[i].profile != b[i].profile || a[i].limit != b[i].limit || a[i].instances < 1 {
			t.Errorf("%+v and %+v", a[i], b[i])
		}
		if err := a[i].profile.Validate(); err != nil {
			t.Error(err)
		}
	}
}
