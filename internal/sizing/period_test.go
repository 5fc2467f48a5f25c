package sizing

import (
	"testing"
	"time"
)

func TestPeriodText(t *testing.T) {
	from := time.Date(2026, 3, 1, 15, 6, 20, 0, time.FixedZone("", 3600))
	minute := from.Truncate(time.Minute)
	for _, c := range []struct {
		from              time.Time
		length            time.Duration
		text, behind, now string
	}{
		{minute, time.Minute, "minute 15:06", "in minute 15:06", "15:06"},
		{minute.UTC(), time.Minute, "minute 14:06", "in minute 14:06", "14:06"},
		{minute, 5 * time.Minute, "5 min from 15:06", "in the 5 min from 15:06", "15:06"},
		{from, 10 * time.Second, "10s from 15:06:20", "in the 10s from 15:06:20", "15:06:20"},
		{from, 90 * time.Second, "90s from 15:06:20", "in the 90s from 15:06:20", "15:06:20"},
	} {
		if got := PeriodText(c.from, c.length); got != c.text {
			t.Errorf("%q, want %q", got, c.text)
		}
		if got := InPeriod(c.from, c.length); got != c.behind {
			t.Errorf("%q, want %q", got, c.behind)
		}
		if got := PeriodClock(c.from, c.length); got != c.now {
			t.Errorf("%q, want %q", got, c.now)
		}
	}
}
