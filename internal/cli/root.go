package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sagetop/internal/cloud"
)

// version is set by make dist.
var version = "dev"

const rootLong = `sagetop load-tests an Amazon SageMaker real-time endpoint from one terminal. It shows TPS and latency as the client
sees them beside what CloudWatch says of the endpoint, and names what limits it.

  sagetop demo                                  the whole story on a simulated endpoint: no AWS account needed
  sagetop check my-endpoint -d @payload.json    does it answer, how fast, and what may I do: one request, two seconds
  sagetop my-endpoint                           watch an endpoint, without load
  sagetop run my-endpoint -d @payload.json      load it; + and - change the users
  sagetop run my-endpoint -d @p.json -q 150     150 requests a second, however slow the answers are
  sagetop find my-endpoint -d @p.json --slo 'p99<200ms'   the highest TPS that holds that
  sagetop view last                             look back at the last run, or follow it: left and right move in time
  sagetop plan last --target-tps 1000           from the last run: instances, cost, auto scaling
  sagetop compare before last                   which differences between two runs are real
  sagetop                                       list the endpoints of the account and region`

// root is the command line. An argument that is no command is an endpoint to watch.
func (a *app) root() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:           "sagetop [ENDPOINT]",
		Short:         "Load-test a SageMaker endpoint from a terminal",
		Long:          rootLong,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
	}
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if err := a.oneEndpoint(root, args); err != nil {
			return err
		}
		if err := o.resolve(cmd, a.env); err != nil {
			return err
		}
		if len(args) == 0 {
			return a.list(cmd.Context(), o)
		}
		return a.watch(cmd.Context(), o, args[0])
	}
	o.allFlags(root)
	hide(root, "instances", "detach") // who only looks on changes nothing unasked, and looks
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage("%w", plainFlagError(cmd, err)) })
	root.SetVersionTemplate("sagetop {{.Version}}\n")
	root.AddCommand(
		a.runCommand(), a.checkCommand(), a.findCommand(), a.demoCommand(), a.reportCommand(), a.compareCommand(), a.viewCommand(), a.planCommand(), a.verifyCommand(), a.attachCommand(),
		a.stopCommand(), a.restoreCommand(), a.simulateCommand(),
	)
	return root
}

// oneEndpoint refuses what is rather a mistyped command than the name of an endpoint: a typo must load nothing.
func (a *app) oneEndpoint(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := nearest(args[0], commandNames(root)); near != "" {
		return usage("%q is no command; did you mean %q?\nTo watch an endpoint that is named so, give its ARN", args[0], near)
	}
	if len(args) > 1 {
		return usage("%q after %q: sagetop takes one ENDPOINT, flags after it begin with --", args[1], args[0])
	}
	return nil
}

func commandNames(root *cobra.Command) []string {
	names := []string{"help", "completion"}
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return names
}

// nearest is the command that word was probably meant to be: one letter more, less, other or swapped. Farther ones may well be
// endpoints.
func nearest(word string, commands []string) string {
	for _, name := range commands {
		if cloud.Distance(word, name) == 1 {
			return name
		}
	}
	return ""
}

// allFlags are those of everything that shows or loads an endpoint, in the groups of the help.
func (o *options) allFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	o.whereFlags(f)
	o.targetFlags(f)
	o.loadFlags(f)
	o.judgeFlags(f)
	o.outputFlags(f)
	o.cloudWatchFlags(f)
	o.scaleFlags(f)
	o.sizingFlags(f)
	o.safetyFlags(f)
	o.awayFlags(f)
}

// plainFlagError says what a flag's value should have been, without the parser's own words.
func plainFlagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return nearestFlag(cmd, unknown)
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		value, what := pflag.UnquoteUsage(missing.GetFlag())
		return fmt.Errorf("no value for --%s %s: %s", missing.GetFlag().Name, value, what)
	}
	bad, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	want := map[string]string{
		"int": "a whole number", "uint64": "a whole number of 0 or more", "float64": "a number", "duration": "a time such as 30s, 5m or 1h30m", "bool": "true or false",
	}[bad.GetFlag().Value.Type()]
	if want == "" {
		return err
	}
	return fmt.Errorf("--%s %q: must be %s", bad.GetFlag().Name, bad.GetValue(), want)
}

// nearestFlag adds the flag that was probably meant.
func nearestFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	best, least := "", 3
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if d := cloud.Distance(unknown.GetSpecifiedName(), f.Name); d < least && !f.Hidden {
			best, least = f.Name, d
		}
	})
	if best == "" || len(unknown.GetSpecifiedName()) < 3 {
		return unknown
	}
	return fmt.Errorf("%w; did you mean --%s?", unknown, best)
}

// hide takes flags off a command on which they have no meaning: giving one is a usage error, not silence.
func hide(cmd *cobra.Command, names ...string) {
	f := cmd.Flags()
	inner := cmd.RunE
	for _, n := range names {
		_ = f.MarkHidden(n) // an unknown name: TestHiddenFlags fails
	}
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if i := slices.IndexFunc(names, f.Changed); i >= 0 {
			return usage("--%s has no meaning for %s", names[i], strings.TrimPrefix(c.CommandPath(), "sagetop "))
		}
		return inner(c, args)
	}
}
