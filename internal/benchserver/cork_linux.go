package benchserver

import (
	"net"

	"golang.org/x/sys/unix"
)

// cork has the system hold back what is written until c is closed.
func cork(c *net.TCPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_CORK, 1) // without, two segments: as good as it gets
	})
}
