package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"sagetop/internal/report"
)

const reportLong = `Writes a run's page, report.html, into its folder and prints its path; with -o text, json or md it prints the summary instead.
A run that is going on, or was killed, is shown as far as it was written; one that was killed gets its CSV files, too.
` + whichRun

// whichRun is what the commands take that are about a run which there is already.
const whichRun = `RUN is the path of a run folder, its name under sagetop-runs/, or last.`

func oneRun(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s takes one RUN, got %d: sagetop %s last", command, len(args), command)
		}
		return nil
	}
}

func (a *app) reportCommand() *cobra.Command {
	var output, junit string
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Write a run's page, or print its summary; also of one that was killed",
		Long:  reportLong,
		Args:  oneRun("report"),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "html", "html, text, json or md")
	cmd.Flags().StringVar(&junit, "junit", "", "also write SLOs and findings to `FILE` as JUnit test results")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if junit != "" {
			if err := junitOf(args[0], junit); err != nil {
				return err
			}
		}
		if output == "html" {
			return a.page(args[0])
		}
		if checkOutput(output) != nil {
			return usage("--output %q: must be html, text, json or md", output)
		}
		dir, err := report.Find(args[0])
		if err != nil {
			return err
		}
		sum, err := report.Read(dir)
		if err != nil {
			return err
		}
		return a.print(sum, dir, output)
	}
	return cmd
}

// page of the run that arg means, made anew.
func (a *app) page(arg string) error {
	dir, err := report.Find(arg)
	if err != nil {
		return err
	}
	path, sum, err := report.Rebuild(dir)
	if err != nil && sum != nil {
		return fmt.Errorf("%w\n%s prints the summary", err, command("report", arg, "-o", "text"))
	}
	if err != nil {
		return err
	}
	if sum.Lost != "" {
		fmt.Fprintf(a.std.Err, "sagetop: warning: %s\n", sum.Lost)
	}
	_, err = fmt.Fprintln(a.std.Out, path)
	return err
}

// junitOf the run that arg means, in a file.
func junitOf(arg, path string) error {
	dir, err := report.Find(arg)
	if err != nil {
		return err
	}
	sum, err := report.Read(dir)
	if err != nil {
		return err
	}
	return writeJUnit(path, sum)
}

// print the summary as it was asked for: results go to stdout, everything else goes to stderr.
func (a *app) print(sum *report.Summary, dir, output string) error {
	switch output {
	case "json":
		text, err := sum.JSON()
		if err != nil {
			return err
		}
		_, err = a.std.Out.Write(text)
		return err
	case "md":
		return report.WriteMarkdown(a.std.Out, sum, dir)
	}
	return report.WriteText(a.std.Out, sum, dir)
}

func checkOutput(output string) error {
	if output != "text" && output != "json" && output != "md" {
		return usage("--output %q: must be text, json or md", output)
	}
	return nil
}
