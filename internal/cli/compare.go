package cli

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"sagetop/internal/report"
)

const compareLong = `Puts saved runs side by side and says which differences are real: more than what varied within the runs explains. The
first run is the baseline. What is not the same about the runs themselves (load, payload, instances, client) is said before.
With --fail-if it is a gate: code 3 when one holds, 5 when one cannot be judged, 4 when a run is invalid.
` + whichRun

// mostCompared runs have a letter each.
const mostCompared = 26

type compareOptions struct {
	output string
	json   bool
	failIf []string
}

func (a *app) compareCommand() *cobra.Command {
	o := &compareOptions{}
	cmd := &cobra.Command{
		Use:   "compare BASELINE RUN...",
		Short: "Differences between saved runs, and which of them are real",
		Long:  compareLong,
		Example: `  sagetop compare sagetop-runs/20261123T150405Z_distilbert last
  sagetop compare before last --fail-if 'p99 worse by 10%' --fail-if 'errors worse by 0.5 points'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > mostCompared {
				return usage("compare takes two RUNs or more, %d at most, got %d: sagetop compare BASELINE last", mostCompared, len(args))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&o.failIf, "fail-if", nil, "difference that ends with code 3, repeatable: 'p99 worse by 10%' 'errors worse by 0.5 points'")
	f.StringVarP(&o.output, "output", "o", "text", "text, json, md, or html: a page of its own")
	f.BoolVar(&o.json, "json", false, "the same as -o json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fromEnvironment(cmd, a.env); err != nil {
			return err
		}
		return a.compare(o, args)
	}
	return cmd
}

func (a *app) compare(o *compareOptions, args []string) error {
	if o.output != "html" && checkOutput(o.output) != nil {
		return usage("--output %q: must be text, json, md or html", o.output)
	}
	if o.json {
		o.output = "json"
	}
	gates, err := parseGates(o.failIf)
	if err != nil {
		return err
	}
	dirs, err := foldersOf(args)
	if err != nil {
		return err
	}
	c, err := report.Compare(dirs, gates)
	if err != nil {
		return err
	}
	a.stepSummary(c.WriteMarkdown)
	if err := a.printComparison(c, o.output); err != nil {
		return err
	}
	if code := gateCode(c); code != exitOK {
		return &exit{code: code}
	}
	return nil
}

// foldersOf the runs that args mean, each of them another.
func foldersOf(args []string) (dirs []string, err error) {
	var seen []os.FileInfo
	for _, arg := range args {
		dir, err := report.Find(arg)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(dir)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(seen, func(other os.FileInfo) bool { return os.SameFile(other, info) }); i >= 0 {
			return nil, usage("%q is the run %s again: it does not differ from itself", arg, dirs[i])
		}
		dirs, seen = append(dirs, dir), append(seen, info)
	}
	return dirs, nil
}

func parseGates(texts []string) (all []report.Gate, err error) {
	for _, text := range texts {
		g, err := report.ParseGate(text)
		if err != nil {
			return nil, usage("--fail-if: %w", err)
		}
		all = append(all, g)
	}
	return all, nil
}

func (a *app) printComparison(c *report.Comparison, output string) error {
	var b bytes.Buffer
	var err error
	switch output {
	case "json":
		var text []byte
		text, err = c.JSON()
		b.Write(text)
	case "md":
		err = c.WriteMarkdown(&b)
	case "html":
		err = c.WriteHTML(&b)
	default:
		err = c.WriteText(&b)
	}
	if err == nil {
		_, err = a.std.Out.Write(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("the comparison cannot be written: %w", err)
	}
	return nil
}

// gateCode is that of the gates. What an invalid run measured fails and passes nothing, and neither does what cannot be judged.
func gateCode(c *report.Comparison) int {
	if len(c.Gates) == 0 {
		return exitOK
	}
	has := func(p report.Pass) bool {
		return slices.ContainsFunc(c.Gates, func(h report.Held) bool { return h.Holds == p })
	}
	switch {
	case slices.ContainsFunc(c.Runs, func(r report.Compared) bool { return !r.Valid }):
		return exitInvalid
	case has(report.Unknown):
		return exitInconclusive
	case has(report.Passed):
		return exitSLO
	}
	return exitOK
}
