package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestWorkflow holds that the example of docs is a workflow, and that its commands are such: each of them is read as the program would.
func TestWorkflow(t *testing.T) {
	text, err := os.ReadFile("../../docs/github-actions.yml")
	if err != nil {
		t.Fatal(err)
	}
	var w struct {
		On   map[string]any
		Jobs map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Steps  []struct{ Name, Run, Uses, If string }
		}
	}
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	commands := 0
	for name, job := range w.Jobs {
		if job.RunsOn == "" {
			t.Errorf("job %s runs on nothing", name)
		}
		for _, step := range job.Steps {
			if (step.Run == "") == (step.Uses == "") {
				t.Errorf("step %+v must have one of run and uses", step)
			}
			if line, ok := strings.CutPrefix(step.Run, "./sagetop "); ok {
				commands++
				checkCommand(t, line)
			}
		}
	}
	if commands != 2 || len(w.On) != 2 {
		t.Errorf("%d commands, on %v", commands, w.On)
	}
}

// checkCommand reads a line as far as that goes without running it.
func checkCommand(t *testing.T, line string) {
	t.Helper()
	args := words(t, line)
	if args[0] == "demo" {
		var errw bytes.Buffer
		if code := Main(append(args, "--dry-run"), Streams{In: strings.NewReader(""), Out: io.Discard, Err: &errw}); code != exitOK {
			t.Errorf("%s: code %d, %s", line, code, &errw)
		}
		return
	}
	cmd, args, err := (&app{}).root().Find(args)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if err := errors.Join(cmd.ParseFlags(args), cmd.ValidateArgs(cmd.Flags().Args())); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	texts, _ := cmd.Flags().GetStringArray("fail-if")
	if gates, err := parseGates(texts); err != nil || len(gates) == 0 {
		t.Errorf("%s: %d gates, %v", line, len(gates), err)
	}
}

// words of a line without escapes.
func words(t *testing.T, line string) []string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.ReplaceAll(line, "'", `"`)))
	r.Comma = ' '
	all, err := r.Read()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return all
}
