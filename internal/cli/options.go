package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner/sagemaker"
)

// options are the flags of run, watch and demo. A flag has the same name and meaning wherever it stands.
type options struct {
	region, profile, endpointURL                             string
	variant, inferenceComponent, sessionID, customAttributes string

	targetModels                               []string
	payload, payloadOrder, contentType, accept string
	stream                                     bool

	users     int
	spawnRate float64
	thinkTime string
	rate      float64
	arrivals  string
	maxUsers  int
	stages    string
	duration  time.Duration
	requests  uint64
	warmup    time.Duration
	timeout   time.Duration
	seed      uint64
	client    string
	tokens    string

	slos    []string
	abortOn []string
	expects []string

	headless, json, quiet, noColor, ascii bool
	out, output, junit                    string
	keepSample                            bool

	noCloudWatch bool
	cwInterval   time.Duration
	cwWait       time.Duration
	vcpus        int

	instances int
	restore   bool
	sizing    sizing.Ask
	timeScale float64 // the demo's

	detach   bool
	onHangup string

	readOnly, dryRun bool
	maxRate          float64
	yes              string

	find      bool // search for the capacity
	verify    bool // and then the target
	verifyFor time.Duration
	script    []session.Stage // the demo's
	set       map[string]bool // flags that were given, on the line or in the environment
	given     []string        // the same as they would be typed
}

const (
	orderSequential  = "sequential"
	orderRandom      = "random"
	arrivalsPoisson  = "poisson"
	arrivalsConstant = "constant"
	defaultUsers     = 1
	defaultSpawnRate = 100
	defaultTimeout   = 70 * time.Second
	defaultCWWait    = 4 * time.Minute
	headlessDuration = 3 * time.Minute
)

func (o *options) whereFlags(f *pflag.FlagSet) {
	f.StringVar(&o.region, "region", "", "AWS region (default: the SDK's own sources)")
	f.StringVar(&o.profile, "profile", "", "AWS profile")
	f.StringVar(&o.endpointURL, "endpoint-url", "", "`URL` of all AWS services")
}

func (o *options) targetFlags(f *pflag.FlagSet) {
	f.StringVar(&o.variant, "variant", "", "production variant to load (default: the endpoint chooses)")
	f.StringSliceVar(&o.targetModels, "target-model", nil, "`MODEL` of a multi-model endpoint; of several (a,b or repeated) requests take turns")
	f.StringVar(&o.inferenceComponent, "inference-component", "", "inference component to load")
	f.StringVar(&o.sessionID, "session-id", "", "stateful session to send requests in")
	f.StringVar(&o.customAttributes, "custom-attributes", "", "passed on to the container")
	f.StringVarP(&o.payload, "payload", "d", "", "`TEXT`, @file, @dir/, @file.jsonl (a line each), or - for stdin; {{.seq}} and the like in TEXT and lines")
	f.StringVar(&o.payloadOrder, "payload-order", orderSequential, "of several payloads: sequential, or random (by --seed)")
	f.StringVarP(&o.contentType, "content-type", "T", "", "default: application/json if the payload parses as JSON, else application/octet-stream")
	f.StringVar(&o.accept, "accept", "", "content type wanted in answers")
	f.BoolVar(&o.stream, "stream", false, "ask for answers as streams, and measure when their parts come")
}

func (o *options) loadFlags(f *pflag.FlagSet) {
	f.IntVarP(&o.users, "users", "c", defaultUsers, "users, each sending its next request after the answer to its last")
	f.Float64Var(&o.spawnRate, "spawn-rate", defaultSpawnRate, "users that start or leave a second")
	f.StringVar(&o.thinkTime, "think-time", "", "pause of a user between requests: 100ms, or 50ms..2s")
	f.Float64VarP(&o.rate, "rate", "q", 0, "open loop: so many requests a second in total (`TPS`), however slow the answers")
	f.StringVar(&o.arrivals, "arrivals", arrivalsPoisson, "of the open loop: poisson (random gaps) or constant ones")
	f.IntVar(&o.maxUsers, "max-users", session.DefaultMaxUsers, "of the open loop: arrivals beyond so many wait for a free one")
	f.StringVar(&o.stages, "stages", "", "linear ramps of users (with --rate: of the rate), as '30s:50,2m:200,1m:0'")
	f.DurationVarP(&o.duration, "duration", "z", 0, "length of the load (default: until q; headless 3m)")
	f.Uint64VarP(&o.requests, "requests", "n", 0, "end after so many requests")
	f.DurationVar(&o.warmup, "warmup", 0, "count the first part of the load, but leave it out of the figures")
	f.DurationVarP(&o.timeout, "timeout", "t", defaultTimeout, "for one request; with --stream 8m10s unless given")
	o.seedFlag(f)
	f.StringVar(&o.client, "client", sagemaker.Lean, "lean, or sdk: the AWS SDK's own")
	f.StringVar(&o.tokens, "tokens", "", "count the tokens of streamed answers: openai (server-sent events), or text (a part is one)")
}

