package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/benchserver"
)

// contender is a program that is measured beside the others.
type contender struct {
	name    string
	missing string // why it cannot be measured, and how to get it
	plain   bool   // it is measured without TLS only
	narrow  bool   // and with one number of users only

	command func(ctx context.Context, w wish) *exec.Cmd
	accept  func(exit int) bool // exit statuses that are no failure, beside 0
	start   time.Duration       // CPU that it takes before it sends anything, which is not counted
}

// wish is one load.
type wish struct {
	users  int
	length time.Duration
	secure bool
}

// contenders are all that there are, our own first.
func (b *bench) contenders(ctx context.Context) ([]contender, error) {
	var all []contender
	for _, name := range []string{lean, sdk} {
		all = append(all, b.ownContender(name))
	}
	locust, err := b.locust(ctx)
	if err != nil {
		return nil, err
	}
	return append(all, b.wrk(), b.hey(), locust, b.sagetop(ctx)), nil
}

func (b *bench) ownContender(name string) contender {
	return contender{name: name, command: func(ctx context.Context, w wish) *exec.Cmd {
		j := b.job(name, fast, w.secure, w.users)
		j.For = w.length
		return exec.CommandContext(ctx, b.self, j.args()...)
	}}
}

// lookFor is the path of a program, or how to get it.
func lookFor(program, pack string) (path, missing string) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Sprintf("%s is not installed: apt-get install %s", program, pack)
	}
	return path, ""
}

// wholeSeconds is for programs that take no fractions.
func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

// wrkRequest has wrk send our request as it stands. wrk asks for it once a thread, so it costs nothing per request.
const wrkRequest = "init = function() wrk.format = function() return %q end end\n"

// wrkScript is the file for wrk to read when it is to load an endpoint. The server does not mind the signature of another one.
func (b *bench) wrkScript(endpoint string) string { return filepath.Join(b.dir, endpoint+".lua") }

func (b *bench) writeWrkScript(endpoint string) error {
	raw := bytes.Replace(b.request.raw, []byte(benchserver.Path(fast)), []byte(benchserver.Path(endpoint)), 1)
	return os.WriteFile(b.wrkScript(endpoint), fmt.Appendf(nil, wrkRequest, raw), 0o600)
}

func (b *bench) wrk() (c contender) {
	c.name = "wrk"
	var path string
	path, c.missing = lookFor("wrk", "wrk")
	c.command = func(ctx context.Context, w wish) *exec.Cmd {
		return exec.CommandContext(ctx, path, "-t2", "-c", strconv.Itoa(w.users), "-d", wholeSeconds(w.length)+"s", "-s", b.wrkScript(fast),
			b.server.url(w.secure)+benchserver.Path(fast))
	}
	return c
}

func (b *bench) hey() (c contender) {
	c.name = "hey"
	var path string
	if path, c.missing = lookFor("hey", "hey"); c.missing != "" {
		return c
	}
	c.command = func(ctx context.Context, w wish) *exec.Cmd {
		args := []string{"-z", w.length.String(), "-c", strconv.Itoa(w.users), "-m", "POST", "-d", payload, "-T", "application/json"}
		for _, h := range b.request.headers {
			args = append(args, "-H", h.name+": "+h.value)
		}
		return exec.CommandContext(ctx, path, append(args, b.server.url(w.secure)+benchserver.Path(fast))...)
	}
	return c
}

// locustStart is what Locust needs of its time before it sends anything.
const locustStart = 2 * time.Second

//go:embed locustfile.py
var locustfile []byte

// locust is measured as it is used: a process with boto3. Importing the two takes seconds of CPU that are no matter of requests, so
// a run without any says what to leave out.
func (b *bench) locust(ctx context.Context) (c contender, err error) {
	c.name, c.plain, c.narrow = "locust", true, true
	var path string
	if path, c.missing = lookFor("locust", "python3-locust python3-boto3"); c.missing != "" {
		return c, nil
	}
	file := filepath.Join(b.dir, "locustfile.py")
	if err := os.WriteFile(file, locustfile, 0o600); err != nil {
		return c, err
	}
	command := func(ctx context.Context, w wish, idle string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, path, "-f", file, "--headless", "--only-summary", "-u", strconv.Itoa(w.users), "-r", "1000",
			"--run-time", wholeSeconds(w.length+locustStart), "--host", b.server.url(w.secure))
		cmd.Env = append(b.awsEnviron(), "BENCH_ENDPOINT="+fast, "BENCH_PAYLOAD="+payload, "BENCH_IDLE="+idle)
		return cmd
	}
	c.accept = func(exit int) bool { return exit == 1 } // some request failed: at the end it breaks off those in flight
	u, err := measure(command(ctx, wish{users: 64, length: time.Second}, "1"), c.accept)
	if err != nil {
		c.missing = err.Error()
		return c, b.forgive(ctx, err)
	}
	c.start = u.CPU
	c.command = func(ctx context.Context, w wish) *exec.Cmd { return command(ctx, w, "") }
	return c, nil
}

// awsEnviron has the AWS SDKs of other programs find our credentials, and no others.
func (b *bench) awsEnviron() []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "AWS_") })
	return append(env, "AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY="+secretKey, "AWS_SESSION_TOKEN="+token,
		"AWS_DEFAULT_REGION="+region, "AWS_REGION="+region, "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_CA_BUNDLE="+b.caFile())
}

// sagetop is the whole program, with its preflight, journal and report.
func (b *bench) sagetop(ctx context.Context) contender {
	c := contender{name: "sagetop", narrow: true}
	program := filepath.Join(b.dir, "sagetop")
	if _, err := measure(exec.CommandContext(ctx, "go", "build", "-o", program, "sagetop"), nil); err != nil {
		c.missing = "it cannot be built: " + err.Error()
		return c
	}
	runs := 0
	c.command = func(ctx context.Context, w wish) *exec.Cmd {
		runs++
		cmd := exec.CommandContext(ctx, program, "run", fast, "--headless", "--no-cloudwatch", "--quiet", "--abort-on", "none",
			"--endpoint-url", b.server.url(w.secure), "-d", payload, "-c", strconv.Itoa(w.users), "--spawn-rate", "10000",
			"-z", w.length.String(), "--out", filepath.Join(b.dir, "run"+strconv.Itoa(runs)))
		cmd.Env = b.awsEnviron()
		return cmd
	}
	c.accept = func(exit int) bool { return exit == 4 || exit == 5 } // the client was the bottleneck, which is the point here
	return c
}
