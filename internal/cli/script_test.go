package cli_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sagetop/internal/cli"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

func TestMain(m *testing.M) {
	// Tests here wait, for processes and for seconds to pass, far more than they compute. -parallel still goes before this.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"sagetop": func() {
		signals := make(chan os.Signal, 8)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		os.Exit(cli.Main(os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Signals: signals, Environ: os.Environ()}))
	}})
}

// TestScripts runs the real command line, a file per behaviour, against a simulated AWS of each script's own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "fault": fault, "status": status, "tag": tag, "expire": expire, "busy": busy, "calls": calls, "ran": ran, "arrived": arrived,
		},
	})
}

type serverKey struct{}

// setUp serves two endpoints: fast answers at once, distilbert as in life. The environment points to them.
func setUp(env *testscript.Env) error {
	fast := model.Fast()
	server, err := simulator.New(simulator.Config{Endpoints: []simulator.EndpointConfig{
		{Name: "fast", Profile: &fast, EnhancedMetrics: true, PublishEvery: 10 * time.Second},
		{Name: "distilbert", EnhancedMetrics: true, PublishEvery: 10 * time.Second},
		{Name: "recommender-prod", Profile: &fast},
	}})
	if err != nil {
		return err
	}
	l, err := server.Listen(context.Background(), "")
	if err != nil {
		return err
	}
	env.Defer(func() { _ = l.Close() })
	silent, err := net.Listen("tcp", "127.0.0.1:0") // connects, and never answers
	if err != nil {
		return err
	}
	env.Defer(func() { _ = silent.Close() })
	untrusted := httptest.NewTLSServer(server)
	env.Defer(untrusted.Close)
	containerOf(env)
	creds := server.Credentials()
	env.Values[serverKey{}] = server
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": l.URL, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": creds.AccessKeyID, "AWS_SECRET_ACCESS_KEY": creds.SecretAccessKey, "AWS_SESSION_TOKEN": creds.SessionToken,
		"SILENT_URL": "http://" + silent.Addr().String(), "SILENT_ADDR": silent.Addr().String(), "UNTRUSTED_URL": untrusted.URL, "SECRET": creds.SecretAccessKey,
	} {
		env.Setenv(k, v)
	}
	return nil
}

func server(ts *testscript.TestScript) *simulator.Server {
	return ts.Value(serverKey{}).(*simulator.Server)
}

// exits runs a command and compares its exit code: exits CODE COMMAND ARG...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// fault disturbs an operation: fault KIND OPERATION [NEXT [SHARE]]
func fault(ts *testscript.TestScript, _ bool, args []string) {
	f := simulator.Fault{Kind: simulator.FaultKind(args[0]), Operation: args[1]}
	if len(args) > 2 {
		f.Next, _ = strconv.Atoi(args[2])
	}
	if len(args) > 3 {
		f.Share, _ = strconv.ParseFloat(args[3], 64)
	}
	_, err := server(ts).Fault(f)
	ts.Check(err)
}

// status puts an endpoint into a status: status ENDPOINT STATUS REASON...
func status(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(server(ts).SetStatus(args[0], simulator.Status(args[1]), strings.Join(args[2:], " ")))
}

// tag ENDPOINT KEY VALUE
func tag(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(server(ts).SetTags(args[0], map[string]string{args[1]: args[2]}))
}

// calls compares how often an operation was answered, in whatever way: calls OPERATION TIMES
func calls(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	var got uint64
	for answer, n := range server(ts).Counts() {
		if answer.Operation == args[0] {
			got += n
		}
	}
	if got != want {
		ts.Fatalf("%s was answered %d times, want %d", args[0], got, want)
	}
}

// expire lets the credentials lapse.
func expire(ts *testscript.TestScript, _ bool, _ []string) { server(ts).ExpireCredentials() }

// busy waits until CloudWatch has something to say of the last minute: points of 10 s need one whole period.
func busy(ts *testscript.TestScript, _ bool, _ []string) { time.Sleep(11 * time.Second) }
