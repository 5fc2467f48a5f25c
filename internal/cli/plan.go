package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/cloud"
	"sagetop/internal/report"
	"sagetop/internal/sizing"
)

const planLong = `Says from a saved run how many instances carry a target, what they cost, how sure that is, and how auto scaling is to be set
up. RUN is the path of a run folder, its name under sagetop-runs/, or last. Nothing is loaded and nothing at AWS is changed; one call
(pricing:GetProducts) looks the price up, unless --price says it.`

func (a *app) planCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "plan RUN --target-tps TPS",
		Short: "From a saved run: instances, cost and auto scaling for a target",
		Long:  planLong,
		Example: `  sagetop plan last --target-tps 1000
  sagetop plan last --target-tps 1000 --target-cpu 50 --price 1.23 -o md
  sagetop plan last --target-tps 1000 -o tf > scaling.tf`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("plan takes one RUN, got %d: sagetop plan last --target-tps 1000", len(args))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.sizingFlags(f)
	f.Float64Var(&o.sizing.Growth, "growth", sizing.DefaultGrowth, "of the load in a minute that auto scaling leaves room for, in `PERCENT`")
	f.StringVarP(&o.output, "output", "o", "text", "text, json, md or tf (Terraform)")
	f.StringVar(&o.profile, "profile", "", "AWS profile, for the price")
	f.StringVar(&o.endpointURL, "endpoint-url", "", "`URL` of all AWS services")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.take(cmd, a.env); err != nil {
			return err
		}
		return a.plan(cmd.Context(), o, args[0])
	}
	return cmd
}

func (a *app) plan(ctx context.Context, o *options, arg string) error {
	if err := o.validateSizing(); err != nil {
		return err
	}
	if o.output != "tf" {
		if err := checkOutput(o.output); err != nil {
			return usage("--output %q: must be text, json, md or tf", o.output)
		}
	}
	dir, err := report.Find(arg)
	if err != nil {
		return err
	}
	run, err := report.Open(dir)
	if err != nil {
		return err
	}
	ask := o.planAsk(run.Asked())
	if ask.TPS == 0 {
		return usage("plan %s: no target: add --target-tps, the successes a second that are wanted", arg)
	}
	sum := run.Plan(ask, "")
	if p := sum.Sizing; p.Problem != "" {
		return fmt.Errorf("%s cannot be planned from: %s\n%s", dir, p.Problem, p.Advice)
	}
	if ask.Price == 0 {
		usd, err := a.price(ctx, o, &sum.Endpoint)
		if ask.Price = usd; err == nil {
			sum = run.Plan(ask, "price list")
		} else {
			sum.Sizing.NoPrice = strings.ReplaceAll(err.Error(), "\n", "; ") + "; or give --price"
		}
	}
	return a.printPlan(sum, dir, o.output)
}

// planAsk is what the flags ask for, and where they say nothing what the run itself asked for.
func (o *options) planAsk(asked sizing.Ask) sizing.Ask {
	ask := o.sizing
	if !o.set["target-tps"] {
		ask.TPS = asked.TPS
	}
	if !o.set["target-cpu"] && asked.CPU > 0 {
		ask.CPU = asked.CPU
	}
	if !o.set["price"] {
		ask.Price = asked.Price
	}
	return ask
}

// priceTimeout is for finding credentials, too: a plan without a price is better than none.
const priceTimeout = 10 * time.Second

// price of an instance of e. What was simulated is on no price list.
func (a *app) price(ctx context.Context, o *options, e *report.Endpoint) (float64, error) {
	switch {
	case e.Simulated:
		return 0, fmt.Errorf("the endpoint was simulated, so AWS is not asked")
	case e.InstanceType == "" || e.Region == "":
		return 0, fmt.Errorf("the run does not say which instance type in which region")
	}
	ctx, cancel := context.WithTimeout(ctx, priceTimeout)
	defer cancel()
	c, err := cloud.Load(ctx, cloud.Options{Region: e.Region, Profile: o.profile, EndpointURL: o.endpointURL})
	if err != nil {
		return 0, err
	}
	return c.HostingPrice(ctx, e.InstanceType)
}

func (a *app) printPlan(sum *report.Summary, dir, output string) error {
	switch output {
	case "json":
		text, err := sum.Sizing.JSON()
		if err != nil {
			return err
		}
		_, err = a.std.Out.Write(text)
		return err
	case "md":
		return report.WritePlanMarkdown(a.std.Out, sum, dir)
	case "tf":
		return report.WritePlanTerraform(a.std.Out, sum)
	}
	return report.WritePlan(a.std.Out, sum, dir)
}
