package cli

import (
	"path/filepath"

	"sagetop/internal/report"
	"sagetop/internal/shell"
)

// command of sagetop for a run or an endpoint, to be pasted.
func command(verb, of string, flags ...string) string {
	return shell.Line(append([]string{"sagetop", verb, of}, flags...)...)
}

// runName is how a person names the run in dir.
func runName(dir string) string {
	if filepath.Dir(dir) == report.BaseDir {
		return filepath.Base(dir)
	}
	return dir
}
