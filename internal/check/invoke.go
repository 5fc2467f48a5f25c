package check

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"sagetop/internal/cloud"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// Request is what came of one invocation.
type Request struct {
	At        time.Time `json:"at"`
	OK        bool      `json:"ok"`
	Status    int       `json:"http_status,omitempty"` // absent: no answer
	MS        float64   `json:"ms"`
	RequestID string    `json:"request_id,omitempty"` // AWS's
	Class     string    `json:"class,omitempty"`      // of a failure, as run.json names it
	Code      string    `json:"code,omitempty"`       // AWS's
	Error     string    `json:"error,omitempty"`      // what it means and what to do, in lines
}

// Invocation is one in full.
type Invocation struct {
	Request
	Client   string  `json:"client"` // that sent it
	BytesOut int64   `json:"bytes_out"`
	BytesIn  int64   `json:"bytes_in"`
	Phases   *Phases `json:"phases_ms,omitempty"` // absent: no answer
	Variant  string  `json:"variant,omitempty"`   // that was invoked
	Answer   *Answer `json:"answer,omitempty"`

	OriginalStatus  int    `json:"original_status,omitempty"`  // of the container's failure
	OriginalMessage string `json:"original_message,omitempty"` // and what it said
	LogStreamARN    string `json:"log_stream_arn,omitempty"`   // and where it logs
}

// Phases are where the time went, in milliseconds, one after the other.
type Phases struct {
	DNS       float64 `json:"dns"`
	Connect   float64 `json:"connect"`
	TLS       float64 `json:"tls"`
	Other     float64 `json:"other"`      // until the connection could be used: signing, a proxy's CONNECT
	FirstByte float64 `json:"first_byte"` // from the send to the first byte of the answer
	Body      float64 `json:"body"`       // to its last
}

// Answer of the endpoint.
type Answer struct {
	ContentType string `json:"content_type,omitempty"`
	Binary      bool   `json:"binary,omitempty"`
	Cut         bool   `json:"cut,omitempty"`  // it is longer
	Text        string `json:"text,omitempty"` // of its first 64 KiB; indented when it is JSON
}

// Latency of successes, in milliseconds.
type Latency struct {
	Sent   int      `json:"sent"`
	Failed int      `json:"failed"`
	Min    *float64 `json:"min,omitempty"`
	P50    *float64 `json:"p50,omitempty"`
	P95    *float64 `json:"p95,omitempty"`
	Max    *float64 `json:"max,omitempty"`

	rough bool // P95 is on few samples
}

// Prober invokes the endpoint again and again on one connection, and notes in a Report what came of it.
type Prober struct {
	report *Report
	cfg    Config
	client string
	probe  *sagemaker.Probe
	hist   runner.Hist
	latest Latency
}

// NewProber makes one for the endpoint of r.
func NewProber(r *Report, cfg Config, target *sagemaker.Target) *Prober {
	client, _ := target.Client()
	return &Prober{report: r, cfg: cfg, client: client, probe: target.NewProbe()}
}

// Close the connection.
func (p *Prober) Close() error { return p.probe.Close() }

// Send one more request. The error is that of ctx, and then it does not count.
func (p *Prober) Send(ctx context.Context) (Request, error) {
	var res runner.Result
	n := uint64(p.latest.Sent)
	began := time.Now()
	answer := p.probe.Send(ctx, n, &res)
	took := time.Since(began) - res.Before - res.After
	if err := context.Cause(ctx); err != nil {
		return Request{}, err
	}
	inv := Invocation{
		Request: Request{At: began, OK: res.Failure.Class == runner.OK, Status: answer.Status, MS: ms(took), RequestID: answer.RequestID},
		Client:  p.client, BytesOut: res.BytesOut, BytesIn: res.BytesIn, Phases: phases(&res, took), Variant: answer.Variant,
	}
	var err error
	if !inv.OK {
		err = p.explain(ctx, n, &res.Failure, &inv)
	}
	if inv.OK || res.Failure.Class == runner.Check {
		inv.Answer = read(answer, res.BytesIn)
	}
	p.count(&inv, took)
	if c := p.cfg.Cloud; c != nil {
		c.Heard(answer.Date, began.Add(res.FirstByte))
	}
	if n == 0 {
		p.first(&inv, res.Failure.Class, err)
	}
	return inv.Request, nil
}

// phases of a request that took so long in all; nil without an answer.
func phases(r *runner.Result, took time.Duration) *Phases {
	if r.FirstByte == 0 {
		return nil
	}
	return &Phases{
		DNS: ms(r.Lookup), Connect: ms(r.Connect), TLS: ms(r.Handshake), Other: ms(r.Wait - r.Lookup - r.Connect - r.Handshake),
		FirstByte: ms(r.FirstByte - r.Wait), Body: ms(took - r.FirstByte),
	}
}

