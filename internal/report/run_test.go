package report

import (
	"math/rand/v2"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// info of the runs that are journaled here.
func info() session.Info {
	return session.Info{
		Version: "0.1.0", Started: start, Client: "sdk", Duration: 40 * time.Second, Warmup: 5 * time.Second,
		Target:     session.TargetInfo{Name: "distilbert", Variant: "AllTraffic", Region: "us-east-1", Endpoint: described()},
		Identity:   session.Identity{Account: "123456789012", Role: "ml-dev"},
		Payload:    session.Payload{Distinct: 2, Bytes: 84},
		Plan:       runner.Plan{Users: 12},
		SLOs:       []string{"p99<200ms", "errors<5%"},
		AbortOn:    []string{"errors>90% for 30s"},
		Period:     10 * time.Second,
		CloudWatch: true,
	}
}

// play journals a whole run of 40 s: a tried request, warm-up, both loops with a second that has parts of both, failures, late
// samples, and the end. The Deltas' histograms are spoilt after each call, because a caller may reuse them.
func play(t *testing.T, to session.Journal) {
	t.Helper()
	p := &player{t: t, to: to, rng: rand.New(rand.NewPCG(1, 2))}
	plan := runner.Plan{Users: 12, Warmup: true}
	for s := int64(0); s < 40; s++ {
		switch s {
		case 5:
			p.segment, plan = 1, runner.Plan{Users: 12}
		case 21:
			p.delta(s, plan, 700*time.Millisecond, false, 12)
			p.segment, plan = 2, runner.Plan{Loop: runner.Open, Rate: 180, Poisson: true, Users: 48}
			p.delta(s, plan, 300*time.Millisecond, true, 5)
			continue
		}
		p.delta(s, plan, time.Second, true, 180)
		if s%10 == 9 {
			p.sample(s)
		}
	}
	p.event(session.Event{At: start.Add(41 * time.Second), Kind: session.KindPhase, Phase: session.Settle, Text: "waiting"})
	p.sample(50)
	p.event(session.Event{At: start.Add(52 * time.Second), Kind: session.KindPhase, Phase: session.Done, Reason: session.EndDuration, Text: "done"})
}

type player struct {
	t       *testing.T
	to      session.Journal
	rng     *rand.Rand
	seq     uint64
	segment int
}

func (p *player) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) delta(second int64, plan runner.Plan, covered time.Duration, final bool, n int) {
	p.t.Helper()
	p.seq++
	d := &runner.Delta{Worker: "local", Seq: p.seq, Second: start.Unix() + second, Segment: p.segment + 1, Final: final, Plan: plan, Covered: covered, Users: plan.Users}
	d.Hist[runner.Response], d.Hist[runner.FailureLat] = new(runner.Hist), new(runner.Hist)
	for range n {
		took := time.Duration(50_000+p.rng.ExpFloat64()*20_000) * time.Microsecond
		d.Sent++
		d.BytesOut += 42
		if p.rng.IntN(100) == 0 {
			d.Failed++
			d.Hist[runner.FailureLat].Record(took)
			continue
		}
		d.OK++
		d.BytesIn += 62
		d.Hist[runner.Response].Record(took + p.late(d))
		if plan.Loop == runner.Open {
			d.Hist[runner.Service].Record(took)
		}
	}
	if d.Failed > 0 {
		f := runner.Failure{Class: runner.ModelError, HTTPStatus: 424, Message: "Received server error (503) from primary <&>"}
		one := &runner.Sample{At: time.Unix(d.Second, 123456789).UTC(), Took: 1234567, Request: d.Sent, Payload: 2, RequestID: "id", Message: "<&>", LogStreamARN: "arn:aws:logs:x"}
		d.Errors = []runner.ErrorCount{{Failure: f, Count: d.Failed, First: d.Second, Last: d.Second, Sample: one}}
	}
	if final {
		d.Client = runner.Client{CPUPercent: 3 + p.rng.Float64(), Cores: 8, SchedP99: 87 * time.Microsecond, Opened: p.rng.IntN(3), RTT: 1100 * time.Microsecond}
	}
	p.check(p.to.Delta(d))
	for _, h := range d.Hist {
		if h != nil {
			h.Record(time.Minute)
		}
	}
	d.Errors = nil
}

// late is how long a request of an open loop left after it was due, because no user was free.
func (p *player) late(d *runner.Delta) time.Duration {
	if d.Plan.Loop == runner.Closed {
		return 0
	}
	late := time.Duration(p.rng.ExpFloat64()*300_000) * time.Microsecond
	for _, m := range []runner.Measure{runner.Service, runner.SendLag, runner.PoolWait} {
		if d.Hist[m] == nil {
			d.Hist[m] = new(runner.Hist)
		}
	}
	d.Due++
	d.Hist[runner.SendLag].Record(late)
	d.Hist[runner.PoolWait].Record(late * 9 / 10)
	return late
}

func (p *player) sample(second int64) {
	at := time.Unix(start.Unix()+second, 123456789).In(time.FixedZone("CET", 3600))
	from := at.UTC().Truncate(10 * time.Second).Add(-10 * time.Second)
	point := cpuPoint(0, 40+p.rng.Float64()*10, 58.1, 1800, 18)
	point.At, point.Period = from, 10*time.Second
	e := described()
	p.check(p.to.Sample(cwmetrics.Sample{At: at, Period: 10 * time.Second, Endpoint: &e, Points: []cwmetrics.Point{point}, Queries: int(second) * 17}))
}

func (p *player) event(e session.Event) { p.check(p.to.Event(e)) }

// both writes to several journals what is written to it.
type both []session.Journal

func (b both) Delta(d *runner.Delta) error {
	return b.each(func(j session.Journal) error { return j.Delta(d) })
}

func (b both) Sample(s cwmetrics.Sample) error {
	return b.each(func(j session.Journal) error { return j.Sample(s) })
}

func (b both) Event(e session.Event) error {
	if book, ok := b[0].(*session.Book); ok && (e.Phase == session.Settle || e.Phase == session.Done) {
		book.Close() // as a session does when the load is over
	}
	return b.each(func(j session.Journal) error { return j.Event(e) })
}

func (b both) each(write func(session.Journal) error) error {
	for _, j := range b {
		if err := write(j); err != nil {
			return err
		}
	}
	return nil
}

// kept journals a run into a folder, and gives it back with what its Book knew.
func kept(t *testing.T) (*Folder, *session.State) {
	t.Helper()
	book, err := session.NewBook(info())
	if err != nil {
		t.Fatal(err)
	}
	f, err := Create("", info())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	play(t, both{book, f})
	st := new(session.State)
	book.State(st)
	return f, st
}
