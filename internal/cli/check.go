package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sagetop/internal/check"
	"sagetop/internal/cloud"
	"sagetop/internal/shell"
	"sagetop/runner/sagemaker"
)

const checkLong = `Says in two seconds whether an endpoint answers and how fast, phase by phase; as whom it is asked; what it is; and
which permissions and ways are missing, with the policy to ask for. One request is sent, nothing is changed. Without -d none is.
Of a container by its URL, before it is deployed: whether it answers /ping and one request.`

// checking is what the flags of check say beside those of run.
type checking struct {
	options
	every time.Duration
	again string // ENDPOINT of the next command
}

// What a probe may take.
const (
	defaultEvery = time.Second
	leastEvery   = 10 * time.Millisecond // a load is what run is for
	mostProbes   = 10_000
)

func (a *app) checkCommand() *cobra.Command {
	o := &checking{}
	cmd := &cobra.Command{
		Use:   "check ENDPOINT",
		Short: "One request: does it answer, how fast, and what is permitted",
		Long:  checkLong,
		Example: `  sagetop check my-endpoint -d @payload.json
  sagetop check my-endpoint -d @payload.json -n 20 --every 1s
  sagetop check my-endpoint -d @payload.json --expect 'json .label exists' --json
  sagetop check http://127.0.0.1:8080/invocations -d @payload.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("check takes one ENDPOINT, got %d: sagetop check my-endpoint -d @payload.json", len(args))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.whereFlags(f)
	o.targetFlags(f)
	f.Uint64VarP(&o.requests, "requests", "n", 1, "send so many, and sum them up")
	f.DurationVar(&o.every, "every", defaultEvery, "time from one request to the next")
	f.DurationVarP(&o.timeout, "timeout", "t", defaultTimeout, "for one request")
	o.seedFlag(f)
	o.expectFlag(f)
	f.StringVar(&o.client, "client", sagemaker.Lean, "lean, or sdk: the AWS SDK's own")
	f.BoolVar(&o.json, "json", false, "all of it as JSON on stdout")
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	f.BoolVar(&o.noColor, "no-color", false, "no colours (also: NO_COLOR)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.take(cmd, a.env); err != nil {
			return err
		}
		if err := o.validate(); err != nil {
			return err
		}
		return a.check(cmd.Context(), o, args[0])
	}
	hide(cmd, "stream")
	return cmd
}

func (o *checking) validate() error {
	switch {
	case o.requests > mostProbes:
		return usage("--requests %d: check sends 1 to %d; for a load: sagetop run", o.requests, mostProbes)
	case o.every < leastEvery || o.every > maxDuration:
		return usage("--every %v: must be %v to %v; for a load: sagetop run", o.every, leastEvery, maxDuration)
	case o.output != "text" && o.output != "json":
		return usage("--output %q: must be text or json", o.output)
	}
	return o.validateRequests()
}

// check looks, invokes, and says what came of it.
func (a *app) check(ctx context.Context, o *checking, endpoint string) error {
	e := &errand{endpoint: endpoint, watch: true}
	if err := o.validateTarget(e); err != nil {
		return err
	}
	load, err := a.workload(ctx, &o.options, e)
	if err != nil {
		return err
	}
	if isURL(endpoint) {
		return a.checkContainer(ctx, o, load, endpoint)
	}
	c, err := cloud.Load(ctx, cloud.Options{Region: o.region, Profile: o.profile, EndpointURL: o.endpointURL, Brief: true})
	if err != nil {
		return err
	}
	cfg := check.Config{Cloud: c, Version: version, Name: nameOf(endpoint), Variant: o.variant, Component: o.inferenceComponent, URL: cmp.Or(o.endpointURL, a.env["AWS_ENDPOINT_URL"])}
	o.again = cfg.Name
	target, err := o.target(load, sagemaker.Config{AWS: c.AWS()}, cfg.Name)
	if err != nil {
		return err
	}
	r, err := check.Look(ctx, cfg)
	if err != nil {
		return err
	}
	return a.tell(ctx, o, r, cfg, target)
}

// checkContainer does the same with a container, of which there is less to say.
func (a *app) checkContainer(ctx context.Context, o *checking, load *workload, endpoint string) error {
	u, err := sagemaker.ContainerURL(endpoint)
	if err != nil {
		return err
	}
	cfg := check.Config{Version: version, Name: shownURL(u)}
	o.again = a.againURL(u)
	target, err := o.target(load, sagemaker.Config{URL: u.String()}, cfg.Name)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := ping(ctx, u); err != nil {
		return err
	}
	return a.tell(ctx, o, check.LookAt(cfg, time.Since(began)), cfg, target)
}

// target of the requests, which go to where; nil without a payload.
func (o *checking) target(load *workload, where sagemaker.Config, name string) (*sagemaker.Target, error) {
	if load.payload == nil {
		return nil, nil
	}
	cfg := load.targetConfig(&o.options, name)
	cfg.AWS, cfg.URL, cfg.ConnectTimeout = where.AWS, where.URL, checkConnect
	target, err := sagemaker.NewTarget(cfg)
	if err != nil {
		return nil, usage("%w", err)
	}
	return target, nil
}

// checkConnect is how long a connection to the endpoint may take, as one to any other service.
const checkConnect = 2 * time.Second

// tell what was found, and what comes of the requests, as it comes about; or at the end, as JSON.
func (a *app) tell(ctx context.Context, o *checking, r *check.Report, cfg check.Config, target *sagemaker.Target) error {
	p := &check.Printer{Report: r, Out: a.std.Out, Style: a.style(o)}
	asJSON := o.json || o.output == "json"
	if asJSON {
		p.Out = io.Discard
	}
	p.Facts()
	err := a.invoke(ctx, o, p, cfg, target)
	r.Next = o.next(r)
	if r.Next != "" {
		p.Next()
	}
	if asJSON {
		err = errors.Join(r.WriteJSON(a.std.Out), err)
	}
	switch {
	case p.Err != nil:
		return p.Err
	case err == nil && !r.OK():
		return &exit{code: exitFailed}
	}
	return err
}

// invoke sends what is asked for.
func (a *app) invoke(ctx context.Context, o *checking, p *check.Printer, cfg check.Config, target *sagemaker.Target) error {
	if target == nil {
		p.Access()
		p.Outcome()
		return nil
	}
	prober := check.NewProber(p.Report, cfg, target)
	defer prober.Close()
	n := int(o.requests)
	err := prober.Probe(ctx, n, o.every, func(i int, one check.Request) {
		if i == 0 {
			p.Access()
		}
		p.Request(i, n, one)
	})
	if p.Latency != nil {
		p.Summary()
	}
	return err
}

// next is the command to type after this one, with the flags that were given for both.
func (o *checking) next(r *check.Report) string {
	switch {
	case r.Invocation == nil && o.payload == "":
		return shell.Line(append(o.both("sagetop", "check", o.again), "-d", "@payload.json")...)
	case r.OK():
		return shell.Line(append(o.both("sagetop", "run", o.again), "-c", "12")...)
	}
	return ""
}

// both adds to the words of a command the flags that were given and mean the same to check and run.
func (o *checking) both(words ...string) []string {
	short := map[string]string{"--payload": "-d", "--content-type": "-T"}
	own := []string{"--requests", "--every", "--output"}
	for i := 0; i < len(o.given); i++ {
		name := o.given[i]
		if strings.Contains(name, "=") { // yes or no, about the output
			continue
		}
		i++
		if !slices.Contains(own, name) {
			words = append(words, cmp.Or(short[name], name), o.given[i])
		}
	}
	return words
}

// Columns and lines that an answer may take.
const (
	plainLines   = 20 // where there is no terminal to ask
	leastColumns = 60
	besideAnswer = 12 // lines of a screen that are not the answer's
)

// style is what fits what stdout is.
func (a *app) style(o *checking) check.Style {
	style := check.Style{Lines: plainLines}
	if !isTerminal(a.std.Out) {
		return style
	}
	style.Color = !o.noColor && a.env["NO_COLOR"] == "" && a.env["TERM"] != "dumb"
	if width, height, err := term.GetSize(int(a.std.Out.(*os.File).Fd())); err == nil && width > 0 {
		style.Width, style.Lines = max(width, leastColumns), max(height-besideAnswer, plainLines/2)
	}
	return style
}
