package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/shell"
	"sagetop/internal/sizing"
)

const findLong = `Finds the highest rate of requests that holds the SLOs: two users first, then bursts, then an open loop at the rates around where
the endpoint gives in, and the one that seems to hold for some minutes more. It takes about eight minutes, overloads the endpoint for
seconds at a time, and says how sure the answer is, what CPU it took, and with --target-tps how many instances that takes. With --verify
it then scales to them, once that is agreed to, loads the target, and says whether it holds and by how much the projection was wrong.`

func (a *app) findCommand() *cobra.Command {
	o := &options{find: true}
	cmd := &cobra.Command{
		Use:   "find ENDPOINT --slo 'p99<200ms'",
		Short: "Find the highest TPS that holds the SLOs",
		Long:  findLong,
		Example: `  sagetop find my-endpoint -d @payload.json --slo 'p99<200ms'
  sagetop find my-endpoint -d @payload.json --slo 'p99<200ms' --slo 'errors<1%' --target-tps 1000
  sagetop find my-endpoint -d @payload.json --slo 'p99<200ms' --target-tps 1000 --verify --restore
  sagetop find my-endpoint -d @payload.json --slo 'p99<200ms' --max-rate 300 --json`,
	}
	a.loadsOne(cmd, o, "sagetop find my-endpoint -d @payload.json --slo 'p99<200ms'")
	cmd.Flags().BoolVar(&o.verify, "verify", false, "then scale to what --target-tps takes (asks), and say whether it holds")
	o.proveForFlag(cmd.Flags(), verifyFor)
	onHangup := cmd.Flags().Lookup("on-hangup")
	o.onHangup, onHangup.DefValue = onHangupContinue, onHangupContinue // minutes of load are not to be lost with a terminal
	cmd.Flags().Lookup("duration").Usage = "end the search after so long, found or not (default: when it is found)"
	hide(cmd, searchDecides...)
	return cmd
}

// searchDecides are the flags of a load that is not searched for.
var searchDecides = []string{"users", "spawn-rate", "think-time", "rate", "arrivals", "stages", "warmup"}

// validateFind refuses what cannot be searched for.
func (o *options) validateFind() error {
	if err := o.validateProve(); err != nil || !o.find {
		return err
	}
	if i := slices.IndexFunc(searchDecides, func(n string) bool { return o.set[n] }); i >= 0 {
		return usage("--%s with --find: the search itself decides what is sent when", searchDecides[i])
	}
	var rules []sizing.Rule
	for _, text := range o.slos {
		r, err := sizing.ParseSLO(text)
		if err != nil {
			return usage("--slo: %w", err)
		}
		rules = append(rules, r)
	}
	if _, ok := sizing.LatencySLO(rules); !ok {
		return usage("find needs an SLO on response times that is to hold: --slo 'p99<200ms'")
	}
	_, err := sizing.NewSearch(sizing.SearchConfig{Rules: rules, MaxRate: o.maxRate, MaxUsers: o.maxUsers, MaxRequests: o.requests, TargetCPU: o.sizing.CPU})
	if err != nil {
		return usage("find: %s", strings.TrimPrefix(err.Error(), sizing.ErrSearch.Error()+": "))
	}
	return nil
}

// steady says why a search would not know what it measures, or nil: auto scaling changes the endpoint while it is loaded. Whoever wants
// that all the same says so.
func (r *rig) steady() error {
	a, s := r.site.scaling, r.site
	if !r.o.find || a == nil || a.Paused || r.o.yes == s.endpoint.Name {
		return nil
	}
	if r.view.in != nil {
		return nil // asked about, see scalingRisk
	}
	return fmt.Errorf("%s\n%s\nor load it all the same: --yes=%s", r.scalingRisk(), r.suspending(), s.endpoint.Name)
}

// scalingRisk is what auto scaling does to a search, "" when there is none.
func (r *rig) scalingRisk() string {
	a := r.site.scaling
	if !r.o.find || a == nil || a.Paused {
		return ""
	}
	return fmt.Sprintf("%s scales from %d to %d %s by itself, and a change of them voids the search", r.site.endpoint.Name, a.Min, a.Max, r.site.unit().Many())
}

// scalingPromise is what --dry-run says of auto scaling.
func (r *rig) scalingPromise() string {
	risk := r.scalingRisk()
	if risk == "" || r.o.yes == r.site.endpoint.Name {
		return ""
	}
	return fmt.Sprintf("\n%s: %s\n%s", risk, r.wouldAsk(), r.suspending())
}

// suspending are the commands that suspend auto scaling, and that resume it.
func (r *rig) suspending() string {
	dimension, resource := report.ScalingTarget(r.site.endpoint.Name, r.site.variantName(), report.ComponentOf(r.site.endpoint))
	command := func(suspended bool) string {
		return shell.Line(append([]string{
			"aws", "application-autoscaling", "register-scalable-target", "--service-namespace", "sagemaker",
			"--scalable-dimension", dimension, "--resource-id", resource, "--suspended-state",
			fmt.Sprintf("DynamicScalingInSuspended=%v,DynamicScalingOutSuspended=%[1]v,ScheduledScalingSuspended=%[1]v", suspended),
		}, r.site.where(r.o)...)...)
	}
	return "suspend: " + command(true) + "\nresume:  " + command(false)
}

// where leads an aws command to the account and region.
func (s *site) where(o *options) []string {
	words := []string{"--region", s.cloud.Region()}
	if o.profile != "" {
		words = append(words, "--profile", o.profile)
	}
	if o.endpointURL != "" {
		words = append(words, "--endpoint-url", o.endpointURL)
	}
	return words
}

// findPromise is what --dry-run says of a search.
func (w *workload) findPromise(o *options) string {
	text := fmt.Sprintf("would search for the highest rate that holds %s, for about 8 minutes, with %s, from at most %d users",
		strings.Join(o.slos, ", "), w.payloadText(o), w.other.Users)
	if o.maxRate > 0 {
		text += fmt.Sprintf(", at most %v requests/s", o.maxRate)
	}
	if o.requests > 0 {
		text += fmt.Sprintf("; at most %d requests, and one tried before", o.requests)
	}
	return text + "; nothing was sent"
}

// findOutcome is the exit code of a search that came to its end, without a verification.
func findOutcome(st *session.State) int {
	switch p := st.Proposal; st.Search.Result.Outcome {
	case sizing.Held:
		if p != nil && p.Refused == "" { // it was on its way
			return exitInconclusive
		}
		return exitOK
	case sizing.NoRate:
		return exitSLO
	case sizing.ClientLimited:
		return exitInvalid
	}
	return exitInconclusive
}

// findLine is the search in one line, for the progress.
func findLine(st *session.State) string {
	p, ten := &st.Search.Progress, &st.Load.Ten
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s %s  %s", st.Now.Format(time.TimeOnly), st.Phase, clock(st.Elapsed), p.Phase)
	if p.Rate > 0 {
		fmt.Fprintf(&b, " %.1f/s", p.Rate)
	} else {
		fmt.Fprintf(&b, " %d users", p.Users)
	}
	if known := p.Bracket(); known != "" {
		b.WriteString(" (" + known + ")")
	}
	fmt.Fprintf(&b, "  %.1f ok/s  p99 %s ms  failed %d (%.1f%%)", ten.TPS(), quantile(ten, 0.99), ten.Failed, 100*ten.FailedShare())
	return b.String() + "  about " + clock(p.Left) + " left"
}
