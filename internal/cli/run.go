package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssagemaker "github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/spf13/cobra"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// errand is what a command wants of a run beside its flags.
type errand struct {
	endpoint    string
	watch       bool // look on at zero users
	asks        bool // instances may be asked for, by a flag, a search or a key
	simulated   bool
	verify      *session.Verification   // of a target; nil: there is none
	of          *session.Info           // the run that projected it
	credentials aws.CredentialsProvider // nil: those of the AWS configuration
}

func (a *app) runCommand() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "run ENDPOINT",
		Short: "Load an endpoint: a live screen on a terminal, plain lines elsewhere",
		Example: `  sagetop run my-endpoint --region us-east-1 -d @payload.json
  sagetop run my-endpoint -d @payload.json -c 48 -z 5m --slo 'p99<200ms' --headless --json
  sagetop run my-endpoint -d @payload.json --rate 150   150 requests a second, however slow the answers`,
	}
	a.loadsOne(cmd, o, "sagetop run my-endpoint -d @payload.json")
	return cmd
}

// loadsOne makes cmd load the one ENDPOINT that it takes, here or in the background.
func (a *app) loadsOne(cmd *cobra.Command, o *options, example string) {
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s takes one ENDPOINT, got %d: %s", cmd.Name(), len(args), example)
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.resolve(cmd, a.env); err != nil {
			return err
		}
		if a.detaches(o) {
			return a.detach(cmd.Context(), o)
		}
		return a.run(cmd.Context(), o, &errand{endpoint: args[0]})
	}
	o.allFlags(cmd)
}

func (a *app) watch(ctx context.Context, o *options, endpoint string) error {
	return a.run(ctx, o, &errand{endpoint: endpoint, watch: true})
}

// run does one errand: describe, ask, try, load, report.
func (a *app) run(ctx context.Context, o *options, e *errand) error {
	if err := cmp.Or(o.validateTarget(e), o.validateJUnit()); err != nil {
		return err
	}
	view := a.view(o)
	if view.alone() {
		if err := o.validateAlone(); err != nil {
			return err
		}
	}
	if view.in == nil {
		if err := o.mayScale(e); err != nil {
			return err
		}
	}
	e.asks = !view.alone() || o.instances > 0 || o.proves()
	load, err := a.workload(ctx, o, e)
	if err != nil {
		return err
	}
	s, err := a.reach(ctx, o, e)
	if err != nil {
		return err
	}
	r := &rig{app: a, o: o, e: e, site: s, view: view, load: load}
	if err := r.prepare(ctx); err != nil || o.dryRun {
		return err
	}
	return r.conduct(ctx)
}

// rig is one run being set up.
type rig struct {
	*app
	o      *options
	e      *errand
	site   *site
	view   view
	load   *workload
	target runner.Target  // nil: no payload, so nothing can be sent
	quota  *session.Quota // of the instances that --instances asks for; nil: not known
	client string         // that requests go through
	tryBy  runner.Target  // the same for the one request before the load, which keeps it; nil: target
	kept   *sagemaker.Exchange
	tried  *runner.Delta
	notes  []string
}

// prepare does all that must be right before load.
func (r *rig) prepare(ctx context.Context) error {
	if err := r.aim(); err != nil {
		return err
	}
	fmt.Fprintln(r.std.Err, r.site.line())
	for _, u := range r.site.unknown {
		fmt.Fprintln(r.std.Err, "sagetop: warning: not known: "+u)
	}
	r.learnQuota(ctx)
	for _, warning := range []string{r.owing(), r.tooFew(), r.unasked(), r.aboveQuota()} {
		if warning != "" {
			fmt.Fprintln(r.std.Err, "sagetop: warning: "+warning)
		}
	}
	if r.view.quiet || !r.view.headless || r.view.detached { // else the log is on stderr, and notes are in it
		for _, n := range r.notes {
			fmt.Fprintln(r.std.Err, "sagetop: warning: "+n)
		}
	}
	r.notes = append(append(r.notes, r.site.notes(r.o)...), append(r.scaleNotes(), r.verifyNotes()...)...)
	if r.e.watch {
		return nil
	}
	if err := r.site.ready(); err != nil {
		return err
	}
	if err := r.site.unnamed(ctx, r.o); err != nil {
		return err
	}
	if err := r.otherAccount(); err != nil {
		return err
	}
	if err := r.scalable(); err != nil {
		return err
	}
	if r.o.dryRun {
		fmt.Fprintln(r.std.Out, r.promise())
		return nil
	}
	if err := r.steady(); err != nil {
		return err
	}
	if r.e.simulated {
		return nil
	}
	return r.consent(ctx)
}

