package sagemaker

import (
	"bytes"
	"context"

	"sagetop/runner"
)

// The headers in which an answer says more of itself.
const (
	contentTypeHeader = "Content-Type"
	variantHeader     = "X-Amzn-Invoked-Production-Variant"
)

// Probe sends one request after another for a person to look at: as a load would send it, and it keeps of the answer what a load
// drops. It belongs to one goroutine.
type Probe struct{ keeper }

// keeper is an Invoker that still has the answer to its last request.
type keeper interface {
	runner.Invoker
	runner.Explainer
	status() int // 0: there was no answer
	header(name string) string
	answer() []byte // the start of it
}

// Answer is what came back on one request.
type Answer struct {
	Status      int    // of HTTP; 0: there was none
	ContentType string // as it says itself
	Variant     string // that was invoked
	RequestID   string // AWS's name for the request
	Date        string // of the other end's clock when it began to answer
	Body        []byte // its first 64 KiB
}

// NewProbe returns a Probe with a connection of its own, opened by its first request.
func (t *Target) NewProbe() *Probe {
	if t.lane != nil {
		inv := newLeanInvoker(t.lane, 0)
		inv.res.KeepOK = max(inv.res.KeepOK, errorBody)
		return &Probe{inv}
	}
	inv := newSDKInvoker(&t.cfg, t.transport.Clone(), 0)
	inv.keepOK = max(inv.keepOK, errorBody)
	return &Probe{inv}
}

// Send request n. Beside the answer, r says what came of it as a load would count it.
func (p *Probe) Send(ctx context.Context, n uint64, r *runner.Result) Answer {
	p.Invoke(ctx, n, r)
	body := p.answer() // where it is looked into, more is kept
	return Answer{
		Status: p.status(), ContentType: legible(p.header(contentTypeHeader)), Variant: legible(p.header(variantHeader)),
		RequestID: requestID(p.header(requestIDHeader)), Date: p.header("Date"), Body: bytes.Clone(body[:min(len(body), errorBody)]),
	}
}

func (inv *leanInvoker) status() int               { return inv.res.Status }
func (inv *leanInvoker) header(name string) string { return string(inv.res.Header(name)) }

func (inv *leanInvoker) answer() []byte {
	if inv.stream != nil && inv.res.OK() {
		return inv.stream.kept
	}
	return inv.res.Body
}

func (inv *sdkInvoker) answer() []byte {
	if inv.stream != nil && inv.head != nil && !failed(inv.head) {
		return inv.stream.kept
	}
	return inv.kept
}

func (inv *sdkInvoker) status() int {
	if inv.head == nil {
		return 0
	}
	return inv.head.StatusCode
}

func (inv *sdkInvoker) header(name string) string {
	if inv.head == nil {
		return ""
	}
	return inv.head.Header.Get(name)
}
