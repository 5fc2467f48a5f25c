package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// readyLine is what simulate prints for each endpoint once it answers.
type readyLine struct {
	Endpoint        string `json:"endpoint"`
	Variant         string `json:"variant"`
	URL             string `json:"url"`
	Region          string `json:"region"`
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
}

const simulateLong = `Serves a simulated SageMaker endpoint, with its CloudWatch, logs and prices, on loopback for any client: point it at the URL that is
printed, with the credentials that are printed (those of the environment, if there are any). One JSON line on stdout says when it is
ready; ctrl+c ends it.

  sagetop simulate --addr 127.0.0.1:8080                           DistilBERT on one ml.m5.12xlarge
  sagetop simulate --profile-file my.json --instances 3            as a file says
  curl http://127.0.0.1:8080/_simulate/faults -d '{"kind":"throttled","next":5}'`

// simulation is what the flags of simulate say.
type simulation struct {
	addr, region, endpoint, profile string
	instances                       int
	timeScale                       float64
	lateness                        time.Duration
	accessLog                       bool
}

func (a *app) simulateCommand() *cobra.Command {
	var o simulation
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve a simulated SageMaker on loopback for any client",
		Long:  simulateLong,
		Args:  noArgs,
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0 is a free one")
	f.StringVar(&o.region, "region", "us-east-1", "AWS region to be")
	f.StringVar(&o.endpoint, "endpoint", distilbert().Name, "`NAME` of the endpoint")
	f.IntVar(&o.instances, "instances", 1, "instances of the endpoint at the start")
	f.StringVar(&o.profile, "profile-file", "", "`FILE|NAME` that says how it behaves; ready ones: "+strings.Join(simulator.ProfileNames(), ", "))
	f.Float64Var(&o.timeScale, "time-scale", 1, "boots of instances and alarms are so many times as fast")
	f.DurationVar(&o.lateness, "lateness", defaultLateness, "CloudWatch's points appear so long after their period's end")
	f.BoolVar(&o.accessLog, "access-log", false, "a line for each request on stdout, after the JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := fromEnvironment(cmd, a.env); err != nil {
			return err
		}
		cfg, err := o.config()
		if err != nil {
			return err
		}
		cfg.Credentials = a.ownCredentials()
		return a.simulate(cmd.Context(), cfg, &o)
	}
	return cmd
}

// defaultLateness is the least that is seen at AWS.
const defaultLateness = time.Minute

// config of a simulator as o says, or what is wrong with o.
func (o *simulation) config() (simulator.Config, error) {
	e := distilbert()
	e.Name, e.Instances, e.Lateness = o.endpoint, o.instances, o.lateness
	c := simulator.Config{Region: o.region, TimeScale: o.timeScale}
	switch _, _, err := net.SplitHostPort(o.addr); {
	case err != nil:
		return c, usage("--addr %q: must be HOST:PORT, such as 127.0.0.1:8080", o.addr)
	case o.instances < 1:
		return c, usage("--instances %d: must be 1 or more", o.instances)
	case !(o.timeScale > 0):
		return c, usage("--time-scale %v: must be above 0", o.timeScale)
	}
	if o.profile != "" {
		p, err := readProfile(o.profile)
		if err != nil {
			return c, err
		}
		e.Profile, e.InstanceType, e.Components, c.Faults = &p.Profile, "", p.Components, p.Faults // the instance type is the profile's
	}
	c.Endpoints = []simulator.EndpointConfig{e}
	return c, nil
}

// readProfile is the ready profile of that name, else what the file says.
func readProfile(name string) (simulator.Profile, error) {
	if p, ok := simulator.NamedProfile(name); ok {
		return p, nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return simulator.Profile{}, usage("--profile-file %q: no such file, and no profile is named so; ready are %s", name, strings.Join(simulator.ProfileNames(), ", "))
	}
	if err != nil {
		return simulator.Profile{}, usage("--profile-file: %w", err)
	}
	p, err := simulator.ParseProfile(data)
	if err != nil {
		return p, usage("--profile-file %s: %w", name, err)
	}
	return p, nil
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%q: sagetop %s takes no argument", args[0], cmd.Name())
	}
	return nil
}

