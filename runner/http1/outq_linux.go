package http1

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// unacknowledged is how many bytes were sent that the other end's system has not confirmed.
func unacknowledged(raw syscall.RawConn) (n int) {
	_ = raw.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	return n
}
