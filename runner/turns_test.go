package runner

import (
	"testing"
	"time"
)

// TestMaxRateHoldsWhateverThePlan changes Plans while users wait for their turn, and looks at every stretch of a second.
func TestMaxRateHoldsWhateverThePlan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var sent []time.Time
		target := &fakeTarget{takes: func(int, uint64) time.Duration { return 0 }}
		target.during = func(int, uint64) {
			target.mu.Lock()
			defer target.mu.Unlock()
			sent = append(sent, time.Now())
		}
		count := func() int {
			target.mu.Lock()
			defer target.mu.Unlock()
			return len(sent)
		}
		p, r := newLoad(t, target, func(c *Config) { c.MaxRate = 10 })
		apply(t, p, Plan{Users: 500})
		wait(10 * time.Second)
		if n := count(); n < 100 || n > 101 {
			t.Errorf("%d sent in 10 s at 10/s", n)
		}
		rng := newRand()
		for range 30 {
			apply(t, p, Plan{Users: rng.IntN(500), Paused: rng.IntN(4) == 0})
			wait(time.Duration(rng.Int64N(int64(700 * time.Millisecond))))
		}
		apply(t, p, Plan{Users: 500})
		before := count()
		wait(10 * time.Second)
		if n := count() - before; n < 99 || n > 101 {
			t.Errorf("%d sent in 10 s after changes", n)
		}
		stop(t, p)
		for i := 10; i < len(sent); i++ {
			if d := sent[i].Sub(sent[i-10]); d < time.Second {
				t.Errorf("11 requests within %v", d)
			}
		}
		checkTape(t, r.all())
	})
}
