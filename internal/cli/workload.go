package cli

import (
	"os"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// workload is what the flags ask to be sent.
type workload struct {
	payload *sagemaker.Payload // nil: nothing can be sent, only watched
	plan    runner.Plan
	other   runner.Plan // of the loop that a key may switch to
	stages  []session.Stage
}

// workload reads what the flags say. Nothing has been asked of AWS yet, so that a typo costs nothing.
func (a *app) workload(o *options, e *errand) (*workload, error) {
	w := &workload{stages: o.script}
	if err := w.pace(o); err != nil {
		return nil, err
	}
	if err := o.parseRules(); err != nil {
		return nil, err
	}
	if o.payload == "" && !e.watch {
		return nil, usage("%s: %w", e.endpoint, errNoPayload)
	}
	if info, err := os.Stat(o.payload); err == nil && info.Mode().IsRegular() {
		return nil, usage("--payload %s: that is the name of a file: send what is in it with -d @%s", o.payload, o.payload)
	}
	if o.payload != "" {
		p, err := sagemaker.ParsePayload(o.payload, a.std.In)
		if err != nil {
			return nil, usage("--payload: %w", err)
		}
		w.payload = p
	}
	return w, nil
}

// pace is how much is sent when, in both loops: the one to start with, and the other.
func (w *workload) pace(o *options) error {
	low, high, err := parseThink(o.thinkTime)
	if err != nil {
		return err
	}
	if o.stages != "" {
		if w.stages, err = o.parseStages(); err != nil {
			return err
		}
	}
	w.plan = runner.Plan{Users: o.users, SpawnRate: o.spawnRate, ThinkMin: low, ThinkMax: high}
	if len(w.stages) > 0 && !o.set["users"] {
		w.plan.Users = 0
	}
	w.other = runner.Plan{Loop: runner.Open, Rate: o.rate, Poisson: o.arrivals == arrivalsPoisson, Users: o.maxUsers}
	if o.open() {
		w.plan, w.other = w.other, w.plan
	}
	return nil
}

func (o *options) parseRules() error {
	for _, text := range o.slos {
		if _, err := sizing.ParseSLO(text); err != nil {
			return usage("--slo: %w", err)
		}
	}
	for _, text := range o.abortOn {
		if text == abortNone && len(o.abortOn) == 1 {
			return nil
		}
		if _, err := sizing.ParseAbort(text); err != nil {
			return usage("--abort-on: %w", err)
		}
	}
	return nil
}

// duration of the load; 0: until it is stopped.
func (w *workload) duration(o *options, headless bool) time.Duration {
	if o.duration > 0 || !headless || o.requests > 0 || len(w.stages) > 0 || o.find {
		return o.duration
	}
	return headlessDuration
}
