package sizing

import (
	"fmt"
	"time"
)

// PeriodText names the period that starts at from: "minute 14:06", "5 min from 14:05", "10s from 14:06:20". Clock times are in the
// zone of from; a reader of another zone than the writer's adds its name at the end.
func PeriodText(from time.Time, length time.Duration) string {
	clock := PeriodClock(from, length)
	switch {
	case length == time.Minute:
		return "minute " + clock
	case length > time.Minute && length%time.Minute == 0:
		return fmt.Sprintf("%d min from %s", length/time.Minute, clock)
	}
	return fmt.Sprintf("%.0fs from %s", length.Seconds(), clock)
}

// InPeriod is PeriodText to go behind figures: "in minute 14:06", "in the 10s from 14:06:20".
func InPeriod(from time.Time, length time.Duration) string {
	if length == time.Minute {
		return "in " + PeriodText(from, length)
	}
	return "in the " + PeriodText(from, length)
}

// PeriodClock is the start of a period, as exact as its length asks for: "14:06", "14:06:20".
func PeriodClock(from time.Time, length time.Duration) string {
	if length >= time.Minute && length%time.Minute == 0 {
		return from.Format("15:04")
	}
	return from.Format(time.TimeOnly)
}
