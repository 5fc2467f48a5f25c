package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestReferenceNamesEveryFlag keeps docs/reference.md from drifting behind the command line.
func TestReferenceNamesEveryFlag(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	root := (&app{}).root()
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Hidden {
			continue
		}
		if cmd != root && !strings.Contains(string(text), "`sagetop "+cmd.Name()) {
			t.Errorf("docs/reference.md lacks the command %s", cmd.Name())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(string(text), "--"+f.Name) {
				t.Errorf("docs/reference.md lacks --%s of %s", f.Name, cmd.CommandPath())
			}
		})
	}
}

// TestHiddenFlags holds that what the demo hides is a flag at all.
func TestHiddenFlags(t *testing.T) {
	var demo *cobra.Command
	for _, cmd := range (&app{}).root().Commands() {
		if cmd.Name() == "demo" {
			demo = cmd
		}
	}
	hidden := 0
	demo.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			hidden++
		}
	})
	if hidden != 6 {
		t.Errorf("%d flags of the demo are hidden, want 6", hidden)
	}
}
