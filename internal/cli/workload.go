package cli

import (
	"fmt"
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
	stages  []session.Stage
}

// workload reads what the flags say. Nothing has been asked of AWS yet, so that a typo costs nothing.
func (a *app) workload(o *options, e *errand) (*workload, error) {
	w := &workload{stages: o.script}
	low, high, err := parseThink(o.thinkTime)
	if err != nil {
		return nil, err
	}
	if o.stages != "" {
		if w.stages, err = parseStages(o.stages); err != nil {
			return nil, err
		}
	}
	if err := o.parseRules(); err != nil {
		return nil, err
	}
	if o.payload == "" && !e.watch {
		return nil, usage("run %s: %w", e.endpoint, errNoPayload)
	}
	if info, err := os.Stat(o.payload); err == nil && info.Mode().IsRegular() {
		return nil, usage("--payload %s: that is the name of a file: send what is in it with -d @%s", o.payload, o.payload)
	}
	if o.payload != "" {
		if w.payload, err = sagemaker.ParsePayload(o.payload, a.std.In); err != nil {
			return nil, usage("--payload: %w", err)
		}
	}
	w.plan = runner.Plan{Users: o.users, SpawnRate: o.spawnRate, ThinkMin: low, ThinkMax: high}
	if len(w.stages) > 0 && !o.set["users"] {
		w.plan.Users = 0
	}
	return w, nil
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
	if o.duration > 0 || !headless || o.requests > 0 || len(w.stages) > 0 {
		return o.duration
	}
	return headlessDuration
}

// promise is what --dry-run says: what would be sent, and at most how much.
func (w *workload) promise(o *options, headless bool) string {
	f := w.payload.Facts()
	text := fmt.Sprintf("would send %d distinct payload(s), %d bytes, %s", f.Distinct, f.Bytes, f.ContentType)
	if o.contentType != "" {
		text = fmt.Sprintf("would send %d distinct payload(s), %d bytes, %s", f.Distinct, f.Bytes, o.contentType)
	}
	most := w.plan.Users
	length := w.duration(o, headless)
	for _, st := range w.stages {
		most = max(most, int(st.Target))
	}
	if len(w.stages) > 0 && length == 0 {
		for _, st := range w.stages {
			length += st.Over
		}
	}
	text += fmt.Sprintf(" from at most %d users", most)
	if length > 0 {
		text += fmt.Sprintf(" for %v", length)
	} else if o.requests == 0 {
		text += " until it is stopped"
	}
	return text + "; " + atMost(o, length) + "; nothing was sent"
}

// atMost bounds the number of requests. A closed loop alone has no bound: each user sends as fast as it is answered.
func atMost(o *options, length time.Duration) string {
	n := float64(o.requests)
	if byRate := o.maxRate * length.Seconds(); byRate > 0 && (n == 0 || byRate < n) {
		n = byRate
	}
	if n == 0 {
		return "the number of requests follows from how fast it answers (bound it with --requests or --max-rate)"
	}
	return fmt.Sprintf("at most %.0f requests, and one tried before", n)
}
