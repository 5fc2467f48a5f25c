package cli

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"sagetop/internal/session"
	"sagetop/runner"
)

// flags are what the command line means, with a payload, or the error that it is.
func flags(env map[string]string, args ...string) (*options, *workload, error) {
	o := &options{}
	cmd := &cobra.Command{Use: "run"}
	o.allFlags(cmd)
	if err := cmd.ParseFlags(append([]string{"-d", "hi"}, args...)); err != nil {
		return nil, nil, err
	}
	if err := o.resolve(cmd, env); err != nil {
		return nil, nil, err
	}
	w, err := (&app{}).workload(context.Background(), o, &errand{endpoint: "e"})
	return o, w, err
}

func TestLoopFlags(t *testing.T) {
	closed := runner.Plan{Users: 1, SpawnRate: 100}
	open := runner.Plan{Loop: runner.Open, Poisson: true, Users: 512}
	rate := func(r float64) runner.Plan { p := open; p.Rate = r; return p }
	tests := []struct {
		args        string
		plan, other runner.Plan
		stages      []session.Stage
		client      string
	}{
		{"", closed, open, nil, "lean"},
		{"-q 150", rate(150), closed, nil, "lean"},
		{"--rate 0.5 --client sdk", rate(.5), closed, nil, "sdk"},
		{"--rate 150 --max-users 7 --arrivals constant", runner.Plan{Loop: runner.Open, Rate: 150, Users: 7}, closed, nil, "lean"},
		{"--max-users 7 -c 3", runner.Plan{Users: 3, SpawnRate: 100}, runner.Plan{Loop: runner.Open, Poisson: true, Users: 7}, nil, "lean"},
		{"--think-time 1s", runner.Plan{Users: 1, SpawnRate: 100, ThinkMin: time.Second, ThinkMax: time.Second}, open, nil, "lean"},
		{
			"--rate 10 --stages 30s:50.5,2m:200,1m:0", rate(10),
			runner.Plan{SpawnRate: 100},
			[]session.Stage{{Over: 30 * time.Second, Target: 50.5}, {Over: 2 * time.Minute, Target: 200}, {Over: time.Minute}},
			"lean",
		},
		{"--stages 30s:50", runner.Plan{SpawnRate: 100}, open, []session.Stage{{Over: 30 * time.Second, Target: 50}}, "lean"},
	}
	for _, tt := range tests {
		o, w, err := flags(nil, strings.Fields(tt.args)...)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
			continue
		}
		if w.plan != tt.plan || w.other != tt.other || !slices.Equal(w.stages, tt.stages) || o.client != tt.client {
			t.Errorf("%s: plan %+v, other %+v, stages %v, client %s", tt.args, w.plan, w.other, w.stages, o.client)
		}
	}
}

func TestLoopFlagsRefused(t *testing.T) {
	for args, want := range map[string]string{
		"--rate 0":                                   "--rate 0: must be above 0, at most 1000000",
		"--rate -3":                                  "--rate -3: must be above 0",
		"--rate nan":                                 "--rate NaN: must be",
		"--rate inf":                                 "--rate +Inf: must be",
		"--rate 2e6":                                 "--rate 2e+06: must be",
		"--rate fast":                                `invalid argument "fast"`,
		"--rate 150 -c 8":                            "--rate 150 with --users 8: give one of them; an open loop starts users as it needs them, at most --max-users",
		"--rate 150 --think-time 1s":                 "--rate 150 with --think-time 1s",
		"--rate 150 --max-rate 100":                  "--rate 150: is above --max-rate 100",
		"--max-users 0":                              "--max-users 0: must be 1 to 10000",
		"--rate 1 --max-users 10001":                 "--max-users 10001: must be",
		"--rate 1 --arrivals burst":                  `--arrivals "burst": must be poisson or constant`,
		"--client curl":                              `--client "curl": must be lean or sdk`,
		"--stages 30s:1.5":                           `"30s:1.5" is not TIME:USERS`,
		"--rate 1 --stages 30s":                      `"30s" is not TIME:RATE`,
		"--rate 1 --stages 30s:-1":                   "rate must be 0 to 1000000",
		"--rate 1 --stages 30s:nan":                  "rate must be 0",
		"--rate 1 --stages 0s:5":                     "the time must be above 0",
		"--stages 30s:10001":                         "users must be 0 to 10000",
		"--rate 1 --max-rate 9 --stages 5s:8,5s:9.5": `"5s:9.5": is above --max-rate 9`,
	} {
		_, _, err := flags(nil, strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
			continue
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %v", args, err)
		}
	}
	_, _, err := flags(map[string]string{"SAGETOP_RATE": "many"})
	if err == nil || !strings.Contains(err.Error(), `SAGETOP_RATE in the environment: --rate "many": must be a number`) {
		t.Errorf("%v", err)
	}
	if _, w, err := flags(map[string]string{"SAGETOP_RATE": "12.5", "SAGETOP_MAX_USERS": "9"}); err != nil || w.plan.Rate != 12.5 || w.plan.Users != 9 {
		t.Errorf("from the environment: %+v, %v", w, err)
	}
}

