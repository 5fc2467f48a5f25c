package trial_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing/trial"
	"sagetop/runner"
)

// The request tried before the load meets no other: it takes what a service, the overhead and the way take.
func TestTry(t *testing.T) {
	p := model.Fast()
	p.Contention, p.Workers, p.Service.Median = 0, 1, model.Duration(2500*time.Millisecond)
	tr, err := trial.New(trial.Config{Profile: p, Seed: 1, Period: 10 * time.Second})
	if err == nil {
		err = tr.Try()
	}
	if err == nil {
		err = tr.Apply(runner.Plan{Users: 4})
	}
	if err != nil {
		t.Fatal(err)
	}
	pass(t, tr, 30)
	if got := tr.Facts().Alone; got != 2500*time.Millisecond {
		t.Errorf("alone it took %v", got)
	}
	if first := tr.Load.Seconds[0].Second; first != 1_700_000_040+1+3 { // the load begins with the second after its answer
		t.Errorf("the load's first second is %d", first)
	}
	if c := tr.Load.Total; c.Sent != 4+c.OK || c.OK < 10 {
		t.Errorf("the load is %+v", c)
	}
	if s := tr.Periods[1].Server; *s.Model.Min != 10*time.Second { // three wait before each
		t.Errorf("the quickest of four at one worker took %v", *s.Model.Min)
	}
}

// Answers come as late as they are made, and fail as they are made to.
func TestAnswer(t *testing.T) {
	refused := runner.Failure{Class: runner.Validation, HTTPStatus: 400}
	tr := start(t, trial.Config{
		Profile: model.Fast(), Seed: 1,
		Answer: func(_ time.Duration, r *rand.Rand) (time.Duration, runner.Failure) {
			if r.Float64() < .25 {
				return 0, refused
			}
			return 30 * time.Millisecond, runner.Failure{}
		},
	}, openLoad(100))
	pass(t, tr, 100)
	run := &tr.Load.Run
	near(t, "the share that is refused", run.FailedShare(), .25, .05)
	if len(run.Errors) != 1 || run.Errors[0].Failure != refused || run.Stats[runner.Service].P50 != 30*time.Millisecond {
		t.Errorf("%+v, service %+v", run.Errors, run.Stats[runner.Service])
	}
}

// Streams tell when their first token came.
func TestStream(t *testing.T) {
	p, _ := model.Named("llm-stream")
	tr := start(t, trial.Config{Profile: p, Seed: 5, Stream: true}, runner.Plan{Users: 1})
	pass(t, tr, 300)
	run := &tr.Load.Run
	if first := run.Stats[runner.FirstByte]; first.Count < run.OK || first.P50 < 25*time.Millisecond || first.P50 > 200*time.Millisecond {
		t.Errorf("first tokens %+v of %d answers", first, run.OK)
	}
}
