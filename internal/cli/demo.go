package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/session"
	"sagetop/internal/simulator"
)

// demoStages are the demo's script: a quiet start, the edge of what one instance carries, then far beyond it. What there is to say
// about it, the run finds out by measuring.
var demoStages = []session.Stage{
	{Over: 1 * time.Second, Target: 12},
	{Over: 29 * time.Second, Target: 12},
	{Over: 10 * time.Second, Target: 48},
	{Over: 20 * time.Second, Target: 48},
	{Over: 20 * time.Second, Target: 240},
	{Over: 40 * time.Second, Target: 240},
}

const (
	demoRegion  = "us-east-1"
	demoPayload = `{"inputs": "I am super happy right now."}`
	demoSLO     = "p99<200ms"
)

// demoTimeScale makes instances come in half a minute instead of five.
const demoTimeScale = 10

const demoLong = `Runs the whole story on a simulated endpoint: DistilBERT on one ml.m5.12xlarge, served on a free loopback port and loaded over
HTTP with the client of run. Users go from 12 to 240; + and - take over, and i scales it:
the same users then find room. With --find --target-tps 1000 it finds what one instance carries, scales to as many as the target takes
and verifies that, by itself in less than 12 minutes. No AWS account is needed and nothing leaves this machine.`

func (a *app) demoCommand() *cobra.Command {
	o := &options{verify: true}
	cmd := &cobra.Command{Use: "demo", Short: "The whole story on a simulated endpoint: no AWS account needed", Long: demoLong, Args: noArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.resolve(cmd, a.env); err != nil {
			return err
		}
		if a.detaches(o) {
			return a.detach(cmd.Context(), o)
		}
		return a.demo(cmd.Context(), o)
	}
	o.allFlags(cmd)
	o.slos = []string{demoSLO} // unless others are given
	cmd.Flags().BoolVar(&o.find, "find", false, "find the highest rate that holds the SLOs instead of showing the script; with --target-tps then scale to what that takes, and verify it")
	o.proveForFlag(cmd.Flags(), demoVerifyFor)
	cmd.Flags().Float64Var(&o.timeScale, "time-scale", demoTimeScale, "so many times faster than in life instances come into service")
	hide(cmd, "region", "profile", "endpoint-url", "variant", "target-model", "inference-component")
	return cmd
}

// demo starts the simulator and then does what run does, over the wire.
func (a *app) demo(ctx context.Context, o *options) error {
	if !(o.timeScale >= leastTimeScale && o.timeScale <= mostTimeScale) {
		return usage("--time-scale %v: must be %v to %v", o.timeScale, leastTimeScale, mostTimeScale)
	}
	endpoint := demoEndpoint(o.timeScale)
	server, err := simulator.New(simulator.Config{Region: demoRegion, TimeScale: o.timeScale, Endpoints: []simulator.EndpointConfig{endpoint}})
	if err != nil {
		return err
	}
	l, err := server.Listen(ctx, "")
	if err != nil {
		return err
	}
	defer l.Close()
	o.region, o.endpointURL = demoRegion, l.URL
	o.demoDefaults()
	creds := server.Credentials()
	return a.run(ctx, o, &errand{
		endpoint:    endpoint.Name,
		simulated:   true,
		credentials: staticCredentials(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken),
	})
}

// demoDefaults put the script where no load was asked for.
func (o *options) demoDefaults() {
	given := func(names ...string) bool { return slices.ContainsFunc(names, func(n string) bool { return o.set[n] }) }
	if o.payload == "" {
		o.payload = demoPayload
	}
	if !given("abort-on") {
		o.abortOn = []string{abortNone}
	}
	if !given("cw-wait") {
		o.cwWait = 0
	}
	if !o.find && !given("users", "rate", "stages", "requests", "think-time", "spawn-rate", "warmup") {
		o.script = demoStages
	}
}
