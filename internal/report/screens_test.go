package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A screen never takes the place of another, and only its owner can read it.
func TestKeepScreen(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := Create("run", info())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, tt := range []struct {
		at   time.Duration
		want string
	}{
		{0, "screen-00m00s.txt"},
		{252900 * time.Millisecond, "screen-04m12s.txt"},
		{252 * time.Second, "screen-04m12s-2.txt"},
		{252 * time.Second, "screen-04m12s-3.txt"},
		{2*time.Hour + 3*time.Second, "screen-2h00m03s.txt"},
	} {
		path, err := f.KeepScreen(tt.at, tt.want)
		if err != nil || path != filepath.Join("run", tt.want) {
			t.Fatalf("%s %v, want %s", path, err, tt.want)
		}
	}
	all, err := filepath.Glob("run/screen-*")
	if err != nil || len(all) != 5 || f.Screens() != 5 {
		t.Errorf("%q %v, %d kept", all, err, f.Screens())
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil || string(text) != filepath.Base(path) {
			t.Errorf("%s has %q, %v", path, text, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != fileMode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// What was only looked at leaves its screens, and no run.
func TestDiscardLeavesScreens(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := Create("", info())
	if err != nil {
		t.Fatal(err)
	}
	path, err := f.KeepScreen(0, "seen")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(f.Dir())
	if err != nil || len(left) != 1 || left[0].Name() != filepath.Base(path) {
		t.Errorf("left: %v, %v", left, err)
	}
	if dir, err := Find(Last); err == nil {
		t.Errorf("%s counts as a run", dir)
	}
}

// A disk that takes nothing is said with the path and the system's reason, and leaves nothing behind.
func TestScreenThatCannotBeKept(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := Create("run", info())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.RemoveAll("run"); err != nil {
		t.Fatal(err)
	}
	_, err = f.KeepScreen(0, "seen")
	if err == nil || !strings.HasPrefix(err.Error(), filepath.Join("run", "screen-00m00s.txt")+" cannot be written: ") || strings.Count(err.Error(), "run") != 1 || f.Screens() != 0 {
		t.Errorf("%v, %d kept", err, f.Screens())
	}
}
