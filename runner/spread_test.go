package runner

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Percentiles of several seconds are near those of all their samples together.
func TestSpread(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var all Hist
	var p Spread
	for range 10 {
		one := histOf(latencies(rng, 150, 60*time.Millisecond)...)
		s := Second{}
		s.Stats[Response] = one.Stats()
		one.heat(&s.Heat)
		p.Add(&s)
		all.Merge(one)
	}
	if p.Count() != 1500 || p.Trust(.99) != Firm {
		t.Errorf("%d samples, p99 is %v", p.Count(), p.Trust(.99))
	}
	for i, got := range p.Percentiles() {
		want := all.Quantile(spreadQuantiles[i])
		if math.Abs(float64(got)/float64(want)-1) > .07 {
			t.Errorf("quantile %v is %v, of all samples %v", spreadQuantiles[i], got, want)
		}
	}
}

// One second's percentiles are its own, and too few samples have none.
func TestSpreadOfOneSecond(t *testing.T) {
	one := histOf(latencies(rand.New(rand.NewPCG(5, 6)), 50, time.Second)...)
	s := Second{}
	s.Stats[Response] = one.Stats()
	one.heat(&s.Heat)
	var p Spread
	p.Add(new(Second))
	p.Add(&s)
	stats := one.Stats()
	if got, want := p.Percentiles(), [...]time.Duration{stats.P50, stats.P90, 0}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Of streamed answers the times to the first token and to the first byte are merged as response times are.
func TestSpreadOfFirsts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, _ := newLoad(t, tokenTarget{}, func(c *Config) { c.Requests = 200 })
		apply(t, p, Plan{Users: 10})
		<-p.Done()
		p.cfg.Ledger.Close()
		all := snapshot(p.cfg.Ledger)
		for m, want := range map[Measure][2]time.Duration{FirstByte: {80 * ms, 80 * ms}, FirstToken: {100 * ms, 300 * ms}} {
			var sum Spread
			for i := range all.Seconds {
				sum.AddOf(&all.Seconds[i], m)
			}
			if sum.Count() != 180 || sum.Count() != all.Run.Stats[m].Count {
				t.Errorf("%v: %d times of %d", m, sum.Count(), all.Run.Stats[m].Count)
			}
			for i, got := range [...]time.Duration{sum.Percentiles()[0], sum.Percentiles()[2]} {
				if math.Abs(float64(got)/float64(want[i])-1) > .01 {
					t.Errorf("%v: %v, want %v", m, got, want[i])
				}
			}
		}
	})
}
