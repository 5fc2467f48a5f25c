package cli

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// A run outlives its user's sessions, and so must the way to it: what goes with the last of them is for want of anything better.
func TestSocketsOutliveTheLogin(t *testing.T) {
	t.Setenv("TMPDIR", "/var/tmp")
	own := fmt.Sprintf("/sagetop-%d", os.Geteuid())
	dirs := []string{"/var/tmp" + own, "/tmp" + own}
	for given, want := range map[string][]string{
		"":               dirs,
		"run/user/1000":  dirs,
		"/run/user/1000": append(slices.Clone(dirs), "/run/user/1000"),
	} {
		if got := socketDirs(map[string]string{"XDG_RUNTIME_DIR": given}); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
