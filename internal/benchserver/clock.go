package benchserver

import (
	"time"

	"golang.org/x/sys/unix"
)

// Clock reads the system's monotonic clock, which all processes of a machine share. It is 0 where there is none.
func Clock() time.Duration {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return 0
	}
	return time.Duration(now.Nano())
}