func (o *options) seedFlag(f *pflag.FlagSet) {
	f.Uint64Var(&o.seed, "seed", 1, "of random think times, arrivals, order of payloads and their fields")
}

func (o *options) judgeFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.slos, "slo", nil, "rule that must hold, repeatable: 'p99<200ms' 'errors<1%' 'tps>=1000'")
	o.expectFlag(f)
	f.StringArrayVar(&o.abortOn, "abort-on", nil, "rule that ends the run: 'errors>50% for 10s', none (headless default: 'errors>50% for 30s')")
}

func (o *options) expectFlag(f *pflag.FlagSet) {
	f.StringArrayVar(&o.expects, "expect", nil, "what an answer must be, else it is a failure; repeatable: 'json .label exists' 'body contains TEXT'")
}

func (o *options) outputFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.headless, "headless", false, "no screen: progress on stderr, the summary on stdout")
	f.BoolVar(&o.keepSample, "keep-sample", false, "keep payload and answer of the one request tried before the load, in the run's files")
	f.StringVar(&o.out, "out", "", "`DIR` of the run's files (default: sagetop-runs/<start>_<endpoint>)")
	f.BoolVar(&o.json, "json", false, "the summary as JSON on stdout, and nothing else there")
	f.StringVarP(&o.output, "output", "o", "text", "the summary as text, json or md")
	f.StringVar(&o.junit, "junit", "", "also write SLOs and findings to `FILE` as JUnit test results")
	f.BoolVar(&o.quiet, "quiet", false, "no progress lines")
	o.looksFlags(f)
}

// looksFlags are those of everything that has a screen.
func (o *options) looksFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.noColor, "no-color", false, "no colours (also: NO_COLOR)")
	f.BoolVar(&o.ascii, "ascii", false, "ASCII charts and borders")
}

func (o *options) cloudWatchFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.noCloudWatch, "no-cloudwatch", false, "do not read CloudWatch")
	f.DurationVar(&o.cwInterval, "cw-interval", 0, "time between polls (default: from the endpoint's publish period)")
	f.DurationVar(&o.cwWait, "cw-wait", defaultCWWait, "after the load, wait so long for CloudWatch's last points; q skips")
	f.IntVar(&o.vcpus, "vcpus", 0, "vCPUs of one instance, where its type is not known")
}

func (o *options) safetyFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.readOnly, "read-only", false, "no call that changes anything at AWS")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be sent, and send nothing")
	f.Float64Var(&o.maxRate, "max-rate", 0, "never send more requests a second")
	f.StringVarP(&o.yes, "yes", "y", "", "answer yes to the questions about this `ENDPOINT`")
}

// resolve takes the flags and refuses what no run can have.
func (o *options) resolve(cmd *cobra.Command, env map[string]string) error {
	if err := o.take(cmd, env); err != nil {
		return err
	}
	return o.validate()
}

// take from the environment what was not given as a flag, and remember what was given at all.
func (o *options) take(cmd *cobra.Command, env map[string]string) error {
	if err := fromEnvironment(cmd, env); err != nil {
		return err
	}
	o.set = map[string]bool{}
	visitFlags(cmd, func(f *pflag.Flag) {
		if o.set[f.Name] = f.Changed; f.Changed && f.Name != "yes" {
			o.remember(f)
		}
	})
	o.streamDefaults()
	return nil
}

// fromEnvironment sets the flags that were not given and that the environment names.
func fromEnvironment(cmd *cobra.Command, env map[string]string) (err error) {
	visitFlags(cmd, func(f *pflag.Flag) {
		name := "SAGETOP_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v, ok := env[name]; ok && !f.Changed && err == nil {
			if e := cmd.Flags().Set(f.Name, v); e != nil {
				err = usage("%s in the environment: %w", name, plainFlagError(cmd, e))
			}
		}
	})
	return err
}

// visitFlags calls f for each flag that means something to the command.
func visitFlags(cmd *cobra.Command, f func(*pflag.Flag)) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden && flag.Name != "help" && flag.Name != "version" {
			f(flag)
		}
	})
}
