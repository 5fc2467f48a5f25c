package runner

import (
	"testing"
	"time"
)

// A machine that stands still for seconds must not look like a peak: what ended meanwhile is counted in the first of them.
func TestALateCutIsNoPeak(t *testing.T) {
	bubble(t, func(t *testing.T) {
		held := false
		p, _ := newLoad(t, &fakeTarget{}, func(c *Config) {
			sink := c.Sink
			c.Sink = func(d *Delta) {
				sink(d)
				if d.Seq == 3 && !held {
					held = true
					time.Sleep(3500 * time.Millisecond)
				}
			}
		})
		apply(t, p, Plan{Users: 7}) // 70 ms a request: 100/s
		wait(10 * time.Second)
		stop(t, p)
		var s Snapshot
		p.Snapshot(&s)
		if s.Run.Peak > 107 || s.Run.OK < 990 {
			t.Errorf("peak %.0f/s of 100/s, %d in all", s.Run.Peak, s.Run.OK)
		}
	})
}
