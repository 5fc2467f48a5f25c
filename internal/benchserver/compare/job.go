package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sagetop/internal/benchserver"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// job is what one process with one of our clients does.
type job struct {
	Client   string
	URL      string
	CA       string // file with the authority to trust, in PEM
	Endpoint string
	Users    int
	Rate     float64       // open loop, arrivals a second; 0: closed loop
	For      time.Duration // 0: until Requests
	Requests uint64
	Spawn    float64 // users a second; 0: all at once
	Think    time.Duration
	Timeout  time.Duration
	Cycles   int // so often to Users and back to none, instead of one load
	Ends     int // files that a connection has in this process, if not 1: 2 with the server in it
}

// flags binds j to f.
func (j *job) flags(f *flag.FlagSet) {
	f.StringVar(&j.Client, "client", ownClients()[0], "which client")
	f.StringVar(&j.URL, "url", "", "of the server")
	f.StringVar(&j.CA, "ca", "", "`FILE` with the certificate to trust")
	f.StringVar(&j.Endpoint, "endpoint", fast, "name of the endpoint")
	f.IntVar(&j.Users, "users", 64, "users")
	f.Float64Var(&j.Rate, "rate", 0, "open loop: arrivals a second")
	f.DurationVar(&j.For, "for", 0, "length of the load")
	f.Uint64Var(&j.Requests, "requests", 0, "end after so many")
	f.Float64Var(&j.Spawn, "spawn", 0, "users that start a second")
	f.DurationVar(&j.Think, "think", 0, "think time")
	f.DurationVar(&j.Timeout, "timeout", 0, "of one request")
	f.IntVar(&j.Cycles, "cycles", 0, "so often from 0 to all users and back")
}

// args are the flags that make j.
func (j *job) args() []string {
	return []string{
		"client", "-client", j.Client, "-url", j.URL, "-ca", j.CA, "-endpoint", j.Endpoint, "-users", strconv.Itoa(j.Users),
		"-rate", fmt.Sprint(j.Rate), "-for", j.For.String(), "-requests", strconv.FormatUint(j.Requests, 10),
		"-spawn", fmt.Sprint(j.Spawn), "-think", j.Think.String(), "-timeout", j.Timeout.String(), "-cycles", strconv.Itoa(j.Cycles),
	}
}

// report is what a client says of its load.
type report struct {
	Refused  string              `json:"refused,omitempty"` // why there was no load
	Began    time.Duration       `json:"began"`             // on benchserver.Clock
	Counts   runner.Counts       `json:"counts"`
	Errors   []runner.ErrorCount `json:"errors,omitempty"`
	Response runner.Stats        `json:"response"`
}

// drive is a client's process.
func drive(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var j job
	f := flag.NewFlagSet("client", flag.ContinueOnError)
	j.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	if j.Cycles > 0 {
		return j.cycleAloud(ctx, in, out)
	}
	r, err := j.load(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}

// The caller's credentials: nobody verifies them, but a request is signed with all of them, session token included.
const (
	accessKey = "AKIABENCHBENCHBENCH0"
	secretKey = "benchbenchbenchbenchbenchbenchbenchbench"
	token     = "IQoJb3JpZ2luX2VjEBENCH0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz=="
	region    = "us-east-1"
	payload   = `{"inputs": "I am super happy right now."}`
)

// target is the one of the product.
func (j *job) target() (*sagemaker.Target, error) {
	body, err := sagemaker.NewPayload([]byte(payload))
	if err != nil {
		return nil, err
	}
	client := awshttp.NewBuildableClient()
	if j.CA != "" {
		roots, err := authority(j.CA)
		if err != nil {
			return nil, err
		}
		client = client.WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig = &tls.Config{RootCAs: roots} })
	}
	cfg := sagemaker.Config{
		AWS: aws.Config{
			Region: region, HTTPClient: client,
			Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, token),
		},
		BaseEndpoint: j.URL, Endpoint: j.Endpoint, Payload: body, Timeout: j.Timeout, Client: j.Client,
	}
	return sagemaker.NewTarget(cfg)
}

func authority(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return roots, nil
}

func (j *job) plan() runner.Plan {
	p := runner.Plan{Users: j.Users, SpawnRate: j.Spawn, ThinkMin: j.Think, ThinkMax: j.Think}
	if j.Rate > 0 {
		p.Loop, p.Rate = runner.Open, j.Rate
	}
	return p
}

// drainWithin bounds how long the last requests may take.
const drainWithin = 30 * time.Second

// load runs one plan to its end.
func (j *job) load(ctx context.Context) (r report, err error) {
	target, err := j.target()
	if err != nil {
		return r, err
	}
	pool, err := runner.NewPool(runner.Config{Target: target, Requests: j.Requests})
	if err != nil {
		return r, err
	}
	r.Began = benchserver.Clock()
	if err := pool.Apply(j.plan()); err != nil {
		if errors.Is(err, runner.ErrPlan) {
			r.Refused = err.Error()
			return r, nil
		}
		return r, err
	}
	await(ctx, pool.Done(), j.For)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	if err := pool.Stop(ending); err != nil {
		return r, err
	}
	var s runner.Snapshot
	pool.Snapshot(&s)
	r.Counts, r.Errors, r.Response = s.Total, s.Errors, s.Run.Stats[runner.Response]
	return r, s.Err
}

// await returns when done is closed, ctx ends, or after d, if that is not 0.
func await(ctx context.Context, done <-chan struct{}, d time.Duration) {
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-done:
	case <-over:
	case <-ctx.Done():
	}
}
