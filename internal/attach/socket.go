package attach

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// longestSocket is what a socket's address takes everywhere, its closing zero included.
const longestSocket = 104

// listen on a socket that nobody but this user can reach, in the first of dirs that is good for that.
func listen(dirs []string) (*net.UnixListener, error) {
	var why error
	for _, dir := range dirs {
		path := filepath.Join(dir, "sagetop-"+randomName()+".sock")
		switch err := private(dir); {
		case err != nil:
			why = err
		case len(path) >= longestSocket:
			why = fmt.Errorf("%s is too long a path for a socket", path)
		default:
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				why = err
				break
			}
			if why = os.Chmod(path, 0o600); why == nil {
				return l, nil
			}
			_ = l.Close()
		}
	}
	return nil, fmt.Errorf("there is no place for a socket: %w; set XDG_RUNTIME_DIR to a folder of yours with a short path", why)
}

func randomName() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// private makes dir if need be, and holds that it is this user's own and nobody else may enter it.
func private(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s is not a folder that is yours alone (mode 0700)", dir)
	}
	return nil
}
