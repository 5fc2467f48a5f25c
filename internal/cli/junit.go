package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sagetop/internal/report"
	"sagetop/internal/shell"
)

// stepSummaryEnv names the file in which GitHub Actions takes a step's summary as Markdown.
const stepSummaryEnv = "GITHUB_STEP_SUMMARY"

// stepSummary adds what write writes to the summary of the step that this is, where it is one. It is beside the result: that it cannot be
// written is a warning.
func (a *app) stepSummary(write func(io.Writer) error) {
	path := a.env[stepSummaryEnv]
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err == nil {
		err = errors.Join(write(f), f.Close())
	}
	if err != nil {
		fmt.Fprintf(a.std.Err, "sagetop: warning: the step's summary (%s) is not written: %v\n", stepSummaryEnv, err)
	}
}

// writeJUnit writes the SLOs and findings of a run for what collects test results.
func writeJUnit(path string, sum *report.Summary) error {
	text, err := sum.JUnit()
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("--junit %s is not written: %w", path, err)
	}
	return nil
}

// validateJUnit says before anything is sent that the folder for test results is missing.
func (o *options) validateJUnit() error {
	if o.junit == "" {
		return nil
	}
	folder := filepath.Dir(o.junit)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("--junit %s cannot be written: there is no folder %s\nmake it first: %s", o.junit, folder, shell.Line("mkdir", "-p", folder))
	}
	return nil
}

// sayToCI writes what a CI job collects. The demo's own SLO is there to be seen failing and fails no job.
func (r *rig) sayToCI(sum *report.Summary, dir string) {
	if r.view.headless {
		r.stepSummary(func(w io.Writer) error { return report.WriteMarkdown(w, sum, dir) })
	}
	if r.o.junit == "" {
		return
	}
	judged := *sum
	if r.e.simulated && !r.o.set["slo"] {
		judged.SLO = nil
	}
	if err := writeJUnit(r.o.junit, &judged); err != nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %v\n%s makes it, too\n", err, shell.Line("sagetop", "report", dir, "--junit", "FILE"))
	}
}
