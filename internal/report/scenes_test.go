package report

import (
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// start of every run of these tests.
var start = time.Date(2026, 11, 23, 15, 4, 5, 250_000_000, time.UTC)

func parse(t *testing.T, text string) sizing.Rule {
	t.Helper()
	r, err := sizing.ParseSLO(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func milli(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }

// stats of n samples around a median in milliseconds.
func stats(n uint64, p50 float64) runner.Stats {
	return runner.Stats{
		Count: n, Min: milli(p50 * .5), Mean: milli(p50 * 1.0525), P50: milli(p50), P90: milli(p50 * 1.5), P95: milli(p50 * 1.7),
		P99: milli(p50 * 2.1), P999: milli(p50 * 2.8), Max: milli(p50 * 3.3), StdDev: milli(p50 / 3),
	}
}

// window of ok and failed answers under users.
func window(from, to int64, users int, ok, bad uint64, p50 float64) runner.Window {
	w := runner.Window{
		From: start.Unix() + from, To: start.Unix() + to, Length: time.Duration(to-from) * time.Second,
		Segment: 1, Plan: runner.Plan{Users: users}, Plans: 1, Users: users,
		Counts: runner.Counts{Sent: ok + bad, OK: ok, Failed: bad, BytesIn: int64(ok) * 62, BytesOut: int64(ok+bad) * 42},
		Peak:   float64(ok)/float64(to-from) + 7,
		Client: runner.Client{CPUPercent: 3.2, Cores: 8, SchedP99: 87 * time.Microsecond},
	}
	w.Stats[runner.Response] = stats(ok, p50)
	if bad > 0 {
		w.Stats[runner.FailureLat] = stats(bad, 251.4)
	}
	return w
}

func described() cwmetrics.Endpoint {
	return cwmetrics.Endpoint{
		Name: "distilbert", Status: "InService", PublishEvery: time.Minute,
		Variants: []cwmetrics.Variant{{
			Name: "AllTraffic", InstanceType: "ml.m5.12xlarge", Instances: 1, Desired: 1, Weight: 1,
			Hardware: cwmetrics.Hardware{VCPUs: 48, MemoryGiB: 192},
		}},
	}
}

// point of the minute that begins after the start.
func cpuPoint(minute int, cpu, model float64, invocations, bad float64) cwmetrics.Point {
	return cwmetrics.Point{
		At: start.Truncate(time.Minute).Add(time.Duration(minute) * time.Minute), Period: time.Minute,
		CPU:    &cwmetrics.Utilization{Average: cpu * 48, Maximum: cpu * 48, Minimum: cpu * 48, Samples: 1, Units: 48, Share: new(cpu)},
		Memory: &cwmetrics.Utilization{Average: 18.4, Maximum: 18.4, Minimum: 18.4, Samples: 1, Units: 1},
		Model: &cwmetrics.Latency{
			Mean: milli(model), Min: milli(model / 2), Max: milli(model * 3), Samples: invocations,
			P50: new(milli(model * .95)), P90: new(milli(model * 1.4)), P99: new(milli(model * 2.1)),
		},
		Overhead:    &cwmetrics.Latency{Mean: milli(4.4), Min: milli(1), Max: milli(30), Samples: invocations},
		Invocations: new(invocations), PerInstance: new(invocations), Errors4XX: new(0.), Errors5XX: new(bad), ModelErrors: new(bad),
	}
}

// good is a run of 12 users for two minutes, with 10 s of warm-up.
func good(t *testing.T) *session.State {
	warm := window(0, 10, 12, 1700, 0, 66)
	warm.Warmup, warm.Plan.Warmup = true, true
	run := window(10, 130, 12, 22320, 12, 61.037)
	run.Segment = 2
	run.InFlight, run.Sent = 3, run.Sent+3
	total := warm.Counts
	total.Add(run.Counts)
	e := described()
	st := &session.State{
		Info: session.Info{
			Version: "0.1.0", Started: start, Client: "sdk", Duration: 2 * time.Minute, Warmup: 10 * time.Second,
			Target:   session.TargetInfo{Name: "distilbert", Variant: "AllTraffic", Region: "us-east-1", Endpoint: e},
			Identity: session.Identity{Account: "123456789012", Role: "ml-dev"},
			Payload:  session.Payload{Distinct: 1, Bytes: 42, SHA256: "9f86d081884c7d65", ContentType: "application/json"},
			Plan:     runner.Plan{Users: 12, SpawnRate: 100}, Period: time.Minute, CloudWatch: true,
		},
		Phase: session.Done, Elapsed: 130 * time.Second, Now: start.Add(5 * time.Minute), Ended: start.Add(5 * time.Minute), Reason: session.EndDuration,
		Endpoint: &e,
		Sample:   cwmetrics.Sample{At: start.Add(4 * time.Minute), Period: time.Minute, Queries: 170},
		Points:   []cwmetrics.Point{cpuPoint(0, 83.25, 58.2, 10201, 6), cpuPoint(1, 90.6, 58.1, 11160, 6)},
		Findings: []sizing.Finding{{
			ID: "tight", Severity: sizing.Advice, Title: "little room left",
			Evidence: "CPU 91% (4349/4800) at 186 ok/s", Advice: "Plan more instances before the load grows.",
			From: start.Truncate(time.Minute).Add(time.Minute), To: start.Truncate(time.Minute).Add(2 * time.Minute),
		}},
		SLOs: []session.SLO{
			{Rule: parse(t, "p99<200ms"), Value: 128.178, Pass: sizing.Pass},
			{Rule: parse(t, "errors<1%"), Value: 0.0537, Pass: sizing.Pass},
		},
	}
	st.Periods = []sizing.Period{
		{Client: run, Server: &sizing.Server{From: st.Points[0].At, Period: time.Minute, Instances: 1}},
		{Client: run, Server: &sizing.Server{From: st.Points[1].At, Period: time.Minute, Instances: 1}},
	}
	st.Load = runner.Snapshot{
		State: runner.Stopped, Plan: runner.Plan{Users: 12}, Total: total, Run: run, Steady: run,
		Segments: []runner.Window{warm}, Segment: run,
		Errors: []runner.ErrorCount{{
			Failure: runner.Failure{Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 503, Code: "ModelError", Message: "Received server error (503) from primary"},
			Count:   12, First: start.Unix() + 61, Last: start.Unix() + 118,
			Sample: &runner.Sample{At: start.Add(61 * time.Second), Took: 12345678, Request: 11640, RequestID: "0f6b2bb4-3a5c-4ae0-9f0b-17c1d0e94d11"},
		}},
		Seconds: []runner.Second{
			{Delta: runner.Delta{Client: runner.Client{Opened: 12}}},
			{Delta: runner.Delta{Client: runner.Client{Opened: 1}}},
		},
	}
	return st
}

// saturated is the story of the demo: from 12 to 240 users, past what one instance can.
func saturated(t *testing.T) *session.State {
	st := good(t)
	st.Info.Target.Simulated = true
	st.Info.Warmup, st.Info.Period = 0, 10*time.Second
	st.Info.Stages = []session.Stage{{Over: 30 * time.Second, Target: 12}, {Over: 90 * time.Second, Target: 240}}
	a, b, c := window(0, 30, 12, 5580, 0, 61), window(30, 60, 48, 6060, 0, 236.2), window(60, 120, 240, 12120, 29700, 531.9)
	a.Segment, b.Segment, c.Segment = 1, 2, 3
	run := window(0, 120, 240, 23760, 29700, 402.7)
	st.Load = runner.Snapshot{
		State: runner.Stopped, Plan: runner.Plan{Users: 240}, Total: run.Counts, Run: run, Steady: run,
		Segments: []runner.Window{a, b, c}, Segment: c,
		Errors: []runner.ErrorCount{
			{
				Failure: runner.Failure{Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 503, Code: "ModelError", Message: "Received server error (503) from primary with message \"Service \x1b[31mUnavailable\x1b[0m\n\" \u2026 see the logs"},
				Count:   29698, First: start.Unix() + 61, Last: start.Unix() + 119,
				Sample: &runner.Sample{
					At: start.Add(61*time.Second + 12345678), Took: 12345678, Request: 11640, Payload: 3,
					RequestID: "0f6b2bb4-3a5c-4ae0-9f0b-17c1d0e94d11", Message: "Received server error (503) from primary, request 11640",
					OriginalMessage: "Service Unavailable", LogStreamARN: "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/distilbert",
				},
			},
			{Failure: runner.Failure{Class: runner.Throttled, HTTPStatus: 400, Code: "ThrottlingException"}, Count: 2, First: start.Unix() + 70, Last: start.Unix() + 70, Sample: &runner.Sample{At: start.Add(70 * time.Second), Took: time.Second}},
		},
	}
	st.Points = []cwmetrics.Point{cpuPoint(0, 91, 58.2, 10201, 0), cpuPoint(1, 99.4, 336.4, 31820, 29700)}
	st.Elapsed = 2 * time.Minute
	st.Findings = []sizing.Finding{{
		ID: "cpu-saturated", Severity: sizing.Critical, Title: "the endpoint's CPU is saturated",
		Evidence: "CPU 99% (4771/4800) at 202 ok/s; ModelLatency 5.8x the quiet 58 ms; 71% fail, 5xx",
		Advice:   "Add instances or return to 135/s.", From: st.Points[1].At, To: st.Points[1].End(),
	}}
	st.SLOs = []session.SLO{
		{Rule: parse(t, "p99<200ms"), Value: 845.67, Pass: sizing.Fail},
		{Rule: parse(t, "errors<1%"), Value: 55.56, Pass: sizing.Fail},
		{Rule: parse(t, "tps>=100"), Value: 198, Pass: sizing.Pass},
	}
	return st
}

// scaledUp is saturated until it gets five instances: 240 users then find room. It leaves them there.
func scaledUp(t *testing.T) *session.State {
	st := saturated(t)
	st.Info.Target.Simulated, st.Info.Identity.Profile = false, "ml-dev"
	moving, cold, five := window(120, 150, 240, 6060, 14850, 531.9), window(150, 162, 240, 8400, 3, 260.1), window(162, 262, 240, 100000, 120, 231.2)
	moving.Segment, cold.Segment, five.Segment = 4, 5, 6
	cold.Warmup, cold.Plan.Warmup = true, true
	st.Load.Segments, st.Load.Segment = append(st.Load.Segments, moving, cold, five), five
	since := func(s int64) time.Time { return time.Unix(start.Unix()+s, 30_000_000) }
	st.Scalings = []session.Scaling{{From: 1, To: 5, Asked: since(120), Over: since(150)}}
	st.Counts = []session.Count{{Instances: 1}, {Since: since(150), Instances: 5}}
	st.Endpoint.Variants[0].Instances, st.Endpoint.Variants[0].Desired = 5, 5
	points := func(from int64, cpu, model, invocations, bad float64) {
		p := cpuPoint(0, cpu, model, invocations, bad)
		p.At, p.Period, p.Complete = time.Unix(start.Unix()+from, 0).UTC(), 10*time.Second, true
		st.Points = append(st.Points, p)
	}
	st.Points = nil
	points(80, 99, 336, 7000, 4950)
	points(90, 100, 337, 7000, 4950)
	points(170, 98, 229, 10000, 0)
	points(180, 99, 233, 10000, 12)
	return st
}

// restored is scaled twice, under other loads each time, and put back.
func restored(t *testing.T) *session.State {
	st := scaledUp(t)
	st.Info.Target.Simulated = true
	st.Load.Segments[5].Plan.Users, st.Load.Segment.Plan.Users = 96, 96
	st.Scalings = append(st.Scalings, session.Scaling{From: 5, To: 1, Asked: time.Unix(start.Unix()+263, 0), Restore: true})
	return st
}

// scenes are the runs whose summaries are kept as text.
func scenes(t *testing.T) map[string]*session.State {
	noCloudWatch := good(t)
	noCloudWatch.Info.CloudWatch = false
	noCloudWatch.Points, noCloudWatch.Periods, noCloudWatch.Findings, noCloudWatch.Sample = nil, nil, nil, cwmetrics.Sample{}

	invalid := good(t)
	invalid.Info.Plan.Loop, invalid.Load.Plan.Loop, invalid.Load.Segment.Plan.Loop = runner.Open, runner.Open, runner.Open
	invalid.Load.Segment.Plan.Rate, invalid.Load.Segment.Plan.Users, invalid.Load.Plan.Users = 800, 64, 64
	invalid.Load.Total.Unsent, invalid.Load.Segment.Unsent = 412, 412
	invalid.Load.Run.Stats[runner.Service] = stats(22320, 58.3)
	invalid.Load.Run.Stats[runner.SendLag] = stats(22320, 18.2)
	invalid.Load.Run.Stats[runner.PoolWait] = stats(22320, 4.1)
	invalid.Findings = []sizing.Finding{{
		ID: "client-cpu", Severity: sizing.Critical, Title: "the client is the bottleneck: CPU",
		Evidence: "client CPU 97% of 2 cores; requests leave 38 ms late (p99)",
		Advice:   "Use a bigger client or a second one: what is measured now is the client.",
		From:     start.Truncate(time.Second).Add(115 * time.Second), To: start.Truncate(time.Second).Add(125 * time.Second),
	}}
	invalid.Invalid = &invalid.Findings[0]
	invalid.Load.Run.Client = runner.Client{CPUPercent: 97.3, Cores: 2, SchedP99: 14 * time.Millisecond}

	switched := saturated(t)
	switched.Load.Segment = window(60, 120, 240, 12120, 0, 121.9)
	switched.Load.Segment.Segment = 3
	switched.Load.Segments[2], switched.Load.Errors = switched.Load.Segment, nil
	switched.Load.Run = window(0, 120, 240, 23760, 0, 102.7)
	switched.Load.Total = switched.Load.Run.Counts
	switched.Findings, switched.SLOs = nil, nil
	open := func(w *runner.Window, rate float64) {
		w.Plan = runner.Plan{Loop: runner.Open, Rate: rate, Poisson: true, Users: 512}
	}
	open(&switched.Load.Segments[1], 60.5)
	open(&switched.Load.Segments[2], 135)
	open(&switched.Load.Segment, 135)
	switched.Load.Plan = switched.Load.Segment.Plan
	switched.Info.Stages, switched.Info.Client = nil, "lean"
	switched.Info.Plan = runner.Plan{Users: 12, ThinkMin: time.Second, ThinkMax: 2 * time.Second}
	switched.Load.Run.Stats[runner.Service] = stats(18180, 112)
	switched.Load.Run.Stats[runner.SendLag] = stats(18180, .2)
	switched.Load.Run.Stats[runner.PoolWait] = stats(18180, .001)

	aborted := saturated(t)
	aborted.Reason, aborted.Aborted = session.EndAborted, "errors>50% for 10s"

	spoilt := saturated(t) // invalid early on, aborted later: by then the client was well and the figures said something else
	spoilt.Reason, spoilt.Aborted = aborted.Reason, aborted.Aborted
	spoilt.Invalid = &invalid.Findings[0]
	spoilt.Findings = []sizing.Finding{{
		ID: "headroom", Severity: sizing.Info, Title: "room for more", Evidence: "CPU 42% (2016/4800) at 186 ok/s",
		Advice: "Raise the load to see where it ends.", From: spoilt.Points[1].At, To: spoilt.Points[1].End(),
	}}
	spoilt.SLOs, spoilt.Load.Errors = spoilt.SLOs[:1], spoilt.Load.Errors[:1]

	interrupted := good(t)
	interrupted.Reason, interrupted.Elapsed = session.EndInterrupt, 42*time.Second
	interrupted.Points, interrupted.Periods, interrupted.Findings = nil, nil, nil
	interrupted.Sample.Problem = &cwmetrics.Problem{Permission: "cloudwatch:GetMetricData", Message: "cloudwatch:GetMetricData is denied to ml-dev: allow it to see CPU and ModelLatency"}
	interrupted.Load.Run = window(10, 42, 12, 40, 0, 61)
	interrupted.Load.Segment, interrupted.Load.Steady = interrupted.Load.Run, runner.Window{}
	interrupted.Load.Total, interrupted.Load.Errors = interrupted.Load.Run.Counts, nil
	interrupted.SLOs[0].Pass, interrupted.SLOs[0].Value = sizing.Unknown, 0

	empty := &session.State{Info: session.Info{Version: "0.1.0", Started: start, Watch: true, CloudWatch: true, Period: time.Minute}, Ended: start.Add(time.Minute), Reason: session.EndStopped}

	return map[string]*session.State{
		"scaled": scaledUp(t), "restored": restored(t),
		"good": good(t), "saturated": saturated(t), "no-cloudwatch": noCloudWatch, "invalid": invalid, "switched": switched,
		"aborted": aborted, "spoilt": spoilt, "interrupted": interrupted, "empty": empty, "streamed": streamedRun(t),
	}
}