// ownCredentials are those of the environment, so that a client beside it needs no others.
func (a *app) ownCredentials() simulator.Credentials {
	return simulator.Credentials{
		AccessKeyID:     a.env["AWS_ACCESS_KEY_ID"],
		SecretAccessKey: a.env["AWS_SECRET_ACCESS_KEY"],
		SessionToken:    a.env["AWS_SESSION_TOKEN"],
	}
}

// simulate serves until ctx ends, which is its normal end.
func (a *app) simulate(ctx context.Context, cfg simulator.Config, o *simulation) error {
	log := newAccessLog(a.std.Out)
	if o.accessLog {
		cfg.Access = log.add
	}
	server, err := simulator.New(cfg)
	if err != nil {
		return usage("%s", strings.TrimPrefix(err.Error(), simulator.ErrConfig.Error()+": "))
	}
	l, err := server.Listen(ctx, o.addr)
	if err != nil {
		return plainListenError(o.addr, err)
	}
	if err := a.ready(server, l.URL, cfg.Endpoints); err != nil {
		return err
	}
	if o.accessLog {
		go log.run() // after the lines of JSON
		defer log.close()
	}
	<-ctx.Done()
	_ = l.Close() // it was asked to end
	return &exit{code: exitOK}
}

// plainListenError says what to do about an address that cannot be had.
func plainListenError(addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(addr) // it has been checked
		return fmt.Errorf("--addr %s: something listens there already; end it, or take a free port with --addr %s", addr, net.JoinHostPort(host, "0"))
	}
	return fmt.Errorf("--addr %s: %w", addr, err)
}

// ready prints a line for each endpoint, and on a terminal how to use it.
func (a *app) ready(server *simulator.Server, url string, endpoints []simulator.EndpointConfig) error {
	out := json.NewEncoder(a.std.Out)
	out.SetEscapeHTML(false)
	creds := server.Credentials()
	for _, e := range endpoints {
		if err := out.Encode(readyLine{e.Name, e.Variant, url, server.Region(), creds.AccessKeyID, creds.SecretAccessKey}); err != nil {
			return err
		}
	}
	if !isTerminal(a.std.Err) {
		return nil
	}
	keys := ""
	if a.ownCredentials() == (simulator.Credentials{}) {
		keys = fmt.Sprintf("\n  export AWS_ACCESS_KEY_ID=%s\n  export AWS_SECRET_ACCESS_KEY=%s", creds.AccessKeyID, creds.SecretAccessKey)
	}
	_, err := fmt.Fprintf(a.std.Err, readyHint, endpoints[0].Name, url, server.Region(), keys)
	return err
}

const readyHint = `
Serving %[1]s until ctrl+c. In another terminal:
  export AWS_ENDPOINT_URL=%[2]s AWS_REGION=%[3]s%[4]s
  sagetop run %[1]s -d '{"inputs": "I am super happy right now."}' -c 12
`

// distilbert is the endpoint of the AWS blog's load test: DistilBERT on one ml.m5.12xlarge.
func distilbert() simulator.EndpointConfig {
	return simulator.EndpointConfig{Name: "distilbert", Variant: "AllTraffic", InstanceType: "ml.m5.12xlarge", Instances: 1}
}

// demoEndpoint publishes more often and sooner than an endpoint in life does, so that nobody waits for a minute. Its new instances are
// warm so many times sooner, too.
func demoEndpoint(timeScale float64) simulator.EndpointConfig {
	e := distilbert()
	p := model.Default()
	p.Warmup.Decay = model.Duration(float64(p.Warmup.Decay) / timeScale)
	e.Profile = &p
	e.EnhancedMetrics, e.PublishEvery, e.Lateness = true, 10*time.Second, 3*time.Second
	return e
}
