package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sagetop/runner"
)

// line says what will be loaded, as whom, and what else is known about it.
func (s *site) line() string {
	if s.container != nil {
		return s.endpoint.Name + ": a container, no AWS and no CloudWatch; /ping answers"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "acct %s %s (%s), %s (%s): ", orDash(s.identity.Account), orDash(s.identity.Name), s.creds.From, s.cloud.Region(), s.cloud.RegionFrom())
	b.WriteString(s.endpoint.Name)
	if v := s.variant; v != nil {
		fmt.Fprintf(&b, "/%s", v.Name)
		if c := s.endpoint.Component; c != nil {
			fmt.Fprintf(&b, "/%s %s on", c.Name, s.unit().Count(c.Copies))
		}
		if v.InstanceType != "" {
			fmt.Fprintf(&b, " %d x %s", v.Instances, v.InstanceType)
		}
	}
	fmt.Fprintf(&b, " %s; auto scaling %s; %s", orDash(s.endpoint.Status), s.scalingText(), s.trafficText())
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (s *site) scalingText() string {
	switch {
	case s.scaling != nil:
		return s.scaling.String()
	case s.scaled:
		return "none"
	}
	return "unknown"
}

func (s *site) trafficText() string {
	if s.traffic < 0 {
		return "other traffic unknown"
	}
	text := fmt.Sprintf("other traffic %.0f in the last 15 min", s.traffic)
	if s.own > 0 {
		text += fmt.Sprintf(" (and %.0f of earlier runs)", s.own)
	}
	return text
}

// ready says why the endpoint cannot be loaded now, or nil.
func (s *site) ready() error {
	switch s.endpoint.Status {
	case "InService", "Updating", "SystemUpdating", "RollingBack", "":
		return nil
	}
	reason := ""
	if s.endpoint.FailureReason != "" {
		reason = ": " + s.endpoint.FailureReason
	}
	return fmt.Errorf("endpoint %s is %s, not InService%s\nwait until it is (aws sagemaker wait endpoint-in-service --endpoint-name %s), or watch it: sagetop %s",
		s.endpoint.Name, s.endpoint.Status, reason, s.endpoint.Name, s.endpoint.Name)
}

// aFew requests are what a check or two has sent.
const aFew = 2

// risks are the reasons to ask before load, or to warn: other people's traffic, or a name or tag that says production. A person is not
// asked about a few requests.
func (r *rig) risks() []string {
	var risks []string
	s, least := r.site, 1.
	if r.view.in != nil {
		least = aFew + 1
	}
	if s.traffic >= least {
		risks = append(risks, fmt.Sprintf("it has other traffic: %.0f in the last 15 minutes", s.traffic))
	}
	if saysProd(s.endpoint.Name) {
		risks = append(risks, "its name says production")
	}
	for k, v := range s.tags {
		if saysProd(v) {
			risks = append(risks, fmt.Sprintf("its tag %s=%s says production", k, v))
		}
	}
	slices.Sort(risks)
	return risks
}

// saysProd holds for prod and production as words of their own: product-search is none.
func saysProd(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return slices.ContainsFunc(words, func(w string) bool { return w == "prod" || w == "production" || w == "prd" || w == "live" })
}

// consent asks a person about risks and about other instances, in one question, default No. Without a person it warns and goes on: a
// script was written by somebody.
func (r *rig) consent(ctx context.Context) error {
	s, reasons, question := r.site, r.risks(), "Load it?"
	if scale := r.scaleText(); scale != "" {
		reasons, question = append(reasons, scale), "Scale and load it?"
	}
	if risk := r.scalingRisk(); risk != "" {
		reasons, question = append(reasons, risk), r.suspending()+"\n"+question
	}
	if len(reasons) == 0 || r.o.yes == s.endpoint.Name {
		return nil
	}
	what := fmt.Sprintf("%s in account %s, %s: %s", s.endpoint.Name, orDash(s.identity.Account), orDash(s.region()), strings.Join(reasons, "; "))
	if r.view.in == nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %s\n", what)
		return nil
	}
	fmt.Fprintf(r.std.Err, "%s\n%s [y/N] ", what, question)
	switch strings.ToLower(strings.TrimSpace(answer(ctx, r.view.in))) {
	case "y", "yes":
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return fmt.Errorf("nothing was sent to %s", s.endpoint.Name)
}

// answer is one line of keys; none when ctx ends first.
func answer(ctx context.Context, keys io.Reader) string {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(keys).ReadString('\n') // no answer is a No
		line <- text
	}()
	select {
	case text := <-line:
		return text
	case <-ctx.Done():
		return ""
	}
}

// warmup is how long a new or changed instance is slower than it will be.
const warmup = 2 * time.Minute

// notes are caveats that are known before the start.
func (s *site) notes(o *options) []string {
	var notes []string
	e := s.endpoint
	if s.variants(o) > 1 {
		notes = append(notes, fmt.Sprintf("%d variants share the load by weight, CloudWatch is read for %s alone: give --variant to load and judge one", len(e.Variants), s.variantName()))
	}
	if e.Async {
		notes = append(notes, "the endpoint is made for asynchronous inference: InvokeEndpoint may be refused")
	}
	if s.variant != nil && s.variant.Components && e.Component == nil {
		notes = append(notes, "inference components share the variant's instances, and its CPU is not of one model alone: give --inference-component to load and judge one")
	}
	notes = append(notes, s.componentNotes()...)
	if len(o.targetModels) > 0 && s.container == nil {
		notes = append(notes, "a multi-model endpoint loads models as they are asked for: figures settle once ModelCacheHit does")
	}
	if e.Status != "" && e.Status != "InService" {
		notes = append(notes, "the endpoint is "+e.Status+": figures may change while it is")
	} else if age := time.Since(e.Modified); !e.Modified.IsZero() && age < warmup && !s.simulated {
		notes = append(notes, fmt.Sprintf("the endpoint changed %.0f s ago: its first two minutes are warm-up", age.Seconds()))
	}
	return notes
}

// try sends one request before the load. What will fail for every other one too ends the run here; what load may bring about does
// not.
func try(ctx context.Context, target runner.Target, s *site) (*runner.Delta, string, error) {
	tried, err := runner.Try(ctx, target)
	if err != nil {
		return nil, "", err
	}
	f := tried.Failure
	if f.Class == runner.OK {
		return tried.Delta, fmt.Sprintf("tried: answered in %s ms", ms(tried.Took)), nil
	}
	switch f.Class {
	case runner.Auth, runner.Connect, runner.TLS, runner.Validation:
		return nil, "", s.refused(&f)
	case runner.Check:
		return nil, "", notExpected(tried.Delta)
	case runner.ModelError:
		if f.OriginalStatus >= 400 && f.OriginalStatus < 500 {
			return nil, "", s.refusedByModel(tried.Delta, &f)
		}
	}
	return tried.Delta, fmt.Sprintf("tried: %s %s %s", f.Class, f.Code, f.Message), nil
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

var errNoPayload = errors.New("no payload: give -d TEXT, -d @file or -d - for stdin")