// What only a key could give a meaning is refused where there are none.
func TestLoopFlagsWithoutAScreen(t *testing.T) {
	for args, want := range map[string]string{
		"--max-users 9":                "--max-users has no meaning without --rate",
		"--arrivals constant":          "--arrivals has no meaning without --rate",
		"--rate 9 --spawn-rate 5":      "--spawn-rate has no meaning with --rate",
		"--rate 9 --max-users 5":       "",
		"--rate 9 --arrivals constant": "",
		"-c 9 --spawn-rate 5":          "",
	} {
		o, _, err := flags(nil, strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		err = o.validateAlone()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestPromise(t *testing.T) {
	const open, closed = "from at most 512 users, ", "from at most "
	for args, want := range map[string]string{
		"--rate 150 -z 1m":                     open + "150 requests/s for 1m0s; about 9000 requests, and one tried before",
		"--rate 150 -z 1m --arrivals constant": open + "150 requests/s for 1m0s; at most 9000 requests",
		"--rate 150 -z 1m -n 500":              open + "150 requests/s for 1m0s; at most 500 requests",
		"--rate 150 -n 500":                    open + "150 requests/s; at most 500 requests",
		"--rate 150":                           open + "150 requests/s until it is stopped; the number of requests follows from how long it runs",
		"--rate 150 --max-rate 200":            open + "150 requests/s until it is stopped; the number",
		"--rate 10 --arrivals constant --stages 10s:30,10s:30,10s:0.5": open + "30 requests/s for 30s; at most 653 requests",
		"--rate 10 --arrivals constant --stages 10s:30,10s:30 -z 5s":   open + "30 requests/s for 5s; at most 75 requests",
		"--rate 9 --arrivals constant --stages 10s:1 -z 1h":            open + "9 requests/s for 10s; at most 50 requests",
		"-c 8 -z 1m --max-rate 10":                                     closed + "8 users for 1m0s; at most 600 requests",
		"-c 8 --stages 10s:20 --max-rate 10":                           closed + "20 users for 10s; at most 100 requests",
		"-c 8":                                                         closed + "8 users until it is stopped; the number of requests follows from how fast it answers",
	} {
		o, w, err := flags(nil, strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.promise(o, false); !strings.Contains(got, want) || !strings.HasSuffix(got, "nothing was sent") {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
	o, w, _ := flags(nil, "--rate", "10")
	if got := w.promise(o, true); !strings.Contains(got, "for 3m0s; about 1800 requests") {
		t.Errorf("without a screen: %q", got)
	}
}

// Load flags replace the demo's script.
func TestDemoScript(t *testing.T) {
	for args, scripted := range map[string]bool{"": true, "-z 1m": true, "--client sdk": true, "--max-users 9": true, "--rate 150": false, "-c 3": false, "--warmup 1s": false} {
		o, _, err := flags(nil, strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		if o.demoDefaults(); (o.script != nil) != scripted {
			t.Errorf("%s: the script is %v", args, o.script)
		}
	}
}

func TestAskedText(t *testing.T) {
	st := &session.State{}
	st.Load.Users = 21
	if got := askedText(st); got != "21 users" {
		t.Error(got)
	}
	st.Load.Plan = runner.Plan{Loop: runner.Open, Rate: 12.5, Users: 21}
	st.Load.Last.Due = 3
	if got := askedText(st); got != "12.5/s by 21 users" {
		t.Errorf("%s: one is just being handed over", got)
	}
	st.Load.Last.InFlight = 21
	if got := askedText(st); got != "12.5/s by 21 users, 3 due wait" {
		t.Error(got)
	}
}
