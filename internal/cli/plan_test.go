package cli_test

import (
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sagetop/cwmetrics"
	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// ran leaves a run folder as a finished run of the endpoint distilbert would: ran DIR [KEY=VALUE...] RATE:CPU..., where each rate was
// held for 20 s at that share of all cores, answered within 60 ms. Keys: type, simulated, target, slo, took.
func ran(ts *testscript.TestScript, _ bool, args []string) {
	play(ts.Check, ts.MkAbs(args[0]), args[1:]...)
}

// play leaves that run in dir.
func play(check func(error), dir string, args ...string) {
	began := time.Date(2026, 11, 23, 15, 4, 0, 0, time.UTC)
	info := session.Info{
		Version: "dev", Started: began, Client: "lean", Period: 10 * time.Second, CloudWatch: true, Plan: runner.Plan{Loop: runner.Open, Rate: 1, Users: 64},
		Target: session.TargetInfo{Name: "distilbert", Variant: "AllTraffic", Region: "us-east-1", Endpoint: cwmetrics.Endpoint{
			Name: "distilbert", Status: "InService", Variants: []cwmetrics.Variant{{
				Name: "AllTraffic", InstanceType: "ml.m5.12xlarge", Instances: 1, Desired: 1, Hardware: cwmetrics.Hardware{VCPUs: 48},
			}},
		}},
	}
	var held []string
	took := 60 * time.Millisecond
	for _, arg := range args {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "type":
			info.Target.Endpoint.Variants[0].InstanceType = value
		case "simulated":
			info.Target.Simulated = value == "true"
		case "target":
			info.Sizing = sizing.Ask{TPS: number(check, value)}
		case "slo":
			info.SLOs = append(info.SLOs, value)
		case "took":
			var err error
			took, err = time.ParseDuration(value)
			check(err)
		default:
			held = append(held, arg)
		}
	}
	folder, err := report.Create(dir, info)
	check(err)
	seq := uint64(0)
	at, sample := began, cwmetrics.Sample{Period: info.Period}
	for i, h := range held {
		rate, cpu, _ := strings.Cut(h, ":")
		for range 2 * 10 {
			seq++
			check(folder.Delta(second(at, seq, i+1, number(check, rate), took)))
			at = at.Add(time.Second)
		}
		for _, ago := range []time.Duration{20 * time.Second, 10 * time.Second} {
			share := number(check, cpu)
			sample.Points = append(sample.Points, cwmetrics.Point{
				At: at.Add(-ago), Period: info.Period, Complete: true, Invocations: new(10 * number(check, rate)),
				CPU: &cwmetrics.Utilization{Average: 48 * share, Maximum: 48 * share, Minimum: 48 * share, Samples: 1, Units: 48, Share: &share},
			})
		}
	}
	sample.At = at.Add(time.Minute)
	check(folder.Event(session.Event{At: at, Kind: session.KindPhase, Phase: session.Settle, Text: "the load is over"}))
	check(folder.Sample(sample))
	check(folder.Event(session.Event{At: sample.At, Kind: session.KindPhase, Phase: session.Done, Reason: session.EndDuration, Text: "done"}))
	check(folder.Close())
}

// second of a steady load, all of it answered within as long.
func second(at time.Time, seq uint64, segment int, rate float64, took time.Duration) *runner.Delta {
	d := &runner.Delta{
		Worker: "local", Seq: seq, Second: at.Unix(), Segment: segment, Final: true, Covered: time.Second, Users: 64,
		Plan: runner.Plan{Loop: runner.Open, Rate: rate, Users: 64},
	}
	d.Sent, d.OK = uint64(rate), uint64(rate)
	d.Hist[runner.Response], d.Hist[runner.Service] = new(runner.Hist), new(runner.Hist)
	for range d.OK {
		d.Hist[runner.Response].Record(took)
		d.Hist[runner.Service].Record(took)
	}
	return d
}

func number(check func(error), text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	check(err)
	return x
}