// try sends the one request before the load. Watching sends none.
func (r *rig) try(ctx context.Context) error {
	if r.e.watch {
		return nil
	}
	target := r.target
	if r.tryBy != nil {
		target = r.tryBy
	}
	d, said, err := try(ctx, target, r.site)
	if err != nil {
		return err
	}
	r.tried = d
	if r.o.tokens != "" && d.OK > 0 && d.Tokens == 0 {
		said += ", without a token that --tokens " + r.o.tokens + " counts"
	}
	fmt.Fprintln(r.std.Err, said)
	return nil
}

// aim makes the target that the load is sent to.
func (r *rig) aim() error {
	o := r.o
	r.client = o.client
	if r.load.payload == nil {
		return nil
	}
	cfg := r.load.targetConfig(o, r.site.endpoint.Name)
	if u := r.site.container; u != nil {
		cfg.URL = u.String()
	} else {
		cfg.AWS = r.site.cloud.AWS()
	}
	target, err := sagemaker.NewTarget(cfg)
	if err != nil {
		return usage("%w", err)
	}
	r.target = target
	if o.keepSample {
		cfg.Keep = func(x sagemaker.Exchange) { r.kept = &x }
		if r.tryBy, err = sagemaker.NewTarget(cfg); err != nil {
			return usage("%w", err)
		}
	}
	var why string
	if r.client, why = target.Client(); why != "" {
		r.notes = append(r.notes, "requests go by the AWS SDK's client, not the lean one: "+why)
	}
	return nil
}

// info is the run as the journal's first line describes it.
func (r *rig) info() session.Info {
	s, o := r.site, r.o
	info := session.Info{
		Version: version, Started: time.Now(), Client: r.client, Watch: r.e.watch, Find: o.find,
		Target: session.TargetInfo{
			Name: s.endpoint.Name, Variant: s.variantName(), Variants: s.variants(o), Region: s.region(), Simulated: s.simulated, Container: s.container != nil,
			Endpoint: *s.endpoint, AutoScaling: s.scaling, ScalingKnown: s.scaled,
		},
		Identity: s.identified(o.profile),
		Stages:   r.load.stages, Hold: !r.view.alone() && o.script != nil, Duration: r.duration(), Requests: o.requests, Warmup: o.warmup,
		Verify: r.verification(), Plan: r.load.plan, Other: r.load.other, MaxRate: o.maxRate, SLOs: o.slos, AbortOn: r.abortRules(), Limits: o.limits(),
		Prove: r.prove(), CPUHold: r.cpuHold(),
		Instances: o.first(), ScaleLast: r.e.simulated && o.instances > 0 && len(r.load.stages) > 0, Restore: o.restore, NoScale: s.noScale(o), Cold: r.cold(),
		CloudWatch: !o.noCloudWatch && s.variant != nil, Period: clientPeriod, Sizing: o.asked(),
		Command: r.commandLine(), Notes: r.notes,
	}
	info.Payload = r.load.described(o)
	if info.CloudWatch {
		info.Period = s.endpoint.PointPeriod()
	}
	return info
}

// clientPeriod is the length of the windows that are judged when CloudWatch has no say in it.
const clientPeriod = 10 * time.Second

func (r *rig) abortRules() []string {
	rules := r.o.abortOn
	if len(rules) == 0 && r.view.headless {
		rules = []string{headlessAbort}
	}
	if len(rules) == 1 && rules[0] == abortNone {
		return nil
	}
	return rules
}

const (
	abortNone     = "none"
	headlessAbort = "errors>50% for 30s"
)

// poller of CloudWatch; nil when it is not to be read.
func (r *rig) poller(info *session.Info) (session.Poller, error) {
	if !info.CloudWatch {
		return nil, nil
	}
	return cwmetrics.NewPoller(cwmetrics.PollerConfig{
		CloudWatch: r.site.cloudWatch(), SageMaker: awssagemaker.NewFromConfig(r.site.cloud.AWS()),
		Endpoint: r.site.endpoint, Variant: r.site.variantName(),
		Describe: cwmetrics.DescribeOptions{VCPUs: r.o.vcpus}, Since: info.Started, Interval: r.o.cwInterval,
	})
}

// newLoad makes the pool of users.
func (r *rig) newLoad(sink func(*runner.Delta)) (runner.Load, error) {
	target := r.target
	if target == nil {
		target = noTarget{}
	}
	return runner.NewPool(runner.Config{Target: target, Sink: sink, Requests: r.o.requests, Seed: r.o.seed, MaxRate: r.o.maxRate, Limits: r.o.limits()})
}

// noTarget stands where nothing can be sent; the session lets no user start.
type noTarget struct{}

func (noTarget) NewInvoker(int) (runner.Invoker, error) { return nil, errNoPayload }
