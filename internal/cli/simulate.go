package cli

import (
	"context"
	"encoding/json"
	"fmt"
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

const simulateLong = `Serves a simulated SageMaker endpoint, with its CloudWatch, on loopback for any client: point it at the URL that is printed, with
the credentials that are printed (those of the environment, if there are any). One JSON line on stdout says when it is ready.`

func (a *app) simulateCommand() *cobra.Command {
	var addr, region string
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve a simulated SageMaker on loopback for any client",
		Long:  simulateLong,
		Args:  noArgs,
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0 is a free one")
	cmd.Flags().StringVar(&region, "region", "us-east-1", "AWS region to be")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg := simulator.Config{Region: region, Credentials: a.ownCredentials(), Endpoints: []simulator.EndpointConfig{distilbert()}}
		return a.simulate(cmd.Context(), cfg, addr)
	}
	return cmd
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
func (a *app) simulate(ctx context.Context, cfg simulator.Config, addr string) error {
	server, err := simulator.New(cfg)
	if err != nil {
		return usage("%w", err)
	}
	l, err := server.Listen(ctx, addr)
	if err != nil {
		return fmt.Errorf("--addr %s: %w", addr, err)
	}
	out := json.NewEncoder(a.std.Out)
	out.SetEscapeHTML(false)
	creds := server.Credentials()
	for _, e := range cfg.Endpoints {
		line := readyLine{e.Name, e.Variant, l.URL, cfg.Region, creds.AccessKeyID, creds.SecretAccessKey}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	<-ctx.Done()
	_ = l.Close() // it was asked to end
	return &exit{code: exitOK}
}

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
