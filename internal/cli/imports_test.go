package cli_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// houses says which of our packages each one may import directly, beside the standard library and other modules.
var houses = map[string][]string{
	"sagetop":                              {"internal/cli"},
	"sagetop/runner":                       {},
	"sagetop/runner/http1":                 {},
	"sagetop/runner/expect":                {},
	"sagetop/runner/sagemaker":             {"runner", "runner/http1", "runner/expect"},
	"sagetop/cwmetrics":                    {},
	"sagetop/internal/cloud":               {"internal/shell"},
	"sagetop/internal/shell":               {},
	"sagetop/internal/check":               {"runner", "runner/sagemaker", "cwmetrics", "internal/cloud"},
	"sagetop/internal/sizing":              {"runner"},
	"sagetop/internal/sizing/diagnosis":    {"runner", "internal/sizing", "internal/sizing/trial", "internal/simulator/model"},
	"sagetop/internal/sizing/trial":        {"runner", "internal/sizing", "internal/simulator/model"},
	"sagetop/internal/sizing/capacity":     {"runner", "internal/sizing", "internal/sizing/trial", "internal/simulator/model"},
	"sagetop/internal/session":             {"runner", "cwmetrics", "internal/sizing", "internal/shell"},
	"sagetop/internal/attach":              {"internal/session"},
	"sagetop/internal/report":              {"runner", "cwmetrics", "internal/sizing", "internal/session", "internal/shell"},
	"sagetop/internal/simulator":           {"internal/simulator/model", "internal/simulator/wire"},
	"sagetop/internal/simulator/model":     {},
	"sagetop/internal/simulator/wire":      {},
	"sagetop/internal/benchserver":         {"runner"},
	"sagetop/internal/benchserver/compare": {"runner", "runner/sagemaker", "internal/benchserver"},
	"sagetop/tui":                          {"tui/canvas", "runner", "cwmetrics", "internal/sizing", "internal/session", "internal/shell"},
	"sagetop/tui/canvas":                   {},
}

// TestImportMap holds the map of CONTRIBUTING.md: who may know whom.
func TestImportMap(t *testing.T) {
	for line := range strings.Lines(list(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "sagetop/...")) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		if pkg == "sagetop/internal/cli" {
			continue // it wires everything
		}
		may, ok := houses[pkg]
		if !ok {
			t.Errorf("%s is not on the map: add it here and in CONTRIBUTING.md", pkg)
			continue
		}
		for imp := range strings.FieldsSeq(imports) {
			if ours, ok := strings.CutPrefix(imp, "sagetop/"); ok && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s, which it may not know", pkg, imp)
			}
		}
	}
}

// TestPurity proves by all that they reach, not only by what they import, that the engine and the judgement know no AWS, no screen
// and no command line.
func TestPurity(t *testing.T) {
	for _, pkg := range []string{"sagetop/runner", "sagetop/runner/http1", "sagetop/runner/expect", "sagetop/internal/sizing"} {
		for dep := range strings.FieldsSeq(list(t, "-deps", pkg)) {
			for _, bad := range []string{"aws", "smithy", "charm.land", "charmbracelet", "cobra"} {
				if strings.Contains(dep, bad) {
					t.Errorf("%s reaches %s", pkg, dep)
				}
			}
		}
	}
}

func list(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return string(out)
}
