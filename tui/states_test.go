package tui

import (
	"slices"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// start of every made-up run: a whole minute.
var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// scene makes a State from plain figures.
type scene struct {
	session.State
	segment int
}

// phaseOf load: so many seconds at a Plan with the same figures.
type stretch struct {
	seconds    int
	plan       runner.Plan
	ok, failed uint64 // a second
	p50, p99   float64
	ramp       bool
	due        int // arrivals that wait at the end of each second
}

func newScene() *scene {
	s := &scene{}
	s.Info = session.Info{
		Started: start, Client: "sdk", Version: "v0.1.0", CloudWatch: true, Period: time.Minute, Duration: 10 * time.Minute,
		Target: session.TargetInfo{
			Name: "distilbert", Variant: "AllTraffic", Region: "us-east-1",
			Endpoint: cwmetrics.Endpoint{
				Name: "distilbert", ARN: "arn:aws:sagemaker:us-east-1:123456789012:endpoint/distilbert", Status: "InService",
				Config: "distilbert-2", PublishEvery: time.Minute, Modified: start.Add(-48 * time.Hour),
				Variants: []cwmetrics.Variant{{
					Name: "AllTraffic", InstanceType: "ml.m5.12xlarge", Instances: 1, Desired: 1, Weight: 1, Routing: "RANDOM",
					Hardware: cwmetrics.Hardware{VCPUs: 48, MemoryGiB: 192},
				}},
			},
		},
		Identity: session.Identity{Account: "123456789012", Role: "ml-dev", RegionFrom: "AWS_REGION", CredsFrom: "SSO profile ml-dev"},
		Payload:  session.Payload{Distinct: 1, Bytes: 42, ContentType: "application/json", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
		Command:  []string{"sagetop", "run", "distilbert", "-d", `{"inputs": "I am super happy right now."}`, "--users", "60", "--slo", "p99<200ms"},
	}
	s.Info.Target.ScalingKnown = true
	s.Phase = session.Run
	s.Total = s.Info.Duration
	s.Facts = sizing.Facts{VCPUs: 48, InstanceType: "ml.m5.12xlarge", CloudWatch: true}
	s.Now = start
	s.Creds = start.Add(47*time.Minute + 30*time.Second)
	return s
}

func millisOf(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

func closed(users int) runner.Plan { return runner.Plan{Users: users} }
func open(rate float64) runner.Plan {
	return runner.Plan{Loop: runner.Open, Rate: rate, Users: 512, Poisson: true}
}

// load goes on for some stretches.
func (s *scene) load(parts ...stretch) *scene {
	for _, p := range parts {
		s.segment++
		for range p.seconds {
			s.second(&p)
		}
	}
	s.windows()
	return s
}

// wobble makes figures move a little, the same way each time.
func wobble(v float64, n int64) float64 {
	return v * (1 + float64((n*7919)%11-5)/100)
}

func (s *scene) second(p *stretch) {
	at := start.Unix() + int64(len(s.Load.Seconds))
	sec := runner.Second{Segments: 1, Measured: time.Second}
	sec.Second, sec.Segment, sec.Plan, sec.Ramp = at, s.segment, p.plan, p.ramp
	sec.OK, sec.Failed = uint64(wobble(float64(p.ok), at)), uint64(wobble(float64(p.failed), at+3))
	sec.Sent = sec.OK + sec.Failed
	sec.Users, sec.InFlight, sec.Due = p.plan.Users, int(float64(p.ok)*p.p50/1000)+1, p.due
	sec.Covered = time.Second
	sec.BytesOut, sec.BytesIn = 42*int64(sec.Sent), 118*int64(sec.OK)
	sec.Client = runner.Client{
		CPUPercent: wobble(float64(sec.Sent)/50, at), Cores: 8, MachinePercent: wobble(11, at+2), SchedP99: millisOf(wobble(.38, at+5)),
		GCPause: millisOf(wobble(.07, at+7)), RTT: millisOf(.6),
	}
	if len(s.Load.Seconds) == 0 || s.Load.Seconds[len(s.Load.Seconds)-1].Plan != p.plan {
		sec.Client.Opened = sec.InFlight
	}
	p50, p99 := millisOf(wobble(p.p50, at+1)), millisOf(wobble(p.p99, at+2))
	sec.Stats[runner.Response] = statsOf(sec.OK, p50, p99)
	if sec.OK > 0 {
		sec.Heat[runner.HeatBucket(p50)] += uint32(sec.OK) - uint32(sec.OK/50)
		sec.Heat[runner.HeatBucket(p99)] += uint32(sec.OK / 50)
	}
	if p.plan.Loop == runner.Open {
		s.schedule(&sec, p, p50, p99)
	}
	s.Load.Seconds = append(s.Load.Seconds, sec)
}

// schedule is what the open loop has beside: 12 users more than are busy, unless arrivals wait for one.
func (s *scene) schedule(sec *runner.Second, p *stretch, p50, p99 time.Duration) {
	lag, wait := 60*time.Microsecond, time.Microsecond
	sec.Users = sec.InFlight + 12
	if p.due > 0 {
		lag, wait = 900*time.Millisecond, 900*time.Millisecond
		sec.Users, sec.InFlight = p.plan.Users, p.plan.Users
	}
	sec.Stats[runner.Service] = statsOf(sec.OK, p50-lag, p99-lag*8/6)
	sec.Stats[runner.SendLag] = statsOf(sec.OK, lag, lag*8/6)
	sec.Stats[runner.PoolWait] = statsOf(sec.OK, wait, wait*8/6)
}

func statsOf(n uint64, p50, p99 time.Duration) runner.Stats {
	if n == 0 {
		return runner.Stats{}
	}
	between := func(share float64) time.Duration { return p50 + time.Duration(share*float64(p99-p50)) }
	return runner.Stats{
		Count: n, Min: p50 / 2, Mean: p50 * 21 / 20, P50: p50, P90: between(0.4), P95: between(0.62), P99: p99,
		P999: between(1.6), Max: between(3.2), StdDev: p50 / 5,
	}
}

// windows sums up the seconds so far.
func (s *scene) windows() {
	l := &s.Load
	n := len(l.Seconds)
	last := l.Seconds[n-1]
	s.Now = time.Unix(last.Second+1, 0).UTC()
	s.Elapsed = time.Duration(n) * time.Second
	s.Left = max(s.Total-s.Elapsed, 0)
	l.State, l.Plan, l.Users, l.InFlight = runner.Running, last.Plan, last.Users, last.InFlight
	l.Last, l.Ten, l.Run = windowOf(l.Seconds[n-1:]), windowOf(l.Seconds[max(n-10, 0):]), windowOf(l.Seconds)
	first := n - 1
	for first > 0 && l.Seconds[first-1].Segment == last.Segment {
		first--
	}
	l.Segments = nil
	for from, i := 0, 1; i <= first; i++ {
		if l.Seconds[i].Segment != l.Seconds[from].Segment {
			l.Segments = append(l.Segments, windowOf(l.Seconds[from:i]))
			from = i
		}
	}
	l.Segment, l.Plan10 = windowOf(l.Seconds[first:]), windowOf(l.Seconds[max(first, n-10):])
	l.Total = l.Run.Counts
	l.Periods = nil
	for i := 0; i+60 <= n; i += 60 {
		l.Periods = append(l.Periods, windowOf(l.Seconds[i:i+60]))
	}
}

func windowOf(seconds []runner.Second) runner.Window {
	opened := 0
	w := runner.Window{From: seconds[0].Second, To: seconds[len(seconds)-1].Second + 1, Plans: 1, Length: time.Duration(len(seconds)) * time.Second}
	for i := range seconds {
		sec := &seconds[i]
		if i > 0 && sec.Segment != seconds[i-1].Segment {
			w.Plans++
		}
		w.Counts.Add(sec.Counts)
		w.Plan, w.Ramp, w.Users, w.InFlight = sec.Plan, w.Ramp || sec.Ramp, sec.Users, sec.InFlight
		w.Peak = max(w.Peak, float64(sec.OK))
		w.MeanInFlight = float64(sec.InFlight)
		w.Due = sec.Due
		opened += sec.Client.Opened
		for m, st := range sec.Stats {
			if st.Count > 0 {
				w.Stats[m] = statsOf(w.OK, st.P50, st.P99)
			}
		}
	}
	w.Client = runner.Client{
		CPUPercent: 3, Cores: 8, SchedP99: 400 * time.Microsecond, MachinePercent: 11, GCPause: 70 * time.Microsecond, Opened: opened,
		RTT: 600 * time.Microsecond,
	}
	return w
}

// ours stands for as many invocations as the client sent.
const ours = -1

// minute of CloudWatch's figures: CPU in percent of all cores, latencies in milliseconds.
type minute struct {
	at                        int // minutes after the start
	cpu                       float64
	model, modelP99, overhead float64
	invocations, e4xx, e5xx   float64
}

// points published so far, joined with the client's minutes.
func (s *scene) points(minutes ...minute) *scene {
	for _, m := range minutes {
		at := start.Add(time.Duration(m.at) * time.Minute)
		p := cwmetrics.Point{
			At: at, Period: time.Minute,
			CPU:    &cwmetrics.Utilization{Average: m.cpu * 48, Maximum: m.cpu * 48, Minimum: m.cpu * 48, Samples: 1, Units: 48, Share: new(m.cpu)},
			Memory: &cwmetrics.Utilization{Average: 18, Units: 1, Share: new(18.0)},
		}
		server := &sizing.Server{From: at, Period: time.Minute, Instances: 1, CPU: new(m.cpu), CPUSum: new(m.cpu * 48)}
		if m.invocations == ours {
			m.invocations = float64(s.Load.Periods[m.at].Ended())
		}
		if m.invocations > 0 {
			p.Model = &cwmetrics.Latency{Mean: millisOf(m.model), P99: new(millisOf(m.modelP99)), Samples: m.invocations}
			p.Overhead = &cwmetrics.Latency{Mean: millisOf(m.overhead), Samples: m.invocations}
			p.Invocations, p.Errors4XX, p.Errors5XX = new(m.invocations), new(m.e4xx), new(m.e5xx)
			server.Model = &sizing.Latency{Mean: millisOf(m.model), P99: new(millisOf(m.modelP99))}
			server.Overhead = &sizing.Latency{Mean: millisOf(m.overhead)}
			server.Invocations, server.Errors4XX, server.Errors5XX = p.Invocations, p.Errors4XX, p.Errors5XX
		}
		s.State.Points = append(s.State.Points, p)
		if m.at < len(s.Load.Periods) {
			s.Periods = append(s.Periods, sizing.Period{Client: s.Load.Periods[m.at], Server: server})
		}
	}
	s.Sample = cwmetrics.Sample{At: s.Now.Add(-20 * time.Second), Period: time.Minute, Points: s.State.Points, Next: s.Now.Add(12 * time.Second)}
	return s
}

func (s *scene) finding(id string, severity sizing.Severity, evidence, advice string, at int) *scene {
	from := start.Add(time.Duration(at) * time.Minute)
	s.Findings = append(s.Findings, sizing.Finding{
		ID: id, Severity: severity, Title: id, Evidence: evidence, Advice: advice, From: from, To: from.Add(time.Minute),
	})
	return s
}

func (s *scene) slo(text string, value float64, pass, now sizing.Verdict, since time.Duration) *scene {
	rule, err := sizing.ParseSLO(text)
	if err != nil {
		panic(err)
	}
	s.SLOs = append(s.SLOs, session.SLO{Rule: rule, Value: value, Pass: pass, Now: now, Since: s.Now.Add(-since)})
	return s
}

func (s *scene) event(after time.Duration, bad bool, text string) *scene {
	s.Events = append(s.Events, session.Event{At: start.Add(after), Text: text, Bad: bad})
	return s
}

// The scenes that the pictures under testdata show.

func watching() *scene {
	s := newScene()
	s.Phase, s.Info.Watch, s.Info.Duration, s.Total = session.Watch, true, 0, 0
	s.Info.Payload = session.Payload{}
	s.AutoScaling = &session.AutoScaling{Min: 1, Max: 5}
	s.Now = start.Add(3*time.Minute + 21*time.Second)
	s.State.Points = nil
	s.points(minute{at: 0, cpu: 0.5}, minute{at: 1, cpu: 0.5}, minute{at: 2, cpu: 0.6})
	s.event(0, false, "watching distilbert: no load until a user is added")
	return s
}

func starting() *scene {
	s := newScene()
	s.Info.SLOs = []string{"p99<200ms"}
	s.load(stretch{seconds: 17, plan: closed(12), ok: 186, p50: 61, p99: 133, ramp: true})
	s.Phase = session.Ramp
	s.Load.Users = 7
	s.slo("p99<200ms", 0, sizing.Unknown, sizing.Unknown, 17*time.Second)
	s.event(0, false, "0 users -> 12 users, reached in 0.1s")
	return s
}

func well() *scene {
	s := newScene()
	s.load(
		stretch{seconds: 106, plan: open(60), ok: 60, p50: 59, p99: 128},
		stretch{seconds: 146, plan: open(135), ok: 135, p50: 62, p99: 131},
	)
	s.points(
		minute{at: 0, cpu: 31, model: 57.4, modelP99: 122, overhead: 4.3, invocations: ours},
		minute{at: 1, cpu: 40, model: 57.9, modelP99: 125, overhead: 4.4, invocations: ours},
		minute{at: 2, cpu: 67, model: 58.1, modelP99: 126, overhead: 4.4, invocations: ours},
	)
	s.finding("right-sized", sizing.Info, "CPU 67% (3216/4800) at 135 ok/s", "Keep this load per instance.", 2)
	s.slo("p99<200ms", 132, sizing.Pass, sizing.Pass, 182*time.Second)
	s.event(106*time.Second, false, "60/s -> 135/s, reached in 0.4s")
	s.event(182*time.Second, false, "right-sized: CPU 67% (3216/4800) at 135 ok/s in minute 14:02")
	return s
}

// sized is well, and asks how many instances a thousand a second take.
func sized() *scene {
	s := well()
	s.Info.Sizing = sizing.Ask{TPS: 1000, Price: 3.5}
	return s
}

func saturated() *scene {
	s := well()
	s.load(
		stretch{seconds: 80, plan: closed(96), ok: 203, p50: 472, p99: 550},
		stretch{seconds: 88, plan: closed(240), ok: 202, failed: 495, p50: 540, p99: 622},
	)
	s.points(
		minute{at: 5, cpu: 99.4, model: 336, modelP99: 622, overhead: 4.6, invocations: ours, e5xx: 29700},
	)
	s.State.Findings, s.SLOs = nil, nil
	s.finding("cpu-saturated", sizing.Critical,
		"CPU 99% (4771/4800) at 202 ok/s; ModelLatency 5.8x the quiet 58 ms; 71% fail, 5xx",
		"Add instances or return to 135/s.", 5)
	s.slo("p99<200ms", 622, sizing.Fail, sizing.Fail, 161*time.Second)
	s.slo("errors<1%", 71, sizing.Fail, sizing.Fail, 81*time.Second)
	s.failures(
		runner.ErrorCount{Failure: runner.Failure{
			Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 503, Code: "ModelError",
			Message: "Received server error (503) from primary with message \"the queue is full: 100 requests are waiting already\".",
		}, Count: 43370, First: start.Unix() + 335, Last: s.Now.Unix() - 1, Sample: &runner.Sample{
			At: start.Add(335*time.Second + 345*time.Millisecond), Took: 12345 * time.Microsecond, Request: 11640, Payload: 3,
			RequestID:       "0f6b2bb4-3a5c-4ae0-9f0b-17c1d0e94d11",
			Message:         "Received server error (503) from primary with message \"the queue is full: 100 requests are waiting already\". See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/distilbert in account 123456789012 for more information.",
			OriginalMessage: "the queue is full: 100 requests are waiting already",
			LogStreamARN:    "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/distilbert:log-stream:AllTraffic/i-0a1b2c3d4e5f60718",
		}},
		runner.ErrorCount{Failure: runner.Failure{Class: runner.Timeout, Message: "no answer within 70s"}, Count: 12, First: start.Unix() + 400, Last: s.Now.Unix() - 1, Sample: &runner.Sample{
			At: start.Add(400*time.Second + 2*time.Millisecond), Took: 70 * time.Second, Request: 2811,
		}},
		runner.ErrorCount{Failure: runner.Failure{Class: runner.Reset}, Count: 1, First: start.Unix() + 410, Last: s.Now.Unix() - 9},
	)
	s.event(332*time.Second, false, "96 users -> 240 users, reached in 1.4s")
	s.event(335*time.Second, true, "first model_error 424: Received server error (503) from primary with message \"the queue is full\"")
	s.event(400*time.Second, true, "cpu-saturated: CPU 99% (4771/4800) at 202 ok/s in minute 14:05; ModelLatency 5.8x the quiet 58 ms; 71% fail, 5xx")
	s.Creds = s.Now.Add(8*time.Minute + 5*time.Second)
	return s
}

func (s *scene) failures(l ...runner.ErrorCount) {
	s.Load.Errors, s.Load.Run.Errors = l, l
}

func paused() *scene {
	s := well()
	p := open(135)
	p.Paused = true
	s.load(stretch{seconds: 20, plan: p})
	s.Phase = session.Paused
	s.Load.InFlight = 0
	s.Elapsed -= 20 * time.Second
	s.event(252*time.Second, false, "paused: nothing is sent until it is resumed")
	return s
}

// ramping is on its way from users to a rate.
func ramping() *scene {
	s := newScene()
	s.load(
		stretch{seconds: 60, plan: closed(12), ok: 186, p50: 61, p99: 133},
		stretch{seconds: 7, plan: open(12.5), ok: 6, p50: 59, p99: 90, ramp: true},
	)
	s.Phase = session.Ramp
	s.event(60*time.Second, false, "12 users -> 12.5/s, reached at once")
	return s
}

// crowded is a rate that 64 users are too few for.
func crowded() *scene {
	s := newScene()
	p := open(135)
	p.Users = 64
	s.load(
		stretch{seconds: 60, plan: p, ok: 135, p50: 62, p99: 131},
		stretch{seconds: 72, plan: p, ok: 118, p50: 1430, p99: 2350, due: 1304},
	)
	s.Info.Duration, s.Total, s.Info.MaxRate = 0, 0, 150
	s.points(minute{at: 0, cpu: 66, model: 58.1, modelP99: 126, overhead: 4.4, invocations: ours})
	s.finding("client-pool", sizing.Critical, "arrivals wait 1.2 s (p99) for one of 64 users", "Raise --max-users: arrivals wait for a free user, not for the endpoint.", 1)
	s.event(61*time.Second, true, "all users are busy (--max-users 64): 12 arrivals wait for one, others waited up to 81ms")
	return s
}

func denied() *scene {
	s := newScene()
	s.load(stretch{seconds: 75, plan: closed(12), ok: 186, p50: 61, p99: 133})
	s.Info.Identity.Role = "AWSReservedSSO_DataScientist_0123456789abcdef"
	s.Sample = cwmetrics.Sample{At: s.Now, Problem: &cwmetrics.Problem{
		Permission: "cloudwatch:GetMetricData", Message: "CloudWatch denied: grant cloudwatch:GetMetricData",
	}}
	s.event(2*time.Second, true, "CloudWatch denied: grant cloudwatch:GetMetricData to role AWSReservedSSO_DataScientist_0123456789abcdef")
	return s
}

func settling() *scene {
	s := well()
	s.Phase = session.Settle
	s.Now = s.Now.Add(35 * time.Second)
	s.Load.State, s.Load.InFlight, s.Load.Users = runner.Stopped, 0, 0
	s.Sample.Next = s.Now.Add(25 * time.Second)
	s.event(252*time.Second, false, "stopped by q; waiting up to 4m for CloudWatch's last points")
	return s
}

func finished() *scene {
	s := settling()
	s.Phase, s.Reason, s.Ended = session.Done, session.EndStopped, s.Now
	s.event(290*time.Second, false, "done")
	return s
}

func simulated() *scene {
	s := well()
	s.Info.Target.Simulated = true
	s.Info.Target.Name = "a-rather-long-endpoint-name-of-somebody-who-numbers-them-00017"
	s.Info.Duration, s.Total = 0, 0
	v := s.Info.Target.Endpoint.Variants
	v[0].Desired = 5
	return s
}

// scaling is saturated, and four more instances are on their way.
func scaling() *scene {
	s := saturated()
	asked := s.Now.Add(-20 * time.Second)
	s.Scalings = []session.Scaling{{From: 1, To: 5, Asked: asked}}
	e := s.Info.Target.Endpoint
	e.Status, e.Variants = "Updating", slices.Clone(e.Variants)
	e.Variants[0].Desired = 5
	s.Endpoint = &e
	s.event(asked.Sub(start), false, "1 -> 5 instances asked")
	return s
}

// scaled has five instances since, by a run that puts them back, under auto scaling.
func scaled() *scene {
	s := scaling()
	s.Scalings[0].Over = s.Now.Add(-5 * time.Second)
	s.Endpoint.Status, s.Endpoint.Variants[0].Instances = "InService", 5
	s.Info.Restore = true
	s.AutoScaling = &session.AutoScaling{Min: 1, Max: 8}
	return s
}

// awaiting is a run whose load begins once its instances are in service.
func awaiting() *scene {
	s := newScene()
	s.Phase, s.Now = session.Scale, start.Add(90*time.Second)
	s.Scalings = scaling().Scalings
	s.Endpoint = scaling().Endpoint
	s.event(0, false, "the load waits for 5 instances")
	s.event(time.Second, false, "1 -> 5 instances asked")
	return s
}

// restoring is over, and its instances are being put back.
func restoring() *scene {
	s := scaled()
	s.Phase = session.Restore
	s.event(s.Now.Sub(start), false, "the load is over: back to 1 instance; ctrl+c gives that up")
	return s
}
