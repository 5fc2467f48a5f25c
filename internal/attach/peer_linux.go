package attach

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// sameUser says whether the process at the other end of c is this user's, or why not. The socket's mode says so already; this holds
// where a file system does not.
func sameUser(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) { peer, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	switch {
	case err != nil:
		return err
	case asked != nil:
		return asked
	case int(peer.Uid) != os.Geteuid():
		return fmt.Errorf("the run is another user's (%d)", peer.Uid)
	}
	return nil
}
