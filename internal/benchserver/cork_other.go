//go:build !linux

package benchserver

import "net"

// cork does nothing where the system has no such thing.
func cork(*net.TCPConn) {}