// explain says in inv what f was, as a run would, and what only a sample of it knows.
func (p *Prober) explain(ctx context.Context, n uint64, f *runner.Failure, inv *Invocation) error {
	s := runner.Sample{Request: n}
	p.probe.Explain(&s)
	err := p.meaning(ctx, f, cmp.Or(s.Message, f.Message))
	inv.Class, inv.Code, inv.Error = f.Class.String(), f.Code, err.Error()
	inv.OriginalStatus, inv.OriginalMessage, inv.LogStreamARN = f.OriginalStatus, s.OriginalMessage, s.LogStreamARN
	return err
}

// meaning of f, and what to do.
func (p *Prober) meaning(ctx context.Context, f *runner.Failure, message string) error {
	name := p.cfg.Name
	switch {
	case f.Class == runner.Check:
		return fmt.Errorf("the request was answered, but not as --expect wants it: %s", f.Message)
	case p.cfg.Cloud == nil:
		return containerError(name, f, message)
	case f.Class == runner.Timeout, f.Class == runner.Reset, f.Class == runner.Truncated:
		return fmt.Errorf("endpoint %s was reached, but: %s\nwhat its model says is in the CloudWatch log group %s", name, f.Message, cloud.LogGroup(name, p.cfg.Component))
	}
	err := p.cfg.Cloud.ExplainInvoke(name, p.cfg.Component, f.HTTPStatus, f.OriginalStatus, f.Code, message)
	if errors.Is(err, cloud.ErrNoEndpoint) {
		ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.cfg.Patience, defaultPatience))
		defer cancel()
		return p.cfg.Cloud.NoEndpoint(ctx, name)
	}
	return err
}

// read what came back, in a form for people.
func read(a sagemaker.Answer, size int64) *Answer {
	out := &Answer{ContentType: a.ContentType, Cut: int64(len(a.Body)) < size}
	body := a.Body
	for i := 0; out.Cut && i < utf8.UTFMax && !utf8.Valid(body); i++ {
		body = body[:len(body)-1] // a character that was cut
	}
	if out.Binary = !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0; out.Binary {
		return out
	}
	var indented bytes.Buffer
	if nested(body) <= mostNested && json.Indent(&indented, body, "", "  ") == nil {
		body = indented.Bytes()
	}
	out.Text = string(body)
	return out
}

// mostNested is how deep JSON may be to be indented: of 64 KiB of brackets, indented, there would be gigabytes.
const mostNested = 64

// nested is how deep text is, should it be JSON. Brackets in its strings count, too: then it may be shown as it came.
func nested(text []byte) (deepest int) {
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

// count a request.
func (p *Prober) count(inv *Invocation, took time.Duration) {
	p.latest.Sent++
	if inv.OK {
		p.hist.Record(took)
	} else {
		p.latest.Failed++
	}
}

// first notes the first request in full, and what it tells of the permission.
func (p *Prober) first(inv *Invocation, class runner.Class, err error) {
	r := p.report
	if r.Invocation = inv; r.Container != nil {
		return
	}
	r.clock(p.cfg.Cloud)
	for i := range r.Permissions {
		if old := &r.Permissions[i]; old.Action == cloud.Action(svcRuntime, "InvokeEndpoint") {
			p := permission(svcRuntime, "InvokeEndpoint", old.resource, err)
			if p.State = invoked(class, err); p.State == Have {
				p.Why = ""
			}
			p.also = old.also
			*old = p
		}
	}
	r.advise(p.cfg.URL)
}

// Probe sends n requests, one every so often or after the one before if that took longer, and shows each. The error is that of ctx:
// what was sent until then is noted.
func (p *Prober) Probe(ctx context.Context, n int, every time.Duration, show func(int, Request)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var err error
	for i := range n {
		var one Request
		if one, err = p.Send(ctx); err != nil {
			break
		}
		if n > 1 {
			p.report.Requests = append(p.report.Requests, one)
		}
		show(i, one)
		if i == n-1 {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
	if n > 1 && p.latest.Sent > 0 {
		p.report.Latency = p.latency()
	}
	return err
}

// latency of what was sent. Percentiles on too few samples are absent.
func (p *Prober) latency() *Latency {
	l := p.latest
	s := p.hist.Stats()
	if s.Count == 0 {
		return &l
	}
	l.Min, l.Max = msOf(&s.Min), msOf(&s.Max)
	if s.Trust(0.5) != runner.Hidden {
		l.P50 = msOf(&s.P50)
	}
	if trust := s.Trust(0.95); trust != runner.Hidden {
		l.P95, l.rough = msOf(&s.P95), trust == runner.Rough
	}
	return &l
}

// OK says whether every request succeeded, and that there was one.
func (r *Report) OK() bool {
	for _, one := range r.Requests {
		if !one.OK {
			return false
		}
	}
	return r.Invocation != nil && r.Invocation.OK
}
