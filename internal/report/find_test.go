package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func makeRun(t *testing.T, dir string, wrote time.Time) {
	t.Helper()
	path := filepath.Join(dir, TimelineFile)
	for _, err := range []error{os.MkdirAll(dir, 0o700), os.WriteFile(path, nil, 0o600), os.Chtimes(path, wrote, wrote)} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	under := func(name string) string { return filepath.Join(BaseDir, name) }
	makeRun(t, under("20261123T150405Z_b"), start)
	makeRun(t, under("20261123T150405Z_b-10"), start.Add(3*time.Second))
	makeRun(t, under("20261123T150405Z_b-2"), start.Add(2*time.Second))
	makeRun(t, under("20261122T150405Z_z"), start.Add(time.Hour))
	makeRun(t, under("named"), start.Add(2*time.Hour))
	makeRun(t, "elsewhere/run", start)
	if err := os.MkdirAll(under("20991123T150405Z_empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]string{
		Last:                            under("20261123T150405Z_b-10"),
		"named":                         under("named"),
		"elsewhere/run":                 "elsewhere/run",
		"elsewhere/run/":                "elsewhere/run/",
		"elsewhere/run/" + TimelineFile: "elsewhere/run",
		under("named"):                  under("named"),
	} {
		if got, err := Find(arg); got != want || err != nil {
			t.Errorf("Find(%q) = %q, %v, want %q", arg, got, err, want)
		}
	}
	for arg, want := range map[string]string{
		"":                       "its name is empty",
		"nothing":                `"nothing" is not a run's folder, nor one of the 5 under sagetop-runs; the last one is 20261123T150405Z_b-10`,
		"elsewhere":              "the folder elsewhere has no timeline.ndjson",
		"elsewhere/run/run.json": "is not a run's folder",
	} {
		if got, err := Find(arg); !errors.Is(err, ErrNoRun) || !strings.Contains(err.Error(), want) {
			t.Errorf("Find(%q) = %q, %v, want an error with %q", arg, got, err, want)
		}
	}
}

func TestFindWhereThereIsNone(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, arg := range []string{Last, "x"} {
		if _, err := Find(arg); !errors.Is(err, ErrNoRun) || !strings.Contains(err.Error(), "there is none under sagetop-runs") {
			t.Errorf("Find(%q): %v", arg, err)
		}
	}
}
