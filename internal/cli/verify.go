package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sagetop/internal/report"
	"sagetop/internal/session"
)

const verifyLong = `Loads the endpoint of a saved run with a target, under the SLOs, and says whether it holds and by how much the run's projection
was wrong. Endpoint, region, payload and SLOs are those of the run, unless a flag says otherwise; --instances scales first.
Code 0: verified. 3: not. 5: it cannot be told.
RUN is the path of a run folder, its name under sagetop-runs/, or last.`

// Defaults of a verification: how long the target is held, and how long before that it is left out of the figures.
const (
	verifyFor    = 5 * time.Minute
	verifySettle = 15 * time.Second
)

// unfitForVerify are flags that say another load than the target.
var unfitForVerify = []string{"users", "spawn-rate", "think-time", "rate", "arrivals", "stages", "requests"}

// inherited are the flags that a verification has from the run that it verifies.
var inherited = []string{
	"profile", "endpoint-url", "variant", "target-model", "inference-component", "session-id", "custom-attributes",
	"payload", "payload-order", "seed", "content-type", "accept", "stream", "tokens", "expect", "max-users", "timeout", "client", "no-cloudwatch", "vcpus", "target-tps", "target-cpu", "price",
}

func (a *app) verifyCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "verify RUN --target-tps TPS",
		Short: "Load a target, and say whether a saved run's projection holds",
		Long:  verifyLong,
		Example: `  sagetop verify last --target-tps 1000 --instances 9 --restore
  sagetop verify last --target-tps 1000 -z 10m --headless --yes=my-endpoint`,
		Args: oneRun("verify"),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, err := a.verification(cmd, o, args[0])
		if err != nil {
			return err
		}
		if a.detaches(o) {
			return a.detach(cmd.Context(), o)
		}
		return a.run(cmd.Context(), o, e)
	}
	o.allFlags(cmd)
	cmd.Flags().Lookup("duration").Usage = "how long the target is held (default 5m)"
	hide(cmd, unfitForVerify...)
	return cmd
}

// verification is the errand of verifying arg, with what the flags do not say taken from that run.
func (a *app) verification(cmd *cobra.Command, o *options, arg string) (*errand, error) {
	dir, err := report.Find(arg)
	if err != nil {
		return nil, err
	}
	run, err := report.Open(dir)
	if err != nil {
		return nil, err
	}
	info := run.Info()
	if info.Target.Simulated {
		return nil, fmt.Errorf("%s loaded the demo's own endpoint, which is gone with it: nothing is there to verify it on", runName(dir))
	}
	own := cmd.Flags().Changed("payload")
	if err := inherit(cmd, info, inherited...); err != nil {
		return nil, fmt.Errorf("%s: its command line cannot be read: %w", runName(dir), err)
	}
	inheritFacts(cmd.Flags(), info)
	if err := o.take(cmd, a.env); err != nil {
		return nil, err
	}
	if err := o.aimAt(runName(dir)); err != nil {
		return nil, err
	}
	if err := o.payloadOf(runName(dir)); err != nil && !own {
		return nil, err
	}
	return &errand{endpoint: info.Target.Name, verify: o.verification(run, dir), of: info}, nil
}

// inheritFacts are those of the run that need not have been flags of it.
func inheritFacts(f *pflag.FlagSet, info *session.Info) {
	if !f.Changed("region") && info.Target.Region != "" {
		_ = f.Set("region", info.Target.Region) // any text will do
	}
	if !f.Changed("slo") {
		for _, rule := range info.SLOs {
			_ = f.Set("slo", rule)
		}
	}
}

// aimAt the target, in an open loop, and refuse what neither the run says nor the flags do.
func (o *options) aimAt(name string) error {
	switch {
	case o.sizing.TPS == 0:
		return usage("verify %s: no target: add --target-tps, the successes a second that are to be carried", name)
	case len(o.slos) == 0:
		return usage("verify %s: the run had no SLO to hold the target under: add one, such as --slo 'p99<200ms'", name)
	}
	o.rate, o.set["rate"] = o.sizing.TPS, true
	if o.duration == 0 {
		o.duration = verifyFor
	}
	return o.validate()
}

// payloadOf the run, which may be gone.
func (o *options) payloadOf(name string) error {
	switch file, isFile := strings.CutPrefix(o.payload, "@"); {
	case o.payload == "":
		return usage("verify %s: the run sent no payload: %w", name, errNoPayload)
	case o.payload == "-":
		return usage("verify %s: its payload came from stdin and is not kept: give it again with -d @file", name)
	case isFile:
		if _, err := os.Stat(file); err != nil {
			return usage("verify %s: its payload %s is not there any more (from this folder): give it with -d @file", name, o.payload)
		}
	}
	return nil
}

// verification of the target that the flags ask for, with what the run projects for it.
func (o *options) verification(run *report.Run, dir string) *session.Verification {
	v := &session.Verification{Run: runName(dir), TPS: o.sizing.TPS, For: o.duration, Settle: verifySettle}
	if o.set["warmup"] {
		v.Settle = o.warmup
	}
	v.Projected, v.Unprojected = run.Project(o.asked())
	return v
}

// otherAccount says that the run to be verified was of another one; nil when it was not, or nobody knows.
func (r *rig) otherAccount() error {
	e, here := r.e, r.site.identity.Account
	if e.verify == nil || here == "" {
		return nil
	}
	then := e.of.Identity.Account
	if then == "" || then == here {
		return nil
	}
	return fmt.Errorf("%s was of endpoint %s in account %s, and these credentials are of account %s\ngive those of the run, such as with --profile NAME",
		e.verify.Run, e.of.Target.Name, then, here)
}

// verifyNotes are what differs from the run, as far as it is known before the load, and will not be told after it.
func (r *rig) verifyNotes() []string {
	if r.e.verify == nil || r.load.payload == nil {
		return nil
	}
	if was := r.e.of.Payload.SHA256; was == "" || was == r.load.payload.Facts().SHA256 {
		return nil
	}
	return []string{"the payload is not that of " + r.e.verify.Run + ": the projection is of another one"}
}

// tooFew says that the plan wants more instances than the target will have; empty when it does not.
func (r *rig) tooFew() string {
	v, n := r.e.verify, r.o.instances
	if v == nil || v.Projected == nil {
		return ""
	}
	if n == 0 {
		n = r.site.count()
	}
	p := v.Projected
	if n == 0 || n >= p.Instances {
		return ""
	}
	return fmt.Sprintf("the plan says %s (%d for the load, the rest to spare), and there will be %d: --instances %d", r.site.unit().Count(p.Instances), p.Needed, n, p.Instances)
}

// verification with the time that instances which are added first take to be warm.
func (r *rig) verification() *session.Verification {
	v := r.e.verify
	if v != nil && !r.o.set["warmup"] && r.scales() && r.o.instances > r.site.count() {
		v.Settle = max(v.Settle, r.cold())
	}
	return v
}

// duration of the load. That of a verification is known once its periods are.
func (r *rig) duration() time.Duration {
	if r.e.verify != nil {
		return 0
	}
	return r.load.duration(r.o, r.view.alone())
}
