package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
	"sagetop/runner/expect"
	"sagetop/runner/sagemaker"
)

// workload is what the flags ask to be sent.
type workload struct {
	payload *sagemaker.Payload // nil: nothing can be sent, only watched
	expect  []*expect.Expectation
	plan    runner.Plan
	other   runner.Plan // of the loop that a key may switch to
	stages  []session.Stage
}

// workload reads what the flags say. Nothing has been asked of AWS yet, so that a typo costs nothing.
func (a *app) workload(ctx context.Context, o *options, e *errand) (*workload, error) {
	w := &workload{stages: o.script}
	if err := w.pace(o); err != nil {
		return nil, err
	}
	if err := o.parseRules(); err != nil {
		return nil, err
	}
	if err := w.parseExpects(o.expects); err != nil {
		return nil, err
	}
	if o.payload == "" && !e.watch {
		return nil, usage("%s: %w", nameOf(e.endpoint), errNoPayload)
	}
	if info, err := os.Stat(o.payload); err == nil && info.Mode().IsRegular() {
		return nil, usage("--payload %s: that is the name of a file: send what is in it with -d @%s", o.payload, o.payload)
	}
	if o.payload != "" {
		sayLong(a.std.Err, o.payload)
		p, err := sagemaker.ParsePayload(ctx, sagemaker.Source{Spec: o.payload, ContentType: o.contentType, Stdin: a.std.In})
		if err != nil {
			return nil, payloadError(err)
		}
		w.payload = p
	}
	return w, nil
}

// payloadError is about what was given, or about reading it having been given up.
func payloadError(err error) error {
	if !errors.Is(err, sagemaker.ErrPayload) {
		return err
	}
	return usage("--payload: %s", strings.TrimPrefix(err.Error(), sagemaker.ErrPayload.Error()+": "))
}

// longFile is from how many bytes on reading a file takes long enough to be spoken of.
const longFile = 100 << 20

// sayLong says that nothing has hung: a long file is read once to see that each line can be sent.
func sayLong(w io.Writer, spec string) {
	path, _ := strings.CutPrefix(spec, "@")
	if info, err := os.Stat(path); err == nil && path != spec && info.Size() > longFile && info.Mode().IsRegular() {
		fmt.Fprintf(w, "reading %s (%d MiB)\n", path, info.Size()>>20)
	}
}

func (w *workload) parseExpects(texts []string) error {
	for _, text := range texts {
		e, err := expect.Parse(text)
		if err != nil {
			return usage("--expect: %s", strings.TrimPrefix(err.Error(), expect.ErrExpectation.Error()+": "))
		}
		w.expect = append(w.expect, e)
	}
	return nil
}

// notExpected is why the load does not begin: what is not true of an endpoint at rest will not be under load.
func notExpected(d *runner.Delta) error {
	return fmt.Errorf("the one request tried before the load was answered, but not as --expect wants it: %s\nthe answer: %s", d.Errors[0].Message, answered(d))
}

// answered is what came back for the one request before the load, which failed.
func answered(d *runner.Delta) string {
	if s := d.Errors[0].Sample; s != nil && s.Message != "" {
		return s.Message
	}
	return "(empty)"
}

// payloadText is what would be sent, for --dry-run.
func (w *workload) payloadText(o *options) string {
	f, p := w.payload.Facts(), w.described(o)
	text := fmt.Sprintf("%d distinct payloads, %d bytes", f.Distinct, f.Bytes)
	switch f.Distinct {
	case 0:
		text = fmt.Sprintf("%d payloads, %d bytes", f.Count, f.Bytes)
	case 1:
		text = fmt.Sprintf("1 distinct payload, %d bytes", f.Bytes)
	}
	if f.Least != f.Most {
		text += fmt.Sprintf(" (%d to %d each, mean %.0f)", f.Least, f.Most, f.Mean)
	}
	if f.Fields {
		text += " before their fields are filled in"
	}
	text += ", " + p.ContentType
	if o.stream {
		text += ", for streams"
	}
	return text
}

// described is the payload as the journal has it.
func (w *workload) described(o *options) session.Payload {
	if w.payload == nil {
		return session.Payload{}
	}
	f := w.payload.Facts()
	p := session.Payload{
		Count: f.Count, Distinct: f.Distinct, Bytes: f.Bytes, Least: f.Least, Mean: math.Round(10*f.Mean) / 10, Most: f.Most,
		SHA256: f.SHA256, ContentType: f.ContentType, Fields: f.Fields,
	}
	if o.contentType != "" {
		p.ContentType = o.contentType
	}
	if f.Count > 1 {
		p.Order = o.payloadOrder
	}
	return p
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

// targetConfig is what the flags say of the requests, but for where they go.
func (w *workload) targetConfig(o *options, endpoint string) sagemaker.Config {
	return sagemaker.Config{
		Endpoint: endpoint, Variant: o.variant, TargetModels: o.targetModels, InferenceComponent: o.inferenceComponent,
		SessionID: o.sessionID, CustomAttributes: o.customAttributes, Accept: o.accept, Stream: o.stream, Tokens: o.tokens,
		Payload: w.payload, ContentType: o.contentType, Random: o.payloadOrder == orderRandom, Seed: o.seed, Timeout: o.timeout,
		Expect: w.expect, Client: o.client,
	}
}
