package trial_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing/trial"
	"sagetop/runner"
)

func start(t testing.TB, c trial.Config, plan runner.Plan) *trial.Trial {
	t.Helper()
	tr, err := trial.New(c)
	if err == nil {
		err = tr.Apply(plan)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func pass(t testing.TB, tr *trial.Trial, seconds int) {
	t.Helper()
	for range seconds {
		if err := tr.Next(); err != nil {
			t.Fatal(err)
		}
	}
}

func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*math.Abs(want) {
		t.Errorf("%s = %v, want %v within %v%%", what, got, want, 100*share)
	}
}

func openLoad(rate float64) runner.Plan {
	return runner.Plan{Loop: runner.Open, Users: 512, Rate: rate, Poisson: true}
}

// The figures are those of the model's reference: one instance at 135 a second has 62 ms, 132 ms and 67 % of its cores.
func TestOpenLoad(t *testing.T) {
	tr := start(t, trial.Config{Profile: model.Default(), Seed: 3, SLO: 132 * time.Millisecond, Late: 90 * time.Second}, openLoad(135))
	pass(t, tr, 300)
	run := &tr.Load.Run
	near(t, "TPS", run.TPS(), 135, .03)
	near(t, "p50", run.Stats[runner.Response].P50.Seconds(), .062, .1)
	near(t, "p99", run.Stats[runner.Response].P99.Seconds(), .132, .1)
	near(t, "the share above the SLO", float64(run.Over)/float64(run.Ended()), .01, .5)
	if c := &tr.Load.Total; c.Sent != c.OK+c.Failed+uint64(tr.Load.InFlight) {
		t.Errorf("sent %d, ended %d, in flight %d", c.Sent, c.OK+c.Failed, tr.Load.InFlight)
	}
	told := 0
	for i := range tr.Periods {
		p := &tr.Periods[i]
		if late := tr.Load.Seconds[299].Second + 1 - p.Client.To; (p.Server != nil) != (late >= 90) {
			t.Errorf("of the minute that ended %d s ago CloudWatch says %v", late, p.Server)
		}
		if p.Server == nil {
			continue
		}
		told++
		near(t, "CPU", *p.Server.CPU, 67, .05)
		if extra, known := p.Foreign(); !known || extra != 0 {
			t.Errorf("Foreign() = %v, %v", extra, known)
		}
		if p.Server.Instances != 1 || p.Server.Scaling {
			t.Errorf("%d instances, scaling %v", p.Server.Instances, p.Server.Scaling)
		}
	}
	if told < 2 {
		t.Errorf("CloudWatch told of %d minutes of five", told)
	}
}

// Users wait for their answers: 48 at one instance have 202 a second, and each takes 235 ms.
func TestClosedLoad(t *testing.T) {
	tr := start(t, trial.Config{Profile: model.Default(), Seed: 4}, runner.Plan{Users: 48})
	pass(t, tr, 60)
	near(t, "TPS", tr.Load.Run.TPS(), 202, .05)
	near(t, "p50", tr.Load.Run.Stats[runner.Response].P50.Seconds(), .235, .05)
	near(t, "users at once", tr.Load.Run.MeanInFlight, 48, 0)
	if err := tr.Apply(runner.Plan{Users: 2, ThinkMin: time.Second, ThinkMax: time.Second}); err != nil {
		t.Fatal(err)
	}
	pass(t, tr, 60)
	near(t, "TPS with a second to think", tr.Load.Segment.TPS(), 2/1.06, .1)
}

// Requests of an LLM end when their last token has come.
func TestGenerations(t *testing.T) {
	p, _ := model.Named("llm-stream")
	tr := start(t, trial.Config{Profile: p, Seed: 5}, runner.Plan{Users: 1})
	pass(t, tr, 600)
	const tokens, perToken = 239, .0253 // 200 x e^(0.6^2/2), and an iteration with one sequence
	near(t, "the mean answer", tr.Load.Run.Stats[runner.Response].Mean.Seconds(), tokens*perToken, .15)
}

// Arrivals for which no user is free wait, count as late, and are unsent when another Plan comes.
func TestFewUsers(t *testing.T) {
	plan := openLoad(100)
	plan.Users = 2
	tr := start(t, trial.Config{Profile: model.Default(), Seed: 6}, plan)
	pass(t, tr, 10)
	due := tr.Load.Last.Due
	if due < 500 || tr.Load.Segment.Stats[runner.PoolWait].P99 < 5*time.Second {
		t.Errorf("%d are due, and waited %v", due, tr.Load.Segment.Stats[runner.PoolWait].P99)
	}
	if err := tr.Apply(runner.Plan{Loop: runner.Open, Users: 2, Paused: true}); err != nil {
		t.Fatal(err)
	}
	pass(t, tr, 2)
	if tr.Load.Total.Unsent != uint64(due) || tr.Load.InFlight != 0 {
		t.Errorf("%d unsent of %d due, %d in flight", tr.Load.Total.Unsent, due, tr.Load.InFlight)
	}
}

// A Plan comes into force after the lag; its second belongs to both.
func TestLag(t *testing.T) {
	tr := start(t, trial.Config{Profile: model.Default(), Seed: 7, Lag: 300 * time.Millisecond}, openLoad(50))
	pass(t, tr, 5)
	if err := tr.Apply(openLoad(100)); err != nil {
		t.Fatal(err)
	}
	pass(t, tr, 1)
	if s := tr.Load.Segment; s.Segment != 2 || s.Length != 700*time.Millisecond {
		t.Errorf("segment %d has lasted %v of its first second", s.Segment, s.Length)
	}
	ramp := openLoad(1)
	ramp.Ramp = time.Second
	if tr.Apply(ramp) == nil {
		t.Error("a ramp was taken")
	}
}

// What others send is in CloudWatch's figures and not in ours; what is scaled shows there.
func TestForeignTrafficAndScaling(t *testing.T) {
	tr := start(t, trial.Config{Profile: model.Default(), Seed: 0, Foreign: 50, Period: 10 * time.Second, TimeScale: 60}, openLoad(50))
	pass(t, tr, 25)
	tr.Scale(2)
	pass(t, tr, 25)
	for i, p := range tr.Periods {
		extra, known := p.Foreign()
		near(t, "foreign requests", extra, 500, .2)
		want := 1
		if i >= 2 { // asked for after 25 s, there 5 s later
			want = 2
		}
		if !known || p.Server.Instances != want || p.Server.Scaling != (i == 2) {
			t.Errorf("period %d: %d instances, scaling %v, want %d", i, p.Server.Instances, p.Server.Scaling, want)
		}
	}
	if f := tr.Facts(); f.Instances != 2 || f.VCPUs != 48 {
		t.Errorf("facts: %+v", f)
	}
}

func TestSameSeedSameFigures(t *testing.T) {
	run := func(seed uint64) runner.Window {
		tr := start(t, trial.Config{Profile: model.Default(), Seed: seed}, openLoad(190))
		pass(t, tr, 20)
		return tr.Load.Run
	}
	if a, b := run(8), run(8); !reflect.DeepEqual(a, b) {
		t.Error("two runs of one seed differ")
	}
	if a, b := run(8), run(9); reflect.DeepEqual(a.Stats, b.Stats) {
		t.Error("runs of two seeds are equal")
	}
}

func BenchmarkMinute(b *testing.B) {
	tr := start(b, trial.Config{Profile: model.Default(), Seed: 1, SLO: 200 * time.Millisecond}, openLoad(175))
	b.ReportAllocs()
	for b.Loop() {
		pass(b, tr, 60)
	}
}
