package session

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Periods that nothing new is known of are kept. Whatever comes in whatever order, they are those that would be made of it at once, and
// those that were shown before stay as they were.
func TestPeriodsAreThoseMadeAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		begin := time.Unix(1_800_000_000, 0)
		info := Info{Started: begin, Target: TargetInfo{Variant: "v", Endpoint: instancesAt("v", 1)}}
		s := newServer(&info)
		var windows []runner.Window
		var seconds []runner.Second
		var shown, asShown [][]sizing.Period
		for i := range 60 {
			now := begin.Add(time.Duration(10*(i+1)) * time.Second)
			for range 10 {
				sec := runner.Second{Delta: runner.Delta{Second: begin.Unix() + int64(len(seconds)), Client: runner.Client{CPUPercent: 100 * rng.Float64(), Cores: 1}}}
				seconds = append(seconds, sec)
			}
			from := begin.Unix() + int64(10*i)
			windows = append(windows, runner.Window{From: from, To: from + 10, Counts: runner.Counts{OK: 100}, Length: 10 * time.Second})
			s.began = begin.Unix()
			late := now.Add(-time.Duration(rng.IntN(5)) * 5 * time.Second) // it comes to be known after a period that it matters for
			switch rng.IntN(4) {
			case 0:
				s.add(someSample(rng, begin, now))
			case 1:
				e := instancesAt("v", 1+rng.IntN(3))
				s.add(cwmetrics.Sample{At: late, Period: 10 * time.Second, Described: late, Endpoint: &e})
			case 2:
				if n := len(s.scalings); n > 0 && s.scalings[n-1].Over.IsZero() {
					c := s.scalings[n-1]
					if c.Over = late; late.Before(c.Asked) {
						c.Over = c.Asked
					}
					s.scale(c)
				} else {
					s.scale(Scaling{From: 1, To: 1 + rng.IntN(5), Asked: late})
				}
			}
			s.join(windows, seconds)
			atOnce := s
			atOnce.periods, atOnce.joined, atOnce.stale = nil, 0, true
			atOnce.join(windows, seconds)
			if !reflect.DeepEqual(s.periods, atOnce.periods) {
				t.Fatalf("seed %d, step %d: some periods are not what they would be if they were made at once", seed, i)
			}
			shown, asShown = append(shown, s.periods), append(asShown, slices.Clone(s.periods))
		}
		if !reflect.DeepEqual(shown, asShown) {
			t.Fatalf("seed %d: periods that were shown have changed since", seed)
		}
	}
}

// instancesAt is an endpoint with so many instances of a variant.
func instancesAt(variant string, n int) cwmetrics.Endpoint {
	return cwmetrics.Endpoint{Status: statusReady, Variants: []cwmetrics.Variant{{Name: variant, Instances: n}}}
}

// someSample tells of a few periods, of some of them again.
func someSample(rng *rand.Rand, begin, now time.Time) cwmetrics.Sample {
	sample := cwmetrics.Sample{At: now, Period: 10 * time.Second}
	for range 1 + rng.IntN(4) {
		at := now.Add(-time.Duration(10*(1+rng.IntN(6))) * time.Second)
		if at.Before(begin) {
			continue
		}
		p := cwmetrics.Point{At: at, Period: 10 * time.Second, Complete: rng.IntN(2) == 0}
		if rng.IntN(3) > 0 {
			p.Invocations = new(float64(100 + rng.IntN(3)*100))
		}
		sample.Points = append(sample.Points, p)
	}
	return sample
}
